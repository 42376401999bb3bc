"""What the house rules say and a machine can see: doors, rows, migrations, templates."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.query import QuerySet
from django.template import engines
from django.template.loader import get_template

from kim.permissions import GRANTS, Permission
from kim.privacy.fields import EncryptedTextField
from kim.users.models import Role
from kim.web.warm_up import read_templates
from tests.routes import own_routes

ROOT = settings.BASE_DIR
OWN_APPS = ("users", "audit", "privacy", "web", "districts", "cases", "reports")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
VIEWS = sorted([*ROOT.glob("cases/views/*.py"), *ROOT.glob("*/views.py"), *ROOT.glob("kim/web/*views.py")])
CASE_RECORDS = {model.__name__ for model in apps.get_app_config("cases").get_models()}


def name_of(path):
    return str(Path(path).relative_to(ROOT))


# --- Doors

OPEN_WITHOUT_A_VERB = {
    "start",  # leads everybody to the first page of their role, or to the public
    "robots",
    "cases:consultation_create",  # these keep a form that is sent after the session ended, and ask the verb inside
    "public:start",
    "public:contact",
    "public:vcard",
    "public:notice",
    "public:page",
    "registration:form",
    "registration:thanks",
    # both keep a form that is sent after the session ended, and ask the verb inside
    "cases:consultation_without_case",
    "cases:consultation_group",
    "cases:calendar_feed",  # asks the verb of the account its secret belongs to
    "cases:session_state",  # tells a form who is logged in
    "reports:shared",  # these open for whoever holds the secret of a link
    "reports:shared_csv",
    "reports:shared_pdf",
    "reports:shared_xlsx",
}


def test_every_view_says_which_verb_it_needs():
    """Pages of the login library belong to whoever is logged in; everything else carries `.permission`."""
    without = {
        name
        for name, route in own_routes().items()
        if not isinstance(getattr(route.view, "permission", None), Permission)
    }
    of_the_library = {name for name in without if name.startswith(("account_", "mfa_", "set_language"))}
    assert without - of_the_library == OPEN_WITHOUT_A_VERB


def test_what_is_open_without_login_is_known():
    open_to_all = {name for name, route in own_routes().items() if not getattr(route.view, "login_required", True)}
    assert open_to_all == {
        "start",
        "robots",
        "public:start",
        "public:contact",
        "public:vcard",
        "public:notice",
        "public:page",
        "registration:form",
        "registration:thanks",
        "account_login",
        "account_logout",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "mfa_authenticate",
        "set_language",
        "cases:consultation_create",
        "cases:consultation_without_case",
        "cases:consultation_group",
        "cases:calendar_feed",
        "cases:session_state",
        "reports:shared",
        "reports:shared_csv",
        "reports:shared_pdf",
        "reports:shared_xlsx",
    }


COMPARING = re.compile(r"role\s*(==|!=|in)\s*\(?Role\.|Role\.[A-Z_]+\s*(==|!=)")


def test_roles_are_compared_in_one_file():
    """Elsewhere the question is may(user, permission). Forms that give a role to an account name roles, too."""
    naming = {"kim/permissions.py", "kim/users/models.py", "districts/actions.py", "districts/forms.py"}
    comparing = {
        name_of(path)
        for app in ("kim", "cases", "districts", "reports")
        for path in (ROOT / app).rglob("*.py")
        if COMPARING.search(path.read_text())
    }
    assert comparing <= naming


def test_the_table_of_the_documentation_is_the_table_of_the_code():
    """docs/datenschutz.md: one row for each verb, one column for each role."""
    text = (ROOT / "docs/datenschutz.md").read_text()
    columns = [Role.CASE_MANAGER, Role.LEAD, Role.COORDINATION, Role.DATA_PROTECTION, Role.ADMIN]
    documented = {
        re.search(r"`([A-Z_]+)`", row)[1]: {
            role for role, cell in zip(columns, row.split("|")[2:-1], strict=True) if "✔" in cell
        }
        for row in re.findall(r"^\| `[A-Z_]+` .*$", text, re.MULTILINE)
    }
    granted = {verb.name: {role for role in columns if verb in GRANTS[role]} for verb in Permission}
    assert documented == granted


def test_the_documentation_names_what_is_encrypted():
    encrypted = {
        f"{model._meta.model_name}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    }
    assert encrypted == {
        "consultation.note",
        "consultation.shared_note",
        "expiringdocument.note",
        "followup.text",
        "draft.content",
        "referral.note",
        "referral.other_institution",
        "case.pause_reason",
        "case.age_reason",
        "case.reopen_reason",
        "case.closing_note",
        "case.follow_up_service",
        "client.contact_note",
        "client.health_note",
        "client.identity_note",
        "confidentialityrelease.recipient_name",
        "confidentialityrelease.concerns",
        "clearingdecision.reason",
        "clearingdecision.referred_to",
        "intakerequest.contact_note",
        "intakerequest.message",
        "intakerequest.return_note",
        "intakerequest.end_note",
        "requestmessage.address",
        "requestmessage.subject",
        "requestmessage.text",
        "requestmessage.quoted",
        "requestmessage.attachment_list",
        "requestmessage.message_id",
        "requestmessage.in_reply_to",
        "observation.text",
        "observation.return_reason",
        "handover.summary",
        "handover.reason",
        "transfernote.text",
        "need.text",
        "need.resources",
        "assessment.summary",
        "networkcontact.label",
        "networkcontact.help_given",
        "supportplan.intro",
        "goal.text",
        "step.text",
        "step.who",
        "listimport.header",
        "importrow.content",
    }, "docs/datenschutz.md lists these fields in words"


# --- Rows


def test_every_queryset_of_cases_knows_who_sees_its_rows():
    for model in apps.get_app_config("cases").get_models():
        assert callable(getattr(model.objects.all(), "visible_to", None)), model.__name__


def test_nobody_sees_rows_without_an_account(db):
    for model in apps.get_app_config("cases").get_models():
        rows = model.objects.visible_to(AnonymousUser())
        assert isinstance(rows, QuerySet)
        assert not rows.exists()


# Read again after the same rows were found for the user, or narrowed to what is the user's own.
READ_ELSEWHERE = {
    ("cases/views/calendar.py", "calendar_feed", "CalendarFeed"),  # found by the secret in its address
    ("cases/views/consultations.py", "consultation_form", "Draft"),
    ("cases/views/consultations.py", "draft_discard", "Draft"),
    ("cases/views/files.py", "client_change", "Client"),
    ("cases/views/files.py", "case_change", "Case"),
    ("cases/views/lists.py", "_rows", "FollowUp"),
    ("cases/views/team.py", "team_cases", "Case"),
}


def lookups(tree):
    """Each `Record.objects.…` of a case record in the code, as (function, record, whole expression)."""
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and node.attr == "objects":
                record = getattr(node.value, "id", "")
                if record in CASE_RECORDS:
                    yield function.name, record, ast.unparse(outermost(function, node))


def outermost(function, inner):
    """The whole chain of calls that begins with `Record.objects`."""
    parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
    node = inner
    while isinstance(parents.get(node), ast.Attribute) or (
        isinstance(parents.get(node), ast.Call) and parents[node].func is node
    ):
        node = parents[node]
    return node


def bare_lookups(path):
    return {
        (name_of(path), function, record)
        for function, record, chain in lookups(ast.parse(path.read_text()))
        if not re.search(r"\.(visible_to|listed_for)\(", chain)
    }


@pytest.mark.parametrize("path", VIEWS, ids=name_of)
def test_a_view_looks_among_visible_rows_only(path):
    assert bare_lookups(path) <= READ_ELSEWHERE


def test_the_list_of_other_lookups_is_not_longer_than_needed():
    assert set().union(*map(bare_lookups, VIEWS)) == READ_ELSEWHERE


def test_a_case_record_is_never_handed_to_a_shortcut():
    for path in VIEWS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"get_object_or_404", "get_list_or_404"}:
                assert getattr(node.args[0], "id", "") not in CASE_RECORDS, name_of(path)


def test_the_contract_of_the_figures_names_every_module():
    """Only reports.queries may read case files; a new module of reports comes under the contract at once."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(each["source_modules"] for each in contracts if each["name"].startswith("Only reports.queries"))
    modules = {f"reports.{path.stem}" for path in (ROOT / "reports").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert set(named) == modules - {
        f"reports.{name}" for name in ("__init__", "__pycache__", "apps", "migrations", "queries")
    }


# --- Migrations


def own_migrations():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {key: value for key, value in loader.disk_migrations.items() if key[0] in OWN_APPS}


def test_migrations_have_names_and_one_purpose():
    for (app, name), migration in own_migrations().items():
        assert not re.search(r"_auto_|_initial$", name), (app, name)
        changes_data = [isinstance(each, migrations.RunPython) for each in migration.operations]
        assert len(set(changes_data)) <= 1, f"{app}.{name} changes schema and data"


def test_migrations_take_models_from_history():
    """Fields, validators and defaults are the only code of ours in a migration; records come from `apps`."""
    for path in ROOT.glob("**/migrations/0*.py"):
        if ".venv" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith(("kim", "cases", "districts", "reports")), name_of(path)
        ours = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_a_model(ast.unparse(node))]
        assert not ours, name_of(path)


def is_a_model(dotted):
    app, _dot, rest = dotted.partition(".")
    return app in {"kim", "cases", "districts", "reports"} and ".models." in dotted and rest.split(".")[-1][0].isupper()


def test_models_of_cases_are_deleted_on_purpose():
    """PROTECT by default; only a part goes with its whole."""
    parts = {
        "Consent.client",
        "ConfidentialityRelease.client",
        "FirstInterview.case",
        "ClearingDecision.case",
        "Consultation.case",
        "FollowUp.case",
        "Referral.case",
        "Draft.case",
        "Draft.user",
        "Handover.case",
        "TransferNote.case",
        "Reopening.case",
        "StateRecord.case",
        "Need.case",
        "Assessment.case",
        "NeedRating.assessment",
        "NeedRating.need",
        "NetworkContact.case",
        "SupportPlan.case",
        "PlanReview.plan",
        "Goal.plan",
        "Step.goal",
        "CalendarFeed.user",
        "Digest.user",
        "ExpiringDocument.client",
        "ImportRow.list_import",
        "Notice.case",
        "Notice.user",
        "IntakeRequest.case",
        "RequestMessage.request",
    }
    cascading = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("cases").get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.remote_field.on_delete is models.CASCADE
    }
    assert cascading == parts


# --- Templates


def source_of(path):
    """Without comments, which may name anything."""
    text = re.sub(r"{% comment.*?endcomment %}", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r"{#.*?#}|<!--.*?-->", "", text, flags=re.DOTALL)


def test_a_process_reads_every_template_before_it_answers():
    assert read_templates() == len(TEMPLATES)
    assert "read_templates()\n" in (ROOT / "kim" / "wsgi.py").read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles_and_keeps_the_policy_of_the_headers(path):
    get_template(str(path.relative_to(ROOT / "templates")))
    text = source_of(path)
    assert not re.search(r"<style\b|\sstyle=", text), "styles belong into static/css"
    assert not re.search(r"""\son[a-z]+=["']""", text), "handlers belong into static/js"
    assert not re.search(r"<script(?![^>]*\ssrc=)|javascript:", text), "scripts belong into static/js"
    assert not re.search(r"\|\s*safe(seq)?\b|{%\s*autoescape off", text), "what is typed stays text"
    assert not re.search(r"""(src|href|action|hx-get|hx-post)=["'](https?:)?//""", text), "no page calls a third party"


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_form_that_changes_something_carries_a_token(path):
    for form in re.findall(r"<form\b.*?</form>", source_of(path), re.DOTALL | re.IGNORECASE):
        if re.search(r"""method=["']post""", form, re.IGNORECASE):
            # The public form has no session and no cookie; its pass is signed by us (cases/public/form_pass.py).
            assert "{% csrf_token %}" in form or "form.html" in form or "{{ visit.pass_ }}" in form


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_title_names_nobody(path):
    for title in re.findall(r"{% block title %}(.*?){% endblock", source_of(path), re.DOTALL):
        shown = set(re.findall(r"{{\s*([\w.]+)", title))
        assert shown <= {
            "case.number",
            "former.number",
            "intake.number",
            "finding.number",
            "institution.name",
            "institution",
            "district",
            "period",
        } | {
            "title",
            "site_title",
        }


GERMAN = re.compile(r"[äöüßÄÖÜ]|\b(und|oder|der|die|das|nicht|mit|von|zum|zur|noch|keine?|Sie|Fall|Fälle|Bitte)\b")
NAMES = {"KIM Köln", "Köln", "Stadt Köln"}  # the same in every language


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_german_text_is_translatable(path):
    text = source_of(path)
    text = re.sub(r"{% blocktranslate.*?endblocktranslate %}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    attributes = re.findall(r'\s(?:title|alt|placeholder|aria-label)="([^"]*)"', text)
    texts = [part.strip() for part in (*re.sub(r"<[^>]*>", "\n", text).split("\n"), *attributes)]
    assert not [part for part in texts if GERMAN.search(part.replace("KIM Köln", "")) and part not in NAMES]


def test_the_engine_escapes():
    assert engines["django"].engine.autoescape
