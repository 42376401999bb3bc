"""What a young person or somebody for them asks for, before there is a case."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case as Conditional
from django.db.models import F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, _absent_colleagues
from cases.models.suspicion import SUSPECT_KEPT, Suspicion, SuspicionQuerySet
from cases.numbers import new_request_number
from cases.working_days import months_before, working_days_between
from districts.models import CaseManager, District, Institution, Language, Provider, Topic, Track
from kim.permissions import Permission, may
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import ChangedMeanwhile, FormKey, Versioned
from kim.text import CleanCharField, label_of
from kim.web.languages import LANGUAGES

KEPT_MONTHS = 6  # after the last action on a request that became no case
ANNOUNCED_BEFORE = timedelta(weeks=4)
LATE, VERY_LATE = 3, 10  # working days of waiting that a list marks
# All that the coordinating office ever loads of a request: nothing that leads to a person (PRIVACY 3.1).
WITHOUT_IDENTITY = (
    "number", "version", "status", "urgency", "received_on", "last_action_at", "return_reason", "district__name",
    "language__name", "language__name_en", "track__name", "track__name_en", "track__is_protected", "provider__name",
    "provider__code", "case_manager", "returned_from", "is_suspect", "is_spam", "suspicion", "created_at", "has_news",
)  # fmt: skip
ROW = (
    "number", "version", "status", "urgency", "received_on", "last_action_at", "name", "case", "district__name",
    "language__name", "language__name_en", "track__is_protected", "provider__code", "case_manager__user__name",
    "is_suspect", "is_spam", "suspicion", "has_news",
)  # fmt: skip


class Part(StrEnum):
    """What somebody is for one request."""

    OFFICE = "office"  # the coordinating office, which never sees who asks
    LEAD = "lead"
    COLLEAGUE = "colleague"  # counsels at the Träger, and nobody has accepted the request yet
    HOLDER = "holder"  # has accepted it
    DEPUTY = "deputy"  # stands in for the holder


class Place(StrEnum):
    """Where a request lies."""

    QUEUE = "queue"  # with the coordinating office
    TEAM = "team"  # at a Träger, accepted by nobody
    DESK = "desk"  # accepted by a case manager


class IntakeRequestQuerySet(SuspicionQuerySet):
    def visible_to(self, user):
        """Requests whose content somebody may read; the coordinating office none.

        A case manager: those at the own Träger that nobody has accepted, one's own, and during a substitution the
        absent colleague's; with a protected wish only who serves that track, and no deputy. A lead: those of the
        Träger without a protected wish. What became a case is seen with the case.
        """
        if not may(user, Permission.TAKE_REQUESTS):
            return self.none()
        if may(user, Permission.LEAD_TEAM):
            rows = self.filter(provider__in=Provider.objects.of(user)).without_protected()
            return rows.exclude(status=IntakeRequest.Status.ADMITTED)
        own = getattr(user, "case_manager", None)
        if own is None:
            return self.none()
        desk = Q(case_manager=None) | Q(case_manager=own)
        if absent := _absent_colleagues(user, timezone.localdate()):
            desk |= Q(case_manager__in=absent) & _unprotected()
        asked = Q(case=None) & desk & _readable_on_the_tracks_of(own)
        return self.filter(asked | Q(case__in=Case.objects.visible_to(user)), provider=own.provider_id)

    def listed_for(self, user):
        """Rows without content: the office all without a protected wish, a lead and a case manager those of the Träger.

        A case manager's rows leave out protected wishes that they do not serve.
        """
        if may(user, Permission.DISPATCH_REQUESTS):
            rows = self.without_protected().select_related("district", "language", "track", "provider")
            return rows.only(*WITHOUT_IDENTITY)
        if not may(user, Permission.TAKE_REQUESTS):
            return self.none()
        rows = self.filter(provider__in=Provider.objects.of(user)).with_row_data()
        if may(user, Permission.LEAD_TEAM):
            return rows
        own = getattr(user, "case_manager", None)
        return rows.filter(_readable_on_the_tracks_of(own)) if own else self.none()

    def held_by(self, user):
        """Accepted by this case manager."""
        return self.filter(case_manager__user=user)

    def without_protected(self):
        return self.filter(_unprotected())

    def open(self):
        """Neither admitted nor ended, and not under suspicion of being spam."""
        return self.filter(status__in=IntakeRequest.OPEN, is_suspect=False)

    def ended(self):
        return self.exclude(status__in=IntakeRequest.OPEN)

    def in_hand(self):
        """Accepted by somebody and not settled; who could not be reached may still call back."""
        return self.exclude(case_manager=None).exclude(status__in=IntakeRequest.TERMINAL)

    def unreachable(self):
        return self.filter(status=IntakeRequest.Status.UNREACHABLE)

    def reached(self) -> int:
        """Who could not be reached has written: open again, with a first contact or still without. How many."""
        spoken = When(first_contact_at__isnull=False, then=Value(IntakeRequest.Status.FIRST_CONTACT))
        status = Conditional(spoken, default=Value(IntakeRequest.Status.ASSIGNED))
        return self.unreachable().update(status=status, version=F("version") + 1)

    def waiting(self):
        """Nobody has spoken with the person yet, or there is no place."""
        return self.open().filter(status__in=IntakeRequest.WAITING)

    def in_queue(self):
        """Open and at no Träger: the coordinating office decides."""
        return self.open().filter(provider=None)

    def unaccepted(self):
        """At a Träger, and nobody there has accepted it."""
        return self.open().filter(status=IntakeRequest.Status.ASSIGNED, case_manager=None)

    def expired(self, day=None):
        """No case, open or not, and nothing has happened for six months; under suspicion for a week, and untouched."""
        day = day or timezone.localdate()
        is_old = Q(last_action_at__date__lt=months_before(day, KEPT_MONTHS))
        return self.filter(is_old | Q(is_suspect=True, last_action_at__date__lt=day - SUSPECT_KEPT), case=None)

    def expiring(self, day=None):
        """Still open, and deleted in four weeks if nothing happens until then."""
        day = (day or timezone.localdate()) + ANNOUNCED_BEFORE
        return self.open().filter(last_action_at__date__lt=months_before(day, KEPT_MONTHS))

    def unannounced(self):
        """Nobody has been told yet that it is deleted, or something has happened since."""
        return self.filter(Q(deletion_announced_at=None) | Q(deletion_announced_at__lt=F("last_action_at")))

    def with_row_data(self):
        """What a row shows, and no column more."""
        related = self.select_related("district", "language", "track", "provider", "case_manager__user")
        return related.only(*ROW)


def _unprotected() -> Q:
    return Q(track=None) | Q(track__is_protected=False)


def _readable_on_the_tracks_of(own: CaseManager) -> Q:
    served = Track.objects.filter(Q(is_protected=False) | Q(case_managers=own))
    return Q(track=None) | Q(track__in=served)


class IntakeRequest(PersonalData, FormKey, Versioned):
    """A request, known outside by its number only. It becomes a case or is deleted."""

    class Source(models.TextChoices):
        SELF = "self", _("die junge Person selbst")
        THIRD_PARTY = "third_party", _("jemand aus Familie oder Umfeld")
        INSTITUTION = "institution", _("eine Einrichtung")
        OUTREACH = "outreach", _("aufsuchend angesprochen")
        UNKNOWN = "unknown", _("unbekannt")  # a mail says an address, not who writes

    KNOWN_SOURCES = (Source.SELF, Source.THIRD_PARTY, Source.INSTITUTION, Source.OUTREACH)  # for who writes one down

    class Channel(models.TextChoices):
        PHONE = "phone", _("Telefon")
        VISIT = "visit", _("persönlich")
        MAIL = "mail", _("E-Mail")
        MESSENGER = "messenger", _("Messenger")
        LETTER = "letter", _("Brief")
        FORM = "form", _("Formular")

    class Urgency(models.TextChoices):  # in this order of the alphabet, too: lists order by it
        CAN_WAIT = "can_wait", _("kann warten")
        SOON = "soon", _("bald")
        URGENT = "urgent", _("dringend")

    URGENCY_MEANS = {
        Urgency.CAN_WAIT: _("Nichts drängt; ein Gespräch in den nächsten Wochen genügt."),
        Urgency.SOON: _("In den nächsten zwei Wochen steht etwas an, zum Beispiel ein Termin oder eine Frist."),
        Urgency.URGENT: _("Diese Woche droht etwas: Wohnung, Geld, Gesundheit oder eine Frist."),
    }

    class Status(models.TextChoices):
        NEW = "new", _("neu")
        ASSIGNED = "assigned", _("zugewiesen")
        FIRST_CONTACT = "first_contact", _("Erstkontakt")
        WAITING_LIST = "waiting_list", _("Warteliste")
        ADMITTED = "admitted", _("aufgenommen")
        REFERRED_ON = "referred_on", _("weitervermittelt")
        UNREACHABLE = "unreachable", _("nicht erreichbar")
        WITHDRAWN = "withdrawn", _("zurückgezogen")

    OPEN = (Status.NEW, Status.ASSIGNED, Status.FIRST_CONTACT, Status.WAITING_LIST)
    WAITING = (Status.NEW, Status.ASSIGNED, Status.WAITING_LIST)
    TERMINAL = (Status.ADMITTED, Status.REFERRED_ON, Status.WITHDRAWN)  # who was unreachable may still call back

    class ReturnReason(models.TextChoices):
        NO_CAPACITY = "no_capacity", _("keine freien Plätze")
        LANGUAGE = "language", _("die Sprache fehlt")
        DISTRICT = "district", _("anderer Stadtbezirk")
        PARTIALITY = "partiality", _("befangen")
        OTHER = "other", _("anderer Grund")

    class EndReason(models.TextChoices):
        NO_WISH = "no_wish", _("wünscht keine Begleitung")
        SETTLED = "settled", _("Anliegen ist geklärt")
        OTHER_SERVICE = "other_service", _("ein anderes Angebot passt besser")
        NOT_TARGET_GROUP = "not_target_group", _("gehört nicht zur Zielgruppe")
        SUPPORTED = "supported", _("wird schon begleitet")
        MOVED_AWAY = "moved_away", _("wohnt nicht mehr in Köln")
        TOO_LONG = "too_long", _("hat zu lange gewartet")
        DUPLICATE = "duplicate", _("doppelt eingetragen")
        OTHER = "other", _("anderer Grund")

    personal = {
        "number": None,
        "source": Source.SELF,
        "channel": Channel.FORM,
        "has_agreed": False,
        "language": None,
        "interpreter_needed": False,
        "track": None,
        "topics": (),
        "name": "–",
        "phone": "",
        "email": "",
        "contact_note": "",
        "third_party_name": "",
        "third_party_contact": "",
        "page_language": "",
        "message": "",
        "return_note": "",
        "end_note": "",
        "referred_to": None,
    }
    not_personal = {
        "id", "form_key", "created_at", "created_by", "version", "district", "urgency", "status", "received_on",
        "provider", "case_manager", "case", "return_reason", "returned_from", "end_reason", "assigned_at",
        "accepted_at", "first_contact_at", "last_action_at", "is_suspect", "is_spam", "suspicion", "no_voicemail",
        "write_only", "neutral_subject", "deletion_announced_at", "has_news", "mails_left_out",
    }  # fmt: skip

    number = models.CharField(_("Nummer"), max_length=9, unique=True, default=new_request_number, editable=False)
    source = models.CharField(_("Von wem kommt die Anfrage?"), max_length=15, choices=Source.choices)
    channel = models.CharField(_("Auf welchem Weg?"), max_length=10, choices=Channel.choices)
    has_agreed = models.BooleanField(_("Die junge Person weiß davon und ist einverstanden"), default=False)
    language = models.ForeignKey(
        Language, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Sprache")
    )
    interpreter_needed = models.BooleanField(_("braucht Sprachmittlung"), default=False)
    district = models.ForeignKey(
        District, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Stadtbezirk")
    )
    track = models.ForeignKey(
        Track, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Wunsch")
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="+", verbose_name=_("Themen"))
    urgency = models.CharField(_("Wie eilig ist es?"), max_length=10, choices=Urgency.choices, default=Urgency.CAN_WAIT)
    name = CleanCharField(_("Name, oder wie wir die Person nennen dürfen"), max_length=200, blank=True)
    phone = CleanCharField(_("Telefon"), max_length=50, blank=True)
    email = models.EmailField(_("E-Mail-Adresse"), blank=True)
    contact_note = EncryptedTextField(_("Was wir beim Kontakt lassen sollen"), max_length=200, blank=True)
    no_voicemail = models.BooleanField(_("nicht auf die Mailbox sprechen"), default=False)
    write_only = models.BooleanField(_("nicht anrufen, nur schreiben"), default=False)
    neutral_subject = models.BooleanField(_("Mails mit neutralem Betreff"), default=True)
    third_party_name = CleanCharField(_("Name der Person, die für sie anfragt"), max_length=200, blank=True)
    third_party_contact = CleanCharField(_("Wie wir diese Person erreichen"), max_length=200, blank=True)
    page_language = models.CharField(_("Sprache der Seite"), max_length=10, blank=True, editable=False)
    message = EncryptedTextField(_("Anliegen"), max_length=5000, blank=True)
    received_on = models.DateField(_("eingegangen am"), default=timezone.localdate)
    is_suspect = models.BooleanField(_("vielleicht Spam"), default=False, editable=False)
    is_spam = models.BooleanField(_("für Spam erklärt"), default=False, editable=False)  # deleted like any suspect one
    suspicion = models.CharField(
        _("Grund des Verdachts"), max_length=15, choices=Suspicion.choices, blank=True, editable=False
    )
    status = models.CharField(_("Stand"), max_length=15, choices=Status.choices, default=Status.NEW, editable=False)
    provider = models.ForeignKey(
        Provider, null=True, editable=False, on_delete=models.PROTECT, related_name="requests", verbose_name=_("Träger")
    )
    case_manager = models.ForeignKey(
        CaseManager, null=True, editable=False, on_delete=models.PROTECT, related_name="requests",
        verbose_name=_("Fallmanager*in"),
    )  # fmt: skip
    case = models.OneToOneField(
        Case, null=True, editable=False, on_delete=models.CASCADE, related_name="request", verbose_name=_("Fall")
    )
    return_reason = models.CharField(
        _("Grund der Rückgabe"), max_length=15, choices=ReturnReason.choices, blank=True, editable=False
    )
    return_note = EncryptedTextField(_("Anmerkung zur Rückgabe"), max_length=1000, blank=True, editable=False)
    returned_from = models.ForeignKey(
        Provider, null=True, editable=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("zurück von")
    )
    end_reason = models.CharField(
        _("Grund, warum nicht aufgenommen"), max_length=20, choices=EndReason.choices, blank=True, editable=False
    )
    end_note = EncryptedTextField(_("Anmerkung zum Ende"), max_length=1000, blank=True, editable=False)
    referred_to = models.ForeignKey(
        Institution, null=True, editable=False, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("weitervermittelt an"),
    )  # fmt: skip
    assigned_at = models.DateTimeField(_("zugewiesen am"), null=True, editable=False)
    accepted_at = models.DateTimeField(_("übernommen am"), null=True, editable=False)
    first_contact_at = models.DateTimeField(_("Erstkontakt am"), null=True, editable=False)
    last_action_at = models.DateTimeField(_("zuletzt bearbeitet"), default=timezone.now, editable=False)
    has_news = models.BooleanField(_("neue Nachricht"), default=False, editable=False)  # until the thread is opened
    mails_left_out = models.PositiveIntegerField(_("nicht aufgenommene Nachrichten"), default=0, editable=False)
    deletion_announced_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(  # nobody: it came by the form or by mail
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False,
        verbose_name=_("von"),
    )  # fmt: skip

    objects = IntakeRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("Anfrage")
        verbose_name_plural = _("Anfragen")
        ordering = ["-urgency", "received_on", "pk"]
        indexes = [
            models.Index(fields=["provider", "status"], name="request_provider"),
            models.Index(fields=["case_manager", "status"], name="request_desk"),
            models.Index(fields=["status", "received_on"], name="request_queue"),
        ]
        constraints = [
            models.CheckConstraint(
                name="request_new_is_nobodys",
                condition=~Q(status="new") | Q(provider=None, case_manager=None),
                violation_error_message=_("Eine neue Anfrage liegt noch bei keinem Träger."),
            ),
            models.CheckConstraint(
                name="request_has_a_provider",
                condition=Q(status__in=["new", "waiting_list", "withdrawn"]) | Q(provider__isnull=False),
                violation_error_message=_("In diesem Stand gehört die Anfrage zu einem Träger."),
            ),
            models.CheckConstraint(
                name="request_has_been_accepted",
                condition=Q(status__in=["new", "assigned", "waiting_list", "withdrawn"])
                | Q(case_manager__isnull=False),
                violation_error_message=_("In diesem Stand hat jemand die Anfrage übernommen."),
            ),
            models.CheckConstraint(
                name="request_case_manager_has_a_provider",
                condition=Q(case_manager=None) | Q(provider__isnull=False),
                violation_error_message=_("Übernehmen kann nur jemand bei dem Träger, bei dem die Anfrage liegt."),
            ),
            models.CheckConstraint(
                name="request_admitted_with_case",
                condition=Q(status="admitted", case__isnull=False) | (~Q(status="admitted") & Q(case=None)),
                violation_error_message=_("Aufgenommen heißt: Zu der Anfrage gehört ein Fall."),
            ),
            models.CheckConstraint(
                name="request_suspect_is_untouched",
                condition=Q(is_suspect=False) | Q(status__in=["new", "assigned"], case_manager=None, case=None),
                violation_error_message=_("Was jemand bearbeitet hat, gilt nicht mehr als Spam."),
            ),
            models.CheckConstraint(
                name="request_spam_is_suspect",
                condition=Q(is_spam=False) | Q(is_suspect=True),
                violation_error_message=_("Spam ist nur, was im Verdacht steht."),
            ),
            models.CheckConstraint(
                name="request_ended_with_reason",
                condition=~Q(status__in=["referred_on", "withdrawn"]) | ~Q(end_reason=""),
                violation_error_message=_("Bitte angeben, warum die Anfrage nicht aufgenommen wird."),
            ),
        ]

    def __str__(self):
        return self.number

    def get_status_display(self) -> str:
        return label_of(self.Status, self.status)

    def get_suspicion_display(self) -> str:
        return label_of(Suspicion, self.suspicion)

    def get_urgency_display(self) -> str:
        return label_of(self.Urgency, self.urgency)

    @property
    def audit_name(self) -> str:
        return f"request:{self.number}"

    @property
    def audit_organisation(self) -> str:
        return self.provider.code if self.provider else "city"

    @property
    def is_unconfirmed(self) -> bool:
        """From outside, by the form or by mail, and nobody has spoken with the person: anybody may have sent it."""
        return self.created_by_id is None and self.first_contact_at is None and self.status != self.Status.ADMITTED

    @property
    def page_endonym(self) -> str:
        return LANGUAGES[self.page_language].endonym if self.page_language in LANGUAGES else self.page_language

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_settled(self) -> bool:
        return self.status in self.TERMINAL

    @property
    def is_protected(self) -> bool:
        return self.track is not None and self.track.is_protected

    @property
    def place(self) -> Place:
        if self.provider_id is None:
            return Place.QUEUE
        return Place.TEAM if self.case_manager_id is None else Place.DESK

    @property
    def waiting_days(self) -> int | None:
        """Calendar days since it came in; None once it has ended."""
        return max(0, (timezone.localdate() - self.received_on).days) if self.is_open else None

    @property
    def lateness(self) -> str:
        """How a list marks the waiting: "" up to three working days or after the first talk, then warning, danger."""
        if self.status not in self.WAITING:
            return ""
        days = working_days_between(self.received_on, timezone.localdate(), most=VERY_LATE + 1)
        return "danger" if days > VERY_LATE else "warning" if days > LATE else ""

    @property
    def deleted_on(self) -> date | None:
        """The last day of a request that becomes no case, unless something happens until then."""
        if self.status == self.Status.ADMITTED:
            return None
        last = timezone.localdate(self.last_action_at)
        return last + SUSPECT_KEPT if self.is_suspect else months_before(last, -KEPT_MONTHS)

    @property
    def is_deleted_soon(self) -> bool:
        return self.deleted_on is not None and timezone.localdate() >= months_before(self.deleted_on, 1)

    # --- What happens to it

    def parts_of(self, user) -> set[Part]:
        """What the user is for this request; nothing for whom it does not exist."""
        if may(user, Permission.DISPATCH_REQUESTS):
            return set() if self.is_protected else {Part.OFFICE}
        if self.provider_id is None or not may(user, Permission.TAKE_REQUESTS):
            return set()
        if may(user, Permission.LEAD_TEAM):
            return {Part.LEAD} if Provider.objects.of(user).filter(pk=self.provider_id).exists() else set()
        own = getattr(user, "case_manager", None)
        if own is None or own.provider_id != self.provider_id:
            return set()
        if self.is_protected and not own.tracks.filter(pk=self.track_id).exists():
            return set()
        if self.case_manager_id in (None, own.pk):
            return {Part.HOLDER if self.case_manager_id else Part.COLLEAGUE}
        stands_in = not self.is_protected and self.case_manager_id in _absent_colleagues(user, timezone.localdate())
        return {Part.DEPUTY} if stands_in else set()

    def steps_for(self, user) -> set[str]:
        """What the user may do with it now."""
        parts = self.parts_of(user)
        return {name for name, step in STEPS.items() if step.who & parts and step.fits(self)}

    def move(self, name: str, /, *, by, **facts) -> None:
        """Take a step of STEPS over exactly the version in hand.

        Raises ValidationError where the step is not possible or not the user's, ChangedMeanwhile where somebody was
        faster. One conditional UPDATE decides and writes the changed columns only. Whoever works on it takes it for no
        spam, unless `facts` say so. Call it inside a transaction.
        """
        step = STEPS[name]
        if not step.fits(self):
            raise ValidationError(self._refusal(step))
        if not step.who & self.parts_of(by):
            raise ValidationError(gettext("Dafür ist bei dieser Anfrage jemand anderes zuständig."))
        trusted = {"is_suspect": False, "is_spam": False, "suspicion": ""}
        facts = {"status": step.after or self.status, "last_action_at": timezone.now()} | trusted | facts
        claimed = type(self).objects.filter(pk=self.pk, version=self.version)
        if not claimed.update(version=F("version") + 1, **facts):
            raise ChangedMeanwhile
        self.version += 1
        for field, value in facts.items():
            setattr(self, field, value)

    def _refusal(self, step: "Step") -> str:
        status = {"status": self.get_status_display()}
        if self.is_settled:
            return gettext("Die Anfrage ist schon beendet (%(status)s).") % status
        if self.place is Place.DESK and step.places <= {Place.TEAM, Place.QUEUE}:
            return gettext("Die Anfrage hat schon jemand übernommen.")
        if self.place is Place.TEAM and step.places == {Place.DESK}:
            return gettext("Bitte die Anfrage zuerst übernehmen.")
        return gettext("Im Stand „%(status)s“ ist das nicht möglich.") % status


@dataclass(frozen=True)
class Step:
    """One row of the state table."""

    before: frozenset[str]
    places: frozenset[Place]
    after: str | None  # None: stays as it is
    who: frozenset[Part]

    def fits(self, request: IntakeRequest) -> bool:
        return request.status in self.before and request.place in self.places


def _step(before, places, after, who) -> Step:
    return Step(frozenset(before), frozenset(places), after, frozenset(who))


_STATUS = IntakeRequest.Status
_RUNNING = (_STATUS.ASSIGNED, _STATUS.FIRST_CONTACT, _STATUS.WAITING_LIST)
_HOLDING = (Part.HOLDER, Part.DEPUTY)

# What can happen to a request: from where, to where, by whom. Everything else is refused.
STEPS = {
    "assign": _step(
        (_STATUS.NEW, _STATUS.WAITING_LIST, _STATUS.ASSIGNED), (Place.QUEUE, Place.TEAM), _STATUS.ASSIGNED,
        (Part.OFFICE,),
    ),
    "shelve": _step((_STATUS.NEW,), (Place.QUEUE,), _STATUS.WAITING_LIST, (Part.OFFICE,)),
    "unshelve": _step((_STATUS.WAITING_LIST,), (Place.QUEUE,), _STATUS.NEW, (Part.OFFICE,)),
    "cancel": _step((_STATUS.NEW, _STATUS.WAITING_LIST), (Place.QUEUE,), _STATUS.WITHDRAWN, (Part.OFFICE,)),
    "correct": _step((_STATUS.NEW, _STATUS.WAITING_LIST), (Place.QUEUE,), None, (Part.OFFICE,)),
    "judge": _step((_STATUS.NEW,), (Place.QUEUE,), None, (Part.OFFICE,)),
    "take": _step((_STATUS.ASSIGNED,), (Place.TEAM,), None, (Part.COLLEAGUE,)),
    "give": _step((*_RUNNING, _STATUS.UNREACHABLE), (Place.TEAM, Place.DESK), None, (Part.LEAD,)),
    "edit": _step((*_RUNNING, _STATUS.UNREACHABLE), (Place.TEAM, Place.DESK), None, (Part.COLLEAGUE, *_HOLDING)),
    "return": _step(_RUNNING, (Place.TEAM, Place.DESK), _STATUS.NEW, (Part.COLLEAGUE, Part.LEAD, *_HOLDING)),
    "contact": _step(
        (_STATUS.ASSIGNED, _STATUS.WAITING_LIST, _STATUS.UNREACHABLE), (Place.DESK,), _STATUS.FIRST_CONTACT, _HOLDING
    ),
    "answer": _step((*_RUNNING, _STATUS.UNREACHABLE), (Place.DESK,), None, _HOLDING),
    "wait": _step((_STATUS.ASSIGNED, _STATUS.FIRST_CONTACT), (Place.DESK,), _STATUS.WAITING_LIST, _HOLDING),
    "resume": _step((_STATUS.WAITING_LIST,), (Place.DESK,), _STATUS.ASSIGNED, _HOLDING),
    "unreachable": _step(_RUNNING, (Place.DESK,), _STATUS.UNREACHABLE, _HOLDING),
    "refer": _step(_RUNNING, (Place.DESK,), _STATUS.REFERRED_ON, _HOLDING),
    "withdraw": _step((*_RUNNING, _STATUS.UNREACHABLE), (Place.DESK,), _STATUS.WITHDRAWN, _HOLDING),
    "admit": _step(_RUNNING, (Place.DESK,), _STATUS.ADMITTED, (Part.HOLDER,)),
}  # fmt: skip
