"""Widgets written without a template look as Django's templates would write them."""

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.template.loader import render_to_string
from django.test.html import parse_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from kim.web.fields import is_plain, plain_field
from kim.web.renderers import WRITERS, Renderer

CHOICES = [("", "–"), ("a&b", "Anna & <b>Berta</b>"), (3, gettext_lazy("Fall")), (None, mark_safe("<i>x</i>"))]
ATTRS = {
    "id": "id_x",
    "required": True,
    "disabled": False,
    "maxlength": 2000,
    "placeholder": 'Wie "so"?',
    "data-n": None,
}
WIDGETS = [
    forms.TextInput(ATTRS),
    forms.NumberInput(),
    forms.EmailInput(),
    forms.TelInput(ATTRS),
    forms.HiddenInput(),
    forms.DateInput(format="%d.%m.%Y"),
    forms.TimeInput(format="%H:%M"),
    forms.Textarea({"rows": 3}),
    forms.CheckboxInput(ATTRS),
    forms.Select(ATTRS, choices=CHOICES),
    forms.Select(choices=[("Gruppe", [(1, "eins")]), (2, "zwei")]),
    forms.SelectMultiple(choices=CHOICES),
    forms.RadioSelect(ATTRS, choices=CHOICES),
    forms.CheckboxSelectMultiple(choices=CHOICES),
]


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: type(widget).__name__)
@pytest.mark.parametrize("value", [None, "", "a&b", 3, ["a&b", 3], '<b>"fett"</b>', mark_safe("<b>"), True, 1234567])
def test_the_markup_is_that_of_the_templates(widget, value):
    written = widget.render("x", value, {"id": "id_y"}, renderer=Renderer())
    assert written == widget.render("x", value, {"id": "id_y"}, renderer=TemplatesSetting())


def test_every_writer_stands_for_a_template_of_django():
    for name in WRITERS:
        assert TemplatesSetting().get_template(name)


def test_radio_buttons_can_be_written_one_by_one():
    class Form(forms.Form):
        kind = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)

    ours, djangos = Form(renderer=Renderer()), Form(renderer=TemplatesSetting())
    assert [option.tag() for option in ours["kind"]] == [option.tag() for option in djangos["kind"]]


class AllKinds(forms.Form):
    name = forms.CharField(label="Name & mehr", max_length=20, help_text="So wie im Ausweis.")
    note = forms.CharField(label="Notiz", widget=forms.Textarea, required=False)
    choice = forms.ChoiceField(label="Wahl", choices=CHOICES[:3])
    is_sure = forms.BooleanField(label="sicher", help_text="Wirklich?")


@pytest.mark.parametrize(
    "data", [None, {"name": "x" * 30, "choice": "?"}, {"name": "Ana", "choice": "3", "is_sure": "on"}]
)
@pytest.mark.parametrize("name", AllKinds.base_fields)
def test_a_plain_field_looks_as_crispy_would_write_it(data, name):
    ours, crispys = AllKinds(data), AllKinds(data)
    context = {"field": crispys[name], "form_show_errors": True, "form_show_labels": True}
    assert is_plain(ours[name])
    assert parse_html(plain_field(ours[name])) == parse_html(render_to_string("bootstrap5/field.html", context))
