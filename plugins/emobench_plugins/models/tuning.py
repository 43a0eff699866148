"""What of a pretrained network is trained, and its head; it imports torch and is imported by factories only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from emobench import EmobenchError


class FineTuned(nn.Module):
    """A network, the pooling of its frames, and a head.

    Args:
        network: returns (n, frames, d) and a mask (n, frames) of the frames that count.
        head: maps (n, d) to (n, k).
        first: whether the first frame is taken, and not the mean of those that count.
        frozen: whether the network is always in evaluation mode.
    """

    def __init__(self, network: nn.Module, head: nn.Module, *, first: bool, frozen: bool) -> None:
        super().__init__()
        self.network, self.head = network, head
        self._first, self._frozen = first, frozen

    def train(self, mode: bool = True) -> FineTuned:
        """Change the mode of all but a frozen network."""
        super().train(mode)
        if self._frozen:
            self.network.eval()
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return (n, k) logits."""
        frames, there = self.network(x)
        if self._first:
            pooled = frames[:, 0]
        else:
            count = there.sum(dim=1, keepdim=True).to(frames.dtype)
            pooled = (frames * there[:, :, None]).sum(dim=1) / count
        logits: torch.Tensor = self.head(pooled)
        return logits


def tried(network: Any, shape: tuple[int, ...], rate: int) -> int:
    """Return the size d of the vectors that a network gives for samples of a shape.

    Raises:
        EmobenchError: it does not take them.
    """
    takes = "pictures" if hasattr(network, "mean") else "waveforms"
    if len(shape) != (3 if takes == "pictures" else 1):
        has, fitting = "x".join(map(str, shape)), "rgb-image" if takes == "pictures" else "waveform"
        what = f"the network takes {takes}, and a sample has the shape {has}"
        raise EmobenchError(what, remedy=f'say takes = ["{fitting}"]')
    if network.rate not in (0, rate):
        remedy = f"set rate = {network.rate} for the model and for its representation"
        raise EmobenchError(f"the network hears {network.rate} frames a second, not {rate}", remedy=remedy)
    network.eval()
    try:
        with torch.no_grad():
            frames, _ = network(torch.zeros(1, *shape))
    except Exception as error:
        what = f"the network does not take {takes} of {'x'.join(map(str, shape))} ({type(error).__name__}: {error})"
        remedy = f"set {'size' if takes == 'pictures' else 'seconds'} of the representation"
        raise EmobenchError(what, remedy=remedy) from error
    _check_masking(network.body, frames.shape[1])
    return int(frames.shape[2])


def _check_masking(body: Any, frames: int) -> None:
    """Refuse sounds too short for SpecAugment, which would fail in training alone."""
    config: Any = getattr(body, "config", None)
    masked = config.mask_time_length if getattr(config, "mask_time_prob", 0) > 0 else 0
    if getattr(config, "apply_spec_augment", False) and masked > frames and config.model_type != "whisper":
        what = f"SpecAugment of these weights masks {masked} frames at a time, and a sound has {frames}"
        raise EmobenchError(what, remedy="let the representation give more seconds")


def layers_of(network: Any) -> Sequence[nn.Module]:
    """Return the layers of a network, in their order.

    Raises:
        EmobenchError: it has none that can be told.
    """
    for owner in (network.body, getattr(network.body, "encoder", None)):
        for name in ("layers", "layer", "blocks", "stages"):
            if isinstance(found := getattr(owner, name, None), nn.ModuleList | nn.Sequential):
                return list(found)
    what = f"which are the upper layers of {type(network.body).__name__} cannot be told"
    raise EmobenchError(what, remedy='say train = "all", "head" or "lora"')


def add_lora(network: Any, shape: tuple[int, ...], names: Sequence[str], *, rank: int, alpha: float) -> None:
    """Add matrices of low rank to linear layers with certain names: they alone are trained (Hu et al., LoRA, ICLR 2022).

    Raises:
        EmobenchError: there is no such layer, or the network reads its weights past it, so that nothing would be trained.
    """
    from peft import LoraConfig, inject_adapter_in_model

    linear = {name.rpartition(".")[2] for name, part in network.body.named_modules() if isinstance(part, nn.Linear)}
    if not (found := sorted(linear.intersection(names))):
        what = f"no linear layer of the network is called {' or '.join(names)}"
        remedy = f"set lora_on to some of {', '.join(sorted(linear))}" if linear else 'it has none: say train = "all"'
        raise EmobenchError(what, remedy=remedy)
    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=alpha, target_modules=found), network.body)
    lora = {name: part for name, part in network.named_parameters() if "lora_" in name}
    for name, part in network.named_parameters():
        part.requires_grad_(name in lora)
    made = network(torch.zeros(1, *shape))[0].sum()
    reached = torch.autograd.grad(made, list(lora.values()), allow_unused=True) if made.requires_grad else [None]
    if idle := {
        name.split(".lora_")[0].rpartition(".")[2] for name, got in zip(lora, reached, strict=False) if got is None
    }:
        what = f"LoRA on {' and '.join(sorted(idle))} trains nothing: the network reads these weights past their layer"
        raise EmobenchError(what, remedy=f"set lora_on to others of {', '.join(sorted(linear))}")
