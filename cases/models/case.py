"""One period of support for one young person."""

from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.client import Client, age_on
from cases.numbers import new_number
from districts.models import CaseManager, District, Provider, Substitution, Topic, Track
from kim.permissions import Permission, may
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey, Versioned
from kim.text import label_of

LIST_FIELDS = (
    "number", "status", "service_level", "closed_on", "last_contact_on", "client__given_names",
    "client__family_name", "client__pseudonym", "district__name", "case_manager__user",
)  # fmt: skip
FOLLOW_UP_PERIOD = timedelta(days=90)  # how long a closed case stays with its case manager
SILENCE = timedelta(weeks=4)
AGEING_OUT = timedelta(days=180)


class CaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own cases, and during a substitution those of the absent colleague unless their track is protected.

        Only at the Träger one works for now: the files stay there, whoever moves the account to another.
        A closed case stays visible for 90 days; after that only the lead can bring it back.
        """
        if not may(user, Permission.WORK_ON_CASES):
            return self.none()
        today = timezone.localdate()
        own = getattr(user, "case_manager", None)
        if own is None:
            return self.none()
        mine = Q(case_manager=own)
        if absent := _absent_colleagues(user, today):
            mine |= Q(case_manager__in=absent, track__in=Track.objects.filter(is_protected=False))
        return self.filter(
            mine, Q(closed_on=None) | Q(closed_on__gte=today - FOLLOW_UP_PERIOD), provider=own.provider_id
        )

    def listed_for(self, user):
        """The rows a lead sees: every case of the own Träger, as a list without content."""
        if not may(user, Permission.LEAD_TEAM):
            return self.none()
        return self.filter(provider__in=Provider.objects.of(user))

    def owned_by(self, user):
        """Without those one only deputises for."""
        return self.filter(case_manager__user=user)

    def open(self):
        return self.filter(closed_on=None)

    def closed(self):
        return self.exclude(closed_on=None)

    def silent(self, today=None):
        """Open, not paused, and no contact with the person for more than four weeks (or since the opening)."""
        return self.filter(is_silent(today or timezone.localdate()))

    def ageing_out(self, today=None):
        """Open, and the person turns older than the track reaches within half a year; nobody drops out by it."""
        today = today or timezone.localdate()
        return self.open().filter(
            track__max_age__isnull=False,
            client__birth_date__gt=years_before(today, 28),
            client__birth_date__lte=years_before(today + AGEING_OUT, 28),
        )

    def in_clearing(self):
        """Open, and the kind of help is not decided yet or may still change."""
        return self.open().filter(status=Case.Status.CLEARING)

    def without_first_interview(self):
        return self.open().filter(first_interview=None)

    def with_state_record(self):
        """Annotates what somebody has noted about the database of the state."""
        return self.annotate(
            state_noted_on=F("state_record__noted_on"),
            state_closed_on=F("state_record__closed_on"),
            state_is_withheld=F("state_record__is_withheld"),
        )

    def state_record_due(self):
        """Not transferred yet, or closed or reopened since; not where the person wants no transfer (any more)."""
        unchanged = Q(closed_on=None, state_record__closed_on=None) | Q(closed_on=F("state_record__closed_on"))
        noted = Q(state_record__isnull=False) & (Q(state_record__is_withheld=True) | unchanged)
        return self.exclude(closing_reason=Case.ClosingReason.CONSENT_WITHDRAWN).filter(~noted)

    def with_list_data(self, *more):
        """What a row shows, and no column more: a page of lists is mostly the cost of its columns."""
        return self.select_related("client", "district", "case_manager").only(*LIST_FIELDS, *more)


def is_silent(today: date) -> Q:
    """The condition of silent(), for counting."""
    limit = today - SILENCE
    is_running = Q(closed_on=None) & ~Q(status=Case.Status.PAUSED)
    return is_running & (Q(last_contact_on__lt=limit) | Q(last_contact_on=None, opened_on__lt=limit))


def _absent_colleagues(user, today) -> list[int]:
    """Case managers the user deputises for today; not asked where the login already knows there are none."""
    if not getattr(user, "is_deputy_today", True):
        return []
    return list(Substitution.objects.in_force(today).filter(deputy__user=user).values_list("absent", flat=True))


def years_before(day: date, years: int) -> date:
    """The same day some years earlier; 28 February stands in for a missing 29th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


class Case(PersonalData, FormKey, Versioned):
    """A case on one track, in the hands of one case manager. Its number is all that leaves the file."""

    class ServiceLevel(models.TextChoices):
        SIGNPOSTING = "signposting", _("Verweisberatung")
        BRIEF = "brief", _("Kurzberatung")
        CASE_MANAGEMENT = "case_management", _("Case Management")

    class Status(models.TextChoices):
        CLEARING = "clearing", _("Klärung")
        ASSESSMENT = "assessment", _("Assessment")
        PLANNING = "planning", _("Planung")
        IMPLEMENTATION = "implementation", _("Umsetzung und Monitoring")
        PAUSED = "paused", _("ruhend")
        CLOSED = "closed", _("abgeschlossen")

    kept_elsewhere = {"last_contact_on"}
    PHASES = (Status.CLEARING, Status.ASSESSMENT, Status.PLANNING, Status.IMPLEMENTATION)

    class AccessRoute(models.TextChoices):
        SELF = "self", _("selbst (E-Mail, Telefon)")
        FAMILY = "family", _("Familie oder Freundeskreis")
        PROVIDER = "provider", _("anderer Träger")
        MIGRATION_ADVICE = "migration_advice", _("JMD, MBE oder Flüchtlingsberatung")
        JOBCENTER = "jobcenter", _("Jobcenter")
        EMPLOYMENT_AGENCY = "employment_agency", _("Agentur für Arbeit")
        YOUTH_OFFICE = "youth_office", _("Jugendamt")
        SCHOOL = "school", _("Schule oder Berufskolleg")
        IMMIGRATION_OFFICE = "immigration_office", _("Ausländeramt")
        SOCIAL_OFFICE = "social_office", _("Sozialamt oder Wohnungsamt")
        ACCOMMODATION = "accommodation", _("Unterkunft")
        VOLUNTEERS = "volunteers", _("Ehrenamt oder Migrantenorganisation")
        OUTREACH = "outreach", _("aufsuchend")
        OTHER = "other", _("sonstige")

    class ClosingReason(models.TextChoices):
        GOALS_REACHED = "goals_reached", _("Ziele erreicht")
        GOALS_PARTLY_REACHED = "goals_partly_reached", _("Ziele teilweise erreicht")
        OTHER_SERVICE = "other_service", _("an anderes Angebot übergeben")
        JOBCENTER = "jobcenter", _("Wechsel in Begleitung durch das Jobcenter")
        MOVED_AWAY = "moved_away", _("Wegzug aus Köln")
        AGE_LIMIT = "age_limit", _("Altersgrenze")
        ENDED_BY_CLIENT = "ended_by_client", _("von der Person beendet")
        CONTACT_LOST = "contact_lost", _("Kontakt verloren")
        CONSENT_WITHDRAWN = "consent_withdrawn", _("Einwilligung widerrufen")
        LEFT_COUNTRY = "left_country", _("Ausreise oder Abschiebung")
        DECEASED = "deceased", _("verstorben")
        NOT_TAKEN = "not_taken", _("nicht aufgenommen")
        OTHER = "other", _("sonstige")

    personal = {
        "age_reason": "",
        "pause_reason": "",
        "closing_note": "",
        "follow_up_service": "",
        "reopen_reason": "",
        "number": None,
        "age_at_opening": None,
        "topics": (),
    }
    not_personal = {
        "id", "form_key", "created_at", "created_by", "version", "client", "provider", "case_manager", "track",
        "district", "service_level", "status", "phase_before_pause", "access_route", "opened_on", "closed_on",
        "closing_reason", "paused_until", "last_contact_on", "reopen_requested_at",
    }  # fmt: skip

    number = models.CharField(_("Fallnummer"), max_length=9, unique=True, default=new_number, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="cases", verbose_name=_("Person"))
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="cases", verbose_name=_("Träger"))
    case_manager = models.ForeignKey(
        CaseManager, on_delete=models.PROTECT, related_name="cases", verbose_name=_("Fallmanager*in")
    )
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="+", verbose_name=_("Schwerpunkt"))
    district = models.ForeignKey(
        District, null=True, blank=True, on_delete=models.PROTECT, related_name="cases", verbose_name=_("Stadtbezirk")
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="cases", verbose_name=_("Themen zu Beginn"))
    service_level = models.CharField(
        _("Art der Hilfe"), max_length=20, choices=ServiceLevel.choices, default=ServiceLevel.BRIEF
    )
    status = models.CharField(_("Phase"), max_length=15, choices=Status.choices, default=Status.CLEARING)
    phase_before_pause = models.CharField(max_length=15, blank=True, editable=False)
    pause_reason = EncryptedTextField(_("Grund"), blank=True, max_length=1000)
    paused_until = models.DateField(_("ruht bis"), null=True, blank=True)
    access_route = models.CharField(_("Zugangsweg"), max_length=20, choices=AccessRoute.choices, blank=True)
    opened_on = models.DateField(_("eröffnet am"), default=timezone.localdate)
    closed_on = models.DateField(_("abgeschlossen am"), null=True, blank=True)
    closing_reason = models.CharField(_("Beendigungsgrund"), max_length=25, choices=ClosingReason.choices, blank=True)
    closing_note = EncryptedTextField(_("Wie es ausging"), blank=True, max_length=5000)
    follow_up_service = EncryptedTextField(_("weitere Hilfe durch"), max_length=200, blank=True)
    age_at_opening = models.PositiveSmallIntegerField(_("Alter bei Eröffnung"), null=True, blank=True, editable=False)
    age_reason = EncryptedTextField(_("Begründung für das Alter"), blank=True, max_length=1000)
    last_contact_on = models.DateField(_("letzter Kontakt"), null=True, blank=True, editable=False)
    reopen_requested_at = models.DateTimeField(_("Wiederaufnahme beantragt"), null=True, blank=True, editable=False)
    reopen_reason = EncryptedTextField(_("Grund der Wiederaufnahme"), blank=True, max_length=1000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("Fall")
        verbose_name_plural = _("Fälle")
        ordering = ["-opened_on", "-pk"]
        indexes = [
            models.Index(fields=["case_manager", "closed_on", "last_contact_on"], name="case_desk"),
            models.Index(fields=["provider", "closed_on"], name="case_provider_open"),
            models.Index(fields=["district", "opened_on"], name="case_district_opened"),
        ]
        constraints = [
            models.CheckConstraint(
                name="case_closed_after_opened",
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")),
                violation_error_message=_("Der Fall endet vor seiner Eröffnung."),
            ),
            models.CheckConstraint(
                name="case_closed_with_reason",
                condition=Q(closed_on=None, closing_reason="") | (~Q(closed_on=None) & ~Q(closing_reason="")),
                violation_error_message=_("Zum Abschluss gehören Datum und Beendigungsgrund."),
            ),
            models.CheckConstraint(
                name="case_status_fits_closing",
                condition=(Q(closed_on=None) & ~Q(status="closed")) | (~Q(closed_on=None) & Q(status="closed")),
                violation_error_message=_("Phase und Abschlussdatum passen nicht zusammen."),
            ),
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(closed_on=None),
                name="case_one_open_per_client",
                violation_error_message=_("Für diese Person ist bereits ein Fall offen."),
            ),
        ]

    def __str__(self):
        return self.number

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    def get_service_level_display(self) -> str:
        return label_of(self.ServiceLevel, self.service_level)

    @property
    def audit_name(self) -> str:
        return f"case:{self.number}"

    @property
    def audit_organisation(self) -> str:
        return self.provider.code

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    @property
    def is_paused(self) -> bool:
        return self.status == self.Status.PAUSED

    @property
    def ages_out_on(self) -> date | None:
        """The 28th birthday where the track has an upper limit; on it the person stays, the file only says so."""
        birth_date = self.client.birth_date
        if not birth_date or self.track.max_age is None:
            return None
        year = birth_date.year + self.track.max_age + 1
        try:
            return birth_date.replace(year=year)
        except ValueError:
            return date(year, 3, 1)

    def required_consents(self) -> set[str]:
        """Case Management needs the consent to a file; a protected track the one to what it reveals (Art. 9 DSGVO)."""
        needed = set()
        if self.service_level == self.ServiceLevel.CASE_MANAGEMENT:
            needed.add("documentation")
        if self.track.is_protected:
            needed.add(self.track.special_category)
        return needed

    def refuse_without_consent(self) -> None:
        """The sentence names no purpose: the lead reads it, too."""
        needed = self.required_consents()
        if needed and needed - self.client.consents.in_force().purposes():
            raise ValidationError(_("Es fehlt eine Einwilligung. Erst eintragen, wenn die Person einwilligt."))

    def settle(self, level: str = "") -> None:
        """End the clearing with a kind of help, or with none: Case Management goes on with the assessment."""
        if not self.is_open or self.status != self.Status.CLEARING:
            raise ValidationError(_("Über die Hilfe wird nur in der Klärung entschieden."))
        self.service_level = level or self.service_level
        if level == self.ServiceLevel.CASE_MANAGEMENT:
            self.refuse_without_consent()
            self.status = self.Status.ASSESSMENT

    def set_age(self) -> None:
        """Fix the age on the day of opening; a person outside the track's range needs a written reason."""
        birth_date = self.client.birth_date
        self.age_at_opening = age_on(birth_date, self.opened_on) if birth_date else None
        if self.age_at_opening is None or self.track.covers_age(self.age_at_opening) or self.age_reason:
            return
        message = _(
            "Bei der Eröffnung %(age)s Jahre alt; dieser Schwerpunkt ist für %(low)s bis %(high)s. "
            "Bitte kurz begründen, warum die Person trotzdem aufgenommen wird."
        ) % {"age": self.age_at_opening, "low": self.track.min_age, "high": self.track.max_age}
        raise ValidationError({"age_reason": message})

    def enter_phase(self, phase: str) -> None:
        if not self.is_open or self.is_paused or phase not in self.PHASES:
            raise ValidationError(_("Die Phase lässt sich nur in einem laufenden Fall ändern."))
        self.status = phase

    def pause(self, *, reason: str, until: date | None) -> None:
        if not self.is_open or self.is_paused:
            raise ValidationError(_("Nur ein laufender Fall kann ruhen."))
        self.phase_before_pause, self.status = self.status, self.Status.PAUSED
        self.pause_reason, self.paused_until = reason, until

    def resume(self) -> None:
        if not self.is_paused:
            raise ValidationError(_("Der Fall ruht nicht."))
        self.status = self.phase_before_pause or self.Status.CLEARING
        self.phase_before_pause, self.pause_reason, self.paused_until = "", "", None

    def close(self, *, on: date, reason: str, note: str = "", follow_up_service: str = "") -> None:
        if not self.is_open:
            raise ValidationError(_("Der Fall ist bereits abgeschlossen."))
        if on < self.opened_on:
            raise ValidationError({"closed_on": _("Der Fall endet vor seiner Eröffnung.")})
        if on > timezone.localdate():
            raise ValidationError({"closed_on": _("Der Abschluss liegt in der Zukunft.")})
        if self.is_paused:
            self.resume()
        self.phase_before_pause, self.status = self.status, self.Status.CLOSED
        self.closed_on, self.closing_reason = on, reason
        self.closing_note, self.follow_up_service = note, follow_up_service

    def request_reopening(self, reason: str) -> None:
        if self.is_open:
            raise ValidationError(_("Der Fall ist offen."))
        if self.reopen_requested_at:
            raise ValidationError(_("Die Wiederaufnahme ist schon beantragt."))
        self.reopen_requested_at, self.reopen_reason = timezone.now(), reason

    def decline_reopening(self) -> None:
        if not self.reopen_requested_at:
            raise ValidationError(_("Für diesen Fall ist keine Wiederaufnahme beantragt."))
        self.reopen_requested_at, self.reopen_reason = None, ""

    def reopen(self) -> None:
        if self.is_open:
            raise ValidationError(_("Der Fall ist schon offen."))
        if self.client.cases.open().exists():
            raise ValidationError(_("Für diese Person ist bereits ein Fall offen."))
        self.refuse_without_consent()
        self.status = self.phase_before_pause or self.Status.CLEARING
        self.phase_before_pause, self.closed_on, self.closing_reason = "", None, ""
        self.reopen_requested_at, self.reopen_reason = None, ""
