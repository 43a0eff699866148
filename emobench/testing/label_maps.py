"""What every label map must keep to."""

from __future__ import annotations

from collections import Counter

from emobench.contracts import LabelMap
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject

CONTRACTS = Contracts()


@CONTRACTS.add("name each class once")
def classes(subject: Subject) -> None:
    """The attribute classes is a tuple of two or more different names, not empty."""
    found = subject.component.classes
    if not isinstance(found, tuple) or len(found) < 2:
        raise Breach(f"classes is {found!r}")
    if odd := [name for name in found if not isinstance(name, str) or not name]:
        raise Breach(f"{odd[0]!r} is a class")
    if twice := [name for name, number in Counter(found).items() if number > 1]:
        raise Breach(f"the class {twice[0]!r} is there twice")


@CONTRACTS.add("add the class, or correct its spelling")
def targets_are_classes(subject: Subject) -> None:
    """Every label is mapped to one of the classes, or to None."""
    for label, target in subject.component.mapping.items():
        if target is not None and target not in subject.component.classes:
            raise Breach(f"the label {label!r} becomes {target!r}, which is no class")


@CONTRACTS.add("leave out a class that no sample can have")
def every_class_reached(subject: Subject) -> None:
    """Some label is mapped to each class."""
    if missing := [name for name in subject.component.classes if name not in subject.component.mapping.values()]:
        raise Breach(f"no label becomes {missing[0]!r}")


@CONTRACTS.add("begin with 1, and raise it with every change")
def version(subject: Subject) -> None:
    """The version is a whole number from 1 up."""
    number = subject.component.version
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise Breach(f"version is {number!r}")


@CONTRACTS.add("map every label of the dataset, those that are left out to None")
def fits_a_dataset(subject: Subject) -> None:
    """The map knows every label of a registered dataset, and leaves it two classes or more."""
    if not subject.registry.datasets:
        raise NotApplicable("no dataset is registered")
    label_map: LabelMap = subject.component
    unknown = {
        dataset.name: [label for label in dataset.labels if label not in label_map.mapping]
        for dataset in subject.registry.datasets.values()
    }
    closest = min(unknown, key=lambda name: len(unknown[name]))
    if unknown[closest]:
        raise Breach(f"{closest!r} comes closest, and the map says nothing about its {', '.join(unknown[closest])}")
    fitting = [subject.registry.datasets[name].labels for name in unknown if not unknown[name]]
    if all(len({label_map.mapping[label] for label in labels} - {None}) < 2 for labels in fitting):
        raise Breach(f"of {closest!r} it leaves fewer than two classes")
