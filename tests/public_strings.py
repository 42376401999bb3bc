"""The strings of the public pages: where they stand, and their catalogues. `make messages` runs this file.

Django's makemessages reads one catalogue for the whole application; these pages have fourteen languages of their own.
"""

import ast
import re
from pathlib import Path

import polib

from kim.web.languages import DOMAIN, LANGUAGES, SOURCE

ROOT = Path(__file__).resolve().parent.parent
APPS = ("kim", "districts", "cases")
IN_TEMPLATES = re.compile(r"""{%\s*say(?:_plain)?\s+(?:"([^"]*)"|'([^']*)')""")
SAYING = {"say", "say_lazy", "mark"}
HEADER = {
    "Project-Id-Version": "KIM Köln",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}


def strings():
    """Every German string that a public page may say."""
    found = {}
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for double, single in IN_TEMPLATES.findall(path.read_text()):
            found[double or single] = path
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            found.update(dict.fromkeys(_in_code(path), path))
    return sorted(found)


def _in_code(path):
    text = path.read_text()
    if "kim.web.languages" not in text and path.name != "languages.py":
        return
    for node in ast.walk(ast.parse(text)):
        is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYING and node.args
        if is_call and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def catalogue_of(code, suffix="po"):
    return ROOT / "locale" / code / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def translated():
    """The languages that have a catalogue: all but German, in which the strings are written."""
    return [code for code in LANGUAGES if code != SOURCE]


def bring_up_to_date(code):
    path, wanted = catalogue_of(code), strings()
    known = {entry.msgid: entry.msgstr for entry in polib.pofile(path)} if path.exists() else {}
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {**HEADER, "Language": code}
    catalogue.extend(polib.POEntry(msgid=text, msgstr=known.get(text, "")) for text in wanted)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(path)
    catalogue.save_as_mofile(catalogue_of(code, "mo"))
    return [text for text in wanted if not known.get(text)]


if __name__ == "__main__":
    for code in translated():
        missing = bring_up_to_date(code)
        print(code, "missing:" if missing else "complete", *missing, sep="\n  " if missing else " ")
