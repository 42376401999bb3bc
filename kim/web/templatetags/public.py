"""Sentences of the public pages: {% load public %}."""

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from kim.web import languages

register = template.Library()


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
