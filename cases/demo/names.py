"""Invented names of the world. Given and family names are drawn apart, so a whole name belongs to nobody."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """Where a family comes from: what people are called there, what they speak, and on which title they stay."""

    weight: int
    countries: tuple[str, ...]
    languages: tuple[str, ...]  # the first is spoken by everybody of this origin
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    residence: tuple[str, ...]
    script: tuple[tuple[str, str, str], ...] = ()  # sex, given names and family name as written at home
    one_word: bool = False  # a single name is common


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


REFUGEES = ("in_procedure", "tolerated", "tolerated", "humanitarian", "humanitarian", "provisional")
SETTLED = ("temporary", "permanent", "permanent", "german", "provisional")

ORIGINS: tuple[Origin, ...] = (
    Origin(
        18,
        ("SY", "SY", "SY", "IQ", "LB"),
        ("ar", "en"),
        words("Amal Rasha Hiba Nour Lama Salma Dania Razan Yara Maha Sidra Walaa Tala Reem Ghada Batoul"),
        words("Omar Khaled Mahmoud Yazan Anas Tarek Bilal Samer Mohammed Hamza Ammar Ziad Fadi Rami Wael Abdulrahman"),
        words("Al-Hariri Haddad Kassab Darwish Al-Masri Sabbagh Qasim Jaber Halabi Najjar Shami Khatib Barakat Awad"),
        REFUGEES,
        (
            ("male", "محمد", "الحلبي"),
            ("female", "نور", "درويش"),
            ("male", "عبد الرحمن", "قاسم"),
            ("female", "رشا", "حداد"),
            ("male", "خالد", "النجار"),
        ),
    ),
    Origin(
        11,
        ("AF",),
        ("fa-AF", "ps"),
        words("Zahra Marzia Shabnam Fatima Nargis Sahar Parwana Laila Mina Roya Farishta Storai"),
        words("Ahmad Najib Reza Mustafa Habib Esmat Farhad Jawad Zabihullah Hamid Navid Samim"),
        words("Rahimi Ahmadi Hosseini Noori Karimi Sharifi Azizi Haidari Sultani Qaderi Wardak Stanekzai"),
        REFUGEES,
        (("male", "احمد", "رحیمی"), ("female", "زهرا", "نوری")),
        one_word=True,
    ),
    Origin(
        6,
        ("IR",),
        ("fa", "en"),
        words("Niloufar Shirin Parisa Yasaman Elham Azadeh Mahsa Taraneh Golnaz Setareh"),
        words("Kian Arash Babak Dariush Siavash Mehdi Pouya Ramin Kaveh Behnam"),
        words("Tehrani Moradi Jafari Rostami Kazemi Ghorbani Farahani Bahrami Zamani Shirazi"),
        REFUGEES,
        (("female", "پریسا", "مرادی"), ("male", "آرش", "کاظمی")),
    ),
    Origin(
        7,
        ("ER",),
        ("ti", "ar"),
        words("Selam Helen Bethlehem Feven Rahwa Senait Winta Mihret Luwam Semhar"),
        words("Filmon Yonas Merhawi Robel Aman Tesfay Natnael Henok Abel Simon"),
        words("Tesfay Haile Gebremedhin Kidane Berhane Mehari Ghebre Tekle Zerai Habtom"),
        REFUGEES,
        (("female", "ሰላም", "ተስፋይ"), ("male", "ሮቤል", "ሃይለ"), ("female", "ሄለን", "ኪዳነ")),
        one_word=True,
    ),
    Origin(
        3,
        ("ET",),
        ("am", "en"),
        words("Tigist Hanna Meseret Saba Eden Lidya Rahel"),
        words("Dawit Bereket Yared Kaleb Mulugeta Biruk Solomon"),
        words("Bekele Tadesse Alemu Girma Worku Desta Abebe"),
        REFUGEES,
        (("female", "ትዕግስት", "በቀለ"),),
    ),
    Origin(
        9,
        ("UA",),
        ("uk", "ru"),
        words("Oksana Daryna Solomija Anastasija Kateryna Olena Julija Marija Viktorija Zlata"),
        words("Andrij Bohdan Maksym Dmytro Nazar Taras Ostap Denys Jaroslaw Ihor"),
        words("Kowalenko Bondar Schewtschuk Melnyk Tkatschenko Moros Lysenko Kutscherenko Hontschar Romaniuk"),
        ("humanitarian", "humanitarian", "humanitarian", "provisional"),
        (("female", "Оксана", "Коваленко"), ("male", "Андрій", "Мельник"), ("female", "Дарина", "Гончар")),
    ),
    Origin(
        9,
        ("TR",),
        ("tr",),
        words("Elif Zeynep Büşra Şeyma Gülşen Aylin Melis İrem Tuğba Ceren Özge"),
        words("Emre Burak Çağlar Ömer Yiğit Serkan Oğuz Mert Kaan Tolga Barış"),
        words("Öztürk Yılmaz Şahin Çelik Aydın Koç Güneş Doğan Kılıç Yıldız Çakır"),
        SETTLED,
    ),
    Origin(
        8,
        ("TR", "IQ", "SY"),
        ("ku", "tr"),
        words("Berfîn Rojda Evîn Jiyan Hêvî Dilan Zelal Nesrîn Şîlan"),
        words("Azad Baran Rojhat Siyar Welat Serdar Hêmin Diyar Rêbaz"),
        words("Demirtop Aslanbey Bozkurd Hêvîdar Kaya Xalîd Berxwedan Omarî Zagros Barzanjî"),
        REFUGEES,
    ),
    Origin(
        6,
        ("GH", "NG", "GM"),
        ("en", "tw"),
        words("Akosua Abena Efua Ama Blessing Precious Adwoa Patience Mercy Chioma"),
        words("Kwame Kofi Kojo Yaw Emeka Chidi Ebrima Lamin Prince Samuel"),
        words("Mensah Boateng Owusu Asante Okafor Adeyemi Jallow Ceesay Appiah Danso"),
        REFUGEES,
    ),
    Origin(
        6,
        ("GN", "CI", "ML", "SN", "CM"),
        ("fr", "ff"),
        words("Aïssatou Mariama Fatoumata Kadiatou Djeneba Aminata Ndèye Grâce Hawa"),
        words("Mamadou Ibrahima Ousmane Alpha Sékou Moussa Thierno Boubacar Cheikh"),
        words("Diallo Barry Bah Sow Camara Traoré Koné Touré Ndiaye Keïta Fofana"),
        REFUGEES,
    ),
    Origin(
        4,
        ("SO",),
        ("so", "ar"),
        words("Hodan Ayaan Sagal Ifrah Nasteho Hibaaq Ubah"),
        words("Abdi Liban Guled Mahad Jama Warsame Bashir"),
        words("Warsame Jama Ali Farah Hersi Nur Osman Abdullahi"),
        REFUGEES,
        one_word=True,
    ),
    Origin(
        7,
        ("BG",),
        ("bg", "tr"),
        words("Desislawa Radostina Gergana Iwelina Sewda Petja Nikoleta"),
        words("Stojan Krassimir Wesselin Dimo Assen Metodi Plamen"),
        words("Iwanowa Angelow Mitkow Assenowa Marinow Kolewa Rusew Jordanowa"),
        ("eu",),
        (("female", "Гергана", "Ангелова"), ("male", "Пламен", "Русев")),
    ),
    Origin(
        5,
        ("RO",),
        ("ro", "rom"),
        words("Ionela Mădălina Ştefania Florentina Andreea Loredana Crina"),
        words("Ionuţ Marian Costel Răzvan Gheorghe Florin Sorin"),
        words("Munteanu Lăcătuş Rădulescu Stoica Ciobanu Vasile Dragomir Ţăranu"),
        ("eu",),
    ),
    Origin(
        3,
        ("VN",),
        ("vi",),
        words("Linh Thảo Ngọc Hương Trang Mai Quỳnh"),
        words("Minh Tuấn Đức Hùng Phong Quang Khánh"),
        words("Nguyễn Trần Phạm Hoàng Vũ Đặng Bùi"),
        SETTLED,
        one_word=True,
    ),
    Origin(
        5,
        ("AL", "XK", "MK"),
        ("sq",),
        words("Arbnora Blerta Donjeta Fjolla Albulena Rina Egzona"),
        words("Arben Besnik Dardan Fatlum Ilir Leutrim Valon"),
        words("Krasniqi Berisha Gashi Hoxhaj Shehu Morina Rexhepi Leka"),
        ("tolerated", "temporary", "temporary", "in_procedure", "permanent"),
    ),
    Origin(
        4,
        ("RS", "BA", "MK"),
        ("sr", "rom", "bs"),
        words("Jelena Dragana Sanela Ajla Milica Selma Vesna"),
        words("Dejan Zoran Emir Nikola Adnan Slobodan Mirza"),
        words("Jovanović Hodžić Petrović Begić Stanković Ibrahimović-Lukić Marković Salihović"),
        ("tolerated", "tolerated", "temporary", "permanent"),
    ),
    Origin(
        3,
        ("CO", "VE", "PE"),
        ("es",),
        words("Valentina Camila Luz María-José Daniela Yolanda"),
        words("Santiago Andrés Julián Mateo Wilmer Esteban"),
        words("Restrepo Gutiérrez Peña Quispe Márquez Cárdenas Rojas"),
        ("in_procedure", "temporary", "temporary"),
    ),
    Origin(
        3,
        ("RU", "KZ", "GE"),
        ("ru",),
        words("Alina Nino Kamila Polina Swetlana Tamar"),
        words("Timur Giorgi Arsen Wadim Ruslan Ilja"),
        words("Beridze Achmetow Sokolow Kapanadse Nurlanow Orlowa"),
        ("in_procedure", "temporary", "tolerated", "permanent"),
    ),
)

PSEUDONYMS = (
    "Abendstern",
    "Alex aus Kalk",
    "B. 2004",
    "Domspatz",
    "Kleeblatt",
    "Leo R.",
    "Löwin",
    "M.",
    "Nachtfalke",
    "Regenbogen 12",
    "Robin",
    "Sam vom Ebertplatz",
    "Schmetterling",
    "Sternchen",
    "T. aus Porz",
    "Wolke 7",
)
