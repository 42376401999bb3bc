"""What the documents name exists, and what an installation can set is documented."""

import re

import pytest
from django.conf import settings
from django.core.management import get_commands

from cases.demo.staff import DOMAIN, LOGINS, PASSWORD
from reports.management.commands.run_jobs import JOBS

ROOT = settings.BASE_DIR
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
each_document = pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(ROOT)))


def code_of(text):
    """What is set as code, in blocks or in a sentence."""
    return "\n".join(block or inline for block, inline in re.findall(r"```.*?\n(.*?)```|`([^`\n]+)`", text, re.S))


def anchor(heading):
    """As GitHub makes it: lower case, spaces to hyphens, other signs gone."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_every_setting_of_the_environment_is_documented():
    read = set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', (ROOT / "kim/settings.py").read_text()))
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/betrieb.md").read_text(), re.M))
    assert table == read


def test_the_nightly_jobs_are_documented():
    table = (ROOT / "docs/betrieb.md").read_text().partition("## 6. Nächtliche Arbeiten")[2].partition("Jede Arbeit")[0]
    assert set(re.findall(r"`(\w+)`", table)) - {"run_jobs"} == set(JOBS)


@each_document
def test_links_and_pictures_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        goal = (document.parent / path).resolve() if path else document
        assert goal.exists(), target
        if fragment:
            assert fragment in map(anchor, re.findall(r"^#+ (.+)$", goal.read_text(), re.M)), target


@each_document
def test_commands_exist(document):
    code = code_of(document.read_text())
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z]+)", code)) <= targets
    named = re.findall(r"\bmanage\.py ([a-z_]+)", code) + re.findall(r"^kim ([a-z_]+)", code, re.M)
    assert set(named) <= set(get_commands())


def test_the_logins_of_the_demonstration_are_the_ones_in_the_readme():
    text = (ROOT / "README.md").read_text()
    assert set(re.findall(rf"`([\w.]+)@{re.escape(DOMAIN)}`", text)) == set(LOGINS.values())
    assert f"`{PASSWORD}`" in text


def test_pictures_are_small_and_used():
    used = set(re.findall(r"bilder/([\w-]+\.png)", "".join(path.read_text() for path in DOCS)))
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs/bilder").iterdir()}
    assert used == set(pictures)
    assert max(pictures.values()) <= 120 * 1024
