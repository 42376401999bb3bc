"""What was written to and fro about a request by mail, and which mails have been received."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.request import IntakeRequest
from kim.privacy.fields import EncryptedTextField
from kim.privacy.models import PersonalData
from kim.records import FormKey
from kim.text import label_of

RETRY_AFTER = timedelta(minutes=5)
RETRIED_FOR = timedelta(days=2)
SENDING_TAKES = timedelta(minutes=10)  # longer than any mail server is waited for
RECEIPTS_KEPT = timedelta(days=90)


def id_hash(message_id: str) -> str:
    """By this a mail is found again; the Message-ID itself may name somebody's computer."""
    return hashlib.sha256(message_id.encode()).hexdigest() if message_id else ""


class RequestMessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whoever may read the content of the request."""
        return self.filter(request__in=IntakeRequest.objects.visible_to(user))

    def sent_by_us(self):
        return self.filter(direction=RequestMessage.Direction.OUT)

    def failed(self):
        """Answers that did not arrive, or perhaps not."""
        return self.sent_by_us().filter(state__in=RequestMessage.FAILURES)

    def came_within_a_day(self):
        return self.filter(direction=RequestMessage.Direction.IN, created_at__gte=timezone.now() - timedelta(days=1))

    def answering(self, references):
        """The mails that these Message-IDs name, the youngest first."""
        return self.filter(message_hash__in=[id_hash(each) for each in references if each]).order_by("-pk")

    def due(self):
        """Waiting to be sent, and not tried a moment ago."""
        is_time = Q(tried_at=None) | Q(tried_at__lte=timezone.now() - RETRY_AFTER)
        return self.filter(is_time, state=RequestMessage.State.QUEUED)

    def stuck(self):
        """Whoever was sending it has died on the way: it may have gone out or not."""
        return self.filter(state=RequestMessage.State.SENDING, tried_at__lt=timezone.now() - SENDING_TAKES)

    def claim(self, pk) -> bool:
        """Whether this process sends it. One conditional UPDATE decides, so no answer ever goes out twice."""
        waiting = self.filter(pk=pk, state=RequestMessage.State.QUEUED)
        return waiting.update(state=RequestMessage.State.SENDING, tried_at=timezone.now()) == 1

    def settle(self, pk, before, after) -> bool:
        """Note what became of it, once."""
        facts = {"sent_at": timezone.now()} if after == RequestMessage.State.SENT else {}
        return self.filter(pk=pk, state__in=before).update(state=after, **facts) == 1


class RequestMessage(PersonalData, FormKey):
    """One mail about a request. The text of the mail that made the request stands in the request, not here."""

    class Direction(models.TextChoices):
        IN = "in", _("eingegangen")
        OUT = "out", _("Antwort")

    class State(models.TextChoices):
        RECEIVED = "received", _("eingegangen")
        QUEUED = "queued", _("wird gesendet")
        SENDING = "sending", _("wird gerade gesendet")
        SENT = "sent", _("gesendet")
        UNCERTAIN = "uncertain", _("unklar, ob gesendet")
        FAILED = "failed", _("nicht gesendet")
        BOUNCED = "bounced", _("nicht zugestellt")

    FAILURES = (State.UNCERTAIN, State.FAILED, State.BOUNCED)

    personal = {
        "address": "",
        "subject": "",
        "text": "",
        "quoted": "",
        "attachment_list": "",
        "message_id": "",
        "message_hash": "",
        "in_reply_to": "",
        "language": "",
    }
    not_personal = {
        "id", "form_key", "created_at", "created_by", "request", "direction", "state", "is_shortened", "is_forged",
        "tried_at", "sent_at",
    }  # fmt: skip

    request = models.ForeignKey(IntakeRequest, on_delete=models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    state = models.CharField(_("Stand"), max_length=10, choices=State.choices)
    address = EncryptedTextField(_("E-Mail-Adresse"), max_length=254, blank=True)
    subject = EncryptedTextField(_("Betreff"), max_length=200, blank=True)
    text = EncryptedTextField(_("Text"), max_length=5000, blank=True)
    quoted = EncryptedTextField(_("was zitiert ist"), max_length=5000, blank=True)
    attachment_list = EncryptedTextField(_("Anhänge"), blank=True, help_text=_("Je Zeile Größe und Name."))
    is_shortened = models.BooleanField(_("gekürzt"), default=False)
    is_forged = models.BooleanField(_("Absender vielleicht gefälscht"), default=False)
    message_id = EncryptedTextField(max_length=255, blank=True)
    message_hash = models.CharField(max_length=64, blank=True, db_index=True)
    in_reply_to = EncryptedTextField(max_length=255, blank=True)
    language = models.CharField(_("Sprache"), max_length=12, blank=True)
    tried_at = models.DateTimeField(_("zuletzt versucht"), null=True, editable=False)
    sent_at = models.DateTimeField(_("gesendet am"), null=True, editable=False)
    created_by = models.ForeignKey(  # nobody: a mail that came in
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("von")
    )

    objects = RequestMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("Nachricht")
        verbose_name_plural = _("Nachrichten")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["state"], condition=Q(state__in=["queued", "sending"]), name="message_outbox"),
        ]
        constraints = [
            models.CheckConstraint(
                name="message_answer_has_an_author",
                condition=Q(direction="in", state="received", created_by=None)
                | Q(direction="out", created_by__isnull=False) & ~Q(state="received"),
                violation_error_message=_("Eine Antwort schreibt jemand; was eingeht, niemand von hier."),
            ),
            models.CheckConstraint(
                name="message_sent_at_a_moment",
                condition=~Q(state="sent") | Q(sent_at__isnull=False),
                violation_error_message=_("Zu einer gesendeten Nachricht gehört der Zeitpunkt."),
            ),
        ]

    def __str__(self):
        return f"Nachricht {self.pk}"

    def save(self, *args, **kwargs):
        self.message_hash = id_hash(self.message_id)
        super().save(*args, **kwargs)

    def get_state_display(self) -> str:
        return label_of(self.State, self.state)

    @property
    def is_answer(self) -> bool:
        return self.direction == self.Direction.OUT

    @property
    def is_from_elsewhere(self) -> bool:
        """Came from another address than the one the request names."""
        return not self.is_answer and self.address.lower() != self.request.email.lower()

    @property
    def has_failed(self) -> bool:
        return self.state in self.FAILURES

    @property
    def attachments(self) -> list[tuple[str, int]]:
        """Name and bytes of each; the files themselves stay in the mailbox."""
        lines = (line.partition(" ") for line in self.attachment_list.split("\n") if line)
        return [(name, int(size)) for size, _space, name in lines]


class MailReceiptQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Nobody's: the job keeps them for itself."""
        return self.none()

    def seen_again(self, place) -> "MailReceipt | None":
        """The receipt of what lies in this place, kept for as long as it lies there."""
        self.filter(place=place).update(seen_at=timezone.now())
        return self.filter(place=place).first()

    def expired(self):
        return self.filter(seen_at__lt=timezone.now() - RECEIPTS_KEPT)


class MailReceipt(PersonalData):
    """That a mail has been dealt with: written together with what it made, before the server hears of it.

    Whoever comes to the same mail again, in the same place or delivered twice, finds the receipt and makes nothing.
    """

    class Outcome(models.TextChoices):
        REQUEST = "request", _("neue Anfrage")
        REPLY = "reply", _("Nachricht zu einer Anfrage")
        SURPLUS = "surplus", _("Nachricht über der Grenze je Tag")
        BOUNCE = "bounce", _("nicht zugestellt")
        AUTOMATIC = "automatic", _("automatische Mail")

    personal = {}
    not_personal = {"id", "key", "place", "outcome", "seen_at"}

    key = models.CharField(max_length=64, unique=True, help_text=_("Hash über das, was die Mail ausmacht."))
    place = models.CharField(max_length=64, db_index=True, help_text=_("Hash über den Ort im Postfach."))
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = MailReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("Eingang einer Mail")
        verbose_name_plural = _("Eingänge von Mails")

    def __str__(self):
        return f"Eingang {self.pk}"
