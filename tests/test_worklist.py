"""The sections of Mein Tag: declared once, read together, complete page by page, and nothing for anybody else."""

import pytest

from cases import worklist
from cases.models.case import years_before
from cases.worklist import FOLLOW_UPS, SHOWN, SOURCES, Scope, due_today
from tests.case_forms import ago, german, queries, text_of, url
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ConsentFactory,
    DraftFactory,
    ExpiringDocumentFactory,
    FollowUpFactory,
    HandoverFactory,
    IntakeRequestFactory,
    PlanFactory,
    ReferralFactory,
    ReleaseFactory,
    SubstitutionFactory,
    TopicFactory,
)

TODAY = url("today")
SECTIONS = [*(source.slug for source in SOURCES), *FOLLOW_UPS]


@pytest.fixture
def post(case_manager):
    return case_manager.case_manager


def fill(post, rows):
    """So many rows in every section."""
    giver, topic = CaseManagerFactory(provider=post.provider), TopicFactory()
    for number in range(rows):
        late = CaseFactory(case_manager=post, client__birth_date=years_before(ago(-20), 28), last_contact_on=ago(40))
        CaseFactory(case_manager=post, paused=True, paused_until=ago(1))
        ExpiringDocumentFactory(client=late.client, valid_until=ago(number - 3))
        ConsentFactory(client=late.client, valid_until=ago(-(number % 30)))
        ReleaseFactory(client=late.client, valid_until=ago(-(number % 30)))
        PlanFactory(case=late, overdue=True)
        ReferralFactory(case=late, due=True, topic=topic)
        IntakeRequestFactory(case_manager=post)
        HandoverFactory(to_case_manager=post, case__case_manager=giver)
        DraftFactory(case=late, user=post.user)
        for days in (1, 0, -1):
            FollowUpFactory(case=late, due_on=ago(days))


def sections(browser):
    return {section.source.code: section for section in browser.get(TODAY).context["sections"]}


def test_sources_are_told_apart():
    assert len({source.code for source in SOURCES}) == len({source.slug for source in SOURCES}) == len(SOURCES)
    assert not {source.slug for source in SOURCES} & set(FOLLOW_UPS)


@pytest.mark.parametrize("rows", [1, 30])
def test_no_section_asks_per_row(as_case_manager, post, rows):
    SubstitutionFactory.create_batch(rows, deputy=post, absent__provider=post.provider)
    fill(post, rows)
    assert {section.total for section in sections(as_case_manager).values()} == {rows}
    assert queries(lambda: as_case_manager.get(TODAY)) == 12
    for slug in SECTIONS:
        assert queries(lambda slug=slug: as_case_manager.get(url("due_list", None, slug))) <= 7, slug


def test_documents_stand_with_their_day_the_oldest_first(as_case_manager, post):
    for days in (1, 0, -56, -57):
        ExpiringDocumentFactory(client=CaseFactory(case_manager=post).client, valid_until=ago(days))
    ExpiringDocumentFactory(client=CaseFactory(case_manager=post).client, done=True)
    rows = sections(as_case_manager)["documents"].rows
    assert [row.when for row in rows] == [
        f"Duldung, abgelaufen am {german(ago(1))}",
        f"Duldung bis {german(ago(0))}",
        f"Duldung bis {german(ago(-56))}",
    ]
    assert [row.is_late for row in rows] == [True, False, False]
    assert rows[0].url == url("document_list", rows[0].case)


def test_silence_and_birthdays_in_words(as_case_manager, post):
    CaseFactory(case_manager=post, last_contact_on=ago(40))
    CaseFactory(case_manager=post, opened_on=ago(50))
    CaseFactory(case_manager=post, last_contact_on=ago(1), client__birth_date=years_before(ago(-20), 28))
    found = sections(as_case_manager)
    assert [row.when for row in found["silent"].rows] == ["noch kein Kontakt", f"zuletzt {german(ago(40))}"]
    assert [row.when for row in found["ageing_out"].rows] == [german(ago(-20))]


def test_a_long_section_leads_to_its_full_list(as_case_manager, post):
    fill(post, SHOWN + 1)
    page = text_of(as_case_manager.get(TODAY))
    for slug in SECTIONS:
        target = url("due_list", None, slug)
        assert f'href="{target}">Alle {SHOWN + 1} ansehen' in page
        assert as_case_manager.get(target).context["page"].paginator.count == SHOWN + 1


@pytest.mark.parametrize("slug", SECTIONS)
def test_an_empty_section_says_so(as_case_manager, slug):
    assert "Hier ist nichts zu tun." in text_of(as_case_manager.get(url("due_list", None, slug)))


@pytest.mark.parametrize("slug", ["gibt-es-nicht", "documents", "0"])
def test_a_section_that_does_not_exist(as_case_manager, slug):
    assert as_case_manager.get(url("due_list", None, slug)).status_code == 404


@pytest.mark.parametrize(("left", "said"), [(15, None), (14, "am"), (0, "am"), (-1, "war fällig am")])
def test_plans_to_review_within_a_fortnight(as_case_manager, post, left, said):
    PlanFactory(case=CaseFactory(case_manager=post), review_on=ago(-left))
    PlanFactory(case=CaseFactory(case_manager=post), draft=True)
    PlanFactory(case=CaseFactory(case_manager=post, closed=True), overdue=True)
    rows = sections(as_case_manager)["plans"].rows
    assert [(row.when, row.is_late) for row in rows] == ([(f"{said} {german(ago(-left))}", left < 0)] if said else [])
    assert all(row.url == url("plan_review", row.case) for row in rows)


def test_referrals_whose_result_is_due_lead_to_their_result(as_case_manager, post):
    case = CaseFactory(case_manager=post)
    due = ReferralFactory(case=case, due=True)
    ReferralFactory(case=case)
    ReferralFactory(case=case, failed=True)
    (row,) = sections(as_case_manager)["referrals"].rows
    assert row.url == url("referral_result", case, due.pk)
    assert as_case_manager.get(row.url).status_code == 200


@pytest.mark.parametrize(("left", "counts"), [(31, 0), (30, 1), (0, 1), (-1, 0)])
def test_consents_and_releases_that_end_within_thirty_days(as_case_manager, post, left, counts):
    client = CaseFactory(case_manager=post).client
    ConsentFactory(client=client, valid_until=ago(-left))
    ConsentFactory(client=client, purpose="handover", valid_until=ago(-left), withdrawn_on=min(ago(0), ago(-left)))
    ReleaseFactory(client=client, valid_until=ago(-left))
    found = sections(as_case_manager)
    assert (found["consents"].total, found["releases"].total) == (counts, counts)


def test_a_consent_says_nothing_of_what_it_is_about(as_case_manager, post):
    case = CaseFactory(case_manager=post, protected=True)
    ConsentFactory(client=case.client, purpose="orientation", valid_until=ago(-3))
    page = text_of(as_case_manager.get(TODAY))
    assert f"bis {german(ago(-3))}" in page
    assert "Orientierung" not in page


def test_requests_are_mine_or_nobodys_and_stand_with_their_number(as_case_manager, post):
    mine, free = IntakeRequestFactory(case_manager=post), IntakeRequestFactory(provider=post.provider)
    IntakeRequestFactory(case_manager=CaseManagerFactory(provider=post.provider))
    IntakeRequestFactory(case_manager=post, status="withdrawn", end_reason="no_wish")
    IntakeRequestFactory(provider=post.provider, protected=True)
    IntakeRequestFactory()
    rows = sections(as_case_manager)["requests"].rows
    assert {row.name for row in rows} == {mine.number, free.number}
    assert {row.url for row in rows} == {url("request_detail", each.number) for each in (mine, free)}
    assert {row.when for row in rows} == {f"seit {german(ago(2))}"}
    assert mine.name not in text_of(as_case_manager.get(TODAY))


def test_hand_overs_are_those_offered_to_oneself_without_the_name_of_the_person(as_case_manager, post):
    giver = CaseManagerFactory(provider=post.provider, user__name="Gerda Gebend")
    offered = HandoverFactory(to_case_manager=post, case__case_manager=giver)
    HandoverFactory(to_case_manager=post, case__case_manager=giver, done=True)
    HandoverFactory(case__case_manager=post)
    (row,) = sections(as_case_manager)["handovers"].rows
    assert (row.name, row.url) == ("Übergabe von Gerda Gebend", url("handover_answer", None, offered.pk))
    assert offered.case.client.family_name not in text_of(as_case_manager.get(TODAY))


@pytest.mark.parametrize("who", ["as_colleague", "as_stranger"])
def test_nobody_elses_rows(request, post, who):
    fill(post, 1)
    browser = request.getfixturevalue(who)
    assert not any(sections(browser).values())
    for slug in SECTIONS:
        assert browser.get(url("due_list", None, slug)).context["page"].paginator.count == 0


def test_a_deputy_has_the_absent_colleagues_rows_but_no_protected_ones(as_deputy, post):
    ExpiringDocumentFactory(client=CaseFactory(case_manager=post, client__family_name="Offen").client)
    ExpiringDocumentFactory(
        client=CaseFactory(case_manager=post, client__family_name="Verborgen", protected=True).client
    )
    assert [row.case.client.family_name for row in sections(as_deputy)["documents"].rows] == ["Offen"]
    assert "Verborgen" not in text_of(as_deputy.get(url("due_list", None, "fristen")))


def test_a_document_of_a_closed_case_is_not_due(as_case_manager, post):
    ExpiringDocumentFactory(client=CaseFactory(case_manager=post, closed=True).client)
    assert not sections(as_case_manager)["documents"]


def test_the_track_is_told_nowhere(as_case_manager, post):
    case = CaseFactory(case_manager=post, protected=True, last_contact_on=ago(40))
    ExpiringDocumentFactory(client=case.client)
    FollowUpFactory(case=case)
    for page in (TODAY, *(url("due_list", None, slug) for slug in SECTIONS)):
        assert str(case.track) not in text_of(as_case_manager.get(page))


def test_the_daily_mail_counts_deadlines_up_to_today(case_manager, post):
    for days in (3, 0, -1):
        ExpiringDocumentFactory(
            client=CaseFactory(case_manager=post, last_contact_on=ago(40)).client, valid_until=ago(days)
        )
    assert due_today(Scope.of(case_manager, ago(0))) == 2


def test_a_colleague_with_nothing_has_an_empty_day(case_manager):
    assert due_today(Scope.of(case_manager, ago(0))) == 0


def test_a_desk_too_large_for_a_list_of_keys_shows_the_same(as_case_manager, case_manager, monkeypatch):
    for _number in range(3):
        CaseFactory(case_manager=case_manager.case_manager, last_contact_on=ago(40))

    def shown():
        return {section.source.code: section.total for section in as_case_manager.get(url("today")).context["sections"]}

    by_keys = shown()
    monkeypatch.setattr(worklist, "MOST_KEYS", 2)
    assert shown() == by_keys
    assert by_keys["silent"] == 3
