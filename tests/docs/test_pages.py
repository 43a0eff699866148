"""What pages say is true: links, commands, examples and keys are compared with the program."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any, get_args
from xml.etree import ElementTree

import click
import pytest

from emobench import cli
from emobench.contracts import Dataset, Fusion, Recipe, Schedule
from emobench.models import AUGMENTATIONS
from emobench.plugins import hookspecs, loading
from emobench.records import Frozen, Provenance, Record, read_records
from emobench.suites.reading import find_suite
from emobench.suites.schema import Experiment, FullTraining, Pattern, Suite, Twin
from tests import ROOT
from tests.support import tiny_encoders
from tests.support.pages import (
    CODE_SPAN,
    GUIDE,
    LINK,
    PAGES,
    README,
    SUITES,
    anchors,
    commands,
    fences,
    named,
    parse,
    prose,
    table,
)

BOARDS = ROOT / "leaderboards"
HOOKS = {name for name in vars(hookspecs) if name.startswith("emobench_")}


every_page = pytest.mark.parametrize("page", PAGES, ids=named)


# --------------------------------------------------------------------------------------------------------- links


@every_page
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(CODE_SPAN.sub("", prose(page))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_documentation_is_reachable_from_the_readme() -> None:
    """Over links from page to page, each of which leads into docs/."""
    seen: set[Path] = set()
    waiting = [README]
    while waiting:
        page = waiting.pop()
        targets = {(page.parent / link.partition("#")[0]).resolve() for link in LINK.findall(prose(page))}
        found = {target for target in targets if target.parent == ROOT / "docs" and target.suffix == ".md"} - seen
        seen |= found
        waiting += found
    assert {page.resolve() for page in (ROOT / "docs").glob("*.md")} <= seen


# ------------------------------------------------------------------------------------------------------ commands


@every_page
def test_commands_parse(page: Path) -> None:
    for arguments in commands(page, "emobench"):
        try:
            parse(arguments)
        except (click.ClickException, KeyError, AssertionError) as error:
            pytest.fail(f"emobench {shlex.join(arguments)}: {error!r}")


@every_page
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for arguments in commands(page, "make"):
        assert {argument for argument in arguments if "=" not in argument} <= targets, arguments


# ------------------------------------------------------------------------------------------------------- plugins


def package(page: Path) -> dict[str, Any]:
    """Return the pyproject.toml that a page shows."""
    (content,) = [tomllib.loads(fence.text) for fence in fences(page, "toml") if "[project]" in fence.text]
    return content


def entry_points(page: Path) -> list[importlib.metadata.EntryPoint]:
    shown = package(page)["project"]["entry-points"]
    return [
        importlib.metadata.EntryPoint(name, value, group) for group in shown for name, value in shown[group].items()
    ]


def write_files(page: Path, folder: Path) -> None:
    for fence in [*fences(page, "python"), *fences(page, "toml")]:
        if fence.file:
            (folder / fence.file).write_text(fence.text, encoding="utf-8")


@pytest.fixture
def shown(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The page that a test is about, with its examples installed in ``tmp_path`` as pip would install them."""
    page: Path = request.param
    write_files(page, tmp_path)
    project = package(page)["project"]
    information = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    information.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (information / "METADATA").write_text(metadata, encoding="utf-8")
    lines = ["[emobench]", *(f"{entry.name} = {entry.value}" for entry in entry_points(page))]
    (information / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    loading.installed_plugins.cache_clear()
    yield page
    loading.installed_plugins.cache_clear()
    for entry in entry_points(page):
        sys.modules.pop(entry.value, None)


@pytest.mark.parametrize("page", [GUIDE], ids=named)
def test_examples_make_a_distribution_without_the_results_beside_them(page: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "runs" / "cells").mkdir(parents=True)
    (project / "runs" / "cells" / "record.json").write_text("{}")
    write_files(page, project)
    (shown,) = [fence.text for fence in fences(page, "toml") if "[project]" in fence.text]
    (project / "pyproject.toml").write_text(shown)
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", str(tmp_path), str(project)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    registered = {f"{entry.value}.py" for entry in entry_points(page)}
    assert inside == registered | {"tones.toml"}


with_examples = pytest.mark.parametrize("shown", [GUIDE], ids=named, indirect=True)


@with_examples
def test_every_example_is_a_plugin_that_loads(shown: Path) -> None:
    assert {Path(fence.file).stem for fence in fences(shown, "python")} == {
        entry.value for entry in entry_points(shown)
    }
    for status in loading.load(entry_points(shown)).plugins:
        assert (status.status, status.problems) == ("loaded", []), status.name


@with_examples
def test_examples_are_found_and_run_on_twins(
    shown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUN_LOG", str(tmp_path / "log.txt"))
    (suite,) = [fence.file for fence in fences(shown, "toml") if fence.text.startswith("schema")]
    exit_code = cli.invoke(["run", "--suite", str(tmp_path / suite), "--out", str(tmp_path / "runs")])
    output = capsys.readouterr()
    assert exit_code == 0, output.err
    assert "broken" not in output.err
    records = read_records(tmp_path / "runs")
    wanted = tomllib.loads((tmp_path / suite).read_text(encoding="utf-8"))["experiments"]
    assert {record.cell.experiment for record in records} == {experiment["name"] for experiment in wanted}
    for record in records:
        assert record.status == "finished"
        assert "kappa" in record.scores["test"].metrics
    log = (tmp_path / "log.txt").read_text(encoding="utf-8").splitlines()
    assert "tones.perceptron epoch 5 of 5" in "\n".join(log)
    assert log[-1] == "6 of 6 cells have a result"
    (weights,) = [record.learnt["weights"] for record in records if record.cell.experiment == "tones.by-hits"]
    assert len(weights) == 3


@pytest.mark.parametrize("shown", [GUIDE], ids=named, indirect=True)
def test_example_dataset_finds_and_verifies_its_twin(
    shown: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data" / "tones"
    assert cli.invoke(["data", "twin", "tone-corpus", str(folder)]) == 0
    assert cli.invoke(["data", "verify", "tone-corpus", "--data", str(folder.parent), "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert report["samples"] == report["official_samples"] == 48
    assert report["counts_that_differ"] == report["findings"] == []


def test_every_hook_is_explained_with_an_example() -> None:
    implemented = {
        node.name
        for fence in fences(GUIDE, "python")
        for node in ast.walk(ast.parse(fence.text))
        if isinstance(node, ast.FunctionDef)
    }
    assert implemented >= HOOKS
    assert set(re.findall(r"`(emobench_\w+)`", prose(GUIDE))) == HOOKS


# -------------------------------------------------------------------------------------------------------- suites


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("The file", Suite),
        ("twin", Twin),
        ("experiments", Experiment),
        ("training", FullTraining),
        ("pattern", Pattern),
    ],
)
def test_every_key_of_a_suite_file_is_explained(heading: str, model: type[Frozen]) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()}
    from_path = {"name", "file", "base"} if model is Suite else set()
    assert {row[0].strip("`") for row in table(SUITES, heading)} == keys - from_path


def test_defaults_of_the_schedule_are_right() -> None:
    told = {row[0].strip("`"): row[2].strip("`") for row in table(SUITES, "training")}
    defaults = asdict(Schedule()) | asdict(Recipe())
    assert told == {name: json.dumps(value) for name, value in defaults.items()}


def test_augmentations_are_explained_with_their_parameters() -> None:
    told = {row[0].strip("`"): (row[1], row[2]) for row in table(SUITES, "Augmentation")}
    of = {name: "pictures" if name in ("flip", "crop", "jitter") else "waveforms" for name in AUGMENTATIONS}
    said = {
        name: ", ".join(f"`{key} = {value}`" for key, value in known.items()) or "–"
        for name, known in AUGMENTATIONS.items()
    }
    assert told == {name: (of[name], said[name]) for name in AUGMENTATIONS}


def _table_of(page: Path, folder: Path) -> None:
    """Write the table that a page shows, with each of its rows for each of ten people."""
    header, *rows = next(fence.text for fence in fences(page, "text") if fence.text.startswith("path,")).splitlines()
    lines = [header]
    for place, row in enumerate(rows * 10):
        _, _, rest = row.split(",", 2)
        lines.append(f"{place}.wav,person-{place // len(rows)},{rest}")
        (folder / f"{place}.wav").write_bytes(b"")
    (folder / "my.csv").write_text("\n".join(lines), encoding="utf-8")


@every_page
def test_suites_on_pages_can_be_planned(page: Path, tmp_path: Path) -> None:
    for fence in fences(page, "toml"):
        tomllib.loads(fence.text)
        if fence.text.startswith("schema") and not fence.file:  # those with a file are run with their plugins
            (tmp_path / "shown.toml").write_text(fence.text, encoding="utf-8")
            for name in re.findall(r'weights = "([^"/]+)"', fence.text):
                (tmp_path / name).write_bytes(b"")  # looked at, not read, by a plan
            for name in set(re.findall(r'"hf:\./([^"/]+)"', fence.text)):
                tiny_encoders.speech_model(tmp_path / name)
            if '"my.csv"' in fence.text:
                _table_of(page, tmp_path)
            encoder = ["--encoder", "mfcc-chroma-mel"] if "[pattern]" in fence.text else []
            assert cli.invoke(["plan", "--suite", str(tmp_path / "shown.toml"), *encoder]) == 0


# --------------------------------------------------------------------------------------- what the README promises


def test_readme_is_short() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 90
    assert len(text.split()) <= 600


def test_model_of_the_readme_is_evaluated_on_a_twin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (shown,) = fences(README, "python")
    exec(compile(shown.text, "README.md", "exec"), {})
    (record,) = read_records(tmp_path / "runs")
    assert (record.cell.experiment, record.status) == ("mine.logistic", "finished")


def test_readme_gives_published_numbers() -> None:
    by_name: dict[str, list[Record]] = {}
    for record in read_records(BOARDS):
        by_name.setdefault(record.cell.experiment, []).append(record)

    def percent(name: str, metric: str) -> str:
        """Return the mean over the seeds of an experiment."""
        scores = [record.scores[record.cell.headline].metrics[metric] for record in by_name[name]]
        return f"{100 * fmean(scores):.1f}%"

    said = README.read_text(encoding="utf-8")
    for name, metric in (
        ("a.table2.mlp", "accuracy"),
        ("apart.a.table2.mlp", "accuracy"),
        ("a.table1.resnet18", "accuracy"),
        ("b.table2.vgg16", "accuracy"),
        ("b.table2.vgg16", "balanced_accuracy"),
    ):
        assert percent(name, metric) in said, (name, metric)
    printed = json.loads((BOARDS / "paper-replication.json").read_text(encoding="utf-8"))
    (clean,) = {
        row["clean"]["scores"]["accuracy"]
        for task in printed["tasks"]
        for row in task["rows"]
        if row["record"]["cell"]["experiment"] == "a.table1.resnet18"
    }
    assert f"{100 * clean:.1f}%" in said


def test_picture_of_the_readme_has_every_published_premium() -> None:
    """``make boards`` draws it again."""
    drawn = (ROOT / "docs" / "assets" / "premiums.svg").read_text(encoding="utf-8")
    boards = [
        json.loads(path.read_text(encoding="utf-8")) for path in BOARDS.rglob("*.json") if "claims" not in path.stem
    ]
    points = {pair["points"] for board in boards for pair in board.get("premiums", []) if pair["points"] is not None}
    assert points
    for value in points:
        assert f">{value:+.1f}".replace("-", "\u2212") in drawn.replace("&#8722;", "\u2212"), value


def test_pictures_of_the_pages_have_every_published_score() -> None:
    """``make boards`` draws them again."""
    published, intervals = (
        (ROOT / "docs" / "assets" / f"{name}.svg").read_text(encoding="utf-8").replace("&#8722;", "\u2212")
        for name in ("published", "intervals")
    )
    found = 0
    for record in read_records(BOARDS):
        scores = record.scores.get(record.cell.headline)
        printed = record.cell.published.get("accuracy")
        if scores is None or scores.n < 30:
            continue
        accuracy = scores.metrics["accuracy"]
        if printed is not None:
            points = round(100 * (accuracy - printed), 1) + 0.0  # not "-0.0"
            assert f">{points:+.1f}".replace("-", "\u2212") in published, record.cell.experiment
            found += 1
        if record.cell.identity.dataset == "fer2013":
            assert f">{100 * accuracy:.1f}<" in intervals, record.cell.experiment
    assert found


# ------------------------------------------------------------------------------------------------------- pictures

ASSETS = ROOT / "docs" / "assets"
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+\.svg)\)")
PICTURED = (
    "audits", "boards", "claims", "conformance", "data", "gallery", "index", "logging", "models", "paper", "plugins",
    "protocols", "publishing", "python", "read-a-board", "replication", "start", "statistics", "suites", "targets",
    "write-a-dataset", "write-a-fusion", "write-a-model", "your-data",
)  # fmt: skip
PLOTTED = {"intervals", "premiums", "published"}
"""Pictures that ``make boards`` draws; the others are drawn by hand."""


def texts(picture: str) -> list[str]:
    """Return the texts of a picture."""
    tree = ElementTree.parse(ASSETS / f"{picture}.svg")
    return ["".join(text.itertext()) for text in tree.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{name}.md" for name in PICTURED)])
def test_concepts_have_a_picture(page: str) -> None:
    shown = PICTURE.findall(prose(ROOT / page))
    assert shown
    for told, path in shown:
        assert told
        assert ((ROOT / page).parent / path).is_file(), path


@pytest.mark.parametrize("picture", sorted(path.stem for path in ASSETS.glob("*.svg")))
def test_pictures_are_small_and_used(picture: str) -> None:
    assert any(f"assets/{picture}.svg)" in prose(page) for page in PAGES)
    assert texts(picture)  # is XML, and its texts are texts
    assert (ASSETS / f"{picture}.svg").stat().st_size <= (50_000 if picture in PLOTTED else 8_000)


def test_line_of_a_board_is_drawn_with_its_numbers() -> None:
    board = json.loads((BOARDS / "datasets" / "fer2013.json").read_text(encoding="utf-8"))
    (line,) = board["overview"]["lines"]
    best, score = line["best"], line["best"]["score"]
    value, low, high, uar, published, clean, chance = (
        f"{100 * number:.1f}"
        for number in (
            score["value"], score["low"], score["high"], best["uar"]["value"], best["published"], best["clean"],
            line["chance"],
        )
    )  # fmt: skip
    said = [f"{line['dataset']}, {line['split']} split", f"people {line['people']}", f"{line['provenance']} data"]
    said += [best["model"], f"{clean} without duplicates", f"{value} [{low}, {high}]", published, uar]
    assert {*said, f"{line['rows']} rows", f"{line['n']:,}"} <= set(texts("board-row"))
    places = re.findall(r'="([\d.]+)%"', (ASSETS / "board-row.svg").read_text(encoding="utf-8"))
    assert places == [chance, chance, low, high, value, value, published]


def test_cards_in_the_documentation_are_those_of_the_board() -> None:
    cards = re.findall(r"^- \*\*(.+?)\*\*", (BOARDS / "paper-scrutiny.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [row[0] for row in table(ROOT / "docs" / "boards.md", "The overview")] == cards[:4]


def test_pictures_name_what_there_is() -> None:
    registry = loading.load(list(importlib.metadata.entry_points(group="emobench")), "emobench")
    taken = {name for model in registry.models.values() for name in model.takes}
    names = {name for text in texts("models") for name in re.split(r",\s*", text) if name}
    assert {*registry.models, *taken} == names - {"representation", "model", "answer", "probability", "of each class"}
    assert {text for text in texts("plugins") if text.startswith("emobench_")} == HOOKS
    assert set(get_args(Provenance)) <= set(texts("data"))
    for picture, contract in (("write-a-dataset", Dataset), ("write-a-fusion", Fusion)):
        methods = {match[1] for text in texts(picture) if (match := re.match(r"(\w+)\(", text))}
        assert methods >= contract.__abstractmethods__
        assert all(hasattr(contract, method) for method in methods)


# ------------------------------------------------------------------------------ the core knows no dataset, no model


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Yield identifiers and strings with their lines: docstrings and the help texts of options left out."""
    tree = ast.parse(path.read_bytes())
    for_people = {
        id(text)
        for node in ast.walk(tree)
        for text in (
            [node.value]
            if isinstance(node, ast.Expr)
            else [keyword.value for keyword in node.keywords if keyword.arg == "help"]
            if isinstance(node, ast.Call)
            else []
        )
        if isinstance(text, ast.Constant)
    }
    for node in ast.walk(tree):
        if id(node) in for_people:
            continue
        for field in ("value", "id", "attr", "name", "module", "arg", "asname"):
            text = getattr(node, field, None)
            if isinstance(text, str):
                yield getattr(node, "lineno", 0), text


def test_core_names_no_dataset_and_no_architecture() -> None:
    registry = loading.load(list(importlib.metadata.entry_points(group="emobench")), "emobench")
    names = [*registry.datasets, *registry.models, *registry.suites, "fer2013", "ravdess", "resnet", "vgg"]
    forbidden = re.compile("|".join(rf"(?<![a-z]){re.escape(name)}" for name in names), re.IGNORECASE)
    hits = [
        f"{path.relative_to(ROOT)}:{line}: {text[:60]}"
        for path in sorted((ROOT / "emobench").rglob("*.py"))
        for line, text in words(path)
        if forbidden.search(text)
    ]
    assert hits == []


def test_templates_name_no_dataset() -> None:
    """What ``new-plugin`` writes takes its task from the built-in suites; the perceptron that it begins with is a name."""
    registry = loading.load(list(importlib.metadata.entry_points(group="emobench")), "emobench")
    names = "|".join([*map(re.escape, registry.datasets), "resnet", "vgg"])
    forbidden = re.compile(rf"(?<![a-z])(?:{names})", re.IGNORECASE)  # "released" does not name the corpus "ased"
    templates = list((ROOT / "emobench").rglob("*.j2"))
    assert templates
    assert [path.name for path in templates if forbidden.search(path.read_text(encoding="utf-8"))] == []


_EXPERIMENT = re.compile(r"(?<![\w./*-])(?:apart\.)?(?:a|b|extra)\.(?:table\d|ablation)\.[a-z0-9-]+")


def test_every_experiment_in_commands_exists() -> None:
    """Those of fenced blocks, and those of the help of commands, which docs/cli.md repeats."""
    known = find_suite("paper-scrutiny", loading.installed_plugins()).by_name
    named_there = {
        (page.name, name)
        for page in [README, *(ROOT / "docs").glob("*.md")]
        for block in re.findall(r"^```.*?^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
        if "emobench" in line
        for name in _EXPERIMENT.findall(line)
    }
    assert ("statistics.md", "a.table1.resnet18") in named_there
    assert {(page, name) for page, name in named_there if name not in known} == set()
