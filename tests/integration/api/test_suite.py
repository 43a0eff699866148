"""``run_suite``, and ``evaluate`` with it, refuse what the command line does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import emobench
from emobench.errors import EmobenchError


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"device": "gpu"}, "known: auto, cpu, cuda, mps"),
        ({"limit": 0}, "limit is 0"),
        ({"epochs": -1}, "epochs is -1"),
        ({"seeds": 0}, "seeds is 0"),
        ({"precision": "fp16"}, "known: fp32, bf16"),
    ],
)
def test_python_refuses_what_the_command_line_does(wrong: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=said):
        emobench.run_suite("paper-replication", out=tmp_path, **wrong)


def test_refused_evaluation_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="no parameter 'x'"):
        emobench.evaluate(
            "mlp",
            dataset="ravdess",
            protocol="random-clips",
            parameters={"x": 1},
            labels="seven-emotions",
            out=tmp_path,
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("wrong", "said"), [({"device": "xpu"}, "no device 'xpu'"), ({"limit": 0}, "limit is 0")])
def test_evaluate_refuses_what_the_command_line_does(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(EmobenchError, match=said):
        emobench.evaluate("mlp", dataset="ravdess", labels="seven-emotions", protocol="random-clips", **wrong)
