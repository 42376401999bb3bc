"""What changes several records of the people who work with KIM: the account, its place at a Träger, the log.

Whoever creates accounts cannot give themselves a case file: a role with access to cases counts only once the lead of
the Träger has confirmed it, and everything that changes what was confirmed asks for a new confirmation.
"""

import logging

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from districts.models import CaseManager, Institution, Membership
from kim.audit.models import record
from kim.users.models import Role, User
from kim.web.accounts import send_invitation

logger = logging.getLogger(__name__)

OF_THE_CITY = {Role.COORDINATION, Role.ADMIN}
CONFIRMED = ("email", "role", "is_active", "provider")  # a change of these needs a new confirmation


def provider_of(user):
    """The Träger somebody works for, or None; follows relations that may be selected beforehand."""
    post = getattr(user, "case_manager", None) or getattr(user, "membership", None)
    return post.provider if post else None


@transaction.atomic
def create_case_manager(*, name, email, provider, by, districts=(), tracks=(), languages=(), **post):
    """Account, post at the Träger and invitation in one; the role waits for the lead of the Träger."""
    user = User.objects.create_user(email, name=name, role=Role.CASE_MANAGER)
    case_manager = CaseManager.objects.create(user=user, provider=provider, **post)
    case_manager.districts.set(districts)
    case_manager.tracks.set(tracks)
    case_manager.languages.set(languages)
    _invite_new(user, by=by, provider=provider)
    return case_manager


@transaction.atomic
def create_member(*, name, email, role, by, provider=None):
    """Everybody who does not counsel: lead and data protection of a Träger, coordination and admins of the city."""
    user = User.objects.create_user(email, name=name, role=role)
    provider = None if role in OF_THE_CITY else provider
    user.role_confirmed_at = _confirmation(user, provider)
    user.save(update_fields=["role_confirmed_at"])
    _join(user, provider)
    _invite_new(user, by=by, provider=provider)
    return user


@transaction.atomic
def save_user(user, *, by, provider=None):
    """Save an account whose fields were changed in a form, and where it belongs.

    Raises ValidationError if the account may not be deactivated or is the last admin.
    """
    before = User.objects.held(user.pk)
    refuse_change(before, user, by=by)
    changed = [name for name in ("name", "email", "role", "is_active") if getattr(before, name) != getattr(user, name)]
    provider = None if user.role in OF_THE_CITY else provider
    if provider_of(before) != provider:
        changed.append("provider")
        user.drafts.all().delete()  # they are about people of the Träger that is left
    if not changed:
        return
    if set(changed) & set(CONFIRMED):
        user.role_confirmed_at = _confirmation(user, provider)
    if "email" in changed:
        EmailAddress.objects.filter(user=user).delete()  # the old address opens nothing any more
    user.save()
    _join(user, provider)
    record("staff.changed", by=by, organisation=_code(provider), staff=user.pk, role=user.role, fields=changed)


@transaction.atomic
def deactivate(user, *, by):
    """End an account at once; refused while cases, requests or offered hand-overs hang on it, or when it has ended."""
    user = User.objects.held(user.pk)
    if not user.is_active:
        raise ValidationError({"is_active": _("Dieser Zugang ist schon geschlossen.")})
    refuse_deactivation(user, by=by)
    user.is_active, user.role_confirmed_at = False, None
    user.save(update_fields=["is_active", "role_confirmed_at"])
    record(
        "staff.changed",
        by=by,
        organisation=_code(provider_of(user)),
        staff=user.pk,
        role=user.role,
        fields=["is_active"],
    )


@transaction.atomic
def save_contact(case_manager, *, by):
    """Save what somebody releases of the own contact; the log knows which fields and whether it is public."""
    fields = ("is_published", "work_phone", "work_email", "office_hours")
    before = CaseManager.objects.select_for_update(of=("self",)).get(pk=case_manager.pk)
    changed = [name for name in fields if getattr(before, name) != getattr(case_manager, name)]
    if not changed:
        return
    case_manager.save(update_fields=changed)
    record(
        "staff.contact_changed",
        by=by,
        organisation=case_manager.provider.code,
        staff=case_manager.user_id,
        fields=changed,
        published=case_manager.is_published,
    )


def invite(user, *, by):
    """Send the link for the first password once more; raises OSError when the mail server refuses.

    The mail goes first: a slow mail server must not hold the log, for which everybody who saves something waits.
    """
    send_invitation(user)
    with transaction.atomic():
        record("account.invited", by=by, organisation=_code(provider_of(user)), staff=user.pk, role=user.role)


def refuse_change(before, after, *, by):
    """Raise the sentence for the first change that must not be; `before` is the account as stored."""
    if before.is_active and not after.is_active:
        refuse_deactivation(before, by=by)
    if before.role != after.role:
        if before.pk == by.pk:
            raise ValidationError({"role": _("Die eigene Rolle kann niemand ändern.")})
        if Role.CASE_MANAGER in (before.role, after.role):
            raise ValidationError(
                {
                    "role": _(
                        "Wer ins Fallmanagement wechselt oder es verlässt, bekommt einen neuen "
                        "Zugang: An diesem hängen die Fälle."
                    )
                }
            )
        _refuse_last_admin(before, "role")


def refuse_deactivation(user, *, by):
    """Raise the sentence why this account must stay active; locks the admins against each other."""
    if user.pk == by.pk:
        raise ValidationError({"is_active": _("Den eigenen Zugang kann niemand deaktivieren.")})
    _refuse_last_admin(user, "is_active")
    case_manager = getattr(user, "case_manager", None)
    count = case_manager.cases.filter(closed_on=None).count() if case_manager else 0
    if count:
        sentence = ngettext(
            "{name} hat noch {count} offenen Fall. Die Teamleitung übergibt ihn zuerst auf der Seite {team}.",
            "{name} hat noch {count} offene Fälle. Die Teamleitung übergibt sie zuerst auf der Seite {team}.",
            count,
        )
        team = format_html('<a href="{}">{}</a>', reverse("cases:team"), _("Team"))
        raise ValidationError({"is_active": format_html(sentence, name=user.name, count=count, team=team)})
    if case_manager:
        _refuse_in_hand(case_manager, "is_active")


def refuse_move(case_manager, provider):
    """The files belong to the Träger: whoever kept one, stood in or counselled there cannot take the account along.

    Nor whoever still has requests in hand, or is offered a case.
    """
    if case_manager.provider_id == provider.pk:
        return
    if count := case_manager.cases.count():
        sentence = ngettext(
            "{name} hat hier {count} Fall, offen oder abgeschlossen, und er bleibt beim Träger. Bitte für den neuen "
            "Träger einen neuen Zugang anlegen.",
            "{name} hat hier {count} Fälle, offen oder abgeschlossen, und sie bleiben beim Träger. Bitte für den neuen "
            "Träger einen neuen Zugang anlegen.",
            count,
        )
        raise ValidationError({"provider": sentence.format(name=case_manager, count=count)})
    if case_manager.deputising.exists() or case_manager.substitutions.exists():
        sentence = _(
            "Hier gibt es schon Vertretungen, und sie bleiben beim Träger. Bitte für den neuen Träger einen neuen "
            "Zugang anlegen."
        )
        raise ValidationError({"provider": sentence})
    if case_manager.consultations.exists():
        sentence = _(
            "{name} hat hier schon beraten, und was dazu eingetragen ist, bleibt beim Träger. Bitte für den neuen "
            "Träger einen neuen Zugang anlegen."
        )
        raise ValidationError({"provider": sentence.format(name=case_manager)})
    _refuse_in_hand(case_manager, "provider")


def _refuse_in_hand(case_manager, field):
    """What the lead first gives to somebody else."""
    if count := case_manager.requests.in_hand().count():
        sentence = ngettext(
            "{name} hat noch {count} übernommene Anfrage. Die Teamleitung gibt sie zuerst weiter: {requests}.",
            "{name} hat noch {count} übernommene Anfragen. Die Teamleitung gibt sie zuerst weiter: {requests}.",
            count,
        )
        requests = format_html('<a href="{}">{}</a>', reverse("cases:request_list"), _("Anfragen"))
        sentence = format_html(sentence, name=case_manager, count=count, requests=requests)
        raise ValidationError({field: sentence})
    if count := case_manager.handovers_offered.filter(decided_at=None).count():
        sentence = ngettext(
            "{name} ist noch {count} Fall zur Übernahme angeboten. Wer ihn anbietet, zieht das zuerst zurück.",
            "{name} sind noch {count} Fälle zur Übernahme angeboten. Wer sie anbietet, zieht das zuerst zurück.",
            count,
        )
        raise ValidationError({field: sentence.format(name=case_manager, count=count)})


def _refuse_last_admin(user, field):
    if user.role != Role.ADMIN or not user.is_active:
        return
    admins = User.objects.select_for_update(no_key=True).filter(role=Role.ADMIN, is_active=True).order_by("pk")
    if not [admin for admin in admins if admin.pk != user.pk]:
        raise ValidationError({field: _("Das ist der letzte aktive Zugang der Systemverwaltung.")})


def _confirmation(user, provider):
    """Since when a new or changed role counts.

    The city's roles see no case and count at once. So does the first lead of a Träger that has no case yet: nobody
    else could confirm it. Everybody else waits for a lead.
    """
    if user.role in OF_THE_CITY:
        return timezone.now()
    if user.role == Role.LEAD and not provider.cases.exists():
        leads = provider.memberships.filter(user__role=Role.LEAD).exclude(user=user)
        return None if leads.exclude(user__role_confirmed_at=None).exists() else timezone.now()
    return None


def _join(user, provider):
    """The membership follows the role; a case manager belongs to a Träger by the post instead."""
    if user.role in OF_THE_CITY:
        Membership.objects.filter(user=user).delete()
    elif user.role != Role.CASE_MANAGER:
        Membership.objects.update_or_create(user=user, defaults={"provider": provider})


def _invite_new(user, *, by, provider):
    record(
        "staff.created",
        by=by,
        organisation=_code(provider),
        staff=user.pk,
        role=user.role,
        confirmed=user.role_confirmed_at is not None,
    )
    transaction.on_commit(lambda: _send_invitation(user))


def _send_invitation(user):
    try:
        send_invitation(user)
    except OSError:
        logger.exception("The invitation to user %s was not sent.", user.pk)


def _code(provider):
    return provider.code if provider else ""


# --- The directory


@transaction.atomic
def confirm_institution(institution, *, by):
    """Somebody has looked: the entry is right as it stands."""
    _mark_checked(institution, by)
    institution.save(update_fields=["checked_on", "checked_by"])
    record("directory.confirmed", by=by, subject=institution, organisation=_code(institution.checked_by))


@transaction.atomic
def update_institution(institution, *, opened_version, form, by):
    """Save over the version that was opened and note who looked. False when somebody else saved meanwhile.

    One conditional UPDATE decides, as for a case file; what was typed then stays in the form.
    """
    claimed = Institution.objects.filter(pk=institution.pk, version=opened_version).update(version=F("version") + 1)
    if not claimed:
        return False
    institution.version = opened_version + 1
    _mark_checked(institution, by)
    columns = [field.name for field in institution._meta.concrete_fields if field.name in form.fields]
    institution.save(update_fields=[*columns, "version", "checked_on", "checked_by"])
    institution.topics.set(form.cleaned_data["topics"])
    institution.languages.set(form.cleaned_data["languages"])
    code = _code(institution.checked_by)
    record("directory.updated", by=by, subject=institution, organisation=code, fields=form.changed_data)
    return True


def add_institution(institution, *, topics, languages, by):
    """A new entry, once however often its form is sent: a second submit answers with the first result."""
    try:
        with transaction.atomic():
            _mark_checked(institution, by)
            institution.save(force_insert=True)
            institution.topics.set(topics)
            institution.languages.set(languages)
            record("directory.added", by=by, subject=institution, organisation=_code(institution.checked_by))
            return institution
    except IntegrityError:
        if first := Institution.objects.filter(form_key=institution.form_key).first():
            return first
        raise


def _mark_checked(institution, by):
    institution.checked_on, institution.checked_by = timezone.localdate(), provider_of(by)
