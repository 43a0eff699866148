"""``emobench data``: what is on disk, and whether it is what it should be."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emobench.cli import _completion
from emobench.cli._options import SuggestingGroup, UserPath, data_option
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.data import DatasetCopy, Found
    from emobench.plugins import Registry

_EXAMPLES = 5
_WORDS = {
    "missing": "missing (official, not here)",
    "extra": "extra (here, not official, not read)",
    "duplicate": "duplicate (read once)",
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
    from emobench.data import find_copies
    from emobench.plugins import installed_plugins

    plugins = installed_plugins()
    wanted = [plugins.find("datasets", name) for name in names] or list(plugins.datasets.values())
    return list(find_copies(wanted, _named(folder), plugins).values()), plugins


def _named(folder: Path | None) -> Path:
    if folder is None:
        raise EmobenchError("no folder with datasets was named", remedy="name it with --data, or set EMOBENCH_DATA")
    return folder


@data.command()
@data_option()
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def status(data: Path | None, as_json: bool) -> int:
    """Say in one table what is found where, and at which provenance level.

    \b
    emobench data status --data ~/datasets
    emobench data status --data ~/datasets --json
    """
    from emobench.cli._tables import found_table

    found, plugins = _found((), data)
    if as_json:
        click.echo(json.dumps([_summary(one, plugins) for one in found], indent=1))
    else:
        found_table(found, plugins)
        _echo_found(found, plugins)
    return 2 if any(one.problem for one in found) else 0


def _echo_found(found: list[Found], plugins: Registry) -> None:
    from emobench.records import PROVENANCE_MEANING

    click.echo()
    for level in dict.fromkeys(one.source.provenance for one in found if one.source):
        click.echo(f"{level}: {PROVENANCE_MEANING[level]}")
    for one in found:
        if one.source is None and one.problem is None:
            dataset = plugins.datasets[one.dataset]
            command = f"'emobench data download {one.dataset}' fetches it. Or: " if dataset.downloads else ""
            click.echo(f"{one.dataset} was not found. {command}{dataset.obtain}")
        for other in one.others:
            click.echo(f"{one.dataset}: another copy is not read: {other.root} ({other.form})")
        if one.problem:
            click.echo(f"emobench: {one.dataset} cannot be used: {one.problem}", err=True)


@data.command()
@click.argument("names", nargs=-1, shell_complete=_completion.names_of("datasets"))
@data_option()
@click.option("--all", "everything", is_flag=True, help="List every file, not the first five of each kind.")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def verify(names: tuple[str, ...], data: Path | None, everything: bool, as_json: bool) -> int:
    """Decode every file and set counts and fingerprint against the official ones.

    Exits with 0 if every dataset is there, official and readable; with 1 if not; with 2 if one cannot be used at all.

    \b
    emobench data verify --data ~/datasets
    emobench data verify fer2013 --data ~/datasets --all
    """
    found, plugins = _found(names, data)
    if not names:
        found = [one for one in found if one.source or one.problem]
    if not found:
        raise EmobenchError("no dataset was found", where=str(data), remedy="see 'emobench data status'")
    reports = [_report(one, plugins) for one in found]
    if as_json:
        click.echo(json.dumps(reports, indent=1))
    else:
        for report in reports:
            _echo_report(report, everything)
    if any(one.problem for one in found):
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
    from emobench.data import downloads
    from emobench.plugins import installed_plugins

    plugins = installed_plugins()
    dataset = plugins.find("datasets", name)
    folder = _named(data)
    if not dataset.downloads:
        raise EmobenchError("cannot be fetched by this command", where=name, remedy=dataset.obtain)
    if folder.exists():
        ((found,), _) = _found((name,), folder)
        if found.source and downloads.is_complete(dataset, found.source):
            click.echo(f"{_place(found.source)}. It is there already: nothing was downloaded.")
            return 0
    click.echo(f"{dataset.title}. Licence: {dataset.license}. To be cited: {dataset.citation.rstrip('.')}.")
    try:
        target = downloads.download_dataset(dataset, folder)
        ((found,), _) = _found((name,), target)
        if found.source is None:
            raise found.problem or EmobenchError("holds no copy of it", where=str(target), remedy=dataset.obtain)
    except EmobenchError as error:
        return _failed(str(error))
    click.echo(f"{_place(found.source)}.")
    if not downloads.is_complete(dataset, found.source):
        return _failed(f"{target}: this is not the official content; see 'emobench data verify {name}'")
    return 0


def _failed(why: str) -> int:
    click.echo(f"emobench: error: {why}", err=True)
    return 1


def _place(source: DatasetCopy) -> str:
    samples = len(source.index.samples)
    return (
        f"{source.dataset}: {samples:,} samples in {source.copy.root} (form: {source.copy.form}), {source.provenance}"
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

    plugins = installed_plugins()
    dataset = plugins.find("datasets", name)
    if folder.exists():
        raise EmobenchError("is there already", where=str(folder), remedy="name a new folder")
    with whole_folder(folder) as temporary:
        write_twin(dataset, temporary, plugins)
    click.echo(f"A synthetic twin of {dataset.title} is in {folder}. It is marked as synthetic by its PROVENANCE.txt.")


def _summary(one: Found, plugins: Registry) -> dict[str, Any]:
    dataset = plugins.datasets[one.dataset]
    summary: dict[str, Any] = {"dataset": one.dataset, "official_samples": dataset.official.samples}
    if one.problem:
        return summary | {"state": "unusable", "problem": str(one.problem)}
    if one.source is None:
        return summary | {"state": "not found", "obtain": dataset.obtain}
    return summary | {
        "state": "found",
        "provenance": one.source.provenance,
        "form": one.source.copy.form,
        "samples": len(one.source.index.samples),
        "where": str(one.source.copy.root),
        "fingerprint": one.source.fingerprint,
        "departures": [departure.model_dump(mode="json") for departure in one.source.departures],
        "other_copies": [str(other.root) for other in one.others],
    }


def _report(one: Found, plugins: Registry) -> dict[str, Any]:
    from emobench.data import count_differences, unreadable
    from emobench.progress import counting

    report = _summary(one, plugins) | {"verified": False}
    if one.source is None:
        return report
    dataset = plugins.datasets[one.dataset]
    samples = one.source.index.samples
    with counting(f"decoding {one.dataset}", len(samples)) as step:
        damaged = unreadable(dataset, one.source, step)
    # What the index already found unreadable, decoding finds again.
    findings = [finding for finding in one.source.index.findings if finding.kind != "unreadable"] + damaged
    differences = count_differences(dataset, samples)
    verified = one.source.provenance == "official" and not differences and not damaged
    return report | {
        "verified": verified,
        "official_fingerprint": dataset.official.fingerprint.get(one.source.copy.form),
        "counts_that_differ": [asdict(difference) for difference in differences],
        "findings": [asdict(finding) for finding in findings],
    }


def _echo_report(report: dict[str, Any], everything: bool) -> None:
    click.echo(f"\n{report['dataset']}")
    if report["state"] != "found":
        click.echo(f"  {report['state']}: {report.get('problem') or report['obtain']}")
        return
    click.echo(f"  {report['samples']:,} samples in {report['where']} (form: {report['form']})")
    click.echo(f"  provenance: {report['provenance']}")
    click.echo(f"  fingerprint {report['fingerprint']}")
    expected = report["official_fingerprint"]
    if expected != report["fingerprint"]:
        click.echo(f"  official    {expected or 'none is known for this form: it cannot be confirmed'}")
    for difference in report["counts_that_differ"]:
        click.echo(f"  count of {difference['what']}: {difference['found']:,}, official {difference['official']:,}")
    for kind, words in _WORDS.items():
        _echo_findings(words, [finding for finding in report["findings"] if finding["kind"] == kind], everything)
    click.echo("  verified: official and readable" if report["verified"] else "  NOT verified as the official dataset")


def _echo_findings(words: str, findings: list[dict[str, str]], everything: bool) -> None:
    if not findings:
        return
    click.echo(f"  {words}: {len(findings):,}")
    shown = findings if everything else findings[:_EXAMPLES]
    for finding in shown:
        click.echo(f"    {finding['where'] or '(the copy)'}: {finding['what']}")
    if len(shown) < len(findings):
        click.echo(f"    ... {len(findings) - len(shown):,} more (--all)")
