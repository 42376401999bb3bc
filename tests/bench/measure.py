"""Measures every page of one database and prints the result as JSON: `python -m tests.bench.measure RUNS`."""

import datetime
import json
import os
import statistics
import sys
import uuid
import zlib
from dataclasses import dataclass, field

import brotli
import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
django.setup()

from django.db.models import Count, Q  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from cases.models import Case, Client, Consultation, IntakeRequest, SupportPlan  # noqa: E402
from districts.models import CaseManager  # noqa: E402
from kim.users.models import Role, User  # noqa: E402
from kim.web.warm_up import read_templates  # noqa: E402
from reports.actions.sharing import share_report  # noqa: E402
from reports.models import Conference, Finding, Report  # noqa: E402
from reports.pages.report import body  # noqa: E402
from tests.bench.browser import Answer, Browser, quiet, typed_consultation  # noqa: E402

WARM_UP = 8


@dataclass
class Page:
    browser: Browser
    label: str
    path: str
    data: list[tuple[str, str]] | None = None
    is_save: bool = False
    is_first: bool = False  # nothing kept from an earlier view
    times: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)  # measured right before this page
    statements: int = 0
    size: int = 0
    brotli: int = 0
    gzip: int = 0
    problem: str = ""

    def posted(self) -> list[tuple[str, str]] | None:
        """The data; a saved form needs a new key each time, or it would answer with the first record."""
        if not self.is_save:
            return self.data
        return [(name, str(uuid.uuid4()) if name == "form_key" else value) for name, value in self.data]

    def ask(self) -> Answer:
        if self.is_first:
            body.cache_clear()
        return self.browser.ask(self.path, self.posted())


def logged_in(user: User) -> Browser:
    browser = Browser(user)
    browser.log_in()
    return browser


def pages(browser: Browser, lead: Browser, office: Browser, case: Case, planned: Case) -> list[Page]:
    form = reverse("cases:consultation_create")
    filled = typed_consultation(browser.ask(f"{form}?fall={case.number}").body, case.number)
    name = Client.objects.filter(cases=case).values_list("given_names", flat=True).get() or "Mohammed"
    year = Report.objects.current().filter(kind=Report.Kind.YEAR).newest_first()[0]
    report = reverse("reports:report", args=[year.pk])
    own = [
        Page(browser, "Mein Tag", reverse("cases:today")),
        Page(browser, "Fälle", reverse("cases:list")),
        Page(browser, "Fälle, gefiltert", reverse("cases:list") + "?state=running&district=8&order=last_contact"),
        Page(browser, "Fälle, letzte Seite", reverse("cases:list") + "?page=999999"),
        Page(browser, "Suche (Name)", reverse("cases:search"), [("q", name.split()[0])]),
        Page(browser, "Fall", reverse("cases:detail", args=[case.number])),
        Page(browser, "Alle Beratungen eines Falls", reverse("cases:consultation_list", args=[case.number])),
        Page(browser, "Neue Beratung (Formular)", f"{form}?fall={case.number}"),
        Page(browser, "Beratung speichern", form, filled, is_save=True),
        Page(browser, "Person aufnehmen (Formular)", reverse("cases:client_create"), [("name", "Amina Beispiel")]),
        Page(browser, "Lage", reverse("reports:situation")),
        Page(browser, "Bezirk Kalk", reverse("reports:district", args=[8])),
        Page(browser, "Meine Zahlen", reverse("reports:own_figures")),
        Page(browser, "Berichte", reverse("reports:report_list")),
        Page(browser, "Jahresbericht", report),
        Page(browser, "Jahresbericht, erster Aufruf", report, is_first=True),
        Page(browser, "Bezirk Kalk im Jahresbericht", reverse("reports:report_district", args=[year.pk, 8])),
        Page(browser, "Bedarfsanalyse", reverse("reports:analysis") + f"?bericht={year.pk}"),
        Page(browser, "Verzeichnis", reverse("districts:institution_list")),
    ]
    led = [
        Page(lead, "Team (Teamleitung)", reverse("cases:team")),
        Page(lead, "Protokoll (Teamleitung)", reverse("cases:audit_log")),
        Page(lead, "Anfragen (Teamleitung)", reverse("cases:request_list")),
        Page(lead, "Beobachtungen (Teamleitung)", reverse("cases:team_observations")),
        Page(lead, "Übergaben (Teamleitung)", reverse("cases:team_handovers")),
    ]
    return own + method_pages(browser, planned) + led + office_pages(office) + report_pages(office, year)


def report_pages(office: Browser, year: Report) -> list[Page]:
    """What the office sees of a Stadtbezirk, with who has room there; what somebody reads who has only the link."""
    until = timezone.localdate() + datetime.timedelta(days=30)
    link = reverse(
        "reports:shared", args=[share_report(year, label=str(uuid.uuid4()), valid_until=until, by=office.user)]
    )
    return [
        Page(
            office, "Bezirk Kalk im Jahresbericht (Fachstelle)", reverse("reports:report_district", args=[year.pk, 8])
        ),
        Page(office, "Jahresbericht hinter dem Link", link),
        Page(office, "Jahresbericht hinter dem Link, erster Aufruf", link, is_first=True),
    ]


def method_pages(browser: Browser, planned: Case) -> list[Page]:
    """Of the case manager; the case has needs and a plan in force."""
    of_the_case = {
        "Bedarfe": "needs",
        "Plan": "plan",
        "Netzwerk": "network",
        "Vermittlungen": "referral_list",
        "Einwilligungen": "consents",
        "Fristen": "document_list",
    }
    return [
        Page(browser, "Anfragen", reverse("cases:request_list")),
        *(Page(browser, label, reverse(f"cases:{name}", args=[planned.number])) for label, name in of_the_case.items()),
        Page(browser, "Übergaben", reverse("cases:handover_inbox")),
        Page(browser, "Beobachtungen", reverse("cases:observation_list")),
        Page(browser, "Hinweise", reverse("cases:notice_list")),
    ]


def office_pages(office: Browser) -> list[Page]:
    finding = Finding.objects.alias(told=Count("decisions")).order_by("-told", "number")[0]
    conference = Conference.objects.order_by("-held_on", "-pk")[0]
    waiting = IntakeRequest.objects.without_protected().in_queue().order_by("received_on", "pk")[0]
    return [
        Page(office, "Einsatz (Fachstelle)", reverse("cases:dispatch")),
        Page(
            office, "Vorschlag zu einer Anfrage (Fachstelle)", reverse("cases:dispatch_request", args=[waiting.number])
        ),
        Page(office, "Wer wartet (Fachstelle)", reverse("cases:dispatch_demand")),
        Page(office, "Auslastung (Fachstelle)", reverse("reports:load")),
        Page(office, "Bedarfe (Fachstelle)", reverse("reports:findings")),
        Page(office, "Neue Beobachtungen (Fachstelle)", reverse("reports:finding_inbox")),
        Page(office, "Bedarf (Fachstelle)", reverse("reports:finding", args=[finding.number])),
        Page(office, "Planungskonferenz (Fachstelle)", reverse("reports:conference", args=[conference.pk])),
    ]


def look_at(page: Page) -> None:
    """Check that the page answers as it should, and what it weighs."""
    before = Consultation.objects.count() if page.is_save else 0
    answer = page.ask()
    page.size, page.gzip = len(answer.body), len(zlib.compress(answer.body, 6))
    page.brotli = len(brotli.compress(answer.body, quality=5))
    if answer.status != (302 if page.is_save else 200):
        page.problem = f"antwortet mit {answer.status} {answer.location}".strip()
    elif page.is_save and Consultation.objects.count() != before + 1:
        page.problem = "hat nicht gespeichert"
    else:
        page.statements = page.browser.queries(page.path, page.posted())


def measure(runs: int) -> dict[str, object]:
    open_cases = Count("cases", filter=Q(cases__closed_on=None))
    heaviest = CaseManager.objects.select_related("user").annotate(load=open_cases).order_by("-load", "pk")[0]
    running = Case.objects.open().filter(case_manager=heaviest).exclude(status=Case.Status.PAUSED)
    by_talks = running.annotate(talks=Count("consultations")).order_by("-talks", "pk")
    case, planned = by_talks[0], by_talks.filter(pk__in=SupportPlan.objects.agreed().values("case"))[0]
    year = timezone.localdate().year - 1
    counts = {"clients": Client.objects.count(), "consultations": Consultation.objects.count()}
    counts["consultations_of_year"] = Consultation.objects.filter(held_on__year=year).count()
    lead = User.objects.get(role=Role.LEAD, membership__provider=heaviest.provider_id)
    office = User.objects.filter(role=Role.COORDINATION).order_by("pk")[0]
    read_templates()  # as kim/wsgi.py does
    browser = logged_in(heaviest.user)
    floor = Page(browser, "Boden", reverse("floor"))
    measured = pages(browser, logged_in(lead), logged_in(office), case, planned)
    for page in (floor, *measured):
        look_at(page)
    sound = [page for page in measured if not page.problem]
    for _ in range(WARM_UP):
        for page in (floor, *sound):
            page.ask()
    quiet()
    for _ in range(runs):
        for page in sound:
            page.floors.append(page.browser.ask(floor.path).seconds)
            page.times.append(page.ask().seconds)
            if page.is_save:
                page.browser.ask(floor.path)  # shows what the save had to say, so that no later floor does
    floor.times = [seconds for page in sound for seconds in page.floors]
    return counts | {
        "busy": os.getloadavg()[0],
        "open_cases": heaviest.load,
        "talks_of_case": case.talks,
        "pages": [summary(page) for page in (floor, *measured)],
    }


def summary(page: Page) -> dict[str, object]:
    row = {
        name: getattr(page, name) for name in ("label", "is_save", "statements", "size", "brotli", "gzip", "problem")
    }
    if not page.times:
        return row
    row |= {"median": statistics.median(page.times), "p95": statistics.quantiles(page.times, n=20)[-1]}
    row["floor"] = statistics.median(page.floors or page.times)
    return row


if __name__ == "__main__":
    json.dump(measure(int(sys.argv[1])), sys.stdout)
