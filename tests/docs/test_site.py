"""The documentation site: it builds strictly, loads nothing from elsewhere, and no command on it goes untried."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from emobench import cli
from emobench.cli.new_plugin import plugin_files
from emobench.plugins import installed_plugins, loading
from tests import ROOT
from tests.support.pages import PAGES, fences, named
from tests.support.stranger import Environment

# ----------------------------------------------------------------------------------------------------------- the site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make site`` builds it: a warning is an error."""
    pytest.importorskip("mkdocs", reason="pip install -e '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, f"{built.stdout}\n{built.stderr}"
    return folder


class Loaded(HTMLParser):
    """Collects what a page loads by itself (not what it links to), and the ids in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads, and its id."""
        own = {name: value or "" for name, value in attrs}
        self.ids.add(own.get("id", ""))
        for name in ("src", "srcset", "data", "poster"):
            self.addresses += [own[name]] if name in own else []
        if tag == "link" and own.get("rel") not in ("canonical", "next", "prev"):
            self.addresses.append(own.get("href", ""))


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    addresses = [address for page in pages for address in Loaded(page).addresses]
    assert any(address.endswith(".js") for address in addresses)
    assert [address for address in addresses if re.match(r"(\w+:)?//", address)] == []
    for style in site.rglob("*.css"):
        assert re.findall(r"url\([\"']?(?:\w+:)?//[^)]*|@import[^;]*", style.read_text(encoding="utf-8")) == []


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    listed = Loaded(site / "api.html")
    assert "the-python-reference" in listed.ids
    for page in (site / "api").glob("*.html"):
        ids = Loaded(page).ids
        missing = {name for name in public(page.stem) if f"{page.stem}.{name}" not in ids}
        assert missing == set(), page.stem


def public(module: str) -> set[str]:
    """Return the classes and functions that a module lists."""
    face = importlib.import_module(module)
    listed = {name: getattr(face, name) for name in getattr(face, "__all__", ())}
    return {
        name
        for name, what in listed.items()
        if inspect.isclass(what) or inspect.isfunction(what)
        if not hasattr(face, "__path__")
        or importlib.util.find_spec(f"{module}.{name}") is None  # mkdocstrings takes a module
    }


def test_diagrams_are_drawn_without_a_script(site: Path) -> None:
    """Material would load Mermaid from elsewhere for an element of the class ``mermaid``."""
    assert [page for page in site.rglob("*.html") if re.search(r'class="[^"]*mermaid', page.read_text("utf-8"))] == []
    text = (site / "architecture.html").read_text(encoding="utf-8")
    assert text.count('<div class="diagram">') == 2
    for box in ("records, contracts, storage, errors", "stored probabilities of other cells"):
        assert f"<span>{box}</span>" in text


def test_roles_of_docstrings_do_not_show(site: Path) -> None:
    for page in (site / "api").glob("*.html"):
        assert not re.findall(r":(?:class|func|data|attr|mod|meth):", page.read_text(encoding="utf-8")), page


def test_links_that_leave_docs_lead_to_pages_of_the_site(site: Path) -> None:
    assert 'href="repository/leaderboards/index.html"' in (site / "index.html").read_text(encoding="utf-8")
    workflow = site / "repository" / "github" / "workflows" / "verify-bundles.yml.html"
    assert "emobench verify" in re.sub(r"<[^>]+>", "", workflow.read_text(encoding="utf-8"))


def test_every_published_board_is_on_the_site_with_its_figures(site: Path) -> None:
    boards = ROOT / "leaderboards"
    for board in [*boards.glob("*.html"), *boards.glob("datasets/*.html")]:
        page = site / "repository" / board.relative_to(ROOT)
        figures = page.with_suffix(".figures.html")
        assert figures.read_bytes() == board.read_bytes()
        assert f'href="{figures.name}"' in page.read_text(encoding="utf-8")
        index = (site / "repository" / "leaderboards" / "index.html").read_text(encoding="utf-8")
        assert f'href="{figures.relative_to(site / "repository" / "leaderboards").as_posix()}"' in index


def test_every_published_board_is_in_the_menu(site: Path) -> None:
    """The menu of every page leads to each board by its heading, and to nothing else under that name."""
    text = (site / "start.html").read_text(encoding="utf-8")
    boards = ROOT / "leaderboards"
    for board in [*boards.glob("*.md"), *boards.glob("datasets/*.md")]:
        name = "index" if board.name == "README.md" else board.stem
        assert f'href="repository/{board.parent.relative_to(ROOT).as_posix()}/{name}.html"' in text, board


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    told = set(re.findall(r"^ +- [^#\n]*: (\S+\.md)", text, re.MULTILINE))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= told


# ------------------------------------------------------------------------------------------------------- the workflow

WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "docs.yml").read_text(encoding="utf-8"))


def test_workflow_builds_as_the_test_does_and_publishes_what_was_built() -> None:
    build, publish = WORKFLOW["jobs"]["build"], WORKFLOW["jobs"]["publish"]
    called = [shlex.split(step["run"]) for step in build["steps"] if "run" in step]
    assert [arguments[0] for arguments in called] == ["pip", "python"]
    assert called[0][-1] == ".[docs]"
    assert called[1] == ["python", "-m", "mkdocs", "build", "--strict"]
    (uploaded,) = [step["with"]["path"] for step in build["steps"] if "upload-pages" in str(step.get("uses"))]
    assert f"site_dir: {uploaded}" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert publish["needs"] == "build"


def test_workflow_publishes_from_the_main_branch_alone() -> None:
    events = WORKFLOW[True]  # to YAML 1.1, which PyYAML reads, the key "on" is a boolean
    assert events["push"] == {"branches": ["main"]}
    assert WORKFLOW["jobs"]["publish"]["if"] == "github.event_name == 'push'"
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in WORKFLOW["jobs"]["build"]


# ------------------------------------------------------------------------------------------- every command of a page

TUTORIALS = {"docs/write-a-model.md": "model", "docs/write-a-dataset.md": "dataset", "docs/write-a-fusion.md": "fusion"}

NOT_RUN = (
    # page, command, why it is not run
    (r".*", r"(python3 -m venv|\. \.venv/bin/activate|pip install -e \.$).*", "sets up what the tests run in"),
    (r".*", r"emobench data download .*", "needs the network; tests/unit/data/downloads serves the files itself"),
    (r".*", r"(\w+=\S+ )?emobench (run|audit) --suite paper-replication.*", "minutes on twins, hours on data"),
    (r".*", r"(\w+=\S+ )?make .*", "make test runs this test; its targets are held against the Makefile"),
    (r"docs/claims.md", r".*", "needs a run of the suite; test_claims runs it on stored cells"),
    (r"docs/plugins.md", r"(emobench (new-plugin|run --suite tiny-net)|cd|pip|pytest).*", "as the tutorials"),
    (r"docs/protocols.md", r"emobench run --suite cross-corpus .*", "trains a network on each of three corpora"),
    (r"docs/(probes|suites).md", r"emobench run .* --encoder .*", "needs a model; tests/plugins/suites plans such"),
    (r"docs/publishing.md", r"emobench run --suite \./my_suite.toml .*", "a suite of the reader's own"),
    (r"docs/publishing.md", r"(git|cp) .*", "works in a clone of a board of others"),
    (
        r"docs/publishing.md",
        r"(\w+=\S+ )?emobench .*\.(zip|json)\b.*",
        "needs results on data; test_bundles packs such",
    ),
    (r"docs/publishing.md", r"emobench verify leaderboards/bundles/\*", "test_published_boards verifies them all"),
    (r"docs/replication.md", r"emobench run --suite \./my_copy.toml .*", "a copy of the suite: hours"),
    (r"docs/statistics.md", r".*", "names results of a run on data; docs/start.md compares two of its own"),
    (r"docs/(your-data|audits).md", r"emobench audit --table .*", "of a reader's own table; test_audit_table has such"),
    (r"README.md", r"emobench (run|leaderboard) .*", "test_pages runs the model that stands before it"),
    (
        r"docs/paper.md",
        r"emobench (leaderboard|plot) .*",
        "names the published boards; tests/unit/cli draws and writes such",
    ),
    (
        r"docs/logging.md",
        r"(pip install .*mlflow.*|.*EMOBENCH_MLFLOW=1 .*)",
        "needs a server; test_listeners logs to a store",
    ),
    (r"docs/python.md", r"emobench score mine.csv .*", "needs somebody's predictions; test_external scores such"),
    (r"plugins/example/.*", r".*", "test_example_plugin installs and runs it"),
    (r"plugins/pretrained-.*", r".*", "test_pretrained_plugins installs and tests them"),
)
EXITS = (
    (r"emobench data verify .*", 1, "a twin is not what the publisher has"),
    (r"emobench audit --dataset photo-booth .*", 1, "drawn faces look alike"),
    (r"emobench audit --dataset (fer2013|ravdess) .*(official|random-clips).*", 1, "as the page says of twins"),
    (r"emobench bundle --runs runs --output .*", 2, "synthetic rows are not packed unless asked for"),
)


def lines(page: Path) -> list[str]:
    """Return the commands of the shell blocks of a page, without their comments."""
    text = "\n".join(fence.text for fence in fences(page, "sh")).replace("\\\n", " ")
    return [line for line in (re.sub(r"\s+#.*$", "", line).strip() for line in text.splitlines()) if line]


def is_run(page: Path, line: str) -> bool:
    return not any(re.fullmatch(on, named(page)) and re.fullmatch(what, line) for on, what, _ in NOT_RUN)


def wanted_exit(line: str) -> int:
    return next((code for what, code, _ in EXITS if re.fullmatch(what, line)), 0)


WITH_COMMANDS = [page for page in PAGES if any(is_run(page, line) for line in lines(page))]


def test_no_exception_is_out_of_date() -> None:
    called = [(page, line) for page in PAGES for line in lines(page)]
    for on, what, why in NOT_RUN:
        assert any(re.fullmatch(on, named(page)) and re.fullmatch(what, line) for page, line in called), (what, why)
    for what, _, why in EXITS:
        assert any(re.fullmatch(what, line) and is_run(page, line) for page, line in called), (what, why)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder whose ``datasets`` are twins, and an empty folder to work in."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("ravdess", "fer2013"):
        assert cli.invoke(["data", "twin", name, str(tmp_path / "datasets" / name)]) == 0
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    yield tmp_path
    loading.installed_plugins.cache_clear()


def write_files(page: Path) -> None:
    for fence in [*fences(page, "toml"), *fences(page, "python")]:
        if fence.file:
            Path(fence.file).write_text(fence.text, encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in WITH_COMMANDS if named(page) not in TUTORIALS], ids=named)
def test_commands_of_a_page_do_what_they_should(page: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_files(ROOT / "docs" / "start.md")  # the page that newcomers have read before any other
    write_files(page)
    for line in filter(lambda line: is_run(page, line), lines(page)):
        words = [os.path.expanduser(word) for word in shlex.split(line)]  # noqa: PTH111  of words that may be no paths
        with pytest.MonkeyPatch.context() as patch:
            while "=" in words[0]:
                patch.setenv(*words.pop(0).split("=", 1))
                loading.installed_plugins.cache_clear()
            if words[0] == "emobench":
                assert cli.invoke(words[1:]) == wanted_exit(line), f"{line}\n{capsys.readouterr().err}"
            else:
                assert words[0] in ("mkdir", "mv"), line
                subprocess.run(words, check=True)


# --------------------------------------------------------------------------------------------------------- tutorials


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("stranger") / "environment")


@pytest.mark.parametrize("name", TUTORIALS)
def test_tutorial_ends_with_a_row_on_a_board(name: str, home: Path, environment: Environment) -> None:
    page, kind, folder = ROOT / name, TUTORIALS[name], Path.cwd()
    clone = folder / "emobench" / "leaderboards"  # with one row of the published ones
    record = next(
        path for path in (ROOT / "leaderboards").glob("cells/*/record.json") if "resnet18" in path.read_text()
    )
    shutil.copytree(record.parent, clone / "cells" / record.parent.name)
    for line in filter(lambda line: is_run(page, line), lines(page)):
        words = [os.path.expanduser(word) for word in shlex.split(line)]  # noqa: PTH111
        if words[0] == "cd":
            folder = folder / words[1]
        elif words[0] == "pip":
            assert words[1:] == ["install", "-e", ".[test]"]
            environment.install(folder)
            for fence in fences(page, "python"):
                if fence.file:
                    (folder / fence.file).write_text(fence.text, encoding="utf-8")
            if kind == "dataset":
                environment.emobench("data", "twin", "photo-booth", home / "datasets" / "photo-booth", cwd=folder)
        else:
            assert words[0] == "emobench", line
            done = environment.run(*words[1:], cwd=folder)
            assert done.returncode == wanted_exit(line), f"{line}\n{done.stdout}\n{done.stderr}"
    plugin = folder.name.removeprefix("emobench-")
    board = json.loads((folder / "runs" / plugin / "leaderboard.json").read_text(encoding="utf-8"))
    cells = [row["record"]["cell"] for task in board["tasks"] for row in task["rows"]]
    assert [cell for cell in cells if cell["experiment"].startswith(f"{plugin}.")]


@pytest.mark.parametrize("name", TUTORIALS)
def test_what_a_tutorial_quotes_is_in_the_template(name: str) -> None:
    (plugin,) = {words[2] for words in map(shlex.split, lines(ROOT / name)) if words[:2] == ["emobench", "new-plugin"]}
    files = plugin_files(plugin, TUTORIALS[name], installed_plugins())
    for fence in fences(ROOT / name, "python"):
        if fence.file:
            assert fence.file in files
        else:
            assert any(fence.text in text for text in files.values()), fence.text
    for path in re.findall(r"`(src/[^`]+|tests/[^`]+)`", (ROOT / name).read_text(encoding="utf-8")):
        assert path in files, path
