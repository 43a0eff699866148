"""The votes on CREMA-D's clips."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from emobench_plugins.datasets.crema_d import CremaD
from emobench_plugins.datasets.crema_d_votes import CremaDVotes

from emobench.contracts.dataset import Copy, Finding, Index
from emobench.contracts.download import FileDownload
from emobench.data.discovery import scan
from emobench.data.provenance import count_differences
from emobench.errors import EmobenchError
from emobench.splits.targets import with_truth

DATASET = CremaDVotes()
VOICE, BOTH = DATASET.targets
TABLE = "processedResults/tabulatedVotes.csv"
HEADER = '"","A","D","F","H","N","S","fileName","numResponses"'
FIRST, SECOND = "1001_DFA_ANG_XX", "1001_DFA_DIS_XX"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crema-d-votes-twin")
    DATASET.write_twin(folder)
    return folder


@pytest.fixture
def two_clips(twin: Path, tmp_path: Path) -> Path:
    """Two clips with an empty table of votes."""
    for name in (FIRST, SECOND):
        (tmp_path / "AudioWAV").mkdir(exist_ok=True)
        shutil.copy(twin / "AudioWAV" / f"{name}.wav", tmp_path / "AudioWAV")
    (tmp_path / TABLE).parent.mkdir()
    table(tmp_path)
    return tmp_path


def table(root: Path, *rows: str) -> None:
    (root / TABLE).write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def votes_of(root: Path) -> Index:
    return DATASET.index(Copy(root, "AudioWAV"))


def odd(index: Index) -> list[Finding]:
    return [finding for finding in index.findings if finding.kind != "missing"]


# --------------------------------------------------------------------------------------------------- twin


def test_twin_has_votes_on_every_clip(twin: Path) -> None:
    index = votes_of(twin)
    assert odd(index) == []
    assert len(index.samples) == 132
    for target in DATASET.targets:
        assert index.samples[list(target.columns)].sum(axis=1).between(9, 11 + 3).all()


def test_twin_has_disagreement_and_no_tie(twin: Path) -> None:
    votes = votes_of(twin).samples[list(VOICE.columns)]
    most = votes.max(axis=1)
    assert (votes.eq(most, axis=0).sum(axis=1) == 1).all()
    assert 0.4 < (most / votes.sum(axis=1)).mean() < 0.9


def test_twin_is_that_of_crema_d_besides(twin: Path, tmp_path: Path) -> None:
    CremaD().write_twin(tmp_path)
    names = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.relative_to(twin) for path in twin.rglob("*") if path.is_file()} - names == {Path(TABLE)}


# ------------------------------------------------------------------------------------------------ finding


def test_copy_without_the_table_is_none(twin: Path, tmp_path: Path) -> None:
    shutil.copytree(twin, tmp_path / "z")
    shutil.copytree(twin / "AudioWAV", tmp_path / "a" / "AudioWAV")
    assert [copy.root.name for copy in DATASET.find(scan(tmp_path)[0])] == ["z"]


def test_who_lacks_the_table_is_told_which_it_is() -> None:
    assert "put its processedResults/tabulatedVotes.csv" in DATASET.obtain


def test_the_table_is_no_part_of_the_fingerprint(twin: Path) -> None:
    copy = Copy(twin, "AudioWAV")
    assert DATASET.files(copy, votes_of(twin).samples) == CremaD().files(copy, CremaD().index(copy).samples)


def test_the_table_is_downloaded_too() -> None:
    (table,) = [one for one in DATASET.downloads if isinstance(one, FileDownload) and one.name == TABLE]
    assert table.url.startswith("https://raw.githubusercontent.com/")
    assert len(DATASET.downloads) == DATASET.official.samples + 1


# ----------------------------------------------------------------------------------------------- indexing


def test_the_voice_alone_and_both_are_told_apart(two_clips: Path) -> None:
    table(
        two_clips,
        f'"100001",5,0,0,0,4,1,"{FIRST}",10',
        f'"200001",0,9,0,0,0,0,"{FIRST}",9',
        f'"300001",8,0,1,0,0,0,"{FIRST}",9',
    )
    samples = votes_of(two_clips).samples
    assert samples["sample_id"].tolist() == [FIRST]
    assert samples[list(VOICE.columns)].iloc[0].tolist() == [5, 0, 0, 0, 4, 1]
    assert samples[list(BOTH.columns)].iloc[0].tolist() == [8, 0, 1, 0, 0, 0]


def test_a_clip_without_both_kinds_of_votes_is_left_out_and_listed(two_clips: Path) -> None:
    rows = [f'"{query}00001",5,0,0,0,4,1,"{FIRST}",10' for query in (1, 3)]
    table(two_clips, *rows, f'"100002",5,0,0,0,4,1,"{SECOND}",10')
    what = f"not both kinds of votes in {TABLE}: the clip is left out"
    assert odd(votes_of(two_clips)) == [Finding("odd", f"AudioWAV/{SECOND}.wav", what)]


@pytest.mark.parametrize(
    "row",
    [
        f'"100002",5,0,0,0,4,1,"{SECOND}",11',
        f'"100002",5.5,0,0,0,4,0.5,"{SECOND}",10',
        f'"100002",0,0,0,0,0,0,"{SECOND}",0',
        f'"400002",5,0,0,0,4,1,"{SECOND}",10',
        f'"2",5,0,0,0,4,1,"{SECOND}",10',
        f'"100002",5,0,0,0,4,1,"{SECOND}"',
    ],
)
def test_a_row_that_cannot_be_used_is_listed(two_clips: Path, row: str) -> None:
    table(two_clips, *[f'"{query}00001",5,0,0,0,4,1,"{FIRST}",10' for query in (1, 3)], row)
    first, *_ = odd(votes_of(two_clips))
    assert first.where == TABLE
    assert first.what.startswith("row 3 is not used: ")


def test_a_copy_without_the_table_is_refused_with_its_address(two_clips: Path) -> None:
    (two_clips / TABLE).unlink()
    with pytest.raises(EmobenchError, match="the table of votes is not there; put https://raw"):
        votes_of(two_clips)


def test_another_table_is_refused_with_its_columns(two_clips: Path) -> None:
    (two_clips / TABLE).write_text("a,b\n1,2\n")
    with pytest.raises(EmobenchError, match="the columns are a, b; expected A, D, F, H, N, S, fileName, numResponses"):
        votes_of(two_clips)


def test_a_pointer_in_place_of_the_table_is_refused(two_clips: Path) -> None:
    (two_clips / TABLE).write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(EmobenchError, match="a Git LFS pointer"):
        votes_of(two_clips)


def test_a_table_of_no_clip_that_is_here_is_refused(two_clips: Path) -> None:
    with pytest.raises(EmobenchError, match="no clip here has a row of votes"):
        votes_of(two_clips)


# ---------------------------------------------------------------------------------------------- real data


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    copies = [copy for copy in DATASET.find(scan(Path(data))[0]) if (copy.root / TABLE).is_file()]
    if not copies:
        pytest.skip("no CREMA-D with its table of votes under EMOBENCH_DATA")
    index = DATASET.index(copies[0])
    if len(index.samples) < 7_442:
        pytest.skip("a part of CREMA-D only")
    return index.samples


@pytest.mark.realdata
def test_real_copy_has_votes_on_every_clip(real: pd.DataFrame) -> None:
    assert count_differences(DATASET, real) == []


@pytest.mark.realdata
def test_classes_with_most_votes_are_those_that_were_counted_from_the_table(real: pd.DataFrame) -> None:
    told = with_truth(real, VOICE)
    votes = real[list(VOICE.columns)]
    tied = votes.eq(votes.max(axis=1), axis=0).sum(axis=1) > 1
    assert tied.sum() == 644
    assert ((told["label"] == real["label"]) & ~tied).mean() == pytest.approx(0.4164, abs=0.0001)
    assert votes.sum(axis=1).agg(["min", "max"]).tolist() == [4, 12]
