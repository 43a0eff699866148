"""Finding copies, reading their index once, and how far they can be trusted."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any, ClassVar, cast

import pandas as pd
import pytest

from emobench.contracts.dataset import Copy, Dataset, Finding, Index, Official
from emobench.contracts.label_map import LabelMap
from emobench.data import copies, discovery, fingerprints, provenance, twins, verification
from emobench.errors import EmobenchError
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.records.departures import CopyNote, FewOfClass, SampleCount, Synthetic
from tests import conftest
from tests.conftest import Dots, FakeEntry
from tests.support.film_plugin import Films, entries


@pytest.fixture
def plugins() -> Registry:
    return load(cast(Any, [FakeEntry("dots", conftest)]))


@pytest.fixture
def dots(tmp_path: Path) -> Path:
    """A copy of dots in a data directory, not declared as anything."""
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    return folder


# -------------------------------------------------------------------------------------------------- scanning


def names(root: Path) -> list[str]:
    folders, problems = discovery.scan(root)
    assert not problems
    return [folder.path.relative_to(root).as_posix() for folder in folders]


def make(root: Path, *folders: str) -> None:
    for folder in folders:
        (root / folder).mkdir(parents=True)


def test_scan_goes_five_levels_deep(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c/d/e/f")
    assert names(tmp_path) == [".", "a", "a/b", "a/b/c", "a/b/c/d", "a/b/c/d/e"]


def test_what_is_reached_by_several_ways_is_scanned_from_the_shortest(tmp_path: Path) -> None:
    make(tmp_path, "a/inside", "z/1/2/3")
    (tmp_path / "z/1/2/3/link").symlink_to(tmp_path / "a")
    assert "a/inside" in names(tmp_path)


def test_scan_tells_names_and_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/b", "a/.c")
    (tmp_path / "a" / "file.txt").touch()
    monkeypatch.chdir(tmp_path)
    folder = discovery.scan(Path())[0][1]
    assert folder.path == tmp_path / "a"
    assert folder.folders == {"b"}
    assert folder.files == {"file.txt"}


def test_scan_leaves_hidden_folders_out(tmp_path: Path) -> None:
    make(tmp_path, "a", ".git/objects", "a/.cache")
    assert names(tmp_path) == [".", "a"]


def test_scan_takes_a_hidden_root(tmp_path: Path) -> None:
    make(tmp_path, ".cache/a")
    assert names(tmp_path / ".cache") == [".", "a"]


def test_scan_follows_a_link_once_and_is_not_caught_in_a_loop(tmp_path: Path) -> None:
    make(tmp_path, "data/a", "elsewhere/b")
    (tmp_path / "data/a/up").symlink_to(tmp_path / "data")
    (tmp_path / "data/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data/second-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data/itself").symlink_to("itself")
    assert names(tmp_path / "data") == [".", "a", "link", "link/b"]


@pytest.mark.parametrize("what", ["nothing", "file"])
def test_root_that_is_no_folder_is_refused(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmobenchError, match=f"{what}: no such folder; name the folder .* with --data"):
        discovery.scan(tmp_path / what)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of folders that may not be listed, also by root."""
    closed: set[str] = set()
    scandir = os.scandir

    def refuse(path: Any = ".") -> Any:
        if Path(path).name in closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    return closed


def test_folder_that_cannot_be_listed_is_told_and_the_others_are_scanned(tmp_path: Path, locked: set[str]) -> None:
    make(tmp_path, "a/b", "secret/c", "z")
    locked.add("secret")
    folders, problems = discovery.scan(tmp_path)
    assert [folder.path.name for folder in folders] == [tmp_path.name, "a", "b", "z"]
    assert [str(problem) for problem in problems.values()] == [
        f"{tmp_path / 'secret'}: this folder may not be listed; give yourself permission to read it"
    ]


def test_root_that_cannot_be_listed_is_an_error(tmp_path: Path, locked: set[str]) -> None:
    make(tmp_path, "closed")
    locked.add("closed")
    with pytest.raises(EmobenchError, match="closed: this folder may not be listed"):
        discovery.scan(tmp_path / "closed")


# --------------------------------------------------------------------------------------------------- finding


class Throwing(Dots):
    """A dataset whose plugin throws when it looks for copies."""

    name: ClassVar[str] = "throwing"

    def find(self, folders: Any) -> list[Copy]:
        """Throw."""
        raise ZeroDivisionError("division\nby zero")


class Silent(Dots):
    """A dataset that is never there."""

    name: ClassVar[str] = "silent"

    def find(self, folders: Any) -> list[Copy]:
        """Find nothing."""
        return []


def test_plugin_that_throws_does_not_keep_the_others_from_being_found(dots: Path, plugins: Registry) -> None:
    found = discovery.find_copies([Throwing(), Dots(), Silent()], dots.parent, plugins)
    assert list(found) == ["throwing", "dots", "silent"]
    assert str(found["throwing"].problem) == (
        "throwing: the plugin failed: ZeroDivisionError: division by zero; report it to the plugin's author"
    )
    assert found["dots"].source
    assert found["dots"].source.copy == Copy(dots, "folders")
    assert found["silent"] == discovery.Found("silent")


def test_copy_with_a_folder_that_cannot_be_listed_is_not_used(dots: Path, plugins: Registry, locked: set[str]) -> None:
    locked.add("private")
    found = discovery.find_copies([Dots()], dots.parent, plugins)["dots"]
    assert found.source is None
    assert f"{dots / 'private'}: this folder may not be listed" in str(found.problem)


def test_folder_elsewhere_that_cannot_be_listed_does_no_harm(dots: Path, plugins: Registry, locked: set[str]) -> None:
    make(dots.parent, "secret")
    locked.add("secret")
    assert discovery.find_copies([Dots()], dots.parent, plugins)["dots"].source


def test_further_copies_are_told_and_not_read(dots: Path, plugins: Registry) -> None:
    second = dots.parent / "more" / "dots"
    second.mkdir(parents=True)
    Dots().write_twin(second)
    (second / "train" / "round-00.pix").write_bytes(b"")
    found = discovery.find_copies([Dots()], dots.parent, plugins)["dots"]
    assert found.source
    assert found.source.copy.root == dots
    assert [copy.root for copy in found.others] == [second]


# ------------------------------------------------------------------------------------------------ provenance


def opened(folder: Path, plugins: Registry, dataset: Dataset | None = None) -> copies.DatasetCopy:
    return discovery.open_copy(dataset or Dots(), Copy(folder, "folders"), folder.parent, plugins)


def test_content_that_is_not_official_is_unverified(dots: Path, plugins: Registry) -> None:
    source = opened(dots, plugins)
    assert source.provenance == "unverified"
    assert source.departures == ()


def test_official_content_is_official(dots: Path, plugins: Registry) -> None:
    class Confirmed(Dots):
        official = Official(samples=72, fingerprint={"folders": opened(dots, plugins).fingerprint})

    assert opened(dots, plugins, Confirmed()).provenance == "official"
    (dots / "train" / "round-00.pix").write_bytes(b"other content...")
    assert opened(dots, plugins, Confirmed()).provenance == "unverified"


def test_form_without_official_fingerprint_is_never_official(dots: Path, plugins: Registry) -> None:
    class OtherForm(Dots):
        official = Official(samples=72, fingerprint={"csv": opened(dots, plugins).fingerprint})

    assert opened(dots, plugins, OtherForm()).provenance == "unverified"


@pytest.mark.parametrize("place", ["dots", "."])
@pytest.mark.parametrize(
    ("text", "level"),
    [("stand-in\nDrawn by hand.\n", "stand-in"), ("Synthetic", "synthetic"), ("\n  STAND-IN  \r\n", "stand-in")],
)
def test_declaration_decides_also_over_official_content(
    dots: Path, plugins: Registry, place: str, text: str, level: str
) -> None:
    class Confirmed(Dots):
        official = Official(samples=72, fingerprint={"folders": opened(dots, plugins).fingerprint})

    (dots.parent / place / "PROVENANCE.txt").write_text(text, encoding="utf-8")
    assert opened(dots, plugins, Confirmed()).provenance == level


def test_declaration_above_the_data_directory_does_not_count(dots: Path, plugins: Registry) -> None:
    (dots.parent.parent / "PROVENANCE.txt").write_text("nonsense", encoding="utf-8")
    assert opened(dots, plugins).provenance == "unverified"


def test_declaration_above_a_relative_data_directory_does_not_count(
    dots: Path, plugins: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dots.parent.parent / "PROVENANCE.txt").write_text("nonsense", encoding="utf-8")
    monkeypatch.chdir(dots.parent.parent)
    found = discovery.find_copies([Dots()], Path("data"), plugins)["dots"]
    assert found.problem is None
    assert found.source
    assert found.source.provenance == "unverified"


@pytest.mark.parametrize("content", [b"", b"official\n", b"\xff\xfe\x00", b"standin"])
def test_nonsense_in_a_declaration_is_an_error(dots: Path, plugins: Registry, content: bytes) -> None:
    (dots / "PROVENANCE.txt").write_bytes(content)
    with pytest.raises(EmobenchError, match=r"PROVENANCE\.txt: the first line must be 'stand-in' or 'synthetic', not"):
        opened(dots, plugins)


def test_number_of_samples_that_is_not_official_is_a_departure(dots: Path, plugins: Registry) -> None:
    (dots / "train" / "round-00.pix").unlink()
    assert opened(dots, plugins).departures == (SampleCount(found=71, official=72),)


def test_oddness_of_the_copy_as_a_whole_is_a_departure(dots: Path, plugins: Registry) -> None:
    class Odd(Dots):
        def index(self, copy: Copy) -> Index:
            findings = (Finding("odd", "", "only a part"), Finding("odd", "train/x.pix", "strange"))
            return Index(super().index(copy).samples, findings)

    assert opened(dots, plugins, Odd()).departures == (CopyNote(what="only a part"),)


@pytest.mark.parametrize(("squares", "lacking"), [(60, ()), (5, ()), (4, ("angular",)), (0, ("angular",))])
def test_class_with_less_than_a_tenth_of_its_share_is_hardly_there(squares: int, lacking: tuple[str, ...]) -> None:
    class Counted(Dots):
        official = Official(
            samples=1_800,
            counts={
                ("split",): {("train",): 1_800},
                ("split", "label"): {
                    ("train", "round"): 600,
                    ("train", "square"): 500,
                    ("test", "square"): 100,
                    ("train", "line"): 600,
                },
            },
        )

    shapes = LabelMap("shapes", 1, ("round", "angular", "wavy"), {"round": "round", "square": "angular", "line": None})
    labels = ["round"] * 60 + ["square"] * squares + ["line"] * (90 - squares)
    samples = pd.DataFrame({"label": labels})
    wanted = (FewOfClass(classes=lacking),) if lacking else ()
    assert provenance.few_of_class(Counted(), shapes, samples, "unverified") == wanted
    assert provenance.few_of_class(Dots(), shapes, samples, "unverified") == ()
    assert provenance.few_of_class(Counted(), shapes, samples, "official") == ()


# ----------------------------------------------------------------------------------------------- index cache


class Counting(Dots):
    """Counts how often its index is read."""

    def __init__(self) -> None:
        self.read_index = 0

    def index(self, copy: Copy) -> Index:
        """Count and read."""
        self.read_index += 1
        return super().index(copy)


def test_index_is_read_once_as_long_as_no_file_changes(dots: Path, plugins: Registry) -> None:
    dataset = Counting()
    first, second = opened(dots, plugins, dataset), opened(dots, plugins, dataset)
    assert dataset.read_index == 1
    pd.testing.assert_frame_equal(first.index.samples, second.index.samples)
    pd.testing.assert_frame_equal(first.index.samples, Dots().index(first.copy).samples, check_dtype=False)
    assert (first.index.findings, first.fingerprint) == (second.index.findings, second.fingerprint)


def test_findings_survive_the_cache(dots: Path, plugins: Registry) -> None:
    class Finds(Dots):
        def index(self, copy: Copy) -> Index:
            return Index(super().index(copy).samples, (Finding("extra", "naïve.txt", "not read"),))

    for _ in range(2):
        assert opened(dots, plugins, Finds()).index.findings == (Finding("extra", "naïve.txt", "not read"),)


def change_content(dots: Path) -> None:
    path = dots / "train" / "round-00.pix"
    before = path.stat()
    path.write_bytes(b"other content...")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def add(dots: Path) -> None:
    (dots / "train" / "round-99.pix").write_bytes(b"x" * 16)


def remove(dots: Path) -> None:
    (dots / "private" / "thin-05.pix").unlink()


def rename(dots: Path) -> None:
    (dots / "private" / "thin-05.pix").rename(dots / "private" / "thin-06.pix")


@pytest.mark.parametrize("change", [change_content, add, remove, rename])
def test_index_is_read_again_when_a_file_changes(dots: Path, plugins: Registry, change: Any) -> None:
    dataset = Counting()
    before = opened(dots, plugins, dataset)
    change(dots)
    after = opened(dots, plugins, dataset)
    assert dataset.read_index == 2
    assert after.fingerprint != before.fingerprint


def test_index_is_read_again_when_a_file_behind_a_link_changes(dots: Path, plugins: Registry) -> None:
    elsewhere = dots.parent.parent / "other-disk"
    (dots / "train").rename(elsewhere)
    (dots / "train").symlink_to(elsewhere)
    (elsewhere / "loop").symlink_to(elsewhere)
    (elsewhere / "itself").symlink_to("itself")
    dataset = Counting()
    opened(dots, plugins, dataset)
    change_content(dots)
    opened(dots, plugins, dataset)
    assert dataset.read_index == 2


def test_index_that_cannot_be_read_leaves_nothing_in_the_cache(
    dots: Path, plugins: Registry, fresh_cache: Path
) -> None:
    class Failing(Dots):
        def index(self, copy: Copy) -> Index:
            raise EmobenchError("a wrong header")

    with pytest.raises(EmobenchError, match="a wrong header"):
        opened(dots, plugins, Failing())
    assert [path for path in fresh_cache.rglob("*") if path.name != "indexes"] == []


def test_file_that_the_plugin_misses_is_not_taken_for_a_full_disk(dots: Path, plugins: Registry) -> None:
    class Missing(Dots):
        def index(self, copy: Copy) -> Index:
            (copy.root / "labels.csv").read_text(encoding="utf-8")
            raise AssertionError

    with pytest.raises((FileNotFoundError, EmobenchError)) as caught:
        opened(dots, plugins, Missing())
    assert "cannot write" not in str(caught.value)
    found = discovery.find_copies([Missing()], dots.parent, plugins)["dots"]
    assert "cannot write" not in str(found.problem)
    assert "labels.csv" in str(found.problem)


# --------------------------------------------------------------------------------------------- the fingerprint


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


def test_damaged_index_in_the_cache_is_made_anew(
    dots: Path, plugins: Registry, fresh_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = opened(dots, plugins)
    (damaged,) = fresh_cache.glob("indexes/*/samples.parquet")
    damaged.write_bytes(damaged.read_bytes()[:40])
    again = opened(dots, plugins)
    assert again.content == before.content
    assert len(again.index.samples) == len(before.index.samples)
    assert "is damaged and is made again" in capsys.readouterr().err


# ------------------------------------------------------------------------------------- the plugin's contract


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda table: table.drop(columns="group"), "the index has no column 'group'"),
        (lambda table: table.drop(columns="image_path"), "the index has no column 'image_path'"),
        (lambda table: table.iloc[[0, 1, 1]], "two samples have the id 'private-round-01'"),
        (lambda table: table.assign(label="oval"), "label 'oval' is not in the vocabulary"),
        (lambda table: table.assign(label=[float("nan"), "oval", *table["label"][2:]]), "is not in the vocabulary"),
        (lambda table: table.assign(sample_id=range(len(table))), "sample id 0 is not a string"),
    ],
)
def test_index_that_breaks_the_contract_is_refused(dots: Path, plugins: Registry, change: Any, reason: str) -> None:
    class Wrong(Dots):
        def index(self, copy: Copy) -> Index:
            return Index(change(super().index(copy).samples))

    with pytest.raises(EmobenchError) as caught:
        opened(dots, plugins, Wrong())
    assert reason in str(caught.value)
    assert str(caught.value).startswith("dataset plugin 'dots': ")


def test_copy_without_a_sample_says_how_to_get_the_dataset(dots: Path, plugins: Registry) -> None:
    class Empty(Dots):
        def index(self, copy: Copy) -> Index:
            return Index(super().index(copy).samples.iloc[:0])

    with pytest.raises(EmobenchError, match=r"no sample of Dots; Nowhere\."):
        opened(dots, plugins, Empty())


# -------------------------------------------------------------------------------------------- counts and twins


def test_counts_that_are_official_differ_in_nothing(dots: Path) -> None:
    assert provenance.count_differences(Dots(), Dots().index(Copy(dots, "folders")).samples) == []


def test_every_count_that_differs_is_told(dots: Path) -> None:
    (dots / "train" / "round-00.pix").unlink()
    for path in (dots / "public").glob("thin-*"):
        path.unlink()
    differences = provenance.count_differences(Dots(), Dots().index(Copy(dots, "folders")).samples)
    assert [(one.what, one.found, one.official) for one in differences] == [
        ("samples", 65, 72),
        ("train", 35, 36),
        ("train round", 11, 12),
        ("public thin", 0, 6),
    ]


def test_unreadable_samples_are_listed_once_each(dots: Path, plugins: Registry) -> None:
    (dots / "train" / "thin-03.pix").write_bytes(b"short")
    steps: list[int] = []
    found = verification.unreadable(Dots(), opened(dots, plugins), steps.append)
    assert found == [Finding("unreadable", "train/thin-03.pix", "5 bytes instead of 16")]
    assert sum(steps) == 72


def test_sample_without_a_modality_is_not_unreadable(dots: Path) -> None:
    registry = load(cast(Any, entries()))
    films = discovery.open_copy(Films(), Copy(dots, "folders"), dots.parent, registry)
    assert (films.index.samples["audio_path"] == "").sum() == 9
    assert verification.unreadable(Films(), films, lambda _: None) == []
    (dots / "train" / "thin-02.pix").write_bytes(b"short")  # has both
    again = discovery.open_copy(Films(), films.copy, films.data, registry)
    assert [one.where for one in verification.unreadable(Films(), again, lambda _: None)] == ["train/thin-02.pix"]


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_twin_is_the_same_at_every_call_and_declared_as_synthetic(
    tmp_path: Path, plugins: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = []
    for name in ("one", "two"):
        monkeypatch.setenv("EMOBENCH_CACHE", str(tmp_path / name))
        sources.append(twins.twin_of(Dots(), plugins))
    one, two = sources
    assert content(one.copy.root) == content(two.copy.root)
    assert one.copy.root != two.copy.root
    assert one.fingerprint == two.fingerprint
    assert one.provenance == "synthetic"
    assert one.departures == (Synthetic(),)
    assert content(one.copy.root)["PROVENANCE.txt"].startswith(b"synthetic\n")


def test_twin_is_written_once(plugins: Registry, fresh_cache: Path) -> None:
    twins.twin_of(Dots(), plugins)

    class Spent(Dots):
        def write_twin(self, folder: Path) -> None:
            raise AssertionError

    assert twins.twin_of(Spent(), plugins).provenance == "synthetic"


def test_twin_that_fails_half_way_leaves_nothing(plugins: Registry, fresh_cache: Path) -> None:
    class Torn(Dots):
        def write_twin(self, folder: Path) -> None:
            (folder / "train").mkdir()
            raise ValueError("half way")

    found = twins.find_twin(Torn(), plugins)
    assert "dots: the plugin failed: ValueError: half way" in str(found.problem)
    assert [path.name for path in fresh_cache.rglob("*")] == ["twins"]


def test_twin_that_its_plugin_does_not_find_is_an_error(plugins: Registry) -> None:
    assert "does not find its own twin" in str(twins.find_twin(Forgetful(), plugins).problem)


class Forgetful(Dots):
    """Writes a twin and does not find it."""

    def find(self, folders: Any) -> list[Copy]:
        """Find nothing."""
        return []
