"""Which built-in datasets share samples."""

from __future__ import annotations

from emobench_plugins.relations import emobench_relations

from emobench.plugins.loading import installed_plugins


def test_each_is_of_a_registered_dataset() -> None:
    assert {relation.name for relation in emobench_relations()} <= installed_plugins().datasets.keys()


def test_they_are_registered() -> None:
    assert installed_plugins().relations["fer-plus"].samples_of == ("FER2013",)
