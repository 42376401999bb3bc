"""The case file: search first, open, read, change, pause, close, reopen, consent."""

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import escape

from cases.actions.files import open_case
from cases.models import Case, Client, Consent, Consultation
from cases.models.case import years_before
from districts.models import Country, Language, Quarter, Substitution, Topic
from kim.audit.models import Entry
from kim.users.models import Role
from tests.case_forms import (
    NO_SUCH_NUMBER,
    ago,
    case_data,
    errors,
    german,
    logged,
    nothing_stored,
    person_data,
    queries,
    said,
    shown,
    text_of,
    url,
)
from tests.factories import (
    CaseFactory,
    ConsentFactory,
    ConsultationFactory,
    DistrictFactory,
    FollowUpFactory,
    LanguageFactory,
    ReferralFactory,
    TopicFactory,
    TrackFactory,
)

NAME = ("Zarife", "Unverkennbar")
OWNERS_PAGES = ["change", "pause", "close", "request_reopening", "readers", "create"]
FILE_PAGES = ["detail", "print", "client_change", "consents", "consultation_list", "follow_up_create"]
POST_ONLY = ["phase", "resume"]


@pytest.fixture
def post(case_manager):
    return case_manager.case_manager


@pytest.fixture
def track(db):
    return TrackFactory()


@pytest.fixture
def case(post):
    given, family = NAME
    return CaseFactory(case_manager=post, client__given_names=given, client__family_name=family)


def protect(post):
    post.tracks.add(protected := TrackFactory(protected=True))
    return protected


def consents_of(client):
    return {(consent.purpose, consent.form, consent.given_on) for consent in client.consents.all()}


# --- Who may


def open_page(browser, name, number):
    return browser.post(url(name, number)) if name in POST_ONLY else browser.get(url(name, number))


@pytest.mark.parametrize("name", OWNERS_PAGES + FILE_PAGES + POST_ONLY)
@pytest.mark.parametrize("who", ["as_colleague", "as_stranger"])
def test_a_foreign_file_answers_like_one_that_does_not_exist(request, case, who, name):
    browser = request.getfixturevalue(who)
    with nothing_stored():
        foreign, missing = open_page(browser, name, case.number), open_page(browser, name, NO_SUCH_NUMBER)
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert text_of(foreign).replace(case.number, NO_SUCH_NUMBER) == text_of(missing)
    assert foreign.headers.keys() == missing.headers.keys()


@pytest.mark.parametrize("name", OWNERS_PAGES + FILE_PAGES + POST_ONLY)
@pytest.mark.parametrize("who", ["as_lead", "as_coordination", "as_data_protection", "as_admin"])
def test_who_does_not_counsel_opens_no_file(request, case, who, name):
    with nothing_stored():
        assert open_page(request.getfixturevalue(who), name, case.number).status_code == 403


@pytest.mark.parametrize("name", OWNERS_PAGES + FILE_PAGES)
def test_the_owner_opens_every_page(as_case_manager, case, name):
    expected = 302 if name == "create" else 200  # the case is still open
    assert as_case_manager.get(url(name, case)).status_code == expected


@pytest.mark.parametrize("name", FILE_PAGES)
def test_the_deputy_works_on_the_file(as_deputy, case, name):
    assert as_deputy.get(url(name, case)).status_code == 200


@pytest.mark.parametrize("name", [*OWNERS_PAGES, "resume"])
def test_the_facts_of_the_case_are_not_the_deputys(as_deputy, case, name):
    data = {"reason": "goals_reached", "on": german(ago(0))} | case_data(case.track, version="1")
    with nothing_stored():
        answers = [as_deputy.post(url(name, case), data)]
        if name != "resume":
            answers.append(as_deputy.get(url(name, case)))
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert answers[-1].status_code == 404


def test_the_deputy_sees_no_protected_file_and_no_private_note(as_deputy, post):
    protected, plain = CaseFactory(case_manager=post, protected=True), CaseFactory(case_manager=post)
    ConsultationFactory(case=plain, note="Offen für alle, die daran arbeiten.")
    ConsultationFactory(case=plain, is_private=True, note="Nur für Leyla.")
    assert as_deputy.get(url("detail", protected)).status_code == 404
    for name in ("detail", "consultation_list", "print"):
        page = text_of(as_deputy.get(url(name, plain)))
        assert "Offen für alle" in page
        assert "Nur für Leyla" not in page


def test_the_day_after_the_last_day_the_deputy_sees_nothing(as_deputy, case):
    Substitution.objects.update(ends_on=ago(0))
    assert as_deputy.get(url("detail", case)).status_code == 200
    Substitution.objects.update(ends_on=ago(1))
    assert as_deputy.get(url("detail", case)).status_code == 404
    for name in ("today", "list"):
        assert NAME[1] not in text_of(as_deputy.get(url(name)))
    assert as_deputy.post(url("search"), {"q": NAME[1]}).context["found"] == []


@pytest.mark.parametrize("name", ["client_search", "client_create"])
@pytest.mark.parametrize("who", ["as_lead", "as_coordination", "as_data_protection", "as_admin"])
def test_who_does_not_counsel_registers_nobody(request, who, name, track):
    with nothing_stored():
        assert request.getfixturevalue(who).post(url(name), person_data(track)).status_code == 403


@pytest.mark.parametrize("name", ["detail", "print", "client_change"])
def test_nobody_logged_out_sees_a_file(client, case, name):
    answer = client.get(url(name, case))
    assert answer.status_code == 302
    assert "next=" in answer.url
    assert NAME[1] not in text_of(answer)


# --- Search first


def look(browser, name, birth_date=""):
    return browser.post(url("client_search"), {"name": name, "birth_date": birth_date})


def test_ones_own_people_are_shown_in_any_spelling(as_case_manager, case):
    page = look(as_case_manager, "unverkenbar zarife")
    assert page.context["known"].cases == [case]
    assert "Zarife Unverkennbar" in text_of(page)


def test_a_colleagues_person_is_a_hint_by_name_and_birth_date_only(as_colleague, case):
    born = german(case.client.birth_date)
    known = look(as_colleague, "Zarife Unverkennbar", born).context["known"]
    assert known.cases == []
    (hint,) = known.hints
    assert hint == "Eine Person mit diesem Namen und Geburtsdatum ist schon bekannt. Bitte Leyla Fall ansprechen."
    others = [("Zarife Unverkennbar", ""), ("Zarife Unverkennbar", german(ago(8000))), ("Mina Anders", born)]
    for name, birth_date in others:
        known = look(as_colleague, name, birth_date).context["known"]
        assert (known.cases, known.hints) == ([], [])


def test_no_hint_on_a_protected_person_nor_across_traegers(as_colleague, as_stranger, post, case):
    protected = CaseFactory(case_manager=post, protected=True, client__family_name="Verborgen")
    for browser, hidden in [(as_colleague, protected), (as_stranger, case), (as_stranger, protected)]:
        known = look(browser, hidden.client.family_name, german(hidden.client.birth_date)).context["known"]
        assert (known.cases, known.hints) == ([], [])


def test_ones_own_locked_case_is_a_hint_to_the_lead(as_case_manager, post):
    locked = CaseFactory(case_manager=post, closed=True, opened_on=ago(300), closed_on=ago(91))
    known = look(as_case_manager, locked.client.family_name, german(locked.client.birth_date)).context["known"]
    assert known.cases == []
    assert known.hints == ["Diese Person war schon einmal bei Ihnen. Die Teamleitung kann den Fall wieder öffnen."]


def test_what_was_searched_starts_the_form(as_case_manager):
    answer = as_case_manager.post(url("client_create"), {"name": "Mina Sofia Anders", "birth_date": "01.02.2004"})
    form = answer.context["client_form"]
    assert [form[name].value() for name in ("given_names", "family_name")] == ["Mina Sofia", "Anders"]
    assert 'value="01.02.2004"' in text_of(answer)
    assert not Client.objects.exists()


# --- Opening


def test_a_person_and_their_case_are_registered(as_case_manager, case_manager, provider, track):
    arabic, topic, kalk = Language.objects.get(pk="ar"), TopicFactory(), DistrictFactory()
    typed = person_data(
        track, languages=["ar"], nationalities=["SY"], legal_spheres=["sgb2"], phone="+49 221 4710-12",
        household_size="3", children="0", topics=[topic.pk], district=kalk.pk, service_level="case_management",
        documentation_given_on=german(ago(1)), documentation_form="written", quarter=Quarter.objects.first().pk,
    )  # fmt: skip
    answer = as_case_manager.post(url("client_create"), typed)
    case = Case.objects.get()
    client = case.client
    assert answer.url == url("detail", case)
    assert (client.provider, client.created_by, client.name) == (provider, case_manager, "Zarife Unverkennbar")
    assert list(client.languages.all()) == [arabic]
    assert list(client.nationalities.all()) == [Country.objects.get(pk="SY")]
    assert (client.legal_spheres, client.household_size, client.children) == (["sgb2"], 3, 0)
    assert (case.provider, case.case_manager.user, case.created_by) == (provider, case_manager, case_manager)
    assert (case.district, list(case.topics.all()), case.age_at_opening) == (kalk, [topic], 21)
    assert consents_of(client) == {("documentation", "written", ago(1))}
    assert logged() == ["case.opened"]
    entry = Entry.objects.get()
    assert (entry.subject, entry.actor, entry.actor_role) == (case.audit_name, str(case_manager.pk), "case_manager")


@pytest.mark.parametrize(
    "typed", [{"given_names": ""}, {"family_name": ""}, {"given_names": "", "family_name": "", "pseudonym": "Löwin"}]
)
def test_one_name_or_a_pseudonym_is_enough(as_case_manager, track, typed):
    as_case_manager.post(url("client_create"), person_data(track, birth_date="", **typed))
    assert Case.objects.get().age_at_opening is None


def test_without_any_name_nobody_is_registered(as_case_manager, track):
    with nothing_stored():
        answer = as_case_manager.post(url("client_create"), person_data(track, given_names="", family_name=""))
    assert errors(answer) == {"__all__": "Bitte einen Namen oder ein Pseudonym angeben. Ein Name genügt."}


def test_the_same_form_twice_is_one_person(as_case_manager, track):
    typed = person_data(track)
    first, second = (as_case_manager.post(url("client_create"), typed) for _ in range(2))
    assert first.url == second.url == url("detail", Case.objects.get())
    assert Client.objects.count() == 1
    assert logged() == ["case.opened"]


def test_a_form_key_of_somebody_else_registers_nobody(as_case_manager, as_stranger, stranger, track):
    typed = person_data(track)
    as_stranger.post(url("client_create"), typed)
    with nothing_stored():
        answer = as_case_manager.post(url("client_create"), typed)
    assert errors(answer) == {"__all__": "Dieses Formular gehört nicht hierher. Bitte neu öffnen."}
    assert "Dieses Formular gehört nicht hierher" in text_of(answer)


@pytest.mark.parametrize("key", ["", "keine", "00000000-0000-0000-0000-00000000000g"])
def test_a_broken_form_key_is_said(as_case_manager, track, key):
    with nothing_stored():
        answer = as_case_manager.post(url("client_create"), person_data(track, form_key=key))
    assert list(errors(answer)) == ["form_key"]
    assert errors(answer)["form_key"] in text_of(answer)


def test_fields_nobody_offered_are_ignored(as_case_manager, as_stranger, stranger, case_manager, provider, track):
    extra = {
        "case_manager": stranger.case_manager.pk, "provider": stranger.case_manager.provider_id, "status": "closed",
        "created_by": stranger.pk, "number": "K-0000-00", "closed_on": german(ago(1)), "age_at_opening": "99",
        "last_contact_on": german(ago(1)), "version": "77", "client": "1",
    }  # fmt: skip
    as_case_manager.post(url("client_create"), person_data(track, **extra))
    case = Case.objects.get()
    assert (case.case_manager.user, case.created_by, case.provider) == (case_manager, case_manager, provider)
    assert (case.client.created_by, case.client.provider) == (case_manager, provider)
    assert (case.status, case.closed_on, case.last_contact_on, case.version) == ("clearing", None, None, 1)
    assert case.number != "K-0000-00"
    assert case.age_at_opening == 21


def birthday(years, days=0):
    """Born so that the person turns `years` old on the day of opening, or some days later."""
    return years_before(ago(0), years) + timedelta(days=days)


@pytest.mark.parametrize(
    ("born", "opened_on", "age", "fits"),
    [
        (birthday(18, days=1), ago(0), 17, False),
        (birthday(18), ago(0), 18, True),
        (birthday(28, days=1), ago(0), 27, True),
        (birthday(28), ago(0), 28, False),
        (date(2004, 2, 29), date(2022, 2, 28), 17, False),
        (date(2004, 2, 29), date(2022, 3, 1), 18, True),
        (date(1996, 2, 29), date(2024, 2, 28), 27, True),
        (date(1996, 2, 29), date(2024, 2, 29), 28, False),
    ],
)
def test_the_age_on_the_day_of_opening(as_case_manager, track, born, opened_on, age, fits):
    typed = person_data(track, birth_date=german(born), opened_on=german(opened_on))
    answer = as_case_manager.post(url("client_create"), typed)
    if not fits:
        assert list(errors(answer)) == ["age_reason"]
        assert f"Bei der Eröffnung {age} Jahre alt" in errors(answer)["age_reason"]
        assert "Unverkennbar" in text_of(answer)
        assert not Client.objects.exists()
        as_case_manager.post(url("client_create"), typed | {"age_reason": "Haushalt einer beratenen Person."})
    assert Case.objects.get().age_at_opening == age


def test_a_track_without_limits_asks_for_no_reason(as_case_manager, post):
    post.tracks.add(parents := TrackFactory(without_age=True))
    as_case_manager.post(url("client_create"), person_data(parents, birth_date=german(birthday(41))))
    assert Case.objects.get().age_at_opening == 41


@pytest.mark.parametrize(
    ("protected", "typed", "field", "sentence"),
    [
        (False, {"service_level": "case_management"}, "documentation_given_on", "Case Management braucht"),
        (True, {}, "orientation_given_on", "Dieser Schwerpunkt braucht"),
        (
            True,
            {"orientation_given_on": german(ago(0)), "orientation_form": "oral"},
            "orientation_form",
            "genügt eine mündliche Einwilligung nicht",
        ),
        (False, {"documentation_given_on": german(ago(0))}, "documentation_form", "wie die Einwilligung erteilt"),
        (False, {"documentation_form": "written"}, "documentation_given_on", "Datum der Einwilligung"),
        (
            False,
            {"documentation_given_on": german(ago(-1)), "documentation_form": "written"},
            "documentation_given_on",
            "Zukunft",
        ),
    ],
)
def test_no_case_without_the_consent_it_needs(as_case_manager, post, track, protected, typed, field, sentence):
    chosen = protect(post) if protected else track
    with nothing_stored():
        answer = as_case_manager.post(url("client_create"), person_data(chosen, **typed))
    assert sentence in errors(answer)[field]
    assert errors(answer)[field] in text_of(answer)


def test_a_protected_case_opens_with_consent_and_its_number_only_in_titles(as_case_manager, post):
    typed = person_data(protect(post), orientation_given_on=german(ago(0)), orientation_form="written")
    answer = as_case_manager.post(url("client_create"), typed)
    case = Case.objects.get()
    assert consents_of(case.client) == {("orientation", "written", ago(0))}
    page = text_of(as_case_manager.get(answer.url))
    assert f"<title>{case.number}" in page
    for name in ("today", "list"):
        assert str(case.track) not in text_of(as_case_manager.get(url(name)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("track", "foreign"), ("track", "0"), ("topics", "retired"), ("topics", "subtopic"), ("district", "10"),
        ("quarter", "99999"), ("languages", "xx"), ("nationalities", "QQ"), ("sex", "x"), ("legal_spheres", "sgb99"),
    ],
)  # fmt: skip
def test_what_is_not_offered_cannot_be_chosen(as_case_manager, track, field, value):
    special = {
        "foreign": lambda: TrackFactory(code="women").pk,
        "retired": lambda: TopicFactory(code="old", valid_until=ago(1)).pk,
        "subtopic": lambda: TopicFactory(code="sub", parent=TopicFactory()).pk,
    }
    chosen = special[value]() if value in special else value
    with nothing_stored():
        answer = as_case_manager.post(url("client_create"), person_data(track) | {field: chosen})
    assert list(errors(answer)) == [field]


# --- A further case for a known person


@pytest.fixture
def former(post):
    return CaseFactory(case_manager=post, closed=True)


def further(track, former, **typed):
    person = dict.fromkeys(("given_names", "family_name", "birth_date", "sex"))
    return person_data(track, **person, **typed)


def test_a_further_case_for_a_known_person(as_case_manager, case_manager, former, track):
    typed = further(track, former)
    first, second = (as_case_manager.post(url("create", former), typed) for _ in range(2))
    opened = Case.objects.open().get()
    assert first.url == second.url == url("detail", opened)
    assert (opened.client, opened.case_manager.user) == (former.client, case_manager)
    assert logged() == ["case.opened"]


def test_no_second_open_case_for_one_person(as_case_manager, former, track):
    as_case_manager.post(url("create", former), further(track, former))
    with nothing_stored():
        answer = as_case_manager.post(url("create", former), further(track, former))
    assert answer.url == url("detail", former)
    assert "Für diese Person ist bereits ein Fall offen." in said(answer)


def test_a_further_case_needs_its_own_form_key(as_case_manager, as_stranger, former, track):
    typed = further(track, former)
    as_stranger.post(url("client_create"), person_data(track, form_key=typed["form_key"]))
    with nothing_stored():
        answer = as_case_manager.post(url("create", former), typed)
    assert errors(answer) == {"__all__": "Dieses Formular gehört nicht hierher. Bitte neu öffnen."}


def test_of_two_at_once_only_one_opens_a_case(former, case_manager, track):
    CaseFactory(case_manager=former.case_manager, client=former.client)
    late = CaseFactory.build(
        client=former.client, case_manager=former.case_manager, provider=former.provider, created_by=case_manager,
        track=track, district=former.district,
    )  # fmt: skip
    with nothing_stored(), pytest.raises(ValidationError, match="bereits ein Fall offen"):
        open_case(late, topics=[], consents=[], by=case_manager)


def test_a_consent_in_force_is_not_asked_for_again(as_case_manager, former, track):
    ConsentFactory(client=former.client)
    page = as_case_manager.get(url("create", former))
    assert "documentation_given_on" not in page.context["form"].fields
    as_case_manager.post(url("create", former), further(track, former, service_level="case_management"))
    assert Case.objects.open().get().service_level == "case_management"


# --- Changing the person


def change(browser, name, case, *parts, **typed):
    """Open the form, change some fields, send it."""
    target = url(name, case, *parts)
    return browser.post(target, shown(browser.get(target)) | typed)


def test_the_person_is_changed(as_case_manager, case):
    answer = change(as_case_manager, "client_change", case, phone="0221 4710", languages=["ar", "ti"])
    case.client.refresh_from_db()
    assert answer.url == url("detail", case)
    assert (case.client.phone, case.client.search_phone, case.client.version) == ("0221 4710", "2214710", 2)
    assert {language.pk for language in case.client.languages.all()} == {"ar", "ti"}
    entry = Entry.objects.get(action="client.changed")
    assert (entry.subject, set(entry.details["fields"])) == (case.audit_name, {"phone", "languages"})


def test_a_later_known_birth_date_gives_the_age_at_opening(as_case_manager, post):
    case = CaseFactory(case_manager=post, client__birth_date=None)
    change(as_case_manager, "client_change", case, birth_date=german(years_before(case.opened_on, 20)))
    case.refresh_from_db()
    assert case.age_at_opening == 20


def conflict(browser, name, case, mine, theirs, *parts):
    """Two tabs: both open the form, theirs is saved first, then mine is sent."""
    target = url(name, case, *parts)
    opened = shown(browser.get(target))
    assert browser.post(target, opened | theirs).status_code == 302
    return browser.post(target, opened | mine)


def differences(answer):
    return {row.label: (row.typed, row.stored) for row in answer.context["form"].differences}


def test_two_people_change_the_person_and_neither_text_is_lost(as_case_manager, case):
    Client.objects.filter(pk=case.client_id).update(interpreter_needed=False, children=0)
    answer = conflict(
        as_case_manager, "client_change", case, {"contact_note": "Nie anrufen."}, {"contact_note": "Nur schreiben."}
    )
    assert differences(answer) == {"Was wir beim Kontakt lassen sollen": ("Nie anrufen.", "Nur schreiben.")}
    for text in ("Nie anrufen.", "Nur schreiben."):
        assert text in text_of(answer)
    assert answer.context["form"]["contact_note"].value() == "Nie anrufen."
    case.client.refresh_from_db()
    assert case.client.contact_note == "Nur schreiben."
    again = as_case_manager.post(url("client_change", case), shown(answer))
    assert again.status_code == 302
    case.client.refresh_from_db()
    assert (case.client.contact_note, case.client.version) == ("Nie anrufen.", 3)


def test_two_people_change_the_case_and_neither_text_is_lost(as_case_manager, post):
    case = CaseFactory(case_manager=post, track=TrackFactory(without_age=True))
    first, second = TopicFactory(code="first"), TopicFactory(code="second")
    answer = conflict(
        as_case_manager, "change", case,
        {"age_reason": "Meine Begründung.", "topics": [first.pk]},
        {"age_reason": "Ihre Begründung.", "topics": [first.pk, second.pk], "access_route": "self"},
    )  # fmt: skip
    assert differences(answer) == {
        "Begründung für das Alter": ("Meine Begründung.", "Ihre Begründung."),
        "Themen zu Beginn": ("Thema first", "Thema first, Thema second"),
        "Zugangsweg": ("–", "selbst (E-Mail, Telefon)"),
    }
    assert as_case_manager.post(url("change", case), shown(answer)).status_code == 302
    case.refresh_from_db()
    assert (case.age_reason, set(case.topics.all())) == ("Meine Begründung.", {first})


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999", "0", "7"])
def test_a_version_that_was_never_opened_saves_nothing(as_case_manager, case, version):
    typed = shown(as_case_manager.get(url("client_change", case))) | {"version": version, "contact_note": "Neu."}
    with nothing_stored():
        answer = as_case_manager.post(url("client_change", case), typed)
    assert "version" in errors(answer) or differences(answer)


# --- Changing the case


def test_the_case_is_changed_and_the_last_contact_stays(as_case_manager, case):
    opened = shown(as_case_manager.get(url("change", case)))
    ConsultationFactory(case=case)
    Case.objects.filter(pk=case.pk).update(last_contact_on=ago(1))
    as_case_manager.post(url("change", case), opened | {"access_route": "school"})
    case.refresh_from_db()
    assert (case.access_route, case.last_contact_on, case.version) == ("school", ago(1), 2)
    assert Entry.objects.get(action="case.changed").details == {"fields": ["access_route"]}


def test_a_retired_topic_of_an_old_case_stays(as_case_manager, case):
    case.topics.set([TopicFactory(code="old", valid_until=ago(1))])
    typed = shown(as_case_manager.get(url("change", case))) | {"access_route": "school"}
    as_case_manager.post(url("change", case), typed)
    case.refresh_from_db()
    assert (case.access_route, [topic.code for topic in case.topics.all()]) == ("school", ["old"])


@pytest.mark.parametrize(("opened", "fine"), [(10, True), (9, False), (-1, False)])
def test_a_case_opens_before_its_first_consultation(as_case_manager, case, opened, fine):
    ConsultationFactory(case=case, held_on=ago(10))
    answer = change(as_case_manager, "change", case, opened_on=german(ago(opened)))
    case.refresh_from_db()
    assert (case.opened_on == ago(opened)) is fine
    if not fine:
        assert list(errors(answer)) == ["opened_on"]


def test_a_closed_case_opens_before_it_closes(as_case_manager, post):
    case = CaseFactory(case_manager=post, closed=True, closed_on=ago(10))
    answer = change(as_case_manager, "change", case, opened_on=german(ago(9)))
    assert errors(answer) == {"opened_on": "Der Fall endet vor seiner Eröffnung."}
    assert change(as_case_manager, "change", case, opened_on=german(ago(10))).status_code == 302


def test_case_management_is_not_entered_without_consent(as_case_manager, case):
    answer = change(as_case_manager, "change", case, service_level="case_management")
    assert list(errors(answer)) == ["documentation_given_on"]
    typed = {"documentation_given_on": german(ago(0)), "documentation_form": "electronic"}
    change(as_case_manager, "change", case, service_level="case_management", **typed)
    case.refresh_from_db()
    assert case.service_level == "case_management"
    assert consents_of(case.client) == {("documentation", "electronic", ago(0))}


# --- Phase, pause, closing, reopening


def test_phase_pause_and_resumption(as_case_manager, case):
    assert "Die Phase ist geändert." in said(as_case_manager.post(url("phase", case), {"status": "planning"}))
    as_case_manager.post(url("pause", case), {"reason": "Praktikum in Bonn.", "until": german(ago(-30))})
    case.refresh_from_db()
    assert (case.status, case.pause_reason, case.paused_until) == ("paused", "Praktikum in Bonn.", ago(-30))
    assert "nur in einem laufenden Fall" in said(as_case_manager.post(url("phase", case), {"status": "clearing"}))
    again = as_case_manager.post(url("pause", case), {"reason": "Noch einmal."})
    assert "Nur ein laufender Fall kann ruhen." in said(again)
    as_case_manager.post(url("resume", case))
    case.refresh_from_db()
    assert (case.status, case.pause_reason) == ("planning", "")
    assert "Der Fall ruht nicht." in said(as_case_manager.post(url("resume", case)))
    assert logged() == ["case.phase_changed", "case.paused", "case.resumed"]


@pytest.mark.parametrize("phase", ["paused", "closed", "x", ""])
def test_the_phase_form_closes_nothing(as_case_manager, case, phase):
    with nothing_stored():
        as_case_manager.post(url("phase", case), {"status": phase})


@pytest.mark.parametrize(
    ("typed", "field"), [({"reason": ""}, "reason"), ({"reason": "Klinik.", "until": german(ago(1))}, "until")]
)
def test_a_pause_has_a_reason_and_ends_later(as_case_manager, case, typed, field):
    with nothing_stored():
        assert list(errors(as_case_manager.post(url("pause", case), typed))) == [field]


def closing(**typed):
    plain = {"on": german(ago(0)), "reason": "goals_reached", "note": "Hat eine Ausbildung.", "follow_up_service": ""}
    return plain | typed


def test_a_case_is_closed_with_what_was_to_do(as_case_manager, case_manager, case):
    follow_up = FollowUpFactory(case=case)
    assert "Eine Wiedervorlage ist noch offen" in text_of(as_case_manager.get(url("close", case)))
    as_case_manager.post(url("close", case), closing(follow_up_service="Jugendwerkstatt"))
    case.refresh_from_db()
    follow_up.refresh_from_db()
    assert (case.status, case.closed_on, case.closing_reason) == ("closed", ago(0), "goals_reached")
    assert (case.closing_note, case.follow_up_service) == ("Hat eine Ausbildung.", "Jugendwerkstatt")
    assert follow_up.done_by == case_manager
    again = as_case_manager.post(url("close", case), closing(note="Zweiter Klick."))
    assert "bereits abgeschlossen" in said(again)
    assert logged() == ["case.closed"]


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"on": german(ago(31))}, "on", "vor seiner Eröffnung"),
        ({"on": german(ago(-1))}, "on", "Zukunft"),
        ({"on": german(ago(6))}, "on", f"Es gibt eine Beratung vom {german(ago(5))}"),
        ({"on": ""}, "on", "zwingend erforderlich"),
        ({"on": "31.12.68"}, "on", "vierstellig"),
        ({"reason": ""}, "reason", "zwingend erforderlich"),
        ({"reason": "x"}, "reason", "keine gültige Auswahl"),
        ({"note": "a" * 5001}, "note", "zu lang"),
        ({"follow_up_service": "a" * 201}, "follow_up_service", "zu lang"),
    ],
)
def test_a_closing_that_cannot_be(as_case_manager, case, typed, field, sentence):
    ConsultationFactory(case=case, held_on=ago(5))
    with nothing_stored():
        answer = as_case_manager.post(url("close", case), closing(**typed))
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]
    for value in closing(**typed).values():
        assert escape(value) in text_of(answer)


def test_a_case_may_close_on_the_day_it_opened(as_case_manager, case):
    as_case_manager.post(url("close", case), closing(on=german(ago(30))))
    case.refresh_from_db()
    assert case.closed_on == case.opened_on


def test_reopening_is_asked_for_once(as_case_manager, former):
    as_case_manager.post(url("request_reopening", former), {"reason": "Neuer Bescheid."})
    former.refresh_from_db()
    assert former.reopen_reason == "Neuer Bescheid."
    again = as_case_manager.post(url("request_reopening", former), {"reason": "Noch einmal."})
    assert "schon beantragt" in said(again)
    assert logged() == ["case.reopening_requested"]


def test_an_open_case_is_not_reopened(as_case_manager, case):
    with nothing_stored():
        answer = as_case_manager.post(url("request_reopening", case), {"reason": "Warum?"})
    assert "Der Fall ist offen." in said(answer)


def test_reopening_has_a_reason(as_case_manager, former):
    with nothing_stored():
        answer = as_case_manager.post(url("request_reopening", former), {"reason": " \u200b "})
    assert list(errors(answer)) == ["reason"]


# --- What is left behind


def test_reading_and_printing_are_logged_with_number_and_role(as_case_manager, case_manager, as_deputy, deputy, case):
    for browser in (as_case_manager, as_deputy):
        for name in ("detail", "print", "consultation_list"):
            browser.get(url(name, case))
    expected = ["case.read", "case.printed", "consultation.read"]
    for user in (case_manager, deputy):
        assert logged(actor=str(user.pk)) == expected
    for entry in Entry.objects.all():
        assert (entry.subject, entry.actor_role, entry.organisation) == (case.audit_name, Role.CASE_MANAGER, "am-dom")


def test_who_read_the_file_is_shown_to_its_owner(as_case_manager, as_deputy, case):
    as_deputy.get(url("detail", case))
    as_deputy.get(url("print", case))
    page = text_of(as_case_manager.get(url("readers", case)))
    assert page.count("Dana Vertretung") == 2
    assert "gedruckt" in page


def test_the_log_holds_no_words_of_the_file(as_case_manager, post, track):
    secrets = ["Zarife", "Unverkennbar", "Geheimgrund", "Ausgangstext", "Nachsorge e. V.", "Kontaktregel"]
    as_case_manager.post(url("client_create"), person_data(track, contact_note="Kontaktregel"))
    case = Case.objects.get()
    change(as_case_manager, "client_change", case, contact_note="Kontaktregel geändert", birth_date="")
    change(as_case_manager, "change", case, age_reason="Geheimgrund")
    as_case_manager.post(url("pause", case), {"reason": "Geheimgrund"})
    as_case_manager.post(url("resume", case))
    as_case_manager.post(url("close", case), closing(note="Ausgangstext", follow_up_service="Nachsorge e. V."))
    as_case_manager.post(url("request_reopening", case), {"reason": "Geheimgrund"})
    log = json.dumps(list(Entry.objects.values("action", "subject", "actor", "details", "organisation")))
    assert Entry.objects.count() == 7
    assert not [word for word in secrets if word in log]


def test_titles_and_file_names_carry_no_name(as_case_manager, case):
    pages = [as_case_manager.get(url(name, case)) for name in OWNERS_PAGES + FILE_PAGES if name != "create"]
    for page in pages:
        title = text_of(page).partition("<title>")[2].partition("</title>")[0]
        assert title.strip()
        assert not any(name in title + str(page.headers) for name in NAME)


def test_an_unknown_entry_year_is_a_dash(as_case_manager, case):
    assert "<dd>None" not in text_of(as_case_manager.get(url("detail", case)))
    Client.objects.update(entry_year=2021)
    assert "<dd>2021</dd>" in text_of(as_case_manager.get(url("detail", case)))


# --- How much a page asks the database


def fill(case, rows):
    topics, languages = Topic.objects.all()[:rows], Language.objects.all()[:rows]
    case.topics.set(topics)
    case.client.languages.set(languages)
    for row in range(rows):
        ConsultationFactory(case=case, topics=topics, language=languages[row])
        FollowUpFactory(case=case)
        ReferralFactory(case=case)
    for purpose in Consent.Purpose.values[:rows]:
        ConsentFactory(client=case.client, purpose=purpose)
        if rows > 1:
            ConsentFactory(client=case.client, purpose=purpose, withdrawn_on=timezone.localdate())


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "number"), [("detail", 11), ("print", 12), ("consultation_list", 8), ("readers", 5)])
def test_a_file_does_not_ask_per_row(as_case_manager, case, rows, name, number):
    fill(case, rows)
    for _ in range(rows):
        as_case_manager.get(url("detail", case))
    assert queries(lambda: as_case_manager.get(url(name, case))) == number
    assert number <= 12


def test_the_whole_history_is_read_page_by_page(as_case_manager, case):
    ConsultationFactory.create_batch(21, case=case)
    first, second = (as_case_manager.get(url("consultation_list", case), {"page": page}) for page in (1, 2))
    assert [len(page.context["consultations"]) for page in (first, second)] == [20, 1]
    assert Consultation.objects.count() == 21


def test_an_htmx_answer_is_the_list_alone(as_case_manager, case):
    LanguageFactory()
    ConsultationFactory(case=case, note="Nur der Ausschnitt.")
    answer = as_case_manager.get(url("consultation_list", case), headers={"HX-Request": "true"})
    assert "Nur der Ausschnitt." in text_of(answer)
    assert "<title>" not in text_of(answer)
