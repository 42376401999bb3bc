"""Notes of Art. 9 DSGVO: neither shown nor stored without the consent to them, and locked the moment it ends."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from cases.actions.special_notes import erase_locked_notes, save_special_notes
from cases.models import Client, Consent
from kim.audit.models import Entry
from kim.records import ChangedMeanwhile
from tests.case_forms import ago, errors, logged, nothing_stored, said, shown, text_of, url
from tests.factories import CaseFactory, ConsentFactory

HEALTH, IDENTITY = "Braucht einen Rollstuhl.", "Möchte mit Herr angesprochen werden."
NOTES = {"health_note": HEALTH, "identity_note": IDENTITY}
PURPOSES = {"health_note": "health", "identity_note": "orientation"}
ENDED = [{"withdrawn_on": ago(0)}, {"valid_until": ago(1)}]


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


@pytest.fixture
def full(case):
    """A file with both notes and both consents."""
    for purpose in PURPOSES.values():
        ConsentFactory(client=case.client, purpose=purpose)
    Client.objects.filter(pk=case.client_id).update(**NOTES)
    return case


def stored(case):
    return Client.objects.values("health_note", "identity_note").get(pk=case.client_id)


def save(browser, case, **typed):
    return browser.post(url("special_notes", case), {"version": "1"} | typed)


def pages(browser, case):
    return {name: text_of(browser.get(url(name, case))) for name in ("special_notes", "print", "detail")}


# --- With the consent


@pytest.mark.parametrize("field", NOTES)
def test_a_note_is_kept_with_its_own_consent_only(as_case_manager, case, field):
    ConsentFactory(client=case.client, purpose=PURPOSES[field])
    form = as_case_manager.get(url("special_notes", case)).context["form"]
    assert set(form.fields) == {field, "version"}
    assert save(as_case_manager, case, **{field: NOTES[field]}).status_code == 302
    assert stored(case) == {"health_note": "", "identity_note": ""} | {field: NOTES[field]}
    assert NOTES[field] in text_of(as_case_manager.get(url("special_notes", case)))
    entry = Entry.objects.get(action="client.notes_changed")
    assert (entry.subject, entry.details) == (case.audit_name, {})


@pytest.mark.parametrize(("valid_until", "open_"), [(ago(-1), True), (ago(0), True), (ago(1), False)])
def test_the_last_day_of_the_consent_still_counts(as_case_manager, case, valid_until, open_):
    ConsentFactory(client=case.client, purpose="health", valid_until=valid_until)
    assert (save(as_case_manager, case, health_note=HEALTH).status_code == 302) is open_
    assert bool(stored(case)["health_note"]) is open_


def test_a_note_is_read_on_its_page_and_on_paper(as_case_manager, full):
    found = pages(as_case_manager, full)
    for note in NOTES.values():
        assert note in found["special_notes"]
        assert note in found["print"]
        assert note not in found["detail"]
    assert logged() == ["case.read", "case.printed", "case.read"]


def test_two_tabs_lose_neither_text(as_case_manager, full):
    save(as_case_manager, full, health_note="Meine erste Fassung.", identity_note=IDENTITY)
    answer = save(as_case_manager, full, health_note="Meine zweite Fassung.", identity_note=IDENTITY)
    for text in ("Meine erste Fassung.", "Meine zweite Fassung."):
        assert text in text_of(answer)
    assert stored(full)["health_note"] == "Meine erste Fassung."
    assert as_case_manager.post(url("special_notes", full), shown(answer)).status_code == 302
    assert stored(full)["health_note"] == "Meine zweite Fassung."


def test_a_note_is_emptied(as_case_manager, full):
    save(as_case_manager, full, health_note="", identity_note=IDENTITY)
    assert stored(full) == {"health_note": "", "identity_note": IDENTITY}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [("a" * 5001, "zu lang"), ("a\x00", "Steuerzeichen"), ("a\u202e", "Schreibrichtung")],
)
def test_a_note_that_cannot_be(as_case_manager, full, value, sentence):
    with nothing_but_reading():
        answer = save(as_case_manager, full, health_note=value, identity_note=IDENTITY)
    assert sentence in errors(answer)["health_note"]


class nothing_but_reading:
    """The page logs a look at it; nothing else changes."""

    def __enter__(self):
        self.before = list(Client.objects.order_by("pk").values())

    def __exit__(self, *problem):
        assert list(Client.objects.order_by("pk").values()) == self.before
        assert set(logged()) <= {"case.read"}


@pytest.mark.parametrize("text", ["مهم", "👩🏾‍🦽", "<script>alert(1)</script>", "{{ 7*7 }}"])
def test_any_text_is_kept_as_it_is(as_case_manager, full, text):
    save(as_case_manager, full, health_note=text, identity_note="")
    assert stored(full)["health_note"] == text
    assert "<script>alert" not in text_of(as_case_manager.get(url("special_notes", full)))


def test_the_notes_are_unreadable_in_the_database(full):
    with connection.cursor() as cursor:
        cursor.execute("SELECT health_note, identity_note FROM cases_client")
        raw = " ".join(cursor.fetchone())
    assert not [word for word in ("Rollstuhl", "Herr") if word in raw]


# --- Without it


@pytest.mark.parametrize("field", NOTES)
def test_a_field_sent_without_consent_stores_nothing_and_says_so(as_case_manager, case, field):
    other = next(name for name in NOTES if name != field)
    ConsentFactory(client=case.client, purpose=PURPOSES[other])
    with nothing_but_reading():
        answer = save(as_case_manager, case, **NOTES)
    assert "gilt keine Einwilligung (mehr). Nichts ist gespeichert." in errors(answer)["__all__"]
    assert errors(answer)["__all__"] in text_of(answer)
    assert NOTES[field] not in text_of(answer)
    assert NOTES[other] in text_of(answer)


def test_without_any_consent_there_is_no_field_and_no_button(as_case_manager, case):
    page = text_of(as_case_manager.get(url("special_notes", case)))
    assert "<textarea" not in page
    assert "werden erst notiert, wenn die Person eingewilligt hat" in page
    with nothing_but_reading():
        answer = save(as_case_manager, case, **NOTES)
    assert "Nichts ist gespeichert." in text_of(answer)


@pytest.mark.parametrize("ended", [*ENDED, None])
def test_the_action_refuses_past_the_form(case, case_manager, ended):
    if ended:
        ConsentFactory(client=case.client, purpose="health", **ended)
    ConsentFactory(client=case.client, purpose="orientation")
    with nothing_stored(), pytest.raises(ValidationError, match="Nichts ist gespeichert"):
        save_special_notes(NOTES, case=case, opened_version=1, by=case_manager)


def test_the_action_refuses_an_old_version(full, case_manager):
    with nothing_stored(), pytest.raises(ChangedMeanwhile):
        save_special_notes({"health_note": "Neu."}, case=full, opened_version=2, by=case_manager)


def test_the_form_of_the_person_takes_no_note(as_case_manager, full):
    typed = shown(as_case_manager.get(url("client_change", full))) | {"health_note": "Eingeschmuggelt."}
    assert as_case_manager.post(url("client_change", full), typed).status_code == 302
    assert stored(full) == NOTES


# --- The moment it ends


@pytest.mark.parametrize("ended", ENDED)
@pytest.mark.parametrize("field", NOTES)
def test_an_ended_consent_closes_its_note_at_once(as_case_manager, full, field, ended):
    Consent.objects.filter(purpose=PURPOSES[field]).update(**ended)
    other = next(name for name in NOTES if name != field)
    found = pages(as_case_manager, full)
    assert not [name for name, page in found.items() if NOTES[field] in page]
    assert NOTES[other] in found["special_notes"]
    assert NOTES[other] in found["print"]
    for name in ("special_notes", "detail"):
        assert "Besondere Angaben sind gesperrt" in found[name]
        assert url("special_notes_erase", full) in found[name]
    assert stored(full) == NOTES


def test_an_open_tab_stores_nothing_after_the_withdrawal(as_case_manager, full):
    opened = shown(as_case_manager.get(url("special_notes", full)))
    given = Consent.objects.get(purpose="health")
    as_case_manager.post(url("consent_withdraw", full, given.pk))
    answer = as_case_manager.post(url("special_notes", full), opened | {"health_note": "Noch schnell notiert."})
    assert "Nichts ist gespeichert." in text_of(answer)
    assert "Noch schnell notiert." not in text_of(answer)
    assert stored(full) == NOTES


@pytest.mark.parametrize("ended", ENDED)
def test_one_click_erases_what_is_locked_and_nothing_else(as_case_manager, full, ended):
    Consent.objects.filter(purpose="health").update(**ended)
    answer = as_case_manager.post(url("special_notes_erase", full))
    assert answer.url == url("detail", full)
    assert stored(full) == {"health_note": "", "identity_note": IDENTITY}
    assert "Besondere Angaben sind gesperrt" not in text_of(as_case_manager.get(url("detail", full)))
    assert Entry.objects.get(action="client.notes_erased").details == {}
    again = as_case_manager.post(url("special_notes_erase", full))
    assert "Es ist nichts gesperrt." in said(again)


def test_nothing_in_force_is_erased(as_case_manager, full, case_manager):
    with nothing_stored():
        assert "Es ist nichts gesperrt." in said(as_case_manager.post(url("special_notes_erase", full)))
        with pytest.raises(ValidationError, match="nichts gesperrt"):
            erase_locked_notes(full, by=case_manager)


def test_an_open_form_of_the_person_does_not_bring_it_back(as_case_manager, full):
    """The form was opened, and its record read, before the note was erased."""
    Consent.objects.filter(purpose="health").update(withdrawn_on=ago(0))
    early = Client.objects.get(pk=full.client_id)
    as_case_manager.post(url("special_notes_erase", full))
    early.refresh_from_db(fields=["version"])
    assert early.health_note == HEALTH
    early.save_version(early.version)
    assert stored(full)["health_note"] == ""


def test_the_end_of_the_case_leaves_the_erasure(as_case_manager, full):
    given = ConsentFactory(client=full.client)
    for consent in (given, Consent.objects.get(purpose="health")):
        as_case_manager.post(url("consent_withdraw", full, consent.pk))
    as_case_manager.post(url("special_notes_erase", full))
    assert stored(full)["health_note"] == ""


# --- Who may not


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("as_deputy", 404), ("as_colleague", 404), ("as_stranger", 404), ("as_lead", 403), ("as_coordination", 403),
        ("as_data_protection", 403), ("as_admin", 403),
    ],
)  # fmt: skip
def test_nobody_but_the_case_manager_in_charge(request, full, who, status):
    browser = request.getfixturevalue(who)
    Consent.objects.filter(purpose="health").update(withdrawn_on=ago(0))
    with nothing_stored():
        for target in (url("special_notes", full), url("special_notes_erase", full)):
            assert browser.post(target, {"version": "1", "identity_note": "Fremd."}).status_code == status
        assert browser.get(url("special_notes", full)).status_code == status


def test_the_deputy_reads_none_of_it_and_is_told_of_none(as_deputy, full):
    Consent.objects.filter(purpose="health").update(withdrawn_on=ago(0))
    for name in ("detail", "print"):
        page = text_of(as_deputy.get(url(name, full)))
        assert not [note for note in NOTES.values() if note in page]
        assert "Besondere Angaben" not in page
