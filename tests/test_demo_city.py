"""The demonstration city: only into an empty database, whole, believable, and the same again from the same seed."""

import itertools
from datetime import date, timedelta
from io import StringIO
from random import Random

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F
from django.test import override_settings
from django.urls import reverse

from cases.demo import landscape, method_texts, names, texts, themes
from cases.demo.staff import PASSWORD, address, drawn_counsellors
from cases.models import Case, Client, Consent, Consultation, Draft, FollowUp, Goal, IntakeRequest, Need, Notice
from districts.models import CaseManager, District, Institution, Language, Provider, Substitution, Topic, Track
from kim.audit.models import Entry
from kim.users.models import Role, User
from tests.factories import ClientFactory, InstitutionFactory, ProviderFactory, UserFactory

CLIENTS, CONSULTATIONS = 150, 1500
TODAY = date(2026, 11, 20)


def load(**options):
    out = StringIO()
    size = {"clients": CLIENTS, "consultations": CONSULTATIONS, "today": TODAY}
    call_command("demo_city", stdout=out, **(size | options))
    return out.getvalue()


@pytest.fixture
def demo(settings, db):
    settings.DEMO = True


def test_only_a_demonstration_is_filled(settings, db):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=true"):
        load()
    assert not User.objects.exists()


@pytest.mark.parametrize("factory", [UserFactory, ProviderFactory, InstitutionFactory, ClientFactory])
def test_only_an_empty_database_is_filled(demo, factory):
    factory()
    before = (User.objects.count(), Client.objects.count())
    with pytest.raises(CommandError, match="nicht leer"):
        load()
    assert (User.objects.count(), Client.objects.count()) == before


def test_make_run_neither_fails_nor_fills_again(demo):
    InstitutionFactory()
    assert load(if_empty=True) == ""
    assert not User.objects.exists()


@pytest.mark.parametrize("is_demo", [True, False])
def test_make_run_names_the_logins_that_are_there_and_only_of_a_demonstration(settings, db, is_demo):
    settings.DEMO = is_demo
    UserFactory(email="koordination@kim-koeln.example", name="Kora Stadt")
    UserFactory(email="wer.anders@kim-koeln.example")
    out = StringIO()
    call_command("demo_logins", stdout=out)
    assert ("koordination@kim-koeln.example" in out.getvalue()) == is_demo
    assert "wer.anders" not in out.getvalue()


@pytest.mark.parametrize("size", [{"clients": 99}, {"clients": 200, "consultations": 599}])
def test_a_city_too_small_to_be_believable_is_refused(demo, size):
    with pytest.raises(CommandError, match="mindestens"):
        load(**size)


def test_the_same_seed_is_the_same_city(demo):
    def picture(**options):
        """What the city says; built and taken back."""
        with transaction.atomic():
            load(**options)
            seen = (
                list(
                    Case.objects.order_by("number").values_list("number", "opened_on", "closed_on", "client__sort_name")
                ),
                list(Consultation.objects.order_by("pk").values_list("pk", "held_on", "kind", "note")),
                list(FollowUp.objects.order_by("pk").values_list("pk", "due_on", "text")),
                list(Need.objects.order_by("pk").values_list("pk", "topic", "text", "status", "settled_on")),
                list(Goal.objects.order_by("pk").values_list("pk", "text", "due_on", "status")),
                list(IntakeRequest.objects.order_by("number").values_list("number", "name", "status", "received_on")),
                list(Notice.objects.order_by("kind", "path", "user").values_list("kind", "path", "created_at")),
            )
            transaction.set_rollback(True)
        return seen

    first = picture()
    assert picture() == first
    assert picture(seed=1) != first
    assert picture(today=TODAY - timedelta(days=1)) != first


def test_a_desk_is_as_heavy_in_a_larger_city(demo):
    with transaction.atomic():
        load(clients=3 * 553, consultations=3 * 3 * 553)
        assert CaseManager.objects.count() == 3 * 17
        assert Provider.objects.count() == 11
        per_desk = Client.objects.count() / CaseManager.objects.count()
        assert per_desk == pytest.approx(landscape.CLIENTS_PER_DESK)
        loads = CaseManager.objects.annotate(load=Count("cases")).order_by("-load").values_list("load", flat=True)
        assert loads[0] < 2 * per_desk
        named = set(CaseManager.objects.order_by("pk").values_list("user__name", flat=True)[:17])
        transaction.set_rollback(True)
    assert named == {person.name for person in landscape.COUNSELLORS}


@pytest.mark.parametrize("clients", [100, 553])
def test_the_usual_city_has_the_named_people_only(clients):
    rng = Random(1)
    assert drawn_counsellors(rng, clients) == list(landscape.COUNSELLORS)
    assert rng.getstate() == Random(1).getstate()


def test_a_very_large_city_has_people_enough():
    drawn = drawn_counsellors(Random(1), 100_000)
    assert drawn == drawn_counsellors(Random(1), 100_000)
    assert len(drawn) == 3074
    assert len({person.name for person in drawn}) == len({address(person.name) for person in drawn}) == 3074
    assert [person._replace(name="") for person in drawn[17:34]] == [person._replace(name="") for person in drawn[:17]]


# --- One city for all tests below, which only look at it. Nothing above may come after it: there the database is empty.


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(DEMO=True):
            printed = load()
        yield printed
        transaction.set_rollback(True)


@pytest.fixture
def city(loaded, db):
    return loaded


def test_the_sizes_asked_for_are_the_sizes_made(city):
    assert (Client.objects.count(), Consultation.objects.count()) == (CLIENTS, CONSULTATIONS)
    assert 0.5 < Case.objects.open().count() / Case.objects.count() < 0.6
    entry = Entry.objects.get()
    assert entry.action == "demo.loaded"
    assert entry.details["clients"] == CLIENTS


def test_one_login_per_role_is_printed_and_works(city, client, settings):
    settings.MFA_REQUIRED, settings.DEMO = False, True
    out = StringIO()
    call_command("demo_logins", stdout=out)
    for role in Role:
        login = User.objects.filter(role=role, email__in=out.getvalue().split()).get()
        assert login.check_password(PASSWORD)
        validate_password(PASSWORD, login)
    client.force_login(User.objects.get(email="fallmanagement@kim-koeln.example"))
    assert client.get(reverse("cases:today")).status_code == 200


def test_the_staff_covers_the_city(city):
    assert Provider.objects.filter(name__endswith=landscape.MARK).count() == Provider.objects.count() == 11
    assert CaseManager.objects.count() == 17
    assert set(CaseManager.objects.values_list("districts", flat=True)) - {None} == set(range(1, 10))
    chorweiler, farsi = District.objects.get(number=6), Language.objects.get(code="fa")
    assert (
        CaseManager.objects.listed()
        .filter(districts=chorweiler)
        .speaking(farsi)
        .on_track(Track.objects.get(code="general"))
    )
    assert set(Track.objects.filter(case_managers=None)) == set()
    for provider in Provider.objects.all():
        roles = set(provider.memberships.values_list("user__role", flat=True))
        assert roles == {Role.LEAD, Role.DATA_PROTECTION}
    assert set(User.objects.filter(role_confirmed_at=None)) == set()
    for manager in CaseManager.objects.all():
        assert manager.work_email.endswith(".example")
        assert manager.work_phone.startswith("+49 221 4710-")


def test_every_record_is_valid(city):
    for model in (Provider, CaseManager, Substitution, Institution, Client, Case, Consent, FollowUp):
        for record in model.objects.all()[:200]:
            record.full_clean()
    for consultation in Consultation.objects.all()[:200]:
        consultation.full_clean()


def test_what_was_written_in_bulk_is_as_if_saved(city):
    for client in Client.objects.all()[:50]:
        before = (client.sort_name, client.search_text, client.search_skeleton, client.search_phone)
        client.fill_search_columns()
        assert before == (client.sort_name, client.search_text, client.search_skeleton, client.search_phone)
    for case in Case.objects.prefetch_related("consultations"):
        days = [row.held_on for row in case.consultations.all() if row.kind in Consultation.WITH_PERSON]
        assert case.last_contact_on == max(days)


def test_history_is_possible(city):
    for case in Case.objects.select_related("client", "track").prefetch_related("consultations"):
        end = case.closed_on or TODAY
        assert case.opened_on <= end <= TODAY
        assert all(case.opened_on <= row.held_on <= end for row in case.consultations.all())
        assert all(
            (row.district_id, row.track_id) == (case.district_id, case.track_id) for row in case.consultations.all()
        )
        is_inside = case.age_at_opening is None or case.track.covers_age(case.age_at_opening)
        assert is_inside == (case.age_reason == "")


def test_consents_are_there_where_they_must(city):
    managed = Case.objects.filter(service_level=Case.ServiceLevel.CASE_MANAGEMENT)
    assert not managed.exclude(client__consents__purpose=Consent.Purpose.DOCUMENTATION)
    protected = Case.objects.filter(track__is_protected=True)
    assert protected
    assert not protected.exclude(client__consents__purpose=F("track__special_category"))


def test_there_is_something_to_do_and_something_unusual(city):
    day = {"today": TODAY}
    for manager in CaseManager.objects.annotate(load=Count("cases")).filter(load__gt=12):
        due = FollowUp.objects.open().filter(case__case_manager=manager)
        assert due.filter(due_on__lt=TODAY)
        assert due.filter(due_on=TODAY)
        assert due.filter(due_on__gt=TODAY)
    assert Case.objects.silent(**day)
    assert Case.objects.ageing_out(**day)
    assert Case.objects.filter(status=Case.Status.PAUSED)
    assert Case.objects.exclude(reopen_requested_at=None)
    assert Substitution.objects.in_force(TODAY).count() == 1
    assert Draft.objects.count() == 2
    kinds = dict(Consultation.objects.order_by().values_list("kind").annotate(Count("pk")))
    assert set(kinds) == set(Consultation.Kind.values)
    assert Consultation.objects.filter(case=None).count() == round(CONSULTATIONS * 0.06) + round(CONSULTATIONS * 0.02)


def test_districts_differ(city):
    cases = dict(Case.objects.exclude(district=None).order_by().values_list("district").annotate(Count("pk")))
    assert set(cases) == set(District.objects.values_list("pk", flat=True))
    assert min(cases[number] for number in (6, 8, 9)) > max(cases[number] for number in (2, 3))


def test_notes_never_repeat_in_a_row(city):
    for case in Case.objects.prefetch_related("consultations"):
        notes = [row.note for row in case.consultations.order_by("held_on", "created_at")]
        assert all(notes)
        assert all(first != second for first, second in itertools.pairwise(notes))


def test_the_texts_fit_the_catalogue(db):
    main = set(Topic.objects.main().values_list("code", flat=True))
    assert set(themes.MAIN) == set(texts.SENTENCES) == main
    codes = set(Topic.objects.values_list("code", flat=True))
    assert {code for place in landscape.INSTITUTIONS for code in place.topics} <= codes
    assert {topic for favoured in themes.SUBTOPICS.values() for topic in favoured} <= codes
    assert set(texts.OPENERS) == set(Consultation.Kind)
    assert set(method_texts.NEEDS) == set(method_texts.AIMS) == set(method_texts.BARRIERS) == main
    for topic, wants in method_texts.NEEDS.items():
        assert {want.topic for want in wants} <= codes
        assert all(0 <= want.aim < len(method_texts.AIMS[topic]) for want in wants)
    assert set(method_texts.HURDLES) >= {barrier for usual in method_texts.BARRIERS.values() for barrier in usual}
    assert set(method_texts.CLEARING) == set(Case.ServiceLevel)
    longest = max(len(text) for text in texts.FOLLOW_UPS)
    assert longest <= 500
    assert all(set(origin.residence) <= set(Client.ResidenceGroup.values) for origin in names.ORIGINS)
