"""The few forms a text of the Systemverwaltung may have: paragraphs, points, headings. Everything else is just text."""

import re
from typing import NamedTuple


class Block(NamedTuple):
    kind: str  # "heading", "points" or "paragraph"
    lines: tuple[str, ...]


def blocks(text):
    """Blank lines part the blocks; a heading and points may also stand right below something else."""
    found = []
    for part in re.split(r"\n[ \t]*\n", text):
        for line in part.split("\n"):
            kind, line = _kind_of(line.strip())
            if not line:
                continue
            if found and found[-1][0] == kind != "heading":
                found[-1][1].append(line)
            else:
                found.append((kind, [line]))
        found.append(("", []))
    return [Block(kind, tuple(lines)) for kind, lines in found if lines]


def _kind_of(line):
    for sign, kind in (("# ", "heading"), ("- ", "points")):
        if line.startswith(sign):
            return kind, line.removeprefix(sign).strip()
    return "paragraph", line
