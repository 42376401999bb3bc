"""A contact to keep in the telephone: vCard 3.0 (RFC 2426), which Android and iOS both read.

It names the person and the Träger and nothing of why somebody has it: no programme, no track.
"""

import re

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST_LINE = 75  # bytes, RFC 2426 section 2.6


def vcard(contact, *, hours_label):
    fields = [
        ("FN", escaped(contact.name)),
        ("N", f";{escaped(contact.name)};;;"),
        ("ORG", escaped(contact.provider.name)),
        ("TEL;TYPE=WORK,VOICE", escaped(contact.phone)),
        ("EMAIL;TYPE=INTERNET,WORK", escaped(contact.email)),
        ("NOTE", escaped(f"{hours_label}: {contact.hours}") if contact.hours else ""),
    ]
    lines = ["BEGIN:VCARD", "VERSION:3.0", *(f"{name}:{value}" for name, value in fields if value), "END:VCARD"]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text):
    """A line end inside a value must not begin a new field."""
    text = CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\n", "\\n")


def folded(line):
    """Long lines go on after CRLF and a space, never inside a character."""
    parts, part = [], ""
    for character in line:
        if len((part + character).encode()) > LONGEST_LINE - bool(parts):
            parts.append(part)
            part = ""
        part += character
    return "\r\n ".join([*parts, part])
