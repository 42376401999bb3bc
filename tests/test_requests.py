"""Requests at a Träger: writing one down, who sees it, passing it on, opening the case from it, deleting it."""

import uuid
from datetime import date, datetime, time, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from cases import numbers, same_person
from cases.models import Case, Client, IntakeRequest, Notice
from cases.models.case import FOLLOW_UP_PERIOD
from cases.working_days import months_before
from districts.models import District, Language, Topic
from kim.audit.models import Entry
from tests.case_forms import ago, case_data, errors, german, logged, person_data, queries, said, text_of, url
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ClientFactory,
    DistrictFactory,
    InstitutionFactory,
    IntakeRequestFactory,
    RequestMessageFactory,
    TrackFactory,
)

LIST, NEW = url("request_list"), url("request_create")
SEARCH, REGISTER = url("client_search"), url("client_create")


@pytest.fixture
def desk(case_manager):
    return case_manager.case_manager


@pytest.fixture
def specialist(provider):
    """Serves a protected track at the Träger of the case manager."""
    tracks = [TrackFactory(), TrackFactory(protected=True)]
    return CaseManagerFactory(provider=provider, user__name="Pia Geschützt", tracks=tracks).user


@pytest.fixture
def elsewhere(db):
    """Serves the protected track at another Träger."""
    return CaseManagerFactory(user__name="Otto Anderswo", tracks=[TrackFactory(protected=True)]).user


def request_data(**typed):
    """A filled form of somebody at a Träger; None leaves a field out."""
    data = {
        "form_key": str(uuid.uuid4()),
        "source": "self",
        "channel": "phone",
        "received_on": german(ago(0)),
        "name": "Samira Haddad",
        "phone": "0221 98765",
        "email": "",
        "contact_note": "",
        "language": "",
        "district": "",
        "track": "",
        "urgency": "soon",
        "message": "",
        "destination": "team",
    }
    return {name: value for name, value in (data | typed).items() if value is not None}


def entered(browser, **typed):
    answer = browser.post(NEW, request_data(**typed))
    assert answer.status_code == 302, errors(answer)
    return IntakeRequest.objects.order_by("-pk").first()


def listed(browser, **query):
    return {str(intake) for intake in browser.get(LIST, query).context["page"]}


# --- Numbers


def test_a_request_has_a_number_of_its_own():
    number = numbers.new_request_number()
    assert numbers.normalised(number.lower().replace("-", " "), numbers.REQUEST) == number
    assert numbers.normalised(number) is None
    assert numbers.normalised(numbers.new_number(), numbers.REQUEST) is None


# --- Writing one down


def test_a_case_manager_takes_it_at_once(as_case_manager, desk):
    intake = entered(
        as_case_manager, destination="self", language="ar", topics=[topic.pk for topic in Topic.objects.main()[:2]]
    )
    assert (intake.status, intake.case_manager, intake.provider) == ("assigned", desk, desk.provider)
    assert intake.accepted_at
    assert intake.topics.count() == 2
    assert logged(subject=f"request:{intake}") == ["request.entered"]
    assert not Notice.objects.exists()


def test_for_the_team_it_waits_for_somebody(as_case_manager, case_manager, colleague, lead, desk):
    intake = entered(as_case_manager, destination="team")
    assert (intake.status, intake.case_manager, intake.provider) == ("assigned", None, desk.provider)
    assert set(Notice.objects.values_list("user", flat=True)) == {colleague.pk, lead.pk}


def test_for_the_office_it_leaves_the_team(as_case_manager):
    answer = as_case_manager.post(NEW, request_data(destination="office"))
    intake = IntakeRequest.objects.get()
    assert (intake.status, intake.provider) == ("new", None)
    assert answer.url == LIST
    assert f"Anfrage {intake} ist eingetragen." in said(answer)
    assert as_case_manager.get(url("request_detail", intake)).status_code == 404


def test_a_lead_enters_for_the_team_or_the_office(as_lead, provider):
    assert [value for value, _label in as_lead.get(NEW).context["form"].fields["destination"].choices] == [
        "team",
        "office",
    ]
    assert entered(as_lead, destination="team").provider == provider
    assert entered(as_lead, destination="office").provider is None
    assert errors(as_lead.post(NEW, request_data(destination="self"))).keys() == {"destination"}


def test_a_protected_wish_stays_where_it_is_served(as_case_manager, client_of, specialist, elsewhere):
    track = str(specialist.case_manager.tracks.get(is_protected=True).pk)
    own = entered(client_of(specialist), destination="self", track=track)
    assert own.case_manager == specialist.case_manager
    team = entered(as_case_manager, destination="self", track=track)  # does not serve it
    assert (team.provider, team.case_manager) == (specialist.case_manager.provider, None)
    assert as_case_manager.get(url("request_detail", team)).status_code == 404


def test_a_protected_wish_goes_to_who_serves_it(as_case_manager, elsewhere):
    track = elsewhere.case_manager.tracks.get()
    for destination in ("self", "team", "office"):
        intake = entered(as_case_manager, destination=destination, track=str(track.pk))
        assert (intake.status, intake.provider) == ("assigned", elsewhere.case_manager.provider)
    assert set(Notice.objects.values_list("user", flat=True)) == {elsewhere.pk}


def test_who_speaks_for_themself_has_agreed(as_case_manager):
    assert entered(as_case_manager, source="outreach").has_agreed
    assert entered(as_case_manager, source="institution", has_agreed="on").has_agreed
    third = entered(as_case_manager, source="third_party", destination="self")
    assert not third.has_agreed
    assert "zuerst fragen, ob sie das möchte" in text_of(as_case_manager.get(url("request_detail", third)))


def test_a_second_submit_makes_no_second_request(as_case_manager):
    typed = request_data(destination="self")
    first, second = (as_case_manager.post(NEW, typed).url for _ in range(2))
    assert first == second
    assert IntakeRequest.objects.count() == 1


def test_a_foreign_form_key_opens_nothing(as_case_manager, as_stranger):
    typed = request_data()
    as_stranger.post(NEW, typed)
    answer = as_case_manager.post(NEW, typed)
    assert "Dieses Formular gehört nicht hierher" in errors(answer)["__all__"]
    assert IntakeRequest.objects.count() == 1


GERMAN = ("Bitte", "Der ", "Die ", "Das ", "Dieses ", "Hier ", "Wähle", "„", "Nullzeichen sind", "Wählen")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("source", "", ""), ("source", "bogus", ""), ("channel", "x\x00", ""), ("urgency", "", ""),
        ("urgency", "<script>", ""), ("received_on", "31.02.2026", "gibt es nicht"),
        ("received_on", german(ago(-1)), "in der Zukunft"), ("received_on", german(ago(366)), "mehr als ein Jahr"),
        ("received_on", "", ""), ("received_on", "gestern", "TT.MM.JJJJ"), ("name", "", ""),
        ("name", "\u200b", ""), ("name", "a" * 201, "zu lang"), ("name", "a\x00b", "Steuerzeichen"),
        ("name", "zwei\nZeilen", "nur eine Zeile"), ("phone", "x", "vier Ziffern"), ("phone", "1" * 61, "zu lang"),
        ("email", "a@localhost", "vollständige"), ("email", "\x00", "Steuerzeichen"),
        ("contact_note", "x" * 201, "zu lang"), ("contact_note", "\u202e", "Schreibrichtung"),
        ("message", "x" * 5001, "zu lang"), ("message", "a\x1bb", "Steuerzeichen"), ("language", "xx", ""),
        ("language", "9" * 40, ""), ("language", "\x00", ""), ("district", "99", ""), ("district", "9" * 40, ""),
        ("district", "x", ""), ("track", "999999", ""), ("track", "9" * 40, ""),
        ("topics", ["x"], ""), ("topics", ["9" * 40], ""), ("topics", ["999999"], ""), ("destination", "", ""),
        ("destination", "nowhere", ""), ("form_key", "x", ""), ("form_key", "", ""),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_german_at_its_field(as_case_manager, field, value, sentence):
    typed = request_data(message="Sucht einen Kurs.") | {field: value}
    answer = as_case_manager.post(NEW, typed)
    found = errors(answer)
    assert list(found) == [field]
    assert found[field].startswith(GERMAN)
    assert sentence in found[field]
    assert escape("Samira Haddad") in text_of(answer) or field == "name"
    assert "<script>" not in answer.context["form"].as_p()
    assert not IntakeRequest.objects.exists()
    assert not Entry.objects.filter(action="request.entered").exists()


@pytest.mark.parametrize(
    "name", ["محمد الحلبي", "Nguyễn Thị Hồng", "李小龍", "👩🏾‍🎓 Amara", "<script>alert(1)</script>", "{{ 7*7 }}", "X"]
)
def test_names_of_the_world_are_kept_and_never_run(as_case_manager, name):
    intake = entered(as_case_manager, name=name, destination="self", message="=1+1 {% now 'Y' %} <b>")
    page = text_of(as_case_manager.get(url("request_detail", intake)))
    assert escape(intake.name) in page
    assert intake.name == name
    assert "<script>alert" not in page
    assert escape(intake.message) in page


def test_somebody_must_be_reachable(as_case_manager):
    answer = as_case_manager.post(NEW, request_data(phone=""))
    assert "wie wir die Person erreichen" in errors(answer)["phone"]
    assert entered(as_case_manager, phone="", message="Immer dienstags im Café am Markt.").name
    assert entered(as_case_manager, phone="", email="a@example.org").name


# --- Who sees it


def test_the_rows_of_each_one(
    provider, desk, case_manager, colleague, deputy, lead, stranger, specialist, coordination, data_protection
):
    waiting = IntakeRequestFactory(provider=provider)
    own = IntakeRequestFactory(case_manager=desk)
    theirs = IntakeRequestFactory(case_manager=colleague.case_manager)
    protected = IntakeRequestFactory(protected=True, provider=provider)
    held_protected = IntakeRequestFactory(protected=True, case_manager=specialist.case_manager)
    new, foreign = IntakeRequestFactory(), IntakeRequestFactory(case_manager=stranger.case_manager)
    admitted = IntakeRequestFactory(case_manager=desk, status="admitted", case=CaseFactory(case_manager=desk))
    rows = {
        case_manager: {waiting, own, admitted},
        deputy: {waiting, own, admitted},
        colleague: {waiting, theirs},
        specialist: {waiting, protected, held_protected},
        lead: {waiting, own, theirs},
        stranger: {foreign},
        coordination: set(),
        data_protection: set(),
    }
    for user, visible in rows.items():
        assert set(IntakeRequest.objects.visible_to(user)) == visible, user
    all_of_them = {waiting, own, theirs, protected, held_protected, admitted}
    assert set(IntakeRequest.objects.listed_for(lead)) == all_of_them
    assert set(IntakeRequest.objects.listed_for(colleague)) == {waiting, own, theirs, admitted}
    assert set(IntakeRequest.objects.listed_for(coordination)) == {waiting, own, theirs, new, foreign, admitted}
    assert not IntakeRequest.objects.listed_for(data_protection).exists()


def test_what_became_a_case_moves_with_the_case(case_manager, colleague, desk, lead):
    case = CaseFactory(case_manager=desk)
    intake = IntakeRequestFactory(case_manager=desk, status="admitted", case=case)
    Case.objects.update(case_manager=colleague.case_manager)
    assert not IntakeRequest.objects.visible_to(case_manager).exists()
    assert list(IntakeRequest.objects.visible_to(colleague)) == [intake]
    assert not IntakeRequest.objects.visible_to(lead).exists()
    Case.objects.update(closed_on=ago(0), status="closed", closing_reason="other")
    assert IntakeRequest.objects.visible_to(colleague).exists()
    closed_on = timezone.localdate() - FOLLOW_UP_PERIOD - timedelta(days=1)
    Case.objects.update(opened_on=closed_on, closed_on=closed_on)
    assert not IntakeRequest.objects.visible_to(colleague).exists()


def test_whoever_moves_to_another_provider_leaves_the_requests_behind(case_manager, desk, stranger):
    IntakeRequestFactory(case_manager=desk)
    desk.provider = stranger.case_manager.provider
    desk.save()
    case_manager.refresh_from_db()
    assert not IntakeRequest.objects.visible_to(case_manager).exists()


def test_a_deputy_has_no_protected_request(as_deputy, specialist, desk):
    desk.tracks.add(TrackFactory(protected=True))
    intake = IntakeRequestFactory(protected=True, case_manager=desk)
    for name in ("request_detail", "request_return", "request_end"):
        assert as_deputy.get(url(name, intake)).status_code == 404
    assert as_deputy.post(url("request_step", intake), {"step": "contact"}).status_code == 404


def test_a_protected_wish_is_named_inside_the_opened_request_only(client_of, specialist, as_lead, provider):
    intake = IntakeRequestFactory(protected=True, provider=provider, name="Verborgen", district=DistrictFactory())
    label, browser = str(intake.track), client_of(specialist)
    page = text_of(browser.get(url("request_detail", intake)))
    assert label in page
    assert label not in page.partition("<title>")[2].partition("</title>")[0]
    assert label not in text_of(browser.get(LIST))
    assert "Verborgen" in text_of(browser.get(LIST))
    row = text_of(as_lead.get(LIST))
    assert intake.number in row
    for hidden in ("Verborgen", label, intake.phone, ">Kalk<"):
        assert hidden not in row.partition("<tbody>")[2]
    assert as_lead.get(url("request_detail", intake)).status_code == 404
    for page in (as_lead.get(url("request_give", intake)), as_lead.get(url("request_return", intake))):
        assert page.status_code == 200
        for hidden in ("Verborgen", label, intake.phone):
            assert hidden not in text_of(page)


def test_a_lead_learns_nothing_of_a_protected_row_by_filtering(as_lead, provider):
    hidden = IntakeRequestFactory(protected=True, provider=provider, language_id="ar", urgency="urgent")
    seen = IntakeRequestFactory(provider=provider, language_id="ar", urgency="urgent")
    assert listed(as_lead) == {str(hidden), str(seen)}
    for query in ({"language": "ar"}, {"district": "8"}, {"urgency": "urgent"}):
        assert listed(as_lead, **query) == {str(seen)}


def test_a_lead_finds_and_gives_who_was_not_reached(as_lead, provider, specialist):
    facts = {"case_manager": specialist.case_manager, "status": "unreachable"}
    intake = IntakeRequestFactory(**facts, track=specialist.case_manager.tracks.get(is_protected=True))
    assert listed(as_lead) == set()
    assert listed(as_lead, state="unreachable") == {str(intake)}
    assert url("request_give", intake) in text_of(as_lead.get(LIST, {"state": "unreachable"}))


def test_the_list_is_narrowed(as_case_manager, desk, provider):
    waiting = IntakeRequestFactory(provider=provider, language_id="ar")
    own = IntakeRequestFactory(case_manager=desk, urgency="urgent", district=DistrictFactory(number=7))
    shelved = IntakeRequestFactory(case_manager=desk, status="waiting_list")
    ended = IntakeRequestFactory(case_manager=desk, status="withdrawn", end_reason="other")
    for query, wanted in (
        ({}, {waiting, own, shelved}),
        ({"state": "unaccepted"}, {waiting}),
        ({"state": "accepted"}, {own, shelved}),
        ({"state": "waiting_list"}, {shelved}),
        ({"state": "ended"}, {ended}),
        ({"language": "ar"}, {waiting}),
        ({"district": "7"}, {own}),
        ({"urgency": "urgent", "state": "accepted"}, {own}),
        ({"state": "bogus", "district": "9" * 40, "language": "\x00"}, {waiting, own, shelved}),
    ):
        assert listed(as_case_manager, **query) == {str(each) for each in wanted}, query


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize("who", ["as_case_manager", "as_lead"])
def test_the_list_does_not_query_per_row(request, who, rows, provider, desk, specialist):
    browser = request.getfixturevalue(who)
    for place in range(rows):
        language = Language.objects.all()[place]
        IntakeRequestFactory(provider=provider, language=language, track=TrackFactory())
        IntakeRequestFactory(case_manager=desk, language=language)
        IntakeRequestFactory(provider=provider, protected=True)
    assert queries(lambda: browser.get(LIST)) == 7


@pytest.mark.parametrize("rows", [1, 20])
def test_the_page_of_a_request_asks_as_much_whatever_happened(as_case_manager, desk, rows):
    intake = IntakeRequestFactory(case_manager=desk, topics=Topic.objects.main())
    for _ in range(rows):
        for step in ("wait", "resume"):
            as_case_manager.post(url("request_step", intake), {"step": step})
    assert queries(lambda: as_case_manager.get(url("request_detail", intake))) == 11


def test_reading_is_logged_and_the_history_shows_what_was_done(as_case_manager, desk):
    intake = IntakeRequestFactory(case_manager=desk)
    as_case_manager.post(url("request_step", intake), {"step": "contact"})
    as_case_manager.get(url("request_detail", intake))
    page = text_of(as_case_manager.get(url("request_detail", intake)))
    assert logged(subject=f"request:{intake}") == ["request.first_contact", "request.read", "request.read"]
    assert "Erstkontakt eingetragen" in page
    assert "Anfrage gelesen" not in page


@pytest.mark.parametrize("channel", ["form", "mail"])
def test_what_comes_from_outside_is_unconfirmed_until_the_first_contact(as_case_manager, desk, channel):
    intake = IntakeRequestFactory(case_manager=desk, channel=channel, created_by=None)
    page = url("request_detail", intake)
    assert "unbestätigt" in text_of(as_case_manager.get(page))
    as_case_manager.post(url("request_step", intake), {"step": "contact"})
    assert "unbestätigt" not in text_of(as_case_manager.get(page))


@pytest.mark.parametrize("state", ["written down here", "become a case"])
def test_what_somebody_here_knows_is_not_unconfirmed(as_case_manager, desk, state):
    facts = {"channel": "mail"}
    if state == "become a case":
        facts |= {"created_by": None, "status": "admitted", "case": CaseFactory(case_manager=desk)}
    intake = IntakeRequestFactory(case_manager=desk, **facts)
    assert "unbestätigt" not in text_of(as_case_manager.get(url("request_detail", intake)))


def test_whoever_writes_a_request_down_knows_who_asks(as_case_manager):
    page = as_case_manager.get(NEW)
    assert "unknown" not in dict(page.context["form"].fields["source"].choices)
    assert "source" in errors(as_case_manager.post(NEW, request_data(source="unknown")))


def test_the_log_of_the_provider_names_the_number_and_no_person(as_case_manager, as_lead, desk):
    intake = IntakeRequestFactory(case_manager=desk, name="Verborgen")
    as_case_manager.get(url("request_detail", intake))
    page = text_of(as_lead.get(url("audit_log")))
    assert "Anfrage gelesen" in page
    assert intake.number in page
    assert "Verborgen" not in page


# --- Passing it on


def test_accepting(as_case_manager, as_colleague, desk, provider):
    intake = IntakeRequestFactory(provider=provider)
    answer = as_case_manager.post(url("request_take", intake))
    assert answer.url == url("request_detail", intake)
    late = as_colleague.post(url("request_take", intake))
    assert late.url == LIST
    assert "Die Anfrage hat schon jemand übernommen." in said(late)
    intake.refresh_from_db()
    assert (intake.case_manager, intake.status) == (desk, "assigned")
    assert as_colleague.get(url("request_detail", intake)).status_code == 404


def test_accepting_what_a_colleague_accepts_at_the_same_moment(as_case_manager, colleague, provider, monkeypatch):
    """The colleague is faster between the look at the row and the UPDATE."""
    intake = IntakeRequestFactory(provider=provider)
    ask = IntakeRequest.parts_of

    def overtaken(self, user):
        IntakeRequest.objects.filter(pk=self.pk).update(version=2, case_manager=colleague.case_manager)
        return ask(self, user)

    monkeypatch.setattr(IntakeRequest, "parts_of", overtaken)
    answer = as_case_manager.post(url("request_take", intake))
    assert "hat inzwischen eine Kolleg*in übernommen" in said(answer)
    assert not Entry.objects.filter(action="request.accepted").exists()
    intake.refresh_from_db()
    assert intake.case_manager is None  # nothing half done: the rolled back transaction took the UPDATE above with it


def test_nobody_accepts_a_protected_request_without_the_track(as_case_manager, client_of, specialist, provider):
    intake = IntakeRequestFactory(protected=True, provider=provider)
    assert as_case_manager.post(url("request_take", intake)).status_code == 404
    assert client_of(specialist).post(url("request_take", intake)).url == url("request_detail", intake)


def test_a_lead_gives_it_to_one_of_the_team(as_lead, provider, desk, case_manager, colleague):
    intake = IntakeRequestFactory(provider=provider)
    form = as_lead.get(url("request_give", intake)).context["form"]
    assert set(form.fields["to"].queryset) == {desk, colleague.case_manager}
    answer = as_lead.post(url("request_give", intake), {"to": desk.pk})
    assert f"Anfrage {intake} liegt jetzt bei Leyla Fall." in said(answer)
    as_lead.post(url("request_give", intake), {"to": colleague.case_manager.pk})
    intake.refresh_from_db()
    assert intake.case_manager == colleague.case_manager
    assert list(Notice.objects.values_list("user", "kind")) == [(colleague.pk, "request_assigned")]
    assert logged(subject=f"request:{intake}") == ["request.given"] * 2


@pytest.mark.parametrize("to", ["", "x", "\x00", "9" * 40, "999999", "stranger", "same"])
def test_a_lead_gives_it_to_nobody_else(as_lead, provider, stranger, desk, to):
    intake = IntakeRequestFactory(case_manager=desk)
    typed = {"stranger": stranger.case_manager.pk, "same": desk.pk}.get(to, to)
    assert errors(as_lead.post(url("request_give", intake), {"to": typed})).keys() <= {"to"}
    intake.refresh_from_db()
    assert intake.version == 1


def test_a_protected_request_is_given_to_who_serves_the_track(as_lead, provider, specialist, desk):
    intake = IntakeRequestFactory(protected=True, provider=provider)
    form = as_lead.get(url("request_give", intake)).context["form"]
    assert list(form.fields["to"].queryset) == [specialist.case_manager]
    assert errors(as_lead.post(url("request_give", intake), {"to": desk.pk})).keys() == {"to"}
    as_lead.post(url("request_give", intake), {"to": specialist.case_manager.pk})
    intake.refresh_from_db()
    assert intake.case_manager == specialist.case_manager


def test_returning_leads_back_to_the_office(as_case_manager, as_coordination, coordination, desk, provider):
    intake = IntakeRequestFactory(case_manager=desk, assigned_at=timezone.now())
    typed = {"reason": "language", "note": "Frau Ö. spricht nur Tigrinya."}
    answer = as_case_manager.post(url("request_return", intake), typed)
    assert answer.url == LIST
    intake.refresh_from_db()
    assert (intake.status, intake.provider, intake.case_manager) == ("new", None, None)
    assert (intake.returned_from, intake.return_note) == (provider, typed["note"])
    told = Notice.objects.filter(user=coordination).values_list("kind", "path")
    assert list(told) == [("request_returned", url("dispatch_request", intake))]
    page = text_of(as_coordination.get(url("dispatch_request", intake)))
    assert "Zurückgegeben: die Sprache fehlt." in page
    assert "der Träger hat die Anfrage zurückgegeben" in page
    assert "Tigrinya" not in page
    assert Entry.objects.get(action="request.returned").organisation == "am-dom"
    assert as_case_manager.get(url("request_detail", intake)).status_code == 404


def test_the_next_reads_why_it_came_back(as_case_manager, desk):
    intake = IntakeRequestFactory(case_manager=desk, return_reason="language", return_note="Nur Tigrinya.")
    page = text_of(as_case_manager.get(url("request_detail", intake)))
    assert "die Sprache fehlt" in page
    assert "Nur Tigrinya." in page


@pytest.mark.parametrize("typed", [{}, {"reason": "x"}, {"reason": "other", "note": "x" * 1001}])
def test_a_return_without_a_reason_is_refused(as_case_manager, desk, typed):
    intake = IntakeRequestFactory(case_manager=desk)
    answer = as_case_manager.post(url("request_return", intake), typed)
    assert answer.status_code == 200
    intake.refresh_from_db()
    assert intake.provider == desk.provider


def test_a_protected_request_is_returned_to_another_who_serves_it_never_to_the_office(
    client_of, specialist, elsewhere, as_coordination, coordination
):
    intake = IntakeRequestFactory(protected=True, case_manager=specialist.case_manager)
    client_of(specialist).post(url("request_return", intake), {"reason": "partiality"})
    intake.refresh_from_db()
    assert (intake.status, intake.provider) == ("assigned", elsewhere.case_manager.provider)
    assert intake.case_manager is None
    assert set(Notice.objects.values_list("user", "kind")) == {(elsewhere.pk, "request_arrived")}
    assert as_coordination.get(url("dispatch_request", intake)).status_code == 404
    answer = client_of(elsewhere).post(url("request_return", intake), {"reason": "no_capacity"})
    assert "keinen anderen Träger" in said(answer)
    intake.refresh_from_db()
    assert intake.provider == elsewhere.case_manager.provider


def test_a_lead_returns_a_protected_request_unread(as_lead, provider, elsewhere):
    intake = IntakeRequestFactory(protected=True, provider=provider)
    as_lead.post(url("request_return", intake), {"reason": "no_capacity"})
    intake.refresh_from_db()
    assert intake.provider == elsewhere.case_manager.provider


def test_notices_that_lead_nowhere_any_more_are_gone(as_case_manager, as_lead, colleague, provider):
    intake = entered(as_lead)
    assert Notice.objects.filter(user=colleague).exists()
    as_case_manager.post(url("request_take", intake))
    assert not Notice.objects.exists()


def test_no_notice_names_anybody_or_a_track(as_lead, case_manager, specialist):
    track = specialist.case_manager.tracks.get(is_protected=True)
    entered(as_lead, name="Verborgen", track=str(track.pk))
    for notice in Notice.objects.all():
        text = f"{notice.path} {notice.get_kind_display()} {notice}"
        assert "Verborgen" not in text
        assert track.name not in text


# --- Not taken


@pytest.mark.parametrize("step", ["contact", "wait", "resume", "bogus", ""])
def test_a_click_that_is_not_possible_is_answered_with_a_sentence(as_case_manager, desk, step):
    intake = IntakeRequestFactory(case_manager=desk, status="withdrawn", end_reason="other")
    answer = as_case_manager.post(url("request_step", intake), {"step": step})
    assert answer.url == url("request_detail", intake)
    assert said(answer).endswith(".")
    intake.refresh_from_db()
    assert intake.status == "withdrawn"


def test_sent_on_to_an_institution(as_case_manager, desk):
    intake, institution = IntakeRequestFactory(case_manager=desk), InstitutionFactory(name="JMD Mülheim (Test)")
    typed = {"outcome": "refer", "reason": "other_service", "institution": institution.pk, "note": "Termin am Montag."}
    assert as_case_manager.post(url("request_end", intake), typed).url == url("request_detail", intake)
    intake.refresh_from_db()
    assert (intake.status, intake.referred_to, intake.end_reason) == ("referred_on", institution, "other_service")
    page = text_of(as_case_manager.get(url("request_detail", intake)))
    assert "JMD Mülheim (Test)" in page
    assert german(months_before(ago(0), -6)) in page


def test_unreachable_needs_no_reason_and_keeps_no_institution(as_case_manager, desk):
    intake = IntakeRequestFactory(case_manager=desk)
    as_case_manager.post(url("request_end", intake), {"outcome": "unreachable", "institution": InstitutionFactory().pk})
    intake.refresh_from_db()
    assert (intake.status, intake.referred_to) == ("unreachable", None)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "outcome"),
        ({"outcome": "admit"}, "outcome"),
        ({"outcome": "withdraw"}, "reason"),
        ({"outcome": "withdraw", "reason": "x"}, "reason"),
        ({"outcome": "refer", "reason": "other_service"}, "institution"),
        ({"outcome": "refer", "reason": "other_service", "institution": "9" * 40}, "institution"),
        ({"outcome": "refer", "reason": "other_service", "institution": "x"}, "institution"),
        ({"outcome": "withdraw", "reason": "other", "note": "x" * 1001}, "note"),
        ({"outcome": "withdraw", "reason": "other", "note": "\x00"}, "note"),
    ],
)
def test_an_end_without_a_reason_is_refused(as_case_manager, desk, typed, field):
    intake = IntakeRequestFactory(case_manager=desk)
    found = errors(as_case_manager.post(url("request_end", intake), typed))
    assert list(found) == [field]
    assert found[field].startswith(GERMAN)
    intake.refresh_from_db()
    assert intake.status == "assigned"


def test_an_institution_beyond_the_directory_is_named_in_the_note(as_case_manager, desk):
    intake = IntakeRequestFactory(case_manager=desk)
    typed = {"outcome": "refer", "reason": "moved_away", "note": "MBE in Bonn."}
    as_case_manager.post(url("request_end", intake), typed)
    intake.refresh_from_db()
    assert intake.status == "referred_on"


def test_who_has_not_accepted_it_ends_nothing(as_case_manager, provider):
    intake = IntakeRequestFactory(provider=provider)
    for answer in (as_case_manager.get(url("request_end", intake)), as_case_manager.post(url("request_end", intake))):
        assert answer.url == url("request_detail", intake)
        assert "lässt sich hier nicht beenden" in said(answer)


# --- From the request to the case


@pytest.fixture
def asked(desk):
    return IntakeRequestFactory(
        case_manager=desk,
        name="Zarife Al Unverkennbar",
        phone="0221 4711",
        email="z@example.org",
        contact_note="Nicht auf die Mailbox sprechen.",
        language_id="ar",
        interpreter_needed=True,
        district=DistrictFactory(number=7),
        track=desk.tracks.get(),
        topics=Topic.objects.main()[:2],
    )


def with_request(path, intake):
    return f"{path}?anfrage={getattr(intake, 'number', intake)}"


def test_the_form_of_the_case_knows_what_the_request_said(as_case_manager, asked):
    search = as_case_manager.get(with_request(SEARCH, asked))
    assert search.context["form"]["name"].value() == "Zarife Al Unverkennbar"
    found = as_case_manager.post(with_request(SEARCH, asked), {"name": "Zarife Unverkennbar"})
    assert with_request(REGISTER, asked) in text_of(found)
    page = as_case_manager.post(with_request(REGISTER, asked), {"name": "Zarife Unverkennbar"})
    person, case = page.context["client_form"], page.context["case_form"]
    assert {name: person[name].value() for name in (
        "given_names", "family_name", "phone", "email", "contact_note", "languages", "interpreter_needed",
        "preferred_channel",
    )} == {
        "given_names": "Zarife", "family_name": "Unverkennbar", "phone": "0221 4711", "email": "z@example.org",
        "contact_note": "Nicht auf die Mailbox sprechen.", "languages": ["ar"], "interpreter_needed": True,
        "preferred_channel": "phone",
    }  # fmt: skip
    told = {name: case[name].value() for name in ("district", "track", "access_route")}
    assert told == {"district": 7, "track": asked.track_id, "access_route": "self"}
    assert set(case["topics"].value()) == set(asked.topics.values_list("pk", flat=True))
    assert text_of(page).count(" checked") >= 3


def test_opening_the_case_admits_the_request(as_case_manager, asked, case_manager):
    typed = person_data(asked.track)
    first = as_case_manager.post(with_request(REGISTER, asked), typed)
    asked.refresh_from_db()
    assert (asked.status, asked.case) == ("admitted", Case.objects.get())
    assert asked.case.request == asked
    assert first.url == url("detail", asked.case)
    assert logged(subject=f"request:{asked}") == ["request.admitted"]
    page = text_of(as_case_manager.get(url("request_detail", asked)))
    assert asked.case.number in page
    again = as_case_manager.post(with_request(REGISTER, asked), typed)  # the same form once more
    assert again.url == first.url
    assert Case.objects.count() == Client.objects.count() == 1


def test_one_request_becomes_one_case(as_case_manager, asked):
    as_case_manager.post(with_request(REGISTER, asked), person_data(asked.track))
    answer = as_case_manager.post(with_request(REGISTER, asked), person_data(asked.track, family_name="Zweite"))
    assert "Die Anfrage ist schon beendet (aufgenommen)." in errors(answer)["__all__"]
    assert Case.objects.count() == Client.objects.count() == 1
    back = as_case_manager.get(with_request(SEARCH, asked))
    assert "nicht mehr aufgenommen werden" in said(back)
    assert back.url == url("request_detail", asked)


def test_a_refused_case_leaves_the_request_as_it_was(as_case_manager, asked):
    answer = as_case_manager.post(with_request(REGISTER, asked), person_data(asked.track, birth_date="31.02.2000"))
    assert list(errors(answer)) == ["birth_date"]
    asked.refresh_from_db()
    assert (asked.status, asked.version) == ("assigned", 1)


def test_a_new_case_for_somebody_known(as_case_manager, asked, desk):
    person = ClientFactory(provider=desk.provider, given_names="Zarife", family_name="Unverkennbar")
    former = CaseFactory(case_manager=desk, client=person, closed=True)
    found = as_case_manager.post(with_request(SEARCH, asked), {"name": "Zarife Unverkennbar"})
    create = with_request(url("create", former), asked)
    assert create in text_of(found)
    assert as_case_manager.get(create).context["form"]["district"].value() == 7
    as_case_manager.post(create, case_data(asked.track, form_key=str(uuid.uuid4())))
    asked.refresh_from_db()
    assert asked.case.client == person
    assert asked.status == "admitted"


@pytest.mark.parametrize("who", ["as_deputy", "as_colleague", "as_stranger"])
def test_nobody_else_opens_a_case_from_it(request, who, asked):
    browser = request.getfixturevalue(who)
    assert browser.get(with_request(SEARCH, asked)).status_code == 404
    assert browser.post(with_request(REGISTER, asked), person_data(asked.track)).status_code == 404
    assert not Case.objects.exists()


@pytest.mark.parametrize("number", ["x", "A-0000-00", "\x00", "K-0000-00", "9" * 400])
def test_a_number_that_is_none_opens_nothing(as_case_manager, desk, number):
    assert as_case_manager.get(SEARCH, {"anfrage": number}).status_code == 404


def test_a_request_that_nobody_accepted_opens_no_case(as_case_manager, provider):
    intake = IntakeRequestFactory(provider=provider)
    assert as_case_manager.get(with_request(SEARCH, intake)).status_code == 404


# --- Correcting


def change_data(intake, **typed):
    data = {"version": intake.version, "name": intake.name, "phone": intake.phone, "email": intake.email}
    data |= {"has_agreed": "on", "neutral_subject": "on", "language": "", "district": intake.district_id}
    return data | typed


def test_what_is_wrong_is_corrected_and_the_log_names_fields_only(as_case_manager, desk):
    intake = IntakeRequestFactory(case_manager=desk, has_agreed=False)
    page = url("request_change", intake)
    assert page in text_of(as_case_manager.get(url("request_detail", intake)))
    elsewhere = District.objects.exclude(pk=intake.district_id).first()
    typed = {"name": "Sami", "phone": "", "email": "sami@jung.example", "language": "ar", "write_only": "on"}
    answer = as_case_manager.post(page, change_data(intake, **typed, district=elsewhere.pk))
    assert answer.url == url("request_detail", intake)
    intake.refresh_from_db()
    assert (intake.name, intake.phone, intake.email) == ("Sami", "", "sami@jung.example")
    assert (intake.language_id, intake.district, intake.write_only, intake.has_agreed) == ("ar", elsewhere, True, True)
    assert (intake.status, intake.version, intake.message) == ("assigned", 2, "Sucht einen Sprachkurs.")
    entry = Entry.objects.get(action="request.changed")
    assert set(entry.details) == {"fields"}
    assert set(entry.details["fields"]) == {
        "name", "phone", "email", "language", "write_only", "district", "has_agreed",
    }  # fmt: skip
    history = text_of(as_case_manager.get(url("request_detail", intake)))
    assert "Angaben einer Anfrage geändert" in history
    assert "nicht anrufen, nur schreiben" in history


@pytest.mark.parametrize("who", ["as_colleague", "as_deputy"])
def test_a_colleague_and_a_deputy_correct_it_too(request, who, desk):
    held = {"case_manager": desk} if who == "as_deputy" else {"provider": desk.provider}
    intake = IntakeRequestFactory(**held)
    browser = request.getfixturevalue(who)
    browser.post(url("request_change", intake), change_data(intake, name="Sami"))
    intake.refresh_from_db()
    assert (intake.name, intake.case_manager) == ("Sami", held.get("case_manager"))


def test_correcting_takes_no_news_from_the_others(as_case_manager, colleague, provider):
    intake = IntakeRequestFactory(provider=provider)
    Notice.objects.create(user=colleague, kind="request_arrived", path=url("request_detail", intake))
    as_case_manager.post(url("request_change", intake), change_data(intake, name="Sami"))
    assert Notice.objects.filter(user=colleague).exists()


@pytest.mark.parametrize(
    ("who", "facts"),
    [
        ("as_lead", {}),
        ("as_case_manager", {"status": "withdrawn", "end_reason": "other"}),
        ("as_case_manager", {"status": "admitted"}),
    ],
)
def test_whoever_does_not_work_on_it_corrects_nothing(request, who, facts, desk):
    if facts.get("status") == "admitted":
        facts = facts | {"case": CaseFactory(case_manager=desk)}
    intake = IntakeRequestFactory(case_manager=desk, **facts)
    browser = request.getfixturevalue(who)
    page = url("request_change", intake)
    assert page not in text_of(browser.get(url("request_detail", intake)))
    assert browser.post(page, change_data(intake, name="Sami")).url == url("request_detail", intake)
    assert "lassen sich hier nicht ändern" in text_of(browser.get(url("request_detail", intake)))
    assert IntakeRequest.objects.get().name == intake.name


@pytest.mark.parametrize("who", ["as_stranger", "as_colleague"])
def test_what_is_not_there_for_somebody_is_not_corrected(request, who, desk):
    intake = IntakeRequestFactory(case_manager=desk)
    browser = request.getfixturevalue(who)
    assert browser.post(url("request_change", intake), change_data(intake)).status_code == 404


def test_two_who_correct_at_once_read_both(as_case_manager, desk):
    intake = IntakeRequestFactory(case_manager=desk)
    page = url("request_change", intake)
    as_case_manager.post(page, change_data(intake, name="Die erste"))
    answer = as_case_manager.post(page, change_data(intake, name="Die zweite"))
    shown = text_of(answer)
    assert "Jemand hat inzwischen gespeichert" in shown
    assert "Die erste" in shown
    assert "Die zweite" in shown
    assert IntakeRequest.objects.get().name == "Die erste"
    as_case_manager.post(page, change_data(intake, name="Die zweite", version=2))
    assert IntakeRequest.objects.get().name == "Die zweite"


@pytest.mark.parametrize(
    ("field", "value"), [("email", "sami@localhost"), ("name", "a\x01b"), ("language", "xx"), ("phone", "9" * 51)]
)
def test_a_correction_that_cannot_be_is_refused_at_its_field(as_case_manager, desk, field, value):
    intake = IntakeRequestFactory(case_manager=desk)
    answer = as_case_manager.post(url("request_change", intake), change_data(intake, **{field: value}))
    assert set(errors(answer)) == {field}
    assert Entry.objects.filter(action="request.changed").count() == 0


def test_somebody_stays_reachable(as_case_manager, desk):
    intake = IntakeRequestFactory(case_manager=desk, message="")
    answer = as_case_manager.post(url("request_change", intake), change_data(intake, phone="", email=""))
    assert set(errors(answer)) == {"phone"}
    IntakeRequest.objects.update(third_party_contact="Tante, 0221 12345")
    answer = as_case_manager.post(url("request_change", intake), change_data(intake, phone="", email=""))
    assert answer.status_code == 302


def test_returning_says_which_language_and_district(as_case_manager, as_coordination, desk):
    intake = IntakeRequestFactory(case_manager=desk)
    elsewhere = District.objects.exclude(pk=intake.district_id).first()
    typed = {"reason": "language", "note": "", "language": "ti", "district": elsewhere.pk}
    as_case_manager.post(url("request_return", intake), typed)
    intake.refresh_from_db()
    assert (intake.language_id, intake.district, intake.provider) == ("ti", elsewhere, None)
    assert str(intake.language) in text_of(as_coordination.get(url("dispatch_request", intake)))


def test_returning_without_them_leaves_them_as_they_are(as_case_manager, desk):
    intake = IntakeRequestFactory(case_manager=desk, language_id="ar")
    as_case_manager.post(url("request_return", intake), {"reason": "language", "note": ""})
    assert IntakeRequest.objects.filter(language="ar", district=intake.district, provider=None).exists()


def test_a_lead_changes_nothing_of_what_they_may_not_read(as_lead, provider, elsewhere):
    intake = IntakeRequestFactory(provider=provider, track=elsewhere.case_manager.tracks.get(), language_id="ar")
    page = url("request_return", intake)
    assert "language" not in as_lead.get(page).context["form"].fields
    as_lead.post(page, {"reason": "other", "note": "", "language": "de"})
    assert IntakeRequest.objects.get().language_id == "ar"


# --- Numbers that somebody names


@pytest.mark.parametrize(
    "spelling", [str, str.lower, lambda number: number.replace("-", " "), lambda number: f" {number}"]
)
def test_a_number_finds_its_request_in_any_state(as_case_manager, desk, spelling):
    IntakeRequestFactory(case_manager=desk)
    ended = IntakeRequestFactory(case_manager=desk, status="withdrawn", end_reason="other")
    assert listed(as_case_manager, number=spelling(ended.number)) == {ended.number}


def test_a_number_finds_nothing_beyond_the_own_rows(as_case_manager, desk, colleague, provider, elsewhere):
    IntakeRequestFactory(case_manager=desk)
    beyond = [
        IntakeRequestFactory(),
        IntakeRequestFactory(case_manager=colleague.case_manager),
        IntakeRequestFactory(provider=provider, track=elsewhere.case_manager.tracks.get()),
    ]
    for number in [*map(str, beyond), "A-0000-01", "x", "%", "K-7F3K-9Q"]:
        assert listed(as_case_manager, number=number) == set(), number


def test_a_number_in_a_text_leads_to_what_one_may_read_and_else_stays_text(as_case_manager, desk, colleague):
    own = IntakeRequestFactory(case_manager=desk)
    foreign = IntakeRequestFactory(case_manager=colleague.case_manager)
    said = f"<b>Zu</b> {own}, {own.number.lower()}, {foreign}, A-0000-00"
    intake = IntakeRequestFactory(case_manager=desk, message=said)
    RequestMessageFactory(request=intake, incoming=True, text=f"Noch einmal: {own} & {foreign}", quoted=f"> {own}")
    shown = text_of(as_case_manager.get(url("request_detail", intake)))
    assert shown.count(f'<a href="{url("request_detail", own)}">') == 4
    assert f"{own.number.lower()}</a>, {foreign}, A-0000-00" in shown
    assert url("request_detail", foreign) not in shown
    assert "&lt;b&gt;Zu&lt;/b&gt;" in shown
    assert f"</a> &amp; {foreign}" in shown


# --- Asking twice


def hinted(browser, intake):
    return browser.get(url("request_detail", intake)).context["same"]


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ({"phone": "0221 98765"}, {"phone": "+49 (221) 98-765"}, True),
        ({"email": "sami@jung.example"}, {"email": "Sami@Jung.example", "phone": ""}, True),
        ({"phone": "0221 98765"}, {"phone": "0221 98766"}, False),
        ({"phone": "", "email": ""}, {"phone": "", "email": ""}, False),
        ({"phone": "110"}, {"phone": "110"}, False),
    ],
)
def test_who_asked_twice_is_hinted_at(as_case_manager, desk, provider, first, second, is_same):
    intake = IntakeRequestFactory(case_manager=desk, **first)
    other = IntakeRequestFactory(provider=provider, **second)
    assert hinted(as_case_manager, intake) == ([other.number] if is_same else [])
    assert hinted(as_case_manager, other) == ([intake.number] if is_same else [])
    shown = text_of(as_case_manager.get(url("request_detail", intake)))
    assert ("Vielleicht dieselbe Person" in shown) == is_same


def test_nothing_is_hinted_at_that_somebody_may_not_read(as_case_manager, client_of, specialist, desk, colleague):
    """Not at another Träger, not a colleague's, nothing settled, and with a protected wish on neither side."""
    intake = IntakeRequestFactory(case_manager=desk)
    track = specialist.case_manager.tracks.get(is_protected=True)
    IntakeRequestFactory()
    IntakeRequestFactory(case_manager=CaseManagerFactory())
    IntakeRequestFactory(case_manager=colleague.case_manager)
    IntakeRequestFactory(case_manager=desk, status="withdrawn", end_reason="other")
    protected = IntakeRequestFactory(case_manager=specialist.case_manager, track=track)
    IntakeRequestFactory(provider=desk.provider, track=track)
    assert hinted(as_case_manager, intake) == []
    IntakeRequestFactory(provider=desk.provider)
    assert hinted(client_of(specialist), protected) == []


def test_the_newest_are_compared_in_one_query(as_case_manager, desk, provider, monkeypatch):
    intake = IntakeRequestFactory(case_manager=desk)
    page = url("request_detail", intake)
    before = queries(lambda: as_case_manager.get(page))
    others = [IntakeRequestFactory(provider=provider) for _ in range(3)]
    assert queries(lambda: as_case_manager.get(page)) == before
    monkeypatch.setattr(same_person, "COMPARED", 2)
    assert hinted(as_case_manager, intake) == [others[2].number, others[1].number]


# --- Deleting


def at(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


def test_six_months_after_its_last_action_it_is_gone(desk):
    limit = months_before(timezone.localdate(), 6)
    ended = {"case_manager": desk, "end_reason": "other"}
    kept = [
        IntakeRequestFactory(**ended, status="withdrawn", last_action_at=at(limit)),
        IntakeRequestFactory(case_manager=desk, last_action_at=at(limit)),
        IntakeRequestFactory(
            case_manager=desk, status="admitted", case=CaseFactory(case_manager=desk), last_action_at=at(ago(900))
        ),
    ]
    gone = [
        IntakeRequestFactory(**ended, status=status, last_action_at=at(limit - timedelta(days=1)))
        for status in ("withdrawn", "referred_on", "unreachable", "assigned", "first_contact", "waiting_list")
    ]
    gone.append(IntakeRequestFactory(last_action_at=at(limit - timedelta(days=1))))
    gone[0].topics.set(Topic.objects.main()[:2])
    Notice.objects.create(user=desk.user, kind="request_assigned", path=url("request_detail", gone[0]))
    call_command("delete_expired_requests")
    assert set(IntakeRequest.objects.all()) == set(kept)
    assert not Notice.objects.exists()
    entry = Entry.objects.get(action="requests.expired")
    assert (entry.details, entry.subject) == ({"count": 7}, "")
    call_command("delete_expired_requests")
    assert Entry.objects.filter(action="requests.expired").count() == 1


def announced():
    call_command("announce_expiring_requests")
    return {(notice.user.pk, notice.path) for notice in Notice.objects.filter(kind="request_expiring")}


def test_four_weeks_before_it_is_deleted_who_has_it_is_told_once(desk, lead, specialist, coordination):
    old = at(months_before(timezone.localdate() + timedelta(weeks=4), 6) - timedelta(days=1))
    facts = {"last_action_at": old, "created_by": coordination}
    protected = {"track": specialist.case_manager.tracks.get(is_protected=True)}
    held = IntakeRequestFactory(case_manager=desk, **facts)
    unaccepted = IntakeRequestFactory(provider=desk.provider, **facts)
    unread = IntakeRequestFactory(provider=desk.provider, **facts, **protected)
    waiting = IntakeRequestFactory(**facts)
    IntakeRequestFactory(case_manager=desk, **facts | {"last_action_at": old + timedelta(days=1)})
    IntakeRequestFactory(case_manager=desk, status="withdrawn", end_reason="other", **facts)
    case = CaseFactory(case_manager=desk)
    IntakeRequestFactory(case_manager=desk, status="admitted", case=case, **facts)
    IntakeRequestFactory(provider=desk.provider, is_suspect=True, **facts)
    told = {
        (desk.user.pk, url("request_detail", held)),
        (lead.pk, url("request_detail", unaccepted)),
        (lead.pk, url("request_give", unread)),
        (coordination.pk, url("dispatch_request", waiting)),
    }
    assert announced() == told
    Notice.objects.update(read_at=timezone.now())
    assert announced() == told
    assert Notice.objects.count() == len(told)
    assert Entry.objects.get(action="requests.announced").details == {"count": 4}


def test_what_a_closed_account_holds_is_told_to_the_lead(desk, lead):
    IntakeRequestFactory(case_manager=desk, last_action_at=at(ago(170)))
    desk.user.is_active = False
    desk.user.save()
    assert {user for user, _path in announced()} == {lead.pk}


def test_what_was_announced_and_worked_on_is_announced_again(desk):
    intake = IntakeRequestFactory(case_manager=desk, last_action_at=at(ago(170)))
    announced()
    intake.move("wait", by=desk.user)
    Notice.objects.all().delete()
    assert announced() == set()
    IntakeRequest.objects.update(last_action_at=at(ago(160)), deletion_announced_at=at(ago(170)))
    assert announced() == {(desk.user.pk, url("request_detail", intake))}


@pytest.mark.parametrize(("later", "is_said"), [(0, True), (1, False)])
def test_in_its_last_month_lists_and_page_say_when_it_is_deleted(
    as_case_manager, as_coordination, desk, later, is_said, monkeypatch
):
    real, last = timezone.localdate, date(2026, 6, 15)
    monkeypatch.setattr(timezone, "localdate", lambda *moment: real(*moment) if moment else date(2026, 11, 15))
    facts = {"last_action_at": at(last + timedelta(days=later))}
    intake, waiting = IntakeRequestFactory(case_manager=desk, **facts), IntakeRequestFactory(**facts)
    sentence = f"wird nach dem {german(intake.deleted_on)} gelöscht"
    pages = [
        as_case_manager.get(LIST),
        as_case_manager.get(url("request_detail", intake)),
        as_coordination.get(url("dispatch")),
        as_coordination.get(url("dispatch_request", waiting)),
    ]
    assert [sentence in text_of(page) for page in pages] == [is_said] * 4


def test_the_night_deletes_requests(case_manager):
    intake = IntakeRequestFactory(status="withdrawn", end_reason="other", last_action_at=at(ago(900)))
    call_command("run_jobs")
    assert not IntakeRequest.objects.filter(pk=intake.pk).exists()


def test_the_navigation_leads_there(as_case_manager, as_lead, as_coordination):
    assert f'href="{LIST}"' in text_of(as_case_manager.get(reverse("cases:today")))
    assert f'href="{LIST}"' in text_of(as_lead.get(reverse("cases:team")))
    page = text_of(as_coordination.get(reverse("reports:situation")))
    assert f'href="{url("dispatch")}"' in page
    assert f'href="{LIST}"' not in page
