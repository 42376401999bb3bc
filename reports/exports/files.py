"""The answers with which a report leaves: one for each kind of file, with neutral names."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from django.http import HttpResponse

from reports.exports.pdf import pdf_of
from reports.exports.spreadsheet import XLSX, csv_of, xlsx_of
from reports.pages.report import Edition, rendered_edition

KEPT: Final = 8  # PDFs, each some 200 KB and seconds of work


def csv_answer(edition: Edition, key: str) -> HttpResponse | None:
    """None if the report has no such table."""
    report = rendered_edition(edition)
    table = next((table for table in report.files if table.key == key), None)
    if table is None:
        return None
    return _download(csv_of(table, report), "text/csv; charset=utf-8", f"{report.file_stem}-{key}.csv")


def xlsx_answer(edition: Edition) -> HttpResponse:
    report = rendered_edition(edition)
    return _download(xlsx_of(report), XLSX, f"{report.file_stem}.xlsx")


def pdf_answer(edition: Edition) -> HttpResponse:
    """Raises PdfUnavailable."""
    content, stem = _pdf(edition)
    return _download(content, "application/pdf", f"{stem}.pdf")


@lru_cache(maxsize=KEPT)
def _pdf(edition: Edition) -> tuple[bytes, str]:
    report = rendered_edition(edition)
    return pdf_of(report), report.file_stem


def _download(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
