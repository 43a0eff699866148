"""A row of somebody's own model can be traced to the package that it came with."""

from __future__ import annotations

import importlib
import importlib.metadata
from pathlib import Path
from typing import Any, cast

import pytest

from emobench.contracts.model import ModelSpec
from emobench.plugins.loading import load
from emobench.plugins.origins import LONGEST, sources_of
from emobench.plugins.registry import Registry
from emobench.records.identity import Component
from emobench.records.record import Source
from tests.conftest import FakeEntry, module
from tests.support.factories import cell, identity

TINY = Source(
    distribution="emobench-tiny-next 0.1.0",
    title="Tiny NeXt",
    citation="Doe, Tiny faces, 2026",
    url="https://example.org/tiny",
)
METADATA = "Metadata-Version: 2.1\nName: emobench-tiny-next\nVersion: 0.1.0\n"


def registered(spec: ModelSpec, distribution: str | None = "emobench-tiny-next") -> Registry:
    entry = FakeEntry("tiny", module("tiny_plugin", emobench_models=lambda: [spec]), distribution)
    return load(cast(Any, [entry]))


def spec(**changes: Any) -> ModelSpec:
    return ModelSpec("tiny-next", lambda: None, ("gray-face",), title=TINY.title, citation=TINY.citation, **changes)


def of_tiny(**changes: Any) -> Any:
    return cell("tiny", what=identity(model=Component(name="tiny-next")), **changes)


def installed(folder: Path, patch: pytest.MonkeyPatch, metadata: str) -> None:
    information = folder / "emobench_tiny_next-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(METADATA + metadata, encoding="utf-8")
    patch.syspath_prepend(folder)
    importlib.invalidate_caches()


@pytest.mark.parametrize(
    ("metadata", "url"),
    [
        ("Project-URL: Changes, https://example.org/log\nProject-URL: Homepage, https://example.org/tiny\n", TINY.url),
        ("Home-page: https://example.org/tiny\n", TINY.url),
        ("Project-URL: Elsewhere, https://example.org/tiny\n", TINY.url),
        ("Project-URL: Homepage, javascript:alert(1)\n", ""),
        ("Home-page: https://example.org/[tiny](x)\n", ""),
        ("", ""),
    ],
)
def test_source_has_the_address_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metadata: str, url: str
) -> None:
    installed(tmp_path, monkeypatch, metadata)
    wanted = TINY.model_copy(update={"distribution": "emobench-tiny-next 1.0", "url": url})
    assert sources_of(of_tiny(), registered(spec())) == {"models/tiny-next": wanted}


def test_what_comes_with_emobench_or_from_nowhere_has_no_source() -> None:
    assert sources_of(of_tiny(), registered(spec(), "emobench")) == {}
    assert sources_of(of_tiny(), registered(spec(), None)) == {}


def test_long_texts_of_strangers_are_cut_to_a_line() -> None:
    one = ModelSpec("tiny-next", lambda: None, ("gray-face",), title="a\nb\x00c", citation="word " * 200)
    (source,) = sources_of(of_tiny(), registered(one)).values()
    assert source.title == "a b c"
    assert len(source.citation) <= LONGEST
    assert source.citation.endswith("…")
