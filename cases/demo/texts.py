"""Short German notes, built from invented sentences. {weeks}, {day}, {date}, {office} and {number} are filled in."""

from cases.models import Consultation

Kind = Consultation.Kind

OPENERS = {
    Kind.OFFICE: (
        "Gespräch im Büro, pünktlich und gut vorbereitet.",
        "Kam mit einem Stapel Briefe, zusammen sortiert.",
        "Offene Sprechstunde, nur kurz Zeit.",
        "Termin wie vereinbart.",
        "Kam ohne Termin, weil ein Brief Sorgen macht.",
        "Gespräch mit der Schwester zusammen, auf eigenen Wunsch.",
        "Wirkt heute deutlich zuversichtlicher als beim letzten Mal.",
        "Wirkt müde, schläft nach eigenen Angaben schlecht.",
    ),
    Kind.OUTREACH: (
        "Treffen in der Unterkunft.",
        "Treffen im Café am Bahnhof, ruhiger Tisch.",
        "Spaziergang am Rhein, so redet es sich leichter.",
        "Treffen im Jugendzentrum.",
        "Vor der Berufsschule getroffen.",
        "Besuch zu Hause, nach Absprache.",
    ),
    Kind.ACCOMPANIMENT: (
        "Zum Termin begleitet: {office}.",
        "Gemeinsam bei {office} gewesen.",
        "Begleitung zu {office}, vorher die Fragen durchgesprochen.",
    ),
    Kind.PHONE: (
        "Telefonat.",
        "Rückruf wie versprochen.",
        "Ruft aus der Pause an, kurzes Gespräch.",
        "Angerufen und sofort erreicht.",
        "Telefonat auf Lautsprecher, ein Freund hat übersetzt.",
    ),
    Kind.VIDEO: ("Videogespräch, Verbindung gut.", "Videogespräch mit Sprachmittlung."),
    Kind.MESSAGE: (
        "Nachricht beantwortet.",
        "Foto des Schreibens bekommen und erklärt.",
        "Mehrere Nachrichten hin und her.",
        "Per E-Mail Unterlagen geschickt.",
    ),
    Kind.CASE_CONFERENCE: (
        "Fallkonferenz mit Schule und Jugendhilfe, Person war dabei.",
        "Fallkonferenz, Einwilligung lag vor.",
        "Gemeinsamer Termin mit {office}.",
    ),
    Kind.NETWORK: (
        "Austausch mit {office}, ohne Namen.",
        "Treffen im Arbeitskreis des Stadtbezirks.",
        "Anfrage an {office} gestellt, ohne Angaben zur Person.",
    ),
    Kind.NO_SHOW: (
        "Nicht erschienen, nicht abgesagt. Nachricht geschrieben.",
        "Nicht gekommen. Später gemeldet: Schicht getauscht.",
        "Nicht erschienen, am Telefon nicht erreicht.",
        "Termin verpasst, Bus ausgefallen. Neuer Termin am {day}.",
        "Nicht gekommen, bittet per Nachricht um einen neuen Termin.",
    ),
}

SENTENCES = {
    "language": (
        "Der Integrationskurs beginnt erst in {weeks} Wochen, bis dahin Sprachcafé.",
        "Hat den Einstufungstest bestanden und beginnt mit {level}.",
        "Möchte schneller lernen und fragt nach einem Abendkurs.",
        "Ohne Zulassung kein Kursplatz; Antrag beim Bundesamt gemeinsam ausgefüllt.",
        "Der Kurs liegt am anderen Rheinufer, der Weg dauert mit dem Kind über eine Stunde.",
        "Kinderbetreuung im Kurs fehlt, deshalb zweimal nicht hingegangen.",
        "Prüfung am {date}, übt jeden Tag mit einer App.",
        "Drei Kursträger angerufen, alle haben Wartelisten von mindestens {weeks} Wochen.",
        "Spricht schon viel mehr Deutsch, Teile des Gesprächs ohne Sprachmittlung.",
        "Berufssprachkurs wäre richtig, dafür fehlt noch das Zertifikat.",
    ),
    "work": (
        "Hat eine Zusage als Aushilfe in einer Bäckerei, die Erlaubnis der Ausländerbehörde fehlt noch.",
        "Lebenslauf überarbeitet und als PDF gespeichert.",
        "Antrag auf Beschäftigungserlaubnis vor {weeks} Wochen gestellt, noch keine Antwort.",
        "Drei Bewerbungen abgeschickt: Lager, Küche, Reinigung.",
        "Probearbeiten lief gut, der Betrieb meldet sich bis {day}.",
        "Zeugnis aus dem Herkunftsland liegt vor, Anerkennung als Elektriker*in wird geprüft.",
        "Der Lohn kam zu spät; Arbeitsvertrag gelesen und Frist für den Einspruch notiert.",
        "Möchte unbedingt arbeiten und nicht weiter warten.",
        "Minijob und Sprachkurs liegen zur gleichen Zeit, Lösung mit dem Betrieb gesucht.",
        "Termin bei der Arbeitsvermittlung am {date}.",
    ),
    "training": (
        "Interessiert sich für Pflege und für Kfz-Mechatronik.",
        "Bewerbung um einen Ausbildungsplatz fertig, geht heute raus.",
        "Praktikum über {number} Tage vereinbart.",
        "Der Betrieb fragt nach der Ausbildungsduldung, Merkblatt geschickt.",
        "In der Berufsschule hakt es bei Fachbegriffen, Nachhilfe beantragt.",
        "Vorstellungsgespräch geübt, zweimal mit verteilten Rollen.",
        "Absage bekommen, Betrieb empfiehlt ein Einstiegsjahr.",
        "Ausbildungsvertrag unterschrieben, Beginn im August.",
        "Berufsberatung: Termin am {date} vereinbart.",
    ),
    "education": (
        "Möchte den Ersten Schulabschluss nachholen, Abendschule hat Plätze ab Februar.",
        "Zeugnisse übersetzt, jetzt zur Anerkennung bei der Bezirksregierung.",
        "Fragt nach dem Studienkolleg und den Fristen.",
        "Die Internationale Klasse ist voll, Warteliste.",
        "Klassenlehrerin lobt die Mitarbeit, es fehlt ein Platz zum Lernen.",
        "BAföG-Antrag begonnen, es fehlt der Nachweis des Einkommens.",
        "Bewerbung für das Stipendium gemeinsam gelesen.",
        "Überlegt, die Schule abzubrechen und zu arbeiten. Beides nebeneinandergelegt.",
    ),
    "housing": (
        "Lebt zu viert in zwei Zimmern, sucht seit {number} Monaten.",
        "Wohnberechtigungsschein beantragt, Bearbeitung etwa {weeks} Wochen.",
        "Kündigung wegen Eigenbedarfs: Mietberatung am {date}.",
        "In der Unterkunft ist es nachts laut, Lernen kaum möglich.",
        "Acht Wohnungen angeschrieben, eine Antwort.",
        "Besichtigung am {day}, Unterlagen vorbereitet.",
        "Mietrückstand von zwei Monaten; Antrag auf Übernahme gestellt.",
        "Schimmel im Bad, Fotos gemacht und Mängel angezeigt.",
        "Die Auszugsaufforderung der Unterkunft läuft in {weeks} Wochen ab, kein Anschluss in Sicht.",
        "Das Jobcenter hält die Miete für zu hoch; Berechnung erklärt.",
    ),
    "health": (
        "Für einen Therapieplatz nennen alle Praxen mehr als {weeks} Wochen Wartezeit.",
        "Krankenschein beim Sozialamt abgeholt, das dauerte den halben Vormittag.",
        "Termin in der Sprechstunde für seelische Gesundheit am {date}.",
        "Hat Zahnschmerzen, Notdienst genannt.",
        "Antrag auf den Schwerbehindertenausweis ausgefüllt, Befunde fehlen noch.",
        "Praxis ohne Sprachmittlung hat die Behandlung verschoben.",
        "Nimmt die Medikamente, es geht besser.",
        "Krisentelefon und Anlaufstelle notiert, heute keine akute Gefahr.",
        "Die Krankenkasse verlangt eine Bescheinigung, Brief gemeinsam geschrieben.",
    ),
    "family": (
        "Kitaplatz gesucht, im Portal vorgemerkt bei {number} Einrichtungen.",
        "Unterhaltsvorschuss beantragt.",
        "Der Familiennachzug hängt am Termin in der Botschaft.",
        "Der jüngere Bruder ist angekommen, Schulplatz wird gesucht.",
        "Streit zu Hause; Beratungsstelle genannt, möchte selbst anrufen.",
        "Schutzplan besprochen, sichere Telefonnummer vereinbart.",
        "Kind hat einen Platz bei der Tagesmutter, Kosten übernimmt die Stadt.",
        "Sorgerecht ist unklar, Termin beim Allgemeinen Sozialen Dienst am {date}.",
    ),
    "authorities": (
        "Der Aufenthaltstitel läuft in {weeks} Wochen ab, online kein Termin frei.",
        "Fiktionsbescheinigung bekommen, gilt sechs Monate.",
        "Passbeschaffung: Nachweise über die Bemühungen gesammelt.",
        "Bescheid erklärt, Widerspruch bis {date} möglich.",
        "Zuständigkeit unklar: Jobcenter und Sozialamt verweisen aufeinander.",
        "Ratenzahlung für die Handyrechnung vereinbart.",
        "Unterlagen für die Einbürgerung zusammengestellt, es fehlt der Test.",
        "Leistungen kamen zu spät, Vorschuss beantragt.",
        "Wartezeit am Schalter über eine Stunde, dann freundlich und schnell.",
        "Brief gemeinsam gelesen: eine Mitwirkungspflicht, Frist am {day}.",
    ),
}

NEXT_STEPS = (
    "Bringt beim nächsten Mal die Unterlagen mit.",
    "Meldet sich, sobald Antwort da ist.",
    "Ich rufe am {day} dort an.",
    "Nächster Termin am {date}.",
    "Ruft selbst an und berichtet.",
    "Kopie liegt in der Papierakte.",
    "Will es zuerst allein versuchen.",
    "Weitere Schritte zusammen aufgeschrieben.",
)

NETWORK_RESULTS = (
    "Neue Ansprechperson notiert.",
    "Die Warteliste ist länger als im Vorjahr.",
    "Flyer in drei Sprachen mitgenommen.",
    "Gemeinsame Sprechstunde im nächsten Quartal geplant.",
    "Sprachmittlung fehlt auch dort.",
    "Neue Zugangsregeln aufgeschrieben und im Team verteilt.",
)

SIGNPOSTING = (
    "Frage am Telefon beantwortet und weiterverwiesen.",
    "Kurze Auskunft in der Sprechstunde, kein Name.",
    "An die zuständige Stelle verwiesen, Adresse aufgeschrieben.",
    "Anfrage einer Lehrerin, passende Kurse genannt.",
    "Anruf eines Angehörigen, Öffnungszeiten genannt.",
)

FOLLOW_UPS = (
    "Antwort der Ausländerbehörde nachfragen.",
    "Beim Kursträger wegen des Platzes anrufen.",
    "Unterlagen für den Antrag einsammeln.",
    "Nach dem Vorstellungsgespräch fragen.",
    "Wohnungsangebote durchsehen.",
    "Sprachmittlung für den Termin bestellen.",
    "Widerspruch abschicken, Frist beachten.",
    "Termin zur Begleitung bestätigen.",
    "Rückmeldung aus der Praxis abwarten, sonst anrufen.",
    "Zeugnisse zur Übersetzung geben.",
    "Hilfeplan gemeinsam ansehen.",
    "Fragen, wie die ersten Wochen im Betrieb waren.",
    "Kita-Anmeldung prüfen.",
    "Gespräch über die nächsten drei Monate.",
)

CLOSING_NOTES = (
    "Hat eine Ausbildung begonnen und kommt allein zurecht. Weiß, wo es Hilfe gibt.",
    "Die wichtigsten Ziele sind erreicht, der Aufenthalt ist gesichert.",
    "Kursplatz gefunden, Wohnung noch nicht. Die Wohnungssuche begleitet jetzt eine andere Stelle.",
    "Nach mehreren Versuchen kein Kontakt mehr. Tür bleibt offen.",
    "Ist zur Familie in eine andere Stadt gezogen, Adresse der dortigen Beratung mitgegeben.",
    "Möchte keine weitere Beratung. Gutes Abschlussgespräch.",
    "Arbeitet in Vollzeit, Fragen zur Anerkennung laufen beim Beratungszentrum weiter.",
)

PAUSE_REASONS = (
    "Drei Monate Praktikum außerhalb von Köln.",
    "Mutterschutz, meldet sich im Frühjahr.",
    "Wartet auf die Entscheidung im Asylverfahren und möchte bis dahin Ruhe.",
    "Aufenthalt in einer Klinik.",
)

REOPEN_REASONS = (
    "Hat sich wieder gemeldet: Die Wohnung wurde gekündigt.",
    "Die Ausbildung wurde in der Probezeit beendet, bittet um Hilfe.",
    "Neuer Bescheid, Widerspruchsfrist läuft.",
    "Der Titel wird nicht verlängert, braucht Begleitung.",
)

YOUNG_REASONS = (
    "Wird in wenigen Wochen 18; die Jugendhilfe hat um einen frühen Übergang gebeten.",
    "Lebt ohne Eltern in der Unterkunft und gehört zum Haushalt einer Schwester, die schon beraten wird.",
)
OLD_REASONS = (
    "Gehört zum Haushalt einer beratenen Person, gemeinsame Beratung ist sinnvoll.",
    "War schon vor dem 28. Geburtstag angemeldet, die Wartezeit lag nicht an der Person.",
    "Kein anderes Angebot mit passender Sprache gefunden.",
)

FOLLOW_UP_SERVICES = (
    "Migrationsberatung für Erwachsene",
    "Arbeitsvermittlung im Jobcenter",
    "Jugendmigrationsdienst",
    "Ausbildungsbegleitung",
    "Wohnraumberatung",
)
CONTACT_NOTES = (
    "Nicht auf die Mailbox sprechen.",
    "Nur nachmittags anrufen.",
    "Keine Briefe in die Unterkunft.",
    "Bitte nur schreiben, nicht anrufen.",
)
DRAFT_NOTE = "Gespräch über die Kündigung. Frist endet am Monatsende, Mietvertrag liegt noch in der"
