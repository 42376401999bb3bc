"""What the browser loads: vendored files unchanged, colours legible, icons present, nothing too heavy."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
MANIFEST = STATIC / "vendor" / "MANIFEST.sha256"
CSS = (STATIC / "css" / "kim.css").read_text()
COLOURS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", CSS.split("@media")[0]))
BUDGET = 150 * 1024  # bytes on the wire for the first page, docs/architecture.md
ROOM_FOR_HTML = 12 * 1024

GROUNDS = ["ground", "surface", "sunken"]
TONES = ["success", "warning", "danger", "info"]
TEXT_PAIRS = [
    *[(text, ground) for text in ("ink", "primary", "primary-deep", "danger") for ground in GROUNDS],
    *[("ink-soft", ground) for ground in GROUNDS],
    *[(tone, f"{tone}-soft") for tone in TONES],
    *[("ink", f"{tone}-soft") for tone in TONES],
    *[(f"topic-{number}", f"topic-{number}-soft") for number in range(1, 9)],
    ("accent-ink", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("on-primary", "primary"),
    ("on-primary", "primary-deep"),
    ("on-primary-soft", "primary"),
    ("on-primary-soft", "primary-deep"),
    ("primary-deep", "primary-soft"),
    ("ink", "primary-soft"),
    ("surface", "ink"),
    ("on-primary", "danger"),
    ("on-primary", "danger-deep"),
]
SHAPE_PAIRS = [
    *[("field-line", ground) for ground in ("ground", "surface")],
    *[("focus", ground) for ground in (*GROUNDS, "primary-soft")],
    ("primary", "primary-soft"),
    ("focus-on-dark", "primary"),
    ("focus-on-dark", "ink"),
    ("accent", "primary"),
    *[("danger", ground) for ground in GROUNDS],
]


def luminance(colour):
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_is_legible(text, ground):
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_borders_and_focus_rings_are_visible(shape, ground):
    assert contrast(shape, ground) >= 3


def test_every_colour_is_in_a_tested_pair():
    decoration = {"line"}
    assert {name for pair in TEXT_PAIRS + SHAPE_PAIRS for name in pair} == set(COLOURS) - decoration


def test_the_public_pages_use_the_same_colours():
    """Their style sheet is small and its own; what is legible there is decided here."""
    text = (STATIC / "css" / "public.css").read_text()
    own = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text))
    assert own
    assert own.items() <= COLOURS.items()
    assert not re.findall(r"""(?:url\(|@import)\s*["']?(?:https?:)?//""", text)


def vendored():
    folders = (STATIC / "vendor", ROOT / "tests" / "vendor")
    return {path for folder in folders for path in folder.rglob("*") if path.is_file() and path != MANIFEST}


def test_vendored_files_are_the_listed_ones():
    lines = (line.split("  ", 1) for line in MANIFEST.read_text().splitlines())
    listed = {ROOT / name: digest for digest, name in lines}
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in vendored()} == listed


def test_every_vendored_folder_brings_its_licence():
    assert all(list(path.parent.glob("LICENSE*")) for path in vendored())


def test_no_asset_names_a_source_map_or_another_host():
    texts = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js"}]
    assert not [path for path in texts if "sourceMappingURL" in path.read_text()]
    assert not re.findall(r"""(?:url\(|@import|src=|href=)\s*["']?(?:https?:)?//""", CSS)


def test_templates_name_only_icons_of_the_sprite():
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    named = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())}
    assert named <= sprite


def test_templates_carry_no_inline_script_or_style():
    inline = re.compile(r"""<style|\sstyle=|\son\w+=["']|<script(?![^>]*\bsrc=)""")
    assert not [path.name for path in TEMPLATES.rglob("*.html") if inline.search(path.read_text())]


def test_template_comments_end_on_their_line():
    assert not [
        (path.name, line)
        for path in TEMPLATES.rglob("*.html")
        for line in path.read_text().splitlines()
        if line.count("{#") != line.count("#}")
    ]


def test_the_first_page_is_light():
    files = [
        "vendor/bootstrap-5.3.9/bootstrap.min.css",
        "vendor/htmx.org-2.0.11/htmx.min.js",
        "vendor/noto-sans-5.3.0/noto-sans-latin-wght-normal.woff2",
        "css/kim.css",
        "js/kim.js",
        "icons.svg",
        "favicon.svg",
    ]
    assert sum(len(gzip.compress((STATIC / name).read_bytes())) for name in files) <= BUDGET - ROOM_FOR_HTML


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_error_pages_that_stand_alone_need_no_context(name):
    page = render_to_string(name)
    assert "Zur Startseite" in page
    assert f"{settings.STATIC_URL}css/kim.css" in page


@pytest.mark.parametrize("name", ["403.html", "404.html", "403_csrf.html"])
def test_error_pages_need_no_user(name):
    assert "Zur Startseite" in render_to_string(name, {"csrf_token": "token"})
