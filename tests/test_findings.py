"""Findings: what the city makes of released observations, step by step, and who hears of it."""

import re
import uuid
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from cases.actions.observations import return_to_writer
from cases.models import Notice, Observation
from districts.models import Topic
from kim.audit.models import Entry
from kim.records import ChangedMeanwhile
from reports.actions.findings import bundle, open_finding, set_aside
from reports.forms.findings import DecisionForm
from reports.models import Decision, Finding, FindingSource
from reports.models.finding import STEPS
from tests.at_once import at_once, refusals
from tests.case_forms import queries, text_of
from tests.factories import CaseFactory, ObservationFactory, TopicFactory, today
from tests.findings import FindingFactory, MeasureFactory, finding_data, form_of, released, url, words_of

pytestmark = pytest.mark.django_db
Status = Finding.Status


def ago(days):
    return today() - timedelta(days=days)


def inbox_data(*observations, decision="bundle", target="", reason=""):
    keys = [str(each.pk) for each in observations]
    return {"observation": keys, "decision": decision, "target": target, "reason": reason}


# --- The steps


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", Status)
def test_a_step_is_taken_where_the_table_says_so_and_refused_elsewhere(status, step):
    finding = FindingFactory(status=status)
    if step == "finish":
        MeasureFactory(finding=finding, done=True)
    if status in STEPS[step].before:
        finding.move(step, due_on=None)
        assert Finding.objects.get().status == (STEPS[step].after or status)
    else:
        with pytest.raises(ValidationError, match="ist das nicht möglich"):
            finding.move(step, due_on=None)
        assert Finding.objects.get().status == status


def test_every_stand_is_reached_and_has_a_way_on():
    assert {step.after for step in STEPS.values()} - {None} == set(Status) - {Status.BUNDLED}
    assert all(any(status in step.before for step in STEPS.values()) for status in Status)


def test_the_writer_has_a_word_for_every_stand():
    assert set(Observation.Outcome.values) == set(Status.values)


@pytest.mark.parametrize("measures", [[], ["planned"], ["running"], ["given_up"]])
def test_a_finding_is_done_when_its_measures_are(measures):
    finding = FindingFactory(status=Status.AGREED)
    for status in measures:
        MeasureFactory(finding=finding, status=status)
    with pytest.raises(ValidationError, match=r"noch offen|Keine Maßnahme"):
        finding.move("finish", due_on=None)


@pytest.mark.parametrize(
    ("status", "measures", "step"),
    [
        (Status.BUNDLED, [], "review"), (Status.STEERING, [], "agree"), (Status.DONE, ["done"], "note"),
        (Status.AGREED, ["done"], "finish"), (Status.AGREED, ["done", "running"], "note"),
        (Status.AGREED, ["given_up"], "note"), (Status.AGREED, ["done", "given_up"], "finish"),
    ],
)  # fmt: skip
def test_the_form_starts_with_a_step_that_is_not_refused(status, measures, step):
    finding = FindingFactory(status=status)
    for stand in measures:
        MeasureFactory(finding=finding, status=stand, done=stand == "done")
    assert DecisionForm(finding=finding)["step"].value() == step
    finding.move(step, due_on=None)


def test_of_two_who_decide_at_once_one_is_told(as_coordination):
    finding = FindingFactory(status=Status.REVIEW)
    again = Finding.objects.get()
    finding.move("steering", due_on=None)
    with pytest.raises(ChangedMeanwhile):
        again.move("drop", due_on=None)
    answer = as_coordination.post(url("finding", finding.number), form_of(again, "working_group"))
    assert "Inzwischen hat jemand anderes entschieden" in text_of(answer)
    assert Finding.objects.get().status == Status.STEERING
    assert not Decision.objects.exists()


# --- The inbox


def test_the_inbox_shows_what_was_released_and_nothing_of_where_it_comes_from(as_coordination, case_manager):
    seen = released(case_manager, text="Zwei Ämter verweisen aufeinander.")
    ObservationFactory(text="Noch nicht freigegeben.")
    ObservationFactory(draft=True, text="Ein Entwurf.")
    page = text_of(as_coordination.get(url("finding_inbox")))
    assert seen.text in page
    assert "Noch nicht freigegeben." not in page
    assert "Ein Entwurf." not in page
    for hidden in (seen.case.number, seen.provider.name, case_manager.name, str(seen.case.track)):
        assert hidden not in page


def test_of_a_protected_track_the_inbox_shows_no_place(as_coordination, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, protected=True)
    observation = Observation(topic=TopicFactory(), barrier="waiting", text="Nirgends barrierefrei.")
    observation.is_about(case)
    ObservationFactory(
        released=True, case=case, topic=observation.topic, district=observation.district, text=observation.text
    )
    page = text_of(as_coordination.get(url("finding_inbox")))
    assert "Nirgends barrierefrei." in page
    assert str(case.track) not in page
    assert f"Stadtbezirk {case.district.name}" not in page.partition("Nirgends")[0].rpartition("<li")[2]


def test_the_inbox_narrows_by_main_topic_barrier_and_district(as_coordination):
    topic = Topic.objects.get(code="housing-loss")
    wanted = released(topic=topic, barrier="legal", text="Gesucht")
    released(topic=Topic.objects.get(code="health"), barrier="costs", district=None, text="Anderes")
    chosen = (
        {"topic": topic.parent_id}, {"barrier": "legal"}, {"district": wanted.district_id, "barrier": "legal"},
    )  # fmt: skip
    for query in chosen:
        page = text_of(as_coordination.get(url("finding_inbox"), query))
        assert "Gesucht" in page
        assert "Anderes" not in page
    for nonsense in ({"topic": "x" * 30}, {"barrier": "nichts"}, {"district": "9" * 40}, {"page": "drei"}):
        assert "Anderes" in text_of(as_coordination.get(url("finding_inbox"), nonsense))


def test_chosen_observations_begin_a_new_finding(as_coordination):
    first, second = released(topic=Topic.objects.get(code="housing-loss")), released(barrier="responsibility")
    answer = as_coordination.post(url("finding_inbox"), inbox_data(first, second))
    assert parse_qs(urlsplit(answer["Location"]).query)["beobachtung"] == [str(first.pk), str(second.pk)]
    page = as_coordination.get(answer["Location"])
    assert first.text in text_of(page)
    assert page.context["form"].initial["topics"] == sorted({first.topic.parent_id, second.topic.pk})
    answer = as_coordination.post(answer["Location"], finding_data())
    finding = Finding.objects.get()
    assert answer["Location"] == url("finding", finding.number)
    assert finding.number == f"B-{today().year}-001"
    assert {source.observation for source in finding.sources.all()} == {first.pk, second.pk}
    assert [decision.step for decision in finding.decisions.all()] == ["opened"]
    page = text_of(as_coordination.get(answer["Location"]))
    assert "2 Beobachtungen von 2 Trägern" in " ".join(page.split())
    assert "Zurzeit wartet keine Beobachtung." in text_of(as_coordination.get(url("finding_inbox")))


def test_more_of_the_same_go_into_a_finding_that_is_open(as_coordination):
    finding, more, closed = FindingFactory(), released(), FindingFactory(status=Status.DROPPED)
    link = url("finding_inbox", bedarf=finding.pk)
    assert link in as_coordination.get(url("finding", finding.number)).text
    assert str(as_coordination.get(link).context["form"]["target"].value()) == str(finding.pk)
    refused = as_coordination.post(url("finding_inbox"), inbox_data(more, target=closed.pk))
    assert refused.status_code == 200
    as_coordination.post(url("finding_inbox"), inbox_data(more, target=finding.pk))
    assert FindingSource.objects.get().finding == finding
    assert finding.decisions.get().step == "bundled"


def test_an_observation_is_in_one_finding_only(coordination):
    finding, other, observation = FindingFactory(), FindingFactory(), released()
    bundle(finding, observations=[observation.pk], by=coordination)
    for keys in ([observation.pk], [observation.pk, released().pk], [uuid.uuid4()], [ObservationFactory().pk]):
        with pytest.raises(ValidationError, match="schon in einem Bedarf oder nicht mehr freigegeben"):
            bundle(other, observations=keys, by=coordination)
    assert FindingSource.objects.count() == 1


def test_what_is_not_followed_up_is_answered_with_the_reason(as_coordination, as_case_manager, case_manager):
    observation = released(case_manager)
    without = as_coordination.post(url("finding_inbox"), inbox_data(observation, decision="set_aside"))
    assert "Bitte den Grund nennen." in text_of(without)
    reason = "Das ist seit Oktober geregelt."
    as_coordination.post(url("finding_inbox"), inbox_data(observation, decision="set_aside", reason=reason))
    assert FindingSource.objects.get().finding is None
    page = text_of(as_case_manager.get(reverse("cases:observation_list")))
    assert reason in page
    assert "wird nicht weiterverfolgt" in page


@pytest.mark.parametrize("keys", [[], ["nichts"], ["x" * 500], [str(uuid.uuid4())] * 101])
def test_a_wrong_choice_of_observations_is_refused(as_coordination, keys):
    released()
    answer = as_coordination.post(url("finding_inbox"), {"observation": keys, "decision": "bundle"})
    assert answer.status_code == 200
    assert answer.context["form"].errors["observation"]
    assert not FindingSource.objects.exists()


# --- A finding


def test_a_second_click_opens_no_second_finding(as_coordination):
    data, address = finding_data(), url("finding_new", beobachtung=str(released().pk))
    answers = [as_coordination.post(address, data) for _click in range(2)]
    assert {answer["Location"] for answer in answers} == {url("finding", Finding.objects.get().number)}


def test_the_number_counts_on_within_the_year():
    FindingFactory(number="B-2025-044")
    FindingFactory(number="B-2026-009")
    assert Finding.objects.next_number(2026) == "B-2026-010"
    assert Finding.objects.next_number(2027) == "B-2027-001"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", "x" * 500), ("title", "a\nb"), ("description", " "), ("description", "x" * 3001),
        ("topics", []), ("topics", ["9" * 40]), ("districts", ["77"]), ("barrier", "nichts"), ("due_on", "31.2.2026"),
        ("due_on", "1.1.99999"), ("responsible", "x" * 121), ("institutions", ["abc"]), ("form_key", "x"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_the_form(as_coordination, field, value):
    answer = as_coordination.post(url("finding_new"), finding_data(**{field: value}))
    assert answer.status_code == 200
    forms = [answer.context["form"], answer.context["key_form"]]
    assert any(field in form.errors for form in forms)
    assert not Finding.objects.exists()


def test_typed_markup_stays_text(as_coordination):
    mark = "<script>alert(1)</script>"
    as_coordination.post(url("finding_new"), finding_data(title=mark, description=mark, responsible=mark))
    finding = Finding.objects.get()
    for address in (url("findings"), url("finding", finding.number), url("finding_change", finding.number)):
        assert mark not in as_coordination.get(address).text


def test_who_changes_after_somebody_else_sees_both(as_coordination):
    finding = FindingFactory()
    form = {**finding_data(title="Meiner"), "version": finding.version}
    first = as_coordination.post(url("finding_change", finding.number), {**form, "title": "Zuerst"})
    assert first.status_code == 302
    second = as_coordination.post(url("finding_change", finding.number), form)
    assert {each.label for each in second.context["form"].differences} >= {"Titel"}
    assert Finding.objects.get().title == "Zuerst"
    again = {**form, "version": second.context["form"]["version"].value()}
    assert as_coordination.post(url("finding_change", finding.number), again).status_code == 302
    assert Finding.objects.get().title == "Meiner"


# --- Decisions


def test_a_decision_is_kept_with_body_day_and_words(as_coordination, coordination):
    finding = FindingFactory(status=Status.WORKING_GROUP)
    words = {
        "measure_text": "Gemeinsame Sprechstunde", "measure_owner": "Amt für Wohnen",
        "measure_due_on": (today() + timedelta(days=60)).strftime("%d.%m.%Y"), "text": "Einstimmig.",
        "body": "working_group", "decided_on": ago(3).strftime("%d.%m.%Y"),
    }  # fmt: skip
    as_coordination.post(url("finding", finding.number), form_of(finding, "agree", **words))
    decision, measure = finding.decisions.get(), finding.measures.get()
    assert (decision.step, decision.after, decision.body) == ("agree", "agreed", "working_group")
    assert (decision.decided_on, decision.text, decision.created_by) == (ago(3), "Einstimmig.", coordination)
    assert (measure.decision, measure.owner, measure.due_on) == (decision, "Amt für Wohnen", ago(-60))
    assert Entry.objects.filter(action="finding.decided", subject=f"finding:{finding.number}").count() == 1
    page = text_of(as_coordination.get(url("finding", finding.number)))
    assert "Einstimmig." in page
    assert "Arbeitsgruppe" in page


def test_a_second_click_decides_once(as_coordination):
    finding = FindingFactory()
    data = form_of(finding, "review")
    assert [as_coordination.post(url("finding", finding.number), data).status_code for _ in "12"] == [302, 302]
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    ("step", "wrong", "field"),
    [
        ("fliegen", {}, "step"), ("check", {}, "step"), ("agree", {}, "step"), ("drop", {}, "text"),
        ("note", {}, "text"),
        ("review", {"body": "stammtisch"}, "body"), ("review", {"decided_on": "morgen"}, "decided_on"),
        ("review", {"decided_on": "31.12.2099"}, "decided_on"), ("review", {"due_on": "1.1.2001"}, "due_on"),
        ("review", {"text": "x" * 2001}, "text"), ("review", {"feedback": "x" * 1001}, "feedback"),
        ("review", {"version": "0"}, "version"), ("review", {"form_key": "y"}, "form_key"),
    ],
)  # fmt: skip
def test_a_decision_that_cannot_be_is_refused(as_coordination, step, wrong, field):
    finding = FindingFactory()
    answer = as_coordination.post(url("finding", finding.number), form_of(finding, step, **wrong))
    assert field in answer.context["form"].errors
    assert Finding.objects.get().status == Status.BUNDLED
    assert not Decision.objects.exists()


def test_an_agreement_without_measure_owner_and_day_is_none(as_coordination):
    finding = FindingFactory(status=Status.STEERING)
    assert as_coordination.get(url("finding", finding.number)).context["form"]["step"].value() == "agree"
    answer = as_coordination.post(url("finding", finding.number), form_of(finding, "agree"))
    assert set(answer.context["form"].errors) == {"measure_text", "measure_owner", "measure_due_on"}


def test_the_history_is_only_added_to(coordination):
    finding = FindingFactory()
    decision = Decision.objects.create(finding=finding, step="note", after="bundled", created_by=coordination)
    changes = (
        lambda: decision.save(), lambda: decision.delete(), lambda: Decision.objects.all().delete(),
        lambda: Decision.objects.update(text="anders"),
    )  # fmt: skip
    for change in changes:
        with pytest.raises(TypeError, match="stays as it was written"):
            change()


# --- What the writers and their lead read


def test_who_wrote_it_and_the_own_lead_read_what_became_of_it(
    as_coordination, as_case_manager, as_colleague, as_lead, lead, client_of, case_manager, stranger
):
    observation, _foreign = released(case_manager), released(stranger)
    as_coordination.post(
        url("finding_new", beobachtung=str(observation.pk)), finding_data(title="Zwei Ämter, keine Stelle")
    )
    finding = Finding.objects.get()
    feedback = "Wir haben es der Lenkungsgruppe vorgelegt."
    for step in ("review", "steering"):
        finding.refresh_from_db()
        as_coordination.post(url("finding", finding.number), form_of(finding, step, feedback=feedback))
    own_list, own_page = reverse("cases:observation_list"), reverse("cases:observation_change", args=[observation.pk])
    team = reverse("cases:team_observations")
    for page in (as_case_manager.get(own_list), as_case_manager.get(own_page), as_lead.get(team)):
        text = text_of(page)
        assert "Zwei Ämter, keine Stelle" in text
        assert "liegt bei der Lenkungsgruppe" in text
        assert feedback in text
    assert feedback not in text_of(as_colleague.get(own_list))
    assert feedback not in text_of(client_of(stranger).get(own_list))
    assert list(Observation.objects.listed_for(lead)) == [observation]
    kind = Notice.Kind.OBSERVATION_OUTCOME
    assert Notice.objects.filter(user=case_manager, kind=kind, path=own_page).count() == 1
    assert not Notice.objects.filter(user=stranger).exists()
    assert Entry.objects.filter(action="observation.outcome_told").count() == 3


def test_the_answer_reaches_released_ones_only_and_changes_nothing_else(coordination, lead):
    proposed, observation = ObservationFactory(), released()
    with pytest.raises(ValidationError):
        set_aside([proposed.pk], reason="nein", by=coordination)
    before = Observation.objects.filter(pk=observation.pk).values().get()
    set_aside([observation.pk], reason="erledigt", by=coordination)
    after = Observation.objects.filter(pk=observation.pk).values().get()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"outcome", "outcome_text", "outcome_on"}
    return_to_writer(proposed, reason="Bitte kürzer.", opened_version=proposed.version, by=lead)
    assert Observation.objects.get(pk=proposed.pk).outcome == ""


# --- What waits


@pytest.mark.parametrize(
    ("fields", "measure_due", "waits"),
    [
        ({"moved_on": 28}, None, False), ({"moved_on": 29}, None, True), ({"moved_on": 29, "due_on": -1}, None, False),
        ({"due_on": 0}, None, True), ({"moved_on": 90, "status": "dropped"}, None, False),
        ({"moved_on": 90, "status": "agreed"}, -5, False), ({"moved_on": 1, "status": "agreed"}, 0, False),
        ({"moved_on": 1, "status": "agreed"}, 1, True),
    ],
)  # fmt: skip
def test_what_waits_is_marked_and_reminded_of_once_a_week(as_coordination, coordination, fields, measure_due, waits):
    days = {name: ago(value) for name, value in fields.items() if name != "status"}
    finding = FindingFactory(**{**fields, **days})
    if measure_due is not None:
        MeasureFactory(finding=finding, due_on=ago(measure_due))
    assert Finding.objects.needing_attention(today()).exists() is waits
    board = as_coordination.get(url("findings"))
    assert any(entry.is_waiting for _label, found in board.context["columns"] for entry in found) is waits
    for _night in range(2):
        call_command("remind_of_findings", verbosity=0)
        Notice.objects.update(read_at=timezone.now())
    notices = Notice.objects.filter(user=coordination, path=url("finding", finding.number))
    assert notices.count() == (1 if waits else 0)
    Finding.objects.update(reminded_on=ago(7))
    call_command("remind_of_findings", verbosity=0)
    assert notices.count() == (2 if waits else 0)


# --- Pages


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_ask_no_more_for_more_rows(as_coordination, rows):
    for _row in range(rows):
        finding = FindingFactory(status=Status.AGREED)
        MeasureFactory(finding=finding)
        FindingFactory(status=Status.CHECKED)
        released()
    assert queries(lambda: as_coordination.get(url("findings"))) == 10
    assert queries(lambda: as_coordination.get(url("finding_inbox"))) == 7
    shown = FindingFactory()
    bundle(shown, observations=[released().pk for _row in range(rows)], by=shown.created_by)
    assert queries(lambda: as_coordination.get(url("finding", shown.number))) == 11


def test_the_board_begins_with_what_waits_in_the_inbox(as_coordination):
    assert "zurzeit keine" in text_of(as_coordination.get(url("findings")))
    for days in (3, 40, 10):
        released(released_on=ago(days))
    bundled = released(released_on=ago(90))
    bundle(FindingFactory(), observations=[bundled.pk], by=FindingFactory().created_by)
    page = as_coordination.get(url("findings"))
    first = words_of(page).partition("Beobachtungen im Eingang")[2].partition("Gebündelt")[0]
    assert first.split()[0] == "3"
    assert f"die älteste wartet seit {ago(40):%d.%m.%Y}" in first
    assert f'href="{url("finding_inbox")}"' in page.text.partition('class="board"')[2]


def test_what_is_settled_is_counted_and_shown_by_how(as_coordination):
    assert as_coordination.get(url("findings")).context["choices"] == []
    made = {status: [FindingFactory(status=status) for _row in range(number)] for status, number in (
        (Status.CHECKED, 2), (Status.NOT_LOCAL, 1), (Status.REVIEW, 1),
    )}  # fmt: skip

    def shown(**query):
        context = as_coordination.get(url("findings", **query)).context
        return {finding for finding in context["page"]}, {each.key: each.count for each in context["choices"]}

    counts = {"": 3, "checked": 2, "not_local": 1, "dropped": 0}
    assert shown(stand="checked") == (set(made[Status.CHECKED]), counts)
    assert shown(stand="not_local") == (set(made[Status.NOT_LOCAL]), counts)
    assert shown(stand="dropped") == (set(), counts)
    everything = {*made[Status.CHECKED], *made[Status.NOT_LOCAL]}
    for unknown in ("", "review", "alles"):
        assert shown(stand=unknown) == (everything, counts)
    page = as_coordination.get(url("findings", stand="checked"))
    assert 'href="?stand=checked#abgeschlossen" aria-current="true">Wirkung geprüft 2</a>' in page.text


def test_other_roles_find_no_way_to_the_board(as_case_manager, as_lead, as_data_protection, as_coordination):
    link = f'href="{url("findings")}"'
    situation = reverse("reports:situation")
    for browser in (as_case_manager, as_lead, as_data_protection):
        assert link not in browser.get(situation).text
    assert link in as_coordination.get(situation).text


def test_the_addresses_of_findings_are_numbers(as_coordination):
    finding = FindingFactory()
    assert re.fullmatch(r"/bedarfe/B-\d{4}-\d{3}/", url("finding", finding.number))
    for missing in ("B-2026-999", "neuland", "B-2026-1"):
        assert as_coordination.get(url("finding", missing)).status_code == 404


# --- Several in the same moment


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_several_open_findings_at_once_and_each_has_a_number_of_its_own(coordination):
    def opened():
        links = {"topics": [Topic.objects.get(code="housing")]}
        new = Finding(title="Zur gleichen Zeit", description="-", barrier="costs")
        return open_finding(new, links=links, observations=[], evidence=None, conference=None, by=coordination)

    results = at_once(opened, opened, opened)
    assert not refusals(results)
    assert {finding.number[-3:] for finding in results} == {"001", "002", "003"}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_bundle_the_same_at_once_one_is_told(coordination):
    first, second, observation = FindingFactory(), FindingFactory(), released()

    def bundled(finding):
        return lambda: bundle(finding, observations=[observation.pk], by=coordination)

    assert len(refusals(at_once(bundled(first), bundled(second)))) == 1
    assert FindingSource.objects.count() == 1
