"""What a browser sends to the pages of the case work, and what is looked at afterwards."""

import re
import uuid
from contextlib import contextmanager
from datetime import timedelta

from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Client, Consent, Consultation, Draft, ExpiringDocument, FollowUp
from kim.audit.models import Entry

NO_SUCH_NUMBER = "K-0000-00"
FORMS = ("form", "client_form", "case_form", "key_form", "search")
UNCOUNTED = re.compile("SAVEPOINT|RELEASE|BEGIN|COMMIT|ROLLBACK|SELECT pg_advisory")


def ago(days):
    return timezone.localdate() - timedelta(days=days)


def german(day):
    return f"{day:%d.%m.%Y}"


def url(name, case=None, *parts):
    return reverse(f"cases:{name}", args=[*([getattr(case, "number", case)] if case else []), *parts])


def without_none(values):
    return {name: value for name, value in values.items() if value is not None}


def consultation_data(case=None, **typed):
    """A filled consultation form; None leaves a field out."""
    data = {
        "fall": case.number if case else None,
        "form_key": str(uuid.uuid4()),
        "held_on": german(timezone.localdate()),
        "minutes_tapped": "30",
        "minutes_typed": "",
        "kind": "office",
        "language": "de",
        "interpreter": "none",
        "note": "Über den Sprachkurs gesprochen.",
        "institution": "",
        "waiting_minutes": "",
        "next_text": "",
        "next_due_on": "",
        "next_due_at": "",
    }
    return without_none(data | typed)


def case_data(track, **typed):
    """A filled form for a case; None leaves a field out."""
    data = {
        "service_level": "brief",
        "track": track.pk,
        "district": "",
        "access_route": "",
        "opened_on": german(timezone.localdate()),
        "age_reason": "",
    }
    return without_none(data | typed)


def person_data(track, **typed):
    """A filled form for a new person with their case; None leaves a field out."""
    data = case_data(track) | {
        "form_key": str(uuid.uuid4()),
        "given_names": "Zarife",
        "family_name": "Unverkennbar",
        "birth_date": german(ago(22 * 365)),
        "sex": "not_stated",
    }
    return without_none(data | typed)


def shown(response):
    """The values a page shows in its form: what a browser would send if nobody touched it."""
    form = response.context["form"]
    values = {bound.html_name: bound.value() for bound in form}
    return {name: value for name, value in values.items() if value not in (None, False, "")}


def errors(response):
    """Field -> sentences, over all forms of the page."""
    assert response.status_code == 200, response
    found = {}
    for name in FORMS:
        form = (response.context or {}).get(name)
        if form is not None and form.is_bound:
            found |= {field: " ".join(messages) for field, messages in form.errors.items()}
    return found


def text_of(response):
    """The page without what differs each time."""
    return re.sub(r'"[A-Za-z0-9]{64}"', '"token"', response.content.decode())


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def logged(**wanted):
    return list(Entry.objects.filter(**wanted).order_by("id").values_list("action", flat=True))


def stored():
    """Every row of the case files and the length of the log."""
    relations = [Client.nationalities, Client.languages, Case.topics, Consultation.topics]
    models = [
        Case,
        Client,
        Consent,
        Consultation,
        Draft,
        ExpiringDocument,
        FollowUp,
        *(relation.through for relation in relations),
    ]
    rows = {model._meta.label: list(model.objects.order_by("pk").values()) for model in models}
    return rows | {"log": Entry.objects.count()}


@contextmanager
def nothing_stored():
    before = stored()
    yield
    assert stored() == before


def queries(call):
    """How many questions a call asks the database, transactions and locks aside."""
    with CaptureQueriesContext(connection) as captured:
        response = call()
    assert response.status_code < 400
    return len([query for query in captured if not UNCOUNTED.match(query["sql"])])
