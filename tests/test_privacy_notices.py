"""What each Träger tells about data: version by version, in the language of who reads it, never changed afterwards."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from cases.models import Consent, FirstInterview
from cases.shown_notices import notice_for, notices_of
from districts.models import Language, PrivacyNotice, Provider
from districts.models.privacy_notices import first_texts
from kim.audit.models import Entry
from kim.web.languages import LANGUAGES, nearest, say, speaking
from tests.case_forms import ago, errors, german, nothing_stored, queries, text_of, url
from tests.factories import CaseFactory, CaseManagerFactory, PrivacyNoticeFactory, ProviderFactory

pytestmark = pytest.mark.django_db

ADD = reverse("admin:districts_privacynotice_add")
PAGE = "/{}/datenschutz/am-dom/"


def change_url(notice):
    return reverse("admin:districts_privacynotice_change", args=[notice.pk])


def versions(notices):
    return {(notice.language_id, notice.version) for notice in notices}


@pytest.fixture
def typed(provider):
    return {
        "provider": provider.pk,
        "language": "de",
        "version": "01/2027",
        "valid_from": german(ago(0)),
        "text": "Wir speichern wenig.",
    }


# --- Which one is in force


def test_the_newest_that_is_valid_counts_in_each_language(provider):
    PrivacyNoticeFactory(provider=provider, version="alt", valid_from=ago(400))
    PrivacyNoticeFactory(provider=provider, version="neu", valid_from=ago(0))
    PrivacyNoticeFactory(provider=provider, version="bald", valid_from=ago(-1))
    PrivacyNoticeFactory(provider=provider, version="alt", valid_from=ago(300), language_id="fa")
    PrivacyNoticeFactory(version="fremd")
    own = provider.privacy_notices
    assert versions(own.in_force()) == {("de", "neu"), ("fa", "alt")}
    assert versions(own.in_force(ago(1))) == {("de", "alt"), ("fa", "alt")}
    assert versions(own.in_force(ago(-1))) == {("de", "bald"), ("fa", "alt")}
    assert versions(own.in_force(ago(300))) == {("de", "alt"), ("fa", "alt")}
    assert versions(own.in_force(ago(301))) == {("de", "alt")}
    assert versions(own.in_force(ago(401))) == set()


def test_the_database_knows_a_version_and_a_day_once(provider):
    PrivacyNoticeFactory(provider=provider, version="1", valid_from=ago(5))
    for facts, constraint in (
        ({"version": "1", "valid_from": ago(4)}, "privacy_notice_once_per_version"),
        ({"version": "2", "valid_from": ago(5)}, "privacy_notice_once_per_day"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PrivacyNoticeFactory(provider=provider, **facts)
        assert constraint in {each.name for each in PrivacyNotice._meta.constraints}
        PrivacyNoticeFactory(provider=provider, language_id="en", **facts)


# --- On the public pages


def test_it_is_read_in_the_own_language_or_else_in_german(client, provider):
    CaseManagerFactory(provider=provider, is_published=True)
    PrivacyNoticeFactory(provider=provider, version="03/2026", text="# Wer\nWir <b>speichern</b> wenig.")
    PrivacyNoticeFactory(provider=provider, version="03/2026", language_id="fa", text="ما کم ذخیره می‌کنیم.")
    for page in ("/de/kontakt/", "/de/daten/"):
        assert 'href="/de/datenschutz/am-dom/"' in client.get(page).text
    arabic = client.get(PAGE.format("ar")).text
    assert "Wir &lt;b&gt;speichern&lt;/b&gt; wenig." in arabic
    with speaking("ar"):
        assert say("Diesen Text gibt es nur auf Deutsch.") in arabic
    assert '<div class="text" lang="de" dir="ltr">' in arabic
    farsi = client.get(PAGE.format("fa")).text
    assert '<div class="text" lang="fa" dir="rtl">' in farsi
    assert "ما کم ذخیره می‌کنیم." in farsi
    assert "03/2026" in farsi
    assert "Wir" not in farsi.partition("<main")[2]


def test_a_translation_that_is_behind_says_so(client, provider):
    sentence = 'href="/de/datenschutz/am-dom/" hreflang="de">There is a newer version in German.'
    PrivacyNoticeFactory(provider=provider, version="1", valid_from=ago(9))
    PrivacyNoticeFactory(provider=provider, version="1", valid_from=ago(8), language_id="en")
    PrivacyNoticeFactory(provider=provider, version="2", valid_from=ago(-1))
    assert sentence not in client.get(PAGE.format("en")).text
    PrivacyNotice.objects.filter(version="2").update(valid_from=ago(0))
    assert sentence in client.get(PAGE.format("en")).text
    assert "neuere Fassung" not in client.get(PAGE.format("de")).text
    PrivacyNoticeFactory(provider=provider, version="2", valid_from=ago(0), language_id="en")
    assert sentence not in client.get(PAGE.format("en")).text


@pytest.mark.parametrize(("days", "is_there"), [(1, True), (0, True), (-1, False)])
def test_before_its_first_day_there_is_no_page(client, provider, days, is_there):
    CaseManagerFactory(provider=provider, is_published=True)
    PrivacyNoticeFactory(provider=provider, valid_from=ago(days))
    assert client.get(PAGE.format("de")).status_code == (200 if is_there else 404)
    for page in ("/de/kontakt/", "/de/daten/"):
        assert ("/datenschutz/am-dom/" in client.get(page).text) == is_there


def test_a_traeger_that_has_ended_tells_nothing(client, provider):
    PrivacyNoticeFactory(provider=provider)
    Provider.objects.update(is_active=False)
    assert client.get(PAGE.format("de")).status_code == 404
    assert client.get("/de/datenschutz/gibt-es-nicht/").status_code == 404


def test_the_page_asks_three_times(client, provider, django_assert_num_queries):
    for number in range(3):
        PrivacyNoticeFactory(provider=provider, valid_from=ago(number))
    with django_assert_num_queries(3):  # languages, Träger, notice
        client.get(PAGE.format("ar"))


# --- In the Systemverwaltung


def test_an_admin_adds_a_version_and_the_log_names_it(as_admin, provider, typed):
    assert as_admin.post(ADD, typed).status_code == 302
    kept = PrivacyNotice.objects.get()
    assert (kept.provider, kept.language_id, kept.version, kept.valid_from) == (provider, "de", "01/2027", ago(0))
    entry = Entry.objects.latest("id")
    assert (entry.action, entry.organisation) == ("catalogue.changed", "am-dom")
    assert entry.details["entry"] == "privacynotice:de:01/2027"
    assert "Wir" not in str(entry.details)


def test_the_form_begins_with_a_text_that_names_what_is_missing(as_admin, typed):
    page = as_admin.get(ADD)
    shown = page.context["adminform"].form.initial["text"]
    assert shown == first_texts()["de"]
    answer = as_admin.post(ADD, typed | {"text": shown})
    assert answer.context["adminform"].form.errors == {"text": ["In eckigen Klammern steht noch, was einzutragen ist."]}
    assert not PrivacyNotice.objects.exists()


def test_a_draft_in_another_language_is_one_click_away(as_admin):
    page = as_admin.get(ADD)
    for code, draft in first_texts().items():
        assert f'<a href="?language={code}">{LANGUAGES[code].endonym}</a>' in page.text
        initial = as_admin.get(ADD, {"language": code}).context["adminform"].form.initial
        assert (initial["language"], initial["text"]) == (code, draft)
    for odd in ("ro", "../de"):
        assert as_admin.get(ADD, {"language": odd}).context["adminform"].form.initial["text"] == first_texts()["de"]


def test_every_draft_says_as_much():
    """The same headings, points and blanks to fill in: none must lack a right."""
    drafts = {code: [text.count(sign) for sign in ("# ", "- ", "[", "]")] for code, text in first_texts().items()}
    assert set(map(tuple, drafts.values())) == {tuple(drafts["de"])}


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"valid_from": german(ago(1))}, "valid_from", "frühestens ab heute"),
        ({"valid_from": "31.02.2026"}, "valid_from", "gibt es nicht"),
        ({"version": "alt"}, "version", "Diese Fassung gibt es schon."),
        ({"valid_from": german(ago(-9))}, "valid_from", "schon eine andere Fassung"),
        ({"text": ""}, "text", "zwingend"),
        ({"version": ""}, "version", "zwingend"),
        ({"language": "xx"}, "language", ""),
        ({"provider": ""}, "provider", "zwingend"),
    ],
)
def test_a_version_that_cannot_be(as_admin, provider, typed, change, field, sentence):
    PrivacyNoticeFactory(provider=provider, version="alt")
    PrivacyNoticeFactory(provider=provider, version="bald", valid_from=ago(-9))
    answer = as_admin.post(ADD, typed | change)
    assert list(answer.context["adminform"].form.errors) == [field]
    assert sentence in str(answer.context["adminform"].form.errors[field])
    assert PrivacyNotice.objects.count() == 2


def test_german_comes_first(as_admin, provider, typed):
    farsi = typed | {"language": "fa", "valid_from": german(ago(-2))}
    sentence = "Zuerst den deutschen Text eintragen"
    PrivacyNoticeFactory(provider=ProviderFactory(), valid_from=ago(-2))
    assert sentence in as_admin.post(ADD, farsi).text
    german_text = PrivacyNoticeFactory(provider=provider, valid_from=ago(-3))
    assert sentence in as_admin.post(ADD, farsi).text
    PrivacyNotice.objects.filter(pk=german_text.pk).update(valid_from=ago(-2))
    assert as_admin.post(ADD, farsi).status_code == 302


def test_until_it_is_valid_it_may_be_corrected(as_admin, provider, typed):
    notice = PrivacyNoticeFactory(provider=provider, valid_from=ago(-1))
    assert as_admin.post(change_url(notice), typed | {"valid_from": german(ago(-1)), "text": "Neu."}).status_code == 302
    notice.refresh_from_db()
    assert notice.text == "Neu."


@pytest.mark.parametrize("days", [0, 1, 500])
def test_what_is_or_was_valid_is_never_edited(as_admin, provider, typed, days):
    notice = PrivacyNoticeFactory(provider=provider, valid_from=ago(days), text="Das gilt.")
    page = as_admin.get(change_url(notice))
    assert "Für einen geänderten Text bitte eine neue Fassung anlegen." in page.text
    assert '<textarea name="text"' not in page.text
    assert "Das gilt." in page.text
    assert as_admin.post(change_url(notice), typed | {"text": "Anders."}).status_code == 403
    notice.refresh_from_db()
    assert notice.text == "Das gilt."
    with pytest.raises(ValidationError, match="bitte eine neue Fassung anlegen"):
        notice.clean()


def test_a_form_that_was_open_past_the_first_day_is_refused(provider):
    notice = PrivacyNoticeFactory(provider=provider, valid_from=ago(0))
    notice.valid_from = ago(-5)
    with pytest.raises(ValidationError, match="bleibt, wie sie ist"):
        notice.full_clean()


@pytest.mark.parametrize("role", ["case_manager", "lead", "coordination", "data_protection"])
def test_nobody_else_edits_it(role, request, client_of, provider, typed):
    browser = client_of(request.getfixturevalue(role))
    notice = PrivacyNoticeFactory(provider=provider, valid_from=ago(-1))
    for address in (ADD, change_url(notice)):
        assert browser.post(address, typed).status_code in (302, 403)
        assert browser.get(address).status_code in (302, 403)
    assert versions(PrivacyNotice.objects.all()) == {("de", notice.version)}


# --- What a file remembers


@pytest.fixture
def case(case_manager):
    return CaseFactory(case_manager=case_manager.case_manager)


def speak(case, *codes):
    case.client.languages.set(Language.objects.filter(code__in=codes))


def give(browser, case, **typed):
    filled = {"purpose": "documentation", "form": "written", "given_on": german(ago(0)), "valid_until": ""}
    return browser.post(url("consents", case), filled | typed)


@pytest.mark.parametrize(
    ("spoken", "language"),
    [
        (("de",), "de"),
        (("fa",), "fa"),
        (("fa-AF", "de"), "fa"),
        (("en", "fa"), "fa"),
        (("en", "de"), "en"),
        (("so",), "de"),
        ((), "de"),
    ],
)
def test_a_consent_remembers_version_and_language(as_case_manager, case, spoken, language):
    speak(case, *spoken)
    PrivacyNoticeFactory(provider=case.provider, version="02/2026", valid_from=ago(50))
    PrivacyNoticeFactory(provider=case.provider, version="02/2026", valid_from=ago(40), language_id="fa")
    PrivacyNoticeFactory(provider=case.provider, version="02/2026", valid_from=ago(40), language_id="en")
    page = as_case_manager.get(url("consents", case))
    for code in ("de", "en", "fa"):
        assert f'href="/{code}/datenschutz/am-dom/"' in page.text
    form = page.context["rows"][0][1]
    assert form["notice_language"].value() == language
    give(as_case_manager, case, notice_language=form["notice_language"].value())
    kept = Consent.objects.get()
    assert (kept.notice_version, kept.notice_language) == ("02/2026", language)
    told = f'Datenschutzhinweis 02/2026, <bdi lang="{language}">{LANGUAGES[language].endonym}</bdi>'
    assert told in as_case_manager.get(url("consents", case)).text


def test_without_a_choice_the_language_of_the_person_counts(as_case_manager, case):
    speak(case, "fa")
    PrivacyNoticeFactory(provider=case.provider)
    assert "notice_language" not in as_case_manager.get(url("consents", case)).context["rows"][0][1].fields
    PrivacyNoticeFactory(provider=case.provider, version="2", language_id="fa")
    give(as_case_manager, case)
    assert Consent.objects.get().notice_language == "fa"


def test_it_is_the_one_of_the_day_the_consent_was_given(as_case_manager, case):
    PrivacyNoticeFactory(provider=case.provider, version="alt", valid_from=ago(50))
    PrivacyNoticeFactory(provider=case.provider, version="neu", valid_from=ago(3))
    PrivacyNoticeFactory(provider=case.provider, version="neu", valid_from=ago(3), language_id="fa")
    with nothing_stored():
        answer = give(as_case_manager, case, given_on=german(ago(4)), notice_language="fa")
    assert errors(answer) == {
        "notice_language": f"Am {german(ago(4))} gab es den Hinweis in dieser Sprache noch nicht."
    }
    give(as_case_manager, case, given_on=german(ago(4)), notice_language="de")
    kept = Consent.objects.get()
    assert (kept.notice_version, kept.notice_language) == ("alt", "de")
    PrivacyNoticeFactory(provider=case.provider, version="neuer", valid_from=ago(0))
    kept.refresh_from_db()
    assert kept.notice_version == "alt"


def test_a_language_that_is_not_offered_is_refused(as_case_manager, case):
    PrivacyNoticeFactory(provider=case.provider)
    PrivacyNoticeFactory(provider=case.provider, language_id="fa")
    with nothing_stored():
        answer = give(as_case_manager, case, notice_language="ru")
    assert list(errors(answer)) == ["notice_language"]


def test_where_a_traeger_has_none_nothing_is_remembered(as_case_manager, case):
    PrivacyNoticeFactory()
    assert "Datenschutzhinweis des Trägers" not in as_case_manager.get(url("consents", case)).text
    give(as_case_manager, case, notice_language="de")
    kept = Consent.objects.get()
    assert (kept.notice_version, kept.notice_language) == ("", "")


@pytest.mark.parametrize(("language", "version"), [("fa", "fa-1"), ("fa-AF", "fa-1"), ("de", "de-1"), ("so", "de-1")])
def test_the_first_interview_remembers_the_version_of_that_language(as_case_manager, case, language, version):
    PrivacyNoticeFactory(provider=case.provider, version="de-1", valid_from=ago(5))
    PrivacyNoticeFactory(provider=case.provider, version="fa-1", valid_from=ago(5), language_id="fa")
    data = {"version": "1", "held_on": german(ago(2)), "notice_given_on": german(ago(2)), "notice_language": language}
    assert as_case_manager.post(url("first_interview", case), data).status_code == 302
    kept = FirstInterview.objects.get()
    assert (kept.notice_language_id, kept.notice_version) == (language, version)
    assert "Inzwischen gilt" not in text_of(as_case_manager.get(url("first_interview", case)))


def test_versions_and_languages_cost_two_queries(as_case_manager, case):
    before = queries(lambda: as_case_manager.get(url("consents", case)))
    for code in ("de", "en", "fa", "ar"):
        for number in range(3):
            PrivacyNoticeFactory(provider=case.provider, language_id=code, valid_from=ago(number))
    assert queries(lambda: as_case_manager.get(url("consents", case))) == before + 1
    assert notice_for(case.client, notices_of(case.client)).language_id == "de"


def test_our_code_for_a_language():
    assert [nearest(code) for code in ("fa-AF", "prs", "ku", "kmr", "ckb", "de-simple", "")] == [
        "fa", "fa", "ku", "ku", "", "de-simple", "",
    ]  # fmt: skip
