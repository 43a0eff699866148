"""Changes by chance of the batches that a network is trained on: pictures (n, c, h, w) in [0, 1], waveforms (n, t).

The pictures of a sequence (n, t, c, h, w) are changed alike. What is behind the end of a sequence stays 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emobench.contracts import Augmentation
from emobench.errors import EmobenchError, nearest
from emobench.plugins import check_types, with_defaults

if TYPE_CHECKING:
    import torch

AUGMENTATIONS: Mapping[str, Mapping[str, Any]] = {
    "flip": {},
    "crop": {"pixels": 4},
    "jitter": {"strength": 0.2},
    "noise": {"least_snr": 10.0, "most_snr": 40.0},
    "gain": {"decibels": 6.0},
    "shift": {"share": 0.1},
}
"""Name to parameters and their defaults. Of pictures: flip, crop, jitter; of waveforms: noise, gain, shift."""

_FEWEST = 1000
"""Numbers of a waveform at least: 1/16 s at 16 kHz. What is shorter is a list of features."""


def complete_augmentation(name: str, parameters: Mapping[str, Any]) -> Augmentation:
    """Return an augmentation, as a suite states it, with all its parameters.

    Raises:
        EmobenchError: there is none of this name, or no such parameter.
    """
    where = f"augmentation {name!r}"
    if name not in AUGMENTATIONS:
        raise EmobenchError("there is no such augmentation", where=where, remedy=nearest(name, AUGMENTATIONS))
    merged = with_defaults(AUGMENTATIONS[name], dict(parameters), where)
    check_types(AUGMENTATIONS[name], merged, where)
    return Augmentation(name, merged)


def augmented(
    batch: Sequence[torch.Tensor],
    names: Sequence[str],
    chosen: Sequence[Augmentation],
    generator: torch.Generator,
    masks: Sequence[torch.Tensor | None] = (),
) -> list[torch.Tensor]:
    """Return a batch of each stream, changed by chance: each sample in its own way, the same on every device.

    Args:
        batch: float32, one tensor a stream.
        names: of the streams.
        chosen: one after another, each on every stream of its kind.
        generator: on the CPU, whose state a checkpoint keeps.
        masks: one a stream: of sequences (n, t), true where there is a step. Nothing where no stream is one.

    Raises:
        EmobenchError: an augmentation suits no stream.
    """
    streams, masks = list(batch), masks or [None] * len(batch)
    for one in chosen:
        change, pictures = _CHANGES[one.name]
        suits = _is_picture if pictures else _is_waveform
        fitting = [place for place, x in enumerate(streams) if suits(x, masks[place])]
        if not fitting:
            shapes = ", ".join(f"{name} {tuple(x.shape[1:])}" for name, x in zip(names, streams, strict=True))
            what = f"it is of {'pictures' if pictures else 'waveforms'}, and a sample has {shapes}"
            raise EmobenchError(what, where=f"augmentation {one.name!r}", remedy="leave it out, or take another input")
        for place in fitting:
            changed = change(streams[place], generator, **one.parameters)
            mask = masks[place]
            streams[place] = changed if mask is None else changed * mask.view(*mask.shape, *[1] * (changed.dim() - 2))
    return streams


def _is_picture(x: torch.Tensor, mask: torch.Tensor | None) -> bool:
    return x.dim() == (4 if mask is None else 5)


def _is_waveform(x: torch.Tensor, mask: torch.Tensor | None) -> bool:
    return x.dim() == 2 and x.shape[1] >= _FEWEST


def _uniform(x: torch.Tensor, generator: torch.Generator, low: float, high: float) -> torch.Tensor:
    """Return a number for each sample, (n, 1, ...), drawn evenly between two."""
    import torch

    drawn = torch.rand(len(x), generator=generator) * (high - low) + low
    return drawn.view(-1, *[1] * (x.dim() - 1)).to(x.device)


def _flip(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirror every second picture, left to right."""
    return x.where(_uniform(x, generator, 0.0, 1.0) < 0.5, x.flip(-1))


def _crop(x: torch.Tensor, generator: torch.Generator, *, pixels: int) -> torch.Tensor:
    """Move each picture by up to so many pixels in both directions; its edge is mirrored there."""
    import torch

    n, height, width = len(x), *x.shape[-2:]
    padded = torch.nn.functional.pad(x.reshape(n, -1, height, width), (pixels,) * 4, mode="reflect")
    down, right = torch.randint(0, 2 * pixels + 1, (2, n), generator=generator).to(x.device)
    rows = down[:, None] + torch.arange(height, device=x.device)
    columns = right[:, None] + torch.arange(width, device=x.device)
    sample = torch.arange(n, device=x.device)[:, None, None]
    moved = padded.permute(0, 2, 3, 1)[sample, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return moved.reshape(x.shape)


def _jitter(x: torch.Tensor, generator: torch.Generator, *, strength: float) -> torch.Tensor:
    """Change brightness, then contrast about the mean of the picture, by factors from 1 - strength to 1 + strength."""
    bright = (x * _uniform(x, generator, 1 - strength, 1 + strength)).clamp(0, 1)
    mean = bright.mean(dim=(-3, -2, -1), keepdim=True)
    return ((bright - mean) * _uniform(x, generator, 1 - strength, 1 + strength) + mean).clamp(0, 1)


def _noise(x: torch.Tensor, generator: torch.Generator, *, least_snr: float, most_snr: float) -> torch.Tensor:
    """Add white noise, so many decibels below the power of each sound; silence stays silent, and so does padding at the end.

    Zeros behind the last number that is not 0 are padding, by which a network knows how long a sound is.
    """
    import torch

    there = (x != 0).int().flip(1).cummax(dim=1).values.flip(1)
    power = x.pow(2).mean(dim=1, keepdim=True) * (x.shape[1] / there.sum(dim=1, keepdim=True).clamp(min=1))
    noise = torch.randn(x.shape, generator=generator).to(x.device)
    ratio = 10 ** (-_uniform(x, generator, least_snr, most_snr) / 20)
    return x + noise * ratio * power.sqrt() * there


def _gain(x: torch.Tensor, generator: torch.Generator, *, decibels: float) -> torch.Tensor:
    """Make each sound louder or softer by up to so many decibels."""
    return x * 10 ** (_uniform(x, generator, -decibels, decibels) / 20)


def _shift(x: torch.Tensor, generator: torch.Generator, *, share: float) -> torch.Tensor:
    """Move each sound in time by up to a share of its length; what it leaves is silent."""
    import torch

    length = x.shape[1]
    moved = (_uniform(x, generator, -share, share) * length).round().long()
    places = torch.arange(length, device=x.device)[None, :] - moved
    inside = (places >= 0) & (places < length)
    return x.gather(1, places.clamp(0, length - 1)) * inside


_CHANGES: Mapping[str, tuple[Callable[..., torch.Tensor], bool]] = {
    "flip": (_flip, True),
    "crop": (_crop, True),
    "jitter": (_jitter, True),
    "noise": (_noise, False),
    "gain": (_gain, False),
    "shift": (_shift, False),
}
"""How each changes a batch, and whether of pictures."""
