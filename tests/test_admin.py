"""The Systemverwaltung: who gets in, how accounts come to be and end, and what it never shows."""

from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.urls import reverse

from cases.models import Draft
from districts.models import CaseManager, District, Language, Membership, Population, Provider, Topic, Track
from kim.audit.models import Entry
from kim.permissions import Permission, may
from kim.users.models import Role, User
from kim.web.admin import site
from tests.factories import (
    AssociationFactory,
    CaseFactory,
    CaseManagerFactory,
    ConsultationFactory,
    DirectoryReportFactory,
    DraftFactory,
    HandoverFactory,
    IntakeRequestFactory,
    MembershipFactory,
    PrivacyNoticeFactory,
    ProviderFactory,
    SubstitutionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ROLES = ["case_manager", "lead", "coordination", "data_protection"]


def _add(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def _change(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def _list(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _errors(response):
    assert response.status_code == 200, "the form was accepted"
    return {name: list(errors) for name, errors in response.context["adminform"].form.errors.items()}


def _pages():
    pages = [reverse("admin:index"), reverse("admin:jsi18n"), reverse("admin:autocomplete")]
    for model in site._registry:
        pages += [
            _list(model),
            _add(model),
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=["1"]),
        ]
    return pages


# --- Who gets in


@pytest.mark.parametrize("role", ROLES)
def test_no_other_role_reaches_any_page(role, request, client_of):
    browser = client_of(request.getfixturevalue(role))
    assert {browser.get(page).status_code for page in _pages()} == {403}
    assert browser.post(_add(User), {}).status_code == 403


def test_logged_out_everything_leads_to_our_login(client):
    for page in _pages():
        assert client.get(page, follow=True).redirect_chain[-1][0].startswith(reverse("account_login"))


def test_an_admin_reaches_every_list(as_admin):
    DirectoryReportFactory()
    PrivacyNoticeFactory()
    SubstitutionFactory()
    for model in site._registry:
        assert as_admin.get(_list(model)).status_code == 200
        assert as_admin.get(_list(model), {"q": "a"}).status_code == 200
        assert as_admin.get(_change(model._default_manager.first())).status_code == 200


def test_nothing_of_cases_and_no_way_around_the_login_is_registered():
    assert {model._meta.label for model in site._registry} == {
        "districts.AnswerText",
        "districts.Association",
        "districts.CaseManager",
        "districts.Country",
        "districts.DirectoryReport",
        "districts.District",
        "districts.Institution",
        "districts.Language",
        "districts.Population",
        "districts.PrivacyNotice",
        "districts.Provider",
        "districts.PublicLanguage",
        "districts.PublicPage",
        "districts.Quarter",
        "districts.Substitution",
        "districts.Topic",
        "districts.Track",
        "users.User",
    }


def test_nobody_deletes_anything(as_admin):
    DirectoryReportFactory()
    PrivacyNoticeFactory()
    SubstitutionFactory()
    for model in site._registry:
        url = _change(model._default_manager.first()).replace("/change/", "/delete/")
        assert as_admin.post(url, {"post": "yes"}).status_code in (302, 404)
        assert model._default_manager.exists()
        assert "delete_selected" not in as_admin.get(_list(model)).content.decode()


def test_pages_carry_nothing_inline(as_admin):
    for page in (reverse("admin:index"), _list(User), _add(User), _add(CaseManager), _add(Topic)):
        content = as_admin.get(page).content.decode()
        assert "<style" not in content
        assert ' style="' not in content
        assert " onclick=" not in content
        assert "password" not in content.replace("/passwort/", "").replace("password_change", "")


def test_nonsense_in_addresses_is_answered(as_admin):
    DirectoryReportFactory()
    PrivacyNoticeFactory()
    SubstitutionFactory()
    for model in site._registry:
        pages = [_list(model) + query for query in ("?q=%00", "?x=1", "?p=99999999", "?o=x.-.9", "?id__exact=%00")]
        one = _change(model._default_manager.first())
        pages += [one.replace(f"/{one.split('/')[-3]}/change", f"/{key}/change") for key in ("%00", "x", "9" * 30)]
        assert {as_admin.get(page, follow=True).status_code for page in pages} <= {200, 400, 404}
    assert as_admin.post(_add(CaseManager), {"languages": ["\x00"]}).status_code == 400


# --- Creating people


def _post(provider, /, **changes):
    return {
        "name": "Nour Neu",
        "email": "Nour.Neu@Kim-Koeln.Example",
        "provider": provider.pk,
        "tracks": [Track.objects.get(code="general").pk],
        "districts": [8, 9],
        "languages": ["ar", "ku"],
        "post_share": "0,5",
        "work_phone": "0221 1234",
        "work_email": "",
        "office_hours": "",
    } | changes


def test_one_form_creates_a_case_manager(as_admin, admin_user, provider, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = as_admin.post(_add(CaseManager), _post(provider), follow=True)
    case_manager = CaseManager.objects.get()
    user = case_manager.user
    assert (user.email, user.role, user.is_active) == ("nour.neu@kim-koeln.example", Role.CASE_MANAGER, True)
    assert not user.has_usable_password()
    assert user.role_confirmed_at is None
    assert not may(user, Permission.WORK_ON_CASES)
    assert case_manager.post_share == Decimal("0.5")
    assert set(case_manager.districts.all()) == set(District.objects.filter(number__in=[8, 9]))
    assert set(case_manager.languages.all()) == set(Language.objects.filter(pk__in=["ar", "ku"]))
    assert [message.to for message in mail.outbox] == [["nour.neu@kim-koeln.example"]]
    assert "erst, wenn die Teamleitung" in response.content.decode()
    entry = Entry.objects.get(action="staff.created")
    assert (entry.actor, entry.organisation) == (str(admin_user.pk), provider.code)
    assert entry.details == {"staff": user.pk, "role": "case_manager", "confirmed": False}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "Nour\x00Neu"}, "name"),
        ({"name": "N" * 300}, "name"),
        ({"name": " \u200b "}, "name"),
        ({"email": "ADA@kim-koeln.EXAMPLE"}, "email"),
        ({"email": "nour\x00@kim-koeln.example"}, "email"),
        ({"email": "nour@localhost"}, "email"),
        ({"email": "n" * 300 + "@kim-koeln.example"}, "email"),
        ({"provider": ""}, "provider"),
        ({"provider": "9" * 30}, "provider"),
        ({"tracks": []}, "tracks"),
        ({"tracks": ["x"]}, "tracks"),
        ({"languages": ["x"]}, "languages"),
        ({"post_share": "1,5"}, "post_share"),
        ({"post_share": "NaN"}, "post_share"),
        ({"work_phone": "1" * 300}, "work_phone"),
        ({"work_email": "x"}, "work_email"),
    ],
)
def test_wrong_input_shows_at_its_field_and_creates_nothing(as_admin, admin_user, provider, changes, field):
    User.objects.filter(pk=admin_user.pk).update(email="ada@kim-koeln.example")
    assert list(_errors(as_admin.post(_add(CaseManager), _post(provider, **changes)))) == [field]
    assert User.objects.count() == 1
    assert mail.outbox == []


def test_a_refusing_mail_server_does_not_lose_the_account(
    as_admin, provider, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse(user):
        raise OSError

    monkeypatch.setattr("districts.actions.send_invitation", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        assert as_admin.post(_add(CaseManager), _post(provider)).status_code == 302
    user = CaseManager.objects.get().user
    action = {"action": "invite_again", "_selected_action": [user.pk]}
    assert "ging nicht hinaus" in as_admin.post(_list(User), action, follow=True).content.decode()
    assert not Entry.objects.filter(action="account.invited").exists()


def _member(role, provider=None, **changes):
    account = {"name": "Mika Mit", "email": "mika@kim-koeln.example", "role": role}
    return account | {"provider": provider.pk if provider else ""} | changes


@pytest.mark.parametrize(
    ("role", "needs_provider", "counts_at_once"),
    [
        (Role.LEAD, True, True),  # the first one of a Träger without cases
        (Role.DATA_PROTECTION, True, False),
        (Role.COORDINATION, False, True),
        (Role.ADMIN, False, True),
    ],
)
def test_other_roles_come_from_the_user_form(
    as_admin, provider, role, needs_provider, counts_at_once, django_capture_on_commit_callbacks
):
    wrong = as_admin.post(_add(User), _member(role, None if needs_provider else provider))
    assert list(_errors(wrong)) == ["provider"]
    with django_capture_on_commit_callbacks(execute=True):
        as_admin.post(_add(User), _member(role, provider if needs_provider else None))
    user = User.objects.get(email="mika@kim-koeln.example")
    assert (user.role_confirmed_at is not None) == counts_at_once
    assert Membership.objects.filter(user=user, provider=provider).exists() == needs_provider
    assert len(mail.outbox) == 1


def test_a_case_manager_is_not_created_in_the_user_form(as_admin, provider):
    assert list(_errors(as_admin.post(_add(User), _member(Role.CASE_MANAGER, provider)))) == ["role"]


def test_the_second_lead_waits_for_the_first(as_admin, lead, provider):
    as_admin.post(_add(User), _member(Role.LEAD, provider))
    assert User.objects.get(email="mika@kim-koeln.example").role_confirmed_at is None


def test_where_cases_are_even_the_only_lead_waits(as_admin, provider):
    """Otherwise an admin could remove the lead and open the files with an account of the own making."""
    CaseFactory(case_manager__provider=provider)
    as_admin.post(_add(User), _member(Role.LEAD, provider))
    assert User.objects.get(email="mika@kim-koeln.example").role_confirmed_at is None


# --- Changing people


def _as_is(user, **changes):
    post = getattr(user, "membership", None)
    data = {"name": user.name, "email": user.email, "role": user.role, "is_active": "on"}
    return data | {"provider": post.provider_id if post else ""} | changes


@pytest.mark.parametrize("change", ["email", "role", "provider"])
def test_what_was_confirmed_needs_a_new_confirmation(as_admin, lead, provider, change):
    CaseFactory(case_manager__provider=provider)
    other = CaseFactory(case_manager__provider__name="Anderer").provider
    new = {"email": "neu@kim-koeln.example", "role": Role.DATA_PROTECTION, "provider": other.pk}[change]
    EmailAddress.objects.create(user=lead, email=lead.email, primary=True)
    assert as_admin.post(_change(lead), _as_is(lead, **{change: new})).status_code == 302
    lead = User.objects.get(pk=lead.pk)
    assert lead.role_confirmed_at is None
    assert Entry.objects.filter(action="staff.changed").latest("id").details["fields"] == [change]
    assert EmailAddress.objects.filter(user=lead).exists() == (change != "email")


def test_a_new_name_needs_no_confirmation(as_admin, lead):
    as_admin.post(_change(lead), _as_is(lead, name="Tessa Neuname"))
    lead.refresh_from_db()
    assert lead.name == "Tessa Neuname"
    assert lead.role_confirmed_at is not None


def test_an_unchanged_form_leaves_no_trace(as_admin, lead):
    before = Entry.objects.count()
    as_admin.post(_change(lead), _as_is(lead))
    assert Entry.objects.count() == before


def test_a_lead_who_moves_to_the_city_leaves_the_provider(as_admin, lead):
    assert as_admin.post(_change(lead), _as_is(lead, role=Role.COORDINATION, provider="")).status_code == 302
    assert not Membership.objects.filter(user=lead).exists()


def test_the_role_of_a_case_manager_is_fixed(as_admin, case_manager):
    as_admin.post(_change(case_manager), _as_is(case_manager, role=Role.ADMIN))
    case_manager.refresh_from_db()
    assert case_manager.role == Role.CASE_MANAGER
    assert case_manager.role_confirmed_at is not None


def test_admins_cannot_lock_themselves_out(as_admin, admin_user):
    UserFactory(role=Role.ADMIN)
    without = {key: value for key, value in _as_is(admin_user).items() if key != "is_active"}
    assert _errors(as_admin.post(_change(admin_user), without)) == {
        "is_active": ["Den eigenen Zugang kann niemand deaktivieren."]
    }
    as_admin.post(_change(admin_user), _as_is(admin_user, role=Role.COORDINATION))
    admin_user.refresh_from_db()
    assert admin_user.role == Role.ADMIN
    as_admin.post(_list(User), {"action": "deactivate_selected", "_selected_action": [admin_user.pk]})
    admin_user.refresh_from_db()
    assert admin_user.is_active


def test_a_case_manager_keeps_the_files_with_the_provider(as_admin, case_manager):
    post, other = case_manager.case_manager, ProviderFactory()
    data = _post(other, name=case_manager.name, email=case_manager.email, is_active="on")
    CaseFactory(case_manager=post, closed=True)
    assert list(_errors(as_admin.post(_change(post), data))) == ["provider"]


def test_a_case_manager_moves_nowhere_with_something_in_hand(as_admin, case_manager, colleague):
    post, other = case_manager.case_manager, ProviderFactory()
    data = _post(other, name=case_manager.name, email=case_manager.email, is_active="on")

    def refusal():
        return _errors(as_admin.post(_change(post), data))["provider"][0]

    offered = HandoverFactory(case=CaseFactory(case_manager=colleague.case_manager), to_case_manager=post)
    assert "Leyla Fall ist noch 1 Fall zur Übernahme angeboten." in refusal()
    held = [IntakeRequestFactory(case_manager=post, status=status) for status in ("assigned", "unreachable")]
    IntakeRequestFactory(case_manager=post, status="withdrawn", end_reason="other")
    assert "Leyla Fall hat noch 2 übernommene Anfragen." in refusal()
    assert f'<a href="{reverse("cases:request_list")}">Anfragen</a>' in refusal()
    cases = CaseFactory(case_manager=post), CaseFactory(case_manager=post, closed=True)
    assert "Leyla Fall hat hier 2 Fälle, offen oder abgeschlossen," in refusal()
    post.refresh_from_db()
    assert post.provider != other
    for row in (offered, *held, *cases):
        row.delete()
    assert as_admin.post(_change(post), data).status_code == 302


@pytest.mark.parametrize("facts", [{"anonymous": True}, {}], ids=["without a case", "in a colleague's case"])
def test_what_somebody_has_counselled_stays_with_the_provider(as_admin, case_manager, colleague, facts):
    post, other = case_manager.case_manager, ProviderFactory()
    case = {} if facts else {"case": CaseFactory(case_manager=colleague.case_manager)}
    ConsultationFactory(case_manager=post, **case, **facts)
    data = _post(other, name=case_manager.name, email=case_manager.email, is_active="on")
    assert "Leyla Fall hat hier schon beraten" in _errors(as_admin.post(_change(post), data))["provider"][0]


def test_drafts_do_not_move_to_another_provider(as_admin, case_manager):
    post = case_manager.case_manager
    draft = DraftFactory(user=case_manager, case=None)
    data = _post(post.provider, name="Leyla Anders", email=case_manager.email, is_active="on")
    as_admin.post(_change(post), data)
    assert Draft.objects.get() == draft
    as_admin.post(_change(post), data | {"provider": ProviderFactory().pk})
    assert not Draft.objects.exists()


def test_a_case_manager_without_cases_may_move_and_waits_again(as_admin, case_manager):
    post, other = case_manager.case_manager, ProviderFactory()
    data = _post(other, name=case_manager.name, email=case_manager.email, is_active="on")
    assert as_admin.post(_change(post), data).status_code == 302
    post.refresh_from_db()
    assert post.provider == other
    assert User.objects.get(pk=case_manager.pk).role_confirmed_at is None


def test_a_changed_post_is_logged_by_field_names(as_admin, case_manager):
    post = case_manager.case_manager
    data = _post(
        post.provider, name=case_manager.name, email=case_manager.email, is_active="on", office_hours="Mo 9-12"
    )
    as_admin.post(_change(post), data)
    entry = Entry.objects.latest("id")
    assert entry.action == "staff.changed"
    assert set(entry.details["fields"]) >= {"office_hours", "post_share"}
    assert "Mo 9-12" not in str(entry.details)
    assert User.objects.get(pk=case_manager.pk).role_confirmed_at is not None


# --- Ending an account


def test_open_cases_keep_an_account_alive(as_admin, case_manager):
    post = case_manager.case_manager
    CaseFactory.create_batch(2, case_manager=post)
    CaseFactory(case_manager=post, closed=True)
    sentence = (
        "Leyla Fall hat noch 2 offene Fälle. Die Teamleitung übergibt sie zuerst auf der Seite "
        f'<a href="{reverse("cases:team")}">Team</a>.'
    )
    data = _post(post.provider, name=case_manager.name, email=case_manager.email)
    assert _errors(as_admin.post(_change(post), data)) == {"is_active": [sentence]}
    without = {key: value for key, value in _as_is(case_manager).items() if key != "is_active"}
    response = as_admin.post(_change(case_manager), without)
    assert _errors(response) == {"is_active": [sentence]}
    assert sentence in response.content.decode()
    for model, pk in ((User, case_manager.pk), (CaseManager, post.pk)):
        action = {"action": "deactivate_selected", "_selected_action": [pk]}
        assert sentence in as_admin.post(_list(model), action, follow=True).content.decode()
    case_manager.refresh_from_db()
    assert case_manager.is_active


def test_without_open_cases_an_account_ends_and_comes_back_unconfirmed(as_admin, case_manager, client_of):
    session = client_of(case_manager)
    post = case_manager.case_manager
    CaseFactory(case_manager=post, closed=True)
    as_admin.post(_list(CaseManager), {"action": "deactivate_selected", "_selected_action": [post.pk]})
    case_manager.refresh_from_db()
    assert not case_manager.is_active
    assert session.get(reverse("districts:institution_list")).status_code == 302
    as_admin.post(_change(case_manager), _as_is(case_manager))
    case_manager.refresh_from_db()
    assert case_manager.is_active
    assert case_manager.role_confirmed_at is None


def test_names_with_markup_stay_text_in_refusals(as_admin, case_manager):
    User.objects.filter(pk=case_manager.pk).update(name="<b>Leyla</b>{team}")
    CaseFactory(case_manager=case_manager.case_manager)
    action = {"action": "deactivate_selected", "_selected_action": [case_manager.pk]}
    content = as_admin.post(_list(User), action, follow=True).content.decode()
    assert "&lt;b&gt;Leyla&lt;/b&gt;{team} hat noch 1 offenen Fall." in content


def test_an_invitation_can_be_sent_again(as_admin, case_manager, lead):
    gone = UserFactory(is_active=False)
    action = {"action": "invite_again", "_selected_action": [case_manager.pk, lead.pk, gone.pk]}
    content = as_admin.post(_list(User), action, follow=True).content.decode()
    assert "2 Einladungen sind unterwegs." in content
    assert {message.to[0] for message in mail.outbox} == {case_manager.email, lead.email}
    assert Entry.objects.filter(action="account.invited").count() == 2


# --- Catalogues


def test_a_provider_is_created_and_its_code_stays(as_admin):
    data = {
        "association": AssociationFactory().pk,
        "name": "Träger am Ring",
        "code": "am-ring",
        "privacy_regime": "dsgvo",
        "retention_years": 3,
        "lead_access": "list",
        "is_active": "on",
    }
    assert as_admin.post(_add(Provider), data).status_code == 302
    provider = Provider.objects.get()
    fixed = {"code": "anders", "retention_years": 9, "lead_access": "gated"}
    as_admin.post(_change(provider), data | fixed | {"name": "Neu"})
    provider.refresh_from_db()
    assert (provider.name, provider.code, provider.retention_years, provider.lead_access) == (
        "Neu",
        "am-ring",
        3,
        "list",
    )
    entry = Entry.objects.latest("id")
    assert (entry.organisation, entry.details) == (
        "am-ring",
        {"entry": "provider:am-ring", "change": "changed", "fields": ["name"]},
    )


def test_sentences_of_constraints_show_at_the_field(as_admin):
    track = {
        "name": "Neu",
        "name_en": "New",
        "code": "new",
        "special_category": "none",
        "min_age": 30,
        "max_age": 20,
        "cases_per_post": 20,
        "position": 9,
    }
    assert _errors(as_admin.post(_add(Track), track)) == {"max_age": ["„Alter von“ liegt über „Alter bis“."]}
    population = {"district": 8, "year": 2012, "band": "all", "count": 1, "source": "Test", "imported_on": "1.1.2026"}
    assert list(_errors(as_admin.post(_add(Population), population))) == ["band"]
    topic = {
        "name": "Neu",
        "name_en": "New",
        "code": "new",
        "position": 9,
        "valid_from": "2.1.2026",
        "valid_until": "1.1.2026",
    }
    assert list(_errors(as_admin.post(_add(Topic), topic))) == ["valid_until"]
    assert list(_errors(as_admin.post(_add(Topic), topic | {"valid_until": "31.12.68"}))) == ["valid_until"]


def test_the_protection_of_a_track_stays(as_admin):
    track = Track.objects.get(code="lsbti")
    data = {"name": "LSBTI", "name_en": "LGBTI", "is_citywide": "on", "cases_per_post": 12, "position": 5}
    assert as_admin.post(_change(track), data).status_code == 302
    track.refresh_from_db()
    assert (track.cases_per_post, track.is_protected) == (12, True)


def test_topics_have_two_levels(as_admin):
    housing, search = Topic.objects.get(code="housing"), Topic.objects.get(code="housing-search")
    form = as_admin.get(_change(search)).context["adminform"].form
    assert set(form.fields["parent"].queryset) == set(Topic.objects.main())
    family = Topic.objects.get(code="family")
    data = {"parent": family.pk, "name": "Wohnen", "name_en": "Housing", "position": 5}
    inline = {"subtopics-TOTAL_FORMS": 0, "subtopics-INITIAL_FORMS": 0}
    assert list(_errors(as_admin.post(_change(housing), data | inline))) == ["parent"]


def test_subtopics_are_added_beside_their_topic(as_admin):
    training = Topic.objects.get(code="training")
    data = {"name": training.name, "name_en": training.name_en, "position": training.position}
    data |= {
        "subtopics-TOTAL_FORMS": 1,
        "subtopics-INITIAL_FORMS": 0,
        "subtopics-0-code": "training-new",
        "subtopics-0-name": "Neu",
        "subtopics-0-name_en": "New",
        "subtopics-0-position": 304,
    }
    assert as_admin.post(_change(training), data).status_code == 302
    assert Topic.objects.get(code="training-new").parent == training
    assert Entry.objects.latest("id").details["fields"] == ["subtopics"]
    first = training.subtopics.first()
    data |= {"subtopics-TOTAL_FORMS": 1, "subtopics-INITIAL_FORMS": 1, "subtopics-0-id": first.pk}
    data |= {"subtopics-0-code": "anders", "subtopics-0-name": "Anders"}
    assert as_admin.post(_change(training), data).status_code == 302
    renamed = Topic.objects.get(pk=first.pk)
    assert (renamed.code, renamed.name) == (first.code, "Anders")


def test_places_and_substitutions_are_to_read(as_admin):
    substitution = SubstitutionFactory()
    for obj in (District.objects.get(pk=8), substitution):
        assert as_admin.post(_change(obj), {"name": "Neu"}).status_code == 403
        assert as_admin.get(_add(type(obj))).status_code == 403


def test_no_names_collect_in_the_log_of_the_library(as_admin, provider, case_manager):
    as_admin.post(_add(CaseManager), _post(provider))
    as_admin.post(_change(case_manager), _as_is(case_manager, name="Neuer Name"))
    assert not LogEntry.objects.exists()
    assert "Neuer Name" not in str(list(Entry.objects.values()))


@pytest.mark.parametrize("row_count", [1, 3])
def test_lists_of_people_do_not_query_per_row(as_admin, row_count, django_assert_num_queries):
    CaseManagerFactory.create_batch(row_count)
    MembershipFactory.create_batch(row_count)
    with django_assert_num_queries(5):  # session, user, 2 counts, page
        as_admin.get(_list(User))
    with django_assert_num_queries(8):  # session, user, 3 filters, 2 counts, page
        as_admin.get(_list(CaseManager))
