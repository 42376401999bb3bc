"""What a case shows about the system: hints at persons, who may do what in which state, and what the city reads."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.actions import observations as actions
from cases.models import Notice, Observation
from cases.person_hints import person_hints
from kim.audit.models import Entry
from tests.case_forms import ago, errors, logged, said, text_of, url
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ClientFactory,
    InstitutionFactory,
    MembershipFactory,
    ObservationFactory,
    ReferralFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db
Status = Observation.Status
TEXT = "Auf einen Kursplatz mit Kinderbetreuung wartet man hier sieben Monate."
TEAM, MINE = url("team_observations"), url("observation_list")


@pytest.fixture
def case(case_manager):
    client = ClientFactory(provider=case_manager.case_manager.provider, given_names="Mohammed", family_name="Öztürk")
    return CaseFactory(case_manager=case_manager.case_manager, client=client)


@pytest.fixture
def foreign_lead(stranger):
    return MembershipFactory(provider=stranger.case_manager.provider).user


def typed(**more):
    data = {
        "form_key": str(uuid.uuid4()), "topic": TopicFactory().pk, "barrier": "waiting", "institution": "",
        "text": TEXT, "is_without_persons": "on", "send": "propose",
    }  # fmt: skip
    return {name: value for name, value in (data | more).items() if value is not None}


def found(text, client=None):
    return [(hint.kind, hint.found) for hint in person_hints(text, client)]


# --- From a referral that failed


@pytest.mark.parametrize("result", ["rejected", "waiting_list", "not_gone"])
def test_a_failed_referral_becomes_an_observation(as_case_manager, case, result):
    referral = ReferralFactory(case=case, result=result, result_on=ago(0), barrier="language", note="Sagte Herr Meier.")
    address = f"{url('observation_create', case)}?vermittlung={referral.pk}"
    assert address in text_of(as_case_manager.get(url("referral_list", case)))
    form = as_case_manager.get(address).context["form"]
    values = [form[name].value() for name in ("topic", "institution", "barrier")]
    assert values == [referral.topic_id, referral.institution_id, "language"]
    assert not form["text"].value()


def test_an_institution_outside_the_directory_is_not_taken_over(as_case_manager, case):
    referral = ReferralFactory(case=case, failed=True, institution=None, other_institution="Praxis Dr. Meier")
    page = as_case_manager.get(f"{url('observation_create', case)}?vermittlung={referral.pk}")
    assert page.context["form"]["institution"].value() is None
    assert "Praxis Dr. Meier" not in text_of(page)


@pytest.mark.parametrize("state", [{}, {"accepted": True}])
def test_only_a_failed_referral_is_offered(as_case_manager, case, state):
    referral = ReferralFactory(case=case, **state)
    assert "?vermittlung=" not in text_of(as_case_manager.get(url("referral_list", case)))
    page = as_case_manager.get(f"{url('observation_create', case)}?vermittlung={referral.pk}")
    assert page.context["form"]["topic"].value() is None


@pytest.mark.parametrize("key", ["", "x", "0", "%00", "9" * 99])
def test_a_referral_that_does_not_exist_leaves_the_form_empty(as_case_manager, case, key):
    page = as_case_manager.get(f"{url('observation_create', case)}?vermittlung={key}")
    assert page.context["form"]["topic"].value() is None


def test_a_referral_of_another_case_is_not_told(as_case_manager, case):
    referral = ReferralFactory(failed=True)
    page = as_case_manager.get(f"{url('observation_create', case)}?vermittlung={referral.pk}")
    assert page.context["form"]["topic"].value() is None


# --- Hints


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Rückfragen an amal@beispiel.de bitte.", ("E-Mail-Adresse", "amal@beispiel.de")),
        ("Konto DE02 1203 0000 0000 2020 51 gesperrt.", ("Bankverbindung", "DE02 1203 0000 0000 2020 51")),
        ("Siehe K-7F3K-9Q dazu.", ("Fallnummer", "K-7F3K-9Q")),
        ("Siehe k-7f3k-9q dazu.", ("Fallnummer", "k-7f3k-9q")),
        ("Geboren am 17.03.2004.", ("genaues Datum", "17.03.2004")),
        ("Geboren 2004-03-17 dort.", ("genaues Datum", "2004-03-17")),
        ("Am 17. März 2004 war das.", ("genaues Datum", "17. März 2004")),
        ("Ruft unter 0221 / 47 11 47 an.", ("Telefonnummer", "0221 / 47 11 47")),
        ("Handy +49 171 3920009 ist aus.", ("Telefonnummer", "+49 171 3920009")),
        ("Frau Meier war nicht da.", ("Name", "Frau Meier")),
        ("Bei Herrn Özdemir liegt es.", ("Name", "Herrn Özdemir")),
        ("Wohnt Mustergasse 12 im Hof.", ("Anschrift", "Mustergasse 12")),
    ],
)
def test_what_looks_like_a_person_is_quoted(text, hint):
    assert hint in found(text)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Seit 2024 gibt es 12 Plätze für 300 Menschen; die Frist beträgt 6 Monate (§ 24 AufenthG).",
        "Die Wohngeldstelle verlangt 3 Monate Vorlauf, 0 Plätze frei, 1.000 Anträge.",
        "",
        "🙂 <script>alert(1)</script> ﷺ",
    ],
)
def test_an_ordinary_text_gives_no_hint(text, case):
    assert found(text, case.client) == []


@pytest.mark.parametrize(
    "spelling", ["Mohammed", "mohammed", "Muhammad", "Mohamed", "محمد", "Öztürk", "Oeztuerk", "ozturk", "Мохаммед"]
)
def test_the_name_of_the_client_is_found_in_every_spelling(spelling, case):
    assert ("Name", spelling) in found(f"Das Amt sagte zu {spelling}, es dauert.", case.client)


def test_many_hints_and_long_texts_stay_short_and_quick(case):
    assert len(person_hints("17.03.2004 Frau Meier a@b.de " * 100, case.client)) <= 12
    for nasty in ("a" * 3000, "a@" * 1500, "0" * 3000, "DE00" * 700, "1." * 1500):
        person_hints(nasty, case.client)


# --- Writing


def test_a_proposal_reaches_the_lead_and_the_log_holds_no_word_of_it(as_case_manager, case_manager, lead, case):
    answer = as_case_manager.post(url("observation_create", case), typed())
    row = Observation.objects.get()
    assert answer["Location"] == url("detail", case)
    assert (row.status, row.case, row.provider, row.district) == ("proposed", case, case.provider, case.district)
    assert (row.created_by, row.is_without_persons, row.text) == (case_manager, True, TEXT)
    assert [(notice.user, notice.kind) for notice in Notice.objects.all()] == [(lead, "observation_to_release")]
    entry = Entry.objects.get()
    assert (entry.action, entry.subject) == ("observation.written", f"observation:{row.pk}")
    assert case.number not in str(entry.details) + entry.subject


def test_a_failed_referral_offers_one_and_has_said_half_of_it(as_case_manager, case):
    failed, accepted = ReferralFactory(case=case, failed=True), ReferralFactory(case=case, accepted=True)
    page = text_of(as_case_manager.get(url("referral_list", case)))
    target = url("observation_create", case)
    assert f'href="{target}?vermittlung={failed.pk}"' in page
    assert page.count("?vermittlung=") == 1
    form = as_case_manager.get(target, {"vermittlung": failed.pk}).context["form"]
    names = ("topic", "barrier", "institution", "text")
    assert [form[name].value() for name in names] == [failed.topic_id, "capacity", failed.institution_id, ""]
    foreign = ReferralFactory(case=CaseFactory(case_manager=case.case_manager), failed=True)
    for key in (accepted.pk, foreign.pk, "x", "\x00", "9" * 40):
        assert as_case_manager.get(target, {"vermittlung": key}).context["form"]["topic"].value() is None


def test_a_second_submit_writes_nothing_twice(as_case_manager, case):
    data = typed()
    for _submit in range(2):
        as_case_manager.post(url("observation_create", case), data)
    assert Observation.objects.count() == 1
    assert logged() == ["observation.written"]


def test_somebody_elses_form_key_is_refused(as_case_manager, as_deputy, case):
    data = typed()
    as_case_manager.post(url("observation_create", case), data)
    assert "gehört nicht hierher" in errors(as_deputy.post(url("observation_create", case), data))["__all__"]
    assert Observation.objects.count() == 1


def test_a_deputy_writes_and_keeps_it(as_deputy, deputy, case):
    as_deputy.post(url("observation_create", case), typed())
    assert set(Observation.objects.visible_to(deputy)) == set(Observation.objects.all())


def test_a_draft_needs_no_confirmation_and_tells_nobody(as_case_manager, case):
    as_case_manager.post(url("observation_create", case), typed(is_without_persons=None, send="draft"))
    assert Observation.objects.get().status == "draft"
    assert not Notice.objects.exists()


def test_without_the_confirmation_nothing_is_proposed(as_case_manager, case):
    answer = as_case_manager.post(url("observation_create", case), typed(is_without_persons=None))
    assert "keine Personen" in errors(answer)["is_without_persons"]
    assert TEXT in text_of(answer)
    assert not Observation.objects.exists()


def test_hints_are_shown_once_before_the_confirmation_counts(as_case_manager, case):
    data = typed(text="Frau Meier sagt Mohammed jedes Mal etwas anderes.")
    answer = as_case_manager.post(url("observation_create", case), data)
    page = text_of(answer)
    assert "Hinweise" in errors(answer)["is_without_persons"]
    assert {word in page for word in ("Frau Meier", "Steht hier etwas über eine Person?")} == {True}
    assert not answer.context["form"]["is_without_persons"].value()
    seen = answer.context["form"]["hints_seen"].value()
    other = data | {"hints_seen": seen, "text": "Herr Kunz sagt jedes Mal etwas anderes."}
    assert "Hinweise" in errors(as_case_manager.post(url("observation_create", case), other))["is_without_persons"]
    as_case_manager.post(url("observation_create", case), data | {"hints_seen": seen})
    assert Observation.objects.get().status == "proposed"


def test_hints_come_while_somebody_types_and_nothing_is_kept(as_case_manager, as_stranger, case):
    for field in ("text", "observation-text", "summary"):
        answer = as_case_manager.post(url("person_hints", case), {field: "Öztürk rief an."})
        assert "Öztürk" in text_of(answer)
    assert "<li>" not in text_of(as_case_manager.post(url("person_hints", case), {"other": "Öztürk"}))
    assert as_stranger.post(url("person_hints", case), {"text": "Öztürk"}).status_code == 404
    assert not Entry.objects.exists()


def test_of_a_protected_track_neither_place_nor_track_is_kept(as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, protected=True)
    assert "Schwerpunkt nicht nennen" in text_of(as_case_manager.get(url("observation_create", case)))
    as_case_manager.post(url("observation_create", case), typed())
    assert Observation.objects.get().district is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("topic", ""), ("topic", "9" * 40), ("topic", "x"), ("barrier", "x"), ("barrier", ""), ("text", ""),
        ("text", "x" * 3001), ("text", "a\x00b"), ("text", "a\u202eb"), ("institution", "9" * 40),
        ("institution", "-1"), ("form_key", "x"),
    ],
)  # fmt: skip
def test_bad_input_is_named_at_its_field_and_nothing_is_stored(field, value, as_case_manager, case):
    answer = as_case_manager.post(url("observation_create", case), typed(**{field: value}))
    assert set(errors(answer)) == {field}
    assert not Observation.objects.exists()


def test_every_script_is_kept_and_shown_as_text(as_case_manager, case):
    text = "انتظار طويل 🙂 <script>alert(1)</script>"
    as_case_manager.post(url("observation_create", case), typed(text=text))
    assert Observation.objects.get().text == text
    page = text_of(as_case_manager.get(url("observation_change", Observation.objects.get().pk)))
    assert "<script>alert" not in page


def test_a_closed_institution_is_not_offered(as_case_manager, case):
    closed = InstitutionFactory(is_active=False)
    assert "institution" in errors(as_case_manager.post(url("observation_create", case), typed(institution=closed.pk)))


# --- Every state, every action, every role

ACTIONS = {  # action -> (route, what is sent)
    "draft": ("observation_change", {"send": "draft"}),
    "propose": ("observation_change", {"send": "propose"}),
    "take back": ("observation_take_back", {}),
    "discard": ("observation_discard", {}),
    "release": ("team_observation", {"decision": "release"}),
    "return": ("team_observation", {"decision": "return", "reason": "Bitte ohne Ort."}),
}
OUTCOMES = {  # (status, action) -> status afterwards; what is missing here changes nothing
    ("draft", "draft"): "draft", ("draft", "propose"): "proposed", ("draft", "discard"): "gone",
    ("returned", "draft"): "draft", ("returned", "propose"): "proposed", ("returned", "discard"): "gone",
    ("proposed", "take back"): "draft", ("proposed", "release"): "released", ("proposed", "return"): "returned",
}  # fmt: skip
ROLES = ("case_manager", "deputy", "colleague", "lead", "stranger", "foreign_lead", "coordination", "data_protection",
         "admin_user")  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", Status.values)
def test_state_table(status, action, role, request, client_of, case):
    traits = {} if status == "proposed" else {status: True}
    row = ObservationFactory(case=case, **traits)
    route, data = ACTIONS[action]
    data = typed(**data) | {"version": row.version}
    answer = client_of(request.getfixturevalue(role)).post(url(route, row.pk), data)
    is_theirs = role == ("lead" if route == "team_observation" else "case_manager")
    changes = is_theirs and (status, action) in OUTCOMES
    after = Observation.objects.filter(pk=row.pk).first()
    assert (after.status if after else "gone") == (OUTCOMES[status, action] if changes else status)
    assert logged() == ([Entry.objects.get().action] if changes else [])
    if is_theirs and not changes:  # a sentence, or for the lead no such record any more
        assert said(answer) or (role == "lead" and answer.status_code == 404)
    if not is_theirs:
        assert answer.status_code in {403, 404}


# --- The lead


def test_the_lead_reads_text_and_writer_but_no_case(as_lead, case, case_manager):
    row = ObservationFactory(case=case, institution=InstitutionFactory())
    page = text_of(as_lead.get(TEAM))
    for word in (str(row.topic), str(row.institution), "Wartezeit", row.text, case_manager.name):
        assert word in page
    assert case.number not in page
    assert case.client.family_name not in page


def test_the_lead_sees_the_same_hints_without_being_told_whose_name_it_is(as_lead, case):
    ObservationFactory(case=case, text="Mit محمد spricht dort niemand.")
    page = text_of(as_lead.get(TEAM))
    assert "<li>Name: <q>محمد</q></li>" in page
    assert "Mohammed" not in page


def test_the_lead_sees_neither_drafts_nor_other_traeger(as_lead, case, stranger):
    ObservationFactory(case=case, draft=True, text="Noch nicht fertig.")
    ObservationFactory(case__case_manager=stranger.case_manager, text="Anderswo.")
    page = text_of(as_lead.get(TEAM))
    assert "Noch nicht fertig." not in page
    assert "Anderswo." not in page


def test_the_writer_reads_what_became_of_it(as_lead, as_case_manager, case_manager, lead, case):
    row = ObservationFactory(case=case)
    as_lead.post(url("team_observation", row.pk), {"decision": "return", "reason": "Bitte ohne Ort.", "version": 1})
    assert "Bitte ohne Ort." in text_of(as_case_manager.get(url("observation_change", row.pk)))
    notice = Notice.objects.get(user=case_manager)
    assert (notice.kind, notice.path) == ("observation_answered", url("observation_change", row.pk))
    assert case.number not in notice.path


def test_returning_needs_a_reason_and_the_page_says_so(as_lead, case):
    row = ObservationFactory(case=case)
    for reason in ("", "   ", "a\x00b", "x" * 1001):
        answer = as_lead.post(url("team_observation", row.pk), {"decision": "return", "version": 1, "reason": reason})
        assert answer.status_code == 200
        assert "invalid-feedback" in text_of(answer)
    for broken in ({}, {"decision": "x", "version": 1}, {"decision": "release", "version": "9" * 30}):
        assert as_lead.post(url("team_observation", row.pk), broken).status_code == 200
    row.refresh_from_db()
    assert row.status == "proposed"


def test_the_lead_releases_only_the_text_that_was_shown(as_lead, case, case_manager):
    row = ObservationFactory(case=case)
    actions.take_back(Observation.objects.get(), by=case_manager)
    changed = Observation.objects.get()
    changed.text = "Frau Meier ist schuld."
    actions.change_observation(changed, opened_version=changed.version, propose=True, by=case_manager)
    answer = as_lead.post(url("team_observation", row.pk), {"decision": "release", "version": row.version})
    assert "inzwischen geändert" in said(answer)
    assert not Observation.objects.released().exists()


def test_of_two_leads_one_decides(lead, provider, case):
    second = MembershipFactory(provider=provider).user
    row = ObservationFactory(case=case)
    mine, theirs = Observation.objects.get(), Observation.objects.get()
    actions.release(mine, opened_version=row.version, by=lead)
    with pytest.raises(ValidationError, match="inzwischen geändert"):
        actions.return_to_writer(theirs, reason="Nein.", opened_version=row.version, by=second)
    assert Observation.objects.get().status == "released"
    assert logged() == ["observation.released"]


def test_a_conflict_lays_both_texts_side_by_side(as_case_manager, case):
    row = ObservationFactory(case=case, draft=True)
    Observation.objects.update(version=2)
    row.refresh_from_db()
    answer = as_case_manager.post(url("observation_change", row.pk), typed(send="draft", version=1, text="Meins."))
    assert "Meins." in text_of(answer)
    assert "differences" in text_of(answer)
    assert Observation.objects.get().text == row.text


# --- What the city will read


def test_the_city_loads_no_column_of_case_writer_and_traeger(case):
    ObservationFactory(case=case, released=True)
    ObservationFactory(case=case)
    with CaptureQueriesContext(connection) as captured:
        (row,) = Observation.objects.for_city()
        shown = (str(row.topic), str(row.institution), str(row.district), row.barrier, row.text, row.released_on)
    assert shown[-1] == ago(0)
    assert row.get_deferred_fields() >= {"case_id", "provider_id", "created_by_id", "created_at", "released_by_id"}
    (query,) = captured.captured_queries
    columns = query["sql"].partition(" FROM ")[0]
    assert not any(word in columns for word in ("case_id", "provider_id", "created_by", "created_at", "released_by"))


def test_nobody_of_the_city_finds_one_through_visible_to(coordination, data_protection, admin_user, case):
    ObservationFactory(case=case, released=True)
    for user in (coordination, data_protection, admin_user):
        assert not Observation.objects.visible_to(user).exists()


def test_who_moved_to_another_traeger_leaves_it_behind(case, case_manager):
    ObservationFactory(case=case, provider=CaseManagerFactory().provider)
    assert not Observation.objects.visible_to(case_manager).exists()


def test_erasing_the_case_leaves_what_was_said_about_the_system(case):
    row = ObservationFactory(case=case, released=True)
    case.delete()
    row.refresh_from_db()
    assert (row.case, row.text) == (None, "Auf einen Kursplatz wartet man hier ein halbes Jahr.")


def test_the_database_refuses_what_was_never_confirmed(case):
    row = ObservationFactory(case=case, draft=True)
    with pytest.raises(IntegrityError, match="observation_shown_without_persons"), transaction.atomic():
        Observation.objects.filter(pk=row.pk).update(status="proposed")
    with pytest.raises(IntegrityError, match="observation_released_with_day"), transaction.atomic():
        Observation.objects.filter(pk=row.pk).update(status="released", is_without_persons=True)


# --- Lists


@pytest.mark.parametrize("rows", [1, 3])
def test_the_leads_page_does_not_query_per_row(rows, as_lead, case_manager, django_assert_num_queries):
    for _row in range(rows):
        ObservationFactory(case__case_manager=case_manager.case_manager, institution=InstitutionFactory())
        ObservationFactory(case__case_manager=case_manager.case_manager, released=True)
    with django_assert_num_queries(5):  # session, user, count, page, released ones
        as_lead.get(TEAM)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_own_list_does_not_query_per_row(rows, as_case_manager, case, django_assert_num_queries):
    for _row in range(rows):
        ObservationFactory(case=case, institution=InstitutionFactory())
    with django_assert_num_queries(4):  # session, user, count, page
        as_case_manager.get(MINE)


def test_lists_have_pages_of_twenty(as_case_manager, as_lead, case):
    ObservationFactory.create_batch(21, case=case)
    for browser, address in ((as_case_manager, MINE), (as_lead, TEAM)):
        assert "Seite 1 von 2" in text_of(browser.get(address))


def test_the_team_page_leads_there(as_lead):
    assert reverse("cases:team_observations") in text_of(as_lead.get(url("team")))
