"""Datasets in memory whose faults a test plants, and the audits of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.audits.catalogue import AUDITS, run_audits
from emobench.contracts.dataset import Copy, Index
from emobench.contracts.media import Audio, Modality
from emobench.contracts.protocol import Split
from emobench.data.copies import DatasetCopy
from emobench.records.audit_report import AuditFinding, AuditReport
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


def copy_of(dataset: Dots, samples: pd.DataFrame, content: str) -> DatasetCopy:
    copy = Copy(Path("/nowhere"), "memory")
    return DatasetCopy(dataset.name, copy, Path("/nowhere"), "unverified", "", sha256(content), Index(samples))


def audited(
    dataset: Dots, samples: pd.DataFrame, split: Split, *names: str, content: str = "", **options: Any
) -> AuditReport:
    """Run audits; ``content`` is what tells one test's cached facts from another's."""
    copy = copy_of(dataset, samples, content)
    protocol = Component(name="by-hand")
    return run_audits(
        dataset, copy, samples, split, labels="three@1", protocol=protocol, names=names or AUDITS, **options
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


def only(report: AuditReport) -> AuditFinding:
    assert len(report.findings) == 1, report.findings
    return report.findings[0]
