"""What may be asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emobench.errors import EmobenchError
from emobench.planning.request import Request


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"limit": 0}, "limit is 0"),
        ({"epochs": -1}, "epochs is -1"),
        ({"seeds": 1.0}, r"seeds is 1\.0"),
        ({"seeds": 0}, "seeds is 0"),
        ({"limit": True}, "limit is True"),
        ({"precision": "fp16"}, "no precision 'fp16'.*known: "),
    ],
)
def test_what_the_command_line_does_not_let_through_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(EmobenchError, match=said):
        Request("demo", **asked)


def test_numbers_of_numpy_are_numbers() -> None:
    asked: dict[str, Any] = {"limit": np.int64(3)}
    assert Request("demo", **asked).limit == 3
