"""The front door: who is named there and who is not, in every language, without a trace of the visitor."""

import re
from importlib import import_module
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.urls import reverse

from districts.models import CaseManager, District, Language, Provider, PublicLanguage, PublicPage, Track
from districts.public.contacts import ENDONYMS, dialled, endonyms
from districts.public.plain_text import blocks
from districts.public.vcard import escaped, folded
from kim.audit.models import Entry
from kim.users.models import User
from kim.web.languages import LANGUAGES, SOURCE, say, speaking
from kim.web.templatetags.public import with_addresses
from tests.factories import CaseManagerFactory, ProviderFactory

pytestmark = pytest.mark.django_db

PAGES = [("start", {}), ("contact", {}), *(("page", {"slug": slug}) for slug in PublicPage.Slug.values)]
KONTAKT = "/de/kontakt/"
RELEASED = {"is_published": True, "work_phone": "0221 4710-101", "work_email": "fall@kim-koeln.example"}


def track(code):
    return Track.objects.get(code=code)


def district(number):
    return District.objects.get(number=number)


@pytest.fixture
def published():
    """A case manager who has released the contact; keywords as those of the factory."""

    def publish(name="Leyla Fall", tracks=("general",), districts=(8,), spoken=("de", "fa"), **fields):
        return CaseManagerFactory(
            user__name=name,
            tracks=[track(code) for code in tracks],
            districts=[district(number) for number in districts],
            languages=Language.objects.filter(code__in=spoken),
            **(RELEASED | fields),
        )

    return publish


def names_on(response):
    return set(re.findall(r"<h3><bdi>(.*?)</bdi></h3>", response.text))


def services_on(response):
    _before, _mark, section = response.text.partition('<section id="angebote"')
    return re.findall(r"<h3>(.*?)</h3>", section)


def text_of(html):
    return " ".join(re.sub(r"<[^>]*>", "", html).split())


# --- Every page in every language


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(("name", "keys"), PAGES)
def test_every_page_speaks_every_language(name, keys, code, client, published):
    published()
    response = client.get(reverse(f"public:{name}", kwargs={"language": code, **keys}))
    assert response.status_code == 200
    assert f'<html lang="{code}" dir="{LANGUAGES[code].direction}">' in response.text
    assert response["Content-Language"] == code
    for other, language in LANGUAGES.items():
        assert f'hreflang="{other}" href="http://testserver/{other}/' in response.text
        assert f'lang="{other}" dir="{language.direction}"' in response.text
    with speaking(code):
        assert say("Was ist KIM?") in response.text
    assert response.cookies == {}
    assert "<script" not in response.text
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!testserver/)', response.text)


def test_the_nearest_language_is_not_taken_for_another(client):
    assert client.get("/de-simple/").text.count('<html lang="de-simple"') == 1
    for path in ("/xx/", "/DE/", "/de-/", "/en-simple/kontakt/", "/de/gibt-es-nicht/", "/de/datenschutz/"):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code not in ("de", "de-simple")])
def test_a_page_that_is_missing_in_a_language_comes_in_german_and_says_so(code, client):
    PublicPage.objects.filter(slug="impressum", language=code).update(is_shown=False)
    response = client.get(f"/{code}/impressum/")
    with speaking(code):
        sentence = say("Diesen Text gibt es nur auf Deutsch.")
    assert sentence in response.text
    assert '<h1><span lang="de" dir="ltr">Impressum</span></h1>' in response.text
    assert response.text.count('<div class="text" lang="de" dir="ltr">') == 1
    assert sentence not in client.get(f"/{code}/kim/").text
    assert f'<div class="text" lang="{code}"' in client.get(f"/{code}/kim/").text


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_not_there_is_said_in_the_language_and_leaves_no_trace(code, client):
    """An old link from a chat: a card of somebody who left, a page that was withdrawn, a slip of the finger."""
    card = reverse("public:vcard", args=[code, "1b6f0d6e-6a53-4a1e-9a0a-000000000000"])
    for path in (card, f"/{code}/gibt-es-nicht/", f"/{code}/datenschutz/gibt-es-nicht/", f"/{code}/weit/weg/"):
        page = client.get(path)
        assert (page.status_code, page["Content-Language"], page["Cache-Control"]) == (404, code, "no-store")
        with speaking(code):
            assert f"<h1>{say('Diese Seite gibt es nicht')}</h1>" in page.text
        assert page.cookies == {}
        assert "<script" not in page.text
        assert {f'href="/{other}/"' for other in LANGUAGES} <= set(re.findall(r'href="[^"]*"', page.text))
        assert f'class="button" href="/{code}/anmeldung/"' in page.text
    assert client.post(f"/{code}/weit/weg/").status_code == 404


def test_what_is_not_there_in_a_language_that_is_switched_off_leads_to_german(client):
    PublicLanguage.objects.filter(code="ti").update(is_active=False)
    assert client.get("/ti/gibt-es-nicht/", follow=True)["Content-Language"] == "de"
    assert client.get("/ti/weit/weg/")["Location"] == "/de/"
    assert client.get("/ti-/gibt-es-nicht/").status_code == 404


def test_the_address_of_the_house_can_be_previewed(client):
    """Messengers and monitors ask for the headers first."""
    assert client.head("/", headers={"Accept-Language": "fa"})["Location"] == "/fa/"
    assert client.head("/robots.txt").status_code == 200


def test_every_language_has_every_page():
    found = set(PublicPage.objects.values_list("language_id", "slug"))
    assert found == {(code, slug) for code in LANGUAGES for slug in PublicPage.Slug.values}


def text_in(code, slug):
    return PublicPage.objects.get(language=code, slug=slug).text


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_texts_say_as_much_in_every_language(code, client):
    """Of requests, of counselling (who reads it, what the lead and the city see), of rights; how it begins; where to
    complain about a barrier; in which law that stands."""
    points = [section.count("\n- ") for section in text_in(code, "daten").split("# ")]
    assert points[2:5] == [9, 6, 5]
    with speaking(code):
        assert say("Anmelden") in text_in(code, "kim").rsplit("# ", 1)[1]
        for name in ("Barrierefreiheit", "Impressum"):
            assert PublicPage.objects.get(language=code, slug=name.lower()).title == say(name)
    statement = text_in(code, "barrierefreiheit")
    for fact in ("2016/2102", "BGG NRW", "BITVNRW", "ombudsstelle-barrierefreie-it@mags.nrw.de"):
        assert fact in statement
    assert text_in(code, "barrierefreiheit").count("# ") == 5
    assert "Stand: " in client.get("/de/kim/").text


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != SOURCE])
def test_the_imprint_is_introduced_and_keeps_its_address_in_one_place(code, client):
    PublicPage.objects.filter(slug="impressum", language="de").update(text="# Verantwortlich\nDomplatz 1")
    shown = client.get(f"/{code}/impressum/").text
    assert f'<div class="text" lang="{code}"' in shown
    assert shown.partition('<div class="text" lang="de" dir="ltr">')[2].count("Domplatz 1") == 1
    assert "[" not in text_in(code, "impressum")
    assert 'lang="de" dir="ltr"><h' not in client.get(f"/{code}/kim/").text
    PublicPage.objects.filter(slug="impressum", language="de").update(is_shown=False)
    assert '<div class="text" lang="de"' not in client.get(f"/{code}/impressum/").text


def test_a_withdrawn_page_is_not_there(client):
    PublicPage.objects.filter(slug="kim", language="ar").update(is_shown=False)
    assert "Kommunales Integrationsmanagement" in client.get("/ar/kim/").text
    PublicPage.objects.filter(slug="kim").update(is_shown=False)
    assert client.get("/ar/kim/").status_code == 404


def test_a_language_that_is_switched_off_leads_to_german(client):
    PublicLanguage.objects.filter(code="ti").update(is_active=False)
    response = client.get("/ti/kontakt/?bezirk=8")
    assert (response.status_code, response["Location"]) == (302, KONTAKT)
    assert "/ti/" not in client.get(KONTAKT).text


def test_an_unchecked_translation_says_so_until_somebody_ticks_it(client, as_admin, admin_user):
    sentence = "Esta traducción todavía no ha sido revisada"
    assert sentence in client.get("/es/").text
    url = reverse("admin:districts_publiclanguage_change", args=["es"])
    assert (
        "noch nicht muttersprachlich geprüft" in as_admin.get(reverse("admin:districts_publiclanguage_changelist")).text
    )
    as_admin.post(url, {"position": "11", "is_active": "on", "is_checked": "on"})
    language = PublicLanguage.objects.get(code="es")
    assert (language.is_checked, language.checked_by, language.checked_on is not None) == (True, admin_user, True)
    assert Entry.objects.latest("id").details["entry"] == "publiclanguage:es"
    assert sentence not in client.get("/es/").text
    as_admin.post(url, {"position": "11", "is_active": "on"})
    language.refresh_from_db()
    assert (language.checked_by, language.checked_on) == (None, None)
    assert sentence in client.get("/es/").text


def test_german_is_no_translation_and_cannot_be_switched_off(client, as_admin):
    assert "Muttersprachler" not in client.get("/de/").text
    url = reverse("admin:districts_publiclanguage_change", args=[SOURCE])
    as_admin.post(url, {"position": "3", "is_checked": "on"})
    assert PublicLanguage.objects.filter(code=SOURCE, position=3, is_active=True, is_checked=False).exists()
    listed = as_admin.get(reverse("admin:districts_publiclanguage_changelist")).text
    assert listed.count('field-state">noch nicht muttersprachlich geprüft') == len(LANGUAGES) - 1
    with pytest.raises(IntegrityError, match="public_language_source_stays"):
        PublicLanguage.objects.filter(code=SOURCE).update(is_active=False)


def test_a_tick_has_a_day():
    with pytest.raises(IntegrityError, match="public_language_checked_on_a_day"):
        PublicLanguage.objects.filter(code="es").update(is_checked=True)


def test_a_page_exists_once_in_a_language():
    with pytest.raises(IntegrityError):
        PublicPage.objects.create(slug="kim", language_id="de", title="Noch einmal", text="Text")


def test_a_text_of_the_admin_is_text(client, as_admin):
    page = PublicPage.objects.get(slug="kim", language="de")
    text = "# Wer <b>wir</b> sind\nEin Satz.\n- eins\n- <script>alert(1)</script>\n\n{{ secret }} {% now %}"
    url = reverse("admin:districts_publicpage_change", args=[page.pk])
    as_admin.post(url, {"title": "Titel & mehr", "text": text, "is_shown": "on"})
    shown = client.get("/de/kim/").text
    assert "<title>Titel &amp; mehr" in shown
    assert "<h2>Wer &lt;b&gt;wir&lt;/b&gt; sind</h2>" in shown
    assert "<li>&lt;script&gt;alert(1)&lt;/script&gt;</li>" in shown
    assert "<p>{{ secret }} {% now %}</p>" in shown
    assert Entry.objects.latest("id").details == {
        "entry": "publicpage:kim:de",
        "change": "changed",
        "fields": ["title", "text"],
    }


def test_blocks():
    found = blocks("# Eins\n# Zwei\n\n\nA\nB\n- x\n -  y\n#z\n- \n\n- w")
    assert [(block.kind, block.lines) for block in found] == [
        ("heading", ("Eins",)),
        ("heading", ("Zwei",)),
        ("paragraph", ("A", "B")),
        ("points", ("x", "y")),
        ("paragraph", ("#z", "-")),
        ("points", ("w",)),
    ]
    assert blocks("") == blocks(" \n\n ") == []


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "An: a.b@kim-koeln.example.",
            'An: <a href="mailto:a.b@kim-koeln.example" dir="ltr">a.b@kim-koeln.example</a>.',
        ),
        ("(a@b.example)", '(<a href="mailto:a@b.example" dir="ltr">a@b.example</a>)'),
        ("kein@ @b a@b a@<b>.example", "kein@ @b a@b a@&lt;b&gt;.example"),
        ("Zwei  Leerzeichen & mehr", "Zwei  Leerzeichen &amp; mehr"),
        ("a" * 5000 + "@", "a" * 5000 + "@"),
        ("", ""),
    ],
)
def test_a_mail_address_in_a_text_is_a_link(line, shown):
    assert with_addresses(line) == shown


# --- Ways on


def test_where_nobody_fits_there_are_ways_on(client, published):
    published("Leyla Fall", spoken=("de", "tr"))
    page = client.get(KONTAKT, {"bezirk": "6", "sprache": "tr"}).text
    assert names_on(client.get(KONTAKT, {"bezirk": "6", "sprache": "tr"})) == set()
    ways = page[page.index('<div class="note">') :]
    assert 'href="/de/anmeldung/?bezirk=6&amp;sprache=tr"' in ways
    assert 'href="/de/kontakt/?sprache=tr#personen"' in ways
    assert 'href="/de/kontakt/?bezirk=6#personen"' in ways
    alone = client.get(KONTAKT, {"bezirk": "6"}).text
    assert "Wer berät in diesem Stadtbezirk?" not in alone  # it would lead to where one is
    assert 'href="/de/anmeldung/?bezirk=6"' in alone


@pytest.mark.parametrize("name", ["public:contact", "registration:form"])
def test_where_to_write_to_is_said_where_a_mailbox_is_read(client, settings, name):
    url = reverse(name, kwargs={"language": "de"})
    assert 'href="mailto:anfragen@kim-koeln.example"' in client.get(url).text
    settings.MAILBOX_ADDRESS = ""
    assert "E-Mail schreiben:" not in client.get(url).text


# --- Who is named


def test_only_what_is_released_and_nobody_who_left(client, published):
    published("Leyla Fall")
    for name, change in {
        "Nina Nicht": {"is_published": False},
        "Gero Gegangen": {"user__is_active": False},
        "Ulla Unbestaetigt": {"user__role_confirmed_at": None},
        "Tim Traegerlos": {"provider__is_active": False},
    }.items():
        published(name, **change)
    response = client.get(KONTAKT)
    assert names_on(response) == {"Leyla Fall"}
    assert not re.search("Nicht|Gegangen|Unbestaetigt|Traegerlos", response.text)


@pytest.mark.parametrize(
    "leave",
    [
        lambda person: User.objects.filter(pk=person.user_id).update(is_active=False),
        lambda person: User.objects.filter(pk=person.user_id).update(role_confirmed_at=None),
        lambda person: CaseManager.objects.filter(pk=person.pk).update(is_published=False),
        lambda person: Provider.objects.filter(pk=person.provider_id).update(is_active=False),
    ],
)
def test_a_leaver_is_gone_with_the_next_look(leave, client, published):
    """The browser asks each time, and hears "unchanged" only while it is true."""
    person = published()
    first = client.get(KONTAKT)
    assert first["Cache-Control"] == "no-cache"
    asked = {"If-None-Match": first["ETag"]}
    unchanged = client.get(KONTAKT, headers=asked)
    assert (unchanged.status_code, unchanged.content, unchanged["Cache-Control"]) == (304, b"", "no-cache")
    card = reverse("public:vcard", kwargs={"language": "de", "public_id": person.public_id})
    assert client.get(card).status_code == 200
    leave(person)
    again = client.get(KONTAKT, headers=asked)
    assert again.status_code == 200
    assert names_on(again) == set()
    assert client.get(card).status_code == 404


def test_the_page_is_the_same_for_everybody(client, as_case_manager, as_admin, published):
    published()
    page = client.get(KONTAKT)
    for browser in (as_case_manager, as_admin):
        assert browser.get(KONTAKT).text == page.text
        assert browser.get(KONTAKT).cookies == {}


def test_what_a_contact_shows(client, published):
    person = published(office_hours="Di 14–16 Uhr", districts=(6, 8), provider__name="Träger & Söhne")
    shown = text_of(client.get(KONTAKT).text)
    for text in ("Leyla Fall", "Träger &amp; Söhne", "Chorweiler, Kalk", "Beratung in Ihrem Stadtbezirk",
                 "فارسی", "0221 4710-101", "fall@kim-koeln.example", "Di 14–16 Uhr"):  # fmt: skip
        assert text in shown
    assert person.user.email not in shown
    assert 'href="tel:02214710101"' in client.get(KONTAKT).text


def test_what_is_not_released_leaves_no_empty_label(client, published):
    published(work_phone="", work_email="", office_hours="")
    shown = text_of(client.get(KONTAKT).text).partition("Ansprechpersonen")[2]
    assert not re.search("Telefon |E-Mail|Sprechzeiten", shown.replace("Kontakt im Telefon speichern", ""))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+49 (0)221 4710-101", "+492214710101"),
        ("0221 / 47 10 - 1 (Mo–Fr)", "022147101"),
        ("0221 4710 Durchwahl 3", "02214710"),
        ("javascript:alert(1)", ""),
    ],
)
def test_a_telephone_number_can_be_dialled(typed, number):
    assert dialled(typed) == number


# --- Narrowing


@pytest.fixture
def city(published):
    published("Amal Chorweiler", districts=(6,), spoken=("ar", "de"))
    published("Farid Kalk", districts=(8,), spoken=("fa", "de"))
    published("Oda Ohnebezirk", districts=(), spoken=("de",))
    published("Anna Aufsuchend", tracks=("outreach",), districts=(8,), spoken=("fa", "de"))
    published("Ali Allein", tracks=("single_parents",), districts=(), spoken=("tr",))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("bezirk=6", {"Amal Chorweiler", "Oda Ohnebezirk", "Anna Aufsuchend", "Ali Allein"}),
        ("bezirk=8", {"Farid Kalk", "Oda Ohnebezirk", "Anna Aufsuchend", "Ali Allein"}),
        ("sprache=fa", {"Farid Kalk", "Anna Aufsuchend"}),
        ("angebot=general", {"Amal Chorweiler", "Farid Kalk", "Oda Ohnebezirk"}),
        ("angebot=single_parents", {"Ali Allein"}),
        ("bezirk=6&sprache=fa", {"Anna Aufsuchend"}),
        ("bezirk=6&sprache=fa&angebot=general", set()),
    ],
)
def test_narrowing_without_a_script(query, found, client, city):
    response = client.get(f"{KONTAKT}?{query}")
    assert names_on(response) == found
    assert f"Gefunden: <bdi>{len(found)}</bdi>" in response.text


def test_narrowed_the_other_languages_stay_narrowed_and_search_engines_do_not(client, city):
    shown = client.get("/ar/kontakt/?bezirk=8&sprache=fa&fremd=1&seite=9").text
    assert 'href="/de/kontakt/?bezirk=8&amp;sprache=fa"' in shown
    assert '<link rel="canonical" href="http://testserver/ar/kontakt/">' in shown
    assert "fremd" not in shown


def test_the_map_and_the_list_say_that_it_is_the_stadtbezirk(client, city):
    shown = client.get(KONTAKT).text
    assert shown.count('aria-label="Stadtbezirk Kalk"') == 1
    assert shown.count('href="/de/kontakt/?bezirk=8#personen"') == 2
    assert ">Stadtbezirk Kalk</a>" in shown
    assert "Stadtteile" in shown
    assert "Vingst" in shown
    assert 'aria-label="منطقة المدينة Kalk"' in client.get("/ar/kontakt/").text


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "99",
        "-1",
        "8' OR 1=1",
        "\x00",
        "8\x00",
        "9" * 5000,
        "<script>alert(1)</script>",
        "٨",
        "8\r\nSet-Cookie: a=b",
        "é" * 3000,
    ],
)
def test_hostile_query_strings_narrow_nothing_and_come_back_nowhere(value, client, city):
    names = ("bezirk", "sprache", "angebot", "seite")
    response = client.get(KONTAKT, dict.fromkeys(names, value))
    assert response.status_code == 200
    assert len(names_on(response)) == 5
    assert "Alle anzeigen" not in response.text
    if len(value) > 3:
        assert value not in response.text
        assert quote(value) not in response.text


def test_many_are_shown_in_pages(client, published):
    for number in range(26):
        published(f"Person {number:02}")
    first, second = client.get(f"{KONTAKT}?bezirk=8"), client.get(f"{KONTAKT}?bezirk=8&seite=2")
    assert (len(names_on(first)), len(names_on(second))) == (24, 2)
    assert not names_on(first) & names_on(second)
    assert 'href="/de/kontakt/?bezirk=8&amp;seite=2#personen"' in first.text
    assert 'href="/de/kontakt/?bezirk=8&amp;seite=1#personen"' in second.text


@pytest.mark.parametrize("count", [1, 17])
@pytest.mark.parametrize("query", ["", "?bezirk=8&sprache=fa&angebot=general"])
def test_contacts_do_not_query_per_row(count, query, client, published, django_assert_num_queries):
    for number in range(count):
        published(f"Person {number}")
        published(f"Dienst {number}", tracks=("lsbti", "disability"))
    with django_assert_num_queries(12):
        assert len(names_on(client.get(KONTAKT + query))) == count


@pytest.mark.parametrize(("path", "queries"), [("/ar/", 1), ("/ar/kim/", 2), ("/ar/daten/", 3)])
def test_plain_pages_are_cheap(path, queries, client, published, django_assert_num_queries):
    published()
    with django_assert_num_queries(queries):
        client.get(path)


# --- Protected tracks


def test_a_protected_track_is_a_service_without_a_name(client, published):
    published("Niko Adler", tracks=("lsbti",), spoken=("ru",), provider__name="Farbenhaus", work_email="niko@x.example")
    published("Marta Zielonka", tracks=("disability", "general"), provider__name="Ankommen")
    response = client.get(KONTAKT)
    assert names_on(response) == {"Marta Zielonka"}
    assert services_on(response) == [
        "Beratung für junge Menschen mit Behinderung",
        "Beratung für queere junge Menschen",
    ]
    _before, _mark, section = response.text.partition('<section id="angebote"')
    assert "Farbenhaus" in section
    assert "Русский" in section
    assert not re.search("Niko|Adler|niko@", response.text)
    assert "Zielonka" not in section
    card = re.search(r"<article.*?Marta Zielonka.*?</article>", response.text, re.DOTALL)[0]
    assert "Behinderung" not in card


def test_nobody_can_ask_for_a_protected_track(client, published):
    """No choice, no parameter, no anchor that would name it in an address."""
    published()
    published("Niko Adler", tracks=("lsbti",))
    plain = client.get(KONTAKT)
    for code in ("lsbti", "disability"):
        asked = client.get(KONTAKT, {"angebot": code})
        assert names_on(asked) == names_on(plain)
        assert code not in asked.text
    addresses = re.findall(r'(?:href|value|id|name)="([^"]*)"', plain.text)
    assert not [address for address in addresses if re.search("lsbti|disab|queer|behind", address, re.IGNORECASE)]


def test_who_serves_protected_tracks_only_has_no_card(client, published):
    person = published("Niko Adler", tracks=("lsbti", "disability"))
    assert client.get(reverse("public:vcard", args=["de", person.public_id])).status_code == 404


def test_a_citywide_protected_track_does_not_widen_the_district(client, published):
    published("Marta Zielonka", tracks=("disability", "general"), districts=(6,))
    assert names_on(client.get(f"{KONTAKT}?bezirk=8")) == set()
    assert names_on(client.get(f"{KONTAKT}?bezirk=6")) == {"Marta Zielonka"}


def test_the_contact_of_a_service_is_the_one_of_the_provider(client, published):
    person = published("Niko Adler", tracks=("lsbti",))
    assert "0221 4710-101" in client.get(KONTAKT).text
    assert "fall@kim-koeln.example" not in client.get(KONTAKT).text
    Provider.objects.filter(pk=person.provider_id).update(contact_email="hallo@farbenhaus.example")
    shown = client.get(KONTAKT).text
    assert "hallo@farbenhaus.example" in shown
    assert "0221 4710-101" not in shown
    Provider.objects.update(contact_email="")
    CaseManager.objects.update(work_phone="")
    assert "fall@kim-koeln.example" in client.get(KONTAKT).text


def test_a_service_ends_with_the_last_person(client, published):
    person = published("Niko Adler", tracks=("lsbti",), provider__contact_phone="0221 1")
    assert services_on(client.get(KONTAKT)) == ["Beratung für queere junge Menschen"]
    CaseManager.objects.filter(pk=person.pk).update(is_published=False)
    assert services_on(client.get(KONTAKT)) == []
    assert "Besondere Angebote" not in client.get(KONTAKT).text


def test_a_service_is_named_once_for_each_provider(client, published):
    provider = ProviderFactory(name="Farbenhaus")
    published("Eins", tracks=("lsbti",), provider=provider, spoken=("ru",))
    published("Zwei", tracks=("lsbti",), provider=provider, spoken=("fa", "ru"), work_phone="0221 2")
    published("Drei", tracks=("lsbti",))
    assert services_on(client.get(KONTAKT)) == ["Beratung für queere junge Menschen"] * 2
    section = client.get(KONTAKT).text.partition('<section id="angebote"')[2]
    assert section.count("Русский") == 1
    assert "0221 2" in section


# --- vCards


def card_of(client, person, language="de"):
    return client.get(reverse("public:vcard", kwargs={"language": language, "public_id": person.public_id}))


def test_a_card_to_keep(client, published):
    person = published(office_hours="Di 14–16 Uhr; Do", provider__name="Träger, Söhne")
    response = card_of(client, person)
    assert response["Content-Type"] == "text/vcard; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="kontakt.vcf"'
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response.cookies == {}
    assert response.content.decode().split("\r\n") == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "FN:Leyla Fall",
        "N:;Leyla Fall;;;",
        r"ORG:Träger\, Söhne",
        "TEL;TYPE=WORK,VOICE:0221 4710-101",
        "EMAIL;TYPE=INTERNET,WORK:fall@kim-koeln.example",
        r"NOTE:Sprechzeiten: Di 14–16 Uhr\; Do",
        "END:VCARD",
        "",
    ]
    assert "NOTE:Office hours" in card_of(client, person, "en").text
    assert "KIM" not in response.text


def test_a_card_takes_no_line_of_its_own():
    """What is stored is one line already; if it were not, it would still be one field."""
    assert escaped("a\r\nEMAIL:x@y\nTEL:1\rZ\x00\x0b\x85\u2028;\\,") == "a\\nEMAIL:x@y\\nTEL:1\\nZ    \\;\\\\\\,"


def test_long_lines_are_folded_between_characters():
    line = "ORG:" + "Ä" * 100 + "🙂" * 30
    parts = folded(line).split("\r\n ")
    assert "".join(parts) == line
    assert all(len(part.encode()) <= (75 if number == 0 else 74) for number, part in enumerate(parts))


def test_a_card_is_found_by_its_random_id_only(client, published):
    person = published()
    assert person.public_id.version == 4
    for path in (
        f"/de/kontakt/{person.pk}.vcf",
        "/de/kontakt/00000000-0000-4000-8000-000000000000.vcf",
        "/de/kontakt/.vcf",
    ):
        assert client.get(path).status_code == 404
    shown = client.get(KONTAKT).text
    assert f"/de/kontakt/{person.public_id}.vcf" in shown


def test_everybody_who_was_there_before_got_an_id_of_their_own(published):
    people = [published(), published()]
    CaseManager.objects.filter(pk=people[0].pk).update(public_id=people[0].public_id)
    import_module("districts.migrations.0011_public_ids").fill(apps, None)
    ids = set(CaseManager.objects.values_list("public_id", flat=True))
    assert len(ids) == 2
    assert not ids & {person.public_id for person in people}


# --- The door itself


def test_without_a_login_the_first_page_is_the_public_one(client):
    assert client.get("/")["Location"] == "/de/"
    assert client.get("/", headers={"Accept-Language": "ar,de;q=0.5"})["Location"] == "/ar/"
    assert client.get("/").cookies == {}
    assert "Anmelden für Mitarbeitende" in client.get("/de/").text
    assert 'href="/anmelden/"' in client.get("/de/").text


def test_with_a_login_it_is_the_first_page_of_the_role(as_case_manager, as_coordination):
    assert as_case_manager.get("/")["Location"] == reverse("cases:today")
    assert as_coordination.get("/")["Location"] == reverse("reports:situation")


def test_every_page_of_the_application_links_to_the_legal_pages(client, as_case_manager):
    for page in (client.get("/anmelden/"), as_case_manager.get(reverse("cases:today"))):
        for slug in ("daten", "barrierefreiheit", "impressum"):
            assert f'href="/de/{slug}/"' in page.text


def test_search_engines_may_read_the_public_pages_and_learn_no_other_path(client, published):
    published()
    rules = client.get("/robots.txt").text.splitlines()
    assert rules[0] == "User-agent: *"
    assert rules[-1] == "Disallow: /"
    assert set(rules[1:-1]) == {"Allow: /$", "Allow: /static/", *(f"Allow: /{code}/" for code in LANGUAGES)}
    assert "X-Robots-Tag" not in client.get(KONTAKT)
    assert client.get("/de/gibt-es-nicht/")["X-Robots-Tag"] == "noindex, nofollow"
    assert client.get("/de/gibt-es-nicht/")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_public_page_takes_nothing(method, client):
    assert getattr(client, method)(KONTAKT).status_code == 405


def test_languages_are_named_in_themselves():
    codes = set(Language.objects.values_list("code", flat=True))
    common = set(Language.objects.filter(is_common=True).values_list("code", flat=True))
    assert common <= set(endonyms()) <= codes
    assert ENDONYMS.read_text().count("\n") == len(endonyms()) + 2


# --- Mein Kontakt


OWN = "/mein-kontakt/"
TYPED = {
    "is_published": "on",
    "work_phone": "0221 12345",
    "work_email": "l.fall@kim-koeln.example",
    "office_hours": "Mo",
}


def test_a_case_manager_releases_the_own_contact(as_case_manager, case_manager, client):
    assert case_manager.name not in client.get(KONTAKT).text
    response = as_case_manager.post(OWN, TYPED)
    assert (response.status_code, response["Location"]) == (302, OWN)
    assert "Ihr Kontakt ist öffentlich." in as_case_manager.get(OWN).text
    shown = client.get(KONTAKT).text
    assert case_manager.name in shown
    assert "0221 12345" in shown
    entry = Entry.objects.latest("id")
    assert (entry.action, entry.actor, entry.organisation) == ("staff.contact_changed", str(case_manager.pk), "am-dom")
    assert entry.details == {
        "staff": case_manager.pk,
        "fields": ["is_published", "work_phone", "work_email", "office_hours"],
        "published": True,
    }
    as_case_manager.post(OWN, {**TYPED, "is_published": ""})
    assert case_manager.name not in client.get(KONTAKT).text
    assert Entry.objects.latest("id").details == {
        "staff": case_manager.pk, "fields": ["is_published"], "published": False}  # fmt: skip


def test_an_unchanged_contact_leaves_no_trace(as_case_manager):
    as_case_manager.post(OWN, TYPED)
    count = Entry.objects.count()
    as_case_manager.post(OWN, TYPED)
    assert Entry.objects.count() == count


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"work_phone": "", "work_email": ""}, "Sonst kann sich niemand bei Ihnen melden."),
        ({"work_phone": "abc"}, "mindestens vier Ziffern"),
        ({"work_email": "a@localhost"}, "vollständige E-Mail-Adresse"),
        ({"office_hours": "Mo\r\nTEL:1"}, "nur eine Zeile"),
        ({"office_hours": "x\x00"}, "Steuerzeichen"),
        ({"office_hours": "x" * 201}, "zu lang"),
    ],
)
def test_a_wrong_contact_is_refused_with_a_sentence(change, sentence, as_case_manager, case_manager):
    response = as_case_manager.post(OWN, {**TYPED, **change})
    assert response.status_code == 422
    assert sentence in text_of(response.text)
    assert not CaseManager.objects.get(user=case_manager).is_published
    assert not Entry.objects.filter(action="staff.contact_changed").exists()


def test_one_changes_nothing_but_the_own_contact(as_case_manager, case_manager, colleague):
    foreign = {
        "id": colleague.case_manager.pk,
        "user": colleague.pk,
        "provider": "1",
        "post_share": "0",
        "public_id": "x",
    }
    before = CaseManager.objects.get(user=case_manager)
    as_case_manager.post(OWN, {**TYPED, **foreign})
    after = CaseManager.objects.get(user=case_manager)
    assert (after.provider_id, after.post_share, after.public_id) == (
        before.provider_id,
        before.post_share,
        before.public_id,
    )
    assert CaseManager.objects.get(user=colleague).work_phone == ""


def test_the_way_to_the_own_contact_is_in_the_menu_of_case_managers(as_case_manager, as_lead):
    assert f'href="{OWN}"' in as_case_manager.get("/lage/").text
    assert f'href="{OWN}"' not in as_lead.get("/lage/").text
