"""Sending the public form as somebody does who has read it first."""

from django.urls import reverse

from cases.models import IntakeRequest
from cases.public.form_pass import FormPass, number_on

PHONE = "0221 4567890"


def form_url(language="de", query=""):
    return reverse("registration:form", args=[language]) + query


def pass_of(seconds=60):
    return str(FormPass.new(seconds_ago=seconds))


def send(client, code="de", /, *, seconds=60, **said):
    """What comes back. `said`: fields of the form, `form_pass` that of another one, `headers` of the browser."""
    form_pass, headers = said.pop("form_pass", None) or pass_of(seconds), said.pop("headers", None)
    data = {"pass": form_pass, "neutral_subject": "on", **said}
    return client.post(form_url(code), data, headers=headers)


def sent(client, code="de", /, **said):
    """The request that came of it."""
    answer = send(client, code, **said)
    assert answer.status_code == 303, answer.context["form"].errors
    return IntakeRequest.objects.get(number=number_on(answer["Location"].rstrip("/").rpartition("/")[2]))


def errors(answer):
    """Of each field the sentence that stands at it."""
    return {name: " ".join(sentences) for name, sentences in answer.context["form"].errors.items()}
