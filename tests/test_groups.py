"""A talk with several people: one entry, a record in each file, and no file says who else was there."""

import threading

import pytest
from django.db import connection, connections
from django.utils import timezone
from django.utils.html import escape

from cases.forms.consultations import owner_token
from cases.forms.groups import MOST, GroupForm
from cases.models import Case, Consultation, Draft, FollowUp
from districts.models import Topic
from tests.case_forms import (
    NO_SUCH_NUMBER,
    ago,
    consultation_data,
    errors,
    german,
    logged,
    nothing_stored,
    queries,
    said,
    shown,
    text_of,
    url,
    without_none,
)
from tests.factories import CaseFactory, ConsentFactory, ConsultationFactory, DraftFactory

GROUP, CREATE = url("consultation_group"), url("consultation_create")
HTMX = {"HX-Request": "true"}
NAMES = ("Zweifelhard", "Quittenblau", "Hagebutt")
NOTES = ("Weinbergschnecke", "Regenwurm", "Flüstertüte")


@pytest.fixture
def post(case_manager):
    return case_manager.case_manager


@pytest.fixture
def cases(post):
    return [
        CaseFactory(case_manager=post, client__given_names="", client__family_name=name, protected=name == "Hagebutt")
        for name in NAMES
    ]


def group_data(cases, **typed):
    """A filled form for several people; None leaves a field out."""
    shared = consultation_data(note=None, fall=cases[0].number, shared_note="Gemeinsam gekocht.")
    own = {f"{case.number}-note": note for case, note in zip(cases, NOTES, strict=False)}
    return without_none(shared | own | {"person": [case.number for case in cases], "save": "close"} | typed)


def save(browser, cases, **typed):
    return browser.post(GROUP, group_data(cases, **typed))


# --- What each file holds


def test_every_file_holds_the_common_and_its_own_part(as_case_manager, case_manager, cases):
    topic = Topic.objects.main()[0]
    step = {f"{cases[1].number}-next_text": "Nachfragen.", f"{cases[1].number}-next_due_on": german(ago(-7))}
    answer = save(as_case_manager, cases, topics=[topic.pk], indirect_minutes="20", **step)
    assert answer.url == url("today")
    assert said(answer) == "Das Gespräch steht in 3 Akten."
    entries = [Consultation.objects.get(case=case) for case in cases]
    assert [entry.note for entry in entries] == list(NOTES)
    assert {entry.shared_note for entry in entries} == {"Gemeinsam gekocht."}
    assert len({entry.group_key for entry in entries}) == 1
    assert {(entry.group_size, entry.minutes, entry.indirect_minutes) for entry in entries} == {(3, 30, 20)}
    assert [entry.track for entry in entries] == [case.track for case in cases]
    assert all(list(entry.topics.all()) == [topic] and entry.created_by == case_manager for entry in entries)
    assert [(step.case, step.text) for step in FollowUp.objects.all()] == [(cases[1], "Nachfragen.")]
    assert {case.last_contact_on for case in Case.objects.all()} == {timezone.localdate()}
    assert logged() == ["consultation.logged"] * 3


def test_no_file_names_or_links_the_others(as_case_manager, cases):
    save(as_case_manager, cases)
    for place, case in enumerate(cases):
        entry = Consultation.objects.get(case=case)
        parts = [url(name, case) for name in ("detail", "consultation_list", "print")]
        for page in (*parts, url("consultation_change", case, entry.pk), url("consultation_delete", case, entry.pk)):
            text = text_of(as_case_manager.get(page))
            if page in parts:
                assert "Gemeinsam gekocht." in text
                assert "mit 2 weiteren Personen" in text
                assert NOTES[place] in text
            others = [other for other in range(3) if other != place]
            hidden = [cases[other].number for other in others]
            hidden += [word for other in others for word in (NAMES[other], NOTES[other])]
            assert not [word for word in hidden if escape(word) in text], page


def test_a_single_talk_says_nothing_about_others(as_case_manager, cases):
    ConsultationFactory(case=cases[0])
    assert "weiteren Person" not in text_of(as_case_manager.get(url("detail", cases[0])))


def test_two_people_are_one_more(as_case_manager, cases):
    save(as_case_manager, cases[:2])
    assert "mit 1 weiteren Person<" in text_of(as_case_manager.get(url("detail", cases[0])))


def test_one_file_is_changed_and_deleted_apart(as_case_manager, cases):
    save(as_case_manager, cases)
    mine = Consultation.objects.get(case=cases[0])
    others = list(Consultation.objects.exclude(pk=mine.pk).order_by("pk").values())
    target = url("consultation_change", cases[0], mine.pk)
    typed = shown(as_case_manager.get(target))
    assert typed["shared_note"] == "Gemeinsam gekocht."
    as_case_manager.post(target, typed | {"shared_note": "Nur hier anders.", "note": "Neu."})
    mine.refresh_from_db()
    assert (mine.shared_note, mine.note, mine.group_size) == ("Nur hier anders.", "Neu.", 3)
    assert list(Consultation.objects.exclude(pk=mine.pk).order_by("pk").values()) == others
    as_case_manager.post(url("consultation_delete", cases[0], mine.pk))
    assert list(Consultation.objects.order_by("pk").values()) == others


def test_a_single_entry_has_no_common_note_to_change(as_case_manager, cases):
    entry = ConsultationFactory(case=cases[0])
    target = url("consultation_change", cases[0], entry.pk)
    typed = shown(as_case_manager.get(target))
    assert "shared_note" not in typed
    as_case_manager.post(target, typed | {"shared_note": "Untergeschoben."})
    entry.refresh_from_db()
    assert entry.shared_note == ""


def test_what_is_private_is_private_in_every_file(as_case_manager, as_deputy, cases):
    save(as_case_manager, cases[:2], is_private="on")
    for case in cases[:2]:
        assert "Gemeinsam gekocht." in text_of(as_case_manager.get(url("detail", case)))
        assert "Gemeinsam gekocht." not in text_of(as_deputy.get(url("detail", case)))


# --- Once


def test_the_second_submit_answers_with_the_first(as_case_manager, cases):
    data = group_data(cases)
    first, second = as_case_manager.post(GROUP, data), as_case_manager.post(GROUP, data)
    assert first.url == second.url
    assert Consultation.objects.count() == 3
    assert logged() == ["consultation.logged"] * 3


@pytest.mark.parametrize("change", ["note", "fewer", "others", "shared"])
def test_a_changed_second_submit_is_no_second_group(as_case_manager, post, cases, change):
    data = group_data(cases[:2])
    as_case_manager.post(GROUP, data)
    changed = {
        "note": {f"{cases[1].number}-note": "Anders."},
        "fewer": {"person": [cases[0].number, cases[2].number]},
        "others": {"person": [CaseFactory(case_manager=post).number, cases[2].number]},
        "shared": {"shared_note": "Anders."},
    }[change]
    with nothing_stored():
        answer = as_case_manager.post(GROUP, data | changed)
    assert "schon gespeichert" in errors(answer)["__all__"]
    assert answer.context["form"]["form_key"].value() != data["form_key"]


def test_a_form_key_of_somebody_else_saves_nothing(as_case_manager, as_colleague, colleague, cases):
    key = str(ConsultationFactory(case__case_manager=colleague.case_manager).form_key)
    with nothing_stored():
        answer = save(as_case_manager, cases, form_key=key)
    assert errors(answer)["__all__"] == "Dieses Formular gehört nicht hierher. Bitte neu öffnen."


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs two connections at once")
def test_two_submits_at_the_same_time_make_one_group(client_of, case_manager, cases):
    data = group_data(cases)
    browsers, answers = [client_of(case_manager) for _ in range(4)], []

    def send(browser, people):
        try:
            answers.append(browser.post(GROUP, data | {"person": people}).status_code)
        finally:
            connections.close_all()

    numbers = [case.number for case in cases]
    orders = [numbers, numbers[::-1], numbers, numbers[::-1]]
    threads = [threading.Thread(target=send, args=pair) for pair in zip(browsers, orders, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 4
    assert Consultation.objects.count() == 3


def test_a_case_closed_meanwhile_saves_nothing_for_anybody(as_case_manager, cases):
    held = group_data(cases[:2])
    Case.objects.filter(pk=cases[1].pk).update(closed_on=ago(1), status="closed", closing_reason="other")
    with nothing_stored():
        answer = as_case_manager.post(GROUP, held)
    assert errors(answer)["held_on"].startswith(f"{cases[1].number}: Der Fall ist seit")


# --- Who may take part


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("values", [{"withdrawn_on": ago(0)}, {"valid_until": ago(1)}])
def test_no_conference_about_anybody_who_has_withdrawn(as_case_manager, cases, position, values):
    ConsentFactory(client=cases[position].client, purpose="case_conference", **values)
    with nothing_stored():
        answer = save(as_case_manager, cases, kind="case_conference")
    assert errors(answer)["kind"].startswith(f"{cases[position].number}: Die Person willigt nicht mehr")
    assert save(as_case_manager, cases, kind="office").status_code == 302


def test_a_conference_is_refused_past_the_form_for_everybody(as_case_manager, cases, monkeypatch):
    monkeypatch.setattr(GroupForm, "_respect_withdrawal", lambda form, cleaned: None)
    ConsentFactory(client=cases[1].client, purpose="case_conference", withdrawn_on=ago(0))
    with nothing_stored():
        assert "willigt nicht mehr in Fallkonferenzen ein" in text_of(
            save(as_case_manager, cases, kind="case_conference")
        )


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_foreign_person_makes_the_page_not_exist(as_case_manager, colleague, stranger, cases, method):
    for number in (
        CaseFactory(case_manager=colleague.case_manager).number,
        CaseFactory(case_manager=stranger.case_manager).number,
        NO_SUCH_NUMBER,
        "x",
        "\x00",
        "9" * 400,
    ):
        data = group_data(cases) | {"person": [cases[0].number, number]}
        with nothing_stored():
            assert getattr(as_case_manager, method)(GROUP, data).status_code == 404
    with nothing_stored():
        assert as_case_manager.post(GROUP, group_data(cases) | {"add": NO_SUCH_NUMBER}).status_code == 404


def test_a_deputy_mixes_own_and_deputised_but_nobody_protected(as_deputy, deputy, cases):
    own = CaseFactory(case_manager=deputy.case_manager)
    with nothing_stored():
        assert save(as_deputy, [own, cases[2]]).status_code == 404
    assert save(as_deputy, [own, cases[0]]).status_code == 302
    entries = {entry.case_id: entry for entry in Consultation.objects.all()}
    assert entries[own.pk].case_manager == deputy.case_manager
    assert entries[cases[0].pk].case_manager == cases[0].case_manager
    assert entries[cases[0].pk].is_by_deputy


def test_people_are_found_by_a_few_letters(as_case_manager, colleague, cases):
    CaseFactory(case_manager=colleague.case_manager, client__family_name="Quittengelb")
    CaseFactory(case_manager=cases[0].case_manager, client__family_name="Quittenrot", closed=True)
    page = as_case_manager.post(GROUP, {"person": cases[0].number, "q": "quitt"}, headers=HTMX)
    assert [case.client.family_name for case in page.context["found"]] == ["Quittenblau"]
    assert f'name="add" value="{cases[1].number}"' in text_of(page)
    page = as_case_manager.post(GROUP, {"person": cases[1].number, "q": "quitt"})
    assert page.context["found"] == []
    assert "keinen offenen Fall" in text_of(page)


@pytest.mark.parametrize("q", ["\x00", "x" * 300, "a\u202e"])
def test_a_broken_search_says_so_and_keeps_the_list(as_case_manager, cases, q):
    page = as_case_manager.post(GROUP, group_data(cases, save=None) | {"q": q})
    assert page.context["search"].errors["q"]
    assert [case.number for case in page.context["cases"]] == [case.number for case in cases]


def test_nothing_typed_is_lost_while_people_come_and_go(as_case_manager, cases):
    data = group_data(cases[:2], save=None, held_on="31.02.2026", minutes_tapped="other", minutes_typed="17")
    with nothing_stored():
        page = as_case_manager.post(GROUP, data | {"add": cases[2].number})
    assert [case.number for case in page.context["cases"]] == [case.number for case in cases]
    assert not page.context["form"].is_bound
    sent = data | {"person": [case.number for case in page.context["cases"]]}
    for value in ("Gemeinsam gekocht.", "31.02.2026", "17", *NOTES[:2], data["form_key"]):
        assert value in text_of(page)
    page = as_case_manager.post(GROUP, sent | {"remove": cases[0].number})
    assert [case.number for case in page.context["cases"]] == [case.number for case in cases[1:]]
    assert NOTES[1] in text_of(page)
    assert NOTES[0] not in text_of(page)


def test_without_anybody_the_page_only_asks_who_it_was(as_case_manager, cases):
    page = as_case_manager.get(GROUP)
    assert page.context["form"] is None
    assert "consultation-form" not in text_of(page)
    assert as_case_manager.post(GROUP, {"save": "close"}).status_code == 200


# --- What the form refuses


def test_one_person_is_no_group(as_case_manager, cases):
    with nothing_stored():
        answer = save(as_case_manager, cases[:1])
    assert "mindestens zwei Personen" in errors(answer)["__all__"]


def test_too_many_people_are_refused(as_case_manager, post):
    people = CaseFactory.create_batch(MOST + 1, case_manager=post)
    with nothing_stored():
        answer = save(as_case_manager, people)
    assert errors(answer)["__all__"] == f"Bitte höchstens {MOST} Personen auf einmal eintragen."
    assert save(as_case_manager, people[:MOST]).status_code == 302


def test_the_same_person_twice_is_one(as_case_manager, cases):
    save(as_case_manager, cases[:2], person=[cases[0].number, cases[1].number, cases[0].number.lower()])
    assert Consultation.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"held_on": german(ago(31))}, "held_on"),
        ({"held_on": german(ago(-1))}, "held_on"),
        ({"shared_note": "a\x00"}, "shared_note"),
        ({"indirect_minutes": "721"}, "indirect_minutes"),
        ({"indirect_minutes": "-1"}, "indirect_minutes"),
        ({"indirect_minutes": "1.000"}, "indirect_minutes"),
        ({"indirect_minutes": "9" * 40}, "indirect_minutes"),
        ({"waiting_minutes": "31"}, "waiting_minutes"),
        ({"kind": "\x00"}, "kind"),
        ({"topics": "9" * 40}, "topics"),
        ({"form_key": "x"}, "form_key"),
        ({"form_key": None}, "form_key"),
    ],
)
def test_the_common_part_refuses_in_german(as_case_manager, cases, typed, field):
    with nothing_stored():
        answer = save(as_case_manager, cases, **typed)
    assert list(errors(answer)) == [field]
    assert NOTES[0] in text_of(answer)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"note": "a\u202e"}, "note"),
        ({"note": "x" * 20001}, "note"),
        ({"next_text": "Nachfragen."}, "next_due_on"),
        ({"next_due_on": german(ago(-3))}, "next_text"),
        ({"next_text": "Nachfragen.", "next_due_on": german(ago(1))}, "next_due_on"),
        ({"next_text": "Nachfragen.", "next_due_on": "31.02.2027"}, "next_due_on"),
        ({"next_text": "Nachfragen.", "next_due_on": german(ago(-1)), "next_due_at": "25:00"}, "next_due_at"),
        ({"next_text": "y" * 501, "next_due_on": german(ago(-1))}, "next_text"),
    ],
)
def test_one_persons_part_refuses_for_all(as_case_manager, cases, typed, field):
    with nothing_stored():
        answer = save(as_case_manager, cases, **{f"{cases[1].number}-{name}": value for name, value in typed.items()})
    assert errors(answer) == {"__all__": f"Bitte die Angaben zu {cases[1].number} prüfen."}
    person = answer.context["form"].people[1]
    assert list(person.errors) == [field]
    assert escape(person.errors[field][0]) in text_of(answer)
    assert f"#id_{cases[1].number}-{field}" in text_of(answer)


def test_a_talk_says_what_it_was_about(as_case_manager, cases):
    empty = {f"{case.number}-note": "" for case in cases}
    with nothing_stored():
        assert "topics" in errors(save(as_case_manager, cases, shared_note="", **empty))
        partly = empty | {f"{cases[0].number}-note": "Nur einer."}
        assert "topics" in errors(save(as_case_manager, cases, shared_note="", **partly))
    assert save(as_case_manager, cases, shared_note="").status_code == 302


# --- From the form for one, drafts, the end of the session


def test_the_form_for_one_goes_on_as_a_group(as_case_manager, case_manager, cases):
    typed = consultation_data(cases[0], note=NOTES[0], save="group", minutes_tapped="45")
    answer = as_case_manager.post(CREATE, typed)
    draft = Draft.objects.get()
    assert answer.url == f"{GROUP}?fall={cases[0].number}&entwurf={draft.pk}"
    form = as_case_manager.get(answer.url).context["form"]
    assert form.people[0]["note"].value() == NOTES[0]
    assert not form["shared_note"].value()
    assert (form["minutes_tapped"].value(), form["form_key"].value()) == ("45", typed["form_key"])
    save(as_case_manager, cases, form_key=typed["form_key"])
    assert not Draft.objects.exists()


def test_a_saved_form_does_not_go_on(as_case_manager, cases):
    typed = consultation_data(cases[0])
    as_case_manager.post(CREATE, typed)
    answer = as_case_manager.post(CREATE, typed | {"save": "group"})
    assert answer.url == url("detail", cases[0])
    assert not Draft.objects.exists()


def test_a_draft_of_a_group_comes_back_whole(as_case_manager, cases):
    as_case_manager.post(url("draft_save"), group_data(cases, save=None))
    draft = Draft.objects.get()
    assert (draft.is_group, draft.case) == (True, cases[0])
    page = as_case_manager.get(draft.url)
    assert [case.number for case in page.context["cases"]] == [case.number for case in cases]
    for text in ("Gemeinsam gekocht.", *NOTES):
        assert text in text_of(page)


def test_a_draft_leaves_out_who_is_not_there_any_more(as_case_manager, colleague, cases):
    as_case_manager.post(url("draft_save"), group_data(cases, save=None))
    Case.objects.filter(pk=cases[1].pk).update(case_manager=colleague.case_manager)
    page = as_case_manager.get(Draft.objects.get().url)
    assert [case.number for case in page.context["cases"]] == [cases[0].number, cases[2].number]
    assert NOTES[1] not in text_of(page)


def test_a_draft_of_somebody_else_does_not_exist(as_case_manager, as_deputy, cases):
    draft = DraftFactory(case=cases[0], is_group=True)
    assert as_case_manager.get(draft.url).status_code == 200
    assert as_deputy.get(draft.url).status_code == 404
    assert as_case_manager.get(f"{GROUP}?entwurf=x").status_code == 404


def test_what_is_sent_after_the_session_ended_is_kept(client, case_manager, cases):
    answer = client.post(GROUP, group_data(cases, owner=owner_token(case_manager)))
    draft = Draft.objects.get()
    assert (draft.user, draft.is_group) == (case_manager, True)
    assert answer.status_code == 302
    assert "gruppe" in answer.url
    assert not Consultation.objects.exists()


def test_a_form_of_a_colleague_is_not_saved(as_case_manager, colleague, cases):
    with nothing_stored():
        assert save(as_case_manager, cases, owner=owner_token(colleague)).status_code == 403


# --- Work without the person


def test_work_without_the_person_is_one_tap_from_the_file(as_case_manager, cases):
    link = f"{CREATE}?fall={cases[0].number}&amp;art=network"
    assert link in text_of(as_case_manager.get(url("detail", cases[0])))
    form = as_case_manager.get(CREATE, {"fall": cases[0].number, "art": "network"}).context["form"]
    assert (form["kind"].value(), form["minutes_tapped"].value()) == ("network", "15")
    form = as_case_manager.get(CREATE, {"fall": cases[0].number, "art": "\x00"}).context["form"]
    assert form["kind"].value() == "office"


@pytest.mark.parametrize(("typed", "kept"), [("", None), ("0", 0), ("720", 720)])
def test_preparation_is_kept_apart_from_the_talk(as_case_manager, cases, typed, kept):
    as_case_manager.post(CREATE, consultation_data(cases[0], indirect_minutes=typed))
    entry = Consultation.objects.get()
    assert (entry.minutes, entry.indirect_minutes) == (30, kept)


# --- How much it asks the database


@pytest.mark.parametrize("number", [2, 12])
def test_the_form_does_not_ask_per_person(as_case_manager, post, number):
    people = CaseFactory.create_batch(number, case_manager=post)
    asked = {"person": [case.number for case in people]}
    assert queries(lambda: as_case_manager.get(GROUP, asked)) == 10
