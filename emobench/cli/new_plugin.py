"""``emobench new-plugin``: a small distribution to begin with, complete and working.

The files are Jinja2 templates under ``emobench/templates``: a folder for each kind, and one for what all kinds have. Jinja2
is maintained, pure Python, and installed anyway, for torch needs it; cookiecutter and copier would bring git, questions and
updates of projects, none of which is wanted here. Its delimiters are ``<< >>`` and ``<% %>``, since braces and brackets stand
in TOML, Python and workflow files themselves.
"""

from __future__ import annotations

import importlib.util
import json
import keyword
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emobench.cli.options import Choice, UserPath
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.plugins import Registry
    from emobench.suites import Experiment

TEMPLATES = Path(__file__).parent.parent / "templates"
KINDS = ("model", "dataset", "fusion")
TAKES = "gray-face"
"""The representation that the networks of the templates take; the built-in experiments on it set the task."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PREFIX = "emobench-"
_AUTHOR = re.compile(r"(?P<name>[^<>]*?)\s*(?:<(?P<email>[^<>@\s]+@[^<>@\s]+)>)?")
_PLACEHOLDERS = ("PACKAGE", "SUITE", "dot_")  # in the paths of templates: a file .gitignore would act on the templates


@click.command("new-plugin", short_help="Write a plugin to begin with.")
@click.argument("name")
@click.option("--kind", type=Choice(KINDS), required=True, help="What the plugin registers.")
@click.option("--output", type=UserPath(), help="Folder to write into; new or empty.  [default: emobench-NAME]")
@click.option("--author", default="", help="'Name' or 'Name <mail@example.org>', for pyproject.toml and LICENSE.")
def new_plugin(name: str, kind: str, output: Path | None, author: str) -> None:
    """Write a plugin to begin with: a small distribution that works, and says what to change.

    NAME is what suites will call the model, dataset or fusion: lower-case, with hyphens. The distribution is called
    emobench-NAME. It has one module, a suite that runs on synthetic twins at once, tests, a README and a workflow for
    continuous integration.

    \b
    emobench new-plugin tiny-net --kind model
    emobench new-plugin my-corpus --kind dataset --output ~/code/my-corpus
    emobench new-plugin my-fusion --kind fusion --author 'Ada Lovelace'
    """
    from emobench.plugins import registry
    from emobench.storage import writing

    check_name(name, registry())
    plugin = NewPlugin(name, kind, check_author(author))
    target = Path(plugin.distribution) if output is None else output
    check_target(target)
    files = plugin.files()
    with writing(target):
        for path, text in files.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(text, encoding="utf-8")
    click.echo(f"{target}: a {kind} that works; look for CHANGE in src/{plugin.package}/{kind}.py\n\nNext:")
    for command in (
        f"cd {target}",
        "pip install -e '.[test]'",
        f"emobench check {name}",
        f"emobench run --suite {name}",
        "pytest",
    ):
        click.echo(f"  {command}")


@dataclass(frozen=True)
class NewPlugin:
    """What the templates are filled with.

    Attributes:
        name: of the component and of its suite.
        kind: one of :data:`KINDS`.
        author: as :func:`check_author` returns it.
    """

    name: str
    kind: str
    author: str = ""

    @property
    def distribution(self) -> str:
        """Its name for pip. With a prefix, as other tools' plugins have one: on an index, short names are taken."""
        return _PREFIX + self.name

    @property
    def package(self) -> str:
        """Its name for import."""
        return self.distribution.replace("-", "_")

    @property
    def suite_file(self) -> str:
        """The file name of its suite, which is named after the file."""
        return f"{self.name.replace('-', '_')}.toml"

    def files(self) -> dict[str, str]:
        """Return the distribution: path with forward slashes to content.

        Raises:
            EmobenchError: as :func:`first_on_faces` does.
        """
        import jinja2

        from emobench.environment import version
        from emobench.plugins import registry

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            undefined=jinja2.StrictUndefined,
            autoescape=False,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            variable_start_string="<<",
            variable_end_string=">>",
            block_start_string="<%",
            block_end_string="%>",
            comment_start_string="<#",
            comment_end_string="#>",
        )
        environment.filters["toml_author"] = _toml_author
        values: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "author": self.author,
            "distribution": self.distribution,
            "package": self.package,
            "suite_file": self.suite_file,
            "class_name": _class_name(self.name),
            "title": self.name.replace("-", " ").capitalize(),
            "emobench_version": version(),
            **({} if self.kind == "dataset" else _beside(registry())),
        }
        # What a kind has of its own stands in for what all kinds have: it comes later.
        names = environment.list_templates(extensions=["j2"])
        templates = {
            self._path(name.partition("/")[2]): name
            for folder in ("common", self.kind)
            for name in names
            if name.startswith(f"{folder}/")
        }
        return {path: environment.get_template(name).render(values) for path, name in sorted(templates.items())}

    def _path(self, template: str) -> str:
        filled = (self.package, self.suite_file.removesuffix(".toml"), ".")
        for placeholder, text in zip(_PLACEHOLDERS, filled, strict=True):
            template = template.replace(placeholder, text)
        return template.removesuffix(".j2")


def _beside(registry: Registry) -> dict[str, Any]:
    """Return the built-in task that a new row stands on, and the pattern of the rows that it stands beside."""
    suite, experiment = first_on_faces(registry)
    assert experiment.dataset is not None
    return {
        "task": experiment,
        "takes": TAKES,
        "dataset_title": registry.find("datasets", experiment.dataset).title,
        "built_in_suite": suite,
        "built_in_rows": f"{experiment.name.rpartition('.')[0]}.*",
    }


def first_on_faces(registry: Registry) -> tuple[str, Experiment]:
    """Return the first experiment of emobench's own suites that fits a model on gray faces, and the suite's name.

    Its task is that of a new model: so the row of somebody's first plugin is ranked among those of the built-in models. What
    the templates do not write, a parameter of the protocol or a part that is not named, keeps an experiment from being it.

    Raises:
        EmobenchError: its plugins were shut out by ``EMOBENCH_PLUGINS``.
    """
    import emobench_plugins.suites

    from emobench.suites import read_suite

    for path in emobench_plugins.suites.emobench_suites():
        suite = read_suite(path)
        for experiment in suite.experiments:
            spec = registry.models.get(experiment.model.name) if experiment.model else None
            if spec is None or (experiment.takes or tuple(spec.takes)) != (TAKES,):
                continue
            if experiment.labels and experiment.headline and experiment.protocol and not experiment.protocol.parameters:
                return suite.name, experiment
    raise EmobenchError(
        f"no built-in experiment with a model on {TAKES} is there",
        remedy="let EMOBENCH_PLUGINS allow emobench's own plugins",
    )


def check_name(name: str, registry: Registry) -> None:
    """Refuse a name that cannot be, or that somebody has already.

    Raises:
        EmobenchError: with the reason, and with the owner of a name that is taken.
    """
    if not _NAME.fullmatch(name):
        raise EmobenchError(
            f"name {name!r} must consist of lower-case letters, digits and single hyphens, and begin with a letter",
            remedy=f"choose one like {_like(name)!r}",
        )
    if name.startswith(_PREFIX):
        raise EmobenchError(
            f"name {name!r}: {_PREFIX!r} is put before the name of the distribution anyway",
            remedy=f"say {name.removeprefix(_PREFIX)!r}",
        )
    if keyword.iskeyword(name) or keyword.iskeyword(_class_name(name)):
        raise EmobenchError(f"name {name!r} is a keyword of Python", remedy="choose another")
    for plugin in registry.plugins:
        for kind, names in plugin.provides.items():
            if name in names:
                what = kind.removesuffix("s").replace("_", " ")
                raise EmobenchError(
                    f"the name {name!r} is taken by a {what} of {plugin.distribution}", remedy="choose another"
                )
    package = NewPlugin(name, KINDS[0]).package
    if importlib.util.find_spec(package) is not None:
        raise EmobenchError(f"name {name!r}: a package {package!r} is installed already", remedy="choose another")


def _like(name: str) -> str:
    """Return the name as it could be: ``TinyNext`` as ``tiny-next``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    changed = re.sub(r"[^a-z0-9]+", "-", words).strip("-")
    return changed if _NAME.fullmatch(changed) else "tiny-net"


def check_author(author: str) -> str:
    """Return an author in one line.

    Raises:
        EmobenchError: it is not of the form ``Name`` or ``Name <mail@example.org>``.
    """
    text = " ".join(author.split())
    if not _AUTHOR.fullmatch(text):
        raise EmobenchError(f"author {author!r} is no name with an address", remedy="write 'Name <mail@example.org>'")
    return text


def check_target(target: Path) -> None:
    """Refuse a folder in which there is something.

    Raises:
        EmobenchError: it is a file, or a folder that is not empty.
    """
    if target.exists() and not target.is_dir():
        raise EmobenchError("is a file", where=str(target), remedy="name a folder with --output")
    if target.is_dir() and any(target.iterdir()):
        raise EmobenchError("the folder is not empty", where=str(target), remedy="name another with --output")


def _toml_author(author: str) -> str:
    matched = _AUTHOR.fullmatch(author)
    assert matched is not None
    # A string of JSON is one of TOML too.
    fields = [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in matched.groupdict().items() if text]
    return f"{{ {', '.join(fields)} }}"


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
