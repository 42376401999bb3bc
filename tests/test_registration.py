"""Registering from outside: what is taken in, what is asked once more, where it goes, and who sees what of it."""

import re
from datetime import date, timedelta
from html import escape, unescape

import pytest
from django.core import signing
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from cases.actions.requests import assign_request
from cases.forms.requests import person_from
from cases.models import Client, IntakeRequest, Notice, RequestCount
from cases.public.form_pass import RECEIPT_SALT, receipt_for
from cases.public.forms import NOTE_LENGTH, TOPICS
from cases.request_counts import months_of_requests, overview_of
from cases.working_days import arrival_of_waiting_longer, working_days_between
from districts.models import CaseManager, District, Language, Provider, PublicLanguage, Track
from districts.public.contacts import services
from kim.audit.models import Entry
from kim.web.languages import LANGUAGES, say, speaking
from tests.factories import CaseManagerFactory, ClientFactory, IntakeRequestFactory
from tests.public_strings import strings
from tests.registration import PHONE, errors, form_url, pass_of, send, sent

pytestmark = pytest.mark.django_db

Source, Status = IntakeRequest.Source, IntakeRequest.Status
TYPED = {
    "who": "self",
    "name": "Nassim",
    "phone": "+49 (0)221 45678-90 (WhatsApp)",
    "email": "nassim@post.example",
    "no_voicemail": "on",
    "contact_note": "nur am Abend",
    "language": "fa",
    "district": "6",
    "topics": ["housing", "language"],
    "message": "Ich suche\neine Wohnung.",
}


@pytest.fixture
def service(provider):
    """An offer on a protected track, as it stands on the page Kontakt, and who counsels there."""
    track = Track.objects.get(code="lsbti")
    CaseManagerFactory(provider=provider, tracks=[track], is_published=True, user__name="Niko Adler")
    return services()[0]


@pytest.fixture
def counsellor(service):
    return CaseManager.objects.get(user__name="Niko Adler").user


# --- What is taken in


def test_one_way_to_reach_somebody_is_enough(client):
    answer = send(client, phone=PHONE)
    assert answer.status_code == 303
    intake = IntakeRequest.objects.get()
    assert (intake.phone, intake.name, intake.source, intake.channel) == (PHONE, "", Source.SELF, "form")
    assert (intake.status, intake.provider, intake.created_by, intake.is_suspect) == (Status.NEW, None, None, False)
    assert (intake.has_agreed, intake.track, intake.urgency, intake.page_language) == (True, None, "can_wait", "de")
    page = client.get(answer["Location"])
    assert intake.number in page.text
    assert "drei Arbeitstagen" in page.text
    assert not any(response.cookies for response in (answer, page))
    assert {response["Cache-Control"] for response in (answer, page)} == {"no-store"}
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert Entry.objects.get(action="request.entered").actor == ""


def test_everything_that_was_said_is_kept(client):
    intake = sent(client, "fa", **TYPED)
    assert {name: getattr(intake, name) for name in ("name", "phone", "email", "contact_note", "message")} == {
        name: TYPED[name] for name in ("name", "phone", "email", "contact_note", "message")
    }
    assert (intake.language_id, intake.district.number, intake.page_language) == ("fa", 6, "fa")
    assert {topic.code for topic in intake.topics.all()} == {"housing", "language"}
    assert (intake.no_voicemail, intake.write_only, intake.neutral_subject) == (True, False, True)


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("phone", "۰۲۲۱ ۴۵۶۷۸۹۰", "0221 4567890"),
        ("phone", "\u202a+49 221 456\u202c\n", "+49 221 456"),
        ("phone", "Signal: 01234", "Signal: 01234"),
        ("email", "\u200ename@post.example ", "name@post.example"),
        ("email", "info@köln-hilft.example", "info@köln-hilft.example"),
        ("name", "  Мар’яна\u200f\x00\tБ. ", "Мар’яна Б."),
        ("message", "a\u202eb\r\nc", "ab\nc"),
    ],
)
def test_what_telephones_add_unseen_is_taken_out(field, typed, stored, client):
    intake = sent(client, **{"phone": PHONE, field: typed})
    assert getattr(intake, field) == stored


def test_a_domain_with_an_umlaut_can_be_written_to():
    assert EmailMessage("x", "x", "a@b.example", ["info@köln-hilft.example"]).message()["To"] == (
        "info@xn--kln-hilft-07a.example"
    )


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"phone": ""}, "phone", "Bitte geben Sie ein Telefon oder eine E-Mail-Adresse an."),
        ({"phone": " \u200f "}, "phone", "Bitte geben Sie ein Telefon oder eine E-Mail-Adresse an."),
        ({"phone": "null zwei zwei eins"}, "phone", "Bitte schreiben Sie die Nummer mit Ziffern"),
        ({"phone": "0221"}, "phone", "Bitte schreiben Sie die Nummer mit Ziffern"),
        ({"phone": "1" * 51}, "phone", "Der Text ist zu lang. Erlaubt sind 50 Zeichen."),
        ({"email": "müller@post.example"}, "email", "Bitte schreiben Sie die ganze E-Mail-Adresse"),
        ({"email": "nassim"}, "email", "Bitte schreiben Sie die ganze E-Mail-Adresse"),
        ({"message": "x" * 5001}, "message", "Der Text ist zu lang. Erlaubt sind 5000 Zeichen."),
        ({"message": "Z" + "\u0301" * 31}, "message", "Ein Zeichen in diesem Text können wir nicht lesen."),
        ({"language": "xx"}, "language", "Bitte wählen Sie noch einmal."),
        ({"district": "99"}, "district", "Bitte wählen Sie noch einmal."),
        ({"topics": ["housing", "xx"]}, "topics", "Bitte wählen Sie noch einmal."),
        ({"who": "institution"}, "who", "Bitte wählen Sie noch einmal."),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_typed_is_lost(said, field, sentence, client):
    typed = {"phone": PHONE, "name": "Nassim <3", "contact_note": "nur am Abend"} | said
    answer = send(client, **typed)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert list(errors(answer)) == [field]
    assert errors(answer)[field].startswith(sentence)
    assert answer.text.count(escape(errors(answer)[field])) == 2  # in the summary and at the field
    shown = {"language", "district", "topics", "who"}
    assert all(escape(value) in answer.text for name, value in typed.items() if name not in shown)
    assert not IntakeRequest.objects.exists()


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_wrong_is_said_in_the_language_of_the_page(code, client):
    """Every field at once, and each alone that another hides: nothing falls back to what Django says."""
    everything = {"phone": "null", "email": "x@", "message": "x" * 5001, "contact_note": "x" * 121, "name": "x" * 201}
    choices = {"language": "xx", "district": "99", "topics": ["xx"], "who": "institution"}
    unreadable = {"name": "Z" + "\u0301" * 31, "who": "third_party"}
    answers = [send(client, code, **said) for said in (everything | choices, unreadable, {"phone": ""})]
    found = [unescape(each) for answer in answers for each in re.findall(r'class="wrong"[^>]*>(.*?)</p>', answer.text)]
    with speaking(code):
        known = {say(text).replace("%(limit_value)s", "*") for text in strings()}
    assert len(found) >= 12
    assert {re.sub(r"\b(5000|200|120)\b", "*", sentence) for sentence in found} <= known


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_form_speaks_every_language(code, client):
    page, wrong = client.get(form_url(code)), send(client, code, email="x@")
    with speaking(code):
        for sentence in ("Wie erreichen wir Sie?", "Ämter und Papiere", "Absenden", "Für wen ist die Anmeldung?"):
            assert escape(say(sentence)) in page.text
        assert say("Bitte noch etwas ändern") in unescape(wrong.text)
        to_data = f'<a href="/{code}/daten/" target="_blank">{say("Was mit Ihren Daten passiert (neue Seite)")}</a>'
        assert to_data in page.text
    assert f'<html lang="{code}" dir="{LANGUAGES[code].direction}">' in wrong.text
    assert not page.cookies
    assert page["Cache-Control"] == "no-store"
    assert "<script" not in page.text
    spoken = page.context["form"]["language"].value()
    assert spoken == ("" if code in ("de", "de-simple") else code)


def test_a_language_that_is_switched_off_meanwhile_loses_nothing(client):
    PublicLanguage.objects.filter(code="ti").update(is_active=False)
    assert client.get(form_url("ti"))["Location"] == form_url("de")
    assert sent(client, "ti", phone=PHONE).page_language == "ti"


def test_place_and_language_come_along_from_kontakt(client):
    page = client.get("/de/kontakt/", {"bezirk": "6", "sprache": "xx", "angebot": "outreach"})
    assert f'href="{form_url(query="?bezirk=6")}"' in page.text
    form = client.get(form_url(query="?bezirk=6&sprache=fa&name=Nassim&track=1")).context["form"]
    assert (form["district"].value(), form["language"].value(), form["name"].value()) == ("6", "fa", None)
    hostile = client.get(form_url(query='?bezirk="><script>&sprache=<b>&an='))
    assert "<script" not in hostile.text
    assert hostile.context["visit"].query == {}


@pytest.mark.parametrize("topics", [1, 8])
def test_the_form_is_cheap(topics, client, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get(form_url("ar"))
    with django_assert_num_queries(5):
        send(client, "ar", topics=list(TOPICS)[:topics], message="Ohne Kontakt")


# --- Somebody registers somebody else


def test_for_another_person_with_their_agreement(client):
    said = {"who": "third_party", "third_party_name": "Frau Klein", "third_party_contact": "klein@schule.example"}
    answer = send(client, **said)
    assert list(errors(answer)) == ["has_agreed"]
    assert "klein@schule.example" in answer.text
    intake = sent(client, **said, has_agreed="on", name="Amina")
    assert (intake.source, intake.has_agreed, intake.phone, intake.email) == (Source.THIRD_PARTY, True, "", "")
    assert (intake.third_party_name, intake.third_party_contact) == ("Frau Klein", "klein@schule.example")
    nobody = send(client, who="third_party", has_agreed="on", third_party_name="Frau Klein")
    assert list(errors(nobody)) == ["phone"]


def test_who_registers_alone_is_no_third_party(client):
    intake = sent(client, who="self", phone=PHONE, third_party_name="Rest", third_party_contact="Rest")
    assert (intake.source, intake.third_party_name, intake.third_party_contact) == (Source.SELF, "", "")


# --- Once is once


def test_sent_twice_is_one_request_and_corrected_is_another(client):
    said = {"form_pass": pass_of(), "phone": PHONE, "topics": ["housing"]}
    first, again = sent(client, **said), sent(client, **said)
    assert first == again
    assert sent(client, **said | {"phone": "0221 111111"}) != first
    assert sent(client, phone=PHONE, topics=["housing"]) != first  # somebody else, on a form of their own
    assert IntakeRequest.objects.count() == 3


def test_nothing_tells_whether_somebody_is_known(client, provider):
    ClientFactory(provider=provider, phone=PHONE, given_names="Nassim")
    pages = []
    for phone in (PHONE, "0221 9999999"):
        answer = send(client, phone=phone, name="Nassim")
        page = client.get(answer["Location"], follow=True)
        number = IntakeRequest.objects.latest("pk").number
        pages.append(page.text.replace(number, "").replace(answer["Location"].split("/")[-2], ""))
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "receipt",
    ["A-7F3K-9Q", "x:y:z", signing.dumps("A-7F3K-9Q", salt="other")],
    ids=["bare", "malformed", "of_another_kind"],
)
def test_a_number_is_shown_to_whom_we_gave_it_only(receipt, client, monkeypatch):
    assert client.get(reverse("registration:thanks", args=["de", receipt]))["Location"] == form_url()
    ours = reverse("registration:thanks", args=["ar", receipt_for("A-7F3K-9Q")])
    assert "A-7F3K-9Q" in client.get(ours).text
    monkeypatch.setattr("cases.public.form_pass.RECEIPT_SECONDS", -1)
    assert client.get(ours)["Location"] == form_url("ar")
    assert signing.loads(receipt_for("A-7F3K-9Q"), salt=RECEIPT_SALT) == "A-7F3K-9Q"


# --- Where it goes, and who sees it


def test_the_office_hears_of_it_and_never_meets_anybody(client, as_coordination, coordination, as_case_manager):
    intake = sent(client, **TYPED)
    detail = reverse("cases:request_detail", args=[intake.number])
    office = [reverse("cases:dispatch"), reverse("cases:dispatch_request", args=[intake.number])]
    notice = Notice.objects.get(user=coordination)
    assert (notice.kind, notice.path) == ("request_new", office[1])
    for page in map(as_coordination.get, office):
        assert intake.number in page.text
        assert not [word for word in ("Nassim", "45678", "nassim@", "Abend", "Wohnung.") if word in page.text]
    assert as_coordination.get(detail).status_code == 403
    assert as_case_manager.get(detail).status_code == 404


def test_the_team_reads_what_was_said_and_how_to_call(client, as_case_manager, case_manager, coordination):
    CaseManagerFactory(provider=case_manager.case_manager.provider)
    said = TYPED | {"who": "third_party", "has_agreed": "on", "third_party_name": "Frau Klein", "write_only": "on"}
    intake = sent(client, "fa", **said)
    assign_request(intake, provider=case_manager.case_manager.provider, by=coordination)
    page = as_case_manager.get(reverse("cases:request_detail", args=[intake.number])).text
    for words in ("Nassim", "nur am Abend", "nicht anrufen, nur schreiben", "nicht auf die Mailbox", "Frau Klein"):
        assert words in page
    for words in ("Formular", "فارسی", "Im Betreff einer E-Mail", "seit heute"):
        assert words in page
    kept = person_from(intake)["contact_note"]
    assert kept == "nicht anrufen, nur schreiben; nicht auf die Mailbox sprechen; nur am Abend"
    assert len(kept) - len("nur am Abend") + NOTE_LENGTH <= Client._meta.get_field("contact_note").max_length


def test_to_a_service_it_goes_past_the_office(client, service, counsellor, client_of, coordination, as_lead, lead):
    assert f"{form_url()}?an={service.key}" in client.get("/de/kontakt/").text
    page = client.get(form_url(query=f"?an={service.key}"))
    assert "Beratung für queere junge Menschen" in page.text
    assert 'name="who"' not in page.text
    intake = sent(client, an=service.key, **TYPED)
    assert (intake.track, intake.provider, intake.status) == (service.track, service.provider, Status.ASSIGNED)
    assert not IntakeRequest.objects.listed_for(coordination).exists()
    assert not Notice.objects.filter(user=coordination).exists()
    detail = reverse("cases:request_detail", args=[intake.number])
    assert "Nassim" in client_of(counsellor).get(detail).text
    assert as_lead.get(detail).status_code == 404
    assert {notice.user for notice in Notice.objects.all()} == {counsellor, lead}


def test_the_address_of_a_service_says_nothing(service):
    assert service.key.isalnum()
    assert {other.key for other in services()} == {service.key}
    assert str(service.track.pk) != service.key


def test_nobody_sends_somebody_else_to_a_service(client, service):
    said = TYPED | {"who": "third_party", "has_agreed": "on", "third_party_name": "Frau Klein"}
    answer = send(client, an=service.key, **said)
    assert errors(answer) == {"__all__": "Hier kann sich nur jede Person selbst anmelden."}
    assert "nassim@post.example" in answer.text
    assert not IntakeRequest.objects.exists()


@pytest.mark.parametrize("when", ["before", "at the last moment"])
def test_a_service_that_ended_loses_nothing_and_tells_the_office_nothing(when, client, service, monkeypatch):
    if when == "before":
        CaseManager.objects.update(is_published=False)
    else:
        monkeypatch.setattr("cases.actions.requests.candidates_for", lambda track: [])
    answer = send(client, an=service.key, **TYPED)
    assert "Dieses Angebot gibt es zurzeit nicht." in answer.text
    assert "nassim@post.example" in answer.text
    assert 'name="an"' not in answer.text
    assert not IntakeRequest.objects.exists()
    Provider.objects.update(is_active=True)
    assert sent(client, **TYPED).provider is None  # sent once more, it is a request like every other


# --- Answered in time


@pytest.mark.parametrize(
    ("days", "today", "last"),
    [
        (3, date(2026, 11, 27), date(2026, 11, 23)),  # Friday: Tuesday to Friday are four
        (3, date(2026, 11, 29), date(2026, 11, 23)),  # Sunday counts no day more
        (3, date(2027, 1, 4), date(2026, 12, 28)),  # New Year between
        (10, date(2026, 5, 26), date(2026, 5, 7)),  # Ascension and Whit Monday between
    ],
)
def test_who_has_waited_longer_by_working_days(days, today, last):
    assert arrival_of_waiting_longer(days, today) == last
    assert working_days_between(last, today) == days + 1
    assert working_days_between(last + timedelta(days=1), today) <= days


def test_the_office_sees_how_many_wait_too_long(as_coordination):
    today = timezone.localdate()
    for days in (3, 10):
        last = arrival_of_waiting_longer(days, today)
        IntakeRequestFactory(received_on=last)
        IntakeRequestFactory(received_on=last + timedelta(days=1))
    IntakeRequestFactory(received_on=today - timedelta(days=90), is_suspect=True)
    IntakeRequestFactory(received_on=today - timedelta(days=90), protected=True)
    rows = IntakeRequest.objects.without_protected()
    assert vars(overview_of(rows)) == {"late": 3, "very_late": 1, "suspect": 1}
    page = as_coordination.get(reverse("cases:dispatch")).text
    assert "3 Anfragen warten länger als drei Arbeitstage, davon 1 länger als zehn." in page
    assert "1 Anfrage, die vielleicht Spam ist" in page


def test_what_is_deleted_is_counted_and_every_number_rounded(coordination, case_manager):
    month = timezone.localdate().replace(day=1)
    old = timezone.now() - timedelta(days=400)
    ended = {"received_on": month, "status": "withdrawn", "end_reason": "other", "last_action_at": old}
    IntakeRequestFactory.create_batch(3, received_on=month)
    IntakeRequestFactory(**ended)
    IntakeRequestFactory(received_on=month, is_suspect=True, last_action_at=old)
    call_command("delete_expired_requests")
    call_command("delete_expired_requests")
    count = RequestCount.objects.get()
    assert (count.month, count.deleted, count.spam) == (month, 1, 1)
    RequestCount.add(month, deleted=2, spam=0)
    row = months_of_requests(coordination)[0]
    assert (row.month, row.arrived, row.open, row.ended, row.deleted, row.spam) == (month, 5, 5, 5, 5, 0)
    assert months_of_requests(case_manager) == []
    assert not RequestCount.objects.visible_to(case_manager).exists()


def test_protected_wishes_are_in_no_number_of_the_office(coordination):
    """It sees all others one by one: what a rounded number has more would be them."""
    month = timezone.localdate().replace(day=1)
    old = timezone.now() - timedelta(days=400)
    IntakeRequestFactory.create_batch(2, received_on=month)
    alone = months_of_requests(coordination)
    IntakeRequestFactory.create_batch(2, received_on=month, protected=True)
    IntakeRequestFactory(
        received_on=month, status="withdrawn", end_reason="other", last_action_at=old, protected=True
    )  # fmt: skip
    assert months_of_requests(coordination) == alone
    call_command("delete_expired_requests")
    assert IntakeRequest.objects.count() == 4
    assert months_of_requests(coordination) == alone
    assert not RequestCount.objects.exists()


def test_languages_and_districts_are_those_of_the_city(client):
    visit = client.get(form_url("ku")).context["visit"]
    assert len(visit.language_choices) == Language.objects.count()
    assert [choice.label for choice in visit.district_choices] == [each.name for each in District.objects.all()]
    assert [choice.value for choice in visit.language_choices if choice.is_chosen] == ["ku"]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_the_form_takes_a_post_and_nothing_else(method, client):
    assert getattr(client, method)(form_url()).status_code == 405
