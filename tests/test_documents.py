"""Papers that run out: noted once, changed with care, ticked off, and seen eight weeks ahead."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils.html import escape

from cases.actions.documents import complete_document
from cases.models import ExpiringDocument
from kim.records import ChangedMeanwhile
from tests.case_forms import ago, errors, german, logged, nothing_stored, queries, shown, text_of, url
from tests.factories import CaseFactory, ExpiringDocumentFactory

KIND = ExpiringDocument.Kind


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


def data(**typed):
    return {
        "kind": "passport",
        "valid_until": german(ago(-30)),
        "note": "Beantragt.",
        "form_key": str(uuid.uuid4()),
    } | typed


def test_a_document_is_noted_once(as_case_manager, case_manager, case):
    typed = data()
    for _ in range(2):
        answer = as_case_manager.post(url("document_create", case), typed)
        assert answer.url == url("document_list", case)
    document = ExpiringDocument.objects.get()
    assert (document.client, document.kind, document.note) == (case.client, KIND.PASSPORT, "Beantragt.")
    assert (document.valid_until, document.created_by) == (ago(-30), case_manager)
    assert logged() == ["document.added"]


def test_a_form_key_of_a_colleague_notes_nothing(as_case_manager, colleague, case):
    foreign = ExpiringDocumentFactory(created_by=colleague)
    with nothing_stored():
        answer = as_case_manager.post(url("document_create", case), data(form_key=str(foreign.form_key)))
    assert errors(answer) == {"__all__": "Dieses Formular gehört nicht hierher. Bitte neu öffnen."}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", ""), ("kind", "visa"), ("kind", "\x00"),
        ("valid_until", ""), ("valid_until", "31.02.2027"), ("valid_until", "1.1.27"), ("valid_until", "\x00"),
        ("valid_until", "01.01.9999"), ("valid_until", "٠١.٠١.٢٠٢٧"),
        ("note", "x" * 501), ("note", "a\x00"), ("note", "a\u202e"), ("note", "a\nb"),
        ("form_key", ""), ("form_key", "x"),
    ],
)  # fmt: skip
def test_every_field_refuses_in_german(as_case_manager, case, field, value):
    with nothing_stored():
        answer = as_case_manager.post(url("document_create", case), data(**{field: value}))
    assert list(errors(answer)) == [field]
    assert escape(errors(answer)[field]) in text_of(answer)


@pytest.mark.parametrize("note", ["<script>alert(1)</script>", "جواز السفر", "👩🏾‍🎓", "{{ 7*7 }}"])
def test_what_is_typed_stays_text(as_case_manager, case, note):
    as_case_manager.post(url("document_create", case), data(note=note))
    page = text_of(as_case_manager.get(url("document_list", case)))
    assert escape(note) in page
    assert "<script>alert" not in page


def test_the_list_shows_what_is_open_and_what_is_done(as_case_manager, case):
    late = ExpiringDocumentFactory(client=case.client, valid_until=ago(1))
    far = ExpiringDocumentFactory(client=case.client, valid_until=ago(-100))
    done = ExpiringDocumentFactory(client=case.client, done=True)
    ExpiringDocumentFactory()
    context = as_case_manager.get(url("document_list", case)).context
    assert context["open_documents"] == [late, far]
    assert context["done_documents"] == [done]
    assert logged() == ["document.read"]


@pytest.mark.parametrize(("days", "is_near"), [(56, True), (57, False), (0, True), (-1, True)])
def test_eight_weeks_ahead(case, days, is_near):
    document = ExpiringDocumentFactory(client=case.client, valid_until=ago(-days))
    assert ExpiringDocument.objects.expiring().exists() == document.is_near == is_near
    assert document.is_over == (days < 0)


def test_a_change_over_another_change_is_noticed(as_case_manager, case):
    document = ExpiringDocumentFactory(client=case.client)
    target = url("document_change", case, document.pk)
    typed = shown(as_case_manager.get(target)) | {"valid_until": german(ago(-90))}
    ExpiringDocument.objects.filter(pk=document.pk).update(version=2, note="Anders.")
    answer = as_case_manager.post(target, typed)
    assert "Anders." in text_of(answer)
    assert answer.context["form"].differences
    assert as_case_manager.post(target, typed | {"version": "2"}).status_code == 302
    document.refresh_from_db()
    assert (document.valid_until, document.version) == (ago(-90), 3)
    assert logged() == ["document.changed"]


def test_a_change_does_not_reopen_what_was_ticked_off_meanwhile(case, case_manager):
    document = ExpiringDocumentFactory(client=case.client)
    stale = ExpiringDocument.objects.get(pk=document.pk)
    complete_document(document, case=case, by=case_manager)
    stale.save_version(1)
    stale.refresh_from_db()
    assert stale.done_by == case_manager
    with pytest.raises(ChangedMeanwhile):
        stale.save_version(1)


def test_it_is_ticked_off_once(as_case_manager, as_deputy, case):
    document = ExpiringDocumentFactory(client=case.client)
    target = url("document_complete", case, document.pk)
    first, second = as_deputy.post(target), as_case_manager.post(target, follow=True)
    assert first.url == url("document_list", case)
    assert "Das ist schon erledigt." in text_of(second)
    assert logged() == ["document.completed", "document.read"]


def test_two_who_tick_it_off_at_once(case, case_manager, deputy):
    document = ExpiringDocumentFactory(client=case.client)
    first, second = (ExpiringDocument.objects.get(pk=document.pk) for _ in range(2))
    complete_document(first, case=case, by=case_manager)
    with pytest.raises(Exception, match="schon erledigt"):
        complete_document(second, case=case, by=deputy)
    document.refresh_from_db()
    assert document.done_by == case_manager


def test_a_form_key_counts_once(case):
    document = ExpiringDocumentFactory(client=case.client)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpiringDocumentFactory(client=case.client, form_key=document.form_key)


def test_it_belongs_to_the_person_and_is_found_from_the_next_case(as_case_manager, case_manager):
    former = CaseFactory(case_manager=case_manager.case_manager, closed=True)
    document = ExpiringDocumentFactory(client=former.client)
    case = CaseFactory(case_manager=case_manager.case_manager, client=former.client)
    assert as_case_manager.get(url("document_list", case)).context["open_documents"] == [document]
    found = {section.source.code: section.total for section in as_case_manager.get(url("today")).context["sections"]}
    assert found["documents"] == 1


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_does_not_ask_per_row(as_case_manager, case, rows):
    for _ in range(rows):
        ExpiringDocumentFactory(client=case.client)
        ExpiringDocumentFactory(client=case.client, done=True)
    assert queries(lambda: as_case_manager.get(url("document_list", case))) == 6
