"""What people paste, mistype and try: a German sentence at the field, everything else kept, nothing stored."""

import unicodedata
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.utils.html import escape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Case, Client, Consultation
from cases.models.case import years_before
from kim.text import clean
from tests.case_forms import (
    ago,
    case_data,
    consultation_data,
    errors,
    german,
    nothing_stored,
    person_data,
    shown,
    text_of,
    url,
)
from tests.factories import CaseFactory, ConsentFactory, ConsultationFactory, FollowUpFactory, TrackFactory

REGISTER, LOG = url("client_create"), url("consultation_create")
GERMAN = (
    "Bitte",
    "Der ",
    "Die ",
    "Das ",
    "Dieses ",
    "Hier ",
    "Ein ",
    "„",
    "Keine ",
    "Wähle",
    "Es gibt",
    "Nullzeichen sind",
)
HUGE = "9" * 40


@pytest.fixture
def track(db):
    return TrackFactory()


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


def kept(answer, typed):
    """What a form shows again after an error: every value that was sent."""
    page = text_of(answer)
    return {name for name, value in typed.items() if value and isinstance(value, str) and escape(value) not in page}


def refuse(browser, target, typed, field, sentence=""):
    """The one field says what is wrong in German, the others keep what was typed, nothing is stored."""
    with nothing_stored():
        answer = browser.post(target, typed)
    assert list(errors(answer)) == [field]
    said = errors(answer)[field]
    assert said.startswith(GERMAN)
    assert sentence in said
    assert escape(said) in text_of(answer)
    return answer


# --- The person


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (german(ago(-1)), "liegt in der Zukunft"),
        (german(years_before(ago(0), 111)), "über 110 Jahre"),
        ("31.12.68", "Jahr vierstellig"),
        ("31.12.068", "Jahr vierstellig"),
        ("30.02.2004", "gibt es nicht"),
        ("29.02.2005", "gibt es nicht"),
        ("01.01.0001", "nicht möglich"),
        ("01.01.9999", "nicht möglich"),
        ("12/31/2004", "TT.MM.JJJJ"),
        ("٠١.٠١.٢٠٠٤", "TT.MM.JJJJ"),
        ("gestern", "TT.MM.JJJJ"),
        ("01.01.2004\x00", "Steuerzeichen"),
        ("=1+1", "TT.MM.JJJJ"),
    ],
)
def test_birth_dates(as_case_manager, track, value, sentence):
    typed = person_data(track, birth_date=value)
    answer = refuse(as_case_manager, REGISTER, typed, "birth_date", sentence)
    assert kept(answer, typed | {"birth_date": value.replace("\x00", "")}) == set()


@pytest.mark.parametrize("value", ["1.2.2004", "01022004", "2004-02-01", " 01.02.2004 "])
def test_birth_dates_as_people_write_them(as_case_manager, track, value):
    as_case_manager.post(REGISTER, person_data(track, birth_date=value))
    assert german(Client.objects.get().birth_date) == "01.02.2004"


@pytest.mark.parametrize(
    "name",
    [
        "محمد الحلبي", "ሰላም ተስፋይ", "Zabihullah", "Nguyễn Thị Hồng", "Şeyma Öztürk-Şahin", "O’Connor d’Arc", "李小龍",
        "X", "می‌خواهم", "क्‍ष", "<script>alert(1)</script>", "{{ 7*7 }} {% now 'Y' %}",
        "=cmd|' /C calc'!A0", "👩🏾‍🎓 Amara",
        "'; DROP TABLE cases_case; --", "%s %(name)s {0}", "null", "None", "a" * 150,
    ],
)  # fmt: skip
def test_names_of_the_world_are_kept_as_written(as_case_manager, track, name):
    answer = as_case_manager.post(REGISTER, person_data(track, given_names="", family_name=name))
    client = Client.objects.get()
    assert client.family_name == unicodedata.normalize("NFC", name) == client.name
    page = text_of(as_case_manager.get(answer.url))
    assert f">{escape(client.family_name)}</h1>" in page
    assert "<script>alert" not in page


def test_combining_marks_are_stored_composed(as_case_manager, track):
    as_case_manager.post(REGISTER, person_data(track, given_names="Ame\u0301lie", family_name="  Mu\u0308ller \u200b"))
    client = Client.objects.get()
    assert (client.given_names, client.family_name) == ("Am\u00e9lie", "M\u00fcller")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("a" * 300, "300 Zeichen, erlaubt sind höchstens 150"),
        ("Ami\x00na", "an Stelle 4 ein Steuerzeichen (U+0000)"),
        ("Ami\x1bna", "Steuerzeichen (U+001B)"),
        ("Ami\x85na", "Steuerzeichen (U+0085)"),
        ("Ami\u202ena", "Schreibrichtung ändert (U+202E)"),
        ("Ami\u2066na", "Schreibrichtung ändert (U+2066)"),
        ("Ami\ufffena", "das es nicht gibt (U+FFFE)"),
        ("Ami\nna", "nur eine Zeile"),
        ("Ami\tna", "nur eine Zeile"),
    ],
)
@pytest.mark.parametrize("field", ["given_names", "family_name"])
def test_names_that_cannot_be(as_case_manager, track, field, value, sentence):
    typed = person_data(track, **{field: value})
    answer = refuse(as_case_manager, REGISTER, typed, field, sentence)
    assert kept(answer, typed | {field: ""}) == set()
    assert answer.context["client_form"][field].value() == value


@pytest.mark.parametrize("value", ["\u200b", "\u00ad\u2060", "\u3164", "\u2800\ufe0f", " \u00a0\t", "\u180e"])
def test_an_invisible_name_is_no_name(as_case_manager, track, value):
    typed = person_data(track, given_names=value, family_name=value, pseudonym=value)
    with nothing_stored():
        answer = as_case_manager.post(REGISTER, typed)
    assert errors(answer) == {"__all__": "Bitte einen Namen oder ein Pseudonym angeben. Ein Name genügt."}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12"), ("phone", "٠٢٢١٤٧١٠"), ("phone", "0" * 51),
        ("email", "a@localhost"), ("email", "a@[127.0.0.1]"),
        ("email", "a b@example.org"), ("email", "a" * 250 + "@example.org"), ("entry_year", "1.999"),
        ("entry_year", "99"),
        ("entry_year", "2101"), ("entry_year", "1949"), ("entry_year", "-2015"), ("household_size", "0"),
        ("household_size", "31"), ("household_size", "٣"), ("household_size", "1e3"), ("household_size", HUGE),
        ("children", "21"), ("children", "1.000"), ("children", "-1"), ("contact_note", "a" * 201), ("sex", "\x00"),
        ("pseudonym", "a" * 101), ("preferred_channel", "pigeon"), ("residence_group", "x"), ("german_level", "c9"),
        ("school", "\u202e"), ("occupation", "1"), ("quarter", "x"), ("quarter", HUGE), ("quarter", "\x00"),
        ("languages", "\x00"), ("languages", HUGE), ("nationalities", "\x00"), ("nationalities", "<b>"),
        ("legal_spheres", "\x00"), ("track", HUGE), ("track", "\x00"), ("track", ""), ("district", HUGE),
        ("district", "x"),
        ("topics", HUGE), ("topics", "x"), ("topics", "\x00"), ("topics", "-1"), ("service_level", "x"),
        ("access_route", "\x00"), ("opened_on", ""), ("opened_on", "1.1.24"), ("opened_on", german(ago(-1))),
        ("age_reason", "a" * 1001), ("age_reason", "\x00"), ("documentation_form", "x"),
    ],
)  # fmt: skip
def test_every_field_of_a_new_file_refuses_in_german(as_case_manager, track, field, value):
    typed = person_data(track) | {field: value}
    answer = refuse(as_case_manager, REGISTER, typed, field)
    assert kept(answer, typed | {field: ""}) == set()


def test_coming_to_germany_is_not_before_birth_nor_after_today(as_case_manager, track):
    typed = person_data(track, birth_date="01.02.2004")
    refuse(as_case_manager, REGISTER, typed | {"entry_year": "2003"}, "entry_year", "vor der Geburt")
    refuse(as_case_manager, REGISTER, typed | {"entry_year": str(ago(0).year + 1)}, "entry_year", "in der Zukunft")
    assert as_case_manager.post(REGISTER, typed | {"entry_year": "2004"}).status_code == 302


@pytest.mark.parametrize(
    ("field", "value"), [("languages", HUGE), ("quarter", HUGE), ("email", "x"), ("birth_date", "x")]
)
def test_a_change_of_the_person_refuses_too(as_case_manager, case, field, value):
    target = url("client_change", case)
    typed = shown(as_case_manager.get(target)) | {"contact_note": "Nie anrufen.", field: value}
    answer = refuse(as_case_manager, target, typed, field)
    assert "Nie anrufen." in text_of(answer)


@pytest.mark.parametrize(
    ("field", "value"), [("topics", HUGE), ("track", "foreign"), ("district", "\x00"), ("opened_on", "x")]
)
def test_a_change_of_the_case_refuses_too(as_case_manager, case, field, value):
    value = TrackFactory(code="women").pk if value == "foreign" else value
    typed = case_data(case.track, version="1", age_reason="Bleibt stehen.") | {field: value}
    answer = refuse(as_case_manager, url("change", case), typed, field)
    assert "Bleibt stehen." in text_of(answer)


@pytest.mark.parametrize("value", ["", "12", "x" * 201, "a\x00", "a\u202e"])
def test_search_first_refuses_in_german(as_case_manager, value):
    field = "birth_date" if value == "12" else "name"
    typed = {"name": "Mina Anders", "birth_date": "", field: value}
    refuse(as_case_manager, url("client_search"), typed, field)


# --- The consultation


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"minutes_tapped": "other"}, "minutes_typed", "Dauer in Minuten eintragen"),
        ({"minutes_tapped": "other", "minutes_typed": "0"}, "minutes_typed", "mindestens 1"),
        ({"minutes_tapped": "other", "minutes_typed": "-5"}, "minutes_typed", "nicht negativ"),
        ({"minutes_tapped": "other", "minutes_typed": "721"}, "minutes_typed", "höchstens 720"),
        ({"minutes_tapped": "other", "minutes_typed": "1.000"}, "minutes_typed", "ohne Punkt"),
        ({"minutes_tapped": "other", "minutes_typed": "٣"}, "minutes_typed", "Ziffern 0 bis 9"),
        (
            {"minutes_tapped": "other", "minutes_typed": "1h", "waiting_minutes": "5"},
            "minutes_typed",
            "Ziffern 0 bis 9",
        ),
        ({"minutes_tapped": "other", "minutes_typed": HUGE}, "minutes_typed", "höchstens 720"),
        ({"minutes_tapped": None}, "minutes_tapped", "zwingend erforderlich"),
        ({"minutes_tapped": "5"}, "minutes_tapped", "keine gültige Auswahl"),
        ({"waiting_minutes": "31"}, "waiting_minutes", "länger als die ganze Begleitung"),
        ({"waiting_minutes": "-1"}, "waiting_minutes", "nicht negativ"),
        ({"held_on": "31.12.68"}, "held_on", "vierstellig"),
        ({"held_on": german(ago(-1))}, "held_on", "Zukunft"),
        ({"held_on": german(ago(31))}, "held_on", "vor der Eröffnung des Falls"),
        ({"held_on": ""}, "held_on", "zwingend erforderlich"),
        ({"kind": None}, "kind", "zwingend erforderlich"),
        ({"kind": "\x00"}, "kind", ""),
        ({"interpreter": "robot"}, "interpreter", ""),
        ({"language": "xx"}, "language", ""),
        ({"language": "\x00"}, "language", ""),
        ({"topics": HUGE}, "topics", ""),
        ({"topics": "\x00"}, "topics", ""),
        ({"topics": "0"}, "topics", ""),
        ({"institution": "0"}, "institution", ""),
        ({"institution": HUGE}, "institution", ""),
        ({"institution": "\x00"}, "institution", ""),
        ({"note": "a\x00"}, "note", "Steuerzeichen"),
        ({"note": "a\u202e"}, "note", "Schreibrichtung"),
        ({"next_text": "a" * 501, "next_due_on": german(ago(-1))}, "next_text", "zu lang"),
        ({"form_key": "x"}, "form_key", ""),
        ({"form_key": None}, "form_key", "zwingend erforderlich"),
        ({"form_key": "\x00"}, "form_key", ""),
    ],
)
def test_every_field_of_a_consultation_refuses_in_german(as_case_manager, case, typed, field, sentence):
    data = consultation_data(case, **{"note": "Bleibt <b>stehen</b>.", **typed})
    answer = refuse(as_case_manager, LOG, data, field, sentence)
    assert kept(answer, data | {field: "", "language": "", "kind": ""}) == set()
    assert escape(data["note"]) in text_of(answer)


@pytest.mark.parametrize(
    ("tapped", "typed", "minutes"),
    [("other", "1", 1), ("other", "720", 720), ("other", "007", 7), ("90", "", 90), ("45", "12", 45)],
)
def test_durations_that_are_possible(as_case_manager, case, tapped, typed, minutes):
    as_case_manager.post(LOG, consultation_data(case, minutes_tapped=tapped, minutes_typed=typed))
    assert Consultation.objects.get().minutes == minutes


def test_several_mistakes_are_said_at_once(as_case_manager, case):
    typed = consultation_data(case, held_on="x", minutes_typed="y", topics="z", language="q")
    with nothing_stored():
        answer = as_case_manager.post(LOG, typed)
    assert set(errors(answer)) == {"held_on", "minutes_typed", "topics", "language"}


@pytest.mark.parametrize("version", ["", "x", "٣", HUGE, "\x00"])
def test_an_edit_with_a_broken_version_says_so(as_case_manager, case, version):
    consultation = ConsultationFactory(case=case)
    typed = consultation_data(note="Neu.", version=version)
    refuse(as_case_manager, url("consultation_change", case, consultation.pk), typed, "version")


@pytest.mark.parametrize(
    "name", ["pause", "request_reopening", "close", "consents", "release_give", "clearing", "follow_up_create", "phase"]
)
def test_an_empty_or_broken_form_stores_nothing(as_case_manager, case, name):
    fields = ("until", "on", "note", "purpose", "form", "given_on", "text", "due_on", "due_at", "form_key", "status")
    with nothing_stored():
        for value in ("", "\x00", "\u202e", HUGE, "٣"):
            answer = as_case_manager.post(url(name, case), dict.fromkeys(fields, value) | {"reason": "\x00"})
            assert errors(answer) if name != "phase" else answer.status_code == 302


# --- Addresses


@pytest.mark.parametrize(
    "number", ["K-7f3k-9q", "K-7F3K-9", "K-ILOU-00", "1", "K-7F3K-9Q'", "K-٣٣٣٣-٣٣", "K-7F3K-9Q%00"]
)
def test_addresses_that_cannot_be(as_case_manager, number):
    assert as_case_manager.get(f"/faelle/{number}/").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", HUGE, "\x00", "2"])
def test_a_page_that_does_not_exist_is_the_nearest(as_case_manager, case, page):
    ConsultationFactory(case=case, note="Steht hier.")
    assert "Steht hier." in text_of(as_case_manager.get(url("consultation_list", case), {"page": page}))


# --- Any text


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("<>&'\"{}%\n="), max_size=60)


def acceptable(text):
    try:
        return clean(text, multiline=True)
    except ValidationError:
        return ""


@given(text=TEXTS.filter(acceptable))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_accepted_text_is_stored_and_shown_as_it_is(as_case_manager, case_manager, text):
    case = Case.objects.first() or CaseFactory(case_manager=case_manager.case_manager)
    case.consultations.all().delete()
    answer = as_case_manager.post(LOG, consultation_data(case, note=text, form_key=str(uuid.uuid4())))
    saved = Consultation.objects.get()
    assert saved.note == clean(text, multiline=True)
    assert f'<p class="prose">{escape(saved.note)}</p>' in as_case_manager.get(answer.url).content.decode()


def test_texts_in_small_places_are_escaped_too(as_case_manager, case):
    evil = "<img src=x onerror=alert(1)>"
    FollowUpFactory(case=case, text=evil)
    Client.objects.filter(pk=case.client_id).update(contact_note=evil, phone=f"0221 4710 {evil}")
    Case.objects.filter(pk=case.pk).update(pause_reason=evil, status="paused", phase_before_pause="clearing")
    ConsentFactory(client=case.client)
    for name in ("detail", "print"):
        page = text_of(as_case_manager.get(url(name, case)))
        assert escape(evil) in page
        assert "<img src=x" not in page
    assert "<img src=x" not in text_of(as_case_manager.get(url("today")))
