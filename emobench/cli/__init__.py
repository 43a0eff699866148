"""The command line: one file a verb. Nothing heavy is imported before a verb needs it."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import Any

import click

from emobench.cli._options import SuggestingGroup, unknown_option
from emobench.cli.audit import audit
from emobench.cli.bundle import bundle
from emobench.cli.check import check
from emobench.cli.claims import claims
from emobench.cli.compare import compare
from emobench.cli.completion import completion
from emobench.cli.data import data
from emobench.cli.leaderboard import leaderboard
from emobench.cli.list import list_
from emobench.cli.new_plugin import new_plugin
from emobench.cli.plan import plan
from emobench.cli.plot import plot
from emobench.cli.run import run
from emobench.cli.score import score
from emobench.cli.show import show
from emobench.cli.splits import splits
from emobench.cli.verify import verify
from emobench.errors import EmobenchError

OK, WRONG, INTERRUPTED = 0, 2, 130

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}


def _version(context: click.Context, parameter: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        from emobench.cli._version import version_text

        click.echo(version_text())
        context.exit()


@click.group(cls=SuggestingGroup, context_settings=_HELP)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show what a bug report should say.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("--no-color", is_flag=True, help="No colours, as with the environment variable NO_COLOR.")
@click.pass_context
def cli(context: click.Context, debug: bool, no_color: bool) -> None:
    """Benchmark emotion recognition: datasets, models and fusions are plugins, a suite combines them.

    \b
    emobench run --suite paper-replication  on synthetic twins
    emobench run --suite paper-replication --data ~/datasets  on what is there

    Exit codes: 0 all well; 1 something that was asked for failed; 2 the request was wrong; 130 interrupted.
    """
    if no_color:
        os.environ["NO_COLOR"] = "1"  # the live display reads it too
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown"):
        context.color = False


for command in (
    *(run, plan, audit, list_, data, leaderboard, claims, show, plot, compare, splits, score),
    *(bundle, verify, check, new_plugin, completion),
):
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; every error is one line on stderr."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a queue's or an init system's stop is an interruption
    sys.exit(invoke(sys.argv[1:] if arguments is None else arguments))


def invoke(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    debug = "--debug" in arguments  # before or after the verb, as --no-color
    colorless = ["--no-color"] if "--no-color" in arguments else []
    arguments = colorless + [argument for argument in arguments if argument not in ("--debug", "--no-color")]
    try:
        result: Any = cli.main(arguments, prog_name="emobench", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_text:
        click.echo(help_text.format_message())
        return WRONG
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted; the same command goes on where it stopped", INTERRUPTED)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"; see '{context.command_path} --help'" if context else ""
        what = unknown_option(error) if isinstance(error, click.NoSuchOption) else error.format_message()
        message = " ".join(what.split()).rstrip(".")
        return _say(f"error: {message}{hint}", WRONG)
    except EmobenchError as error:
        if debug:
            traceback.print_exc()
        return _say(f"error: {error}", WRONG)
    return result if isinstance(result, int) else OK


def _say(text: str, code: int) -> int:
    click.echo(f"emobench: {text}", err=True)
    return code
