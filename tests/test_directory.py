"""Keeping the directory true: confirming, refreshing, adding, reporting, and who hears of it."""

import uuid

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from cases.actions.directory import answer_report
from cases.models import Notice
from districts.models import DirectoryReport, Institution, Topic
from districts.models.institutions import CHECK_AFTER
from kim.audit.models import Entry
from kim.permissions import GRANTS, Permission, roles_with
from kim.users.models import Role
from tests.case_forms import ago, errors, logged, queries, said, text_of
from tests.factories import (
    CaseManagerFactory,
    DirectoryReportFactory,
    InstitutionFactory,
    MembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("districts:institution_list"), reverse("districts:institution_create")
PROPOSE, REPORTS = reverse("cases:directory_propose"), reverse("cases:directory_reports")
HUGE = "9" * 40
KEEPERS = ["case_manager", "lead", "coordination"]
EVERYBODY = [*KEEPERS, "data_protection"]


@pytest.fixture
def institution(db):
    return InstitutionFactory(name="Sprachschule Ehrenfeld", checked_on=ago(200), phone="0221 1111")


@pytest.fixture
def browser_of(request, client_of):
    return lambda who: client_of(request.getfixturevalue(who))


def page_of(name, record):
    return reverse(name if ":" in name else f"districts:institution_{name}", args=[record.pk])


def upkeep_data(institution, **typed):
    data = {
        "version": institution.version,
        "waiting_weeks": "6",
        "free_places": "0",
        "phone": "0221 2222",
        "email": "post@haus.kim-koeln.example",
        "website": "www.haus.kim-koeln.example",
        "address": "Venloer Straße 1",
        "office_hours": "Mo 9–12 Uhr",
        "topics": [Topic.objects.get(code="housing").pk],
        "languages": ["ar", "tr"],
        "remarks": "Klingel links.",
    }
    return data | typed


def new_data(**typed):
    data = {"form_key": str(uuid.uuid4()), "name": "Neues Haus", "kind": "advice", "district": ""}
    return data | {"waiting_weeks": "", "free_places": ""} | typed


def found(browser, **query):
    return [institution.name for institution in browser.get(LIST, query).context["page"]]


# --- Confirming


@pytest.mark.parametrize(("who", "code"), [("case_manager", "am-dom"), ("lead", "am-dom"), ("coordination", "")])
def test_one_click_says_that_an_entry_is_right(browser_of, institution, who, code):
    browser_of(who).post(page_of("confirm", institution))
    institution.refresh_from_db()
    assert institution.checked_on == timezone.localdate()
    assert (institution.checked_by.code if institution.checked_by else "") == code
    entry = Entry.objects.get(action="directory.confirmed")
    assert (entry.subject, entry.organisation, entry.details) == (f"institution:{institution.pk}", code, {})


def test_an_entry_says_when_and_by_whom_it_was_checked(as_case_manager, institution, provider):
    detail = page_of("detail", institution)
    assert "Stadt Köln" in text_of(as_case_manager.get(detail))
    as_case_manager.post(page_of("confirm", institution))
    page = text_of(as_case_manager.get(detail))
    assert provider.name in page.split('id="pflege"')[1]
    assert "lange nicht geprüft" not in page


@pytest.mark.parametrize(("days", "words"), [(183, ""), (184, "lange nicht geprüft"), (None, "noch nie geprüft")])
def test_half_a_year_is_long(as_case_manager, days, words):
    checked_on = None if days is None else ago(days)
    institution = InstitutionFactory(checked_on=checked_on)
    assert institution.is_long_unchecked is bool(words)
    assert Institution.objects.long_unchecked().exists() is bool(words)
    assert Institution.objects.checked().exists() is not bool(words)
    for page in (LIST, page_of("detail", institution)):
        shown = text_of(as_case_manager.get(page, {"checked": ""})).split("einrichtungen", 1)[-1]
        assert ('class="tag tag-warning">' + words in shown) is bool(words)
    assert CHECK_AFTER.days == 183


def test_who_only_reads_has_no_buttons_to_keep(as_data_protection, as_case_manager, institution):
    detail = page_of("detail", institution)
    assert page_of("confirm", institution) in text_of(as_case_manager.get(detail))
    page = text_of(as_data_protection.get(detail))
    for name in ("confirm", "change", "cases:referral_choose"):
        assert page_of(name, institution) not in page
    assert page_of("cases:directory_report", institution) in page
    assert NEW not in text_of(as_data_protection.get(LIST))
    assert PROPOSE in text_of(as_data_protection.get(LIST))


def test_nobody_without_the_verb_keeps_anything(as_data_protection, as_admin, institution):
    for person in (as_data_protection, as_admin):
        assert person.post(page_of("confirm", institution)).status_code == 403
        assert person.post(page_of("change", institution), upkeep_data(institution)).status_code == 403
        assert person.post(NEW, new_data()).status_code == 403
    assert Institution.objects.get().checked_on == ago(200)


# --- Refreshing


def test_an_entry_is_brought_up_to_date(as_lead, lead, institution):
    assert as_lead.post(page_of("change", institution), upkeep_data(institution)).status_code == 302
    institution.refresh_from_db()
    assert (institution.waiting_weeks, institution.free_places, institution.phone) == (6, 0, "0221 2222")
    assert institution.website == "https://www.haus.kim-koeln.example"
    assert [language.pk for language in institution.languages.order_by("pk")] == ["ar", "tr"]
    assert [topic.code for topic in institution.topics.all()] == ["housing"]
    assert (institution.checked_on, institution.checked_by) == (timezone.localdate(), lead.membership.provider)
    assert institution.name == "Sprachschule Ehrenfeld"
    entry = Entry.objects.get(action="directory.updated")
    assert set(entry.details["fields"]) == set(upkeep_data(institution)) - {"version"}
    assert "0221" not in str(entry.details)


def test_name_and_activity_are_not_in_this_form(as_case_manager, institution):
    typed = upkeep_data(institution, name="Gekapert", is_active="", kind="other", checked_on="01.01.2000")
    as_case_manager.post(page_of("change", institution), typed)
    institution.refresh_from_db()
    assert (institution.name, institution.kind, institution.is_active) == ("Sprachschule Ehrenfeld", "advice", True)
    assert institution.checked_on == timezone.localdate()


def test_the_second_of_two_sees_both_texts(as_case_manager, as_lead, institution):
    typed = upkeep_data(institution, phone="0221 3333")
    as_lead.post(page_of("change", institution), upkeep_data(institution))
    answer = as_case_manager.post(page_of("change", institution), typed)
    page = text_of(answer)
    assert "Jemand hat inzwischen gespeichert" in page
    assert "0221 3333" in page
    assert "0221 2222" in page
    assert Institution.objects.get().phone == "0221 2222"
    typed["version"] = answer.context["form"]["version"].value()
    assert as_case_manager.post(page_of("change", institution), typed).status_code == 302
    assert Institution.objects.get().phone == "0221 3333"


def test_a_change_in_the_administration_is_noticed_too(as_admin, as_case_manager, institution):
    change = reverse("admin:districts_institution_change", args=[institution.pk])
    as_admin.post(change, {"name": "Umbenannt", "kind": "advice", "is_active": "on"})
    assert Institution.objects.get().name == "Umbenannt"
    answer = as_case_manager.post(page_of("change", institution), upkeep_data(institution))
    assert "Jemand hat inzwischen gespeichert" in text_of(answer)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"waiting_weeks": "521"}, "waiting_weeks", "höchstens 520"),
        ({"waiting_weeks": "-1"}, "waiting_weeks", "nicht negativ"),
        ({"free_places": HUGE}, "free_places", "höchstens"),
        ({"phone": "0 22"}, "phone", "vier Ziffern"),
        ({"email": "a@localhost"}, "email", "vollständige E-Mail-Adresse"),
        ({"website": "javascript://x"}, "website", "vollständige Adresse"),
        ({"website": "kein Ort"}, "website", "vollständige Adresse"),
        ({"address": "a\nb"}, "address", "nur eine Zeile"),
        ({"office_hours": "a" * 201}, "office_hours", "zu lang"),
        ({"topics": [HUGE]}, "topics", ""),
        ({"topics": ["\x00"]}, "topics", ""),
        ({"languages": ["xx"]}, "languages", ""),
        ({"languages": ["\x00"]}, "languages", ""),
        ({"remarks": "a" * 1001}, "remarks", "zu lang"),
        ({"remarks": "a\x00"}, "remarks", "Steuerzeichen"),
        ({"version": "x"}, "version", ""),
    ],
)
def test_every_field_refuses_in_german(as_case_manager, institution, typed, field, sentence):
    answer = as_case_manager.post(page_of("change", institution), upkeep_data(institution, **typed))
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]
    assert Institution.objects.get().phone == "0221 1111"
    assert escape("Venloer Straße 1") in text_of(answer) or field == "address"


# --- Adding


def test_a_new_institution_needs_name_and_kind_only(as_coordination):
    response = as_coordination.post(NEW, new_data())
    institution = Institution.objects.get()
    assert response.url == page_of("detail", institution)
    assert (institution.name, institution.kind, institution.district) == ("Neues Haus", "advice", None)
    assert (institution.checked_on, institution.checked_by, institution.is_active) == (timezone.localdate(), None, True)
    assert logged(action__startswith="directory.") == ["directory.added"]


def test_the_same_form_twice_makes_one_entry(as_lead):
    typed = new_data(topics=[Topic.objects.first().pk], languages=["ar"])
    answers = [as_lead.post(NEW, typed) for _time in range(2)]
    assert answers[0].url == answers[1].url
    assert Institution.objects.count() == 1


@pytest.mark.parametrize("name", ["Sprachschule Ehrenfeld", "sprachschule  ehrenfeld", "Sprachschule-Ehrenfeld!"])
def test_what_is_there_already_is_not_added_again(as_lead, institution, name):
    assert "steht schon" in errors(as_lead.post(NEW, new_data(name=name)))["name"]
    as_lead.post(NEW, new_data(name=name, district="8"))  # the same name elsewhere is another house
    assert Institution.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"kind": ""}, "kind"),
        ({"kind": "x"}, "kind"),
        ({"district": HUGE}, "district"),
        ({"district": "\x00"}, "district"),
    ],
)
def test_a_new_entry_refuses_what_cannot_be(as_lead, typed, field):
    assert field in errors(as_lead.post(NEW, new_data(**typed)))
    assert not Institution.objects.exists()


def test_without_its_key_the_form_adds_nothing(as_lead):
    assert "form_key" in errors(as_lead.post(NEW, new_data(form_key="x")))
    assert not Institution.objects.exists()


# --- Finding


def test_names_are_found_without_accents(as_case_manager):
    for name in ("Bürgerhaus Mülheim", "Café Olé", "Haus der Jugend"):
        InstitutionFactory(name=name)
    for query in ("mulheim", "MUELHEIM", "Mülheim", "heim bürger"):
        assert found(as_case_manager, name=query) == ["Bürgerhaus Mülheim"], query
    assert found(as_case_manager, name="cafe ole") == ["Café Olé"]
    assert found(as_case_manager, name="xyzzy") == []
    assert len(found(as_case_manager, name="haus")) == 2


@pytest.mark.parametrize("query", ["!!", " ", "\x00", "%", "_"])
def test_signs_alone_narrow_nothing(as_case_manager, institution, query):
    assert found(as_case_manager, name=query) == [institution.name]


def test_checked_lately_or_long_ago(as_case_manager):
    for name, checked_on in (("alt", ago(400)), ("neu", ago(5)), ("nie", None)):
        InstitutionFactory(name=name, checked_on=checked_on)
    assert found(as_case_manager, checked="checked") == ["neu"]
    assert found(as_case_manager, checked="unchecked") == ["alt", "nie"]
    assert found(as_case_manager, checked="x") == ["alt", "neu", "nie"]
    assert found(as_case_manager, order="unchecked") == ["nie", "alt", "neu"]


def test_the_shortest_wait_comes_first(as_case_manager):
    for name, weeks in (("lang", 30), ("unbekannt", None), ("keine", 0)):
        InstitutionFactory(name=name, waiting_weeks=weeks)
    assert found(as_case_manager, order="waiting") == ["keine", "lang", "unbekannt"]
    assert found(as_case_manager) == found(as_case_manager, order="x") == ["keine", "lang", "unbekannt"]


# --- Reporting


def report(person, record=None, **typed):
    data = {"text": "Ist umgezogen.", "form_key": str(uuid.uuid4())} | typed
    return person.post(page_of("cases:directory_report", record) if record else PROPOSE, data)


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_reports_and_sees_what_becomes_of_it(browser_of, institution, who):
    person = browser_of(who)
    assert report(person, institution).url == REPORTS
    made = DirectoryReport.objects.get()
    assert (made.institution, made.text, made.status) == (institution, "Ist umgezogen.", "open")
    assert "Ist umgezogen." in text_of(person.get(REPORTS))
    answer_report(made, status="declined", answer="Nur vorübergehend.", by=UserFactory(role=Role.COORDINATION))
    page = text_of(person.get(REPORTS))
    assert "Nur vorübergehend." in page
    assert "nicht übernommen" in page
    assert logged(action__startswith="directory.") == ["directory.reported", "directory.answered"]


def test_a_report_carries_the_traeger_of_its_writer(as_case_manager, as_coordination, provider, institution):
    report(as_case_manager, institution)
    report(as_coordination, institution)
    assert set(DirectoryReport.objects.values_list("provider", flat=True)) == {provider.pk, None}
    organisations = Entry.objects.filter(action="directory.reported").values_list("organisation", flat=True)
    assert set(organisations) == {"am-dom", ""}


def test_who_does_not_keep_the_directory_sees_own_reports_only(as_data_protection, data_protection, lead, admin_user):
    own, other = DirectoryReportFactory(reported_by=data_protection), DirectoryReportFactory()
    assert set(DirectoryReport.objects.visible_to(data_protection)) == {own}
    assert set(DirectoryReport.objects.visible_to(lead)) == {own, other}
    assert not DirectoryReport.objects.visible_to(admin_user).exists()
    assert list(as_data_protection.get(REPORTS).context["page"]) == [own]


def told():
    return set(Notice.objects.values_list("user__name", "kind", "path"))


def test_the_city_and_the_traeger_that_checked_last_hear_of_it(as_stranger, provider, institution):
    institution.checked_by = provider
    institution.save()
    of_provider = [CaseManagerFactory(provider=provider).user, MembershipFactory(provider=provider).user]
    city = UserFactory(role=Role.COORDINATION)
    MembershipFactory(provider=provider, user__role=Role.DATA_PROTECTION)
    CaseManagerFactory(provider=provider, user__is_active=False)
    UserFactory(role=Role.ADMIN)
    report(as_stranger, institution)
    assert told() == {(user.name, "directory_report", REPORTS) for user in [*of_provider, city]}


def test_of_an_entry_the_city_checked_only_the_city_hears(as_coordination, coordination, lead, institution):
    second = UserFactory(role=Role.COORDINATION)
    report(as_coordination, institution)
    report(as_coordination)
    assert told() == {(second.name, "directory_report", REPORTS)}


def test_an_open_report_shows_at_its_entry(as_case_manager, as_data_protection, institution):
    detail = page_of("detail", institution)
    assert "ist eine Änderung gemeldet" not in text_of(as_case_manager.get(detail))
    made = DirectoryReportFactory(institution=institution, text="Geheimer Text")
    for person in (as_case_manager, as_data_protection):
        assert "ist eine Änderung gemeldet" in text_of(person.get(detail))
        assert "Geheimer Text" not in text_of(person.get(detail))
    answer_report(made, status="done", answer="", by=UserFactory(role=Role.COORDINATION))
    assert "ist eine Änderung gemeldet" not in text_of(as_case_manager.get(detail))


def test_a_report_twice_sent_is_one(as_case_manager, coordination, institution):
    key = str(uuid.uuid4())
    for _time in range(2):
        assert report(as_case_manager, institution, form_key=key).url == REPORTS
    assert DirectoryReport.objects.count() == Notice.objects.count() == 1


def test_somebody_elses_form_key_reports_nothing(as_case_manager, as_lead, institution):
    key = str(uuid.uuid4())
    report(as_lead, institution, form_key=key)
    assert "gehört nicht hierher" in errors(report(as_case_manager, institution, form_key=key))["__all__"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "zwingend erforderlich"),
        ("\u200b", "zwingend erforderlich"),
        ("a" * 1001, "zu lang"),
        ("a\x00", "Steuerzeichen"),
        ("Betrifft K-7F3K-9W", "ohne Fallnummer"),
        ("Betrifft k-7f3k-9w.", "ohne Fallnummer"),
    ],
)
def test_a_report_refuses_in_german(as_case_manager, institution, text, sentence):
    assert sentence in errors(report(as_case_manager, institution, text=text))["text"]
    assert not DirectoryReport.objects.exists()


def test_a_report_is_text(as_lead, institution):
    evil = "<script>alert(1)</script> أهلا 😀\nzweite Zeile"
    report(as_lead, institution, text=evil)
    made = DirectoryReport.objects.get()
    assert made.text == evil
    answer_report(made, status="done", answer="<b>fett</b>", by=UserFactory(role=Role.COORDINATION))
    for page in (REPORTS, page_of("cases:directory_answer", made)):
        shown = text_of(as_lead.get(page))
        assert escape(evil) in shown
        assert "<script>alert" not in shown
        assert "<b>fett" not in shown


def test_a_closed_institution_takes_no_report(as_case_manager):
    gone = InstitutionFactory(is_active=False)
    assert report(as_case_manager, gone).status_code == 404


# --- Answering


@pytest.mark.parametrize("who", KEEPERS)
def test_whoever_keeps_the_directory_answers(browser_of, request, institution, who):
    made = DirectoryReportFactory(institution=institution)
    browser_of(who).post(page_of("cases:directory_answer", made), {"status": "done", "answer": ""})
    made.refresh_from_db()
    assert (made.status, made.answered_by) == ("done", request.getfixturevalue(who))
    assert told() == {(made.reported_by.name, "directory_answered", REPORTS)}


def test_one_who_answers_the_own_report_is_told_nothing(as_coordination, coordination):
    made = DirectoryReportFactory(reported_by=coordination)
    as_coordination.post(page_of("cases:directory_answer", made), {"status": "done"})
    assert not Notice.objects.exists()


def test_of_two_answers_the_first_stands(as_lead, as_coordination):
    made = DirectoryReportFactory()
    as_lead.post(page_of("cases:directory_answer", made), {"status": "done"})
    response = as_coordination.post(
        page_of("cases:directory_answer", made), {"status": "declined", "answer": "Stimmt nicht."}
    )
    assert "schon beantwortet" in said(response)
    made.refresh_from_db()
    assert (made.status, made.answer) == ("done", "")
    assert Notice.objects.count() == 1


def test_of_two_answers_at_once_the_database_takes_one(lead, coordination):
    first = DirectoryReportFactory()
    second = DirectoryReport.objects.get()
    answer_report(first, status="done", answer="", by=lead)
    with pytest.raises(Exception, match="schon beantwortet"):
        answer_report(second, status="declined", answer="Nein.", by=coordination)
    assert DirectoryReport.objects.get().status == "done"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "status"),
        ({"status": "open"}, "status"),
        ({"status": "declined"}, "answer"),
        ({"status": "done", "answer": "a\x00"}, "answer"),
        ({"status": "done", "answer": "Siehe K-7F3K-9W"}, "answer"),
    ],
)
def test_an_answer_refuses_in_german(as_lead, typed, field):
    made = DirectoryReportFactory()
    assert field in errors(as_lead.post(page_of("cases:directory_answer", made), typed | {"x": "1"}))
    assert DirectoryReport.objects.get().is_open


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("directory_report_answered_with_date", {"status": "done"}),
        ("directory_report_answered_with_date", {"answered_at": timezone.now()}),
        ("directory_report_declined_with_reason", {"status": "declined", "answered_at": timezone.now()}),
    ],
)
def test_the_database_refuses_half_answers(name, values):
    DirectoryReportFactory()
    with pytest.raises(IntegrityError, match=name):
        DirectoryReport.objects.update(**values)


def test_open_reports_come_first_then_the_newest(as_lead):
    old, new = DirectoryReportFactory(created_at=timezone.now() - CHECK_AFTER), DirectoryReportFactory()
    done = DirectoryReportFactory(answered=True)
    assert list(as_lead.get(REPORTS).context["page"]) == [new, old, done]


@pytest.mark.parametrize("rows", [1, 20])
def test_the_reports_do_not_query_per_row(as_lead, rows):
    DirectoryReportFactory.create_batch(rows)
    DirectoryReportFactory.create_batch(rows - 1, proposal=True, answered=True)
    assert queries(lambda: as_lead.get(REPORTS)) == 4  # session, user, count, page


@pytest.mark.parametrize("rows", [1, 20])
def test_one_entry_and_its_form_ask_the_same_however_much_there_is(as_lead, institution, rows):
    institution.topics.set(Topic.objects.all()[:rows])
    DirectoryReportFactory.create_batch(rows, institution=institution)
    InstitutionFactory.create_batch(rows)
    # session, user, entry, topics, languages, open reports
    assert queries(lambda: as_lead.get(page_of("detail", institution))) == 6
    assert queries(lambda: as_lead.get(page_of("change", institution))) == 7


def test_a_verb_knows_its_roles():
    for permission in Permission:
        assert set(roles_with(permission)) == {role for role in Role if permission in GRANTS[role]}
