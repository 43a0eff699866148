"""A corpus that was sorted into folders beside each other is one copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from emobench.data import find_copies, open_copy, twin_of
from emobench.decoding import read_sample
from emobench.plugins import Registry, installed_plugins


@pytest.fixture
def plugins() -> Registry:
    return installed_plugins()


@pytest.fixture
def actors(tmp_path: Path, plugins: Registry) -> list[Path]:
    """The folders of a twin's actors, marked as synthetic no more."""
    shutil.copytree(twin_of(plugins.datasets["ravdess"], plugins).location.root, tmp_path / "whole")
    return sorted((tmp_path / "whole").glob("Actor_*"))


def sort_into(folder: Path, actors: list[Path]) -> None:
    for number, actor in enumerate(actors):
        shutil.copytree(actor, folder / ("train", "val", "test")[number % 3] / actor.name)


def test_parts_are_one_copy_with_every_sample(tmp_path: Path, actors: list[Path], plugins: Registry) -> None:
    dataset = plugins.datasets["ravdess"]
    sort_into(tmp_path / "sorted", actors)
    whole = find_copies([dataset], tmp_path / "whole", plugins)["ravdess"].copy
    found = find_copies([dataset], tmp_path / "sorted", plugins)["ravdess"]
    assert whole is not None
    assert found.copy is not None
    assert set(found.copy.index.samples["sample_id"]) == set(whole.index.samples["sample_id"])
    assert (found.copy.fingerprint, found.copy.content) == (whole.fingerprint, whole.content)
    assert found.copy.location.form == "actors in parts"
    assert found.others == ()
    row = found.copy.rows(found.copy.index.samples)[0]
    assert len(read_sample(dataset, found.copy.location, row, "audio").samples)
    assert open_copy(dataset, found.copy.location, tmp_path / "sorted", plugins).content == whole.content


def test_a_sample_in_two_parts_is_read_once_and_listed(tmp_path: Path, actors: list[Path], plugins: Registry) -> None:
    sort_into(tmp_path / "sorted", actors)
    shutil.copytree(actors[0], tmp_path / "sorted" / "val" / actors[0].name)
    found = find_copies([plugins.datasets["ravdess"]], tmp_path / "sorted", plugins)["ravdess"].copy
    assert found is not None
    samples = found.index.samples
    assert not samples["sample_id"].duplicated().any()
    listed = [finding.where for finding in found.index.findings if finding.kind == "duplicate"]
    assert len(listed) == len(list(actors[0].iterdir()))
    assert all(where.startswith(f"val/{actors[0].name}/") for where in listed)


def test_a_second_copy_is_no_part(tmp_path: Path, actors: list[Path], plugins: Registry) -> None:
    for name in ("one", "two"):
        shutil.copytree(tmp_path / "whole", tmp_path / "twice" / name)
    shutil.rmtree(tmp_path / "twice" / "two" / actors[0].name)
    found = find_copies([plugins.datasets["ravdess"]], tmp_path / "twice", plugins)["ravdess"]
    assert found.copy is not None
    assert found.copy.location.root == tmp_path / "twice" / "one"
    assert [other.root.name for other in found.others] == ["two"]
