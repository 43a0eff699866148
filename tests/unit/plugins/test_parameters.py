"""Types of parameters against those of their defaults."""

from __future__ import annotations

from typing import Any

import pytest

from emobench.errors import EmobenchError
from emobench.plugins.parameters import check_types


@pytest.mark.parametrize(
    ("default", "value", "fits"),
    [
        (16, 32, True),
        (16, 32.0, False),
        (16, True, False),
        (0.5, 1, True),
        (0.5, True, False),
        (True, False, True),
        (True, 1, False),
        ("relu", "tanh", True),
        ("relu", 1, False),
        ((1, 2), [3], True),
        ({"a": 1}, {"b": 2}, True),
        ([1], 3, False),
        (None, "anything", True),
        (16, None, True),
    ],
)
def test_what_takes_the_place_of_a_default(default: Any, value: Any, fits: bool) -> None:
    if fits:
        check_types({"width": default}, {"width": value, "other": 1}, "")
    else:
        with pytest.raises(EmobenchError, match=r"width is .*, expected"):
            check_types({"width": default}, {"width": value}, "")
