"""The contracts of a representation and a model, check by check; a failure says what the contract is and how to keep it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emobench import EmobenchError
from emobench.testing import checks_for
from emobench_pretrained_faces.weights import weights_file

try:
    weights_file()
except EmobenchError as error:
    pytest.skip(str(error), allow_module_level=True)


@pytest.mark.parametrize("check", checks_for("representations", "gray-face-64"), ids=str)
def test_representation(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("check", checks_for("models", "mini-xception"), ids=str)
def test_model(check: Callable[[], None]) -> None:
    check()
