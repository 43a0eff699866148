"""Hashes over the files of a copy."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pandas as pd
import pytest

from emobench.contracts import Copy
from emobench.data import fingerprints, own_data
from emobench.plugins.registry import Registry
from tests.support.dots import opened


def test_fingerprint_is_what_its_documentation_says(dots: Path, plugins: Registry) -> None:
    files = [path for path in dots.rglob("*") if path.is_file()]
    lines = sorted(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files)
    assert opened(dots, plugins).fingerprint == hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_fingerprint_does_not_depend_on_the_order_of_the_files(dots: Path) -> None:
    files = [path for path in dots.rglob("*") if path.is_file()]
    there, back = fingerprints.file_hashes(files), fingerprints.file_hashes(files[::-1])
    assert fingerprints.fingerprint(there) == fingerprints.fingerprint(back)


def test_file_that_cannot_be_opened_is_part_of_the_fingerprint(dots: Path) -> None:
    files = [dots / "train" / "round-00.pix", dots / "gone.pix"]
    line = f"{files[0].name} {hashlib.sha256(files[0].read_bytes()).hexdigest()}"
    expected = hashlib.sha256("\n".join(sorted([line, "gone.pix unreadable"])).encode()).hexdigest()
    assert fingerprints.fingerprint(fingerprints.file_hashes(files)) == expected


def test_files_exchanged_between_labels_are_another_content_and_never_official(dots: Path, plugins: Registry) -> None:
    before = opened(dots, plugins)
    one, other = dots / "train" / "round-00.pix", dots / "train" / "thin-00.pix"
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    assert opened(dots, plugins).content != before.content


def test_the_same_files_elsewhere_are_the_same_content(dots: Path, plugins: Registry, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(dots, tmp_path / "elsewhere")
    assert opened(elsewhere, plugins).content == opened(dots, plugins).content


def hashes_of(folder: Path, text: str) -> tuple[str, str]:
    """Return the hashes of the content and of the texts of a table."""
    (folder / "t.csv").write_text(text, encoding="utf-8")
    dataset = own_data(folder / "t.csv").dataset
    copy = Copy(folder, dataset.form)
    samples = dataset.listed(copy).samples
    return fingerprints.content_hash(copy, samples, dataset, {}), fingerprints.texts_hash(samples)


def test_texts_are_the_content_of_a_dataset_that_has_nothing_else(tmp_path: Path) -> None:
    before = hashes_of(tmp_path, "text,label\nso glad,happy\nso,sad\n")
    after = hashes_of(tmp_path, "text,label\nso glad,happy\nSo,sad\n")
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_what_is_said_in_files_is_no_content_besides(tmp_path: Path) -> None:
    before = hashes_of(tmp_path, "file,text,label\na.wav,so glad,happy\nb.wav,so,sad\n")
    after = hashes_of(tmp_path, "file,text,label\na.wav,so glad,happy\nb.wav,So,sad\n")
    assert before[0] == after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize("missing", ["", None, float("nan")])
def test_a_missing_text_counts_as_an_empty_one(missing: object) -> None:
    samples = pd.DataFrame({"sample_id": ["a", "b"], "text": ["so", missing]})
    assert fingerprints.texts_hash(samples) == fingerprints.texts_hash(samples.assign(text=["so", ""]))
