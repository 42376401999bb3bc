"""What the findings of the demonstration city are about and what was decided: invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from reports.models import Finding, Measure
from reports.models.conference import Body

Status = Finding.Status


@dataclass(frozen=True)
class Said:
    """A decision, so many days ago. `in_meeting`: of the past planning conference, which gives body and day."""

    step: str
    days_ago: int
    body: Body = Body.OFFICE
    text: str = ""
    in_meeting: bool = False


@dataclass(frozen=True)
class Planned:
    """The measure of a story; `due_in` days from today, `verdict` and its words if its effect is checked."""

    text: str
    owner: str
    due_in: int
    status: Measure.Status
    done_ago: int | None = None
    verdict: str = ""
    verdict_text: str = ""


@dataclass(frozen=True)
class Story:
    """A finding: what it bundles (topic of the observations, barrier) and the way it went."""

    topic: str
    barrier: str
    title: str
    description: str
    responsible: str
    opened_ago: int
    said: tuple[Said, ...] = field(default=())
    measure: Planned | None = None
    due_in: int | None = None
    evidence: tuple[str, ...] = ()  # tables of the figure that speaks for it, the best one first
    feedback: str = ""


MEETING_AGO, NEXT_MEETING_IN = 41, 12
MEETING_TITLE: Final = "Planungskonferenz Herbst"
NEXT_TITLE: Final = "Planungskonferenz Winter"

STORIES: Final = (
    Story(
        "authorities-accompaniment", "language", "Am Schalter versteht man sich nicht",
        "Vorsprachen enden ohne Ergebnis, weil am Empfang keine Sprachmittlung da ist. Der nächste Termin liegt Wochen "
        "später, Fristen laufen weiter.",
        "Frauke Lindholm", 460,
        (
            Said("review", 452),
            Said("working_group", 438, text="Jobcenter, Sozialamt und drei Träger prüfen, was schnell geht."),
            Said("agree", 420, Body.WORKING_GROUP, "Video-Sprachmittlung an vier Schaltern, zur Probe."),
            Said("finish", 378, text="Läuft an allen vier Schaltern."),
        ),
        Planned(
            "Video-Sprachmittlung an vier Schaltern", "Amt für Soziales", -380, Measure.Status.DONE, 385, "partly",
            "Arabisch und Farsi gehen gut, für seltenere Sprachen fehlt weiter jemand.",
        ),
        evidence=("barriers", "topics", "interpreting"),
        feedback="Danke, das war der Anstoß. Seltenere Sprachen bleiben Thema.",
    ),
    Story(
        "authorities-benefits", "language", "Bescheide, die niemand versteht",
        "Aufforderungen zur Mitwirkung bleiben liegen, weil das Schreiben nicht zu verstehen ist. Dann wird gekürzt.",
        "Emre Vogt", 160,
        (
            Said("review", 150),
            Said("agree", 120, text="Ein Begleitblatt in Leichter Sprache zu den drei häufigsten Schreiben."),
            Said("finish", 20, text="Das Begleitblatt liegt jedem Schreiben bei."),
        ),
        Planned("Begleitblatt in Leichter Sprache", "Jobcenter", -25, Measure.Status.DONE, 22),
        due_in=160, evidence=("barriers", "topics"),
    ),
    Story(
        "authorities-residence", "waiting", "Kein Termin vor Ablauf des Titels",
        "Wer einen befristeten Titel verlängern will, findet online wochenlang keinen Termin. Arbeitsstellen gehen "
        "verloren, bevor die Fiktionsbescheinigung kommt.",
        "Frauke Lindholm", 90,
        (
            Said("review", 84),
            Said("steering", 60, text="Betrifft mehrere Ämter, bitte in der Lenkungsgruppe entscheiden."),
            Said("agree", MEETING_AGO, Body.STEERING_COMMITTEE, "Ein festes Kontingent für dringende Fälle der Träger.",
                 in_meeting=True),
        ),
        Planned("Terminkontingent für dringende Fälle", "Ausländeramt", -6, Measure.Status.RUNNING),
        evidence=("barriers", "topics"),
        feedback="Die Lenkungsgruppe hat ein Kontingent beschlossen. Wir melden, wann es beginnt.",
    ),
    Story(
        "housing-loss", "responsibility", "Wohnungsverlust: zwei Ämter, niemand zuständig",
        "Bei Kündigung wegen Rückständen verweisen zwei Ämter aufeinander, bis die Frist um ist.",
        "Emre Vogt", 75,
        (
            Said("review", 70),
            Said("working_group", 56, text="Fachstelle Wohnen und Jobcenter setzen sich zusammen."),
            Said("agree", MEETING_AGO, Body.STEERING_COMMITTEE, "Gemeinsame Sprechstunde, die gleich entscheidet.",
                 in_meeting=True),
        ),
        Planned("Gemeinsame Sprechstunde zweimal in der Woche", "Amt für Wohnungswesen", 48, Measure.Status.RUNNING),
        due_in=30, evidence=("barriers", "topics"),
    ),
    Story(
        "language-childcare", "capacity", "Kurse mit Kinderbetreuung fehlen im Norden",
        "Kurse mit Betreuung haben Wartezeiten von einem halben Jahr oder fallen aus. Vor allem Frauen warten.",
        "Frauke Lindholm", 62,
        (Said("review", 55), Said("steering", 24, text="Vorlage: zwei Betreuungskräfte über den Stadtbezirk.")),
        evidence=("topic_by_district", "topics"),
    ),
    Story(
        "health-therapy", "waiting", "Keine Therapie in der Herkunftssprache",
        "Alle Stellen nennen mehr als ein halbes Jahr. Krisen landen in der Notaufnahme.",
        "", 58,
        (Said("review", 52), Said("working_group", 37, text="Gesundheitsamt und Psychosoziale Zentren laden ein.")),
        evidence=("barriers", "topics"),
    ),
    Story(
        "housing-search", "discrimination", "Auf Anfragen antwortet niemand",
        "Besichtigungen werden abgesagt, sobald ein Name fällt oder klar ist, dass das Amt die Miete zahlt.",
        "Emre Vogt", 33, (Said("review", 15),), due_in=14,
    ),
    Story(
        "education-recognition", "documents", "Originale aus Kriegsgebieten",
        "Für die Bewertung werden Originale verlangt, die niemand beschaffen kann.",
        "Frauke Lindholm", 48,
        (
            Said("review", 44),
            Said("not_local", 28, text="Darüber entscheidet das Land. Als Stellungnahme an das Ministerium gegeben."),
        ),
        feedback="In Köln lässt sich das nicht lösen. Wir haben es dem Land geschrieben.",
    ),
    Story(
        "work-permit", "legal", "Erlaubnis nur für eine Stelle",
        "Wer die Stelle wechseln will, wartet wieder auf die Erlaubnis und bleibt so lange ohne Lohn.",
        "", 18,
    ),
)  # fmt: skip
