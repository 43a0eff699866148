"""``python -m emobench.cli._reference`` prints docs/cli.md: the help of every command, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

import click

from emobench.cli import cli

WIDTH = 100
"""Of the help texts, in characters, whatever the terminal."""

_HEAD = """\
# The command line

Generated from the program by `make docs`; a test fails when it is out of date. Every command also prints its part with
`--help`. Results go to standard output; progress, warnings and errors go to standard error. The exit code is 0 if all
is well, 1 if something that was asked for failed, 2 if the request was wrong, and 130 after an interruption.

Environment variables: `EMOBENCH_DATA` names the folder with the datasets, as `--data` does; `EMOBENCH_CACHE` the folder
for computed things (see [architecture.md](architecture.md#caches)); `EMOBENCH_PLUGINS` is an allow-list of plugins (see
[plugins.md](plugins.md#the-allow-list)); `EMOBENCH_MLFLOW` is for [logging.md](logging.md#mlflow).

`emobench completion` prints what a shell needs to complete commands, options and names. In bash, for instance:

```sh
mkdir -p ~/.local/share/bash-completion/completions
emobench completion bash  # into ~/.local/share/bash-completion/completions/emobench
```

In a bug report, say what `emobench --version` prints.
"""


def reference() -> str:
    """Return the Markdown, the same in every environment."""
    return "\n".join([_HEAD, *_sections(cli, "emobench", None)])


def _sections(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, parent, name, **settings)
    vars(command)["_help_option"] = None  # click keeps that of the first context, which may have had no settings
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            yield from _sections(command.commands[verb], verb, context)


if __name__ == "__main__":
    click.echo(reference(), nl=False)
