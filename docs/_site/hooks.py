"""What MkDocs does besides turning docs/ into a site: the Python reference, diagrams, and files outside docs/.

The pages of docs/ link to files of the repository (``../leaderboards/README.md``), which GitHub follows. On the site each
such file becomes a page under ``repository/``, and so does every board that the index of the published boards links to; these
stand in the menu. The pages of the API are generated and in no folder, so that docs/ has nothing that only a site can show.

GitHub draws the Mermaid diagrams. Material would load Mermaid's script from elsewhere, so here each chain of a diagram
becomes a line of boxes, without a script.
"""

from __future__ import annotations

import ast
import html
import importlib.util
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
MODULES = (
    "emobench",
    "emobench.contracts",
    "emobench.plugins",
    "emobench.testing",
    "emobench.testing.fixtures",
    "emobench.records",
    "emobench.scoring",
    "emobench.boards",
    "emobench.errors",
)
"""The public modules; what is not here may change without notice."""

BOARDS = ROOT / "leaderboards"

_BOARD = re.compile(r"\]\((?P<path>(?!\w+:)[^)#\s]+\.(?:md|html))(?P<anchor>#[^)\s]*)?\)")
_OUTWARD = re.compile(r"\]\((?P<path>(?:\.\./)+[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_REPOSITORY = "repository/"
_ARROW = re.compile(r"\s*(?:-->|-\.(?P<label>.*?)\.->)\s*")
_NODE = re.compile(r"(?P<id>\w+)(?:\[\"(?P<text>[^\"]*)\"\])?")
_ROLE = re.compile(r":(?:attr|class|data|func|meth|mod):(?=<code>)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Draw Mermaid diagrams without Mermaid, and put every published board into the menu."""
    fence = {"name": "mermaid", "class": "diagram", "format": diagram}
    config.mdx_configs.setdefault("pymdownx.superfences", {})["custom_fences"] = [fence]
    (menu,) = [entry["Boards"] for entry in config.nav or [] if "Boards" in entry]
    index = menu.index({"The published boards": _page_of(BOARDS / "README.md")})
    menu[index + 1 : index + 1] = _board_menu()
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    pages = {"api.md": _overview()} | {f"api/{module}.md": _module(module) for module in MODULES}
    for path in _linked(Path(config.docs_dir)) | _boards():
        pages[_page_of(path)] = _as_page(path)
    for uri, text in sorted(pages.items()):
        files.append(File.generated(config, uri, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Let links that leave docs/, or come from outside it, lead to pages of the site."""
    here: str = page.file.src_uri
    outside = here.startswith(_REPOSITORY)
    folder = (ROOT / here.removeprefix(_REPOSITORY) if outside else ROOT / "docs" / here).parent
    up = "../" * here.count("/")

    def led(match: re.Match[str]) -> str:
        target = (folder / unquote(match["path"])).resolve()
        inside = target.is_relative_to(ROOT / "docs")
        uri = target.relative_to(ROOT / "docs").as_posix() if inside else _page_of(target)
        return f"]({up}{uri}{match['anchor'] or ''})"

    return (_BOARD if folder.is_relative_to(BOARDS) else _OUTWARD).sub(led, markdown)


def diagram(source: str, language: str, css_class: str, options: dict[str, Any], md: Any, **_: Any) -> str:
    """Return a Mermaid flowchart as HTML: a line of boxes for each chain of nodes; chains that meet are one.

    Raises:
        ValueError: a line that is no chain of ``name``, ``name["text"]``, ``-->`` and ``-. label .->``.
    """
    chains: list[str] = []
    texts: dict[str, str] = {}
    last = ""
    for line in map(str.strip, source.strip().splitlines()[1:]):
        pieces = []
        for piece in _ARROW.split(line)[::2]:
            node = _NODE.fullmatch(piece)
            if node is None:
                raise ValueError(f"a diagram with a line that the site cannot draw: {line}")
            texts.setdefault(node["id"], node["text"] or node["id"])
            pieces.append(node["id"])
        drawn = [_box(texts[pieces[0]])]
        for label, name in zip(_ARROW.split(line)[1::2], pieces[1:], strict=True):
            drawn.append(f" {html.escape((label or '').strip())} → {_box(texts[name])}")
        if chains and pieces[0] == last:
            chains[-1] += "".join(drawn[1:])
        else:
            chains.append("".join(drawn))
        last = pieces[-1]
    return f'<div class="{css_class}">' + "".join(f"<p>{chain}</p>" for chain in chains) + "</div>"


def _box(text: str) -> str:
    return f"<span>{html.escape(text)}</span>"


def on_page_content(content: str, *, page: Any, **_: Any) -> str:
    """Show the roles that docstrings have (``:class:`` before a name) as the names alone."""
    if page.file.src_uri.startswith("api/"):
        content = _ROLE.sub("", content).replace("::</p>", ":</p>")
    return content


def _linked(docs: Path) -> set[Path]:
    """Return the files outside docs/ that pages link to."""
    return {
        (page.parent / match["path"]).resolve()
        for page in docs.rglob("*.md")
        for match in _OUTWARD.finditer(page.read_text(encoding="utf-8"))
    }


def _boards() -> set[Path]:
    """Return the index of the published boards, the boards that it links to, and their HTML boards."""
    found, waiting = set(), [BOARDS / "README.md"]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            links = _BOARD.finditer(path.read_text(encoding="utf-8")) if path.suffix == ".md" else ()
            waiting += [(path.parent / unquote(match["path"])).resolve() for match in links]
    return found


def _board_menu() -> list[dict[str, list[dict[str, str]]]]:
    """Return the entries of the published boards: those of suites and those of datasets, each by its heading."""
    boards = sorted(path for path in _boards() if path.suffix == ".md" and path.name != "README.md")
    titled = [(path, {_heading(path): _page_of(path)}) for path in boards]
    return [
        {"Boards by suite": [entry for path, entry in titled if path.parent == BOARDS]},
        {"Boards by dataset": [entry for path, entry in titled if path.parent != BOARDS]},
    ]


def _heading(page: Path) -> str:
    return page.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ")


def _page_of(path: Path) -> str:
    """Return the address of a file of the repository among the pages; MkDocs leaves folders with a dot in front out.

    ``board.md`` becomes ``board.html``, so that a ``board.html`` in the same folder needs another name.
    """
    uri = _REPOSITORY + path.relative_to(ROOT).as_posix().removeprefix(".")
    if path.suffix == ".html":
        return f"{uri.removesuffix('.html')}.figures.html"
    return uri if path.suffix == ".md" else f"{uri}.md"


def _as_page(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".md", ".html"):
        return text
    language = {".toml": "toml", ".yml": "yaml", ".py": "python"}.get(path.suffix, "text")
    return f"# {path.name}\n\n`{path.relative_to(ROOT).as_posix()}`\n\n```{language}\n{text.rstrip()}\n```\n"


def _overview() -> str:
    rows = [f"| [`{module}`](api/{module}.md) | {_first_sentence(module)} |" for module in MODULES]
    head = "# The Python reference\n\nGenerated from the docstrings of the public modules."
    return "\n".join([head, "", "| module | what it has |", "| --- | --- |", *rows, ""])


def _module(module: str) -> str:
    return f"# `{module}`\n\n::: {module}\n"


def _first_sentence(module: str) -> str:
    found = importlib.util.find_spec(module)  # not imported: the fixtures need pytest, which a site does not
    source = Path(str(found and found.origin)).read_text(encoding="utf-8")
    documentation = ast.get_docstring(ast.parse(source)) or ""
    return re.split(r"(?<=[.])\s", documentation.replace("\n", " ").replace("``", "`"), maxsplit=1)[0]
