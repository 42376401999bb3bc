"""What must never be false, who sees what, and how names are found."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cases import numbers, search
from cases.models import Case, Client, Consent, Consultation, Draft, FollowUp
from cases.models.case import FOLLOW_UP_PERIOD, years_before
from cases.models.client import age_on
from districts.models import CaseManager, Institution, Population, Provider, Substitution, Topic, Track
from kim.records import ChangedMeanwhile
from kim.users.models import User
from tests.factories import (
    CaseFactory,
    CaseManagerFactory,
    ClientFactory,
    ConsentFactory,
    ConsultationFactory,
    DistrictFactory,
    DraftFactory,
    FollowUpFactory,
    InstitutionFactory,
    MembershipFactory,
    ProviderFactory,
    SubstitutionFactory,
    TopicFactory,
    TrackFactory,
    UserFactory,
)

TODAY = timezone.localdate


def ago(days):
    return TODAY() - timedelta(days=days)


# --- Constraints, past the form, in the database


def violate(model, name, pk, **values):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        model.objects.filter(pk=pk).update(**values)
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("case_closed_after_opened", {"opened_on": date(2030, 1, 1)}),
        ("case_closed_with_reason", {"closing_reason": ""}),
        ("case_closed_with_reason", {"closed_on": None, "status": Case.Status.CLEARING}),
        ("case_status_fits_closing", {"status": Case.Status.PLANNING}),
    ],
)
def test_a_closed_case_is_whole(db, name, values):
    violate(Case, name, CaseFactory(closed=True).pk, **values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("case_closed_with_reason", {"closed_on": date(2040, 1, 1), "status": Case.Status.CLOSED}),
        ("case_closed_with_reason", {"closing_reason": Case.ClosingReason.OTHER}),
        ("case_status_fits_closing", {"status": Case.Status.CLOSED}),
    ],
)
def test_an_open_case_is_whole(db, name, values):
    violate(Case, name, CaseFactory().pk, **values)


def test_a_client_has_one_open_case(db):
    case = CaseFactory()
    CaseFactory(client=case.client, case_manager=case.case_manager, closed=True)
    with pytest.raises(IntegrityError, match=r"case_one_open_per_client|cases_case\.client_id"), transaction.atomic():
        CaseFactory(client=case.client, case_manager=case.case_manager)


def test_a_case_number_exists_once(db):
    first, second = CaseFactory(), CaseFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=first.pk).update(number=second.number)


def test_a_client_has_a_name(db):
    client = ClientFactory(family_name="", pseudonym="")
    violate(Client, "client_has_a_name", client.pk, given_names="")
    Client.objects.filter(pk=client.pk).update(given_names="", pseudonym="Löwin")


def test_a_consent_is_in_force_once_per_purpose(db):
    consent = ConsentFactory()
    with pytest.raises(IntegrityError, match=r"consent_one_in_force|cases_consent\.client_id"), transaction.atomic():
        ConsentFactory(client=consent.client)
    consent.withdraw()
    consent.save()
    again = ConsentFactory(client=consent.client)
    assert set(Consent.objects.in_force()) == {again}


def test_a_consent_is_withdrawn_after_it_was_given(db):
    consent = ConsentFactory()
    violate(Consent, "consent_withdrawn_after_given", consent.pk, withdrawn_on=consent.given_on - timedelta(days=1))
    Consent.objects.filter(pk=consent.pk).update(withdrawn_on=consent.given_on)


def test_consent_to_special_categories_is_not_oral(db):
    for purpose in Consent.SPECIAL:
        consent = ConsentFactory(purpose=purpose)
        violate(Consent, "consent_special_category_not_oral", consent.pk, form=Consent.Form.ORAL)
    ConsentFactory(client=consent.client, form=Consent.Form.ORAL)


@pytest.mark.parametrize("minutes", [0, 721])
def test_a_consultation_lasts_between_a_minute_and_twelve_hours(db, minutes):
    violate(Consultation, "consultation_minutes", ConsultationFactory().pk, minutes=minutes)


@pytest.mark.parametrize("minutes", [1, 720])
def test_the_ends_of_that_range_are_possible(db, minutes):
    Consultation.objects.filter(pk=ConsultationFactory().pk).update(minutes=minutes)


def test_waiting_is_part_of_the_minutes(db):
    consultation = ConsultationFactory(minutes=60, waiting_minutes=60)
    violate(Consultation, "consultation_waiting_within_minutes", consultation.pk, waiting_minutes=61)


@pytest.mark.parametrize("factory", [ClientFactory, CaseFactory, ConsultationFactory, FollowUpFactory])
def test_a_form_key_counts_once(db, factory):
    record = factory()
    with pytest.raises(IntegrityError, match="form_key"), transaction.atomic():
        factory(form_key=record.form_key)


def test_somebody_has_one_draft_per_form(db):
    draft = DraftFactory()
    with pytest.raises(IntegrityError, match=r"draft_once_per_form|form_key"), transaction.atomic():
        DraftFactory(form_key=draft.form_key, user=draft.user, case=draft.case)


def test_track_ages_are_in_order(db):
    violate(Track, "track_ages_in_order", TrackFactory().pk, min_age=30, max_age=29)


def test_a_track_is_protected_for_what_it_reveals(db):
    violate(Track, "track_protected_for_a_category", TrackFactory(protected=True).pk, special_category="none")
    violate(Track, "track_protected_for_a_category", TrackFactory().pk, special_category="health")


def test_topic_validity_is_in_order(db):
    violate(
        Topic, "topic_validity_in_order", TopicFactory().pk, valid_from=date(2026, 2, 1), valid_until=date(2026, 1, 31)
    )


def test_population_exists_once(db):
    row = {"district": DistrictFactory(), "year": 1999, "band": Population.Band.ALL, "count": 1, "source": "Test"}
    Population.objects.create(**row, imported_on=TODAY())
    with (
        pytest.raises(IntegrityError, match=r"population_once|districts_population\.district_id"),
        transaction.atomic(),
    ):
        Population.objects.create(**row, imported_on=TODAY())


@pytest.mark.parametrize("share", ["-0.01", "1.01"])
def test_a_post_is_at_most_full(db, share):
    violate(CaseManager, "case_manager_post_share", CaseManagerFactory().pk, post_share=share)


def test_substitution_days_are_in_order(db):
    substitution = SubstitutionFactory()
    violate(
        Substitution, "substitution_days_in_order", substitution.pk,
        ends_on=substitution.starts_on - timedelta(days=1),
    )  # fmt: skip


def test_nobody_stands_in_for_themselves(db):
    substitution = SubstitutionFactory()
    violate(Substitution, "substitution_not_by_oneself", substitution.pk, deputy=substitution.absent)


def test_an_email_address_is_one_login_in_any_case(db):
    UserFactory(email="leyla@kim-koeln.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(email="Leyla@KIM-koeln.example")


def test_a_substitution_lasts_six_weeks_at_most_and_stays_at_the_traeger(db):
    substitution = SubstitutionFactory()
    substitution.ends_on = substitution.starts_on + timedelta(days=41)
    substitution.clean()
    substitution.ends_on += timedelta(days=1)
    with pytest.raises(ValidationError, match="sechs Wochen"):
        substitution.clean()
    with pytest.raises(ValidationError, match="selben Träger"):
        SubstitutionFactory(deputy=CaseManagerFactory()).clean()


# --- Who sees which rows


@pytest.fixture
def files(case_manager, colleague, stranger):
    """Cases of three people, each with a consultation, a follow-up and a draft that could leak."""
    own = CaseFactory(case_manager=case_manager.case_manager)
    protected = CaseFactory(case_manager=case_manager.case_manager, protected=True)
    closed = CaseFactory(case_manager=case_manager.case_manager, closed=True, opened_on=ago(200))
    theirs = CaseFactory(case_manager=colleague.case_manager)
    foreign = CaseFactory(case_manager=stranger.case_manager)
    for case in (own, protected, closed, theirs, foreign):
        ConsultationFactory(case=case)
        FollowUpFactory(case=case)
    return {"own": own, "protected": protected, "closed": closed, "theirs": theirs, "foreign": foreign}


VISIBLE = {
    "case_manager": {"own", "protected", "closed"},
    "deputy": {"own", "closed"},
    "colleague": {"theirs"},
    "stranger": {"foreign"},
    "lead": set(),
    "coordination": set(),
    "data_protection": set(),
    "admin_user": set(),
}


@pytest.mark.parametrize("who", VISIBLE)
def test_cases_and_their_parts_are_seen_by_whoever_works_on_them(files, who, request):
    user = request.getfixturevalue(who)
    seen = {files[name] for name in VISIBLE[who]}
    assert set(Case.objects.visible_to(user)) == seen
    assert set(Client.objects.visible_to(user)) == {case.client for case in seen}
    assert {row.case for row in Consultation.objects.visible_to(user)} == seen
    assert {row.case for row in FollowUp.objects.visible_to(user)} == seen


@pytest.mark.parametrize("manager", [Case.objects, Client.objects, Consultation.objects, FollowUp.objects])
def test_an_unconfirmed_role_sees_nothing(files, case_manager, manager):
    case_manager.role_confirmed_at = None
    case_manager.save()
    assert not manager.visible_to(case_manager)


@pytest.mark.parametrize("manager", [Case.objects, Client.objects, Consultation.objects, FollowUp.objects])
def test_a_deactivated_account_sees_nothing(files, case_manager, manager):
    case_manager.is_active = False
    assert not manager.visible_to(case_manager)


def test_a_lead_sees_the_rows_of_the_own_traeger_as_a_list(files, lead):
    assert set(Case.objects.listed_for(lead)) == {files[name] for name in ("own", "protected", "closed", "theirs")}


@pytest.mark.parametrize("who", ["case_manager", "coordination", "data_protection", "admin_user"])
def test_nobody_else_has_that_list(files, who, request):
    assert not Case.objects.listed_for(request.getfixturevalue(who))


@pytest.mark.parametrize(
    ("starts", "ends", "sees"), [(0, 0, True), (-1, 0, True), (0, 1, True), (-14, -1, False), (1, 9, False)]
)
def test_a_substitution_counts_from_its_first_to_its_last_day(case_manager, colleague, starts, ends, sees):
    case = CaseFactory(case_manager=case_manager.case_manager)
    SubstitutionFactory(
        absent=case_manager.case_manager, deputy=colleague.case_manager,
        starts_on=TODAY() + timedelta(days=starts), ends_on=TODAY() + timedelta(days=ends),
    )  # fmt: skip
    assert set(Case.objects.visible_to(colleague)) == ({case} if sees else set())


def test_deputising_is_not_handed_on(case_manager, deputy, colleague):
    CaseFactory(case_manager=case_manager.case_manager)
    SubstitutionFactory(absent=deputy.case_manager, deputy=colleague.case_manager)
    assert not Case.objects.visible_to(colleague)


def test_private_notes_are_the_authors_alone(case_manager, deputy):
    case = CaseFactory(case_manager=case_manager.case_manager)
    shared, private = ConsultationFactory(case=case), ConsultationFactory(case=case, is_private=True)
    deputys = ConsultationFactory(case=case, is_private=True, created_by=deputy)
    assert set(Consultation.objects.visible_to(case_manager)) == {shared, private}
    assert set(Consultation.objects.visible_to(deputy)) == {shared, deputys}


def test_anonymous_consultations_are_seen_by_who_counselled(case_manager, deputy, colleague, stranger, lead):
    consultation = ConsultationFactory(anonymous=True, case_manager=case_manager.case_manager)
    assert set(Consultation.objects.visible_to(case_manager)) == {consultation}
    for user in (deputy, colleague, stranger, lead):
        assert not Consultation.objects.visible_to(user)


def test_drafts_are_ones_own_and_only_while_the_case_is_open_to_one(case_manager, deputy, stranger):
    case = CaseFactory(case_manager=case_manager.case_manager)
    own, without_case = DraftFactory(case=case), DraftFactory(case=None, user=case_manager)
    deputys, lost = DraftFactory(case=case, user=deputy), DraftFactory(case=case, user=stranger)
    assert set(Draft.objects.visible_to(case_manager)) == {own, without_case}
    assert set(Draft.objects.visible_to(deputy)) == {deputys}
    assert lost not in Draft.objects.visible_to(stranger)
    Substitution.objects.update(ends_on=ago(1))
    assert not Draft.objects.visible_to(deputy)


def test_drafts_expire_after_fourteen_days(db):
    DraftFactory(saved_at=timezone.now() - timedelta(days=13, hours=23))
    old = DraftFactory(saved_at=timezone.now() - timedelta(days=14, minutes=1))
    assert set(Draft.objects.expired()) == {old}


@pytest.mark.parametrize(("days", "sees"), [(0, True), (90, True), (91, False)])
def test_a_closed_case_stays_for_ninety_days(case_manager, days, sees):
    case = CaseFactory(case_manager=case_manager.case_manager, closed=True, opened_on=ago(300), closed_on=ago(days))
    ConsultationFactory(case=case, held_on=ago(100))
    assert FOLLOW_UP_PERIOD.days == 90
    assert Case.objects.visible_to(case_manager).exists() is sees
    assert Client.objects.visible_to(case_manager).exists() is sees
    assert Consultation.objects.visible_to(case_manager).exists() is sees


def test_the_traeger_of_a_user(case_manager, lead, data_protection, coordination, admin_user, provider, stranger):
    for user in (case_manager, lead, data_protection):
        assert list(Provider.objects.of(user)) == [provider]
    assert not Provider.objects.of(coordination)
    assert not Provider.objects.of(admin_user)
    assert provider not in Provider.objects.of(stranger)


# --- Words of the QuerySets


def test_silent_is_more_than_four_weeks_without_contact(db):
    CaseFactory(last_contact_on=ago(28), opened_on=ago(100))
    CaseFactory(last_contact_on=None, opened_on=ago(28))
    CaseFactory(last_contact_on=ago(60), opened_on=ago(100), paused=True)
    CaseFactory(last_contact_on=ago(60), opened_on=ago(100), closed=True)
    silent = CaseFactory(last_contact_on=ago(29), opened_on=ago(100)), CaseFactory(opened_on=ago(29))
    assert set(Case.objects.silent()) == set(silent)


def test_ageing_out_is_the_28th_birthday_within_half_a_year(db):
    def born(day, **case):
        return CaseFactory(client__birth_date=years_before(day, 28), **case)

    soon, later = born(TODAY() + timedelta(days=1)), born(TODAY() + timedelta(days=180))
    born(TODAY()), born(TODAY() + timedelta(days=182))
    born(TODAY() + timedelta(days=30), track=TrackFactory(without_age=True))
    born(TODAY() + timedelta(days=30), closed=True)
    assert set(Case.objects.ageing_out()) == {soon, later}


def test_follow_ups_due_are_those_of_today_and_before(db):
    case = CaseFactory()
    today, overdue = FollowUpFactory(case=case), FollowUpFactory(case=case, due_on=ago(3), due_at=time(9, 30))
    FollowUpFactory(case=case, due_on=ago(-1))
    FollowUpFactory(case=case, done=True)
    assert set(FollowUp.objects.due()) == {today, overdue}
    assert (today.is_overdue, overdue.is_overdue) == (False, True)
    overdue.complete(case.created_by)
    with pytest.raises(ValidationError, match="schon erledigt"):
        overdue.complete(case.created_by)


def test_no_show_conference_and_network_do_not_count_as_consultations(db):
    case = CaseFactory()
    for kind in Consultation.Kind.values:
        ConsultationFactory(case=case, kind=kind)
    not_counted = set(Consultation.Kind.values) - {row.kind for row in Consultation.objects.counted()}
    assert not_counted == {"no_show", "case_conference", "network"}


def test_institutions_serve_a_district_or_the_city(db):
    kalk, porz = DistrictFactory(), DistrictFactory(number=7)
    here, everywhere = InstitutionFactory(district=kalk), InstitutionFactory(district=None)
    InstitutionFactory(district=porz), InstitutionFactory(district=kalk, is_active=False)
    assert set(Institution.objects.active().serving(kalk)) == {here, everywhere}


def test_topics_are_valid_from_and_until_the_day_itself(db):
    day = date(2026, 5, 1)
    now = TopicFactory(code="a", valid_from=day, valid_until=day)
    TopicFactory(code="b", valid_from=day + timedelta(days=1)), TopicFactory(code="c", valid_until=ago(10**4))
    child = TopicFactory(code="d", parent=now)
    assert set(Topic.objects.valid_on(day).filter(code__in="abcd")) == {now, child}
    assert child not in Topic.objects.main()


def test_capacity_is_the_post_share_of_the_strictest_track(db):
    general, protected = TrackFactory(code="a", cases_per_post=20), TrackFactory(code="b", cases_per_post=15)
    assert CaseManagerFactory(post_share=Decimal("0.50"), tracks=[general, protected]).capacity == 7
    assert CaseManagerFactory(tracks=[general]).capacity == 20


# --- Age


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2000, 5, 17), date(2026, 5, 16), 25),
        (date(2000, 5, 17), date(2026, 5, 17), 26),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2026, 1, 1), date(2026, 1, 1), 0),
    ],
)
def test_age_on_a_day(born, day, age):
    assert age_on(born, day) == age


@pytest.mark.parametrize(
    ("days_to_birthday", "birthday", "inside"), [(1, 18, False), (0, 18, True), (1, 28, True), (0, 28, False)]
)
def test_eighteen_to_twenty_seven_counts_on_the_day_of_opening(db, days_to_birthday, birthday, inside):
    opened_on = date(2026, 6, 15)
    born = (opened_on + timedelta(days=days_to_birthday)).replace(year=2026 - birthday)
    case = CaseFactory(opened_on=opened_on, client__birth_date=born)
    if inside:
        case.set_age()
    else:
        with pytest.raises(ValidationError, match="begründen") as refused:
            case.set_age()
        assert list(refused.value.message_dict) == ["age_reason"]
        case.age_reason = "Gehört zum Haushalt einer beratenen Person."
        case.set_age()
    assert case.age_at_opening == birthday - days_to_birthday


def test_age_is_no_question_without_birth_date_or_without_limits(db):
    case = CaseFactory(client__birth_date=None)
    case.set_age()
    assert case.age_at_opening is None
    parent = CaseFactory(track=TrackFactory(without_age=True), client__birth_date=years_before(ago(40), 41))
    parent.set_age()
    assert parent.age_at_opening == 41


def test_the_file_names_the_28th_birthday(db):
    assert CaseFactory(client__birth_date=date(2000, 2, 29)).ages_out_on == date(2028, 2, 29)
    assert CaseFactory(client__birth_date=date(2001, 2, 28)).ages_out_on == date(2029, 2, 28)
    assert CaseFactory(client__birth_date=None).ages_out_on is None
    assert CaseFactory(track=TrackFactory(without_age=True)).ages_out_on is None


@pytest.mark.parametrize(("day", "valid"), [(ago(-1), False), (ago(0), True), (years_before(ago(0), 111), False)])
def test_birth_dates_are_possible(db, day, valid):
    client = ClientFactory.build(birth_date=day, provider=ProviderFactory(), created_by=UserFactory())
    if valid:
        return client.clean_fields()
    with pytest.raises(ValidationError, match="Geburtsdatum"):
        client.clean_fields()


# --- Changes of state


def test_pause_and_resume_come_back_to_the_same_phase(db):
    case = CaseFactory(status=Case.Status.PLANNING)
    case.pause(reason="Klinik.", until=None)
    assert case.is_paused
    with pytest.raises(ValidationError, match="laufender Fall"):
        case.pause(reason="Noch einmal.", until=None)
    with pytest.raises(ValidationError, match="laufenden Fall"):
        case.enter_phase(Case.Status.ASSESSMENT)
    case.resume()
    assert (case.status, case.pause_reason, case.phase_before_pause) == (Case.Status.PLANNING, "", "")
    with pytest.raises(ValidationError, match="ruht nicht"):
        case.resume()


@pytest.mark.parametrize("phase", [Case.Status.PAUSED, Case.Status.CLOSED, "unknown"])
def test_only_the_four_phases_are_entered(db, phase):
    with pytest.raises(ValidationError):
        CaseFactory().enter_phase(phase)


def test_closing_refuses_in_plain_words(db):
    case = CaseFactory(opened_on=ago(10))
    with pytest.raises(ValidationError, match="vor seiner Eröffnung"):
        case.close(on=ago(11), reason=Case.ClosingReason.OTHER)
    with pytest.raises(ValidationError, match="Zukunft"):
        case.close(on=ago(-1), reason=Case.ClosingReason.OTHER)
    case.close(on=ago(10), reason=Case.ClosingReason.OTHER)
    case.save()
    with pytest.raises(ValidationError, match="bereits abgeschlossen"):
        case.close(on=TODAY(), reason=Case.ClosingReason.OTHER)
    with pytest.raises(ValidationError):
        case.pause(reason="", until=None)


def test_a_paused_case_closes_and_reopens_in_its_phase(db):
    case = CaseFactory(paused=True)
    case.close(on=TODAY(), reason=Case.ClosingReason.CONTACT_LOST, note="Kein Kontakt.")
    case.save()
    case.reopen()
    case.save()
    assert (case.status, case.closed_on, case.closing_reason) == (Case.Status.PLANNING, None, "")
    with pytest.raises(ValidationError, match="schon offen"):
        case.reopen()


def test_reopening_refuses_beside_another_open_case(db):
    closed = CaseFactory(closed=True)
    CaseFactory(client=closed.client, case_manager=closed.case_manager)
    with pytest.raises(ValidationError, match="bereits ein Fall offen"):
        closed.reopen()


def test_reopening_is_requested_once_and_can_be_declined(db):
    with pytest.raises(ValidationError, match="ist offen"):
        CaseFactory().request_reopening("Neuer Bescheid.")
    case = CaseFactory(closed=True)
    with pytest.raises(ValidationError, match="keine Wiederaufnahme"):
        case.decline_reopening()
    case.request_reopening("Neuer Bescheid.")
    with pytest.raises(ValidationError, match="schon beantragt"):
        case.request_reopening("Noch einmal.")
    case.decline_reopening()
    assert (case.reopen_requested_at, case.reopen_reason) == (None, "")


def test_a_withdrawn_consent_stays_withdrawn(db):
    consent = ConsentFactory(withdrawn_on=TODAY())
    with pytest.raises(ValidationError, match="schon widerrufen"):
        consent.withdraw()


@pytest.mark.parametrize("factory", [ClientFactory, CaseFactory, ConsultationFactory])
def test_the_second_save_of_the_same_version_is_noticed(db, factory):
    record = factory()
    first, second = type(record).objects.get(pk=record.pk), type(record).objects.get(pk=record.pk)
    first.save_version(1)
    with pytest.raises(ChangedMeanwhile):
        second.save_version(1)
    record.refresh_from_db()
    assert (record.version, first.version) == (2, 2)


# --- What is written where


def test_texts_about_people_are_unreadable_in_the_database(db):
    consultation = ConsultationFactory(note="Streng vertraulich.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM cases_consultation")
        (stored,) = cursor.fetchone()
    assert "vertraulich" not in stored
    assert Consultation.objects.get(pk=consultation.pk).note == "Streng vertraulich."


def test_no_record_about_a_person_prints_a_name(db):
    client = ClientFactory(given_names="Zarife", family_name="Unverkennbar")
    case = CaseFactory(client=client)
    records = [client, case, ConsultationFactory(case=case), FollowUpFactory(case=case), DraftFactory(case=case)]
    assert not any("Unverkennbar" in str(record) or "Zarife" in str(record) for record in records)


def test_a_lead_and_a_case_manager_are_people_of_a_traeger(db):
    membership = MembershipFactory()
    assert str(membership) == f"{membership.user}, {membership.provider}"
    assert User.objects.get(pk=membership.user_id).membership == membership


# --- Names in every spelling


NAMES = {
    "arabic": ("محمد", "الحلبي"),
    "mohammed": ("Mohammed", "Al-Halabi"),
    "turkish": ("Şeyma", "Öztürk-Şahin"),
    "ukrainian": ("Олександр", "Коваленко"),
    "tigrinya": ("ሰላም", "ተስፋይ"),
    "abdulrahman": ("عبد الرحمن", ""),
    "one_word": ("Zabihullah", ""),
    "mueller": ("Anna", "Müller"),
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Mohammed", {"arabic", "mohammed"}),
        ("محمد", {"arabic", "mohammed"}),
        ("Muhamed", {"arabic", "mohammed"}),
        ("Oeztuerk", {"turkish"}),
        ("Ozturk", {"turkish"}),
        ("öztürk", {"turkish"}),
        ("Seyma Sahin", {"turkish"}),
        ("Oleksandr", {"ukrainian"}),
        ("Коваленко", {"ukrainian"}),
        ("kovalenko", {"ukrainian"}),
        ("Kowalenko", {"ukrainian"}),
        ("ሰላም", {"tigrinya"}),
        ("Abdulrahman", {"abdulrahman"}),
        ("Zabih", {"one_word"}),
        ("Müller Anna", {"mueller"}),
        ("Anna Mueller", {"mueller"}),
        ("MULLER", {"mueller"}),
        ("Halabi Mohammed", {"arabic", "mohammed"}),
        ("Al-Halabi", {"arabic", "mohammed"}),
        ("", set()),
        ("!?", set()),
        ("Xyz", set()),
    ],
)
def test_a_name_is_found_in_every_spelling(db, query, found):
    provider, author = ProviderFactory(), UserFactory()
    clients = {
        key: ClientFactory(given_names=given, family_name=family, provider=provider, created_by=author)
        for key, (given, family) in NAMES.items()
    }
    assert set(Client.objects.filter(search.name_condition(query))) == {clients[key] for key in found}


def test_a_pseudonym_is_found(db):
    client = ClientFactory(given_names="", family_name="", pseudonym="Löwin")
    assert set(Client.objects.filter(search.name_condition("loewin"))) == {client}
    assert client.name == "Löwin"


@pytest.mark.parametrize("typed", ["+49 221 4710-12", "0221/471012", "0049 221 471012", "(0221) 4710 12", "221471012"])
def test_a_phone_number_is_its_digits(typed):
    assert search.phone_digits(typed) == "221471012"


def test_bulk_and_save_fill_the_same_search_columns(db):
    saved = ClientFactory(given_names="Şeyma", family_name="Öztürk", phone="+49 171 3920012")
    other = Client(given_names="Şeyma", family_name="Öztürk", phone="+49 171 3920012")
    other.fill_search_columns()
    for column in ("sort_name", "search_text", "search_skeleton", "search_phone"):
        assert getattr(saved, column) == getattr(other, column) != ""


# --- Case numbers


def test_a_new_number_reads_back():
    for _ in range(200):
        number = numbers.new_number()
        assert numbers.normalised(number) == number


def test_a_number_is_read_as_people_type_it():
    number = "K-7F3K-9" + numbers.check_character("7F3K9")
    loose = number.lower().replace("-", " ")
    assert numbers.normalised(loose) == number
    zero = "K-0000-0" + numbers.check_character("00000")
    assert numbers.normalised(zero.replace("0", "O", 1)) == zero


@pytest.mark.parametrize("typed", ["", "K", "7F3K9", "K-7F3K", "K-7F3K-9U", "X-7F3K-9Q", "K-7F3K-9QQ"])
def test_what_cannot_be_a_number_is_none(typed):
    assert numbers.normalised(typed) is None


def test_every_wrong_character_and_every_swap_of_neighbours_is_noticed():
    body = "7F3K9"
    symbols = body + numbers.check_character(body)
    for place in range(6):
        for other in numbers.ALPHABET:
            if other != symbols[place]:
                assert numbers.normalised(f"K{symbols[:place]}{other}{symbols[place + 1 :]}") is None
    for place in range(5):
        swapped = symbols[:place] + symbols[place + 1] + symbols[place] + symbols[place + 2 :]
        if swapped != symbols:
            assert numbers.normalised(f"K{swapped}") is None
