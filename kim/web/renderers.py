"""How form widgets are written. Django renders up to four templates for one radio button; a page has dozens."""

import html
from collections.abc import Callable
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Widget = dict[str, Any]


def escaped(value: Any) -> str:
    """What format_html does with a value, without the detour that every escaped string takes there."""
    text = str(value) if isinstance(value, Promise) else value
    return text.__html__() if hasattr(text, "__html__") else html.escape(str(text))


def attributes(widget: Widget) -> SafeString:
    """As django/forms/widgets/attrs.html: False leaves an attribute out, True writes only its name."""
    return SafeString(
        "".join(
            f" {escaped(name)}" if value is True else f' {escaped(name)}="{escaped(value)}"'
            for name, value in widget["attrs"].items()
            if value is not False
        )
    )


def input_(widget: Widget) -> SafeString:
    value = "" if widget["value"] is None else f' value="{escaped(widget["value"])}"'
    kind, name = escaped(widget["type"]), escaped(widget["name"])
    return SafeString(f'<input type="{kind}" name="{name}"{value}{attributes(widget)}>')


def input_option(widget: Widget) -> SafeString:
    if not widget.get("wrap_label"):
        return input_(widget)
    target = format_html(' for="{}"', widget["attrs"]["id"]) if widget["attrs"].get("id") else ""
    return format_html("<label{}>{} {}</label>", target, input_(widget), widget["label"])


def textarea(widget: Widget) -> SafeString:
    return format_html(
        '<textarea name="{}"{}>\n{}</textarea>', widget["name"], attributes(widget), widget["value"] or ""
    )


def select(widget: Widget) -> SafeString:
    options = format_html_join(
        "",
        '\n  <option value="{}"{}>{}</option>\n',
        (
            (option["value"], attributes(option), option["label"])
            for _group, options, _index in widget["optgroups"]
            for option in options
        ),
    )
    return format_html('<select name="{}"{}>{}\n</select>', widget["name"], attributes(widget), options)


INPUTS = ("text", "number", "email", "tel", "hidden", "date", "time", "checkbox")
WRITERS: dict[str, Callable[[Widget], SafeString]] = {
    **{f"django/forms/widgets/{kind}.html": input_ for kind in INPUTS},
    **{f"django/forms/widgets/{kind}_option.html": input_option for kind in ("radio", "checkbox")},
    "django/forms/widgets/textarea.html": textarea,
    "django/forms/widgets/select.html": select,
}


class Renderer(TemplatesSetting):
    """The markup of Django's own templates, for the commonest widgets without a template."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        widget = context.get("widget", {})
        write = WRITERS.get(template_name)
        has_groups = any(name for name, _options, _index in widget.get("optgroups", ()))
        if write is None or (has_groups and write is select):
            return super().render(template_name, context, request)
        return write(widget)
