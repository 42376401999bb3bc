"""Text of a mail as somebody reads it: without markup, without what no database holds, the quoted part set apart."""

import re
from html import unescape

from kim.text import mended

SHOWN = 5000  # characters of a mail that are kept; the rest stays in the mailbox
LONGEST_HTML = 500_000  # characters of markup that are read
LONGEST_TEXT = 50_000


# html.parser takes minutes for a few hundred kilobytes of broken tags; what follows reads each character once.
_SILENT = frozenset({"head", "style", "script", "title", "svg", "object"})
_BREAKS = frozenset({"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr", "section"})
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,19})(?=[\s/>])")
_LINK = re.compile(r"href\s*=\s*[\"']?(https?://[^\s\"'<>]{1,300})", re.IGNORECASE)


class _Page:
    """The text of a page of markup. Scripts, styles and addresses of pictures are never looked at."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.depth = 0  # of quotes
        self.link, self.link_begins = "", 0

    def say(self, text: str) -> None:
        self.parts.append(re.sub(r"\s+", " ", _unescaped(text)))

    def tag(self, name: str, is_end: bool, inside: str) -> None:
        if name == "blockquote":
            self.depth = max(0, self.depth - 1) if is_end else min(self.depth + 1, 5)
        if name in _BREAKS or name == "blockquote":
            self.parts.append("\n" + "> " * self.depth + ("- " if name == "li" and not is_end else ""))
        elif name in ("td", "th"):
            self.parts.append(" ")
        elif name == "a":
            self._link(is_end, inside)

    def _link(self, is_end: bool, inside: str) -> None:
        if is_end and self.link and self.link not in "".join(self.parts[self.link_begins :]):
            self.parts.append(f" ({self.link})")
        found = None if is_end else _LINK.search(inside)
        self.link, self.link_begins = _unescaped(found[1]) if found else "", len(self.parts)


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a character whose number has thousands of digits
        return text


def text_of_html(markup: str) -> str:
    """Plain text; quotes begin with "> ". Broken markup is read as far as it goes."""
    page, place, markup = _Page(), 0, markup[:LONGEST_HTML]
    never_closed: set[str] = set()
    while (start := markup.find("<", place)) >= 0:
        page.say(markup[place:start])
        if markup.startswith("<!--", start) and "<!--" not in never_closed:
            place = _after(markup, "-->", start, "<!--", never_closed)
        elif found := _TAG.match(markup, start):
            place = _read_tag(page, markup, found, never_closed)
        elif markup.startswith(("<!", "<?"), start):
            place = _after(markup, ">", start, ">", never_closed)
        else:
            page.say("<")
            place = start + 1
    page.say(markup[place:])
    return "\n".join(line.strip() for line in "".join(page.parts).split("\n"))


def _read_tag(page: _Page, markup: str, found: re.Match[str], never_closed: set[str]) -> int:
    """Where the text goes on after a tag, or after all that a silent element holds."""
    is_end, name = bool(found[1]), found[2].lower()
    end = _after(markup, ">", found.end(), ">", never_closed)
    if name in _SILENT and not is_end and name not in never_closed:
        closing = re.compile(f"</{name}", re.IGNORECASE).search(markup, end)
        if closing is None:
            never_closed.add(name)
        return closing.start() if closing else end
    page.tag(name, is_end, markup[found.end() : end])
    return end


def _after(markup: str, closing: str, start: int, kind: str, never_closed: set[str]) -> int:
    """The place behind the next `closing`; what is never closed is searched for once and then skipped as one sign."""
    end = -1 if kind in never_closed else markup.find(closing, start)
    if end < 0:
        never_closed.add(kind)
        return start + 1
    return end + len(closing)


def tidy(text: str) -> str:
    """Clean text of several lines, at most one empty line in a row."""
    lines = mended(text[:LONGEST_TEXT], multiline=True).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


def one_line(text: str, longest: int) -> str:
    return mended(text[: longest * 4])[:longest].strip()


def shortened(text: str) -> tuple[str, bool]:
    """The part that is kept, and whether there was more."""
    return (text, False) if len(text) <= SHOWN else (text[:SHOWN].rstrip(), True)


# --- What somebody wrote, and what they quote

_DASHES = re.compile(r"-{3,} ?[^\d\W][^-\n]{3,40} ?-{3,}|_{10,}")  # ----- Original Message -----
_FROM = re.compile(r"\*?(Von|From|De|Da|Kimden|Gönderen|От|Від|Отправитель|من|از|Ji|De la|ካብ) ?:", re.IGNORECASE)
_SENT = re.compile(
    r"\*?(Gesendet|Datum|Sent|Date|Envoyé|Enviado|Fecha|Inviato|Tarih|Gönderme Tarihi|Отправлено|Дата|Надіслано|"
    r"Trimis|Изпратено|تاريخ|التاريخ|تاریخ|تم الإرسال) ?:",
    re.IGNORECASE,
)


def own_and_quoted(text: str) -> tuple[str, str]:
    """What somebody wrote, and the older mails they left below it; all is theirs where nothing would remain."""
    lines = text.split("\n")
    last_own = max((place for place, line in enumerate(lines) if line.strip() and not line.startswith(">")), default=-1)
    for place in range(len(lines)):
        if _begins_quote(lines, place, last_own):
            own = "\n".join(lines[:place]).strip("\n")
            return (own, "\n".join(lines[place:])) if own.strip() else (text, "")
    return text, ""


def _begins_quote(lines: list[str], place: int, last_own: int) -> bool:
    """Whether everything from here on is an older mail. Answers written below or between quotes stay as they are."""
    line = lines[place]
    if not line.strip():
        return False
    if line.startswith(">"):
        return place > last_own
    has_date = re.search("[0-9]", line) is not None  # which may stand on a line before the name
    if any(_is_introduction(lines, at, last_own) for at in ((place, place + 1) if has_date else (place,))):
        return True
    following = [each for each in lines[place + 1 : place + 9] if each.strip()]
    if _DASHES.fullmatch(line.strip()):
        return any(_FROM.match(each) for each in following[:3])
    return bool(_FROM.match(line)) and any(_SENT.match(each) for each in following[:4])


def _is_introduction(lines: list[str], place: int, last_own: int) -> bool:
    """Whether somebody is said to have written what follows, in any language: it ends in a colon above a quote."""
    if place < last_own or place >= len(lines) or not lines[place].endswith(":"):
        return False
    return any(line.strip() for line in lines[place + 1 :])
