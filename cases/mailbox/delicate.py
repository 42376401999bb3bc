"""Words that have no place in a mail somebody else may read, in each language a mail may be written in.

Few and plain: health, disability, pregnancy, trauma, HIV, addiction, asylum and residence, who somebody loves and is,
raising a child alone. They are a hint for whoever writes, no filter: nobody finds every word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from kim.text import folded, folded_german

# Beginnings of words; "=" is a whole word, "_" joins words that follow each other.
# A line each: health; disability, pregnancy; the mind; HIV, addiction, violence; residence; love; a child alone.
_STEMS = {
    "de": """
        krank erkrank diagnos therap
        behinder schwerbehind handicap schwanger abtreib
        depress psych trauma
        =hiv hivpos hivinf =aids suchtberat suchthilf suchtkrank suchtmittel suechtig drogen
        gewalt =strafe strafta strafver strafanz strafgericht strafbefehl
        duldung geduldet aufenthalt asyl abschieb ausreise auslaenderbehoerde fluechtling gefluechtet
        lsbt schwul lesbisch lesbe queer =gay =gays homosex bisex
        transgender transident transsex transmann transfrau =trans nichtbinaer
        alleinerzieh
    """,
    "en": """
        illness =ill =sick sickness disease
        disab pregnan abortion
        mental_health
        addict =drugs violence
        residence_permit residence_status residence_title refugee =deported deportation asylum
        lgbt lesbian nonbinary
        single_mother single_father single_parent single_mum single_mom
    """,
    "fr": """
        malad
        invalidite enceinte grossesse avort
        sante_ment
        =vih =sida toxicoman =drogue
        =asile refugie titre_de_sejour carte_de_sejour permis_de_sejour expuls
        lesbien transgenre
        mere_celib mere_isol mere_seule pere_seul parent_isol monoparent
    """,
    "es": """
        enferm
        discapa minusval embaraz aborto
        psic psiq salud_ment depres terap
        =vih =sida adiccion adicto =drogas violencia
        =asilo refugia permiso_de_resid tarjeta_de_resid deportac deportad expuls
        lgtb lesbian transexual
        madre_solter madre_sola padre_solter padre_solo monoparent
    """,
    "ro": """
        bolnav =boala =boli
        dizabil invalid insarcinata gravida avort
        psih depresi terap
        =sida drogur toxicoman violenta
        azil refugia permis_de_sedere drept_de_sedere deporta expulz
        lesbi transgen
        mama_singur mame_singur tata_singur parinte_singur parinti_singur monoparent
    """,
    "tr": """
        hasta
        engelli ozurlu hamile =gebe gebelik kurtaj
        psik depres terapi travma
        bagimlili uyusturucu siddet
        iltica multeci siginma oturum_izn oturma_izn ikamet_izn sinir_disi sinirdisi
        escinsel lezbiyen =gey biseksuel transeksuel transseksuel
        tek_ebeveyn bekar_anne bekar_baba yalniz_anne
    """,
    "ku": """
        nexwes nesax
        seqet astengdar ducani =avis
        derunnas deruni depres travma trawma
        tiryak hisbir
        penaber iltica destura_runist mafe_runist dersinor
        hevzayend lezbiyen transzayend
        dayika_tene bave_tene
    """,
    "uk": """
        хвор
        інвалід вагітн аборт
        психі психо депрес терап травм
        =віл =снід =сніду наркот наркома наркозалеж насильств
        притулок притулк біжен депорт посвідк дозвіл_на_прожив дозволу_на_прожив
        лгбт гомосекс лесбі =гей =геї бісекс трансген =транс
        одинок_мат мат_одинач мат_одинок
    """,
    "ru": """
        болезн болен больн заболе
        инвалид беремен аборт
        психи психо депресс терап травм
        =вич =спид наркот наркома наркозав насили
        убежищ бежен депорт вид_на_жит вида_на_жит =внж дульдунг
        лгбт гомосекс лесби =гей =геи бисекс трансген =транс
        мат_одиноч одинок_мат отец_одиноч отц_одиноч
    """,
    "bg": """
        болест =болен =болна болни болниц заболяв
        увреждан инвалид бременн аборт
        психи психо депрес терап травм
        =хив =спин наркот наркома наркозав насили
        убежищ бежан депорт експулс пребиваван
        лгбт хомосекс лесбий =гей бисекс трансдж трансполов
        самотн_майк самотен_род самотн_род
    """,
    "ar": """
        مرض مريض أمراض
        إعاقة إعاقت =معاق =معاقة =معاقين =معوق =حامل =حاملا إجهاض
        اكتئاب صحة_نفس طبيب_نفس علاج_نفس صدمة_نفس صدمات_نفس
        إيدز نقص_مناع إدمان مدمن مخدر عنف
        لجوء لاجئ =إقامة =إقامتك =إقامتي ترحيل دولدونغ
        مثلي_جنس مثلية_جنس مثليين مثليات مثلية سحاق متحول_جنس متحولة_جنس عابر_جنس عابرة_جنس ثنائي_ميل
        أم_عزباء أم_عازبة أم_وحيدة معيل_وحيد معيلة_وحيد
    """,
    "fa": """
        بیمار مریض
        معلول ناتوانی باردار حامله سقط_جنین
        افسرد روانی روانش روانپ روان_شناس روان_پزشک روان_درم سلامت_روان تروما
        ایدز اچ_آی اعتیاد معتاد مخدر خشونت
        پناهند پناهجو پناه_جو =اقامت دیپورت اخراج_از_آلمان اخراج_از_کشور دولدونگ
        همجنس هم_جنس لزبین تراجنس ترنس دوجنس دگرباش
        تک_والد تکوالد مادر_مجرد پدر_مجرد مادر_تنها سرپرست_خانوار
    """,
    "ti": """
        ሕማም ሕማመ ሕማሙ ሕሙም ሕምምቲ
        ስንክልና ስንኩል ጥንስ ነፍሰጾር ነፍሰ_ጾር
        ኣእምሮኣዊ
        ኤችኣይቪ ኤድስ ወልፊ ሓሽሽ ዓመጽ
        ዑቕባ ስደተኛ ስደተኞ መንበሪ_ፍቓድ ምጥራዝ
        ግብረሰዶም ግብረ_ሰዶም ሌዝብያን
        በይና_ትዕቢ በይና_እተዕቢ በይኑ_ዘዕቢ
    """,
}
_LATIN = frozenset({"de", "en", "fr", "es", "ro", "tr", "ku"})
_ALWAYS = frozenset(_STEMS) - _LATIN | {"de", "en"}
# With the marks that letters of other scripts carry, the joiners inside Persian words, and soft hyphens.
_CHUNK = re.compile(r"(?:[\w-]|[\u00ad\u0300-\u036f\u064b-\u065f\u0670\u200c\u200d])+")
_SAME_LETTER = str.maketrans("ıیىکةۀٱ", "iييكهها", "ـ\u00ad\u200c\u200d")
# Small words that Arabic and Tigrinya write together with the next one.
_JOINED = ("ال", "و", "وال", "ب", "بال", "ل", "لل", "ول", "ولل", "وب", "وبال", "ك", "كال", "ف", "فال", "ን", "ብ", "ና")


class _Stems(NamedTuple):
    beginnings: tuple[str, ...]
    whole: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]


class _Word(NamedTuple):
    start: int
    end: int  # of all that hangs together by hyphens
    forms: frozenset[str]


def delicate_words(text: str, language: str = "", also: Iterable[str] = ()) -> list[str]:
    """What the text says about health, a track, residence or the like, each once, in its order.

    `also` are names, of which the long words count. A word of Spanish may be a delicate one in Turkish: of the
    languages with Latin letters only `language`, German and English are looked at, of the others all.
    """
    names = {word for name in also for word in folded(name).split() if len(word) > 4}
    stems = _stems_of(_ALWAYS | {language} & set(_STEMS))
    words = list(_words_of(text))
    found = [text[words[at].start : words[at + more].end] for at, more in _places(words, stems, names)]
    return list(dict.fromkeys(found))


def _places(words: list[_Word], stems: _Stems, names: set[str]) -> Iterator[tuple[int, int]]:
    """Which word, and how many that follow belong to it."""
    for at, word in enumerate(words):
        if any(form in names or form in stems.whole or form.startswith(stems.beginnings) for form in word.forms):
            yield at, 0
            continue
        for phrase in stems.phrases:
            together = words[at : at + len(phrase)]
            if len(together) == len(phrase) and all(map(_begins, together, phrase)):
                yield at, len(phrase) - 1
                break


def _begins(word: _Word, stem: str) -> bool:
    return any(form.startswith(stem) for form in word.forms)


@cache
def _stems_of(languages: frozenset[str]) -> _Stems:
    stems = [stem for language in sorted(languages) for stem in _STEMS[language].split()]
    return _Stems(
        beginnings=tuple(_plain(stem) for stem in stems if not re.search("[=_]", stem)),
        whole=frozenset(_plain(stem[1:]) for stem in stems if stem.startswith("=")),
        phrases=tuple(tuple(map(_plain, stem.split("_"))) for stem in stems if "_" in stem),
    )


def _words_of(text: str) -> Iterator[_Word]:
    for chunk in _CHUNK.finditer(text):
        for part in filter(None, chunk[0].split("-")):
            yield _Word(chunk.start(), chunk.end(), frozenset(_forms_of(part)))


def _forms_of(word: str) -> Iterator[str]:
    plain = _plain(word)
    yield plain
    if plain.isascii():
        yield folded_german(word)
    else:
        yield from (plain[len(each) :] for each in _JOINED if plain.startswith(each))


def _plain(word: str) -> str:
    """Without marks over and under letters, and with one letter where several are written for the same."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in letters if not unicodedata.combining(each)).translate(_SAME_LETTER)
