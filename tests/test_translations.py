"""The English catalogue is complete, compiled and in step with the source; no English page is half German."""

import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation

from cases.models import Case
from districts.models import AnswerText, Country, Language, Provider, Topic, Track
from kim.users.models import User
from kim.web.accounts import AccountAdapter, MFAAdapter
from reports.situation import build_situation
from tests.factories import (
    CaseFactory,
    ConsentFactory,
    ConsultationFactory,
    DraftFactory,
    FollowUpFactory,
    InstitutionFactory,
    IntakeRequestFactory,
    ObservationFactory,
    ReportFactory,
    ReportLinkFactory,
    RequestMessageFactory,
)
from tests.findings import ConferenceFactory, DecisionFactory, EvidenceFactory, FindingFactory, MeasureFactory
from tests.report_figures import SIGNAL, figures

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "locale/en/LC_MESSAGES"
SOURCES = ("kim", "districts", "cases", "reports", "templates")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]\b|\{\w*\}|</?\w+>")
GERMAN = re.compile(
    r"\b(und|oder|nicht|noch|der|das|den|dem|ist|sind|wird|werden|für|mit|bis|kein|keine|ein|eine|einen|alle|von|vom|"
    r"zum|zur|bei|nach|Bitte|Sie|Ihr|Ihre|Fall|Fälle|Beratung|Speichern|Stadtbezirk|Person aufnehmen|Träger)\b"
)
ENGLISH = re.compile(
    r"\b(the|and|of|to|with|this|that|is|are|not|by|your?|please|select|save|add|change|delete|search|choose|all|none|yes|no)\b",
    re.IGNORECASE,
)
FAMILIAR = re.compile(r"\b(du|dein\w*|dir|dich)\b", re.IGNORECASE)
KEPT_ENGLISH = {"Isle of Man", "Search"}  # a name; the picture of a magnifier in the Django admin
KEPT_GERMAN = {"Deutsch", "Köln"}  # the way back from English; the name KIM Köln


@pytest.fixture(autouse=True)
def _german_afterwards():
    """A request leaves its language to the thread, and the next test expects German."""
    with translation.override(configured.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(FOLDER / "django.po")


def key_of(entry):
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural


def texts_of(entry):
    """Pairs of a German text and its English one."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [(entry.msgid, entry.msgstr_plural[0]), (entry.msgid_plural, entry.msgstr_plural[1])]


# --- The catalogue


def test_every_text_is_translated(catalogue):
    assert len(catalogue) > 900
    assert [
        entry.msgid for entry in catalogue if not all(english.strip() for _german, english in texts_of(entry))
    ] == []
    assert [entry.msgid for entry in catalogue if entry.fuzzy] == []
    assert catalogue.obsolete_entries() == []


def test_placeholders_and_plurals_are_those_of_the_source(catalogue):
    for entry in catalogue:
        assert len(entry.msgstr_plural) == (2 if entry.msgid_plural else 0), entry.msgid
        for german, english in texts_of(entry):
            assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(german)), english


def test_the_compiled_catalogue_is_the_readable_one(catalogue):
    compiled = polib.mofile(FOLDER / "django.mo")
    assert {key_of(entry): texts_of(entry) for entry in compiled} == {
        key_of(entry): texts_of(entry) for entry in catalogue
    }


def test_the_catalogue_holds_what_the_source_marks(catalogue, tmp_path, settings, monkeypatch):
    if not shutil.which("xgettext") and os.environ.get("BROWSER_TESTS") != "required":
        pytest.skip("xgettext is missing (apt-get install gettext)")
    for source in SOURCES:
        shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    settings.LOCALE_PATHS[0].mkdir()
    monkeypatch.chdir(tmp_path)
    call_command("makemessages", locale=["en"], no_location=True, verbosity=0)
    marked = polib.pofile(tmp_path / "locale/en/LC_MESSAGES/django.po")
    assert {key_of(entry) for entry in marked} == {key_of(entry) for entry in catalogue}, "run `make messages`"


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Topic, Track, Language, Country])
def test_reference_data_has_english_names(model):
    assert model.objects.exists()
    assert not model.objects.filter(name_en="").exists()
    with translation.override("en"):
        assert [str(row) for row in model.objects.all()] == [row.name_en for row in model.objects.all()]


def test_the_login_library_says_sie():
    """What its own catalogue says with "du" and users can meet, the adapters say in our words."""
    never_met = {  # there is no page for several addresses, user names or phones
        "cannot_remove_primary_email", "max_email_addresses", "select_only_one", "unverified_primary_email",
        "username_blacklisted",
    }  # fmt: skip
    with translation.override("de"):
        for adapter in (AccountAdapter, MFAAdapter):
            for name, message in adapter.error_messages.items():
                if name not in never_met:
                    assert not FAMILIAR.search(str(message)), name


# --- The pages


class Texts(HTMLParser):
    """Everything a page says: text, labels, hints and the messages kept for scripts."""

    SPOKEN = {"aria-label", "placeholder", "title", "alt", "data-label"}

    def __init__(self):
        super().__init__()
        self.found, self.is_code = [], False

    def handle_starttag(self, tag, attrs):
        self.is_code = tag in ("script", "style")
        said = [value for name, value in attrs if value and (name in self.SPOKEN or name.startswith("data-"))]
        self.found += [value.strip() for value in said if " " in value or value[:1].isupper()]

    def handle_endtag(self, tag):
        self.is_code = False

    def handle_data(self, data):
        if data.strip() and not self.is_code:
            self.found.append(" ".join(data.split()))


def texts_on(response):
    page = Texts()
    page.feed(response.text)
    return page.found


def left_german(response, catalogue):
    """Texts of the page that are German words of the catalogue or hold a German stop word; names do not count."""
    german = {german for entry in catalogue for german, english in texts_of(entry) if german != english} - KEPT_GERMAN
    german -= {english for entry in catalogue for _german, english in texts_of(entry)}
    names = {*User.objects.values_list("name", flat=True), *Provider.objects.values_list("name", flat=True)}
    names |= set(AnswerText.objects.values_list("title", flat=True))  # what the admin keeps, in its words
    no_names = re.compile("|".join(map(re.escape, names)) or "$")
    return [text for text in texts_on(response) if text in german or GERMAN.search(no_names.sub("", text))]


@pytest.fixture
def world(case_manager, deputy):
    """A case with everything on it, one that pauses, one that is closed; its data is neither German nor English."""
    names = {"client__given_names": "Amal", "client__family_name": "Example", "case_manager": case_manager.case_manager}
    case = CaseFactory(**names, topics=Topic.objects.main()[:2])
    CaseFactory(**names, paused=True, pause_reason="Ayuda.")
    closed = CaseFactory(**names, closed=True)
    consent = ConsentFactory(client=case.client)
    consultation = ConsultationFactory(case=case, note="Ayuda.", is_private=True)
    FollowUpFactory(case=case, text="Ayuda.")
    DraftFactory(case=case, content='{"minutes": ["30"], "note": ["Ayuda."]}')
    institution = InstitutionFactory(name="Example Centre", topics=Topic.objects.main()[:2])
    build_situation()
    return {
        "open": (case.number,),
        "closed": (closed.number,),
        "consent": (case.number, consent.pk),
        "consultation": (case.number, consultation.pk),
        "institution": (institution.pk,),
        "district": (8,),
        "substitution": (deputy.case_manager.deputising.get().pk,),
        **city_records(case, case_manager),
    }


def city_records(case, case_manager):
    """What the city works with: a report with a signal, a finding with everything, a meeting, somebody who asks."""
    ReportFactory(period="2026-2")
    report = ReportFactory(figures=figures(withheld={"sex_by_age": "fine", "durations": "few"}) | {"signals": [SIGNAL]})
    ReportLinkFactory(report=report, label="Example Council")
    words = {"title": "Ayuda", "description": "Ayuda."}
    finding = EvidenceFactory(finding=FindingFactory(status="agreed", **words), report=report).finding
    DecisionFactory(finding=finding, text="Ayuda.")
    measure = MeasureFactory(
        finding=finding, text="Ayuda", owner="Example Office", done=True, evidence=finding.evidence.get()
    )
    ObservationFactory(case=case, released=True, text="Ayuda.")
    conference = ConferenceFactory(title="Example")
    asks = {"name": "Amal Example", "message": "Ayuda.", "email": "amal@jung.example"}
    intake = IntakeRequestFactory(case_manager=case_manager.case_manager, **asks)
    RequestMessageFactory(request=intake, text="Ayuda.", subject="Ayuda")
    return {
        "report": (report.pk,), "report_district": (report.pk, 8), "finding": (finding.number,),
        "measure": (measure.pk,), "conference": (conference.pk,), "intake": (intake.number,),
        "queued": (IntakeRequestFactory(**asks).number,),
    }  # fmt: skip


PAGES = {
    "case_manager": [
        ("cases:today", ""), ("cases:list", ""), ("cases:detail", "open"), ("cases:detail", "closed"),
        ("cases:print", "open"), ("cases:readers", "open"), ("cases:client_change", "open"), ("cases:change", "open"),
        ("cases:pause", "open"), ("cases:close", "open"), ("cases:request_reopening", "closed"),
        ("cases:consents", "open"), ("cases:release_give", "open"), ("cases:first_interview", "open"),
        ("cases:clearing", "open"), ("cases:special_notes", "open"),
        ("cases:consent_withdraw", "consent"), ("cases:consultation_list", "open"),
        ("cases:consultation_change", "consultation"), ("cases:consultation_delete", "consultation"),
        ("cases:consultation_create", ""), ("cases:consultation_without_case", ""), ("cases:follow_up_create", "open"),
        ("cases:client_search", ""), ("districts:institution_list", ""),
        ("districts:institution_detail", "institution"), ("reports:own_figures", ""), ("reports:situation", ""),
        ("reports:district", "district"), ("mfa_index", ""), ("account_change_password", ""),
        ("cases:network", "open"), ("cases:network_create", "open"), ("cases:plan", "open"),
        ("cases:referral_list", "open"), ("cases:referral_create", "open"),
        ("cases:observation_list", ""), ("cases:observation_create", "open"), ("cases:consultation_group", ""),
        ("cases:handover_create", "open"), ("cases:handover_summary", "open"), ("cases:handover_list", "open"),
        ("cases:handover_inbox", ""), ("cases:document_list", "open"), ("cases:document_create", "open"),
        ("cases:notice_list", ""), ("cases:digest_setting", ""), ("cases:calendar_setting", ""),
        ("cases:request_list", ""), ("cases:request_create", ""), ("cases:list_import_start", ""),
        ("cases:directory_reports", ""), ("cases:directory_propose", ""), ("districts:institution_create", ""),
        ("cases:request_detail", "intake"), ("cases:request_answer", "intake"), ("cases:request_end", "intake"),
        ("cases:state_database", ""), ("cases:state_sheet", "open"),
    ],
    "lead": [
        ("cases:team", ""), ("cases:team_cases", ""), ("cases:substitution_list", ""),
        ("cases:substitution_create", ""), ("cases:substitution_end", "substitution"),
        ("cases:team_observations", ""), ("cases:team_handovers", ""), ("cases:team_accounts", ""),
        ("cases:request_list", ""),
    ],
    "data_protection": [("cases:audit_log", "")],
    "coordination": [
        ("reports:situation", ""), ("reports:district", "district"), ("districts:institution_list", ""),
        ("cases:dispatch", ""), ("cases:dispatch_demand", ""), ("cases:request_create", ""),
        ("cases:dispatch_request", "queued"), ("cases:directory_reports", ""), ("reports:load", ""),
        ("reports:report_list", ""), ("reports:report_new", ""), ("reports:report", "report"),
        ("reports:report_district", "report_district"), ("reports:analysis", ""),
        ("reports:link_create", "report"), ("reports:findings", ""),
        ("reports:finding_inbox", ""), ("reports:finding_new", ""), ("reports:finding", "finding"),
        ("reports:finding_change", "finding"), ("reports:evidence_add", "finding"),
        ("reports:measure_change", "measure"), ("reports:measure_effect", "measure"), ("reports:conferences", ""),
        ("reports:conference_new", ""), ("reports:conference", "conference"),
    ],
    "admin_user": [
        ("admin:index", ""), ("admin:users_user_changelist", ""), ("admin:users_user_add", ""),
        ("admin:districts_casemanager_add", ""), ("admin:districts_provider_add", ""),
        ("admin:districts_institution_add", ""), ("admin:districts_track_add", ""),
    ],
}  # fmt: skip


@pytest.mark.parametrize("who", PAGES)
def test_a_page_speaks_one_language(who, request, world, client_of, catalogue):
    browser, wrong = client_of(request.getfixturevalue(who)), {}
    urls = [reverse(name, args=world.get(key, ())) for name, key in PAGES[who]]
    for url in urls:
        response = browser.get(url)
        assert response.status_code == 200, url
        assert '<html lang="de"' in response.text, url
        texts = {text for text in texts_on(response) if "CC BY" not in text} - KEPT_ENGLISH  # the name of a licence
        wrong[url] = {text for text in texts if ENGLISH.search(text) or FAMILIAR.search(text)}
    browser.cookies[configured.LANGUAGE_COOKIE_NAME] = "en"
    for url in urls:
        response = browser.get(url)
        assert '<html lang="en"' in response.text, url
        wrong[url] |= set(left_german(response, catalogue))
    assert {url: texts for url, texts in wrong.items() if texts} == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/anmelden/", "/passwort/vergessen/", "/passwort/vergessen/gesendet/", "/gibt-es-nicht/"]
)
def test_a_public_page_is_english(path, client, catalogue):
    client.cookies[configured.LANGUAGE_COOKIE_NAME] = "en"
    response = client.get(path, follow=True)
    assert left_german(response, catalogue) == []


def test_errors_of_a_form_are_english(world, client_of, case_manager, catalogue):
    browser = client_of(case_manager)
    browser.cookies[configured.LANGUAGE_COOKIE_NAME] = "en"
    sent = {"given_names": "", "birth_date": "1.13.99", "email": "x", "phone": "abc", "arrival_year": "-5"}
    response = browser.post(reverse("cases:client_create"), sent)
    assert response.status_code in (200, 422)
    assert "Please" in response.text
    assert left_german(response, catalogue) == []


def test_dates_stay_those_of_the_place(world, client_of, case_manager):
    browser = client_of(case_manager)
    browser.cookies[configured.LANGUAGE_COOKIE_NAME] = "en"
    opened_on = Case.objects.get(number=world["open"][0]).opened_on
    assert f"{opened_on:%d.%m.%Y}" in browser.get(reverse("cases:detail", args=world["open"])).text
