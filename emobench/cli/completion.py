"""``emobench completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from emobench.cli._options import Choice


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that makes SHELL (bash, zsh or fish) complete commands, options and names.

    Names of suites, experiments, datasets, models and other components are completed too, those of installed plugins
    included. Write the output to the file that the shell looks for:

    \b
    emobench completion bash

    \b
    bash  ~/.local/share/bash-completion/completions/emobench
    zsh   _emobench, in a folder of $fpath
    fish  ~/.config/fish/completions/emobench.fish
    """
    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    assert kind is not None  # click knows all three
    click.echo(kind(root.command, {}, "emobench", "_EMOBENCH_COMPLETE").source())
