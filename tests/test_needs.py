"""Needs by topic, assessed once and again; the network; what a case lacks."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cases.actions import needs as actions
from cases.models import Assessment, Need, NeedRating, NetworkContact
from cases.network_map import CENTRE, RINGS, SIZE, network_map
from cases.reassessment import change_between, compare
from districts.models import Barrier, Topic
from kim.audit.models import Entry
from kim.records import ChangedMeanwhile
from tests.case_forms import ago, errors, german, logged, nothing_stored, said, text_of, url
from tests.factories import (
    AssessmentFactory,
    CaseFactory,
    ConsentFactory,
    InstitutionFactory,
    NeedFactory,
    NetworkContactFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


def main(code):
    return Topic.objects.get(code=code)


def grid(browser, case, **typed):
    """What a browser sends when it opened the page and changed these fields."""
    form = browser.get(url("assess", case)).context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value is not None} | typed


def tap(topic, urgency="urgent", **words):
    return {f"new-{topic.pk}-urgency": urgency, **{f"new-{topic.pk}-{name}": text for name, text in words.items()}}


# --- The first assessment


def test_eight_topics_are_offered_and_a_tap_is_enough(as_case_manager, case):
    page = as_case_manager.get(url("assess", case))
    assert [topic.code for topic, _rows, _fresh in page.context["form"].groups] == list(
        Topic.objects.main().values_list("code", flat=True)
    )
    answer = as_case_manager.post(url("assess", case), grid(as_case_manager, case, **tap(main("housing"))))
    assert answer["Location"] == url("needs", case)
    need = Need.objects.get()
    assert (need.case, need.topic.code, need.urgency, need.status, need.text) == (case, "housing", "urgent", "open", "")
    assert (case.assessments.get().number, NeedRating.objects.get().urgency) == (1, "urgent")
    assert logged(action="need.assessed") == ["need.assessed"]


def test_words_and_a_subtopic_make_it_more_exact(as_case_manager, case):
    typed = tap(main("housing"), "soon", text="Zwei Zimmer.", resources="Ein Schein.", exact=main("housing-search").pk)
    as_case_manager.post(url("assess", case), grid(as_case_manager, case, summary="Weiß, was sie will.", **typed))
    need = Need.objects.get()
    assert (need.topic.code, need.text, need.resources) == ("housing-search", "Zwei Zimmer.", "Ein Schein.")
    assert case.assessments.get().summary == "Weiß, was sie will."


def test_an_assessment_without_needs_is_one(as_case_manager, case):
    as_case_manager.post(url("assess", case), grid(as_case_manager, case, summary="Alles geregelt."))
    assert (Need.objects.count(), case.assessments.count()) == (0, 1)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"held_on": german(ago(-1))}, "held_on", "liegt in der Zukunft"),
        ({"held_on": german(ago(31))}, "held_on", "vor der Eröffnung"),
        ({"held_on": "31.02.2026"}, "held_on", "gibt es nicht"),
        ({"summary": "x" * 5001}, "summary", "zu lang"),
        ({"summary": "a\x00b"}, "summary", "Steuerzeichen"),
        ({"opened_number": "9" * 40}, "opened_number", "höchstens"),
        ({"form_key": "x"}, "form_key", ""),
    ],
)
def test_what_is_wrong_is_said_at_the_field(as_case_manager, case, typed, field, sentence):
    sent = grid(as_case_manager, case, **tap(main("housing"), text="Bleibt stehen."), **typed)
    with nothing_stored():
        answer = as_case_manager.post(url("assess", case), sent)
    assert sentence in errors(answer)[field]
    assert "Bleibt stehen." in text_of(answer)


def test_words_without_a_tap_are_asked_about(as_case_manager, case):
    topic = main("work")
    for name, value in {"text": "Etwas.", "resources": "Etwas.", "exact": main("work-permit").pk}.items():
        with nothing_stored():
            sent = grid(as_case_manager, case, **tap(topic, "", **{name: value}))
            answer = as_case_manager.post(url("assess", case), sent)
        assert errors(answer) == {f"new-{topic.pk}-urgency": "Bitte antippen, wie dringend es ist."}


def test_a_foreign_subtopic_and_an_invented_urgency_are_refused(as_case_manager, case):
    topic = main("work")
    for typed in (tap(topic, "sofort"), tap(topic, "soon", exact=main("housing-search").pk)):
        with nothing_stored():
            answer = as_case_manager.post(url("assess", case), grid(as_case_manager, case, **typed))
        assert len(errors(answer)) == 1


def test_the_same_form_twice_is_one_assessment(as_case_manager, case):
    sent = grid(as_case_manager, case, **tap(main("housing")))
    for _ in range(2):
        assert as_case_manager.post(url("assess", case), sent).status_code == 302
    assert (Need.objects.count(), Assessment.objects.count(), len(logged(action="need.assessed"))) == (1, 1, 1)


def test_a_closed_case_is_not_assessed(as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, closed=True)
    sent = grid(as_case_manager, case, **tap(main("housing")))
    with nothing_stored():
        answer = as_case_manager.post(url("assess", case), sent)
    assert "abgeschlossen" in text_of(answer)


# --- Assessed again


def test_a_second_assessment_stands_beside_the_first(as_case_manager, case):
    need = NeedFactory(case=case, urgency="urgent", topic=main("housing"))
    AssessmentFactory(case=case, rated={need: "urgent"})
    sent = grid(as_case_manager, case, **{f"need-{need.pk}-urgency": "can_wait"}, **tap(main("work"), "soon"))
    as_case_manager.post(url("assess", case), sent)
    page = as_case_manager.get(url("needs", case))
    rows = {str(row.need.topic): row for row in page.context["comparison"].rows}
    housing, work = rows[str(main("housing"))], rows[str(main("work"))]
    assert (housing.before.words, housing.now.words, housing.change.words) == (
        "dringend",
        "kann warten",
        "weniger dringend",
    )
    assert (work.before, work.now.words, work.change.words) == (None, "bald", "neu dazugekommen")
    assert "weniger dringend" in text_of(page)
    need.refresh_from_db()
    assert (need.urgency, need.version) == ("can_wait", 2)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (("soon", "open"), ("soon", "open"), "unverändert"),
        (("soon", "open"), ("urgent", "open"), "dringender"),
        (("urgent", "open"), ("soon", "open"), "weniger dringend"),
        (("urgent", "open"), ("urgent", "met"), "erfüllt"),
        (("urgent", "open"), ("urgent", "unmet"), "nicht erfüllt"),
        (("urgent", "open"), ("urgent", "withdrawn"), "zurückgezogen"),
        (("urgent", "met"), ("urgent", "met"), "unverändert"),
        (("soon", "met"), ("urgent", "open"), "wieder offen"),
        (None, ("soon", "open"), "neu dazugekommen"),
        (None, ("soon", "met"), "erfüllt"),
        (("soon", "open"), None, "–"),
    ],
)
def test_a_change_in_words(before, now, words):
    ratings = [NeedRating(urgency=each[0], status=each[1]) if each else None for each in (before, now)]
    assert change_between(*ratings).words == words


def test_there_is_nothing_to_compare_with_one_assessment(case):
    assert compare([], [AssessmentFactory(case=case)]) is None


def test_what_is_met_is_not_asked_again(as_case_manager, case):
    NeedFactory(case=case, met=True)
    unmet = NeedFactory(case=case, unmet=True)
    form = as_case_manager.get(url("assess", case)).context["form"]
    assert [row.instance for row in form.rows] == [unmet]


def test_a_need_of_a_retired_topic_stays_in_the_grid(as_case_manager, case):
    topic = Topic.objects.create(code="old", name="Altes Thema", name_en="Old", valid_until=ago(1))
    need = NeedFactory(case=case, topic=topic)
    form = as_case_manager.get(url("assess", case)).context["form"]
    assert [row.instance for row in form.rows] == [need]
    assert topic.pk not in {fresh.topic.pk for fresh in form.fresh}


def test_two_assess_at_once_and_the_second_sees_both(as_case_manager, as_deputy, case):
    need = NeedFactory(case=case, text="Ein Zimmer.", urgency="soon")
    mine = grid(as_case_manager, case, **{f"need-{need.pk}-text": "Zwei Zimmer."})
    theirs = grid(as_deputy, case, **{f"need-{need.pk}-text": "Drei Zimmer."})
    as_case_manager.post(url("assess", case), mine)
    with nothing_stored():
        answer = as_deputy.post(url("assess", case), theirs)
    (difference,) = answer.context["form"].differences
    assert (difference.typed, difference.stored) == ("Drei Zimmer.", "Zwei Zimmer.")
    again = {field.html_name: field.value() for field in answer.context["form"]}
    as_deputy.post(url("assess", case), {name: value for name, value in again.items() if value is not None})
    need.refresh_from_db()
    assert (need.text, case.assessments.count()) == ("Drei Zimmer.", 2)


def test_a_first_assessment_made_twice_at_once_is_seen(as_case_manager, as_deputy, case):
    sent = [grid(browser, case, **tap(main("housing"))) for browser in (as_case_manager, as_deputy)]
    as_case_manager.post(url("assess", case), sent[0])
    with nothing_stored():
        answer = as_deputy.post(url("assess", case), sent[1])
    assert "Jemand hat inzwischen gespeichert" in text_of(answer)


def test_the_date_may_not_run_backwards(as_case_manager, case):
    AssessmentFactory(case=case, held_on=ago(3))
    with nothing_stored():
        answer = as_case_manager.post(url("assess", case), grid(as_case_manager, case, held_on=german(ago(4))))
    assert "jünger" in errors(answer)["held_on"]


# --- One need


def need_data(browser, address, **typed):
    form = browser.get(address).context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value is not None} | typed


def test_a_need_comes_up_in_between(as_case_manager, case):
    address = url("need_create", case)
    sent = need_data(as_case_manager, address, topic=main("family").pk, urgency="soon", text="Kita-Platz.")
    for _ in range(2):
        assert as_case_manager.post(address, sent)["Location"] == url("needs", case)
    assert (Need.objects.get().text, logged(action="need.added")) == ("Kita-Platz.", ["need.added"])


@pytest.mark.parametrize("value", ["", "999999", "9" * 40, "x"])
def test_a_topic_that_does_not_exist_is_refused(as_case_manager, case, value):
    address = url("need_create", case)
    with nothing_stored():
        answer = as_case_manager.post(address, need_data(as_case_manager, address, topic=value, urgency="soon"))
    assert "topic" in errors(answer)


def test_a_retired_topic_is_not_offered(as_case_manager, case):
    Topic.objects.filter(code="family").update(valid_until=ago(1))
    address = url("need_create", case)
    sent = need_data(as_case_manager, address, topic=main("family").pk, urgency="soon")
    assert "topic" in errors(as_case_manager.post(address, sent))


def test_unmet_says_why(as_case_manager, case):
    need = NeedFactory(case=case, topic=main("housing"))
    address = url("need_change", case, need.pk)
    with nothing_stored():
        answer = as_case_manager.post(address, need_data(as_case_manager, address, status="unmet"))
    assert errors(answer) == {"barrier": "Bitte angeben, woran es liegt."}
    as_case_manager.post(address, need_data(as_case_manager, address, status="unmet", barrier="costs"))
    need.refresh_from_db()
    assert (need.status, need.barrier, need.settled_on) == ("unmet", Barrier.COSTS, ago(0))
    as_case_manager.post(address, need_data(as_case_manager, address, status="open", barrier="costs"))
    need.refresh_from_db()
    assert (need.status, need.barrier, need.settled_on) == ("open", "", None)
    assert Entry.objects.filter(action="need.changed").count() == 2


def test_the_day_stays_while_the_status_does(as_case_manager, case):
    need = NeedFactory(case=case, topic=main("housing"), unmet=True, settled_on=ago(9))
    address = url("need_change", case, need.pk)
    as_case_manager.post(address, need_data(as_case_manager, address, barrier="legal"))
    need.refresh_from_db()
    assert (need.barrier, need.settled_on) == ("legal", ago(9))


def test_a_need_stays_in_its_main_topic(as_case_manager, case):
    need = NeedFactory(case=case, topic=main("housing"))
    address = url("need_change", case, need.pk)
    with nothing_stored():
        answer = as_case_manager.post(address, need_data(as_case_manager, address, topic=main("work").pk))
    assert "topic" in errors(answer)
    as_case_manager.post(address, need_data(as_case_manager, address, topic=main("housing-rent").pk))
    need.refresh_from_db()
    assert need.topic.code == "housing-rent"


def test_a_conflict_keeps_both_texts(as_case_manager, case):
    need = NeedFactory(case=case, topic=main("housing"), text="Alt.")
    address = url("need_change", case, need.pk)
    sent = need_data(as_case_manager, address, text="Meins.")
    Need.objects.filter(pk=need.pk).update(version=2, text="Ihres.")
    answer = as_case_manager.post(address, sent)
    assert [(each.typed, each.stored) for each in answer.context["form"].differences] == [("Meins.", "Ihres.")]


def test_met_with_one_click_and_only_once(as_case_manager, case):
    need = NeedFactory(case=case, topic=main("housing"), unmet=True)
    address = url("need_met", case, need.pk)
    assert "erfüllt" in said(as_case_manager.post(address))
    with nothing_stored():
        assert "schon als erfüllt" in said(as_case_manager.post(address))
    need.refresh_from_db()
    assert (need.status, need.barrier, need.settled_on) == ("met", "", ago(0))


def test_of_two_clicks_from_the_same_page_one_counts(case):
    need = NeedFactory(case=case)
    first, second = Need.objects.get(pk=need.pk), Need.objects.get(pk=need.pk)
    actions.meet_need(first, by=case.created_by)
    with pytest.raises(ChangedMeanwhile):
        actions.meet_need(second, by=case.created_by)
    assert logged(action="need.met") == ["need.met"]


def test_in_a_closed_case_nothing_changes(as_case_manager, case_manager):
    case = CaseFactory(case_manager=case_manager.case_manager, closed=True)
    need, contact = NeedFactory(case=case), NetworkContactFactory(case=case)
    with nothing_stored():
        assert "abgeschlossen" in said(as_case_manager.post(url("need_met", case, need.pk)))
        assert "abgeschlossen" in said(as_case_manager.post(url("network_remove", case, contact.pk)))
        for name, part in (("need_change", need), ("network_change", contact)):
            address = url(name, case, part.pk)
            assert "abgeschlossen" in text_of(as_case_manager.post(address, need_data(as_case_manager, address)))


def test_a_status_nobody_knows_is_refused():
    with pytest.raises(ValidationError):
        Need().settle("gone")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("need_barrier_when_unmet", {"status": "unmet", "settled_on": "2026-01-01"}),
        ("need_barrier_when_unmet", {"barrier": "costs"}),
        ("need_settled_with_day", {"status": "met"}),
        ("need_settled_with_day", {"settled_on": "2026-01-01"}),
    ],
)
def test_the_database_refuses_half_a_need(name, values):
    need = NeedFactory()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Need.objects.filter(pk=need.pk).update(**values)


def test_the_words_of_the_queryset():
    opened, met, unmet = NeedFactory(), NeedFactory(met=True), NeedFactory(unmet=True)
    assert set(Need.objects.open()) == {opened}
    assert set(Need.objects.met()) == {met}
    assert set(Need.objects.unmet()) == {unmet}


def test_who_sees_needs_and_contacts(case, case_manager, deputy, colleague, lead, stranger, coordination):
    need, contact = NeedFactory(case=case), NetworkContactFactory(case=case)
    rating = NeedRating.objects.create(
        assessment=AssessmentFactory(case=case), need=need, urgency="soon", status="open"
    )
    for record in (need, contact, rating, rating.assessment):
        rows = type(record).objects
        assert set(rows.visible_to(case_manager)) == set(rows.visible_to(deputy)) == {record}
        for user in (colleague, lead, stranger, coordination):
            assert not rows.visible_to(user).exists()


# --- Health


def test_health_has_no_words_without_the_consent(as_case_manager, case):
    health = main("health")
    need = NeedFactory(case=case, topic=main("health-therapy"), text="Schläft schlecht.")
    assert "Schläft schlecht." not in text_of(as_case_manager.get(url("needs", case)))
    assert "Schläft schlecht." not in text_of(as_case_manager.get(url("assess", case)))
    change = url("need_change", case, need.pk)
    assert "Schläft schlecht." not in text_of(as_case_manager.get(change))
    as_case_manager.post(change, need_data(as_case_manager, change, urgency="soon", text="Neu."))
    as_case_manager.post(url("assess", case), grid(as_case_manager, case, **tap(health, "soon", text="Neu.")))
    assert sorted(Need.objects.values_list("urgency", flat=True)) == ["soon", "soon"]
    assert {need.text for need in Need.objects.all()} == {"Schläft schlecht.", ""}
    create = url("need_create", case)
    answer = as_case_manager.post(create, need_data(as_case_manager, create, topic=health.pk, urgency="soon", text="x"))
    assert "fehlt die Einwilligung" in errors(answer)["text"]


def test_health_has_words_with_the_consent(as_case_manager, case):
    ConsentFactory(client=case.client, purpose="health")
    NeedFactory(case=case, topic=main("health-therapy"), text="Schläft schlecht.")
    assert "Schläft schlecht." in text_of(as_case_manager.get(url("needs", case)))
    as_case_manager.post(url("assess", case), grid(as_case_manager, case, **tap(main("health"), "soon", text="Neu.")))
    assert {need.text for need in Need.objects.all()} == {"Schläft schlecht.", "Neu."}


# --- The network


def test_a_contact_is_entered_changed_and_removed(as_case_manager, case):
    address = url("network_create", case)
    sent = need_data(as_case_manager, address, label="Tante", kind="family", closeness="near")
    for _ in range(2):
        assert as_case_manager.post(address, sent)["Location"] == url("network", case)
    contact = NetworkContact.objects.get()
    change = url("network_change", case, contact.pk)
    institution = InstitutionFactory()
    as_case_manager.post(change, need_data(as_case_manager, change, institution=institution.pk, help_given="Kocht."))
    contact.refresh_from_db()
    assert (contact.label, contact.institution, contact.help_given) == ("Tante", institution, "Kocht.")
    assert "Tante" in text_of(as_case_manager.get(url("network", case)))
    as_case_manager.post(url("network_remove", case, contact.pk))
    assert not NetworkContact.objects.exists()
    assert logged(subject=case.audit_name) == ["network.added", "network.changed", "network.read", "network.removed"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", ""),
        ("label", "x" * 101),
        ("label", "a\nb"),
        ("kind", "pet"),
        ("closeness", ""),
        ("institution", "9" * 40),
        ("help_given", "a\u202eb"),
    ],
)
def test_a_contact_that_makes_no_sense_is_refused(as_case_manager, case, field, value):
    address = url("network_create", case)
    sent = need_data(as_case_manager, address, label="Tante", kind="family", closeness="near")
    with nothing_stored():
        answer = as_case_manager.post(address, sent | {field: value})
    assert set(errors(answer)) == {field}


def test_what_is_typed_is_text(as_case_manager, case):
    NetworkContactFactory(case=case, label="<script>alert(1)</script> 🦋 خالة")
    page = text_of(as_case_manager.get(url("network", case)))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 🦋 خالة" in page


def test_the_drawing_has_every_contact_once_inside_its_ring(case):
    kinds, distances = NetworkContact.Kind.values, NetworkContact.Closeness.values
    contacts = [
        NetworkContact(case=case, label=f"{kind} {distance} {n}", kind=kind, closeness=distance)
        for kind in kinds for distance in distances for n in range(4)
    ]  # fmt: skip
    drawn = network_map(contacts)
    assert [dot.number for dot in drawn.dots] == list(range(1, len(contacts) + 1))
    assert len({(dot.x, dot.y) for dot in drawn.dots}) == len(contacts)
    for dot, contact in zip(drawn.dots, contacts, strict=True):
        inner, outer = RINGS[contact.closeness]
        assert inner < ((dot.x - CENTRE) ** 2 + (dot.y - CENTRE) ** 2) ** 0.5 < outer < SIZE / 2
