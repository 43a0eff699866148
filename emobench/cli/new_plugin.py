"""``emobench new-plugin``: a small distribution to begin with, complete and working.

The files are Jinja2 templates: a folder for each kind, and one for what all kinds have. Their delimiters are ``<< >>`` and
``<% %>``, since TOML, Python and workflow files have braces and brackets of their own.
"""

from __future__ import annotations

import importlib.util
import json
import keyword
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emobench.cli._options import Choice, UserPath
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.plugins import Registry

TEMPLATES = Path(__file__).parent / "templates"
KINDS = ("model", "dataset", "fusion", "encoder")
TAKES = "gray-face"
"""The representation that the networks of the templates take; the built-in experiments on it set the task."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PREFIX = "emobench-"  # other tools' plugins have one too: on an index, short names are taken
_AUTHOR = re.compile(r"(?P<name>[^<>]*?)\s*(?:<(?P<email>[^<>@\s]+@[^<>@\s]+)>)?")


@click.command("new-plugin", short_help="Write a plugin to begin with.")
@click.argument("name")
@click.option("--kind", type=Choice(KINDS), required=True, help="What the plugin registers.")
@click.option("--output", type=UserPath(), help="Folder to write into; new or empty.  [default: emobench-NAME]")
@click.option(
    "--author",
    default="",
    show_default=False,
    help="'Name' or 'Name <mail@example.org>', for pyproject.toml and LICENSE.",
)
def new_plugin(name: str, kind: str, output: Path | None, author: str) -> None:
    """Write a plugin to begin with: a small distribution that works, and says what to change.

    NAME is what suites will call the model, dataset, fusion or encoder: lower-case, with hyphens. The distribution is called
    emobench-NAME. It has one module, a suite that runs on synthetic twins at once, tests, a README and a workflow for
    continuous integration.

    \b
    emobench new-plugin tiny-net --kind model
    emobench new-plugin my-corpus --kind dataset --output ~/code/my-corpus
    emobench new-plugin my-fusion --kind fusion --author 'Ada Lovelace'
    emobench new-plugin my-voice --kind encoder
    """
    from emobench.plugins import installed_plugins
    from emobench.storage import writing

    plugins = installed_plugins()
    check_name(name, plugins)
    author = " ".join(author.split())
    if not _AUTHOR.fullmatch(author):
        raise EmobenchError(f"author {author!r} is no name with an address", remedy="write 'Name <mail@example.org>'")
    target = output or Path(_PREFIX + name)
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        what = "the folder is not empty" if target.is_dir() else "is a file"
        raise EmobenchError(what, where=str(target), remedy="name another folder with --output")
    files = plugin_files(name, kind, plugins, author)
    with writing(target):
        for path, text in files.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(text, encoding="utf-8")
    click.echo(
        f"{target}: {_with_article(kind)} that works; look for CHANGE in src/{_package(name)}/{kind}.py\n\nNext:"
    )
    click.echo(f"  cd {target}\n  pip install -e '.[test]'\n  emobench check {name}")
    click.echo(f"  emobench run --suite {name}\n  pytest")


def plugin_files(name: str, kind: str, registry: Registry, author: str = "") -> dict[str, str]:
    """Return a new distribution: path with forward slashes to content.

    Args:
        name: of the component and of its suite.
        kind: one of :data:`KINDS`.
        registry: where the built-in suites are.
        author: ``Name`` or ``Name <mail@example.org>``, or empty.

    Raises:
        EmobenchError: no built-in experiment sets a task for it; see :func:`_task`.
    """
    import jinja2

    from emobench.records import version

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
    )
    suite = name.replace("-", "_")
    values: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "a_kind": _with_article(kind),
        "author": author,
        "toml_author": _toml_author(author),
        "distribution": _PREFIX + name,
        "package": _package(name),
        "class_name": _class_name(name),
        "suite_file": f"{suite}.toml",
        "title": name.replace("-", " ").capitalize(),
        "emobench_version": version(),
        **({} if kind == "dataset" else {"task": _voices(registry)} if kind == "encoder" else _task(registry)),
    }
    files: dict[str, str] = {}
    for template in environment.list_templates():
        folder, _, path = template.removesuffix(".j2").partition("/")
        if folder in ("common", kind):
            # A file .gitignore would act on the templates.
            path = path.replace("PACKAGE", _package(name)).replace("SUITE", suite).replace("dot_", ".")
            files[path] = environment.get_template(template).render(values)
    return files


def _with_article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _package(name: str) -> str:
    return (_PREFIX + name).replace("-", "_")


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _task(registry: Registry) -> dict[str, Any]:
    """Return the task of a new model, and the pattern of the rows that its row is ranked with.

    It is the first experiment of emobench's own suites that fits a model on gray faces: so the row of somebody's first
    plugin is ranked among those of the built-in models. What the templates do not write, a parameter of the protocol or a
    part that is not named, keeps an experiment from being it.

    Raises:
        EmobenchError: its plugins were shut out by ``EMOBENCH_PLUGINS``.
    """
    from emobench.suites import read_suite

    for suite in (read_suite(registry.suites[name]) for name in registry.suites if name in registry.built_in_suites):
        for experiment in suite.experiments:
            spec = registry.models.get(experiment.model.name) if experiment.model else None
            rule = experiment.protocol
            if spec is None or rule is None or rule.parameters or (experiment.takes or tuple(spec.takes)) != (TAKES,):
                continue
            if experiment.dataset and experiment.labels and experiment.headline:
                return {
                    "task": experiment,
                    "takes": TAKES,
                    "dataset_title": registry.find("datasets", experiment.dataset_name).title,
                    "built_in_suite": suite.name,
                    "built_in_rows": f"{experiment.name.rpartition('.')[0]}.*",
                }
    raise EmobenchError(
        f"no built-in experiment with a model on {TAKES} is there",
        remedy="let EMOBENCH_PLUGINS allow emobench's own plugins",
    )


def _voices(registry: Registry) -> Any:
    """Return the first experiment of emobench's own suites that keeps people apart in one dataset of sounds alone.

    Raises:
        EmobenchError: its plugins were shut out by ``EMOBENCH_PLUGINS``.
    """
    from emobench.suites import read_suite

    for suite in (read_suite(registry.suites[name]) for name in registry.suites if name in registry.built_in_suites):
        for experiment in () if suite.pattern else suite.experiments:
            apart = experiment.protocol and experiment.protocol.name == "group-folds"
            if (
                apart
                and experiment.dataset
                and registry.find("datasets", experiment.dataset_name).modalities == ("audio",)
            ):
                return experiment
    raise EmobenchError(
        "no built-in experiment on voices is there", remedy="let EMOBENCH_PLUGINS allow emobench's own plugins"
    )


def check_name(name: str, registry: Registry) -> None:
    """Refuse a name that cannot be, or that somebody has already.

    Raises:
        EmobenchError: with the reason, and with the owner of a name that is taken.
    """
    reason, remedy = "", "choose another"
    if not _NAME.fullmatch(name):
        reason = "it must consist of lower-case letters, digits and single hyphens, and begin with a letter"
        remedy = f"choose a name like {_like(name)!r}"
    elif name.startswith(_PREFIX):
        reason = f"{_PREFIX!r} is put before the name of the distribution anyway"
        remedy = f"say {name.removeprefix(_PREFIX)!r}"
    elif keyword.iskeyword(name) or keyword.iskeyword(_class_name(name)):
        reason = "it is a keyword of Python"
    elif importlib.util.find_spec(_package(name)) is not None:
        reason = f"a package {_package(name)!r} is installed already"
    for owner in registry.plugins:
        for kind in (kind for kind, names in owner.provides.items() if name in names):
            reason = f"it is taken by a {kind.removesuffix('s').replace('_', ' ')} of {owner.distribution}"
    if reason:
        raise EmobenchError(f"name {name!r}: {reason}", remedy=remedy)


def _like(name: str) -> str:
    """Return the name as it could be: ``TinyNext`` as ``tiny-next``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    changed = re.sub(r"[^a-z0-9]+", "-", words).strip("-")
    return changed if _NAME.fullmatch(changed) else "tiny-net"


def _toml_author(author: str) -> str:
    matched = _AUTHOR.fullmatch(author)
    assert matched is not None
    # A string of JSON is one of TOML too.
    fields = [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in matched.groupdict().items() if text]
    return f"{{ {', '.join(fields)} }}"
