"""Outputs of the wrong shape or kind are said, as soon as they are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from emobench.api import evaluate
from emobench.errors import EmobenchError
from tests.support.dots_runs import (
    ran,
    torch_net,
    why,
)
from tests.support.wrong_shapes import Pair, Short, Wide

pytestmark = pytest.mark.usefixtures("one_thread")


def test_watching_the_logits_changes_nothing_of_a_network() -> None:
    import torch

    from emobench.models import output_checks

    net = torch_net(classes=3).eval()
    x = torch.ones(2, 16)
    state, logits = dict(net.state_dict()), net(x)
    output_checks.check_outputs(net, "net", 3, "class")
    assert torch.equal(net(x), logits)
    assert list(net.state_dict()) == list(state)
    with pytest.raises(EmobenchError, match="model 'net': forward"):
        net(torch.ones(16))


def wide_net(*, classes: int) -> Any:
    from torch import nn

    return nn.Linear(16, classes + 1)


def spatial_net(*, classes: int) -> Any:
    from torch import nn

    return nn.Sequential(nn.Linear(16, classes), nn.Unflatten(1, (classes, 1, 1)))


def pair_net(*, classes: int) -> Any:
    from torch import nn

    return nn.LSTM(16, classes)


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (
            wide_net,
            "returned logits of shape (8, 4), wanted (8, 3); return a row for each sample and a column for each",
        ),
        (spatial_net, "returned logits of shape (8, 3, 1, 1), wanted (8, 3); "),
        (pair_net, "returned a tuple; return a tensor of logits"),
    ],
)
def test_logits_of_the_wrong_shape_are_said_at_the_first_batch(tmp_path: Path, factory: Any, said: str) -> None:
    record = ran(tmp_path, factory)
    assert record.failure is not None
    assert record.failure.message.startswith(f"model 'net': forward() {said}")
    assert record.history == ()


def soft_net(*, classes: int) -> Any:
    from torch import nn

    return nn.Sequential(nn.Linear(16, classes), nn.Softmax(dim=1))


@pytest.mark.parametrize(("factory", "lines"), [(soft_net, 1), (torch_net, 0)])
def test_a_network_that_ends_with_a_softmax_is_told_once(
    tmp_path: Path, factory: Any, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    record = ran(tmp_path, factory)
    assert record.status == "finished"
    said = "model 'net': forward() returns probabilities; return logits, their softmax is taken anyway"
    assert capsys.readouterr().err.count(f"emobench: {said}\n") == lines
    assert [one for one in record.warnings if said in one] == [f"UserWarning: {said}"] * lines


def test_probabilities_of_an_estimator_of_the_wrong_shape_are_said(tmp_path: Path) -> None:
    said = "model 'net': predict_proba() returned probabilities of shape (36, 9), wanted (36, 3)"
    assert why(tmp_path, Wide).startswith(said)


RAVDESS: dict[str, Any] = {
    "dataset": "ravdess",
    "protocol": "random-clips",
    "labels": "seven-emotions",
    "takes": "mfcc-chroma-mel",
    "limit": 14,
    "training": {"epochs": 1},
    "device": "cpu",
}


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (torch.nn.LazyLinear(7), "call the module once on a batch first"),
        (torch.nn.Linear(180, 5), r"returned logits of shape \(\d+, 5\), wanted \(\d+, 7\)"),
        (Pair(180, 7), "returned a tuple"),
        (Wide(), r"returned probabilities of shape \(\d+, 9\), wanted \(\d+, 7\)"),
        (Short(), r"returned probabilities of shape \(\d+, 7\), wanted"),
    ],
)
def test_output_of_the_wrong_shape_is_explained(model: Any, said: str) -> None:
    with pytest.raises(EmobenchError, match=said):
        evaluate(model, **RAVDESS)
