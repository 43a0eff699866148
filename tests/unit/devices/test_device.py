"""Settings and generators: what is set is put back, what is saved is restored."""

from __future__ import annotations

import io
import random
from typing import Any

import numpy as np
import pytest
import torch

from emobench.devices import device
from emobench.errors import EmobenchError


def settings() -> dict[str, Any]:
    return {
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "warn only": torch.is_deterministic_algorithms_warn_only_enabled(),
        "benchmark": torch.backends.cudnn.benchmark,
        "tf32": torch.backends.cudnn.allow_tf32,
        "fill": torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]
        "threads": torch.get_num_threads(),
        "denormals": bool((torch.full((8,), 1e-40) * 0.5).any()),
    }


@pytest.mark.parametrize("threads", [None, 1, 2])
@pytest.mark.parametrize("fails", [False, True])
def test_settings_are_put_back(threads: int | None, fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    before = settings()
    with pytest.raises(KeyError) if fails else device.reproducible(0), device.reproducible(0, threads):
        inside = settings()
        if fails:
            raise KeyError
    assert inside["deterministic"]
    assert not inside["benchmark"]
    assert not inside["tf32"]
    assert not inside["denormals"]
    assert threads is None or inside["threads"] == threads
    assert settings() == before


def draws() -> list[Any]:
    return [random.random(), random.gauss(0, 1), np.random.random(), np.random.normal(), torch.rand(3).tolist()]


def test_seed_reaches_every_generator() -> None:
    with device.reproducible(5):
        first = draws()
    with device.reproducible(5):
        assert draws() == first
    with device.reproducible(6):
        assert all(one != other for one, other in zip(draws(), first, strict=True))


def test_states_of_all_generators_go_round() -> None:
    device.seed_all(5)
    draws()  # an odd number of normal ones: NumPy and Python keep the second of each two
    file = io.BytesIO()
    torch.save(device.generator_states("cpu"), file)
    expected = [draws() for _ in range(3)]
    device.seed_all(99)
    draws()
    file.seek(0)
    device.restore_generators(torch.load(file, weights_only=True))
    assert [draws() for _ in range(3)] == expected


def test_taking_the_states_changes_nothing() -> None:
    device.seed_all(5)
    expected = draws()
    device.seed_all(5)
    device.generator_states("cpu")
    assert draws() == expected


def there(monkeypatch: pytest.MonkeyPatch, *present: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in present)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in present)


@pytest.mark.parametrize(
    ("present", "best"), [((), "cpu"), (("cuda",), "cuda"), (("mps",), "mps"), (("cuda", "mps"), "cuda")]
)
def test_auto_is_the_best_device_there(present: tuple[str, ...], best: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, *present)
    assert device.resolve("auto") == best


def test_device_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, "cuda")
    assert device.resolve("cpu") == "cpu"
    assert device.resolve("cuda") == "cuda"


@pytest.mark.parametrize("missing", ["cuda", "mps"])
def test_device_that_is_not_there_is_one_line(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch)
    with pytest.raises(EmobenchError) as caught:
        device.resolve(missing)
    assert str(caught.value) == f"--device: torch finds no device {missing!r} here; use cpu or auto"


def test_autocast_is_only_for_bf16() -> None:
    matrix = torch.ones(4, 4)
    with device.autocast("cpu", "fp32"):
        assert (matrix @ matrix).dtype == torch.float32
    with device.autocast("cpu", "bf16"):
        assert (matrix @ matrix).dtype == torch.bfloat16


def test_device_has_a_name() -> None:
    assert device.name("cpu")
