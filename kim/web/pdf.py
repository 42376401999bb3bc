"""PDF from a template: tagged for screen readers (PDF/UA), with our own fonts, without a look outside.

WeasyPrint needs libraries of the system (Pango). It is loaded when the first PDF is made, so that nothing else fails
where they are missing.
"""

from __future__ import annotations

import gc
import importlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

SCHEME = "static:"
TYPES = {".css": "text/css", ".woff2": "font/ttf", ".svg": "image/svg+xml"}
VARIANT = "pdf/ua-1"

logger = logging.getLogger(__name__)


class PdfUnavailable(Exception):
    """The libraries that draw the page are not installed on this machine."""


def render_pdf(template: str, context: dict[str, Any], *, stylesheet: str, sizes: tuple[str, ...] = ("",)) -> bytes:
    """The PDF of a template with one of our stylesheets, which names fonts as static:path.

    `size` in the context is the first of `sizes` with which everything fits on one page; if none does, the first one.
    Raises PdfUnavailable.
    """
    weasyprint, fetcher = _weasyprint()
    fonts = weasyprint.text.fonts.FontConfiguration()
    styles = [weasyprint.CSS(url=f"{SCHEME}{stylesheet}", url_fetcher=fetcher, font_config=fonts)]
    options = {"stylesheets": styles, "pdf_variant": VARIANT, "font_config": fonts}
    documents = []
    with _without_collecting():
        for size in sizes:
            html = render_to_string(template, {**context, "size": size})
            page = weasyprint.HTML(string=html, base_url=SCHEME, url_fetcher=fetcher)
            documents.append(page.render(**options))
            if len(documents[-1].pages) == 1:
                return bytes(documents[-1].write_pdf(pdf_variant=VARIANT))
        return bytes(documents[0].write_pdf(pdf_variant=VARIANT))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A page is a million objects, all still needed: looking for garbage among them takes a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _weasyprint() -> tuple[Any, Any]:
    for library in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(library).setLevel(logging.ERROR)  # they narrate every step
    try:
        weasyprint = importlib.import_module("weasyprint")
        urls = importlib.import_module("weasyprint.urls")
        importlib.import_module("weasyprint.text.fonts")
    except (ImportError, OSError) as error:
        logger.error("No PDF: %s", error)
        raise PdfUnavailable from error

    class PackagedFiles(urls.URLFetcher):  # type: ignore[name-defined]
        """Only files of static/, only of the kinds a page needs; everything else does not exist."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            path = packaged_file(url)
            content = unpacked_font(path) if path.suffix == ".woff2" else path.read_bytes()
            return urls.URLFetcherResponse(url, content, {"Content-Type": TYPES[path.suffix]})

    return weasyprint, PackagedFiles()


@lru_cache
def unpacked_font(path: Path) -> bytes:
    """As WeasyPrint would unpack it for every PDF anew, which takes longer than to draw some."""
    woff2 = importlib.import_module("fontTools.ttLib.woff2")
    content = BytesIO()
    woff2.decompress(path, content)
    return content.getvalue()


def packaged_file(url: str) -> Path:
    """The file behind static:css/plan.css; raises ValueError for whatever is not packaged with the application."""
    name = url.removeprefix(SCHEME).lstrip("/")
    found = finders.find(name) if url.startswith(SCHEME) and ".." not in name else None
    if not isinstance(found, str) or Path(found).suffix not in TYPES:
        raise ValueError("Only packaged files can be part of a PDF.")
    return Path(found)
