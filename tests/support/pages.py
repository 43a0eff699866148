"""The Markdown pages of the repository: which there are, and what is in one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from emobench import cli
from tests import ROOT

README, GUIDE, SUITES = ROOT / "README.md", ROOT / "docs" / "plugins.md", ROOT / "docs" / "suites.md"
PAGES = sorted(
    [*ROOT.glob("*.md")]
    + [
        page
        for folder in ("docs", "emobench", "leaderboards", "plugins", "tests")
        for page in (ROOT / folder).rglob("*.md")
    ]
)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Fence:
    """A fenced block: its language, its text, and the file that the line before it names in bold, if it does."""

    language: str
    text: str
    file: str


_FENCE = re.compile(
    r"(?:^\*\*`(?P<file>[^`\n]+)`\*\*\n\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
CODE_SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def fences(page: Path, language: str) -> list[Fence]:
    found = [
        Fence(m["language"], m["text"], m["file"] or "") for m in _FENCE.finditer(page.read_text(encoding="utf-8"))
    ]
    return [fence for fence in found if fence.language == language]


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings, and those that stand in them."""
    seen: dict[str, int] = dict.fromkeys(re.findall(r'<a id="([^"]+)">', prose(page)), 0)
    for title in re.findall(r"^#+ (?:<a [^>]*></a>)?(.+)$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
        slug = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
        seen[slug] = seen.get(slug, -1) + 1
        if seen[slug]:
            seen[f"{slug}-{seen[slug]}"] = 0
    return set(seen)


def table(page: Path, heading: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, without its head."""
    section = re.split(rf"^#+ {re.escape(heading)}$", prose(page), flags=re.MULTILINE)[1]
    section = re.split(r"^#", section, flags=re.MULTILINE)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line.startswith("|")
    ]
    return rows[2:]


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """Yield the calls of a program in shell blocks, in code spans and in the examples of help texts, as arguments."""
    lines = [line for fence in fences(page, "sh") for line in fence.text.replace("\\\n", " ").splitlines()]
    lines += CODE_SPAN.findall(prose(page))
    lines += [
        re.split(r"\s{2,}", line.strip())[0]
        for fence in fences(page, "text")
        for line in fence.text.splitlines()
        if line.startswith("  ")
    ]
    for line in lines:
        called = re.fullmatch(rf"(?:\w+=\S+ )*{program}(?P<rest>( .*)?)", line.strip())
        if called:
            yield shlex.split(called["rest"], comments=True)


def parse(arguments: list[str]) -> None:
    """Parse a command line as the program does, and run nothing."""
    command: click.Command = cli.cli
    context = click.Context(command, info_name="emobench", **command.context_settings)
    rest = list(arguments)
    while isinstance(command, click.Group):
        options = {option for parameter in command.get_params(context) for option in parameter.opts}
        while rest and rest[0].startswith("-"):
            assert rest.pop(0) in options
        if not rest:
            return
        name = rest.pop(0)
        command = command.commands[name]
        context = click.Context(command, parent=context, info_name=name)
    if rest:  # a bare name is a mention, not a call
        command.make_context(context.info_name, rest, parent=context.parent)
