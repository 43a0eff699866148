"""What a model gets of samples."""

from __future__ import annotations

import numpy as np
import pytest

from emobench.errors import EmobenchError
from tests.conftest import given

FIRST, SECOND = np.arange(6.0).reshape(3, 2), np.ones((3, 4))


def test_the_only_stream_needs_no_name() -> None:
    np.testing.assert_array_equal(given(FIRST).x(), FIRST)


def test_of_several_streams_one_is_named() -> None:
    np.testing.assert_array_equal(given(FIRST, SECOND).x("stream-1"), SECOND)


def test_labels_of_test_samples_are_refused() -> None:
    with pytest.raises(EmobenchError, match="asked for the labels of test samples"):
        _ = given(FIRST).y
    assert given(FIRST, labels=[2, 0, 1]).y.tolist() == [2, 0, 1]
