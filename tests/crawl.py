"""Walking through the application as somebody: every page links lead to, and what is in the files offered there."""

import io
import re
import zipfile
from collections import Counter

from tests.test_plan_sheet import read

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def crawl(browser, *starts):
    """Every page that links lead to: address -> answer. Two choices of each filter, two entries of a catalogue in the
    admin and two papers stand for all, and filters are not combined in the admin."""
    waiting, pages, kinds = ["/", *starts], {}, Counter()
    while waiting:
        url = waiting.pop(0)
        path, _mark, query = url.partition("?")
        choices = {part.partition("=")[0] for part in query.split("&")}
        name = re.sub(r"[^/]+/change/$", "change/", path)
        kind = (name.rpartition("/")[2] if name.endswith(".pdf") else name, *sorted(choices))
        is_combined = path.startswith("/verwaltung/") and "&" in query
        if url in pages or kinds[kind] == 2 or is_combined or path.startswith("/static/"):
            continue
        kinds[kind] += 1
        pages[url] = response = browser.get(url)
        found = re.findall(r'(?:href|action|hx-get|src)="([^"#:]+)"', response.text) if is_page(response) else []
        found += [response["Location"]] if response.status_code == 302 else []
        waiting += [absolute(path, link.replace("&amp;", "&")) for link in found]
    return pages


def absolute(path, link):
    if link.startswith("?"):
        return path + link
    return link if link.startswith("/") else path.rsplit("/", 1)[0] + "/" + link


def is_page(response):
    return response.headers.get("Content-Type", "").startswith("text/html")


def title_of(response):
    """What a browser shows in its tab and keeps in its history."""
    found = re.search(r"<title>(.*?)</title>", response.text, re.DOTALL) if is_page(response) else None
    return found[1] if found else ""


def text_of(response):
    """What an answer says, also inside a file: every part of a book, the text and the facts of a PDF."""
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if kind == "application/pdf":
        return read("pdftotext", response.content, "-raw") + read("pdfinfo", response.content)
    if kind == XLSX:
        with zipfile.ZipFile(io.BytesIO(response.content)) as book:
            return "\n".join(book.read(name).decode() for name in book.namelist())
    return response.text
