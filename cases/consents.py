"""What a person has agreed to, as it is read: purpose by purpose, and what the file has to warn of."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from cases.models import Case, Client, Consent

Purpose = Consent.Purpose
MEANING = {
    Purpose.DOCUMENTATION: gettext_lazy("Wir führen eine Akte über die Beratung. Case Management geht nur damit."),
    Purpose.HEALTH: gettext_lazy("Wir halten fest, was zu Gesundheit, Behinderung und Hilfsmitteln wichtig ist."),
    Purpose.ORIENTATION: gettext_lazy("Wir halten fest, was dazu für die Hilfe wichtig ist."),
    Purpose.CONTACT_CHANNELS: gettext_lazy("Wir rufen an und schreiben über Messenger und E-Mail."),
    Purpose.CASE_CONFERENCE: gettext_lazy("Wir besprechen den Fall mit anderen Fachleuten."),
    Purpose.HANDOVER: gettext_lazy("Wir geben die Akte an einen anderen Träger weiter, wenn er übernimmt."),
}


@dataclass(frozen=True)
class PurposeRow:
    """One purpose and the last word on it."""

    purpose: str
    label: str
    meaning: str
    consent: Consent | None
    is_needed: bool

    @property
    def state(self) -> str:
        return self.consent.state if self.consent else "missing"

    @property
    def may_be_given(self) -> bool:
        """Not while one is in force that ends by nothing but withdrawal."""
        return self.state != "in_force" or bool(self.consent and self.consent.valid_until)


def last_words(consents: Iterable[Consent]) -> dict[str, Consent]:
    """The last word on each purpose; the consents of one person in their usual order."""
    found: dict[str, Consent] = {}
    for consent in consents:
        if not consent.replaced_on:
            found.setdefault(consent.purpose, consent)
    return found


def purposes_in_force(consents: Iterable[Consent]) -> frozenset[str]:
    return frozenset(consent.purpose for consent in consents if consent.is_in_force)


def purpose_rows(case: Case, consents: Iterable[Consent]) -> list[PurposeRow]:
    """Every purpose there is, in the order of the catalogue."""
    said, needed = last_words(consents), case.required_consents()
    return [
        PurposeRow(purpose.value, purpose.label, str(MEANING[purpose]), said.get(purpose), purpose in needed)
        for purpose in Purpose
    ]


def channels_closed(consents: Iterable[Consent]) -> bool:
    """Whether the person once agreed to calls and messages and does not any more."""
    channels = last_words(consents).get(Purpose.CONTACT_CHANNELS)
    return channels is not None and not channels.is_in_force


def special_notes(client: Client, consents: Iterable[Consent]) -> list[tuple[str, str]]:
    """Label and text of the notes of Art. 9 DSGVO that may be read: each only while its consent is in force."""
    in_force = purposes_in_force(consents)
    return [
        (str(Client._meta.get_field(name).verbose_name), getattr(client, name))
        for name, purpose in Client.SPECIAL_NOTES.items()
        if purpose in in_force and getattr(client, name)
    ]


def has_locked_notes(case: Case, consents: Iterable[Consent]) -> bool:
    """Whether the file of a case from `visible_case` keeps notes of Art. 9 DSGVO whose consent is not in force."""
    closed = set(Client.SPECIAL_NOTES.values()) - purposes_in_force(consents)
    return any(getattr(case, f"has_{name}") for name, purpose in Client.SPECIAL_NOTES.items() if purpose in closed)
