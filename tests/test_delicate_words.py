"""Words that would tell whoever reads along, in every language of the mails, and the ordinary ones beside them."""

import uuid
from pathlib import Path

import pytest
from django.conf import settings

from cases.mailbox.delicate import _STEMS, delicate_words
from cases.mailbox.writing import names_in
from cases.models import RequestMessage
from districts.models import Provider
from kim.web.languages import LANGUAGES, PLAIN
from tests.case_forms import errors, queries, text_of, url
from tests.factories import CaseManagerFactory, IntakeRequestFactory, ProviderFactory, TrackFactory

BLOCKS = Path(settings.BASE_DIR / "districts" / "data" / "answers")

# Each a sentence that somebody might write without thinking, and what of it tells.
TELLING = {
    "de": [
        ("Ihre Duldung und die Behinderung", "Duldung, Behinderung"),
        ("LSBTI-Beratung, AUFENTHALTSTITEL, Ausländerbehörde", "LSBTI-Beratung, AUFENTHALTSTITEL, Ausländerbehörde"),
        ("Schwanger und alleinerziehend, HIV-positiv", "Schwanger, alleinerziehend, HIV-positiv"),
        ("Sucht oder süchtig, psy\u00adchisch", "süchtig, psy\u00adchisch"),
    ],
    "en": [
        ("For single mothers and refugees", "single mothers, refugees"),
        ("About your disability and pregnancy", "disability, pregnancy"),
        ("The group for gay men, your residence permit", "gay, residence permit"),
        ("Mental health and HIV", "Mental health, HIV"),
    ],
    "fr": [
        ("Pour votre demande d’asile et votre titre de séjour", "asile, titre de séjour"),
        ("Vous êtes enceinte, handicapée, malade", "enceinte, handicapée, malade"),
        ("Le groupe lesbien, les mères célibataires, le VIH", "lesbien, mères célibataires, VIH"),
    ],
    "es": [
        ("Su enfermedad, su discapacidad, el embarazo", "enfermedad, discapacidad, embarazo"),
        ("El permiso de residencia y el asilo", "permiso de residencia, asilo"),
        ("Madres solteras, personas lesbianas, la deportación", "Madres solteras, lesbianas, deportación"),
    ],
    "ro": [
        ("Pentru mame singure și persoane bolnave", "mame singure, bolnave"),
        ("Azil, permis de ședere, dizabilitate, însărcinată", "Azil, permis de ședere, dizabilitate, însărcinată"),
    ],
    "tr": [
        ("Hastalığınız, engelli raporunuz ve hamileliğiniz", "Hastalığınız, engelli, hamileliğiniz"),
        ("İltica, oturum izni, sınır dışı, EŞCİNSEL", "İltica, oturum izni, sınır dışı, EŞCİNSEL"),
        ("Bekâr anneler için, bağımlılık", "Bekâr anneler, bağımlılık"),
    ],
    "ku": [
        ("Nexweşiya we û seqetî", "Nexweşiya, seqetî"),
        ("Ji bo penaberan, mafê rûniştinê, hevzayend", "penaberan, mafê rûniştinê, hevzayend"),
        ("Dayika tenê, ducanî", "Dayika tenê, ducanî"),
    ],
    "uk": [
        ("Ваша хвороба, інвалідність і вагітність", "хвороба, інвалідність, вагітність"),
        ("Посвідка на проживання, біженці, депортація", "Посвідка, біженці, депортація"),
        ("Одинока мати, ЛГБТ, ВІЛ", "Одинока мати, ЛГБТ, ВІЛ"),
    ],
    "ru": [
        ("Ваша болезнь, инвалидность и беременность", "болезнь, инвалидность, беременность"),
        ("Вид на жительство, беженцы, убежище", "Вид на жительство, беженцы, убежище"),
        ("Для матерей-одиночек, геи, ВИЧ", "матерей-одиночек, геи, ВИЧ"),
    ],
    "bg": [
        ("Вашата болест, хора с увреждания, бременна", "болест, увреждания, бременна"),
        ("Убежище, бежанци, пребиваване", "Убежище, бежанци, пребиваване"),
        ("Самотна майка, лесбийка, ХИВ", "Самотна майка, лесбийка, ХИВ"),
    ],
    "ar": [
        ("بخصوص المرض والإعاقة", "المرض, والإعاقة"),
        ("طلب اللُجُوء، تصريح الإقامة، الترحيل", "اللُجُوء, الإقامة, الترحيل"),
        ("للاجئين، حامل، الصحة النفسية", "للاجئين, حامل, الصحة النفسية"),
        ("مثلي الجنس، أم عزباء، الإيدز", "مثلي الجنس, أم عزباء, الإيدز"),
    ],
    "fa": [
        ("بیماری و معلولیت شما", "بیماری, معلولیت"),
        ("پناه‌جو، اجازه اقامت، اخراج از آلمان", "پناه‌جو, اقامت, اخراج از آلمان"),
        ("باردار، هم‌جنس‌گرا، مادر مجرد، روان‌شناس", "باردار, هم‌جنس‌گرا, مادر مجرد, روان‌شناس"),
    ],
    "ti": [
        ("ብዛዕባ ሕማምኩም", "ሕማምኩም"),
        ("ንሕማም፡ ዑቕባ፡ መንበሪ ፍቓድ", "ንሕማም, ዑቕባ, መንበሪ ፍቓድ"),
        ("ስንክልና፡ ነፍሰ-ጾር፡ ኤድስ", "ስንክልና, ነፍሰ-ጾር, ኤድስ"),
    ],
}  # fmt: skip

# Ordinary sentences beside them: they begin alike, or are a delicate word in another language.
ORDINARY = {
    "de": [
        "Sie sucht eine Wohnung in einer ruhigen Straße.",
        "Der Bus zum Gaylord fährt straff nach Plan.",
        "Trans\u00adport",
    ],
    "en": ["I will be there until five; illustrate the single steps.", "The mental arithmetic course"],
    "fr": ["Vous êtes invités, venez avec votre mère.", "Le séjour à Cologne"],
    "es": ["Estaré hasta las cinco. El deporte empieza el lunes.", "Mi madre vive en la residencia de estudiantes."],
    "ro": ["Am o sarcină pentru dumneavoastră.", "Mama mea vine singură."],
    "tr": ["Özür dilerim, bir engel çıktı.", "Asıl soru bu. Anne ve baba gelebilir."],
    "ku": ["Hîvî dikim werin.", "Ez hêvî dikim ku hûn baş in.", "Dayika min"],
    "uk": ["Сніданок о дев’ятій, залежно від погоди.", "Мати прийде одна. Посвідчення водія."],
    "ru": ["Больше вопросов нет. В зависимости от дня.", "Мать придёт. Спорт, спидометр."],
    "bg": ["Повече няма. В зависимост от деня.", "Майка ми идва."],
    "ar": ["مثلي تمامًا. سأحمل الأوراق بنفسي.", "أقام حفلا جميلا، والممرضة هنا", "معوقات كثيرة"],
    "fa": ["فارسی روان صحبت می‌کنید. بیمه دارید؟", "کویر زیباست. مادر شما", "اخراج از کار"],
    "ti": ["ሕማቕ ኣይኮነን። ጽቡቕ መዓልቲ።"],
}


@pytest.mark.parametrize(
    ("language", "text", "words"), [(code, *row) for code, rows in TELLING.items() for row in rows]
)
def test_what_tells_is_found(language, text, words):
    assert ", ".join(delicate_words(text, language)) == words


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in ORDINARY.items() for text in texts])
def test_what_is_ordinary_is_not(language, text):
    assert delicate_words(text, language) == []


def test_every_language_of_a_mail_has_its_words():
    assert {*_STEMS, PLAIN} == set(LANGUAGES)
    assert set(TELLING) == set(ORDINARY) == set(_STEMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_block_of_text_is_delicate(language):
    texts = [path.read_text("utf-8") for path in sorted((BLOCKS / language).glob("*.txt"))]
    assert len(texts) == 6
    assert [delicate_words(text, language) for text in texts] == [[]] * 6


def test_other_scripts_and_german_are_looked_at_whatever_the_language():
    assert delicate_words("Ihre Duldung, بیماری, инвалид, hasta", "es") == ["Duldung", "بیماری", "инвалид"]
    assert delicate_words("Ihre Duldung, hasta", "gibt-es-nicht") == ["Duldung"]


def test_the_names_of_protected_tracks_are_delicate():
    assert delicate_words("Unser Regenbogenteam hilft", also=["Regenbogenteam Köln"]) == ["Regenbogenteam"]


def test_one_word_is_named_once():
    assert delicate_words("Duldung, Duldung") == ["Duldung"]
    assert delicate_words("") == delicate_words("- – --") == []


# --- Names that tell


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Wir vom Regenbogenhaus Köln", ["Regenbogenhaus Köln e. V."]),
        ("wir vom REGENBOGENHAUS-KOELN e.V.!", ["Regenbogenhaus Köln e. V."]),
        ("Regenbogenhaus Kölns Angebot", ["Regenbogenhaus Köln e. V."]),
        ("LSBTIQ-Treff", ["LSBTI"]),
        ("Das Regenbogenhaus", []),
        ("Köln", []),
    ],
)
def test_a_name_is_found_however_it_is_written(text, found):
    assert names_in(text, ["Regenbogenhaus Köln e. V.", "LSBTI"]) == found


@pytest.fixture
def track(db):
    return TrackFactory(protected=True)


@pytest.fixture
def specialist(track):
    """At a Träger that does nothing else."""
    provider = ProviderFactory(name="Regenbogenhaus gGmbH")
    return CaseManagerFactory(provider=provider, tracks=[track]).user


@pytest.fixture
def wish(specialist, track):
    return IntakeRequestFactory(case_manager=specialist.case_manager, track=track, email="amira@jung.example")


def typed(step, **fields):
    data = {"form_key": str(uuid.uuid4()), "language": "de", "block": "", "text": "Gern am Montag.", "step": step}
    return data | fields


def test_who_counsels_on_nothing_else_is_known_by_that(specialist, track, provider, case_manager):
    CaseManagerFactory(provider=provider, tracks=[track])  # beside others
    assert list(Provider.objects.only_protected()) == [specialist.case_manager.provider]


@pytest.mark.parametrize("step", ["look", "send"])
@pytest.mark.parametrize(
    ("text", "name"), [("Ihr Regenbogenhaus", "Regenbogenhaus gGmbH"), ("Ihre LSBTI-Beratung", "LSBTI")]
)
def test_about_a_protected_wish_no_name_tells(client_of, specialist, wish, track, step, text, name):
    track.name = track.name_en = "LSBTI"
    track.save()
    answer = client_of(specialist).post(url("request_answer", wish), typed(step, text=text, is_confirmed="on"))
    assert errors(answer) == {"text": f"Bitte nicht nennen: „{name}“. Wer mitliest, wüsste sonst, worum es geht."}
    assert text in text_of(answer)
    assert answer.context["form"]["text"].value() == text
    assert not RequestMessage.objects.exists()


def test_without_names_a_protected_wish_is_answered(client_of, specialist, wish):
    client_of(specialist).post(url("request_answer", wish), typed("send"))
    assert RequestMessage.objects.count() == 1


def test_about_another_request_such_a_name_may_be_said(as_case_manager, case_manager, specialist):
    request = IntakeRequestFactory(case_manager=case_manager.case_manager, email="amira@jung.example")
    as_case_manager.post(url("request_answer", request), typed("send", text="Kennen Sie das Regenbogenhaus?"))
    assert RequestMessage.objects.count() == 1


def test_a_delicate_word_of_the_language_of_the_mail_needs_a_second_look(as_case_manager, case_manager):
    request = IntakeRequestFactory(case_manager=case_manager.case_manager, email="amira@jung.example")
    for language, is_shown in (("tr", True), ("es", False)):
        look = as_case_manager.post(url("request_answer", request), typed("look", text="hasta", language=language))
        assert ("Diese Wörter verraten vielleicht etwas" in text_of(look)) == is_shown


@pytest.mark.parametrize("others", [1, 3])
def test_looking_for_names_costs_the_same_however_many_there_are(client_of, specialist, wish, track, others):
    for _number in range(others):
        CaseManagerFactory(tracks=[track])
    browser, data = client_of(specialist), typed("look")
    browser.post(url("request_answer", wish), data)
    assert queries(lambda: browser.post(url("request_answer", wish), data)) == 10
