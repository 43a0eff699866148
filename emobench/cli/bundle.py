"""``emobench bundle``."""

from __future__ import annotations

from pathlib import Path

import click

from emobench.cli import _completion
from emobench.cli._options import UserPath, only_option, runs_option
from emobench.errors import counted


@click.command(short_help="Pack results into one file that others can verify.")
@runs_option(help="Folder with the cells of one or more runs, or a board.")
@only_option(
    shell_complete=_completion.results,
    help="Pack only matching experiments or cell ids (and their members); repeatable.",
)
@click.option("--output", type=UserPath(), required=True, help="File to write; the bundle is named after it.")
@click.option("--synthetic", is_flag=True, help="Pack synthetic rows too; no board takes them.")
def bundle(runs: Path, only: tuple[str, ...], output: Path, synthetic: bool) -> int:
    """Pack results into one file that others can verify: records and predictions, no media.

    Scores are computed again from the predictions. What a result is made from (members, folds, the cell whose fitted model
    is applied) is packed with it. Failed cells and synthetic rows are left out, with a line on standard error.

    \b
    emobench bundle --runs runs --output my-results.zip
    emobench bundle --runs runs --only 'a.table1.*' --output my-results.zip
    """
    from emobench.plugins import installed_plugins, warn
    from emobench.publishing.bundles import pack
    from emobench.storage import atomic

    packed = pack(runs, output, installed_plugins(), only, synthetic=synthetic)
    with atomic(output) as file:
        file.write(packed.content)
    for line in filter(None, (*packed.left_out, packed.reduced)):
        warn(line)
    size = len(packed.content) / 1e6
    cells = counted(len(packed.manifest.cells), "cell", "cells")
    click.echo(f"{output}: {cells}, {size:.1f} MB. To check it: emobench verify {output}")
    for name, source in packed.manifest.datasets.items():
        said = f"licence {source.license}; to be cited: {source.citation}" if source else "not registered here"
        click.echo(f"{name}: {said}")
    return 0
