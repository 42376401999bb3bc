"""The coordinating office decides about requests that may be spam, many at once, unread; and corrects what it knows."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.actions.judgements import judge_requests
from cases.actions.requests import assign_request, correct_request
from cases.forms.dispatch import CorrectionForm
from cases.models import IntakeRequest, Judgement
from districts.models import District, Language
from kim.audit.models import Entry
from tests.at_once import at_once, refusals
from tests.factories import CaseManagerFactory, IntakeRequestFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST, JUDGE = "/einsatz/vielleicht-spam/", "/einsatz/vielleicht-spam/entscheiden/"
SECRET = "Samira Geheim"
OF_A_PERSON = ("name", "phone", "email", "message", "contact_note", "third_party_name", "third_party_contact")


def doubtful(**facts):
    return IntakeRequestFactory(
        **{"name": SECRET, "message": SECRET, "is_suspect": True, "suspicion": "hasty", "created_by": None} | facts
    )


def stored(intake):
    return IntakeRequest.objects.get(pk=intake.pk)


def choice(intake):
    return f"{intake.number}:{intake.version}"


def judge(browser, judgement, *rows, **more):
    data = {"judgement": judgement, "request": [choice(row) for row in rows]} | more
    return browser.post(JUDGE, data, follow=True)


def listed(browser, **query):
    return {row.number for row in browser.get(LIST, query).context["page"]}


# --- The list


def test_the_office_sees_why_and_when_and_nothing_of_a_person(as_coordination):
    arabic = Language.objects.get(code="ar")
    rows = [doubtful(), doubtful(language=arabic, suspicion="trap"), doubtful(suspicion="trap")]
    IntakeRequestFactory()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = as_coordination.get(LIST)
    assert {row.number for row in page.context["page"]} == {row.number for row in rows}
    assert page.context["reasons"] == [
        ("trap", "füllte aus, was niemand sieht", 2),
        ("hasty", "schneller als ein Mensch", 1),
    ]
    assert timezone.localtime(rows[0].created_at).strftime("%d.%m.%Y, %H:%M") in page.text
    assert "Arabisch" in page.text
    assert SECRET not in page.text
    read = " ".join(query["sql"] for query in queries if "cases_intakerequest" in query["sql"])
    assert not [name for name in OF_A_PERSON if f'"cases_intakerequest"."{name}"' in read]


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_list_asks_the_same_for_one_and_for_many(row_count, as_coordination, django_assert_num_queries):
    for _number in range(row_count):
        doubtful(language=Language.objects.get(code="ar"))
    as_coordination.get(LIST)
    with django_assert_num_queries(7):  # account with session, rows of the page, their number, reasons, two choices
        as_coordination.get(LIST)


def test_it_is_narrowed_by_reason_and_what_is_deleted_first_comes_first(as_coordination):
    young = doubtful()
    old = doubtful(suspicion="flood", last_action_at=timezone.now() - timedelta(days=5))
    assert [row.number for row in as_coordination.get(LIST).context["page"]] == [old.number, young.number]
    assert listed(as_coordination, suspicion="flood") == {old.number}
    assert listed(as_coordination, suspicion="nonsense") == {old.number, young.number}


def test_a_protected_wish_is_not_there(as_coordination, provider):
    intake = IntakeRequestFactory(protected=True, provider=provider, is_suspect=True, suspicion="trap")
    assert not listed(as_coordination)
    judge(as_coordination, "spam", intake)
    assert not stored(intake).is_spam


@pytest.mark.parametrize("who", ["as_case_manager", "as_lead", "as_admin"])
def test_nobody_else_decides(who, request):
    intake, browser = doubtful(), request.getfixturevalue(who)
    assert browser.get(LIST).status_code == 403
    assert judge(browser, "real", intake).status_code == 403
    assert stored(intake).is_suspect


# --- Deciding


def test_a_look_says_how_many_and_changes_nothing(as_coordination):
    rows = [doubtful(), doubtful()]
    query = {"judgement": "spam", "request": [choice(row) for row in rows]}
    page = as_coordination.get(JUDGE, query)
    assert "2 Anfragen für Spam halten?" in page.text
    assert rows[0].deleted_on.strftime("%d.%m.%Y") in page.text
    assert not IntakeRequest.objects.judged_spam().exists()
    assert not Entry.objects.filter(action__startswith="request.judge").exists()


def test_no_spam_comes_to_the_others(as_coordination, coordination):
    intake = doubtful(last_action_at=timezone.now() - timedelta(days=6))
    page = judge(as_coordination, "real", intake)
    assert "1 Anfrage ist kein Spam." in page.text
    after = stored(intake)
    assert (after.is_suspect, after.is_spam, after.status, after.suspicion) == (False, False, "new", "hasty")
    assert after.deleted_on > timezone.localdate() + timedelta(days=150)
    assert intake.number in {row.number for row in as_coordination.get("/einsatz/").context["page"]}
    entry = Entry.objects.get(action="request.judged_real")
    assert (entry.subject, entry.actor) == (f"request:{intake.number}", str(coordination.pk))


def test_spam_is_deleted_on_its_day_and_no_sooner(as_coordination):
    old = timezone.now() - timedelta(days=7)
    intake = doubtful(last_action_at=old)
    judge(as_coordination, "spam", intake)
    assert (stored(intake).is_spam, stored(intake).last_action_at) == (True, old)
    assert not listed(as_coordination)
    assert listed(as_coordination, state="spam") == {intake.number}
    call_command("delete_expired_requests")
    assert stored(intake)
    IntakeRequest.objects.update(last_action_at=old - timedelta(days=1))
    call_command("delete_expired_requests")
    assert not IntakeRequest.objects.exists()


def test_only_what_is_ticked_or_the_whole_page(as_coordination):
    rows = [doubtful() for _number in range(3)]
    everything = [choice(row) for row in rows]
    judge(as_coordination, "spam", rows[0], listed=everything)
    assert IntakeRequest.objects.judged_spam().get() == rows[0]
    page = as_coordination.get(JUDGE, {"judgement": "real", "listed": everything[1:], "whole_page": "1"})
    assert "2 Anfragen für echt halten?" in page.text


@pytest.mark.parametrize("judgement", ["real", "spam"])
def test_a_decision_can_be_taken_back_and_has_seven_days_again(judgement, as_coordination):
    intake = doubtful(last_action_at=timezone.now() - timedelta(days=7))
    judge(as_coordination, judgement, intake)
    IntakeRequest.objects.update(last_action_at=timezone.now() - timedelta(days=30 if judgement == "real" else 7))
    assert listed(as_coordination, state=judgement) == {intake.number}
    judge(as_coordination, "undecided", stored(intake))
    after = stored(intake)
    assert (after.is_suspect, after.is_spam, after.suspicion) == (True, False, "hasty")
    assert after.deleted_on == timezone.localdate() + timedelta(days=7)
    assert listed(as_coordination) == {intake.number}
    call_command("delete_expired_requests")
    assert stored(intake)


def test_what_somebody_has_worked_on_is_not_taken_back(as_coordination, coordination, provider):
    CaseManagerFactory(provider=provider)
    intake = doubtful()
    judge(as_coordination, "real", intake)
    assign_request(stored(intake), provider=provider, by=coordination)
    page = judge(as_coordination, "undecided", stored(intake))
    assert "1 Anfrage hat sich inzwischen geändert und bleibt, wie sie ist." in page.text
    assert (stored(intake).is_suspect, stored(intake).provider) == (False, provider)
    assert not listed(as_coordination, state="real")


def test_a_real_request_is_never_made_spam(as_coordination):
    real = IntakeRequestFactory()
    for judgement in ("spam", "undecided"):
        judge(as_coordination, judgement, real)
    assert (stored(real).is_suspect, stored(real).is_spam) == (False, False)


def test_what_was_assigned_meanwhile_stays_with_the_provider(as_coordination, coordination, provider):
    CaseManagerFactory(provider=provider)
    rows = [doubtful(), doubtful()]
    assign_request(stored(rows[0]), provider=provider, by=coordination)
    page = judge(as_coordination, "spam", *rows)
    assert "1 Anfrage ist Spam." in page.text
    assert "1 Anfrage hat sich inzwischen geändert" in page.text
    assert not stored(rows[0]).is_suspect
    rows[1].delete()
    assert "1 Anfrage hat sich inzwischen geändert" in judge(as_coordination, "real", rows[1]).text


def test_whoever_writes_once_more_is_looked_at_once_more(as_coordination):
    intake = doubtful()
    judge(as_coordination, "spam", intake)
    IntakeRequest.objects.filter(pk=intake.pk).heard_of_again()
    assert listed(as_coordination) == {intake.number}
    seen = stored(intake)
    IntakeRequest.objects.filter(pk=intake.pk).heard_of_again()
    judge(as_coordination, "spam", seen)  # decided while the mail came in
    assert not stored(intake).is_spam


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"judgement": "spam"}, "Bitte zuerst Anfragen auswählen."),
        ({"judgement": "spam", "request": ["A-0000-00'", "x"]}, "Bitte Anfragen aus der Liste wählen."),
        ({"judgement": "spam", "request": "A-0000-00:9999999999"}, "Bitte Anfragen aus der Liste wählen."),
        ({"judgement": "delete", "request": "A-0000-00:1"}, "Bitte wählen, was die Anfragen sind."),
        ({"judgement": "real", "request": [f"A-{n:04}-00:1" for n in range(101)]}, "höchstens hundert auf einmal"),
    ],
)
def test_what_is_no_choice_is_refused(data, sentence, as_coordination):
    for send in (as_coordination.get, as_coordination.post):
        assert sentence in send(JUDGE, data, follow=True).text


def test_deciding_about_many_costs_the_same_for_each(as_coordination):
    """Two statements for a row, its own and its entry in the log; nothing else grows."""

    def statements(number):
        rows = [doubtful() for _number in range(number)]
        with CaptureQueriesContext(connection) as queries:
            as_coordination.post(JUDGE, {"judgement": "real", "request": [choice(row) for row in rows]})
        return len(queries)

    statements(1)
    one, three, five = statements(1), statements(3), statements(5)
    assert five - three == three - one


def test_the_page_of_one_says_why_and_until_when(as_coordination):
    intake = doubtful()
    page = as_coordination.get(reverse("cases:dispatch_request", args=[intake.number]))
    assert "vielleicht Spam: schneller als ein Mensch" in re.sub(r"\s+", " ", page.text)
    assert f"wird nach dem {intake.deleted_on:%d.%m.%Y} gelöscht" in page.text
    assert SECRET not in page.text


# --- Correcting


def correct(browser, intake, **data):
    return browser.post(
        reverse("cases:dispatch_correct", args=[intake.number]), {"version": intake.version} | data, follow=True
    )


def test_the_office_corrects_district_and_language(as_coordination):
    intake = IntakeRequestFactory(name=SECRET)
    with CaptureQueriesContext(connection) as queries:
        page = correct(as_coordination, intake, district=District.objects.get(number=3).pk, language="ar", name="X")
    assert "Gespeichert." in page.text
    after = stored(intake)
    assert (after.district.number, after.language_id, after.name) == (3, "ar", SECRET)
    entry = Entry.objects.get(action="request.corrected")
    assert set(entry.details["fields"]) == {"district", "language"}
    read = " ".join(query["sql"] for query in queries if query["sql"].startswith("SELECT"))
    assert not [name for name in OF_A_PERSON if f'"cases_intakerequest"."{name}"' in read]


def test_nothing_known_is_possible_too_and_nonsense_is_not(as_coordination):
    intake = IntakeRequestFactory(language=Language.objects.get(code="ar"))
    assert "Gespeichert." in correct(as_coordination, intake, district="", language="").text
    assert (stored(intake).district, stored(intake).language) == (None, None)
    answer = correct(as_coordination, stored(intake), district="99", language="klingon")
    assert answer.context["form"].errors.keys() == {"district", "language"}


def test_what_lies_with_a_provider_is_corrected_there(as_coordination, provider):
    intake = IntakeRequestFactory(provider=provider)
    page = correct(as_coordination, intake, district="", language="ar")
    assert "Berichtigen kann sie jetzt der Träger." in page.text
    assert stored(intake).language is None
    assert "berichtigen/" not in page.text


def test_a_protected_one_is_not_there_to_correct(as_coordination, provider):
    intake = IntakeRequestFactory(protected=True, provider=provider)
    assert correct(as_coordination, intake, language="ar").status_code == 404


def test_two_who_correct_one_after_the_other_see_both_versions(as_coordination):
    intake = IntakeRequestFactory()
    correct(as_coordination, intake, district="", language="ar")
    page = correct(as_coordination, intake, district="", language="fa")
    assert [each.label for each in page.context["form"].differences] == ["Sprache"]
    assert stored(intake).language_id == "ar"


def test_spam_without_a_reason_can_be_taken_back_too(as_coordination):
    """What came in before reasons were kept."""
    intake = doubtful(suspicion="")
    judge(as_coordination, "spam", intake)
    judge(as_coordination, "undecided", stored(intake))
    assert (stored(intake).is_suspect, stored(intake).is_spam) == (True, False)


# --- Two at once


@pytest.mark.django_db(transaction=True)
def test_two_decide_differently_at_once(coordination):
    other = UserFactory(role=coordination.role)
    rows = [doubtful() for _number in range(4)]
    first, second = ({stored(row): row.version for row in order} for order in (rows, rows[::-1]))
    results = at_once(
        lambda: judge_requests(first, judgement=Judgement.REAL, by=coordination),
        lambda: judge_requests(second, judgement=Judgement.SPAM, by=other),
    )
    assert len(results[0].done) + len(results[1].done) == len(rows)
    assert IntakeRequest.objects.acquitted().count() == len(results[0].done)
    assert IntakeRequest.objects.judged_spam().count() == len(results[1].done)
    assert Entry.objects.filter(action__startswith="request.judged").count() == len(rows)


@pytest.mark.django_db(transaction=True)
def test_correcting_and_assigning_at_once_is_one_of_both(coordination, provider):
    CaseManagerFactory(provider=provider)
    intake = IntakeRequestFactory()
    mine, theirs = stored(intake), stored(intake)
    form = CorrectionForm({"version": 1, "language": "", "district": ""}, instance=mine)
    assert form.is_valid()
    results = at_once(
        lambda: correct_request(mine, form=form, by=coordination),
        lambda: assign_request(theirs, provider=provider, by=coordination),
    )
    assert len(refusals(results)) == 1
    assert (stored(intake).provider is None) == (stored(intake).district is None)
