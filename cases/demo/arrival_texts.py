"""Requests, observations and reports of the demonstration city: invented, and about nobody."""

from typing import NamedTuple


class Ask(NamedTuple):
    """Somebody who asks for help: in which language, where, how urgently, by which way, and what."""

    message: str
    language: str
    district: int | None
    topics: tuple[str, ...]
    urgency: str = "can_wait"
    source: str = "self"
    channel: str = "phone"
    track: str = ""


class Stand(NamedTuple):
    """Where a request is and how many working days it has waited."""

    status: str
    days: int
    desk: str = ""  # the case manager who has accepted it
    provider: str = ""  # where it lies if nobody has accepted it
    returned_from: str = ""


DEMO, ABSENT = "Deniz Aktaş", "Rojîn Ataman"

# The first asks get these stands one by one; in a larger city both go round.
STANDS = (
    Stand("new", 0),
    Stand("new", 1),
    Stand("assigned", 1, provider="wegweiser"),
    Stand("first_contact", 6, desk=DEMO),
    Stand("new", 2),
    Stand("assigned", 4, provider="jugendbruecke"),
    Stand("waiting_list", 13, desk=DEMO),
    Stand("new", 5),
    Stand("assigned", 2, desk=DEMO),
    Stand("waiting_list", 17),
    Stand("assigned", 6, provider="begegnungshaus"),
    Stand("first_contact", 9, desk="Laura Quintero"),
    Stand("new", 12, returned_from="integrationsbuero"),
    Stand("assigned", 3, provider="wegweiser"),
    Stand("first_contact", 5, desk=ABSENT),
    Stand("waiting_list", 22, desk="Selam Kifle"),
    Stand("new", 0),
    Stand("assigned", 1, provider="ankommen"),
    Stand("assigned", 2, desk="Samira Benhaddou"),
    Stand("first_contact", 4, desk="Anxhela Prenga"),
    Stand("new", 8),
    Stand("waiting_list", 11, desk="Farid Nazari"),
    Stand("assigned", 5, provider="mobil"),
    Stand("waiting_list", 14),
    Stand("assigned", 1, desk="Kwabena Ofori"),
)

ASKS = (
    Ask("Ich suche einen Deutschkurs am Abend, am Tag arbeite ich in einer Küche.", "ar", 8, ("language",),
        channel="form"),
    Ask(
        "Мені потрібна допомога з квартирою. Ми вдвох із сестрою живемо в гуртожитку.", "uk", 1, ("housing",), "soon",
        channel="mail",
    ),
    Ask("Kündigung der Wohnung zum Monatsende, versteht die Briefe nicht.", "tr", 8, ("housing-loss",), "urgent"),
    Ask("Guten Tag, ich habe eine Zusage vom Malerbetrieb, aber nur eine Duldung. Darf ich die Ausbildung anfangen?",
        "fa-AF", 8, ("training",), "soon", channel="mail"),
    Ask("Je cherche une formation dans la santé et je ne sais pas par où commencer.", "fr", 5, ("training",),
        channel="mail"),
    Ask("Mutter mit zwei Kindern braucht einen Kitaplatz, um in den Kurs zu gehen.", "ru", 6,
        ("family-childcare", "language"), "soon", "institution"),
    Ask("Sucht seit einem halben Jahr Arbeit, die Erlaubnis fehlt.", "tr", 8, ("work-permit",), channel="visit"),
    Ask("ትግርኛ እዛረብ። ምስ ወረቓቕተይ ሓገዝ የድልየኒ።", "ti", 9, ("authorities",), channel="form"),
    Ask("Möchte den Schulabschluss nachholen, arbeitet in Schichten.", "en", 8, ("education-school-certificate",)),
    Ask("Zieht aus der Jugendhilfe aus und hat noch keine Wohnung.", "fa-AF", None, ("housing",), "soon",
        "institution"),
    Ask("Braucht Begleitung zum Termin in der Ausländerbehörde in zehn Tagen.", "ti", 9,
        ("authorities-residence",), "soon"),
    Ask("Busco trabajo como electricista. Tengo el título de mi país.", "es", 4, ("work-recognition",),
        channel="mail"),
    Ask("Sucht einen Sprachkurs und Arbeit, liest schon gut Deutsch.", "vi", 4,
        ("language", "work"), "can_wait", "third_party"),
    Ask("Nachbarin meldet sich: Die junge Frau versteht die Post vom Jobcenter nicht.", "ku", 8,
        ("authorities-benefits",), "soon", "third_party"),
    Ask("Neu in Köln, keine Familie hier. Wünscht sich jemanden zum Reden und Planen.", "ar", 9, ("authorities",)),
    Ask("Sucht einen Therapieplatz, wartet seit dem Frühjahr.", "ti", 9, ("health",), "soon", "institution"),
    Ask("An der Haltestelle angesprochen, schläft bei wechselnden Bekannten.", "so", None, ("housing",), "urgent",
        "outreach", "visit", "outreach"),
    Ask("Fragt, ob das Studium aus dem Herkunftsland zählt.", "fa", 1, ("education-recognition",), channel="mail"),
    Ask("Das Berufskolleg fragt an: Schüler will abbrechen und arbeiten gehen.", "ar", 6, ("education",), "soon",
        "institution"),
    Ask("Allein mit Kind, möchte in Teilzeit lernen.", "sq", 9, ("family", "training"), "can_wait", "self", "phone",
        "single_parents"),
    Ask("Am liebsten schreiben, nicht anrufen. Es geht um Schulden und einen Handyvertrag.", "de", 3,
        ("authorities-debts",), channel="mail"),
    Ask("Fragt, ob das Jobcenter auch eine größere Wohnung bezahlt.", "fa", 1, ("housing-rent",)),
    Ask("Streetwork hat den Kontakt hergestellt, Treffpunkt ist der Platz vor dem Bahnhof.", "ar", 1, ("work",),
        "can_wait", "outreach", "visit", "outreach"),
    Ask("Möchte die Eltern nachholen und weiß nicht, wer zuständig ist.", "am", 7, ("family-reunification",)),
    Ask("I want to start an apprenticeship next summer. Who can help me with the applications?", "en", 5,
        ("training-application",), channel="mail"),
)  # fmt: skip

# The mail with the case manager of the printed login: days after it came, whether it is from us, what it says.
CONVERSATION = (
    (1, True, "Guten Tag,\n\ndanke für Ihre Nachricht. Kommen Sie gern am Dienstag um 10 Uhr in meine Sprechstunde. "
     "Bitte bringen Sie die Zusage mit.\n\nDie Beratung ist freiwillig, kostenlos und vertraulich.\n\nDeniz Aktaş"),
    (2, False, "Danke! Dienstag ist gut. Kann meine Schwester mitkommen? Sie spricht besser Deutsch."),
)  # fmt: skip

PROTECTED = (
    ("lsbti", Ask("Möchte mit jemandem sprechen, der sich auskennt. Bitte nur schreiben, nicht anrufen.", "en", None,
                  ("housing",), "soon", channel="mail"), 4),
    ("disability", Ask("Fragt nach Hilfen am Arbeitsplatz und nach dem Ausweis.", "pl", None, ("work",)), 2),
)  # fmt: skip

# How requests ended that became no case: status, reason, working days since.
ENDED = (
    ("unreachable", "", 9, "Dreimal angerufen, zweimal geschrieben."),
    ("referred_on", "other_service", 14, "Wohnt nicht mehr bei uns im Bezirk, passt dort besser."),
    ("withdrawn", "settled", 21, "Hat inzwischen selbst einen Kurs gefunden."),
    ("referred_on", "not_target_group", 30, "Ist 34 Jahre alt; die Migrationsberatung hilft weiter."),
    ("withdrawn", "no_wish", 44, "Möchte zurzeit keine Begleitung."),
    ("unreachable", "", 60, "Nummer nicht mehr vergeben."),
)

ADMITTED = (
    "Bittet um Hilfe bei der Suche nach einer Wohnung.",
    "Fragt nach einem Deutschkurs in der Nähe.",
    "Möchte arbeiten und braucht eine Erlaubnis.",
    "Versteht die Briefe vom Amt nicht.",
    "Sucht einen Ausbildungsplatz.",
)

# who writes, topic, barrier, state, text
OBSERVATIONS = (
    (DEMO, "authorities-residence", "waiting", "proposed",
     "Wer einen befristeten Titel verlängern will, findet online wochenlang keinen Termin. Fiktionsbescheinigungen "
     "kommen erst, wenn die Arbeitsstelle schon gekündigt ist."),
    (ABSENT, "family-childcare", "capacity", "proposed",
     "Ohne Kitaplatz kein Kurs, ohne Kurs kein Vorrang beim Kitaplatz."),
    (DEMO, "work-permit", "legal", "draft",
     "Zusagen von Betrieben verfallen, weil die Erlaubnis länger dauert, als ein Betrieb warten kann."),
    (DEMO, "language-vocational-course", "capacity", "returned",
     "Berufssprachkurse am Abend gibt es rechts des Rheins fast nicht. Wer in Schichten arbeitet, bleibt ohne Kurs."),
    (DEMO, "housing-loss", "responsibility", "released",
     "Bei Kündigung wegen Rückständen verweisen zwei Ämter aufeinander. Bis geklärt ist, wer zahlt, ist die Frist um."),
    ("Samira Benhaddou", "language-childcare", "capacity", "released",
     "Kurse mit Kinderbetreuung haben im Norden der Stadt Wartezeiten von einem halben Jahr. Vor allem Frauen warten."),
    ("Selam Kifle", "health-therapy", "waiting", "released",
     "Für Therapie in der Herkunftssprache nennen alle Stellen mehr als ein halbes Jahr. Krisen landen in der "
     "Notaufnahme."),
    ("Laura Quintero", "housing-search", "discrimination", "proposed",
     "Auf Anfragen mit ausländisch klingendem Namen kommt selten eine Antwort; mit dem Namen einer Beratungsstelle "
     "kommt sie öfter."),
    ("Farid Nazari", "education-recognition", "documents", "released",
     "Für die Bewertung werden Originale verlangt, die niemand aus einem Kriegsgebiet beschaffen kann."),
    ("Kwabena Ofori", "authorities-benefits", "language", "released",
     "Bescheide sind auch für Fachleute schwer zu verstehen. Sprachmittlung gibt es am Schalter nur auf Antrag."),
)  # fmt: skip
# working days ago, who, topic, barrier, text; all released
OLDER_OBSERVATIONS = (
    (345, "Yusuf Warsan", "authorities-accompaniment", "language",
     "Ohne mitgebrachte Sprachmittlung enden Vorsprachen ohne Ergebnis. Der nächste Termin ist Wochen später."),
    (336, "Samira Benhaddou", "authorities-accompaniment", "language",
     "Am Empfang wird niemand angenommen, der sein Anliegen nicht auf Deutsch nennen kann."),
    (150, "Ivana Dukić", "authorities-benefits", "language",
     "Aufforderungen zur Mitwirkung bleiben liegen, weil das Schreiben nicht zu verstehen ist. Dann wird gekürzt."),
    (131, "Bogdan Nistor", "education-recognition", "documents",
     "Beglaubigte Kopien gibt es nur im Herkunftsland, und dorthin kann niemand reisen."),
    (96, "Jurij Hrynko", "authorities-residence", "waiting",
     "Die Terminvergabe gibt nachts Termine frei, die am Morgen vergeben sind. Wer arbeitet, bekommt keinen."),
    (93, "Laura Quintero", "authorities-residence", "waiting",
     "Ohne Fiktionsbescheinigung beendet der Betrieb die Probezeit. Die Bescheinigung kam zwei Monate später."),
    (88, "Farid Nazari", "housing-loss", "responsibility",
     "Die Fachstelle hält das Jobcenter für zuständig, das Jobcenter die Fachstelle. Die Räumung lief weiter."),
    (82, "Yusuf Warsan", "housing-loss", "responsibility",
     "Bei Untermiete fühlt sich niemand zuständig, obwohl die Kündigung schriftlich vorlag."),
    (77, "Aminata Sylla", "health-therapy", "waiting",
     "Nach der Sprechstunde gibt es eine Empfehlung, aber nirgends einen Platz mit Sprachmittlung."),
    (71, "Jurij Hrynko", "language-childcare", "capacity",
     "Der Kurs mit Betreuung wurde abgesagt, weil die Betreuungskraft fehlte. Die Teilnehmerinnen brachen ab."),
    (64, "Ivana Dukić", "housing-search", "discrimination",
     "Besichtigungen werden abgesagt, sobald klar ist, dass das Amt die Miete zahlt."),
    (58, "Georgi Stanev", "housing-search", "discrimination",
     "Wer anruft, hört: alles schon vergeben. Eine Stunde später steht das Angebot wieder im Netz."),
    (43, "Selam Kifle", "work-permit", "legal",
     "Die Erlaubnis gilt nur für eine Stelle. Wer wechseln will, wartet wieder ohne Lohn."),
    (39, "Rivka Lubarski", "training-support", "capacity",
     "Hilfen während der Ausbildung beginnen erst im zweiten Lehrjahr. Die meisten scheitern im ersten."),
    (12, "Bogdan Nistor", "language-vocational-course", "capacity",
     "Der Kurs am Abend ist auf das nächste Jahr verschoben."),
    (9, "Rivka Lubarski", "family-childcare", "capacity",
     "Für den Weg zur nächsten freien Kita braucht die Mutter anderthalb Stunden; der Kurs ist dann vorbei."),
)  # fmt: skip
# why it may be spam, the text, language, district, days ago; the office reads no text
DOUBTFUL = (
    ("trap", "Günstige Kredite ohne Auskunft, heute noch auszahlen: bitte hier klicken.", None, None, 5),
    ("trap", "Verdienen Sie von zu Hause, jeden Tag 500 Euro.", "en", None, 4),
    ("hasty", "Test Test Test", "de", 1, 4),
    ("repeated", "Ihr Paket liegt bereit. Bestätigen Sie die Adresse unter dem Link.", None, None, 3),
    ("repeated", "Ihr Paket liegt bereit. Bestätigen Sie die Adresse unter dem Link.", None, None, 3),
    ("one_source", "Meine Schwester sucht einen Deutschkurs, wir sitzen hier alle am selben Rechner.", "ar", 6, 2),
    ("one_source", "Ich suche eine Ausbildung und habe noch kein Zeugnis.", "ar", 6, 2),
    ("hasty", "Bitte rufen Sie mich an, es geht um die Wohnung.", "tr", 8, 1),
)  # fmt: skip
RETURN_REASON = "Bitte ohne den Namen der Schule, sonst ist der Betrieb erkennbar. Sonst sehr gut."

HANDOVERS = {
    "colleague": (
        "Seit einigen Monaten in Begleitung, Themen sind Arbeit und Deutsch. Der Plan läuft, der nächste Termin steht. "
        "Die Person kennt dich aus der Sprechstunde und ist einverstanden."
    ),
    "leaving": (
        "Zieht zum Monatsende in einen anderen Stadtbezirk und möchte dort weiter begleitet werden. Offen sind Kita "
        "und Kurs, die Wohnung ist gefunden."
    ),
    "arriving": (
        "Ist nach Kalk gezogen. Sucht Arbeit, das Zeugnis liegt bei der Anerkennungsberatung. Spricht gut Deutsch, "
        "kommt zuverlässig und freut sich auf einen kürzeren Weg."
    ),
}

# institution, who reports, text, status, who answers, answer
REPORTS = (
    ("Kurshaus Chorweiler", DEMO, "Die Betreuung ist jetzt auch dienstags am Nachmittag.", "open", "", ""),
    ("Ausbildungslotsen Kalk", DEMO, "Es gibt acht freie Plätze für Praktika.", "done", "Ute Karaman",
     "Danke, ist eingetragen."),
    ("Mietberatung Ehrenfeld", "Ute Karaman", "Die Telefonnummer stimmt nicht mehr.", "open", "", ""),
    ("Jobpoint Chorweiler", "Jost Hellweg", "Hat angeblich geschlossen.", "declined", "Frauke Lindholm",
     "Die Stelle ist nur umgezogen."),
    ("Familienzentrum Vingst", "Selam Kifle", "Zurzeit keine Plätze in der Krabbelgruppe.", "open", "", ""),
    ("", "Ivana Dukić", "Neue Sprechstunde für Auszubildende in Porz, mittwochs. Bitte aufnehmen.", "open", "", ""),
)  # fmt: skip
