"""How form widgets are written. Django renders up to four templates for one radio button; a page has dozens."""

import html
from collections.abc import Callable
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.functional import Promise
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
    target = f' for="{escaped(widget["attrs"]["id"])}"' if widget["attrs"].get("id") else ""
    return SafeString(f"<label{target}>{input_(widget)} {escaped(widget['label'])}</label>")


def textarea(widget: Widget) -> SafeString:
    name, value = escaped(widget["name"]), escaped(widget["value"] or "")
    return SafeString(f'<textarea name="{name}"{attributes(widget)}>\n{value}</textarea>')


def select(widget: Widget) -> SafeString:
    options = "".join(
        f'\n  <option value="{escaped(option["value"])}"{attributes(option)}>{escaped(option["label"])}</option>\n'
        for _group, options, _index in widget["optgroups"]
        for option in options
    )
    return SafeString(f'<select name="{escaped(widget["name"])}"{attributes(widget)}>{options}\n</select>')


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
