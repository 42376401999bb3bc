"""What many observations show together: a structural need, and what was decided about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from districts.models import Barrier, District, Institution, Topic
from kim.records import ChangedMeanwhile, FormKey, Versioned
from kim.text import CleanCharField, CleanTextField, label_of
from reports.models.conference import Body, Conference
from reports.models.measure import Measure
from reports.models.report import Report

STILL_AFTER = timedelta(weeks=4)  # nothing moved, and nobody said when to look again
REMINDED_EVERY = timedelta(days=7)


class FindingQuerySet(models.QuerySet):
    def open(self):
        """Somebody has to do something."""
        return self.filter(status__in=Finding.OPEN)

    def settled(self):
        return self.exclude(status__in=Finding.OPEN)

    def reported(self, first, cut_off):
        """What a report of a period speaks of: opened by its cut-off, and open, or settled since its first day."""
        ends = Decision.objects.filter(finding=OuterRef("pk"), step__in=SETTLING, decided_on__gte=first)
        return self.filter(Q(status__in=Finding.OPEN) | Exists(ends), opened_on__lte=cut_off)

    def needing_attention(self, day):
        """To be looked at again by this day, silent for four weeks, or with a measure that is overdue."""
        running = Measure.objects.open().filter(finding=OuterRef("pk"))
        silent = Q(due_on=None, moved_on__lt=day - STILL_AFTER) & ~Exists(running)
        return self.open().filter(Q(due_on__lte=day) | silent | Exists(running.filter(due_on__lt=day)))

    def unreminded(self, day):
        return self.filter(Q(reminded_on=None) | Q(reminded_on__lte=day - REMINDED_EVERY))

    def with_row_data(self):
        return self.prefetch_related("topics", "districts")

    def next_number(self, year):
        """B-2026-014: in one row per year, for people to quote."""
        last = self.filter(number__startswith=f"B-{year}-").order_by("-number").values_list("number", flat=True).first()
        return f"B-{year}-{int(last.rpartition('-')[2]) + 1 if last else 1:03d}"


class Finding(FormKey, Versioned):
    """A structural need. It names topics, places, institutions and a barrier, never a case and never a track.

    Which barrier it is may be open: what stands out in a report often names none.
    """

    class Status(models.TextChoices):
        BUNDLED = "bundled", _("gebündelt")
        REVIEW = "review", _("in Prüfung")
        WORKING_GROUP = "working_group", _("Arbeitsgruppe")
        STEERING = "steering", _("Lenkungsgruppe")
        AGREED = "agreed", _("Maßnahme vereinbart")
        DONE = "done", _("umgesetzt")
        CHECKED = "checked", _("Wirkung geprüft")
        NOT_LOCAL = "not_local", _("nicht lokal lösbar")
        DROPPED = "dropped", _("verworfen")

    OPEN = (Status.BUNDLED, Status.REVIEW, Status.WORKING_GROUP, Status.STEERING, Status.AGREED, Status.DONE)

    kept_elsewhere = {
        "number",
        "status",
        "moved_on",
        "reminded_on",
        "form_key",
        "created_at",
        "created_by",
        "opened_on",
    }

    number = models.CharField(_("Nummer"), max_length=12, unique=True, editable=False)
    title = CleanCharField(_("Titel"), max_length=120)
    description = CleanTextField(_("Worum geht es?"), max_length=3000)
    topics = models.ManyToManyField(Topic, related_name="+", verbose_name=_("Themen"))
    districts = models.ManyToManyField(District, blank=True, related_name="+", verbose_name=_("Stadtbezirke"))
    institutions = models.ManyToManyField(Institution, blank=True, related_name="+", verbose_name=_("Einrichtungen"))
    barrier = models.CharField(_("Hürde"), max_length=20, choices=Barrier.choices, blank=True)
    responsible = CleanCharField(_("Wer kümmert sich?"), max_length=120, blank=True)
    status = models.CharField(_("Stand"), max_length=15, choices=Status.choices, default=Status.BUNDLED, editable=False)
    opened_on = models.DateField(_("eröffnet am"), default=timezone.localdate, editable=False)
    due_on = models.DateField(_("Wieder ansehen am"), null=True, blank=True)
    moved_on = models.DateField(_("zuletzt bewegt am"), default=timezone.localdate, editable=False)
    reminded_on = models.DateField(_("zuletzt erinnert am"), null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("Bedarf")
        verbose_name_plural = _("Bedarfe")
        ordering = ["number"]
        indexes = [models.Index(fields=["status", "moved_on"], name="finding_board")]
        constraints = [
            models.CheckConstraint(
                name="finding_barrier_known_or_open",
                condition=Q(barrier__in=["", *Barrier.values]),
                violation_error_message=_("Diese Hürde gibt es nicht."),
            ),
        ]

    def __str__(self):
        return self.number

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    def get_barrier_display(self) -> str:
        return label_of(Barrier, self.barrier) if self.barrier else gettext("noch offen")

    @property
    def audit_name(self) -> str:
        return f"finding:{self.number}"

    @property
    def audit_organisation(self) -> str:
        return "city"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def is_due(self, day: date) -> bool:
        return self.is_open and self.due_on is not None and self.due_on <= day

    def is_still(self, day: date) -> bool:
        """Nothing has moved for four weeks, and nobody said when to look again. (A measure has a day of its own.)"""
        return self.is_open and self.due_on is None and self.moved_on < day - STILL_AFTER

    @property
    def steps(self) -> list[str]:
        """What can be decided now."""
        return [name for name, step in STEPS.items() if self.status in step.before]

    def usual_step(self, measures: Iterable[Measure]) -> str:
        """What a decision form starts with: never a step that would be refused. `measures` are those of the finding."""
        if self.status == self.Status.AGREED:
            return "note" if _unfinished(measure.status for measure in measures) else "finish"
        return USUAL.get(self.status, self.steps[0])

    def move(self, name: str, *, due_on: date | None) -> None:
        """Take a step of STEPS over exactly the version in hand.

        Raises ValidationError where it is not possible, ChangedMeanwhile where somebody was faster. One conditional
        UPDATE decides. Call it inside a transaction.
        """
        if name not in self.steps:
            raise ValidationError(gettext("Im Stand „%(status)s“ ist das nicht möglich.") % self._status)
        if name == "finish" and (reason := _unfinished(self.measures.values_list("status", flat=True))):
            raise ValidationError(reason)
        after = STEPS[name].after or self.status
        facts = {"status": after, "due_on": due_on, "moved_on": timezone.localdate()}
        claimed = type(self).objects.filter(pk=self.pk, version=self.version)
        if not claimed.update(version=F("version") + 1, **facts):
            raise ChangedMeanwhile
        self.version += 1
        for field, value in facts.items():
            setattr(self, field, value)

    @property
    def _status(self) -> dict[str, str]:
        return {"status": self.get_status_display()}


def _unfinished(stands: Iterable[str]) -> str:
    """Why measures that stand like this do not settle a finding; "" if they do."""
    stands = set(stands)
    if stands & set(Measure.OPEN):
        return gettext("Eine Maßnahme ist noch offen. Bitte zuerst dort den Stand eintragen.")
    if Measure.Status.DONE not in stands:
        return gettext("Keine Maßnahme ist umgesetzt. Der Bedarf kann wieder in die Prüfung.")
    return ""


@dataclass(frozen=True)
class Step:
    """One row of the state table: from where, to where (None: stays as it is)."""

    before: frozenset[str]
    after: str | None


def _step(before, after) -> Step:
    return Step(frozenset(before), after)


_STATUS = Finding.Status
_ADVISED = (_STATUS.REVIEW, _STATUS.WORKING_GROUP, _STATUS.STEERING)

# What can be decided about a finding. Everything else is refused. `check` comes with the verdict on a measure.
STEPS = {
    "review": _step((_STATUS.BUNDLED,), _STATUS.REVIEW),
    "working_group": _step((_STATUS.REVIEW, _STATUS.STEERING), _STATUS.WORKING_GROUP),
    "steering": _step((_STATUS.REVIEW, _STATUS.WORKING_GROUP), _STATUS.STEERING),
    "agree": _step((*_ADVISED, _STATUS.AGREED), _STATUS.AGREED),
    "finish": _step((_STATUS.AGREED,), _STATUS.DONE),
    "check": _step((_STATUS.DONE,), _STATUS.CHECKED),
    "not_local": _step(_ADVISED, _STATUS.NOT_LOCAL),
    "drop": _step((_STATUS.BUNDLED, *_ADVISED), _STATUS.DROPPED),
    "resume": _step(
        (_STATUS.AGREED, _STATUS.DONE, _STATUS.CHECKED, _STATUS.NOT_LOCAL, _STATUS.DROPPED), _STATUS.REVIEW
    ),
    "note": _step(Finding.OPEN, None),
}
SETTLING = [name for name, step in STEPS.items() if step.after and step.after not in Finding.OPEN]


USUAL = {_STATUS.STEERING: "agree", _STATUS.DONE: "note"}  # elsewhere the first step there is


class FindingSourceQuerySet(models.QuerySet):
    def bundled(self):
        return self.exclude(finding=None)


class FindingSource(models.Model):
    """What became of an observation at the desk: part of a finding, or set aside with a reason.

    Holds its number and what of it is coded; the released text is read from where it was written.
    """

    finding = models.ForeignKey(Finding, null=True, on_delete=models.PROTECT, related_name="sources")
    observation = models.UUIDField(unique=True, editable=False)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")
    barrier = models.CharField(_("Hürde"), max_length=20, choices=Barrier.choices)
    district = models.ForeignKey(District, null=True, on_delete=models.PROTECT, related_name="+")
    released_on = models.DateField(_("freigegeben am"))
    taken_on = models.DateField(_("aufgenommen am"), default=timezone.localdate)
    reason = CleanTextField(_("Warum nicht weiterverfolgt?"), max_length=1000, blank=True)

    objects = FindingSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("aufgenommene Beobachtung")
        verbose_name_plural = _("aufgenommene Beobachtungen")
        ordering = ["released_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="finding_source_bundled_or_set_aside",
                condition=Q(finding__isnull=False, reason="") | (Q(finding=None) & ~Q(reason="")),
                violation_error_message=_("Bitte angeben, warum die Beobachtung nicht weiterverfolgt wird."),
            ),
        ]

    def __str__(self):
        return f"Beobachtung {self.observation}"


class DecisionQuerySet(models.QuerySet):
    def update(self, **values):
        raise TypeError("A decision stays as it was written.")

    def delete(self):
        raise TypeError("A decision stays as it was written.")

    def with_row_data(self):
        return self.select_related("conference", "measure", "finding", "agreed")


class Decision(FormKey):
    """What a body decided about a finding, on which day. It is only ever added: the next one corrects the last."""

    OPENED = "opened"  # the first one of each finding
    BUNDLED = "bundled"  # more observations were added
    EVIDENCE = "evidence"  # something that stood out in a report was added
    MEASURE = "measure"  # a measure went on
    VERDICT = "verdict"  # the effect of a measure was judged
    STEP_WORDS = {
        OPENED: _("Bedarf eröffnet"),
        BUNDLED: _("Beobachtungen dazugenommen"),
        EVIDENCE: _("Auffälligkeit dazugenommen"),
        MEASURE: _("Stand der Maßnahme"),
        VERDICT: _("Wirkung beurteilt"),
        "review": _("Prüfung beginnen"),
        "working_group": _("an die Arbeitsgruppe geben"),
        "steering": _("der Lenkungsgruppe vorlegen"),
        "agree": _("Maßnahme vereinbaren"),
        "finish": _("umgesetzt, Wirkung abwarten"),
        "check": _("Wirkung geprüft"),
        "not_local": _("nicht lokal lösbar, an Land oder Bund geben"),
        "drop": _("nicht weiterverfolgen"),
        "resume": _("wieder in die Prüfung nehmen"),
        "note": _("Stand bleibt, später wieder ansehen"),
    }

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="decisions")
    step = models.CharField(_("Schritt"), max_length=15, choices=STEP_WORDS.items(), editable=False)
    body = models.CharField(_("Gremium"), max_length=20, choices=Body.choices, default=Body.OFFICE)
    decided_on = models.DateField(_("Beschlossen am"), default=timezone.localdate)
    text = CleanTextField(_("Beschluss"), max_length=2000, blank=True)
    after = models.CharField(_("Stand danach"), max_length=15, editable=False)  # of its measure, if any, or the verdict
    measure = models.ForeignKey(Measure, null=True, on_delete=models.PROTECT, related_name="history", editable=False)
    conference = models.ForeignKey(
        Conference, null=True, on_delete=models.PROTECT, related_name="decisions", editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Beschluss")
        verbose_name_plural = _("Beschlüsse")
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return f"Beschluss {self.pk}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("A decision stays as it was written.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("A decision stays as it was written.")

    def get_body_display(self) -> str:
        return label_of(Body, self.body)

    def get_after_display(self) -> str:
        of_measure = Measure.Verdict if self.step == self.VERDICT else Measure.Status
        return label_of(of_measure if self.measure_id else Finding.Status, self.after)

    def get_step_display(self) -> str:
        return str(self.STEP_WORDS[self.step])


class Evidence(models.Model):
    """A published number of a frozen report that speaks for a finding, copied with its name."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="evidence")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="+", verbose_name=_("Bericht"))
    table = models.CharField(_("Tabelle"), max_length=40)
    row = models.CharField(_("Zeile"), max_length=60)
    column = models.CharField(_("Spalte"), max_length=60)
    label = CleanCharField(_("Bezeichnung"), max_length=300)
    label_en = CleanCharField(_("Bezeichnung (englisch)"), max_length=300, blank=True)
    value = models.PositiveIntegerField(_("Zahl"), null=True)
    noted_on = models.DateField(_("notiert am"), default=timezone.localdate)

    class Meta:
        verbose_name = _("Beleg")
        verbose_name_plural = _("Belege")
        ordering = ["noted_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["finding", "report", "table", "row", "column"],
                name="evidence_once",
                violation_error_message=_("Diese Zahl ist schon ein Beleg."),
            ),
        ]

    def __str__(self):
        return f"Beleg {self.pk}"

    @property
    def name(self) -> str:
        return self.label_en if get_language() == "en" else self.label
