"""What placeholders stand for in a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins
from emobench.records.departures import ChangedSetting
from tests.support.patterns import HEAD, SVM, experiments, plan

RIDGE = SVM.replace("svm", "ridge")


def data_with(folder: Path, *datasets: str) -> Path:
    """Write the twins of datasets into a data folder."""
    for name in datasets:
        (folder / name).mkdir(parents=True)
        installed_plugins().datasets[name].write_twin(folder / name)
    return folder


def test_without_data_the_twins_that_are_named_are_run_with_each_encoder(tmp_path: Path) -> None:
    assert experiments(plan(tmp_path)) == [
        "ravdess.mfcc-chroma-mel.svm",
        "ravdess.spectrogram-image.svm",
        "emo-db.mfcc-chroma-mel.svm",
        "emo-db.spectrogram-image.svm",
    ]


def test_with_data_what_is_found_is_run_and_no_twin(tmp_path: Path) -> None:
    made = plan(tmp_path, data=data_with(tmp_path / "data", "ravdess"), encoders=("mfcc-chroma-mel",))
    assert experiments(made) == ["ravdess.mfcc-chroma-mel.svm"]
    assert list(made.found) == ["ravdess"]


def test_people_are_apart_in_every_fold(tmp_path: Path) -> None:
    assert not any(job.cell.leaky for job in plan(tmp_path).jobs)


def test_the_label_map_is_the_only_one_that_fits_or_else_the_one_that_the_pattern_names(tmp_path: Path) -> None:
    labels = {job.cell.identity.dataset: job.cell.identity.labels for job in plan(tmp_path).jobs}
    assert labels == {"ravdess": "seven-emotions@1", "emo-db": "emo-db-labels@1"}


def test_a_row_of_fewer_folds_says_so(tmp_path: Path) -> None:
    fewer = ChangedSetting(setting="folds", value=4, suite=5)
    said = {job.cell.identity.dataset: fewer in job.cell.departures for job in plan(tmp_path).jobs}
    assert said == {"ravdess": False, "emo-db": True}


def test_a_corpus_with_too_few_people_is_not_run_and_says_so(tmp_path: Path) -> None:
    made = plan(tmp_path, data=data_with(tmp_path / "data", "tess", "ravdess"), only=("*.mfcc-chroma-mel.*",))
    (skipped,) = made.skipped
    assert skipped.experiment == "tess.mfcc-chroma-mel.svm"
    assert skipped.reason.startswith("it names 2 people in all, too few")
    assert not skipped.unusable


def test_a_corpus_that_does_not_name_everybody_is_not_run_and_says_so(tmp_path: Path) -> None:
    text = HEAD.replace('["ravdess", "emo-db"]', '["mesd"]') + SVM
    assert {skip.kind for skip in plan(tmp_path, text).skipped} == {"no people"}


def test_what_pairs_other_datasets_and_what_is_left_out_is_not_meant(tmp_path: Path) -> None:
    text = HEAD.replace('datasets = ["ravdess", "tess", "emo-db"]', 'leave_out = ["crema-d-*"]') + SVM
    found = plan(tmp_path, text, data=data_with(tmp_path / "data", "ravdess", "tess", "crema-d")).found
    assert set(found) == {"ravdess", "tess", "crema-d"}  # neither voice-corpora nor crema-d-votes


def test_a_pattern_is_run_on_targets_that_its_model_takes(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="no dataset here has a target that a model of 'probes' takes"):
        plan(tmp_path, HEAD + RIDGE)
    assert all(name.endswith(".svm") for name in experiments(plan(tmp_path, HEAD + SVM + RIDGE)))


def test_patterns_of_only_are_about_expanded_names(tmp_path: Path) -> None:
    assert experiments(plan(tmp_path, only=("ravdess.spectrogram*",))) == ["ravdess.spectrogram-image.svm"]


def test_what_is_optional_is_run_where_it_is_asked_for(tmp_path: Path) -> None:
    text = (
        HEAD + SVM + SVM.replace(".svm", ".other").replace('"svm"', '{ name = "svm", C = 2.0 }') + "optional = true\n"
    )
    assert {name.rpartition(".")[2] for name in experiments(plan(tmp_path, text))} == {"svm"}
    assert {name.rpartition(".")[2] for name in experiments(plan(tmp_path, text, only=("*.other",)))} == {"other"}


@pytest.mark.parametrize(
    ("encoders", "message"),
    [
        ((), "'probes' needs an encoder; add one or more, such as --encoder hf:./folder"),
        (("mfcc",), "no representation or encoder 'mfcc'"),
        (("gray-face",), "'gray-face' is made from image, and the suite is about audio"),
    ],
)
def test_encoders_that_cannot_be_meant_are_refused(tmp_path: Path, encoders: tuple[str, ...], message: str) -> None:
    with pytest.raises(EmobenchError) as caught:
        plan(tmp_path, encoders=encoders)
    assert message in str(caught.value)
    assert caught.value.where == "--encoder"


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ("wavlm", "write hf:./wavlm for"),
        ("./wavlm", "write hf:./wavlm for"),
        ("microsoft/wavlm-base", "write hf:microsoft/wavlm-base for"),
    ],
)
def test_a_folder_or_a_repository_without_the_kind_before_it_is_refused_with_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, remedy: str
) -> None:
    (tmp_path / "wavlm").mkdir()
    (tmp_path / "wavlm" / "config.json").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EmobenchError, match=remedy):
        plan(tmp_path, encoders=(given,))


def test_an_encoder_for_a_suite_without_patterns_is_refused(tmp_path: Path) -> None:
    request = Request("beyond-papers", out=tmp_path, encoders=("mfcc-chroma-mel",))
    with pytest.raises(EmobenchError, match="'beyond-papers' has no pattern that an encoder fits into"):
        make_plan(request, installed_plugins())


def test_a_folder_without_a_dataset_of_the_modality_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="no dataset of modality 'audio' that 'probes' means is here"):
        plan(tmp_path, data=data_with(tmp_path / "data", "fer2013"))


def test_a_dataset_whose_target_cannot_be_told_is_not_run_and_says_so(tmp_path: Path) -> None:
    made = plan(tmp_path, HEAD.replace('labels = "seven-emotions"\n', "") + SVM, only=("*.mfcc*",))
    (skipped,) = made.skipped
    assert (skipped.experiment, skipped.kind, skipped.unusable) == ("ravdess.mfcc-chroma-mel.svm", "no target", False)
    assert "3 label maps fit 'ravdess'" in skipped.reason


def test_a_model_that_is_not_registered_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"probes.toml, experiment '{dataset}.{encoder}.svm': no model 'svn'"):
        plan(tmp_path, HEAD + SVM.replace('model = "svm"', 'model = "svn"'))
