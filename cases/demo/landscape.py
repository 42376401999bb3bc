"""The invented side of help in Cologne: Träger under the names of the real associations, staff, institutions."""

from typing import NamedTuple

MARK = "(Demo)"


class Employer(NamedTuple):
    association: str
    name: str
    code: str
    regime: str
    lead: str
    officer: str


class Counsellor(NamedTuple):
    name: str
    employer: str
    track: str
    districts: tuple[int, ...]
    post_share: str
    languages: tuple[str, ...]


class Place(NamedTuple):
    name: str
    kind: str
    district: int | None
    topics: tuple[str, ...]
    languages: tuple[str, ...] = ("de",)
    waiting_weeks: int | None = None
    free_places: int | None = None
    remarks: str = ""


EMPLOYERS = (
    Employer("Caritas", "Jugendbrücke Chorweiler", "jugendbruecke", "kdg", "Hedwig Brandt-Okoro", "Clemens Ahrendt"),
    Employer("Caritas", "Fachdienst Ankommen", "ankommen", "kdg", "Tomasz Wieland", "Agnes Pohlkamp"),
    Employer("Diakonie", "Wegweiser Kalk", "wegweiser", "dsg_ekd", "Ute Karaman", "Jost Hellweg"),
    Employer("Diakonie", "Begegnungshaus Mülheim", "begegnungshaus", "dsg_ekd", "Samuel Adjei", "Rike Tönnes"),
    Employer("AWO", "Stadtteilbüro Porz", "stadtteilbuero", "dsgvo", "Nadine Öksüz", "Bernd Kallen"),
    Employer("AWO", "Werkstatt Zukunft", "werkstatt", "dsgvo", "Milan Terzić", "Gitta Loh"),
    Employer("DRK", "Integrationsbüro Ehrenfeld", "integrationsbuero", "dsgvo", "Dagmar Nwosu", "Till Schurr"),
    Employer("DRK", "Mobil in Köln", "mobil", "dsgvo", "Henrik Solberg", "Petra Yamak"),
    Employer("Paritätischer", "Farbenhaus e. V.", "farbenhaus", "dsgvo", "Toni Wiesental", "Sascha Emmerich"),
    Employer("Paritätischer", "Gemeinsam wohnen und lernen e. V.", "gemeinsam", "dsgvo", "Ines Barreto", "Ole Funke"),
    Employer("Synagogen-Gemeinde", "Sozialdienst Schalom", "schalom", "dsgvo", "Mira Feldstein", "Lew Grossmann"),
)

COUNSELLORS = (
    Counsellor("Samira Benhaddou", "jugendbruecke", "general", (6,), "1.00", ("de", "ar", "fr", "fa", "en")),
    Counsellor("Jurij Hrynko", "jugendbruecke", "general", (5, 6), "1.00", ("de", "uk", "ru")),
    Counsellor("Farid Nazari", "ankommen", "general", (1,), "1.00", ("de", "fa-AF", "fa", "en")),
    Counsellor("Marta Zielonka", "ankommen", "disability", (), "1.00", ("de", "pl", "ru", "en")),
    Counsellor("Deniz Aktaş", "wegweiser", "general", (8,), "1.00", ("de", "tr", "en")),
    Counsellor("Rojîn Ataman", "wegweiser", "general", (8, 9), "1.00", ("de", "ku", "tr", "ar")),
    Counsellor("Selam Kifle", "begegnungshaus", "general", (9,), "1.00", ("de", "ti", "am", "en")),
    Counsellor("Anxhela Prenga", "begegnungshaus", "single_parents", (), "1.00", ("de", "sq", "it", "en")),
    Counsellor("Bogdan Nistor", "stadtteilbuero", "general", (7,), "1.00", ("de", "ro", "rom", "it")),
    Counsellor("Ivana Dukić", "stadtteilbuero", "general", (2, 7), "0.75", ("de", "sr", "hr", "bs")),
    Counsellor("Kwabena Ofori", "werkstatt", "general", (5,), "1.00", ("de", "en", "tw")),
    Counsellor("Laura Quintero", "integrationsbuero", "general", (4,), "1.00", ("de", "es", "pt", "en")),
    Counsellor("Yusuf Warsan", "mobil", "outreach", (), "1.00", ("de", "so", "ar", "en")),
    Counsellor("Aminata Sylla", "mobil", "outreach", (), "1.00", ("de", "fr", "ff", "en")),
    Counsellor("Niko Adler", "farbenhaus", "lsbti", (), "1.00", ("de", "en", "ru", "fa")),
    Counsellor("Georgi Stanev", "gemeinsam", "general", (2,), "0.50", ("de", "bg", "tr", "en")),
    Counsellor("Rivka Lubarski", "schalom", "general", (3,), "0.50", ("de", "ru", "uk", "en")),
)
CLIENTS_PER_DESK = 553 / len(COUNSELLORS)  # people of the default city; with more people there are more desks
ABSENT, DEPUTY = "Rojîn Ataman", "Deniz Aktaş"
FILLING = ("Laura Quintero", "Farid Nazari")  # most of their cases are of the last months, and soon they are full
COORDINATION = ("Frauke Lindholm", "Emre Vogt")
ADMIN = "Ada Systemow"

# How strongly the programme is asked for in each Stadtbezirk, beside its posts.
DEMAND = {1: 0.95, 2: 0.6, 3: 0.55, 4: 0.95, 5: 0.9, 6: 1.35, 7: 1.15, 8: 1.25, 9: 1.45}

_OFFICES = [
    place
    for number, district in enumerate(
        ("Innenstadt", "Rodenkirchen", "Lindenthal", "Ehrenfeld", "Nippes", "Chorweiler", "Porz", "Kalk", "Mülheim"), 1
    )
    for place in (
        Place(
            f"Jobcenter Köln – Standort {district}", "authority", number, ("authorities", "work"), ("de", "en"),
            2 + number % 4, None, "Termine für junge Erwachsene am Vormittag.",
        ),
        Place(
            f"Bezirksrathaus {district} – Bürgerberatung", "authority", number, ("authorities", "housing"), ("de",),
            1 + number % 3,
        ),
    )
]  # fmt: skip

INSTITUTIONS = (
    *_OFFICES,
    Place("Ausländerbehörde – Servicepunkt Jugend", "authority", None, ("authorities-residence",), ("de", "en"), 11,
          None, "Nur mit Termin; Notfälle montags früh."),
    Place("Agentur für Arbeit – Jugendberufshilfe", "authority", None, ("training", "work"), ("de", "en"), 3),
    Place("Sozialamt – Leistungen für Geflüchtete", "authority", 8, ("authorities-benefits", "health"), ("de",), 4),
    Place("Wohnungsamt – Vermittlung", "authority", 8, ("housing",), ("de", "tr"), 14),
    Place("Sprachschule am Ebertplatz", "course_provider", 1, ("language",), ("de", "en", "ar"), 6, 4),
    Place("Sprachwerkstatt Venloer Straße", "course_provider", 4, ("language",), ("de", "tr", "es"), 8, 0),
    Place("Kurshaus Chorweiler", "course_provider", 6, ("language", "language-childcare"), ("de", "ru", "ar"), 19, 0,
          "Kinderbetreuung nur vormittags, zurzeit voll."),
    Place("Deutsch am Rhein", "course_provider", 9, ("language",), ("de", "ti", "fa"), 9, 2),
    Place("Lernhaus Porz", "course_provider", 7, ("language", "education"), ("de", "ro"), 7, 6),
    Place("Abendkurse Kalk-Kapelle", "course_provider", 8, ("language", "language-vocational-course"),
          ("de", "tr", "ku"), 12, 1),
    Place("Sprachcafé Nippes", "course_provider", 5, ("language",), ("de", "en", "fr"), 0, 12, "Ohne Anmeldung."),
    Place("Berufssprachkurse Gesundheit und Pflege", "course_provider", None, ("language-vocational-course",),
          ("de", "en"), 10, 3),
    Place("Berufskolleg Südstadt – Internationale Klassen", "school", 1, ("education",), ("de", "en"), 20, 0),
    Place("Berufskolleg Buchheimer Ring", "school", 9, ("education", "training"), ("de",), 16, 2),
    Place("Abendschule Domblick", "school", 1, ("education-school-certificate",), ("de",), 8, 9),
    Place("Weiterbildungskolleg Porz", "school", 7, ("education",), ("de", "ru"), 8, 5),
    Place("Zeugnisberatung Hochschulzugang", "school", None, ("education-recognition", "education-university"),
          ("de", "en", "fr", "ar"), 5),
    Place("Ausbildungslotsen Kalk", "employment", 8, ("training", "work"), ("de", "tr", "ar"), 2, 8),
    Place("Werkstattjahr Mülheim", "employment", 9, ("training",), ("de",), 4, 3),
    Place("Jobpoint Chorweiler", "employment", 6, ("work",), ("de", "ru", "tr"), 1, 10),
    Place("Anerkennungsberatung Handwerk", "employment", None, ("work-recognition",), ("de", "en", "ar"), 6),
    Place("Frauen in Arbeit", "employment", 4, ("work", "training"), ("de", "es", "fa"), 5, 4),
    Place("Praktikumsbörse Rheinufer", "employment", 2, ("training",), ("de", "en"), 1, 15),
    Place("Gastro-Einstieg Deutz", "employment", 1, ("work",), ("de", "en", "it"), 2, 6),
    Place("Wohnraumlotsen Innenstadt", "housing", 1, ("housing",), ("de", "en", "ar"), 13, 0),
    Place("Wohnhilfe Ehrenfeld", "housing", 4, ("housing", "housing-loss"), ("de", "tr", "bg"), 10, 0),
    Place("Jugendwohnen Nippes", "housing", 5, ("housing",), ("de", "fr"), 26, 1),
    Place("Fachstelle Wohnungsverlust", "housing", None, ("housing-loss", "housing-rent"), ("de", "en"), 3),
    Place("Gemeinschaftsunterkunft Am Stadtrand", "housing", 6, ("housing-shelter",), ("de", "ar", "fa-AF"), None, 9),
    Place("Wohnprojekt Severin", "housing", 1, ("housing",), ("de", "en"), 30, 0),
    Place("Sprechstunde seelische Gesundheit", "health", 9, ("health-therapy", "health"), ("de", "ar", "fa", "ti"),
          22, 0, "Mit Sprachmittlung, Warteliste."),
    Place("Praxisverbund Therapie ohne Grenzen", "health", None, ("health-therapy",), ("de", "tr", "ku"), 28, 0),
    Place("Ärztliche Anlaufstelle ohne Krankenschein", "health", 1, ("health",), ("de", "en", "fr"), 0),
    Place("Beratung Teilhabe und Schwerbehinderung", "health", None, ("health-disability",), ("de", "en", "tr"), 6),
    Place("Frühe Hilfen Chorweiler", "health", 6, ("health", "family"), ("de", "ru", "ro"), 2),
    Place("Sexuelle Gesundheit Köln-Mitte", "health", 1, ("health",), ("de", "en", "es"), 1),
    Place("Migrationsberatung Lindenthal", "advice", 3, ("authorities", "language"), ("de", "en", "fr"), 3),
    Place("Schuldnerberatung Porz", "advice", 7, ("authorities-debts",), ("de", "ro", "tr"), 9),
    Place("Rechtshilfe Aufenthalt", "advice", None, ("authorities-residence",), ("de", "en", "ar", "fa"), 7),
    Place("Jugendberatung Rodenkirchen", "advice", 2, ("education", "family"), ("de", "en"), 2),
    Place("Mietberatung Ehrenfeld", "advice", 4, ("housing-loss", "housing-rent"), ("de", "tr"), 4),
    Place("Familienzentrum Vingst", "family", 8, ("family", "family-childcare"), ("de", "tr", "ar"), 5, 2),
    Place("Kita-Lotsen Mülheim", "family", 9, ("family-childcare",), ("de", "bg", "tr"), 12, 0),
    Place("Beratungsstelle für Frauen in Not", "family", None, ("family-violence",), ("de", "en", "ar", "ru"), 1),
    Place("Elterncafé Holweide", "family", 9, ("family",), ("de", "sq", "ar"), 0, 20),
    Place("Unterhalt und Sorge", "family", None, ("family-maintenance",), ("de",), 6),
    Place("Verein Brücke Damaskus–Köln", "migrant_organisation", 8, ("language", "family"), ("ar", "ku", "de")),
    Place("Habesha-Treff", "migrant_organisation", 9, ("language", "housing"), ("ti", "am", "de")),
    Place("Ukrainisches Haus am Rhein", "migrant_organisation", 1, ("language", "work"), ("uk", "ru", "de")),
    Place("Westafrika-Forum", "migrant_organisation", 5, ("work", "authorities"), ("fr", "en", "tw", "de")),
    Place("Romani-Mediation Köln", "migrant_organisation", 7, ("education", "housing"), ("rom", "ro", "bg", "de")),
    Place("Sprachmittlungspool Köln", "other", None, ("authorities-accompaniment", "health"),
          ("ar", "fa", "ti", "tr", "ru", "fr"), 1),
    Place("Kleiderkammer und Möbellager", "other", 8, ("housing",), ("de", "en"), 0),
)  # fmt: skip
