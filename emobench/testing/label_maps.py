"""What every label map must keep to."""

from __future__ import annotations

from collections import Counter

from emobench.contracts import LabelMap
from emobench.testing import light_import
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject

CONTRACTS = Contracts("label_maps")
light_import.add_to(CONTRACTS)


@CONTRACTS.add(
    "classes",
    "classes is a tuple of two or more different names, not empty",
    "name each class once",
)
def classes(subject: Subject) -> None:
    """Look at the names."""
    label_map: LabelMap = subject.component
    if not isinstance(label_map.classes, tuple) or len(label_map.classes) < 2:
        raise Breach(f"classes is {label_map.classes!r}")
    if odd := [name for name in label_map.classes if not isinstance(name, str) or not name]:
        raise Breach(f"{odd[0]!r} is a class")
    if twice := [name for name, number in Counter(label_map.classes).items() if number > 1]:
        raise Breach(f"the class {twice[0]!r} is there twice")


@CONTRACTS.add(
    "targets-are-classes",
    "every label is mapped to one of the classes, or to None",
    "add the class, or mend its spelling",
)
def targets_are_classes(subject: Subject) -> None:
    """Look at what labels become."""
    for label, target in subject.component.mapping.items():
        if target is not None and target not in subject.component.classes:
            raise Breach(f"the label {label!r} becomes {target!r}, which is no class")


@CONTRACTS.add(
    "every-class-reached",
    "some label is mapped to each class",
    "leave out a class that no sample can have",
)
def every_class_reached(subject: Subject) -> None:
    """Look for classes without a label."""
    if missing := [name for name in subject.component.classes if name not in subject.component.mapping.values()]:
        raise Breach(f"no label becomes {missing[0]!r}")


@CONTRACTS.add("version", "version is a whole number from 1 up", "begin with 1, and raise it with every change")
def version(subject: Subject) -> None:
    """Look at the version."""
    number = subject.component.version
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise Breach(f"version is {number!r}")


@CONTRACTS.add(
    "fits-a-dataset",
    "the map knows every label of a registered dataset, and leaves it two classes or more",
    "map every label of the dataset, those that are left out to None",
)
def fits_a_dataset(subject: Subject) -> None:
    """Look for a dataset that it applies to."""
    if not subject.registry.datasets:
        raise NotApplicable("no dataset is registered")
    label_map: LabelMap = subject.component
    closest = min(subject.registry.datasets.values(), key=lambda one: len(set(one.labels) - set(label_map.mapping)))
    if unknown := [label for label in closest.labels if label not in label_map.mapping]:
        raise Breach(f"{closest.name!r} comes closest, and the map says nothing about its {', '.join(unknown)}")
    fitting = [one for one in subject.registry.datasets.values() if set(one.labels) <= set(label_map.mapping)]
    if all(len({label_map.mapping[label] for label in one.labels} - {None}) < 2 for one in fitting):
        raise Breach(f"of {closest.name!r} it leaves fewer than two classes")
