"""What people need and want to reach, who helps them, where they were sent: invented sentences by main topic."""

from typing import NamedTuple


class Aim(NamedTuple):
    """A goal in the words of the person, with the steps to it: who does what."""

    text: str
    steps: tuple[tuple[str, str, str], ...]  # actor, who exactly, what


class Want(NamedTuple):
    """What somebody needs, with its topic and the place of the fitting goal among the aims of the main topic."""

    topic: str
    text: str
    aim: int


NEEDS = {
    "language": (
        Want("language-vocational-course", "Ein Deutschkurs, der zu den Arbeitszeiten passt.", 1),
        Want("language-integration-course", "Ein Kursplatz in diesem Winter, nicht erst im nächsten Sommer.", 1),
        Want("language", "Jemand, mit dem ich zweimal in der Woche Deutsch sprechen kann.", 0),
        Want("language-childcare", "Ein Kurs mit Betreuung für das Kind.", 0),
    ),
    "work": (
        Want("work-permit", "Die Erlaubnis, die zugesagte Stelle anzutreten.", 0),
        Want("work-recognition", "Arbeit in dem Beruf, den ich gelernt habe.", 1),
        Want("work-application", "Eine Bewerbungsmappe, die in Deutschland verstanden wird.", 0),
    ),
    "training": (
        Want("training-orientation", "Herausfinden, welcher Beruf zu mir passt.", 0),
        Want("training-application", "Ein Ausbildungsplatz zum Sommer.", 0),
        Want("training-support", "Nachhilfe in der Berufsschule, vor allem Fachrechnen.", 1),
    ),
    "education": (
        Want("education-school-certificate", "Den Schulabschluss nachholen.", 0),
        Want("education-recognition", "Mein Zeugnis aus dem Herkunftsland anerkannt bekommen.", 1),
        Want("education-university", "Wissen, ob und wie ich hier studieren kann.", 1),
    ),
    "housing": (
        Want("housing-search", "Eine eigene kleine Wohnung, damit ich nachts schlafen kann.", 0),
        Want("housing-shelter", "Raus aus dem Mehrbettzimmer.", 0),
        Want("housing-loss", "Dass die Kündigung abgewendet wird.", 1),
        Want("housing-rent", "Eine Wohnung, deren Miete das Jobcenter anerkennt.", 0),
    ),
    "health": (
        Want("health-therapy", "Ein Platz für eine Therapie in einer Sprache, die ich spreche.", 0),
        Want("health-treatment-certificate", "Eine Praxis, die mich auch ohne Karte behandelt.", 0),
        Want("health-disability", "Den Antrag auf den Schwerbehindertenausweis zu Ende bringen.", 1),
    ),
    "family": (
        Want("family-childcare", "Ein Kitaplatz, damit ich in den Kurs gehen kann.", 0),
        Want("family-reunification", "Dass meine Eltern nachkommen dürfen.", 1),
        Want("family-maintenance", "Unterhalt für das Kind.", 2),
    ),
    "authorities": (
        Want("authorities", "Verstehen, was in den Briefen steht.", 0),
        Want("authorities-residence", "Den Aufenthaltstitel rechtzeitig verlängern.", 1),
        Want("authorities-debts", "Die Schulden ordnen, ehe neue dazukommen.", 2),
        Want("authorities-accompaniment", "Jemand, der zum Termin mitgeht.", 0),
    ),
}

RESOURCES = (
    "Hat schon viel allein geregelt.",
    "Spricht drei Sprachen.",
    "Kommt immer pünktlich.",
    "Eine Freundin hilft mit den Briefen.",
    "Führt alle Unterlagen in einem Ordner.",
    "Hat in einer Küche gearbeitet und kennt den Beruf.",
    "Ist im Fußballverein und kennt viele Leute.",
    "Der Onkel sucht mit.",
)

SUMMARIES = (
    "Weiß genau, was sie als Nächstes will. Am meisten drückt die Ungewissheit, wie lange alles dauert.",
    "Viel Kraft, wenig Schlaf. Zuerst die Wohnung, dann alles andere.",
    "Möchte schnell unabhängig werden. Braucht vor allem Ruhe zum Lernen und verlässliche Auskünfte.",
    "Im ersten Gespräch zurückhaltend, inzwischen offen. Die Familie stützt.",
    "Kennt die Wege in der Stadt gut. Es fehlen Zusagen, nicht der Wille.",
    "Mehrere Stellen sind beteiligt und wissen nichts voneinander.",
)

AGAIN = (
    "Vieles hat sich beruhigt. Offen bleibt, was von anderen abhängt.",
    "Spricht jetzt fast ohne Sprachmittlung. Neue Fragen zur Arbeit.",
    "Eine Zusage ist da, eine Absage auch. Der Plan trägt weiter.",
    "Deutlich selbstständiger. Die Wartezeiten bleiben das größte Hindernis.",
)

AIMS = {
    "language": (
        Aim(
            "Ich will so gut Deutsch können, dass ich beim Arzt allein sprechen kann.",
            (
                ("case_manager", "", "Freie Kursplätze erfragen"),
                ("client", "", "Zum Einstufungstest gehen"),
                ("other", "Sprachpatin", "Einmal in der Woche zusammen lesen"),
            ),
        ),
        Aim(
            "Ich will die B1-Prüfung schaffen.",
            (("client", "", "Jeden Abend eine halbe Stunde üben"), ("institution", "Kursträger", "Prüfung anmelden")),
        ),
    ),
    "work": (
        Aim(
            "Ich will mein eigenes Geld verdienen.",
            (
                ("client", "", "Lebenslauf mitbringen"),
                ("case_manager", "", "Antrag auf Beschäftigungserlaubnis begleiten"),
                ("client", "", "Drei Bewerbungen abschicken"),
            ),
        ),
        Aim(
            "Ich will wieder als Elektriker arbeiten, wie zu Hause.",
            (
                ("client", "", "Zeugnisse übersetzen lassen"),
                ("institution", "Anerkennungsberatung", "Prüfen, was angerechnet wird"),
            ),
        ),
    ),
    "training": (
        Aim(
            "Im Sommer fange ich eine Ausbildung an.",
            (
                ("client", "", "Zwei Praktika machen"),
                ("case_manager", "", "Termin bei der Berufsberatung vereinbaren"),
                ("client", "", "Bewerbungen bis zum Jahresende abschicken"),
            ),
        ),
        Aim(
            "Ich halte die Ausbildung durch.",
            (("institution", "Ausbildungsbegleitung", "Nachhilfe zweimal in der Woche"),),
        ),
    ),
    "education": (
        Aim(
            "Ich mache meinen Schulabschluss fertig.",
            (("client", "", "In der Abendschule anmelden"), ("case_manager", "", "Stipendium erklären")),
        ),
        Aim(
            "Ich will wissen, ob ich hier studieren darf.",
            (
                ("client", "", "Alle Zeugnisse zusammensuchen"),
                ("institution", "Zeugnisberatung", "Bewertung schreiben"),
            ),
        ),
    ),
    "housing": (
        Aim(
            "Ich wohne in einem Zimmer, das ich abschließen kann.",
            (
                ("client", "", "Wohnberechtigungsschein beantragen"),
                ("case_manager", "", "Bei den Wohnraumlotsen anmelden"),
                ("client", "", "Zwei Wohnungen in der Woche anschreiben"),
            ),
        ),
        Aim(
            "Wir behalten unsere Wohnung.",
            (
                ("case_manager", "", "Antrag auf Übernahme der Rückstände stellen"),
                ("institution", "Mietberatung", "Kündigung prüfen"),
            ),
        ),
    ),
    "health": (
        Aim(
            "Ich will wieder durchschlafen.",
            (
                ("client", "", "In die offene Sprechstunde gehen"),
                ("case_manager", "", "Sprachmittlung für das Erstgespräch bestellen"),
            ),
        ),
        Aim(
            "Ich habe den Ausweis und weiß, was mir zusteht.",
            (("client", "", "Befunde mitbringen"), ("case_manager", "", "Antrag zu Ende ausfüllen")),
        ),
    ),
    "family": (
        Aim(
            "Mein Kind geht in die Kita und ich in den Kurs.",
            (("client", "", "Im Portal fünf Einrichtungen vormerken"), ("case_manager", "", "Kita-Lotsen anrufen")),
        ),
        Aim(
            "Meine Familie soll zusammen sein.",
            (("client", "", "Urkunden besorgen"), ("institution", "Rechtsberatung", "Antrag durchsehen")),
        ),
        Aim(
            "Für mein Kind wird gezahlt, was ihm zusteht.",
            (("case_manager", "", "Unterhaltsvorschuss erklären"), ("client", "", "Antrag abgeben")),
        ),
    ),
    "authorities": (
        Aim(
            "Ich verstehe meine Post und verpasse keine Frist.",
            (
                ("client", "", "Briefe ungeöffnet mitbringen, dann zusammen lesen"),
                ("case_manager", "", "Fristen aufschreiben"),
            ),
        ),
        Aim(
            "Ich habe einen Aufenthalt, mit dem ich planen kann.",
            (
                ("client", "", "Nachweise über die Passbeschaffung sammeln"),
                ("case_manager", "", "Termin bei der Ausländerbehörde begleiten"),
            ),
        ),
        Aim(
            "Ich habe keine Schulden mehr, die mir Angst machen.",
            (("client", "", "Alle Rechnungen in einen Umschlag legen"), ("other", "Schuldnerberatung", "Raten klären")),
        ),
    ),
}

INTROS = (
    "Ich will auf eigenen Füßen stehen.",
    "Ein Schritt nach dem anderen, und die Wohnung zuerst.",
    "Ich will ankommen und nicht mehr nur warten.",
    "Mir ist wichtig, dass ich selbst entscheide.",
    "",
)

# kind, who, womit sie helfen
NETWORK = (
    ("family", "Tante", "Passt auf das Kind auf."),
    ("family", "Bruder", "Fährt zu Terminen mit."),
    ("family", "Mutter, im Herkunftsland", "Telefonieren fast jeden Tag."),
    ("family", "Cousine", "Hat eine Wohnung in Köln, dort kann man übernachten."),
    ("friends", "Freund aus dem Kurs", "Lernen zusammen."),
    ("friends", "Mitbewohnerin", "Übersetzt, wenn es schnell gehen muss."),
    ("friends", "Trainer im Verein", "Kennt einen Betrieb, der ausbildet."),
    ("volunteers", "Patin", "Liest mit, übt Prüfungen."),
    ("volunteers", "Willkommensinitiative", "Hilft mit Möbeln."),
    ("institution", "Migrationsberatung", "War vorher zuständig, gibt Auskunft."),
    ("institution", "Sprachschule", "Lehrkraft ruft an, wenn etwas ist."),
    ("authority", "Ansprechperson im Jobcenter", ""),
    ("authority", "Sachbearbeitung Aufenthalt", ""),
    ("school_work", "Klassenlehrerin", "Meldet sich bei Fehlzeiten zuerst bei uns."),
    ("school_work", "Ausbildungsbetrieb", "Hat zugesagt, sobald die Erlaubnis da ist."),
)

RELEASE_CONCERNS = (
    "Termine und Stand des Antrags.",
    "Anmeldung und Anwesenheit im Kurs.",
    "Bescheide und fehlende Unterlagen.",
    "Suche nach einer Wohnung.",
    "Fragen zur Ausbildung und zu Fehlzeiten.",
)
RELEASE_PEOPLE = ("die Hausarztpraxis", "die ältere Schwester", "die Rechtsanwältin", "die Klassenlehrerin")

CLEARING = {
    "signposting": ("Eine Auskunft genügt, die Stelle ist bekannt.", "Zwei Fragen, beide beantwortet."),
    "brief": (
        "Drei bis vier Gespräche zu einem Anliegen reichen aus.",
        "Klares Anliegen, viel eigene Kraft; Kurzberatung ist richtig.",
        "Braucht Hilfe bei Anträgen, sonst gut eingebunden.",
    ),
    "case_management": (
        "Mehrere Anliegen hängen aneinander, mehrere Stellen sind beteiligt.",
        "Ohne Begleitung droht der Abbruch; die Person wünscht sich einen Plan.",
        "Aufenthalt, Arbeit und Wohnung zugleich offen.",
    ),
}

REFERRAL_NOTES = {
    "open": ("Meldet sich, wenn es eine Antwort gibt.", "Termin steht noch nicht fest.", ""),
    "accepted": ("Platz zugesagt.", "Erster Termin war gut.", ""),
    "unknown": ("Keine Rückmeldung bekommen.",),
}
# What stood in the way of those that failed.
HURDLES = {
    "waiting": ("Auf der Liste, kein Datum genannt.", "Vor dem Sommer ist nichts frei."),
    "capacity": ("Alle Plätze belegt.", "Nimmt zurzeit niemanden mehr auf."),
    "legal": ("Mit Duldung nicht möglich, sagt die Stelle.",),
    "language": ("Gespräch nur auf Deutsch, Sprachmittlung gibt es dort nicht.",),
    "responsibility": ("An eine andere Stelle verwiesen, die wieder zurückverweist.",),
    "documents": ("Ohne Bescheinigung nicht möglich.",),
    "costs": ("Die Gebühr ist zu hoch, ein Nachlass nicht vorgesehen.",),
    "discrimination": ("Nach dem Namen gefragt, dann war nichts mehr frei.", "Kam zum Gespräch und wurde abgewimmelt."),
    "accessibility": ("Im dritten Stock ohne Aufzug.",),
}

# Which barriers a door that stays shut usually has.
BARRIERS = {
    "language": ("waiting", "capacity", "waiting", "language"),
    "work": ("legal", "documents", "discrimination", "legal"),
    "training": ("legal", "capacity", "language"),
    "education": ("documents", "capacity", "costs"),
    "housing": ("capacity", "discrimination", "costs", "capacity"),
    "health": ("waiting", "language", "waiting", "accessibility"),
    "family": ("capacity", "waiting", "responsibility"),
    "authorities": ("waiting", "responsibility", "documents", "language"),
}

DOCUMENT_NOTES = ("Verlängerung ist beantragt.", "Termin fehlt noch.", "", "Kopie liegt vor.")

HEALTH_NOTES = (
    "Braucht bei Terminen Pausen; Treppen sind schwierig.",
    "Hört auf dem linken Ohr schlecht, bitte zugewandt sprechen.",
    "In Behandlung, Termine jeden Donnerstagvormittag freihalten.",
)

SHARED_NOTES = (
    "Gemeinsam die Fragen zur Anmeldung im Sprachkurs durchgegangen.",
    "Gruppengespräch in der Unterkunft: Wohnungssuche, wer fragt wo nach.",
    "Zu mehreren in der Sprechstunde: Unterlagen für das Jobcenter sortiert.",
    "Zusammen zur Infoveranstaltung über Ausbildung, danach Fragen gesammelt.",
)
