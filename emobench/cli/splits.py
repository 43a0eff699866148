"""``emobench splits``."""

from __future__ import annotations

from pathlib import Path

import click

from emobench.cli._options import Choice, UserPath, data_option, labels_option, parse_settings, setting_option


@click.command(short_help="Write which samples to train on and to predict.")
@click.argument("dataset")
@click.argument("protocol")
@labels_option()
@setting_option()
@data_option()
@click.option("--fold", help="One fold of a protocol that makes several, instead of all.")
@click.option("--with-test-labels", "test_labels", is_flag=True, help="Write the labels of test samples too.")
@click.option("--paths", is_flag=True, help="Write the files too, relative to the dataset's folder.")
@click.option("--output", type=UserPath(), help="File to write; standard output by default.")
@click.option(
    "--format", "form", type=Choice(["csv", "json"]), help="Of the output; by default that of FILE's name, or csv."
)
def splits(
    dataset: str,
    protocol: str,
    labels: str | None,
    settings: tuple[str, ...],
    data: Path | None,
    fold: str | None,
    test_labels: bool,
    paths: bool,
    output: Path | None,
    form: str | None,
) -> int:
    """Write which samples to train on and which to predict, for any tool in any language.

    A row has the id of a sample, its part, its class and its group (speaker, actor, identity). The class of test samples
    is left empty: who predicts them has no use for it. Ids, folders and file names of some datasets tell it all the same.
    Where the protocol makes folds, all of them are written, one after another, with the column fold; what one fold tests
    another one trains on, with its class. A CSV file has a JSON file next to it that says which data, classes and rule it
    is of, with the sha256 of every part; a JSON file has that in itself. `emobench score` scores what comes back.

    \b
    emobench splits fer2013 official --labels seven-emotions --output parts.csv
    emobench splits m-lfw-fer group-folds --set folds=4 --output parts.json
    """
    from emobench.plugins import installed_plugins
    from emobench.splits import WITHHELD, open_task, render, splits_header, splits_table, write

    chosen = parse_settings(settings) | ({} if fold is None else {"fold": fold})
    task = open_task(dataset, protocol, labels, chosen, data, installed_plugins())
    table = splits_table(task, test_labels=test_labels, paths=paths)
    header = splits_header(task, test_labels=test_labels)
    if output is None:
        click.echo(render(table, header, form or "csv"), nl=False)
        return 0
    written = write(output, table, header, form)
    tested = sum(map(len, (task.scored.parts[part] for part in task.scored.test_parts)))
    about = f"{task.dataset.name} ({task.copy.provenance}), {tested:,} to predict"
    click.echo(f"{' and '.join(map(str, written))}: {about}")
    if not test_labels:
        click.echo(f"labels of test samples: {WITHHELD}")
    return 0
