"""The fixed words of the plan to take home, in the languages it exists in. What a person typed is never translated.

Plain sentences in the first person: the sheet belongs to the person. Arabic, Turkish, Ukrainian, Russian, French and
Farsi: noch nicht muttersprachlich geprüft. Not gettext: the sheet is German and one more language whatever the
interface speaks.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    code: str
    language: str  # as the choice shows it
    is_rtl: bool
    title: str
    draft: str
    about: str
    number: str
    agreed_on: str
    review_on: str
    goals: str
    by_client: str
    by_case_manager: str
    by_institution: str
    by_other: str
    until: str
    done: str
    status_open: str
    status_in_progress: str
    status_reached: str
    status_partly: str
    status_not_reached: str
    status_given_up: str
    contact: str
    phone: str
    email: str
    office_hours: str
    voluntary: str
    mine: str


GERMAN = Words(
    code="de",
    language="nur Deutsch",
    is_rtl=False,
    title="Mein Plan",
    draft="Entwurf – noch nicht vereinbart",
    about="Worum es mir geht",
    number="Nummer",
    agreed_on="Vereinbart am",
    review_on="Wir sprechen wieder darüber am",
    goals="Meine Ziele",
    by_client="ich",
    by_case_manager="Fallmanager*in",
    by_institution="eine Einrichtung",
    by_other="eine andere Person",
    until="bis",
    done="erledigt",
    status_open="offen",
    status_in_progress="in Arbeit",
    status_reached="erreicht",
    status_partly="teilweise erreicht",
    status_not_reached="nicht erreicht",
    status_given_up="nicht mehr mein Ziel",
    contact="Hier bekomme ich Hilfe",
    phone="Telefon",
    email="E-Mail",
    office_hours="Sprechzeiten",
    voluntary="Die Beratung ist freiwillig und kostet nichts. Ich kann den Plan jederzeit ändern.",
    mine="Dieses Blatt gehört mir. Ich entscheide, wem ich es zeige.",
)

ENGLISH = Words(
    code="en",
    language="Englisch (English)",
    is_rtl=False,
    title="My plan",
    draft="Draft – not agreed yet",
    about="What matters to me",
    number="Number",
    agreed_on="Agreed on",
    review_on="We will talk about it again on",
    goals="My goals",
    by_client="me",
    by_case_manager="case manager",
    by_institution="an institution",
    by_other="another person",
    until="by",
    done="done",
    status_open="not started",
    status_in_progress="in progress",
    status_reached="reached",
    status_partly="partly reached",
    status_not_reached="not reached",
    status_given_up="no longer my goal",
    contact="Here I get help",
    phone="Phone",
    email="E-mail",
    office_hours="Office hours",
    voluntary="The counselling is voluntary and free of charge. I can change the plan at any time.",
    mine="This sheet belongs to me. I decide who sees it.",
)

ARABIC = Words(
    code="ar",
    language="Arabisch (العربية)",
    is_rtl=True,
    title="خطتي",
    draft="مسودة – لم يُتفق عليها بعد",
    about="ما يهمني",
    number="الرقم",
    agreed_on="تم الاتفاق بتاريخ",
    review_on="نتحدث عنها مرة أخرى بتاريخ",
    goals="أهدافي",
    by_client="أنا",
    by_case_manager="المستشار/المستشارة",
    by_institution="مؤسسة",
    by_other="شخص آخر",
    until="حتى",
    done="تم",
    status_open="لم يبدأ بعد",
    status_in_progress="قيد العمل",
    status_reached="تحقق",
    status_partly="تحقق جزئيًا",
    status_not_reached="لم يتحقق",
    status_given_up="لم يعد هدفي",
    contact="هنا أحصل على المساعدة",
    phone="الهاتف",
    email="البريد الإلكتروني",
    office_hours="ساعات الدوام",
    voluntary="الاستشارة طوعية ومجانية. يمكنني تغيير الخطة في أي وقت.",
    mine="هذه الورقة ملكي. أنا أقرر لمن أُريها.",
)

TURKISH = Words(
    code="tr",
    language="Türkisch (Türkçe)",
    is_rtl=False,
    title="Planım",
    draft="Taslak – henüz kararlaştırılmadı",
    about="Benim için önemli olan",
    number="Numara",
    agreed_on="Kararlaştırıldığı tarih",
    review_on="Yeniden konuşacağımız tarih",
    goals="Hedeflerim",
    by_client="ben",
    by_case_manager="danışmanım",
    by_institution="bir kurum",
    by_other="başka bir kişi",
    until="son tarih",
    done="tamamlandı",
    status_open="henüz başlamadı",
    status_in_progress="devam ediyor",
    status_reached="ulaşıldı",
    status_partly="kısmen ulaşıldı",
    status_not_reached="ulaşılamadı",
    status_given_up="artık hedefim değil",
    contact="Buradan yardım alıyorum",
    phone="Telefon",
    email="E-posta",
    office_hours="Görüşme saatleri",
    voluntary="Danışmanlık gönüllüdür ve ücretsizdir. Planı her zaman değiştirebilirim.",
    mine="Bu sayfa bana aittir. Kime göstereceğime ben karar veririm.",
)

UKRAINIAN = Words(
    code="uk",
    language="Ukrainisch (Українська)",
    is_rtl=False,
    title="Мій план",
    draft="Чернетка – ще не погоджено",
    about="Що для мене важливо",
    number="Номер",
    agreed_on="Погоджено",
    review_on="Ми знову поговоримо про це",
    goals="Мої цілі",
    by_client="я",
    by_case_manager="консультант/консультантка",
    by_institution="установа",
    by_other="інша особа",
    until="до",
    done="зроблено",
    status_open="ще не розпочато",
    status_in_progress="у роботі",
    status_reached="досягнуто",
    status_partly="частково досягнуто",
    status_not_reached="не досягнуто",
    status_given_up="це більше не моя ціль",
    contact="Тут я отримую допомогу",
    phone="Телефон",
    email="Електронна пошта",
    office_hours="Години прийому",
    voluntary="Консультація добровільна й безкоштовна. Я можу змінити план у будь-який час.",
    mine="Цей аркуш належить мені. Я вирішую, кому його показувати.",
)

RUSSIAN = Words(
    code="ru",
    language="Russisch (Русский)",
    is_rtl=False,
    title="Мой план",
    draft="Черновик – ещё не согласовано",
    about="Что для меня важно",
    number="Номер",
    agreed_on="Согласовано",
    review_on="Мы снова поговорим об этом",
    goals="Мои цели",
    by_client="я",
    by_case_manager="консультант",
    by_institution="учреждение",
    by_other="другой человек",
    until="до",
    done="сделано",
    status_open="ещё не начато",
    status_in_progress="в работе",
    status_reached="достигнуто",
    status_partly="частично достигнуто",
    status_not_reached="не достигнуто",
    status_given_up="это больше не моя цель",
    contact="Здесь я получаю помощь",
    phone="Телефон",
    email="Электронная почта",
    office_hours="Часы приёма",
    voluntary="Консультация добровольная и бесплатная. Я могу изменить план в любое время.",
    mine="Этот лист принадлежит мне. Я решаю, кому его показывать.",
)

FRENCH = Words(
    code="fr",
    language="Französisch (Français)",
    is_rtl=False,
    title="Mon plan",
    draft="Brouillon – pas encore convenu",
    about="Ce qui compte pour moi",
    number="Numéro",
    agreed_on="Convenu le",
    review_on="Nous en reparlerons le",
    goals="Mes objectifs",
    by_client="moi",
    by_case_manager="mon conseiller / ma conseillère",
    by_institution="un organisme",
    by_other="une autre personne",
    until="avant le",
    done="fait",
    status_open="pas encore commencé",
    status_in_progress="en cours",
    status_reached="atteint",
    status_partly="atteint en partie",
    status_not_reached="pas atteint",
    status_given_up="n’est plus mon objectif",
    contact="Ici, je trouve de l’aide",
    phone="Téléphone",
    email="E-mail (adresse)",
    office_hours="Heures de permanence",
    voluntary="L’accompagnement est volontaire et gratuit. Je peux changer le plan à tout moment.",
    mine="Cette feuille est à moi. Je décide à qui je la montre.",
)

FARSI = Words(
    code="fa",
    language="Farsi (فارسی)",
    is_rtl=True,
    title="برنامهٔ من",
    draft="پیش‌نویس – هنوز توافق نشده",
    about="چیزی که برای من مهم است",
    number="شماره",
    agreed_on="تاریخ توافق",
    review_on="دوباره درباره‌اش صحبت می‌کنیم در تاریخ",
    goals="هدف‌های من",
    by_client="من",
    by_case_manager="مشاور من",
    by_institution="یک مؤسسه",
    by_other="یک فرد دیگر",
    until="تا",
    done="انجام شد",
    status_open="هنوز شروع نشده",
    status_in_progress="در حال انجام",
    status_reached="به دست آمد",
    status_partly="تا حدی به دست آمد",
    status_not_reached="به دست نیامد",
    status_given_up="دیگر هدف من نیست",
    contact="اینجا کمک می‌گیرم",
    phone="تلفن",
    email="ایمیل",
    office_hours="ساعت‌های مشاوره",
    voluntary="مشاوره داوطلبانه و رایگان است. می‌توانم برنامه را هر زمان تغییر دهم.",
    mine="این برگه مال من است. خودم تصمیم می‌گیرم آن را به چه کسی نشان بدهم.",
)

LANGUAGES: dict[str, Words] = {
    words.code: words for words in (GERMAN, ENGLISH, ARABIC, TURKISH, UKRAINIAN, RUSSIAN, FRENCH, FARSI)
}
