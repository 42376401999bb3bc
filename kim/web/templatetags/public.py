"""Sentences of the public pages: {% load public %}."""

from django import template
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from kim.web import languages

register = template.Library()
AROUND = ".,;:!?()<>„“«»،።"  # what may stand right beside a mail address


@register.filter
def with_addresses(line: str) -> SafeString:
    """The text, with every mail address in it a link. Word by word: no pattern that a long text could keep busy."""
    return format_html_join(" ", "{}", ((_linked(word),) for word in line.split(" ")))


def _linked(word: str) -> str:
    address = word.strip(AROUND)
    try:
        validate_email(address)
    except ValidationError:
        return word
    before, _address, after = word.partition(address)
    return format_html('{}<a href="mailto:{}" dir="ltr">{}</a>{}', before, address, address, after)


@register.simple_tag
def say(text: str, **values: object) -> SafeString:
    """The German sentence in the language of the page; one that is missing there says which language it is in."""
    translated, language = languages.said(text)
    shown = conditional_escape(translated)
    if values:
        shown = mark_safe(shown % {name: format_html("<bdi>{}</bdi>", value) for name, value in values.items()})
    if language == languages.current():
        return shown
    return format_html('<span lang="{}" dir="{}">{}</span>', language.code, language.direction, shown)


@register.simple_tag
def say_plain(text: str, **values: object) -> str:
    """For attributes, options and the title, which take no markup."""
    return languages.say(text, **values)
