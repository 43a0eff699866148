"""How far a copy can be trusted, and in what it differs from the official one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from emobench.contracts.dataset import Copy, Finding, Index, Official
from emobench.contracts.label_map import LabelMap
from emobench.data import discovery, provenance
from emobench.errors import EmobenchError
from emobench.plugins.registry import Registry
from emobench.records.departures import CopyNote, FewOfClass, SampleCount
from tests.conftest import Dots
from tests.support.dots import opened


def test_content_that_is_not_official_is_unverified(dots: Path, plugins: Registry) -> None:
    copy = opened(dots, plugins)
    assert copy.provenance == "unverified"
    assert copy.departures == ()


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
    assert found.copy
    assert found.copy.provenance == "unverified"


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
