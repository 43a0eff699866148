"""``emobench data``: what is on disk, and whether it is what it should be."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emobench.cli import _completion
from emobench.cli._options import (
    SuggestingGroup,
    UserPath,
    columns_option,
    data_option,
    json_option,
    listed,
    numbers_options,
    parse_columns,
    parse_numbers,
)
from emobench.cli._tables import echo_json, found_table, grouped, wrapped
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from collections.abc import Collection

    from emobench.contracts import Finding
    from emobench.data import DatasetCopy, Found
    from emobench.plugins import Registry

_EXAMPLES = 5
_HINTS = 10
_WORDS = {
    "missing": "missing (official, not here)",
    "extra": "extra (here, not official, not read)",
    "duplicate": "duplicate (read once)",
    "identical": "identical (two files with the same content)",
    "unreadable": "unreadable (dropped and counted)",
    "odd": "odd",
}


@click.group(cls=SuggestingGroup)
def data() -> None:
    """Find, download, check and imitate datasets.

    \b
    emobench data status --data ~/datasets
    emobench data download ravdess --data ~/datasets
    emobench data verify fer2013 --data ~/datasets
    """


def _found(names: tuple[str, ...], folder: Path | None) -> tuple[list[Found], Registry]:
    from emobench.data import with_data
    from emobench.plugins import installed_plugins
    from emobench.splits import Tasks

    root = _named(folder)
    tasks = Tasks(with_data(installed_plugins(), root))
    asked = [tasks.registry.find("datasets", name).name for name in names] or list(tasks.registry.datasets)
    return list(tasks.find(asked, root).values()), tasks.registry


def _named(folder: Path | None) -> Path:
    if folder is None:
        raise EmobenchError("no folder with datasets was named", remedy="name it with --data, or set EMOBENCH_DATA")
    return folder


@data.command()
@data_option()
@json_option()
def status(data: Path | None, as_json: bool) -> int:
    """Say in one table what is found where, and at which provenance level.

    \b
    emobench data status --data ~/datasets
    emobench data status --data ~/datasets --json
    """
    found, plugins = _found((), data)
    if as_json:
        echo_json([_summary(each, plugins) for each in found])
    else:
        here, absent = _with_descriptors_apart(found, plugins)
        found_table(here, plugins)
        _echo_found(here, plugins)
        if absent:
            names = ", ".join(each.dataset for each in absent)
            click.echo(wrapped(f"Not found of the corpora that descriptors know: {names}.", "", 2))
        _echo_hints(here, _named(data))
    return 2 if any(each.problem for each in found) else 0


def _echo_hints(found: list[Found], root: Path) -> None:
    """Name what lies there and almost fits."""
    from emobench.data import hints, scan

    folders, _ = scan(root)
    read = [each.copy.location.root for each in found if each.copy and each.copy.location.root != root.absolute()]
    for hint in hints(folders, read)[:_HINTS]:
        click.echo(wrapped(f"Not read: {hint}.", "", 2))


def _with_descriptors_apart(found: list[Found], plugins: Registry) -> tuple[list[Found], list[Found]]:
    """Return what is here or has code of its own, and the described datasets that are not here: there are many."""
    from emobench.data import DescribedDataset

    parts: dict[bool, list[Found]] = {True: [], False: []}
    for each in found:
        there = each.copy is not None or each.problem is not None
        parts[there or not isinstance(plugins.datasets[each.dataset], DescribedDataset)].append(each)
    return parts[True], parts[False]


def _echo_found(found: list[Found], plugins: Registry) -> None:
    from emobench.plugins import warn
    from emobench.records import PROVENANCE_MEANING

    click.echo()
    for level in dict.fromkeys(each.copy.provenance for each in found if each.copy):
        click.echo(wrapped(f"{level}: {PROVENANCE_MEANING[level]}", "", 2))
    absent = [each.dataset for each in found if each.copy is None and each.problem is None]
    for how, names in grouped((_how_to_get(name, plugins), name) for name in absent).items():
        were = "was" if len(names) == 1 else "were"
        click.echo(wrapped(f"{', '.join(names)} {were} not found. {how}", "", 2))
    for each in found:
        for other in each.others:
            click.echo(wrapped(f"{each.dataset}: another copy is not read: {other.root} ({other.form})", "", 2))
        if each.problem:
            warn(f"{each.dataset} cannot be used: {each.problem}")


def _how_to_get(name: str, plugins: Registry) -> str:
    dataset = plugins.datasets[name]
    command = f"'emobench data download {name}' fetches it. Or: " if dataset.downloads else ""
    return f"{command}{dataset.obtain}"


@data.command()
@click.argument("names", nargs=-1, shell_complete=_completion.names_of("datasets"))
@data_option()
@click.option("--all", "everything", is_flag=True, help="List every file, not the first five of each kind.")
@json_option()
def verify(names: tuple[str, ...], data: Path | None, everything: bool, as_json: bool) -> int:
    """Decode every file and set counts and fingerprint against the official ones.

    Exits with 0 if every dataset is there, official and readable; with 1 if not; with 2 if one cannot be used at all.

    \b
    emobench data verify --data ~/datasets
    emobench data verify fer2013 --data ~/datasets --all
    """
    found, plugins = _found(names, data)
    if not names:
        found = [each for each in found if each.copy or each.problem]
    if not found:
        raise EmobenchError("no dataset was found", where=str(data), remedy="see 'emobench data status'")
    asked = {each.dataset for each in found}
    reports = [_report(each, plugins, decode=not _by_members(each, plugins, asked)) for each in found]
    if as_json:
        echo_json(reports)
    else:
        for report in reports:
            _echo_report(report, everything)
    if any(each.problem for each in found):
        return 2
    return 0 if all(report["verified"] for report in reports) else 1


@data.command()
@click.argument("name", shell_complete=_completion.names_of("datasets"))
@data_option()
def download(name: str, data: Path | None) -> int:
    """Fetch a dataset into a folder NAME below the data folder, which need not exist yet.

    What was fetched is checked and unpacked, and has its name only when it is complete; after an interruption the same
    command goes on where it stopped. Where a dataset cannot be had like this, it says what to do instead.

    Exits with 0 if the dataset is there, now or already; with 1 if it could not be had, or is not the official one; with 2
    if this command cannot fetch it.

    \b
    emobench data download ravdess --data ~/datasets
    """
    from emobench.data.downloads import download_dataset, is_complete
    from emobench.plugins import installed_plugins, warn

    dataset = installed_plugins().find("datasets", name)
    folder = _named(data)
    if not dataset.downloads:
        raise EmobenchError("cannot be fetched by this command", where=name, remedy=dataset.obtain)
    if folder.exists():
        ((found,), _) = _found((name,), folder)
        if found.copy and is_complete(dataset, found.copy):
            click.echo(f"{_place(found.copy)}. It is there already: nothing was downloaded.")
            return 0
    click.echo(f"{dataset.title}. Licence: {dataset.license}. To be cited: {dataset.citation.rstrip('.')}.")
    try:
        target = download_dataset(dataset, folder)
        ((found,), _) = _found((name,), target)
        if found.copy is None:
            raise found.problem or EmobenchError("holds no copy of it", where=str(target), remedy=dataset.obtain)
        click.echo(f"{_place(found.copy)}.")
        if not is_complete(dataset, found.copy):
            remedy = f"see 'emobench data verify {name}'"
            raise EmobenchError("this is not the official content", where=str(target), remedy=remedy)
    except EmobenchError as error:
        warn(f"error: {error}")
        return 1
    return 0


def _place(copy: DatasetCopy) -> str:
    samples = len(copy.index.samples)
    return (
        f"{copy.dataset}: {samples:,} samples in {copy.location.root} (form: {copy.location.form}), {copy.provenance}"
    )


@data.command()
@click.argument("name", shell_complete=_completion.names_of("datasets"))
@click.argument("folder", type=UserPath())
def twin(name: str, folder: Path) -> None:
    """Write a dataset's synthetic twin into FOLDER: small, in the official names, layout and file formats.

    \b
    emobench data twin ravdess twins/ravdess
    """
    from emobench.data import write_twin
    from emobench.plugins import installed_plugins
    from emobench.storage import whole_folder

    dataset = installed_plugins().find("datasets", name)
    if folder.exists():
        raise EmobenchError("is there already", where=str(folder), remedy="name a new folder")
    with whole_folder(folder) as temporary:
        write_twin(dataset, temporary, installed_plugins())
    click.echo(f"A synthetic twin of {dataset.title} is in {folder}. It is marked as synthetic by its PROVENANCE.txt.")


@data.command()
@click.argument("table", type=UserPath())
@click.option("--name", help="Of the dataset; that of the file by default.")
@columns_option()
@click.option("--label-names", default="", metavar="A,B,...", help="The labels in order, if there are numbers from 0.")
@numbers_options()
@click.option("--replace", is_flag=True, help="Write the descriptor again if it is there already.")
def add(
    table: Path, name: str | None, columns: tuple[str, ...], label_names: str, values: str, votes: str, replace: bool
) -> None:
    """Make a dataset of a TABLE of your own: a descriptor NAME.dataset.toml beside it, which --data finds.

    TABLE is a CSV, TSV, Parquet or JSON lines file with a row a sample: the path of its sound, image or film, relative to
    the table, its label, and where they are known the speaker and others. Which column is what is told by its name, and
    said. The descriptor can be edited.

    
    emobench data add ~/mine/clips.csv --name my-corpus
    emobench data add clips.tsv --column label=Emotion --column group=Speaker_ID
    emobench data add affect.csv --values valence=1:7,arousal=1:7
    """
    from emobench.data import SUFFIX, find_own, own_table, slug, with_datasets, write_descriptor
    from emobench.plugins import installed_plugins
    from emobench.splits import with_truth

    name = name or slug(table.stem)
    if name in installed_plugins().datasets:
        raise EmobenchError(f"a dataset is called {name!r} already", where="--name", remedy="choose another name")
    names, numbers = listed(label_names), parse_numbers(values, votes)
    own = own_table(table, name, parse_columns(columns), label_names=names, numbers=numbers)
    found = find_own(own.dataset, with_datasets(installed_plugins(), [own.dataset]))
    if found.copy is None:
        raise found.problem or EmobenchError("cannot be read", where=str(table))
    for target in own.dataset.targets:
        with_truth(found.copy.index.samples, target)
    path = table.parent / f"{name}{SUFFIX}"
    if path.exists() and not replace:
        raise EmobenchError("is there already", where=str(path), remedy="choose another --name, or add --replace")
    write_descriptor(own.dataset.descriptor, path)
    click.echo(wrapped(own.in_words))
    samples = found.copy.index.samples
    labels = samples["label"][samples["label"] != ""].value_counts().sort_index()
    counts = ", ".join(f"{label} {number:,}" for label, number in labels.items())
    people = f", {samples['group'].nunique():,} values of group" if "group" in own.columns else ""
    click.echo(wrapped(f"{len(samples):,} samples{people}{f': {counts}' if counts else ''}"))
    click.echo(wrapped(f"Written: {path}. With --data {table.parent} the dataset is known as {name}."))


def _summary(found: Found, plugins: Registry) -> dict[str, Any]:
    dataset, copy = plugins.datasets[found.dataset], found.copy
    summary: dict[str, Any] = {"dataset": found.dataset, "official_samples": dataset.official.samples}
    if found.problem:
        return summary | {"state": "unusable", "problem": str(found.problem)}
    if copy is None:
        return summary | {"state": "not found", "obtain": dataset.obtain}
    return summary | {
        "state": "found",
        "provenance": copy.provenance,
        "form": copy.location.form,
        "samples": len(copy.index.samples),
        "where": str(copy.location.root),
        "fingerprint": copy.fingerprint,
        "departures": [departure.model_dump(mode="json") for departure in copy.departures],
        "other_copies": [str(other.root) for other in found.others],
    }


def _by_members(found: Found, plugins: Registry, asked: Collection[str]) -> bool:
    """Tell whether the files of a dataset are decoded with those of its members."""
    from emobench.contracts import PairedDataset

    dataset = plugins.datasets[found.dataset]
    return isinstance(dataset, PairedDataset) and set(dataset.members) <= set(asked)


def _report(found: Found, plugins: Registry, *, decode: bool = True) -> dict[str, Any]:
    from emobench.audits import media_findings
    from emobench.data import IN_PARTS, count_differences
    from emobench.progress import counting

    report, copy = _summary(found, plugins) | {"verified": False}, found.copy
    if copy is None:
        return report
    dataset, samples = plugins.datasets[found.dataset], copy.index.samples
    files = sum(len(copy.rows(samples, modality)) for modality in dataset.media)
    decoded: list[Finding] = []
    if decode:
        with counting(f"decoding {found.dataset}", files) as step:
            decoded = media_findings(dataset, copy, step)
    damaged = [finding for finding in decoded if finding.kind == "unreadable"]
    # What the index already found unreadable, decoding finds again.
    findings = [finding for finding in copy.index.findings if finding.kind != "unreadable"] + decoded
    differences = count_differences(dataset, samples)
    return report | {
        "verified": copy.provenance == "official" and not differences and not damaged,
        "official_fingerprint": dataset.official.fingerprint.get(copy.location.form.removesuffix(IN_PARTS)),
        "counts_that_differ": [asdict(difference) for difference in differences],
        "findings": [asdict(finding) for finding in findings],
    }


def _echo_report(report: dict[str, Any], everything: bool) -> None:
    click.echo(f"\n{report['dataset']}")
    if report["state"] != "found":
        click.echo(wrapped(f"{report['state']}: {report.get('problem') or report['obtain']}", "  ", 4))
        return
    click.echo(f"  {report['samples']:,} samples in {report['where']} (form: {report['form']})")
    click.echo(f"  provenance: {report['provenance']}")
    click.echo(f"  fingerprint {report['fingerprint']}")
    expected = report["official_fingerprint"]
    if expected != report["fingerprint"]:
        click.echo(wrapped(expected or "none is known for this form: it cannot be confirmed", "  official    ", 14))
    for difference in report["counts_that_differ"]:
        click.echo(f"  count of {difference['what']}: {difference['found']:,}, official {difference['official']:,}")
    for kind, words in _WORDS.items():
        findings = [finding for finding in report["findings"] if finding["kind"] == kind]
        shown = findings if everything else findings[:_EXAMPLES]
        if findings:
            click.echo(f"  {words}: {len(findings):,}")
        for finding in shown:
            click.echo(wrapped(f"{finding['where'] or '(the copy)'}: {finding['what']}", "    ", 6))
        if len(shown) < len(findings):
            click.echo(f"    ... {len(findings) - len(shown):,} more (--all)")
    click.echo("  verified: official and readable" if report["verified"] else "  NOT verified as the official dataset")
