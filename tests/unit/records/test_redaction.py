"""What a published record says of the machine: nothing."""

from __future__ import annotations

from typing import Any

import pytest

from emobench.records import Dropped
from emobench.records.redaction import scrub
from tests.support.factories import failed, record


@pytest.mark.parametrize(
    ("said", "published"),
    [
        ("/home/me/data/a.png: no image", "…/a.png: no image"),
        (r"C:\Users\me\data\a.png: no image", "…/a.png: no image"),
        ("see https://example.org/data/a.png", "see https://example.org/data/a.png"),
        ("train/angry/a.png: no image", "train/angry/a.png: no image"),
    ],
)
def test_absolute_paths_keep_their_last_component(said: str, published: str) -> None:
    dropped = (Dropped(sample_id="a", part="test", reason=said),)
    scrubbed = scrub(record(warnings=(said,), dropped=dropped))
    assert scrubbed.warnings == (published,)
    assert scrubbed.dropped[0].reason == published


def test_the_environment_is_searched_in_depth() -> None:
    environment: dict[str, Any] = {"libraries": [{"blas": "/home/me/lib/libblas.so"}], "threads": 2}
    scrubbed = scrub(record(environment=environment))
    assert scrubbed.environment == {"libraries": [{"blas": "…/libblas.so"}], "threads": 2}


def test_a_failure_keeps_its_message_and_not_its_traceback() -> None:
    scrubbed = scrub(failed(message="/home/me/a.wav is silent"))
    assert scrubbed.failure is not None
    assert (scrubbed.failure.message, scrubbed.failure.traceback) == ("…/a.wav is silent", "")
