"""One talk, visit, call or accompaniment: the record everything else is made from."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from districts.models import CaseManager, District, Institution, Language, Provider, Topic, Track
from kim.permissions import Permission, may
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey, Versioned
from kim.text import label_of

DETAILS = (
    "case", "held_on", "minutes", "kind", "interpreter", "note", "is_private", "waiting_minutes", "language__name",
    "language__name_en", "institution__name", "created_by__name", "case_manager__user", "indirect_minutes",
    "shared_note", "group_size",
)  # fmt: skip


class ConsultationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of visible cases, and one's own at this Träger without a case; a private one is the author's alone."""
        if not may(user, Permission.WORK_ON_CASES):
            return self.none()
        own = Q(case=None, case_manager__user=user, provider=F("case_manager__provider"))
        return self.filter(Q(case__in=Case.objects.visible_to(user)) | own).readable_by(user)

    def readable_by(self, user):
        """Inside a case that is visible already: without what others keep private."""
        return self.filter(Q(is_private=False) | Q(created_by=user))

    def counted(self):
        """Those that count as a consultation in figures: a contact with the person took place."""
        return self.filter(kind__in=Consultation.WITH_PERSON)

    def once_per_group(self):
        """Each talk once: of a talk with several people the entry of one of them (same desk, same day)."""
        earlier = Consultation.objects.filter(
            group_key=OuterRef("group_key"),
            case_manager=OuterRef("case_manager"),
            held_on=OuterRef("held_on"),
            pk__lt=OuterRef("pk"),
        )
        return self.filter(Q(group_key=None) | ~Exists(earlier))

    def with_details(self):
        """What the file shows of a talk, and no column more of the records around it."""
        topics = models.Prefetch("topics", Topic.objects.only("name", "name_en"), to_attr="shown_topics")
        related = self.select_related("language", "institution", "created_by", "case_manager")
        return related.only(*DETAILS).prefetch_related(topics)


class Consultation(PersonalData, FormKey, Versioned):
    """Keeps district, track, Träger and case manager as they were on the day, so that history does not move.

    Without a case it is an anonymous Verweisberatung: a place and topics, nobody's name. A talk with several people is
    one record in each file: `group_key` and `shared_note` are the same in all, `note` is about this person only.
    """

    class Kind(models.TextChoices):
        OFFICE = "office", _("Büro")
        OUTREACH = "outreach", _("aufsuchend")
        ACCOMPANIMENT = "accompaniment", _("Begleitung")
        PHONE = "phone", _("Telefon")
        VIDEO = "video", _("Video")
        MESSAGE = "message", _("E-Mail oder Messenger")
        CASE_CONFERENCE = "case_conference", _("Fallkonferenz")
        NETWORK = "network", _("Netzwerk")
        NO_SHOW = "no_show", _("nicht erschienen")

    INDIRECT = (Kind.CASE_CONFERENCE, Kind.NETWORK)  # work for the person without the person
    WITH_PERSON = (Kind.OFFICE, Kind.OUTREACH, Kind.ACCOMPANIMENT, Kind.PHONE, Kind.VIDEO, Kind.MESSAGE)

    class Interpreter(models.TextChoices):
        NONE = "none", _("ohne")
        PROFESSIONAL = "professional", _("Sprachmittlung")
        PERSONAL = "personal", _("Begleitperson")
        MISSING = "missing", _("hat gefehlt")

    personal = {"note": "", "shared_note": "", "language": None, "interpreter": Interpreter.NONE, "institution": None}
    not_personal = {
        "id", "form_key", "created_at", "created_by", "version", "case", "held_on", "minutes", "kind", "topics",
        "waiting_minutes", "indirect_minutes", "group_key", "group_size", "is_private", "district", "track",
        "provider", "case_manager",
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.CASCADE, related_name="consultations", verbose_name=_("Fall")
    )
    held_on = models.DateField(_("Datum"), default=timezone.localdate)
    minutes = models.PositiveSmallIntegerField(_("Minuten"), validators=[MinValueValidator(1), MaxValueValidator(720)])
    kind = models.CharField(_("Art"), max_length=20, choices=Kind.choices, default=Kind.OFFICE)
    language = models.ForeignKey(
        Language, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Sprache")
    )
    interpreter = models.CharField(
        _("Sprachmittlung"), max_length=15, choices=Interpreter.choices, default=Interpreter.NONE
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="consultations", verbose_name=_("Themen"))
    note = EncryptedTextField(_("Notiz"), blank=True, max_length=20000)
    shared_note = EncryptedTextField(_("Gemeinsame Notiz"), blank=True, max_length=20000)
    group_key = models.UUIDField(null=True, blank=True, editable=False)
    group_size = models.PositiveSmallIntegerField(_("Personen im Gespräch"), null=True, blank=True, editable=False)
    is_private = models.BooleanField(
        _("nur für mich"), default=False, help_text=_("Auch die Vertretung sieht diese Notiz nicht.")
    )
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Einrichtung")
    )
    waiting_minutes = models.PositiveSmallIntegerField(
        _("davon Wartezeit (Minuten)"), null=True, blank=True, validators=[MaxValueValidator(720)]
    )
    indirect_minutes = models.PositiveSmallIntegerField(
        _("Vor- und Nachbereitung (Minuten)"), null=True, blank=True, validators=[MaxValueValidator(720)]
    )
    district = models.ForeignKey(
        District, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Stadtbezirk")
    )
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="+", verbose_name=_("Schwerpunkt"))
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+", verbose_name=_("Träger"))
    case_manager = models.ForeignKey(
        CaseManager, on_delete=models.PROTECT, related_name="consultations", verbose_name=_("Fallmanager*in")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("von")
    )

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("Beratung")
        verbose_name_plural = _("Beratungen")
        ordering = ["-held_on", "-created_at"]
        indexes = [
            models.Index(fields=["case", "-held_on", "-created_at"], name="consultation_file"),
            models.Index(fields=["case_manager", "held_on", "kind"], name="consultation_desk"),
            models.Index(fields=["held_on"], name="consultation_period"),
            models.Index(fields=["group_key"], condition=~Q(group_key=None), name="consultation_group"),
        ]
        constraints = [
            models.CheckConstraint(
                name="consultation_minutes",
                condition=Q(minutes__gte=1, minutes__lte=720)
                & (Q(indirect_minutes=None) | Q(indirect_minutes__lte=720)),
                violation_error_message=_("Die Dauer liegt zwischen 1 Minute und 12 Stunden."),
            ),
            models.CheckConstraint(
                name="consultation_waiting_within_minutes",
                condition=Q(waiting_minutes=None) | Q(waiting_minutes__lte=models.F("minutes")),
                violation_error_message=_("Die Wartezeit ist länger als die ganze Begleitung."),
            ),
            models.CheckConstraint(
                name="consultation_group_is_whole",
                condition=Q(group_key=None, group_size=None) | Q(group_key__isnull=False, group_size__gte=2),
                violation_error_message=_("Zu einem gemeinsamen Gespräch gehören mindestens zwei Personen."),
            ),
        ]

    def __str__(self):
        return f"Beratung {self.pk}"

    def get_kind_display(self) -> str:
        return label_of(self.Kind, self.kind)

    def get_interpreter_display(self) -> str:
        return label_of(self.Interpreter, self.interpreter)

    @property
    def audit_name(self) -> str:
        return self.case.audit_name if self.case else f"consultation:{self.pk}"

    @property
    def audit_organisation(self) -> str:
        return self.provider.code

    @property
    def others(self) -> int:
        """How many more people took part; who they were stands in no file."""
        return (self.group_size or 1) - 1

    @property
    def is_by_deputy(self) -> bool:
        return self.created_by_id != self.case_manager.user_id
