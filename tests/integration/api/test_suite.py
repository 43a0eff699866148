"""``run_suite`` refuses what the command line does."""

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
