"""The plan to take home: one page, two languages, nobody else's name, and a PDF a screen reader can read."""

import gc
import importlib
import os
import re
import shutil
import subprocess
import zlib
from dataclasses import asdict

import pytest
from django.template import Context, Template
from django.template.loader import get_template

from cases.models import Goal, Step, SupportPlan
from cases.plan_sheet import mentioned, sheet, typed, without
from cases.plan_words import GERMAN, LANGUAGES
from districts.models import CaseManager, Language, Topic
from kim.web import pdf
from tests.case_forms import ago, errors, logged, nothing_stored, said, text_of, url
from tests.factories import CaseFactory, GoalFactory, NetworkContactFactory, PlanFactory, StepFactory

CONTACT = {"work_phone": "0221 4710815", "work_email": "fall@traeger.example", "office_hours": "Di 10–12 Uhr"}
SCRIPTS = {"ar": "[\u0600-\u06ff]", "fa": "[\u0600-\u06ff]", "uk": "[\u0400-\u04ff]", "ru": "[\u0400-\u04ff]"}

# --- The fixed words


def test_the_languages_are_those_that_were_promised():
    assert list(LANGUAGES) == ["de", "en", "ar", "tr", "uk", "ru", "fr", "fa"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_is_complete(code):
    words = {name: text for name, text in asdict(LANGUAGES[code]).items() if isinstance(text, str)}
    assert all(text == text.strip() and text for text in words.values())
    assert LANGUAGES[code].is_rtl == (code in {"ar", "fa"})
    shown = {name: text for name, text in words.items() if name not in {"code", "language"}}
    if code != "de":
        international = {"phone"}  # Telefon in Turkish, too
        same = {name for name, text in shown.items() if text == getattr(GERMAN, name)}
        assert same <= international
    if script := SCRIPTS.get(code):
        assert all(re.search(script, text) for text in shown.values())


@pytest.mark.parametrize("status", Goal.Status.values)
def test_every_status_and_every_actor_has_its_word(status):
    for words in LANGUAGES.values():
        assert getattr(words, f"status_{status}")
        assert all(getattr(words, f"by_{actor}") for actor in Step.Actor.values)


# --- Texts


@pytest.mark.parametrize(
    ("text", "direction"),
    [("Ich will.", "ltr"), ("أريد", "rtl"), ("1. أريد B2", "rtl"), ("Я хочу", "ltr"), ("", "ltr"), ("123", "ltr")],
)
def test_the_first_letter_says_where_reading_starts(text, direction):
    assert typed(text).direction == direction


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Frau Krause schickt die Liste", "… schickt die Liste"),
        ("Bei FRAU KRAUSE anrufen", "Bei … anrufen"),
        ("Frau Krausemann fragen", "Frau Krausemann fragen"),
        ("Antrag stellen", "Antrag stellen"),
    ],
)
def test_a_name_is_taken_out_as_a_whole_word(text, left):
    assert without(text, ["Frau Krause"]) == left


# --- The sheet


@pytest.fixture
def case(case_manager):
    CaseManager.objects.filter(user=case_manager).update(**CONTACT)
    case = CaseFactory(case_manager=CaseManager.objects.get(user=case_manager))
    NetworkContactFactory(case=case, label="Patentante Leuchtturm")
    return case


@pytest.fixture
def plan(case):
    """As large as a real one: five goals with three steps each."""
    plan = PlanFactory(case=case, intro="Ich möchte für mich und mein Kind ein ruhiges Zuhause finden. " * 2)
    for number in range(5):
        status = {"status": "reached", "settled_on": ago(1)} if number == 4 else {}
        goal = GoalFactory(plan=plan, text=f"Ich bestehe die Prüfung Nummer {number} in diesem Jahr.", **status)
        StepFactory(goal=goal, text="Für den Kurs im Januar anmelden", done_on=ago(1) if number else None)
        StepFactory(goal=goal, text="Kita-Platz für den Vormittag anfragen", actor="case_manager")
        StepFactory(goal=goal, text="Herr Fernrohrmann schickt den Brief", actor="other", who="Herr Fernrohrmann")
    return plan


def is_missing(what):
    """Skips a test of the PDF on a machine without what draws or reads it; where everything is required it fails."""
    if os.environ.get("BROWSER_TESTS") == "required":
        pytest.fail(what)
    pytest.skip(what)


def weasyprint():
    try:
        return pdf._weasyprint()
    except pdf.PdfUnavailable:
        is_missing("Pango is missing (apt-get install libpango-1.0-0 libpangoft2-1.0-0)")


def pdf_of(browser, case, language):
    weasyprint()
    answer = browser.post(url("plan_takeaway", case), {"language": language})
    assert answer["Content-Type"] == "application/pdf"
    return answer


def read(tool, content, *options):
    """What one of poppler's tools says about a PDF."""
    if not shutil.which(tool):
        is_missing(f"{tool} is missing (apt-get install poppler-utils)")
    command = [tool, *options, "-", *(["-"] if tool == "pdftotext" else [])]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode()


def unpacked(content):
    """The objects of a PDF, which are compressed."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    return content + b"".join(map(inflated, streams))


def inflated(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


@pytest.mark.parametrize("language", ["de", "fr", "ar", "uk"])
def test_a_real_plan_is_one_page_in_two_languages(as_case_manager, case, plan, language):
    content = pdf_of(as_case_manager, case, language).content
    facts = read("pdfinfo", content)
    assert re.search(r"Pages:\s+1\n", facts)
    assert re.search(r"Tagged:\s+yes", facts)
    assert f"Mein Plan · {case.number}" in facts
    text = read("pdftotext", content)
    assert "Ich bestehe die Prüfung Nummer 3 in diesem Jahr." in text
    assert "Mein Plan" in text
    for word in (*CONTACT.values(), case.number, f"{plan.review_on:%d.%m.%Y}", "Leyla Fall"):
        assert word in text
    if language in SCRIPTS:
        assert re.search(SCRIPTS[language], text)
    elif language != "de":
        assert LANGUAGES[language].title in text


def test_arabic_is_set_in_one_piece_and_in_its_own_font(as_case_manager, case, plan):
    content = pdf_of(as_case_manager, case, "ar").content
    words = "".join(read("pdftotext", content).split())
    assert "خطتي" in words or "ﺧﻄﺘﻲ" in words
    assert "Plan-Arabic" in read("pdffonts", content)


def test_it_says_its_language_and_is_made_for_screen_readers(as_case_manager, case, plan):
    content = pdf_of(as_case_manager, case, "tr").content
    structure = read("pdfinfo", content, "-struct")
    assert "H1" in structure
    assert "Table" in structure
    assert "pdfuaid" in read("pdfinfo", content, "-meta")
    assert b"/Lang (de)" in unpacked(content)


@pytest.mark.parametrize("language", ["ar"])
def test_nobody_else_is_named_and_no_track(as_case_manager, case, plan, language):
    person = case.client
    text = read("pdftotext", pdf_of(as_case_manager, case, language).content)
    for word in ("Fernrohrmann", "Leuchtturm", person.given_names, person.family_name, str(case.track)):
        assert word not in text
    assert "eine andere Person" in text
    assert "… schickt den Brief" in text


def test_a_protected_track_hides_the_traeger(as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, protected=True)
    GoalFactory(plan__case=case)
    text = read("pdftotext", pdf_of(as_case_manager, case, "de").content)
    assert str(case.provider) not in text
    assert str(case.track) not in text
    assert "Leyla Fall" in text


def test_a_plan_too_long_for_one_page_has_two(as_case_manager, case):
    plan = PlanFactory(case=case)
    for _ in range(9):
        StepFactory.create_batch(4, goal=GoalFactory(plan=plan, text="Ein langes Ziel in vielen Worten. " * 6))
    facts = read("pdfinfo", pdf_of(as_case_manager, case, "de").content)
    assert int(re.search(r"Pages:\s+(\d+)", facts)[1]) >= 2


def test_a_draft_says_so(as_case_manager, case):
    GoalFactory(plan__case=case, plan__draft=True)
    assert "Entwurf" in text_of(as_case_manager.get(url("plan_takeaway", case)))
    assert "noch nicht vereinbart" in read("pdftotext", pdf_of(as_case_manager, case, "de").content)


def test_a_plan_without_goals_is_no_sheet(as_case_manager, case):
    PlanFactory(case=case, draft=True)
    answer = as_case_manager.post(url("plan_takeaway", case), {"language": "de"})
    assert answer["Location"] == url("plan", case)
    assert "kein Ziel" in said(answer)


def test_what_is_typed_stays_text(as_case_manager, case):
    GoalFactory(plan__case=case, text="<b>Fett</b> <img src=file:///etc/passwd> {{ 1 }}")
    assert "<b>Fett</b>" in read("pdftotext", pdf_of(as_case_manager, case, "de").content)


def test_the_file_is_private_and_neutrally_named(as_case_manager, case, plan):
    answer = pdf_of(as_case_manager, case, "fa")
    assert answer["Content-Disposition"] == f'attachment; filename="plan-{case.number}.pdf"'
    assert answer["Cache-Control"] == "no-store"
    assert logged(action="plan.printed", subject=case.audit_name) == ["plan.printed"]


@pytest.mark.parametrize("language", ["", "xx", "de\x00", "../de"])
def test_a_language_that_is_not_offered_is_refused(as_case_manager, case, plan, language):
    with nothing_stored():
        answer = as_case_manager.post(url("plan_takeaway", case), {"language": language})
    assert set(errors(answer)) == {"language"}


@pytest.mark.parametrize(("spoken", "offered"), [("fa-AF", "fa"), ("uk", "uk"), ("am", "de"), (None, "de")])
def test_the_persons_language_is_offered(as_case_manager, case, plan, spoken, offered):
    case.client.languages.set(Language.objects.filter(pk=spoken))
    assert as_case_manager.get(url("plan_takeaway", case)).context["form"]["language"].value() == offered


def test_names_in_the_persons_own_words_are_pointed_out(as_case_manager, case, plan):
    Goal.objects.filter(plan=plan, position=0).update(text="Ich ziehe zu Patentante Leuchtturm.")
    page = as_case_manager.get(url("plan_takeaway", case))
    assert page.context["names"] == ["Herr Fernrohrmann", "Patentante Leuchtturm"]
    shown = SupportPlan.objects.with_goals().get(pk=plan.pk)
    assert mentioned(shown, ["Onkel", "Ki"]) == ["Herr Fernrohrmann"]


def test_german_is_german_whatever_the_interface_speaks(as_case_manager, case, plan, settings):
    as_case_manager.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Mein Plan" in read("pdftotext", pdf_of(as_case_manager, case, "de").content)


# --- Making PDF


def test_without_the_libraries_there_is_a_sentence(as_case_manager, case, plan, monkeypatch):
    def missing(name):
        raise OSError(f"cannot load library behind {name}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with nothing_stored():
        answer = as_case_manager.post(url("plan_takeaway", case), {"language": "de"})
    assert answer.status_code == 503
    assert "Systemverwaltung" in text_of(answer)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/x.css",
        "file:///etc/passwd",
        "static:../kim/settings.py",
        "static:css/../../.env",
        "static:js/kim.js",
        "static:css/gibt-es-nicht.css",
        "/etc/passwd",
        "data:text/css,p{}",
    ],
)
def test_only_packaged_files_are_fetched(address):
    with pytest.raises(ValueError, match="packaged"):
        pdf.packaged_file(address)
    _weasyprint, fetcher = weasyprint()
    with pytest.raises(ValueError, match="packaged"):
        fetcher(address)


def test_a_packaged_file_is_found():
    assert pdf.packaged_file("static:css/plan.css").name == "plan.css"


def test_a_font_is_unpacked_once_in_a_process():
    weasyprint()
    path = pdf.packaged_file("static:vendor/noto-sans-5.3.0/noto-sans-latin-wght-normal.woff2")
    assert pdf.unpacked_font(path).startswith(b"\0\1\0\0")
    assert pdf.unpacked_font(path) is pdf.unpacked_font(path)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_garbage_is_collected_again_after_a_page_that_failed(monkeypatch, is_enabled):
    weasyprint()
    seen = []

    def fail(template, context):
        seen.append(gc.isenabled())
        raise ValueError("no page")

    monkeypatch.setattr(pdf, "render_to_string", fail)
    was_enabled = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    try:
        with pytest.raises(ValueError, match="no page"):
            pdf.render_pdf("x.html", {}, stylesheet="css/plan.css")
        assert (seen, gc.isenabled()) == ([False], is_enabled)
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_a_picture_from_elsewhere_is_left_out(monkeypatch):
    weasyprint()
    source = "<html lang=de><title>x</title><p>da</p><img alt='' src='file:///etc/hostname'></html>"
    monkeypatch.setattr(pdf, "render_to_string", lambda template, context: Template(source).render(Context(context)))
    assert "da" in read("pdftotext", pdf.render_pdf("x.html", {}, stylesheet="css/plan.css"))


@pytest.mark.django_db
def test_the_sheet_asks_the_database_for_nothing_more(case, plan, django_assert_num_queries):
    shown = SupportPlan.objects.with_goals().get(pk=plan.pk)
    page = sheet(shown, case, "ar")
    with django_assert_num_queries(0):
        assert "Prüfung" in get_template("cases/plan/sheet.html").render({"sheet": page})
    assert Topic.objects.exists()
