"""Logging a consultation: from anywhere, once, without losing a character; drafts; what is to be done next."""

import json
import uuid
from datetime import time

import pytest
from django.core.exceptions import ValidationError
from django.core.signing import TimestampSigner
from django.db import connection
from django.utils import timezone
from django.utils.html import escape

from cases.actions.consultations import log_consultation
from cases.forms.consultations import OWNER_SALT, owner_token
from cases.models import Case, Consultation, Draft, FollowUp
from districts.models import CaseManager, Substitution, Topic
from kim.audit.models import Entry
from kim.users.models import User
from kim.web.middleware import SESSION_SEEN
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
)
from tests.factories import (
    PASSWORD,
    CaseFactory,
    ConsultationFactory,
    DistrictFactory,
    DraftFactory,
    FollowUpFactory,
    InstitutionFactory,
    TopicFactory,
    TrackFactory,
)

CREATE, WITHOUT_CASE = url("consultation_create"), url("consultation_without_case")
HTMX = {"HX-Request": "true"}
SECRET = "Streng vertraulich: ኣብ ኮሎኝ, „Größe“ & <b>محمد</b>"


@pytest.fixture
def post(case_manager):
    return case_manager.case_manager


@pytest.fixture
def case(post):
    return CaseFactory(case_manager=post)


@pytest.fixture
def foreign(stranger):
    return CaseFactory(case_manager=stranger.case_manager)


def log(browser, case=None, **typed):
    return browser.post(CREATE, consultation_data(case, **typed))


# --- Saving


def test_a_consultation_is_logged_with_all_that_follows(as_case_manager, case_manager, provider, case):
    topics = [TopicFactory(code="a"), TopicFactory(code="b", parent=TopicFactory(code="a"))]
    institution = InstitutionFactory()
    answer = log(
        as_case_manager, case, note=SECRET, topics=[topic.pk for topic in topics], language="ar", kind="outreach",
        interpreter="professional", institution=institution.pk, waiting_minutes="30", is_private="on",
        minutes_tapped="other", minutes_typed="75", next_text="Im Jobcenter nachfragen.",
        next_due_on=german(ago(-7)), next_due_at="9:30",
    )  # fmt: skip
    saved = Consultation.objects.get()
    assert answer.url == url("detail", case)
    assert (saved.note, saved.minutes, saved.waiting_minutes, saved.kind) == (SECRET, 75, 30, "outreach")
    assert (saved.language_id, saved.interpreter, saved.institution) == ("ar", "professional", institution)
    assert (set(saved.topics.all()), saved.is_private) == (set(topics), True)
    assert (saved.case, saved.track, saved.district, saved.provider) == (case, case.track, case.district, provider)
    assert (saved.case_manager.user, saved.created_by) == (case_manager, case_manager)
    follow_up = FollowUp.objects.get()
    assert (follow_up.text, follow_up.due_on, follow_up.due_at) == ("Im Jobcenter nachfragen.", ago(-7), time(9, 30))
    assert (follow_up.case, follow_up.created_by) == (case, case_manager)
    case.refresh_from_db()
    assert (case.last_contact_on, case.version) == (ago(0), 1)
    assert logged() == ["consultation.logged"]
    assert escape(SECRET) in text_of(as_case_manager.get(url("detail", case)))


def test_saving_and_the_next_leads_to_an_empty_choice(as_case_manager, case):
    assert log(as_case_manager, case, save="next").url == CREATE
    answer = as_case_manager.post(CREATE, consultation_data(case), headers=HTMX)
    assert answer.headers["HX-Redirect"] == url("detail", case)


@pytest.mark.parametrize(("kind", "counts"), [("phone", True), ("no_show", False), ("case_conference", False)])
def test_only_a_contact_with_the_person_is_a_contact(as_case_manager, case, kind, counts):
    log(as_case_manager, case, kind=kind)
    case.refresh_from_db()
    assert case.last_contact_on == (ago(0) if counts else None)


def test_an_older_consultation_leaves_the_last_contact(as_case_manager, case):
    log(as_case_manager, case, held_on=german(ago(2)))
    log(as_case_manager, case, held_on=german(ago(9)))
    case.refresh_from_db()
    assert case.last_contact_on == ago(2)


def test_a_deputy_logs_in_place_of_the_case_manager(as_deputy, deputy, case_manager, case):
    log(as_deputy, case)
    saved = Consultation.objects.get()
    assert (saved.case_manager.user, saved.created_by, saved.is_by_deputy) == (case_manager, deputy, True)
    assert "Dana Vertretung (i. V.)" in " ".join(text_of(as_deputy.get(url("detail", case))).split())
    assert Entry.objects.get(action="consultation.logged").details == {"deputy": True}


def test_a_consultation_without_a_case(as_case_manager, case_manager, provider, post):
    kalk = DistrictFactory()
    typed = consultation_data(track=TrackFactory().pk, district=kalk.pk, is_private="on", next_text="Nichts.")
    answer = as_case_manager.post(WITHOUT_CASE, typed)
    saved = Consultation.objects.get()
    assert answer.url == url("today")
    assert (saved.case, saved.district, saved.provider, saved.case_manager) == (None, kalk, provider, post)
    assert not saved.is_private
    assert not FollowUp.objects.exists()
    assert Entry.objects.get().subject == f"consultation:{saved.pk}"


@pytest.mark.parametrize(("held_on", "fine"), [(30, True), (31, False), (0, True), (-1, False)])
def test_a_consultation_lies_between_opening_and_today(as_case_manager, case, held_on, fine):
    answer = log(as_case_manager, case, held_on=german(ago(held_on)))
    assert Consultation.objects.exists() is fine
    assert fine or list(errors(answer)) == ["held_on"]


@pytest.mark.parametrize(("held_on", "fine"), [(10, True), (9, False)])
def test_a_consultation_is_added_up_to_the_closing(as_case_manager, post, held_on, fine):
    case = CaseFactory(case_manager=post, closed=True, closed_on=ago(10))
    answer = log(as_case_manager, case, held_on=german(ago(held_on)))
    assert Consultation.objects.exists() is fine
    assert fine or f"Der Fall ist seit {german(ago(10))} abgeschlossen." in errors(answer)["held_on"]


# --- Once, however often it is sent


def test_a_double_click_saves_once(as_case_manager, case):
    typed = consultation_data(case, next_text="Anrufen.", next_due_on=german(ago(-1)))
    first, second = (as_case_manager.post(CREATE, typed) for _ in range(2))
    assert first.url == second.url == url("detail", case)
    assert (Consultation.objects.count(), FollowUp.objects.count()) == (1, 1)
    assert logged() == ["consultation.logged"]


def test_going_back_and_saving_again_answers_with_the_first_result(as_case_manager, case):
    typed = consultation_data(case)
    as_case_manager.post(CREATE, typed)
    with nothing_stored():
        assert as_case_manager.post(CREATE, typed).url == url("detail", case)


def test_going_back_and_changing_the_text_loses_it_nowhere(as_case_manager, case):
    typed = consultation_data(case, note="Zuerst.")
    as_case_manager.post(CREATE, typed)
    with nothing_stored():
        answer = as_case_manager.post(CREATE, typed | {"note": "Noch etwas."})
    assert "schon gespeichert, Ihre Änderung noch nicht" in text_of(answer)
    assert "Noch etwas." in text_of(answer)
    again = answer.context["form"]["form_key"].value()
    as_case_manager.post(CREATE, typed | {"note": "Noch etwas.", "form_key": again})
    assert {row.note for row in Consultation.objects.all()} == {"Zuerst.", "Noch etwas."}


def test_going_back_and_adding_a_next_step_does_not_drop_it(as_case_manager, case):
    typed = consultation_data(case)
    as_case_manager.post(CREATE, typed)
    with nothing_stored():
        answer = as_case_manager.post(CREATE, typed | {"next_text": "Anrufen.", "next_due_on": german(ago(-3))})
    assert "schon gespeichert, Ihre Änderung noch nicht" in text_of(answer)
    assert "Anrufen." in text_of(answer)


def test_a_case_closed_meanwhile_takes_no_later_consultation(case_manager, case):
    late = Consultation(
        case=case, held_on=ago(0), minutes=30, track=case.track, provider=case.provider, case_manager=case.case_manager
    )
    closed = {"closed_on": ago(1), "status": "closed", "closing_reason": "other"}
    Case.objects.filter(pk=case.pk).update(**closed)
    with nothing_stored(), pytest.raises(ValidationError, match="inzwischen zu einem früheren Tag abgeschlossen"):
        log_consultation(late, topics=[], follow_up=None, by=case_manager)


def test_two_tabs_of_one_case_are_two_consultations(as_case_manager, case):
    for note in ("Vormittags.", "Nachmittags."):
        log(as_case_manager, case, note=note)
    assert {row.note for row in Consultation.objects.all()} == {"Vormittags.", "Nachmittags."}


def test_two_opened_forms_have_two_keys(as_case_manager, case):
    first, second = (shown(as_case_manager.get(CREATE, {"fall": case.number})) for _ in range(2))
    assert first["form_key"] != second["form_key"]


# --- What is foreign


def test_a_foreign_form_key_saves_nothing(as_case_manager, as_stranger, case, foreign):
    typed = consultation_data(foreign)
    as_stranger.post(CREATE, typed)
    with nothing_stored():
        answer = as_case_manager.post(CREATE, typed | {"fall": case.number})
    assert errors(answer) == {"__all__": "Dieses Formular gehört nicht hierher. Bitte neu öffnen."}
    assert typed["note"] in text_of(answer)


def test_a_form_somebody_else_opened_is_not_saved_in_ones_own_name(as_deputy, deputy, case_manager, case):
    with nothing_stored():
        for path in (CREATE, url("draft_save")):
            typed = consultation_data(case, owner=owner_token(case_manager))
            assert as_deputy.post(path, typed).status_code == 403
    assert log(as_deputy, case, owner=owner_token(deputy)).status_code == 302


@pytest.mark.parametrize("number", [NO_SUCH_NUMBER, "x", "K-7F3K\x00", "K-٣٣٣٣-٣٣", "' OR 1=1 --", "a" * 5000])
def test_a_case_that_does_not_exist(as_case_manager, number):
    with nothing_stored():
        assert as_case_manager.post(CREATE, consultation_data(fall=number)).status_code == 404
        assert as_case_manager.get(CREATE, {"fall": number}).status_code == 404
        assert as_case_manager.post(url("draft_save"), consultation_data(fall=number)).status_code == 404


def test_what_was_counselled_without_a_case_stays_with_the_provider(case_manager, stranger):
    """Also where an account has gone to another Träger, which the Systemverwaltung refuses now."""
    post = case_manager.case_manager
    mine = ConsultationFactory(anonymous=True, case_manager=post)
    assert set(Consultation.objects.visible_to(case_manager)) == {mine}
    CaseManager.objects.filter(pk=post.pk).update(provider=stranger.case_manager.provider)
    assert not Consultation.objects.visible_to(User.objects.get(pk=case_manager.pk)).exists()


@pytest.mark.parametrize("path", [CREATE, url("draft_save")])
def test_a_strangers_case_answers_like_none(as_case_manager, foreign, path):
    with nothing_stored():
        found = as_case_manager.post(path, consultation_data(foreign))
        missing = as_case_manager.post(path, consultation_data(fall=NO_SUCH_NUMBER))
    assert (found.status_code, missing.status_code) == (404, 404)
    assert text_of(found) == text_of(missing)


def test_a_protected_case_is_no_deputys(as_deputy, post):
    case = CaseFactory(case_manager=post, protected=True)
    with nothing_stored():
        assert log(as_deputy, case).status_code == 404


@pytest.mark.parametrize("path", [CREATE, WITHOUT_CASE, url("draft_save")])
@pytest.mark.parametrize("who", ["as_lead", "as_coordination", "as_data_protection", "as_admin"])
def test_who_does_not_counsel_logs_nothing(request, who, path, case):
    with nothing_stored():
        assert request.getfixturevalue(who).post(path, consultation_data(case)).status_code == 403


@pytest.mark.parametrize(
    ("field", "chosen"),
    [
        ("topics", lambda: TopicFactory(code="old", valid_until=ago(1)).pk),
        ("topics", lambda: TopicFactory(code="new", valid_from=ago(-1)).pk),
        ("institution", lambda: InstitutionFactory(is_active=False).pk),
    ],
)
def test_what_is_no_longer_offered_cannot_be_chosen(as_case_manager, case, field, chosen):
    typed = {field: chosen()}
    with nothing_stored():
        assert list(errors(log(as_case_manager, case, **typed))) == [field]


def test_without_a_case_only_ones_own_tracks(as_case_manager):
    foreign = TrackFactory(code="women")
    with nothing_stored():
        answer = as_case_manager.post(WITHOUT_CASE, consultation_data(track=foreign.pk, district="99"))
    assert set(errors(answer)) == {"track", "district"}


def test_fields_nobody_offered_are_ignored(as_case_manager, case_manager, case, stranger, foreign):
    extra = {
        "case": foreign.pk, "case_manager": stranger.case_manager.pk, "provider": foreign.provider_id,
        "created_by": stranger.pk, "created_at": "2001-01-01", "version": "9", "minutes": "700", "id": uuid.uuid4(),
        "track": TrackFactory(code="women").pk, "district": DistrictFactory(number=1).pk,
    }  # fmt: skip
    as_case_manager.post(CREATE, consultation_data(case) | extra)
    saved = Consultation.objects.get()
    assert (saved.case, saved.case_manager.user, saved.created_by) == (case, case_manager, case_manager)
    assert (saved.provider, saved.track, saved.district) == (case.provider, case.track, case.district)
    assert (saved.minutes, saved.version, saved.created_at.date()) == (30, 1, timezone.now().date())
    assert saved.pk != extra["id"]


# --- Editing and taking back


@pytest.fixture
def consultation(case):
    Case.objects.filter(pk=case.pk).update(last_contact_on=ago(1))
    return ConsultationFactory(case=case, note="So war es.", minutes=40)


def edit(browser, consultation, **typed):
    target = url("consultation_change", consultation.case, consultation.pk)
    return browser.post(target, shown(browser.get(target)) | typed)


def test_a_consultation_is_changed(as_case_manager, case, consultation):
    assert edit(as_case_manager, consultation, note="So war es wirklich.", held_on=german(ago(3))).status_code == 302
    consultation.refresh_from_db()
    case.refresh_from_db()
    assert (consultation.note, consultation.minutes, consultation.version) == ("So war es wirklich.", 40, 2)
    assert case.last_contact_on == consultation.held_on == ago(3)
    assert set(Entry.objects.get(action="consultation.changed").details["fields"]) == {"note", "held_on"}


def test_a_retired_topic_and_a_closed_institution_stay(as_case_manager, consultation):
    topic, institution = TopicFactory(code="old", valid_until=ago(1)), InstitutionFactory(is_active=False)
    consultation.topics.set([topic])
    Consultation.objects.update(institution=institution)
    edit(as_case_manager, consultation, note="Neu.")
    consultation.refresh_from_db()
    assert (list(consultation.topics.all()), consultation.institution) == ([topic], institution)


def test_two_people_change_a_consultation_and_neither_text_is_lost(as_case_manager, as_deputy, consultation):
    target = url("consultation_change", consultation.case, consultation.pk)
    opened = shown(as_case_manager.get(target))
    edit(as_deputy, consultation, note="Ihr Text.", kind="phone")
    answer = as_case_manager.post(target, opened | {"note": "Mein Text."})
    rows = {row.label: (row.typed, row.stored) for row in answer.context["form"].differences}
    assert rows == {"Notiz": ("Mein Text.", "Ihr Text."), "Art": ("Büro", "Telefon")}
    for text in ("Mein Text.", "Ihr Text."):
        assert text in text_of(answer)
    consultation.refresh_from_db()
    assert consultation.note == "Ihr Text."
    assert as_case_manager.post(target, shown(answer)).status_code == 302
    consultation.refresh_from_db()
    assert (consultation.note, consultation.kind, consultation.version) == ("Mein Text.", "office", 3)


def test_only_the_author_makes_a_note_private(as_case_manager, as_deputy, case):
    log(as_deputy, case, note="Von Dana.")
    consultation = Consultation.objects.get()
    edit(as_case_manager, consultation, is_private="on")
    consultation.refresh_from_db()
    assert not consultation.is_private
    edit(as_deputy, consultation, is_private="on")
    consultation.refresh_from_db()
    assert consultation.is_private


@pytest.mark.parametrize("name", ["consultation_change", "consultation_delete"])
def test_a_consultation_is_reached_through_its_own_case_only(as_case_manager, post, case, consultation, foreign, name):
    other = ConsultationFactory(case=CaseFactory(case_manager=post))
    private = ConsultationFactory(case=case, is_private=True, created_by=foreign.created_by)
    targets = [
        url(name, case, ConsultationFactory(case=foreign).pk),
        url(name, case, other.pk),
        url(name, case, private.pk),
        url(name, foreign, consultation.pk),
        url(name, case, uuid.uuid4()),
    ]
    with nothing_stored():
        for target in targets:
            typed = consultation_data(version="1")
            assert as_case_manager.get(target).status_code == as_case_manager.post(target, typed).status_code == 404


def test_an_entry_is_taken_back_by_its_author(as_case_manager, case, consultation):
    ConsultationFactory(case=case, held_on=ago(8))
    target = url("consultation_delete", case, consultation.pk)
    assert as_case_manager.get(target).status_code == 200
    assert Consultation.objects.count() == 2
    assert "gelöscht" in said(as_case_manager.post(target))
    case.refresh_from_db()
    assert case.last_contact_on == ago(8)
    entry = Entry.objects.get(action="consultation.deleted")
    assert (entry.subject, entry.details) == (case.audit_name, {"held_on": ago(1).isoformat()})


def test_nobody_else_takes_an_entry_back(as_deputy, case, consultation):
    target = url("consultation_delete", case, consultation.pk)
    with nothing_stored():
        assert [as_deputy.get(target).status_code, as_deputy.post(target).status_code] == [404, 404]


# --- What is to be done next


def remind(browser, case, **typed):
    data = {"text": "Anrufen.", "due_on": german(ago(-1)), "due_at": "", "form_key": str(uuid.uuid4())} | typed
    return browser.post(url("follow_up_create", case), data)


def test_a_follow_up_is_added_once(as_deputy, deputy, case):
    key = str(uuid.uuid4())
    for _ in range(2):
        assert remind(as_deputy, case, form_key=key).url == url("detail", case)
    follow_up = FollowUp.objects.get()
    assert (follow_up.text, follow_up.created_by, follow_up.case) == ("Anrufen.", deputy, case)
    assert logged() == ["follow_up.added"]


def test_a_follow_up_with_a_foreign_key_is_refused(as_case_manager, as_stranger, case, foreign):
    key = str(uuid.uuid4())
    remind(as_stranger, foreign, form_key=key)
    with nothing_stored():
        answer = remind(as_case_manager, case, form_key=key)
    assert errors(answer) == {"__all__": "Dieses Formular gehört nicht hierher. Bitte neu öffnen."}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": " "}, "text"),
        ({"due_on": german(ago(1))}, "due_on"),
        ({"due_at": "25:00"}, "due_at"),
        ({"form_key": "x"}, "form_key"),
    ],
)
def test_a_follow_up_that_cannot_be(as_case_manager, case, typed, field):
    with nothing_stored():
        answer = remind(as_case_manager, case, **typed)
    assert list(errors(answer)) == [field]
    assert errors(answer)[field] in text_of(answer)


def test_a_follow_up_is_completed_once(as_case_manager, case_manager, case):
    follow_up = FollowUpFactory(case=case)
    target = url("follow_up_complete", case, follow_up.pk)
    assert as_case_manager.post(target, {"back": "today"}).url == url("today")
    follow_up.refresh_from_db()
    assert follow_up.done_by == case_manager
    assert "schon erledigt" in said(as_case_manager.post(target, {"back": "https://example.org"}))
    assert logged() == ["follow_up.completed"]


def test_a_follow_up_of_another_case_does_not_exist_here(as_case_manager, post, case, foreign):
    others = [FollowUpFactory(case=CaseFactory(case_manager=post)).pk, FollowUpFactory(case=foreign).pk, uuid.uuid4()]
    with nothing_stored():
        for pk in others:
            assert as_case_manager.post(url("follow_up_complete", case, pk)).status_code == 404


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"next_text": "Anrufen."}, "next_due_on"),
        ({"next_due_on": german(ago(-1))}, "next_text"),
        ({"next_due_at": "9:30"}, "next_text"),
        ({"next_text": "Anrufen.", "next_due_on": german(ago(1))}, "next_due_on"),
        ({"next_text": "Anrufen.", "next_due_on": "morgen"}, "next_due_on"),
    ],
)
def test_a_next_step_is_whole_or_not_there(as_case_manager, case, typed, field):
    with nothing_stored():
        assert list(errors(log(as_case_manager, case, **typed))) == [field]


# --- Drafts


def autosave(browser, case=None, **typed):
    return browser.post(url("draft_save"), consultation_data(case, **typed))


def raw_drafts():
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM cases_draft")
        return [content for (content,) in cursor.fetchall()]


def test_a_draft_is_kept_encrypted_without_tokens(as_case_manager, case_manager, case):
    key = str(uuid.uuid4())
    tokens = {"owner": owner_token(case_manager), "csrfmiddlewaretoken": "x"}
    answer = autosave(as_case_manager, case, note=SECRET, form_key=key, **tokens)
    assert answer.json()["saved"].startswith("Entwurf gesichert um ")
    draft = Draft.objects.get()
    assert (draft.user, draft.case, str(draft.form_key)) == (case_manager, case, key)
    assert draft.initial["note"] == SECRET
    assert not {"owner", "csrfmiddlewaretoken", "fall"} & set(draft.initial)
    for word in ("vertraulich", json.dumps(SECRET)[1:-1], "note", "minutes"):
        assert word not in raw_drafts()[0]


def test_one_form_has_one_draft(as_case_manager, case):
    key = str(uuid.uuid4())
    for note in ("Er", "Er sag", "Er sagt"):
        autosave(as_case_manager, case, form_key=key, note=note)
    assert Draft.objects.get().initial["note"] == "Er sagt"


def test_every_typed_value_comes_back(as_case_manager, case):
    topics = list(Topic.objects.all()[:2])
    typed = {
        "note": SECRET, "topics": [str(topic.pk) for topic in topics], "minutes_tapped": "other",
        "minutes_typed": "1.000", "kind": "video", "language": "ti", "interpreter": "missing",
        "institution": str(InstitutionFactory().pk), "waiting_minutes": "viel",
        "next_text": "Noch =1+1 offen", "next_due_on": "31.13.2026", "next_due_at": "25",
        "held_on": "gestern", "is_private": "on",
    }  # fmt: skip
    autosave(as_case_manager, case, **typed)
    draft = Draft.objects.get()
    offer = as_case_manager.get(CREATE, {"fall": case.number})
    assert escape(draft.url) in text_of(offer)
    page = as_case_manager.get(draft.url)
    form = page.context["form"]
    assert {name: form[name].value() for name in typed} == typed
    assert str(form["form_key"].value()) == str(draft.form_key)
    for name in ("minutes_typed", "waiting_minutes", "next_text", "next_due_on", "next_due_at", "held_on"):
        assert f'value="{escape(typed[name])}"' in text_of(page)
    for topic in topics:
        assert f'id="topic-{topic.pk}" checked' in text_of(page)
    assert escape(SECRET) in text_of(page)


def test_an_emptied_field_comes_back_empty(as_case_manager, case):
    autosave(as_case_manager, case, language="", held_on="")
    form = as_case_manager.get(Draft.objects.get().url).context["form"]
    assert (form["language"].value(), form["held_on"].value()) == ("", "")


def test_saving_ends_the_draft_and_a_late_autosave_revives_nothing(as_case_manager, case):
    typed = consultation_data(case)
    as_case_manager.post(url("draft_save"), typed)
    other = DraftFactory(case=case)
    as_case_manager.post(CREATE, typed)
    assert set(Draft.objects.all()) == {other}
    with nothing_stored():
        assert as_case_manager.post(url("draft_save"), typed).json() == {}


def test_a_draft_belongs_to_its_writer_and_its_case(as_case_manager, as_deputy, as_colleague, post, case):
    autosave(as_case_manager, case)
    draft, other = Draft.objects.get(), CaseFactory(case_manager=post)
    for browser in (as_deputy, as_colleague):
        assert browser.get(draft.url).status_code == 404
        assert browser.get(WITHOUT_CASE, {"entwurf": str(draft.pk)}).status_code == 404
        assert browser.post(url("draft_discard", draft.pk)).status_code == 404
    assert str(draft.pk) not in text_of(as_deputy.get(CREATE, {"fall": case.number}))
    assert str(draft.pk) not in text_of(as_case_manager.get(CREATE, {"fall": other.number}))
    assert as_case_manager.get(CREATE, {"fall": other.number, "entwurf": str(draft.pk)}).status_code == 404
    assert as_case_manager.get(WITHOUT_CASE, {"entwurf": str(draft.pk)}).status_code == 404
    assert Draft.objects.get() == draft


@pytest.mark.parametrize("key", ["x", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_a_draft_that_does_not_exist(as_case_manager, case, key):
    assert as_case_manager.get(CREATE, {"fall": case.number, "entwurf": key}).status_code == 404


def test_a_draft_is_not_shown_without_access_to_its_case(as_deputy, case):
    autosave(as_deputy, case)
    draft = Draft.objects.get()
    assert str(draft.pk) in text_of(as_deputy.get(url("today")))
    Substitution.objects.update(ends_on=ago(1))
    assert str(draft.pk) not in text_of(as_deputy.get(url("today")))
    assert as_deputy.get(draft.url).status_code == 404
    with nothing_stored():
        assert autosave(as_deputy, case, form_key=str(draft.form_key), note="Mehr.").status_code == 404


def test_a_draft_is_discarded(as_case_manager, case):
    autosave(as_case_manager, case)
    as_case_manager.post(url("draft_discard", Draft.objects.get().pk))
    assert not Draft.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "\x00"])
def test_a_draft_needs_its_form(as_case_manager, case, key):
    with nothing_stored():
        assert autosave(as_case_manager, case, form_key=key).status_code == 400


@pytest.mark.parametrize("path", [CREATE, url("draft_save")])
def test_more_than_a_megabyte_is_refused_politely(as_case_manager, case, path):
    with nothing_stored():
        answer = as_case_manager.post(path, consultation_data(case, note="ä" * 600_000))
    assert answer.status_code == 400
    assert "Der Server konnte sie nicht lesen." in text_of(answer)


def test_a_note_too_long_is_refused_with_its_text(as_case_manager, case):
    note = "ä" * 20_001
    autosave(as_case_manager, case, note=note)
    assert Draft.objects.get().initial["note"] == note
    with nothing_stored():
        answer = log(as_case_manager, case, note=note)
    assert errors(answer) == {"note": "Der Text ist zu lang: 20001 Zeichen, erlaubt sind höchstens 20000."}
    assert note in text_of(answer)


# --- When the session has ended


@pytest.fixture
def expired(client_of, case_manager):
    """A browser whose session was idle for a day, with the CSRF cookie it still has."""
    browser = client_of(case_manager)
    session = browser.session
    session[SESSION_SEEN] -= 24 * 3600
    session.save()
    return browser


@pytest.mark.parametrize("anonymous", ["expired", "client"])
def test_what_is_sent_after_the_session_is_there_after_the_login(
    request, anonymous, as_case_manager, case_manager, case
):
    typed = consultation_data(case, note=SECRET, next_text="Anrufen.", owner=owner_token(case_manager))
    answer = request.getfixturevalue(anonymous).post(CREATE, typed)
    draft = Draft.objects.get()
    assert answer.status_code == 302
    assert answer.url.startswith("/")
    assert "next=%2Fberatungen%2Fneu%2F" in answer.url
    assert str(draft.pk) in answer.url
    assert not Consultation.objects.exists()
    form = as_case_manager.get(draft.url).context["form"]
    assert {name: form[name].value() for name in ("note", "next_text", "held_on")} == {
        name: typed[name] for name in ("note", "next_text", "held_on")
    }


def test_the_way_back_through_the_login_leads_to_the_draft(client, case_manager, case):
    typed = consultation_data(case, note=SECRET, owner=owner_token(case_manager))
    login = client.post(CREATE, typed).url
    answer = client.post(login, {"login": case_manager.email, "password": PASSWORD})
    assert answer.url == Draft.objects.get().url
    assert escape(SECRET) in text_of(client.get(answer.url))


def test_the_form_of_an_expired_session_still_passes_the_csrf_check(client_of, case_manager, case):
    browser = client_of(case_manager, enforce_csrf_checks=True)
    page = browser.get(CREATE, {"fall": case.number})
    token = str(page.context["csrf_token"])
    typed = consultation_data(case, owner=page.context["form"]["owner"].value(), csrfmiddlewaretoken=token)
    session = browser.session
    session[SESSION_SEEN] -= 24 * 3600
    session.save()
    assert browser.post(CREATE, typed | {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
    assert not Draft.objects.exists()
    assert browser.post(CREATE, typed).status_code == 302
    assert Draft.objects.get().user == case_manager


def test_a_consultation_without_a_case_is_kept_too(client, as_case_manager, case_manager):
    typed = consultation_data(note=SECRET, track=TrackFactory().pk, district="", owner=owner_token(case_manager))
    answer = client.post(WITHOUT_CASE, typed)
    draft = Draft.objects.get()
    assert (answer.status_code, draft.case) == (302, None)
    assert "next=%2Fberatungen%2Fohne-fall%2F" in answer.url
    assert as_case_manager.get(draft.url).context["form"]["note"].value() == SECRET


def old_token(user):
    signer = TimestampSigner(salt=OWNER_SALT)
    signer.timestamp = lambda: "1tAAAA"  # some day in 2024
    return signer.sign(str(user.pk))


@pytest.mark.parametrize(
    "token",
    [
        lambda user: "",
        lambda user: str(user.pk),
        lambda user: owner_token(user)[:-1] + "!",
        lambda user: owner_token(user).replace(str(user.pk), str(user.pk + 1), 1),
        old_token,
        lambda user: TimestampSigner(salt="something else").sign(str(user.pk)),
    ],
)
def test_a_forged_or_old_token_keeps_nothing(client, case_manager, case, token):
    with nothing_stored():
        answer = client.post(CREATE, consultation_data(case, owner=token(case_manager)))
    assert answer.status_code == 302
    assert "next=%2Fberatungen%2Fneu%2F" in answer.url


@pytest.mark.parametrize("number", ["foreign", NO_SUCH_NUMBER, "x"])
def test_a_case_the_owner_may_not_see_keeps_nothing(client, case_manager, foreign, number):
    typed = consultation_data(owner=owner_token(case_manager), fall=foreign.number if number == "foreign" else number)
    with nothing_stored():
        assert client.post(CREATE, typed).status_code == 302


@pytest.mark.parametrize("lost", [{"is_active": False}, {"role_confirmed_at": None}, {"role": "admin"}])
def test_nothing_is_kept_for_who_may_no_longer_counsel(client, case_manager, case, lost):
    typed = consultation_data(case, owner=owner_token(case_manager))
    type(case_manager).objects.filter(pk=case_manager.pk).update(**lost)
    with nothing_stored():
        assert client.post(CREATE, typed).status_code == 302


def test_a_script_is_told_and_the_text_is_kept(client, case_manager, case):
    answer = client.post(CREATE, consultation_data(case, note=SECRET, owner=owner_token(case_manager)), headers=HTMX)
    assert (answer.status_code, answer.headers["KIM-Login"]) == (401, "required")
    assert Draft.objects.get().initial["note"] == SECRET


def test_an_anonymous_autosave_is_told_to_log_in(client, case_manager, case):
    with nothing_stored():
        answer = client.post(url("draft_save"), consultation_data(case, owner=owner_token(case_manager)), headers=HTMX)
    assert (answer.status_code, answer.headers["KIM-Login"]) == (401, "required")


def test_a_link_to_a_new_consultation_survives_the_login(client, case):
    answer = client.get(CREATE, {"fall": case.number})
    assert answer.status_code == 302
    assert case.number in answer.url


def test_the_state_of_the_session(client, as_case_manager, case_manager):
    assert client.get(url("session_state")).json()["user"] is None
    assert as_case_manager.get(url("session_state")).json()["user"] == case_manager.pk


# --- How much it asks the database


@pytest.mark.parametrize("rows", [1, 3])
def test_the_form_does_not_ask_per_draft_or_case(as_case_manager, post, rows):
    case = CaseFactory(case_manager=post, last_contact_on=ago(1))
    CaseFactory.create_batch(rows, case_manager=post, last_contact_on=ago(1))
    DraftFactory.create_batch(rows, case=case)
    assert queries(lambda: as_case_manager.get(CREATE, {"fall": case.number})) == 10
    assert queries(lambda: as_case_manager.get(CREATE)) == 3


@pytest.mark.parametrize("rows", [1, 3])
def test_saving_does_not_ask_per_topic(as_case_manager, case, rows):
    topics = [topic.pk for topic in Topic.objects.all()[:rows]]
    typed = consultation_data(case, topics=topics, next_text="Anrufen.", next_due_on=german(ago(-1)))
    assert queries(lambda: as_case_manager.post(CREATE, typed)) == 14
