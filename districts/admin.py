"""Accounts and catalogues in the Systemverwaltung. Nothing of case files, no passwords, no deleting.

What is no longer needed ends (inactive, valid until); it stays because figures and files of the past point to it.
Every change is written to the audit log, with codes and field names only.
"""

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, ValidationError
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from districts import actions
from districts.forms import WAITS, CaseManagerForm, ConstraintsAtFieldsForm, TopicForm, UserForm, notice_hint
from districts.models import (
    AnswerText,
    Association,
    CaseManager,
    Country,
    DirectoryReport,
    District,
    Institution,
    Language,
    Population,
    PrivacyNotice,
    Provider,
    PublicLanguage,
    PublicPage,
    Quarter,
    Substitution,
    Topic,
    Track,
)
from districts.models.privacy_notices import first_texts
from kim.audit.models import record
from kim.users.models import User
from kim.web.admin import site
from kim.web.forms import GermanDateField
from kim.web.languages import SOURCE


class AuditedAdmin(admin.ModelAdmin):
    """Writes to the audit log instead of Django's own, which would keep names for ever."""

    form = ConstraintsAtFieldsForm
    fixed = ()  # fields that are set once, when the entry is created
    list_per_page = 50
    formfield_overrides = {models.DateField: {"form_class": GermanDateField}}

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(self.fixed if obj else ()))

    def lookup_allowed(self, lookup, value, request):
        """By address only what the page offers as a filter: a password hash could be guessed letter by letter."""
        filters = (entry[0] if isinstance(entry, tuple) else entry for entry in self.get_list_filter(request))
        offered = {*filters, self.date_hierarchy} - {None}
        is_offered = any(lookup == name or lookup.startswith(f"{name}__") for name in offered)
        return is_offered and super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request):
        """The way through the years asks for the end of the chosen one, which 9999 has not."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError) as error:
            raise BadRequest("No such day.") from error

    def get_urls(self):
        return [url for url in super().get_urls() if not (url.name or "").endswith(("_history", "_delete"))]

    def changeform_view(self, request, *args, **kwargs):
        if any("\x00" in key for name in self.autocomplete_fields for key in request.POST.getlist(name)):
            raise BadRequest("The field with suggestions would ask PostgreSQL for a key that cannot exist.")
        return super().changeform_view(request, *args, **kwargs)

    def construct_change_message(self, request, form, formsets, add=False):
        return [*form.changed_data, *(formset.prefix for formset in formsets or () if formset.has_changed())]

    def log_addition(self, request, obj, message):
        self._record(request, obj, "added", message)

    def log_change(self, request, obj, message):
        if message:
            self._record(request, obj, "changed", message)

    def organisation_of(self, obj):
        """Whose team lead and data protection officer read the log entry, too."""
        return ""

    def _record(self, request, obj, change, fields):
        record(
            "catalogue.changed",
            by=request.user,
            organisation=self.organisation_of(obj),
            entry=f"{obj._meta.model_name}:{getattr(obj, 'code', obj.pk)}",
            change=change,
            fields=fields,
        )


class ReadOnlyAdmin(AuditedAdmin):
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


# --- People


class StaffAdmin(AuditedAdmin):
    """The log entry and the invitation belong to districts.actions."""

    actions = ("invite_again", "deactivate_selected")

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user
        return form

    def _record(self, request, obj, change, fields):
        pass

    @admin.action(description=_("Einladung erneut senden"))
    def invite_again(self, request, queryset):
        sent = 0
        for user in self.users(queryset).filter(is_active=True):
            try:
                actions.invite(user, by=request.user)
                sent += 1
            except OSError:
                self.message_user(request, _("Die Mail an %s ging nicht hinaus.") % user.email, messages.ERROR)
        if sent:
            text = ngettext("%d Einladung ist unterwegs.", "%d Einladungen sind unterwegs.", sent)
            self.message_user(request, text % sent, messages.SUCCESS)

    @admin.action(description=_("Zugang deaktivieren"))
    def deactivate_selected(self, request, queryset):
        ended = 0
        for user in self.users(queryset).filter(is_active=True):
            try:
                actions.deactivate(user, by=request.user)
                ended += 1
            except ValidationError as refusal:
                self.message_user(request, refusal.messages[0], messages.ERROR)
        if ended:
            text = ngettext("%d Zugang ist deaktiviert.", "%d Zugänge sind deaktiviert.", ended)
            self.message_user(request, text % ended, messages.SUCCESS)

    def users(self, queryset):
        raise NotImplementedError

    def tell_about_invitation(self, request, user):
        self.message_user(request, _("Die Einladung geht an %s.") % user.email, messages.SUCCESS)
        if user.role_confirmed_at is None:
            self.message_user(request, WAITS, messages.INFO)


@admin.register(User, site=site)
class UserAdmin(StaffAdmin):
    form = UserForm
    list_display = ("name", "email", "role", "provider", "is_active", "is_confirmed")
    list_filter = ("role", "is_active", ("role_confirmed_at", admin.EmptyFieldListFilter))
    list_select_related = ("membership__provider", "case_manager__provider")
    search_fields = ("name", "email")
    readonly_fields = ("is_confirmed", "last_login")

    def get_fieldsets(self, request, obj=None):
        description = _(
            "Fallmanager*innen werden unter „Fallmanager*innen“ angelegt. Hier entstehen Teamleitung, Datenschutz, "
            "Koordinierende Fachstelle und Systemverwaltung. Rollen bei einem Träger gelten erst, wenn dessen "
            "Teamleitung sie bestätigt; nur die erste Teamleitung eines neuen Trägers gilt sofort. Wer Rolle, Träger "
            "oder E-Mail-Adresse ändert, löst eine neue Bestätigung aus. Ein Passwort setzt jede*r selbst."
        )
        fields = ("name", "email", "role", "provider")
        state = ("is_active", "is_confirmed", "last_login")
        return ((None, {"fields": fields + state if obj else fields, "description": description}),)

    def get_readonly_fields(self, request, obj=None):
        return super().get_readonly_fields(request, obj) if obj else ()

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.list_select_related)

    def save_model(self, request, obj, form, change):
        data = form.cleaned_data
        if change:
            actions.save_user(obj, by=request.user, provider=data["provider"])
            return
        user = actions.create_member(
            name=data["name"], email=data["email"], role=data["role"], provider=data["provider"], by=request.user
        )
        obj.__dict__.update(user.__dict__)
        self.tell_about_invitation(request, obj)

    def users(self, queryset):
        return queryset

    @admin.display(description=_("Träger"))
    def provider(self, user):
        return actions.provider_of(user)

    @admin.display(description=_("Rolle gilt"), boolean=True)
    def is_confirmed(self, user):
        return user.role_confirmed_at is not None


@admin.register(CaseManager, site=site)
class CaseManagerAdmin(StaffAdmin):
    form = CaseManagerForm
    list_display = ("name", "email", "provider", "post_share", "is_active", "is_confirmed", "is_published")
    list_filter = ("provider", "tracks", "districts", "user__is_active", "is_published")
    list_select_related = ("user", "provider")
    search_fields = ("user__name", "user__email", "provider__name")
    autocomplete_fields = ("languages",)
    readonly_fields = ("is_confirmed",)

    def get_fieldsets(self, request, obj=None):
        account = ("name", "email", "is_active", "is_confirmed") if obj else ("name", "email")
        contact = ("is_published", "work_phone", "work_email", "office_hours")
        return (
            (_("Zugang"), {"fields": account, "description": WAITS}),
            (_("Stelle"), {"fields": ("provider", "post_share", "districts", "tracks", "languages")}),
            (_("Kontakt"), {"fields": contact}),
        )

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name in ("districts", "tracks"):
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        data = form.cleaned_data
        if change:
            user = obj.user
            user.name, user.email, user.is_active = data["name"], data["email"], data["is_active"]
            actions.save_user(user, by=request.user, provider=obj.provider)
            obj.save()
            return
        created = actions.create_case_manager(by=request.user, **data)
        obj.pk, obj.user, obj._state.adding = created.pk, created.user, False
        self.tell_about_invitation(request, obj.user)

    def log_change(self, request, obj, message):
        """The account is logged by save_user; this is the post."""
        fields = [name for name in message if name not in {"name", "email", "is_active", "provider"}]
        if fields:
            record(
                "staff.changed",
                by=request.user,
                organisation=obj.provider.code,
                staff=obj.user_id,
                role=obj.user.role,
                fields=fields,
            )

    def users(self, queryset):
        return User.objects.filter(case_manager__in=queryset)

    @admin.display(description=_("Name"), ordering="user__name")
    def name(self, case_manager):
        return case_manager.user.name

    @admin.display(description=_("E-Mail-Adresse"), ordering="user__email")
    def email(self, case_manager):
        return case_manager.user.email

    @admin.display(description=_("aktiv"), boolean=True, ordering="user__is_active")
    def is_active(self, case_manager):
        return case_manager.user.is_active

    @admin.display(description=_("Rolle gilt"), boolean=True)
    def is_confirmed(self, case_manager):
        return case_manager.user.role_confirmed_at is not None


@admin.register(Substitution, site=site)
class SubstitutionAdmin(ReadOnlyAdmin):
    """To read only: case managers and leads arrange substitutions among themselves."""

    list_display = ("absent", "deputy", "starts_on", "ends_on")
    list_filter = ("absent__provider",)
    list_select_related = ("absent__user", "deputy__user")
    search_fields = ("absent__user__name", "deputy__user__name")
    date_hierarchy = "starts_on"


# --- Träger


@admin.register(Association, site=site)
class AssociationAdmin(AuditedAdmin):
    list_display = ("name",)
    search_fields = ("name",)


@admin.register(Provider, site=site)
class ProviderAdmin(AuditedAdmin):
    """Retention and the lead's access decide about case files: set with the Träger, not changed from here."""

    fixed = ("code", "retention_years", "lead_access")
    list_display = ("name", "code", "association", "privacy_regime", "retention_years", "lead_access", "is_active")
    list_filter = ("association", "privacy_regime", "is_active")
    list_select_related = ("association",)
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.prepopulated_fields

    def organisation_of(self, provider):
        return provider.code


@admin.register(PrivacyNotice, site=site)
class PrivacyNoticeAdmin(AuditedAdmin):
    """To change until it is valid; then to read only, since files refer to it."""

    list_display = ("provider", "language", "version", "valid_from")
    list_filter = ("provider", "language")
    list_select_related = ("provider", "language")
    search_fields = ("provider__name", "version")
    date_hierarchy = "valid_from"

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.is_fixed)

    def get_fieldsets(self, request, obj=None):
        fields = ("provider", "language", "version", "valid_from", "text")
        return ((None, {"fields": fields, "description": notice_hint(obj)}),)

    def get_changeform_initial_data(self, request):
        initial, drafts = super().get_changeform_initial_data(request), first_texts()
        return {"text": drafts.get(initial.get("language"), drafts[SOURCE])} | initial

    def organisation_of(self, notice):
        return notice.provider.code


# --- Catalogues


@admin.register(Track, site=site)
class TrackAdmin(AuditedAdmin):
    """Whether and for what a track is protected is fixed: people consented to just that, and lifting the protection
    would publish Art. 9 data of the past."""

    fixed = ("code", "is_protected", "special_category")
    list_display = (
        "name", "code", "is_protected", "special_category", "is_citywide", "min_age", "max_age", "cases_per_post",
        "position",
    )  # fmt: skip
    search_fields = ("name", "name_en", "code")


class SubtopicInline(admin.TabularInline):
    model = Topic
    form = TopicForm
    fk_name = "parent"
    fields = ("code", "name", "name_en", "position")
    extra = 1
    show_change_link = True
    can_delete = False
    verbose_name = _("Unterthema")
    verbose_name_plural = _("Unterthemen")


@admin.register(Topic, site=site)
class TopicAdmin(AuditedAdmin):
    form = TopicForm
    fixed = ("code",)
    list_display = ("name", "code", "parent", "position", "valid_from", "valid_until")
    list_filter = (("parent", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("parent",)
    search_fields = ("name", "name_en", "code")

    def get_inlines(self, request, obj):
        return (SubtopicInline,) if obj and obj.parent_id is None else ()


@admin.register(Language, site=site)
class LanguageAdmin(AuditedAdmin):
    fixed = ("code",)
    list_display = ("name", "name_en", "code", "is_common")
    list_filter = ("is_common",)
    search_fields = ("name", "name_en", "code")


@admin.register(Country, site=site)
class CountryAdmin(AuditedAdmin):
    fixed = ("code",)
    list_display = ("name", "name_en", "code")
    search_fields = ("name", "name_en", "code")


@admin.register(Institution, site=site)
class InstitutionAdmin(AuditedAdmin):
    list_display = ("name", "kind", "district", "waiting_weeks", "free_places", "checked_on", "is_active")
    list_filter = ("kind", "district", "topics", "is_active")
    list_select_related = ("district",)
    search_fields = ("name", "address")
    autocomplete_fields = ("topics", "languages")
    date_hierarchy = "checked_on"

    def save_model(self, request, obj, form, change):
        """Who has the entry open in the directory notices that it was changed here."""
        if change:
            obj.version += 1
        super().save_model(request, obj, form, change)


@admin.register(DirectoryReport, site=site)
class DirectoryReportAdmin(ReadOnlyAdmin):
    """To read only: whoever keeps the directory answers them there."""

    list_display = ("created_at", "institution", "provider", "status")
    list_filter = ("status",)
    list_select_related = ("institution", "provider")
    search_fields = ("institution__name",)


# --- Public pages


@admin.register(PublicLanguage, site=site)
class PublicLanguageAdmin(AuditedAdmin):
    """Whoever ticks that somebody has read the translation stands beside it, with the day."""

    fixed = ("code",)
    fields = ("code", "position", "is_active", "is_checked", "checked_by", "checked_on")
    readonly_fields = ("checked_by", "checked_on")
    list_display = ("name", "code", "position", "is_active", "state", "checked_on")
    list_filter = ("is_active", "is_checked")

    def has_add_permission(self, request):
        return False

    def get_readonly_fields(self, request, obj=None):
        """German stays: the other languages fall back on it. It is no translation, so there is nothing to tick."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "is_active", "is_checked") if obj and obj.code == SOURCE else fields

    def save_model(self, request, obj, form, change):
        if "is_checked" in form.changed_data:
            obj.checked_by = request.user if obj.is_checked else None
            obj.checked_on = timezone.localdate() if obj.is_checked else None
        super().save_model(request, obj, form, change)

    @admin.display(description=_("Sprache"), ordering="position")
    def name(self, language):
        return str(language)

    @admin.display(description=_("Übersetzung"), ordering="is_checked")
    def state(self, language):
        if language.needs_a_reader:
            return _("noch nicht muttersprachlich geprüft")
        return _("geprüft") if language.is_checked else None


@admin.register(PublicPage, site=site)
class PublicPageAdmin(AuditedAdmin):
    fixed = ("slug", "language")
    list_display = ("title", "slug", "language", "is_shown", "changed_on")
    list_filter = ("slug", "language", "is_shown")
    list_select_related = ("language",)
    search_fields = ("title", "text")


@admin.register(AnswerText, site=site)
class AnswerTextAdmin(AuditedAdmin):
    fixed = ("slug", "language")
    list_display = ("title", "language", "is_checked", "is_active")
    list_filter = ("language", "is_checked", "is_active")
    list_select_related = ("language",)
    search_fields = ("title", "slug")


# --- Places


@admin.register(District, site=site)
class DistrictAdmin(ReadOnlyAdmin):
    list_display = ("number", "name")
    search_fields = ("name",)


@admin.register(Quarter, site=site)
class QuarterAdmin(ReadOnlyAdmin):
    list_display = ("number", "name", "district")
    list_filter = ("district",)
    list_select_related = ("district",)
    search_fields = ("name",)


@admin.register(Population, site=site)
class PopulationAdmin(AuditedAdmin):
    list_display = ("district", "year", "band", "count", "source", "imported_on")
    list_filter = ("year", "district", "band")
    list_select_related = ("district",)
