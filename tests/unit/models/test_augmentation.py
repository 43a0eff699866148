"""Changes by chance, against torchvision and direct computations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional

from emobench.contracts.recipe import Augmentation
from emobench.errors import EmobenchError
from emobench.models.augmentation import AUGMENTATIONS, augmented, complete_augmentation


def pictures(n: int = 64) -> torch.Tensor:
    return torch.rand(n, 1, 12, 10, generator=torch.Generator().manual_seed(1))


def waves(n: int = 64) -> torch.Tensor:
    return torch.randn(n, 2000, generator=torch.Generator().manual_seed(1))


def changed(x: torch.Tensor, name: str, seed: int = 0, **parameters: float) -> torch.Tensor:
    (result,) = augmented([x], ["x"], [complete_augmentation(name, parameters)], torch.Generator().manual_seed(seed))
    return result


def test_half_of_the_pictures_are_mirrored_as_torchvision_does() -> None:
    x = pictures()
    y = changed(x, "flip")
    mirrored = (y == functional.horizontal_flip(x)).flatten(1).all(dim=1)
    same = (y == x).flatten(1).all(dim=1)
    assert (mirrored ^ same).all()
    assert 20 < int(mirrored.sum()) < 44


def test_crops_are_those_of_torchvision_from_a_mirrored_edge() -> None:
    x = pictures()
    y = changed(x, "crop", pixels=2)
    padded = functional.pad(x, [2, 2, 2, 2], padding_mode="reflect")
    places = set()
    for before, after in zip(padded, y, strict=True):
        fitting = [
            (top, left)
            for top in range(5)
            for left in range(5)
            if torch.equal(functional.crop(before, top, left, 12, 10), after)
        ]
        assert fitting
        places.update(fitting)
    assert len(places) > 15


def test_jitter_is_brightness_then_contrast_of_torchvision() -> None:
    x = pictures()
    y = changed(x, "jitter", strength=0.3)
    generator = torch.Generator().manual_seed(0)
    bright, contrast = (torch.rand(64, generator=generator) * 0.6 + 0.7 for _ in range(2))
    for before, after, b, c in zip(x, y, bright.tolist(), contrast.tolist(), strict=True):
        expected = functional.adjust_contrast(functional.adjust_brightness(before, b), c)
        torch.testing.assert_close(after, expected)


def test_noise_lies_so_many_decibels_below_the_sound() -> None:
    x = waves()
    noise = changed(x, "noise", least_snr=20.0, most_snr=20.0) - x
    ratio = 10 * torch.log10(x.pow(2).mean(dim=1) / noise.pow(2).mean(dim=1))
    np.testing.assert_allclose(ratio.numpy(), 20, atol=0.5)
    assert changed(torch.zeros(2, 2000), "noise").abs().max() == 0


def test_padding_at_the_end_gets_no_noise_and_does_not_count_as_quiet() -> None:
    x = torch.nn.functional.pad(waves(), (0, 2000))
    noise = changed(x, "noise", least_snr=20.0, most_snr=20.0) - x
    assert not noise[:, 2000:].any()
    ratio = 10 * torch.log10(waves().pow(2).mean(dim=1) / noise[:, :2000].pow(2).mean(dim=1))
    torch.testing.assert_close(ratio, torch.full_like(ratio, 20.0), rtol=0, atol=0.5)


def test_gain_is_within_its_decibels_and_differs_from_sound_to_sound() -> None:
    ratio = 20 * torch.log10((changed(waves(), "gain", decibels=3.0) / waves()).mean(dim=1))
    assert ratio.abs().max() <= 3.001
    assert ratio.std() > 1


def test_shift_moves_and_leaves_silence() -> None:
    x = waves()
    y = changed(x, "shift", share=0.1)
    moves = set()
    for before, after in zip(x.numpy(), y.numpy(), strict=True):
        fitting = [
            by for by in range(-200, 201) if np.array_equal(after, np.where(_inside(by), np.roll(before, by), 0))
        ]
        assert len(fitting) == 1
        moves.update(fitting)
    assert min(moves) < -100 < 100 < max(moves)


def _inside(by: int) -> np.ndarray:
    places = np.arange(2000) - by
    return (places >= 0) & (places < 2000)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_each_draws_from_the_generator_alone(name: str) -> None:
    x = pictures() if name in ("flip", "crop", "jitter") else waves()
    assert torch.equal(changed(x, name, 1), changed(x, name, 1))
    assert not torch.equal(changed(x, name, 1), changed(x, name, 2))


def test_of_two_streams_each_gets_what_is_of_its_kind() -> None:
    x, y = pictures(), waves()
    chosen = [complete_augmentation("flip", {}), complete_augmentation("gain", {})]
    first, second = augmented([x, y], ["face", "voice"], chosen, torch.Generator().manual_seed(0))
    assert not torch.equal(first, x)
    assert not torch.equal(second, y)


@pytest.mark.parametrize("name", ["noise", "flip"])
def test_features_are_neither_pictures_nor_waveforms(name: str) -> None:
    with pytest.raises(EmobenchError, match=r"a sample has mfcc \(180,\)"):
        augmented([torch.rand(4, 180)], ["mfcc"], [Augmentation(name, AUGMENTATIONS[name])], torch.Generator())


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(EmobenchError, match="did you mean 'flip'"):
        complete_augmentation("flib", {})
    with pytest.raises(EmobenchError, match="no parameter 'pixel'"):
        complete_augmentation("crop", {"pixel": 2})
