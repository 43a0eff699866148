"""What the placeholders of a suite's patterns stand for in a run: datasets that are found, encoders that are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from emobench.contracts import Dataset, Encoder, PairedDataset, Target
from emobench.data import Found
from emobench.errors import EmobenchError
from emobench.planning.encoders import registered
from emobench.planning.request import Request
from emobench.plugins import Registry
from emobench.splits import Tasks, find_target, only_target
from emobench.suites import Experiment, Meant, Pattern, Suite, expand


def expanded(suite: Suite, request: Request, tasks: Tasks) -> Suite:
    """Return a suite without patterns: one experiment for each pattern, dataset and encoder.

    Raises:
        EmobenchError: there are patterns and no encoder, or encoders and no pattern; no dataset of the modality is there.
    """
    pattern = suite.pattern
    if pattern is None:
        if request.encoders:
            what = f"{suite.name!r} has no pattern that an encoder fits into"
            remedy = "leave it out, or run a suite of patterns (emobench list suites)"
            raise EmobenchError(what, where="--encoder", remedy=remedy)
        return suite
    if not request.encoders:
        example = next(iter(pattern.encoders), "hf:./folder")
        remedy = f"add one or more, such as --encoder hf:./folder or --encoder {example}"
        raise EmobenchError(f"{suite.name!r} needs an encoder", where="--encoder", remedy=remedy)
    encoders = list(pattern.encoders)
    for source in request.encoders:
        name, tasks.registry = registered(source, tasks.registry, Path.cwd())
        encoders.append(name)
    _check_encoders(encoders, pattern, tasks.registry)
    here = _here(suite, pattern, request, tasks)
    meant = {each.name: list(_meant(each, suite, here, tasks)) for each in suite.own}
    if not any(meant.values()):
        what = f"no dataset here has a target that a model of {suite.name!r} takes"
        raise EmobenchError(what, where=str(request.data), remedy="name another folder")
    return expand(suite, meant, encoders)


def _here(suite: Suite, pattern: Pattern, request: Request, tasks: Tasks) -> list[Found]:
    """Return the datasets that are meant and here, also those that cannot be used; without data, twins.

    Raises:
        EmobenchError: there is none.
    """
    if request.data is None:
        where = f"{suite.file.name}, pattern, twins"
        names = [tasks.registry.find("datasets", name, where=where).name for name in pattern.twins]
    else:
        names = [name for name, dataset in tasks.registry.datasets.items() if _is_meant(dataset, pattern)]
    here = [each for each in tasks.find(names, request.data).values() if each.copy or each.problem]
    if not here:
        what = f"no dataset of modality {pattern.modality!r} that {suite.name!r} means is here"
        remedy = "name another folder, or leave --data out to run on synthetic twins"
        raise EmobenchError(what, where=str(request.data), remedy=remedy)
    return here


def _check_encoders(encoders: Iterable[str], pattern: Pattern, registry: Registry) -> None:
    """Refuse a name that nobody registered, and what is made from another modality."""
    for name in encoders:
        if name not in registry.representations and name not in registry.encoders:
            _refuse_path(name)
        stream = registry.stream(name, where="--encoder")
        frames = isinstance(stream, Encoder) and (stream.modality, pattern.modality) == ("image", "video")
        if stream.modality != pattern.modality and not frames:
            what = f"{name!r} is made from {stream.modality}, and the suite is about {pattern.modality}"
            raise EmobenchError(what, where="--encoder", remedy="name another encoder, or another suite")


def _refuse_path(name: str) -> None:
    """Refuse what is a folder or the name of a repository, and no source: it lacks the word before it."""
    here = (Path(name).expanduser() / "config.json").is_file()
    if here or re.fullmatch(r"[\w-][\w.-]*/[\w.-]+", name):
        prefix = "./" if here and not name.startswith((".", "/", "~")) else ""
        what = f"{name!r} is {'a folder' if here else 'no encoder of a plugin'}"
        raise EmobenchError(what, where="--encoder", remedy=f"write hf:{prefix}{name} for a model of Hugging Face")


def _is_meant(dataset: Dataset, pattern: Pattern) -> bool:
    def matches(globs: tuple[str, ...]) -> bool:
        return any(fnmatchcase(dataset.name, each) for each in globs)

    # What pairs others has samples that are theirs.
    own = pattern.modality in dataset.modalities and not isinstance(dataset, PairedDataset)
    return own and matches(pattern.datasets) and not matches(pattern.leave_out)


def _meant(experiment: Experiment, suite: Suite, here: list[Found], tasks: Tasks) -> Iterator[Meant]:
    """Yield the datasets that a pattern is run on: those whose target is of a kind that its model takes."""
    registry, pattern = tasks.registry, suite.pattern
    assert experiment.model is not None
    assert pattern is not None
    where = f"{suite.file.name}, experiment {experiment.name!r}"
    spec = registry.find("models", experiment.model.name, where=where)
    for found in here:
        dataset = registry.datasets[found.dataset]
        try:
            labels = _labels(dataset, pattern, registry)
        except EmobenchError as error:  # it keeps no other dataset from being run
            yield Meant(found.dataset, "", lacking=("no target", str(error)))
            continue
        asked = find_target(dataset, labels, registry)
        kind = asked.kind if isinstance(asked, Target) else "class"
        if not spec.kinds or kind in spec.kinds:
            yield _with_people(Meant(found.dataset, labels), found, experiment, pattern, tasks)


def _labels(dataset: Dataset, pattern: Pattern, registry: Registry) -> str:
    """Return the only label map that fits a dataset, or the pattern's where several do; else its only other target."""
    try:
        return only_target(dataset, registry)
    except EmobenchError:
        if pattern.labels and dataset.labels and registry.find("label_maps", pattern.labels).knows(dataset.labels):
            return pattern.labels
        raise


def _with_people(meant: Meant, found: Found, experiment: Experiment, pattern: Pattern, tasks: Tasks) -> Meant:
    """Return what is known of the people of a dataset; where its index cannot be used, the planner says so."""
    assert experiment.protocol is not None
    if found.copy is None:
        return meant
    try:
        groups = tasks.task(found.copy, meant.labels, experiment.protocol).samples["group"]
    except EmobenchError:
        return meant
    if (groups == "").any():
        return Meant(meant.name, meant.labels, lacking=("no people", ""))
    people = int(groups.nunique())
    if people < pattern.people:
        few = "1 person" if people == 1 else f"{people} people"
        return Meant(meant.name, meant.labels, people, lacking=("few people", few))
    return Meant(meant.name, meant.labels, people)
