"""The report as a tagged PDF for council and Land."""

from __future__ import annotations

from django.utils.translation import get_language

from kim.web.pdf import render_pdf
from reports.rendering import Rendered


def pdf_of(report: Rendered) -> bytes:
    """Raises PdfUnavailable where nothing can draw it."""
    context = {"report": report, "language": get_language()}
    return render_pdf("reports/print/report.html", context, stylesheet="css/report.css")
