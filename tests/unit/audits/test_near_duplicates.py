"""Images that look the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from emobench.audits.content_features import perceptual_hash
from emobench.audits.image_distance import NEAR
from emobench.contracts.protocol import Split
from tests.support.audited import Planted, audited, only


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


def test_a_mirrored_copy_of_a_tested_image_is_found(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    dataset.content["train-005"] = jpeg(dataset.content["test-002"][:, ::-1].copy())
    finding = only(audited(dataset, samples, split, "near-duplicate-images", "exact-duplicates-across-parts"))
    assert (finding.severity, finding.part, finding.count) == ("error", "train / test", 1)
    assert finding.examples == ("test-002 ~ train-005, mirrored",)
    assert "(1 of them only mirrored)" in finding.what


def test_a_finding_names_every_tested_sample_and_its_threshold(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    for number in range(6):
        dataset.content[f"train-{number:03d}"] = jpeg(dataset.content[f"test-{number:03d}"])
    finding = only(audited(dataset, samples, split, "near-duplicate-images"))
    assert finding.tested == tuple(f"test-{number:03d}" for number in range(6))
    assert finding.threshold_bits == NEAR == 48


def test_near_pairs_are_those_of_a_loop_over_all_pairs(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    blurred = {name: cv2.GaussianBlur(image, (0, 0), 14) for name, image in dataset.content.items()}
    dataset.content = blurred
    hashes = {name: int(perceptual_hash(image), 16) for name, image in blurred.items()}
    mirrored = {name: int(perceptual_hash(np.ascontiguousarray(image[:, ::-1])), 16) for name, image in blurred.items()}
    distance = {
        tested: min(
            (known[tested] ^ hashes[fitted]).bit_count()
            for known in (hashes, mirrored)
            for fitted in split.parts["train"]
        )
        for tested in split.parts["test"]
    }
    expected = {tested for tested, bits in distance.items() if bits <= NEAR}
    findings = audited(dataset, samples, split, "near-duplicate-images").findings
    found = {sample for finding in findings if finding.part == "train / test" for sample in finding.tested}
    assert found == expected
