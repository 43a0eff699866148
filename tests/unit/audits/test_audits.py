"""Audits: each finds the fault that was planted, and nothing in clean data; what is cached, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import balanced_accuracy_score

from emobench.audits.catalogue import AUDITS, run_audits
from emobench.audits.code import audits_code, report_id
from emobench.audits.content_features import QUIETEST, digest, image_features, perceptual_hash, sound_features
from emobench.audits.near_duplicates import NEAR
from emobench.audits.shortcut_probes import probed
from emobench.contracts.dataset import Copy, Index
from emobench.contracts.media import Audio, Modality
from emobench.contracts.protocol import Split
from emobench.data.copies import DatasetCopy
from emobench.errors import EmobenchError, UnreadableError
from emobench.records.audit_report import AuditFinding, AuditReport, stored_report, write_report
from emobench.records.identity import Component
from tests.conftest import Dots
from tests.support.factories import sha256

LABELS = ("angry", "happy", "sad")
RATE = 8000


class Planted(Dots):
    """A dataset whose content the test hands over, by sample id; what is an exception is raised."""

    name: ClassVar[str] = "planted"
    identities: ClassVar[tuple[str, ...]] = ("group",)

    def __init__(self, modality: Modality, content: Mapping[str, Any]) -> None:
        self.modalities = (modality,)  # type: ignore[misc]
        self.content = dict(content)
        self.reads = 0

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Return what was handed over."""
        self.reads += 1
        content = self.content[sample["sample_id"]]
        if isinstance(content, Exception):
            raise content
        return content


def ids(part: str, number: int) -> list[str]:
    return [f"{part}-{position:03d}" for position in range(number)]


def index(parts: Mapping[str, int], **columns: Mapping[str, str]) -> tuple[pd.DataFrame, Split]:
    """Return samples of three classes in turn, everyone a group of one's own, with columns as given by sample id."""
    samples = [sample for part, number in parts.items() for sample in ids(part, number)]
    table = pd.DataFrame({"sample_id": samples})
    table["label"] = [LABELS[int(sample[-3:]) % 3] for sample in samples]
    table["group"] = [f"of {sample}" for sample in samples]
    for modality in ("image", "audio", "video"):
        table[f"{modality}_path"] = samples
    for name, values in columns.items():
        default = table[name] if name in table else pd.Series("", index=table.index)
        table[name] = [values.get(sample, before) for sample, before in zip(samples, default, strict=True)]
    return table, Split({part: tuple(ids(part, number)) for part, number in parts.items()})


def source_of(dataset: Dots, samples: pd.DataFrame, content: str) -> DatasetCopy:
    copy = Copy(Path("/nowhere"), "memory")
    return DatasetCopy(dataset.name, copy, Path("/nowhere"), "unverified", "", sha256(content), Index(samples))


def audited(
    dataset: Dots, samples: pd.DataFrame, split: Split, *names: str, content: str = "", **options: Any
) -> AuditReport:
    """Run audits; ``content`` is what tells one test's cached facts from another's."""
    source = source_of(dataset, samples, content)
    protocol = Component(name="by-hand")
    return run_audits(
        dataset, source, samples, split, labels="three@1", protocol=protocol, names=names or None, **options
    )


def faces(names: list[str], seed: int = 0) -> dict[str, NDArray[np.uint8]]:
    """Return images with structure, each another one."""
    generator = np.random.default_rng(seed)
    coarse = [generator.integers(0, 255, (12, 12), dtype=np.uint8) for _ in names]
    return {name: np.asarray(cv2.resize(one, (64, 64)), np.uint8) for name, one in zip(names, coarse, strict=True)}


def voices(names: list[str], seed: int = 0) -> dict[str, Audio]:
    """Return a tenth of a second of noise each, all equally loud and long."""
    generator = np.random.default_rng(seed)
    return {name: Audio(generator.normal(0, 0.1, RATE // 10).astype(np.float32), RATE) for name in names}


@pytest.fixture
def images(fresh_cache: Path) -> tuple[Planted, pd.DataFrame, Split]:
    samples, split = index({"train": 12, "validation": 6, "test": 6})
    return Planted("image", faces(list(samples["sample_id"]))), samples, split


@pytest.fixture
def sounds(fresh_cache: Path) -> tuple[Planted, pd.DataFrame, Split]:
    samples, split = index({"train": 12, "validation": 6, "test": 6})
    return Planted("audio", voices(list(samples["sample_id"]))), samples, split


def only(report: AuditReport) -> AuditFinding:
    assert len(report.findings) == 1, report.findings
    return report.findings[0]


# ------------------------------------------------------------------------------------------------ clean data


def test_nothing_is_found_in_clean_images(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    report = audited(*images)
    assert report.findings == ()
    assert set(report.audits) | set(report.not_run) == set(AUDITS)
    assert set(report.not_run) == {
        "takes-in-two-parts",
        "parents-in-two-parts",
        "silent-media",
        "clipped-media",
        "loudness-tells-label",
        "duration-tells-label",
    }


def test_nothing_is_found_in_clean_sounds(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    report = audited(*sounds)
    assert report.findings == ()
    assert {"silent-media", "clipped-media", "loudness-tells-label", "duration-tells-label"} <= set(report.audits)
    assert {"near-duplicate-images", "brightness-tells-label"} <= set(report.not_run)


# ------------------------------------------------------------------------------------------- what columns tell


def test_a_group_in_two_parts_is_an_error_and_counts_tested_samples() -> None:
    shared = dict.fromkeys(("train-000", "test-000", "test-001"), "Ann")
    samples, split = index({"train": 6, "test": 6}, group=shared)
    finding = only(audited(Planted("image", {}), samples, split, "groups-in-two-parts"))
    assert (finding.severity, finding.part, finding.count) == ("error", "train / test", 2)
    assert finding.examples == ("group = Ann",)


def test_a_group_in_training_and_validation_is_a_warning() -> None:
    samples, split = index(
        {"train": 6, "validation": 3, "test": 6}, group={"train-000": "Ann", "validation-001": "Ann"}
    )
    finding = only(audited(Planted("image", {}), samples, split, "groups-in-two-parts"))
    assert (finding.severity, finding.part) == ("warning", "train / validation")


def test_every_column_of_identities_counts_and_empty_values_do_not() -> None:
    class TwoVoices(Planted):
        identities: ClassVar[tuple[str, ...]] = ("group", "speaker")

    shared = {"train-002": "Bob", "test-004": "Bob"}
    samples, split = index({"train": 6, "test": 6}, group=dict.fromkeys(ids("test", 6), ""), speaker=shared)
    finding = only(audited(TwoVoices("image", {}), samples, split, "groups-in-two-parts"))
    assert finding.examples == ("speaker = Bob",)


def test_a_take_in_two_parts() -> None:
    samples, split = index({"train": 6, "test": 6}, take={"train-003": "01-07", "test-003": "01-07", "test-004": "02"})
    finding = only(audited(Planted("image", {}), samples, split, "takes-in-two-parts"))
    assert (finding.severity, finding.count, finding.examples) == ("error", 1, ("take = 01-07",))


def test_two_test_parts_may_share_a_take() -> None:
    samples, split = index({"train": 3, "test": 3, "more": 3}, take={"test-000": "01", "more-000": "01"})
    assert audited(Planted("image", {}), samples, split, "takes-in-two-parts").findings == ()


@pytest.mark.parametrize("column", ["parent", "voice_parent"])
def test_a_child_apart_from_its_parent_is_found(column: str) -> None:
    samples, split = index({"train": 6, "test": 6}, **{column: {"train-001": "test-004", "train-002": "train-003"}})
    finding = only(audited(Planted("image", {}), samples, split, "parents-in-two-parts"))
    assert (finding.severity, finding.count) == ("error", 1)
    assert finding.examples == (f"{column} = test-004",)


def test_two_children_of_an_absent_parent_in_two_parts_are_found() -> None:
    samples, split = index({"train": 6, "test": 6}, parent={"train-001": "elsewhere", "test-002": "elsewhere"})
    assert only(audited(Planted("image", {}), samples, split, "parents-in-two-parts")).examples == (
        "parent = elsewhere",
    )


def test_what_only_needs_the_index_decodes_nothing() -> None:
    samples, split = index({"train": 6, "test": 6}, take={"train-000": "01"}, parent={"train-001": "train-000"})
    dataset = Planted("image", {})
    names = ("groups-in-two-parts", "takes-in-two-parts", "parents-in-two-parts", "class-balance")
    assert audited(dataset, samples, split, *names).audits == names
    assert dataset.reads == 0


def test_where_nothing_is_fitted_nothing_can_leak() -> None:
    samples, split = index({"test": 6})
    report = audited(Planted("image", {}), samples, split, "groups-in-two-parts")
    assert report.not_run == {"groups-in-two-parts": "nothing is fitted under this protocol"}


# -------------------------------------------------------------------------------------------------- duplicates


def test_a_tested_image_that_is_trained_on(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    dataset.content["test-003"] = dataset.content["train-000"].copy()  # both angry
    finding = only(audited(dataset, samples, split, "exact-duplicates-across-parts", "conflicting-labels"))
    assert (finding.severity, finding.part, finding.count) == ("error", "train / test", 1)
    assert finding.examples == ("test-003 = train-000",)


def test_a_repeated_sound_counts_without_its_first_copy(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    for copy in ("train-003", "train-006"):
        dataset.content[copy] = dataset.content["train-000"]
    finding = only(audited(dataset, samples, split, "exact-duplicates-within-parts", "exact-duplicates-across-parts"))
    assert (finding.severity, finding.part, finding.count) == ("warning", "train", 2)
    assert finding.examples == ("train-003 = train-000", "train-006 = train-000")


def test_the_same_values_in_another_shape_are_no_duplicate(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    dataset.content["test-003"] = dataset.content["train-000"].reshape(32, 128)
    assert audited(dataset, samples, split, "exact-duplicates-across-parts").findings == ()


def test_duplicates_of_different_classes_are_named_once_a_pair(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    dataset.content["train-001"] = dataset.content["train-000"]
    dataset.content["test-002"] = dataset.content["train-003"]
    train, test = audited(dataset, samples, split, "conflicting-labels").findings
    assert (train.part, train.count) == ("train", 3)
    assert train.examples == ("train-000 = train-001", "train-003 = test-002")
    assert (test.part, test.count, test.examples) == ("test", 1, ("test-002 = train-003",))
    assert train.severity == test.severity == "warning"


# --------------------------------------------------------------------------------------------- near-duplicates


def jpeg(image: NDArray[np.uint8]) -> Any:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], cv2.IMREAD_GRAYSCALE)


CHANGES: dict[str, Callable[[NDArray[np.uint8]], Any]] = {
    "compressed": jpeg,
    "twice as large": lambda image: cv2.resize(image, (128, 128), interpolation=cv2.INTER_CUBIC),
    "darker": lambda image: (image * 0.7).astype(np.uint8),
    "in colour": lambda image: np.repeat(image[:, :, None], 3, axis=2),
    "cropped": lambda image: image[1:, 1:],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_of_a_tested_image_is_found(images: tuple[Planted, pd.DataFrame, Split], change: str) -> None:
    dataset, samples, split = images
    dataset.content["train-005"] = CHANGES[change](dataset.content["test-002"])
    finding = only(audited(dataset, samples, split, "near-duplicate-images", "exact-duplicates-across-parts"))
    assert (finding.severity, finding.part, finding.count) == ("error", "train / test", 1)
    assert finding.examples == ("test-002 ~ train-005",)


def test_exact_duplicates_are_not_near_ones(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    dataset.content["train-005"] = dataset.content["test-002"]
    assert audited(dataset, samples, split, "near-duplicate-images").findings == ()


def test_images_of_one_colour_are_not_near_to_anything(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    dataset.content["train-005"] = np.zeros((64, 64), np.uint8)
    dataset.content["test-002"] = np.full((64, 64), 9, np.uint8)
    assert audited(dataset, samples, split, "near-duplicate-images").findings == ()


def test_near_pairs_are_those_of_a_loop_over_all_pairs(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    blurred = {name: cv2.GaussianBlur(image, (0, 0), 14) for name, image in dataset.content.items()}
    dataset.content = blurred
    hashes = {name: int(perceptual_hash(image), 16) for name, image in blurred.items()}
    distance = {
        tested: min((hashes[tested] ^ hashes[fitted]).bit_count() for fitted in split.parts["train"])
        for tested in split.parts["test"]
    }
    expected = {tested for tested, bits in distance.items() if bits <= NEAR}
    findings = audited(dataset, samples, split, "near-duplicate-images").findings
    found = {one.split(" ~ ")[0] for finding in findings if finding.part == "train / test" for one in finding.examples}
    assert found == expected


# ------------------------------------------------------------------------------------------------ damaged media


def test_silence_is_silent_and_constant(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    dataset.content["test-001"] = Audio(np.zeros(RATE, np.float32), RATE)
    dataset.content["test-002"] = Audio(np.tile(np.asarray([0.0009, -0.0009], np.float32), RATE), RATE)
    dataset.content["test-003"] = Audio(np.tile(np.asarray([0.0011, -0.0011], np.float32), RATE), RATE)
    silent, constant = audited(dataset, samples, split, "silent-media", "constant-media").findings
    assert (silent.audit, silent.severity, silent.part) == ("silent-media", "warning", "test")
    assert silent.examples == ("test-001", "test-002")
    assert (constant.audit, constant.examples) == ("constant-media", ("test-001",))


def test_an_image_of_one_colour(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    dataset.content["train-001"] = np.full((8, 8, 3), 7, np.uint8)
    finding = only(audited(dataset, samples, split, "constant-media"))
    assert (finding.part, finding.examples) == ("train", ("train-001",))


def test_a_sound_that_touches_full_scale_is_not_clipped_and_one_that_stays_there_is(
    sounds: tuple[Planted, pd.DataFrame, Split],
) -> None:
    dataset, samples, split = sounds
    quiet = np.full(RATE, 0.5, np.float32)
    touching, clipped = quiet.copy(), quiet.copy()
    touching[:7], clipped[:8] = 1, -1  # of 8,000: just under and at one in a thousand
    dataset.content |= {"train-000": Audio(touching, RATE), "train-001": Audio(clipped, RATE)}
    finding = only(audited(dataset, samples, split, "clipped-media"))
    assert (finding.severity, finding.examples) == ("note", ("train-001",))
    assert "0.1% of the samples" in finding.what


def test_what_cannot_be_read_is_a_finding_and_stops_no_other_audit(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    dataset.content["train-004"] = UnreadableError("truncated: 10 bytes are missing", where="x.wav")
    dataset.content["test-004"] = KeyError("no such thing")
    report = audited(dataset, samples, split)
    train, test = report.findings
    assert {train.audit, test.audit} == {"truncated-media"}
    assert (train.part, train.examples) == ("train", ("train-004",))
    assert train.what.endswith("truncated: 10 bytes are missing")
    assert "the plugin failed: KeyError" in test.what


def test_a_dataset_of_which_nothing_can_be_read_is_audited_to_the_end(fresh_cache: Path) -> None:
    samples, split = index({"train": 6, "test": 3})
    report = audited(Planted("audio", dict.fromkeys(samples["sample_id"], OSError("gone"))), samples, split)
    assert [finding.count for finding in report.findings if finding.audit == "truncated-media"] == [6, 3]
    assert "loudness-tells-label" in report.not_run


def test_an_audit_that_fails_is_told_of(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    report = audited(dataset, samples.drop(columns="label"), split, "class-balance", "constant-media")
    assert report.audits == ("constant-media",)
    assert report.not_run["class-balance"].startswith("the audit failed: KeyError")
    assert report.failed == ("class-balance",)


# ------------------------------------------------------------------------------------------------------ probes


def spoken(scale: Mapping[str, float], length: Mapping[str, float]) -> tuple[Planted, pd.DataFrame, Split]:
    """Return 120 sounds whose loudness and length depend on the class as said."""
    samples, split = index({"train": 90, "test": 30})
    samples["group"] = [f"speaker {int(sample[-3:]) // 6}" for sample in samples["sample_id"]]
    generator = np.random.default_rng(1)
    content = {}
    for sample, label in zip(samples["sample_id"], samples["label"], strict=True):
        frames = int(RATE / 10 * length.get(label, 1) * generator.uniform(0.8, 1.2))
        level = 0.1 * scale.get(label, 1) * generator.uniform(0.8, 1.2)
        content[sample] = Audio(generator.normal(0, level, frames).clip(-0.9, 0.9).astype(np.float32), RATE)
    return Planted("audio", content), samples, split


def test_loud_classes_are_told_by_loudness_alone(fresh_cache: Path) -> None:
    finding = only(audited(*spoken({"angry": 3, "sad": 0.3}, {}), "loudness-tells-label", "duration-tells-label"))
    assert (finding.audit, finding.severity, finding.count) == ("loudness-tells-label", "warning", 120)
    assert "groups kept apart" in finding.what


def test_long_classes_are_told_by_duration_alone(fresh_cache: Path) -> None:
    finding = only(audited(*spoken({}, {"sad": 2}), "loudness-tells-label", "duration-tells-label"))
    assert (finding.audit, finding.severity) == ("duration-tells-label", "warning")


def test_bright_classes_are_told_by_brightness_alone(fresh_cache: Path) -> None:
    samples, split = index({"train": 60, "test": 30})
    pictures = faces(list(samples["sample_id"]))
    for sample, label in zip(samples["sample_id"], samples["label"], strict=True):
        pictures[sample] = (pictures[sample] * {"angry": 0.3, "happy": 0.6, "sad": 0.9}[label]).astype(np.uint8)
    finding = only(audited(Planted("image", pictures), samples, split, "brightness-tells-label"))
    assert finding.severity == "warning"


def test_the_probe_finds_what_the_best_threshold_gives() -> None:
    generator = np.random.default_rng(2)
    y = np.repeat([0, 1], 400)
    x = pd.Series(generator.normal(1.2 * y))
    probe = probed(x, pd.Series(y.astype(str)), pd.Series("", index=x.index))
    assert probe.score == pytest.approx(balanced_accuracy_score(y, x > 0.6), abs=0.05)
    assert probe.chance == pytest.approx(0.5, abs=0.02)
    assert (probe.p, probe.grouped) == (0.005, False)


def test_what_a_speaker_does_in_all_clips_is_no_finding() -> None:
    speakers = np.repeat(np.arange(20), 12)
    generator = np.random.default_rng(3)
    mostly = speakers % 3  # each speaker has most clips of one class, and a loudness of one's own
    y = np.where(generator.random(240) < 0.6, mostly, generator.integers(0, 3, 240))
    level = 10.0 * (speakers % 3) + generator.normal(0, 1, 240)
    labels, who = pd.Series(y.astype(str)), pd.Series([f"speaker {one}" for one in speakers])
    assert probed(pd.Series(level), labels, who).p > 0.05
    assert probed(pd.Series(level), labels, pd.Series([""] * 240)).p == 0.005


def test_of_groups_with_one_class_each_one_sample_counts() -> None:
    people = np.repeat(np.arange(30), 10)
    probe = probed(
        pd.Series(np.random.default_rng(4).normal(people % 3)),
        pd.Series((people % 3).astype(str)),
        pd.Series([f"person {one}" for one in people]),
    )
    assert (probe.n, probe.grouped) == (30, True)


def test_chance_without_a_trace_is_one_in_so_many_classes() -> None:
    """P-values of data without a shortcut are spread evenly: about one in twenty is below 0.05."""
    generator = np.random.default_rng(5)
    nobody = pd.Series([""] * 150)
    probes = [
        probed(pd.Series(generator.normal(size=150)), pd.Series(generator.integers(0, 3, 150).astype(str)), nobody)
        for _ in range(30)
    ]
    assert np.mean([probe.chance for probe in probes]) == pytest.approx(1 / 3, abs=0.01)
    assert (
        sum(probe.p <= 0.05 for probe in probes) <= 6
    )  # of 30 with 1.5 expected: more by chance in one of 1,000 tests


def test_a_class_too_small_for_the_folds_is_left_out_of_a_probe() -> None:
    labels = pd.Series(["a"] * 20 + ["b"] * 20 + ["c"])
    assert probed(pd.Series(range(41), dtype=float), labels, pd.Series([""] * 41)).n == 40
    with pytest.raises(EmobenchError, match="fewer than two classes have 5 samples"):
        probed(pd.Series(range(24), dtype=float), labels[17:].reset_index(drop=True)[:24], pd.Series([""] * 24)[:24])


# ----------------------------------------------------------------------------------------------- class balance


def test_an_absent_class_and_an_uneven_part() -> None:
    samples, split = index({"train": 12, "test": 6}, label=dict.fromkeys(("test-000", "test-003"), "happy"))
    absent, uneven = audited(Planted("image", {}), samples, split, "class-balance").findings
    assert (absent.severity, absent.part, absent.count, absent.examples) == ("warning", "test", 1, ("angry",))
    assert (uneven.severity, uneven.part, uneven.count) == ("note", "test", 6)
    assert "happy is 66.7% of 6 samples" in uneven.what
    assert "sad is 33.3%" in uneven.what


# ------------------------------------------------------------------------------------------------------- facts


def test_facts_of_a_sound_are_those_of_a_sine() -> None:
    sine = 0.5 * np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE)
    known = sound_features(Audio(sine.astype(np.float32), RATE))
    assert known["loudness"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=1e-4)
    assert known["peak"] == pytest.approx(0.5)
    assert known["seconds"] == 1
    assert sound_features(Audio(np.zeros(4, np.float32), RATE))["loudness"] == QUIETEST


def test_the_digest_is_of_content_and_not_of_the_file(tmp_path: Path) -> None:
    image = faces(["one"])["one"]
    Image.fromarray(image).save(tmp_path / "a.png", compress_level=1)
    Image.fromarray(image).save(tmp_path / "b.bmp")
    decoded = [np.asarray(Image.open(tmp_path / name)) for name in ("a.png", "b.bmp")]
    assert image_features(decoded[0])["digest"] == image_features(decoded[1])["digest"] == digest(iter([image]))
    assert digest(iter([image])) != digest(iter([image.astype(np.int16)]))


def test_content_is_decoded_once_for_all_audits_and_once_for_all_splits(
    images: tuple[Planted, pd.DataFrame, Split],
) -> None:
    dataset, samples, split = images
    steps: list[int] = []
    first = audited(dataset, samples, split, step=steps.append)
    assert dataset.reads == sum(steps) == len(samples)
    other = Split({"train": split.parts["test"], "test": split.parts["train"] + split.parts["validation"]})
    second = audited(dataset, samples, other, step=steps.append)
    assert dataset.reads == sum(steps) == len(samples)
    assert first.id != second.id


def test_other_content_is_decoded_anew(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    audited(dataset, samples, split, "constant-media")
    audited(dataset, samples, split, "constant-media", content="another copy")
    assert dataset.reads == 2 * len(samples)


def test_samples_without_a_modality_are_left_out(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    del dataset.content["train-000"]
    without = samples.assign(image_path=[name if name != "train-000" else "" for name in samples["sample_id"]])
    assert audited(dataset, without, split).findings == ()


# ----------------------------------------------------------------------------------------------------- reports


def test_a_report_is_written_and_read_back(images: tuple[Planted, pd.DataFrame, Split], tmp_path: Path) -> None:
    dataset, samples, split = images
    dataset.content["test-003"] = dataset.content["train-000"]
    report = audited(dataset, samples, split)
    assert write_report(tmp_path, report) == tmp_path / "audits" / f"{report.id}.json"
    assert stored_report(tmp_path, report.id) == report
    assert report.counts == {"train": 12, "validation": 6, "test": 6}
    assert report.split == split.hashes


def test_a_report_of_another_version_or_none_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "audits").mkdir()
    (tmp_path / "audits" / "old.json").write_text('{"schema_version": 0}')
    (tmp_path / "audits" / "torn.json").write_text('{"schema_version": 1, "id"')
    assert [stored_report(tmp_path, name) for name in ("old", "torn", "absent")] == [None, None, None]


def test_the_id_depends_on_data_parts_and_labels() -> None:
    known = report_id("faces", "c", "three@1", {"train": "a", "test": "b"})
    assert len(known) == 16
    others = [
        report_id("faces", "d", "three@1", {"train": "a", "test": "b"}),
        report_id("faces", "c", "three@2", {"train": "a", "test": "b"}),
        report_id("faces", "c", "three@1", {"train": "a", "test": "c"}),
    ]
    assert len({known, *others}) == 4
    assert len(audits_code()) == 16


def test_an_audit_that_does_not_exist_is_refused(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    with pytest.raises(EmobenchError, match="did you mean 'silent-media'"):
        audited(*images, "silent-medium")


def test_findings_are_no_graver_than_their_audit_says() -> None:
    assert [name for name, audit in AUDITS.items() if audit.severity == "error"] == [
        "groups-in-two-parts",
        "takes-in-two-parts",
        "parents-in-two-parts",
        "exact-duplicates-across-parts",
        "near-duplicate-images",
    ]
