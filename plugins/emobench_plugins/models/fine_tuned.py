"""A pretrained network with a linear head: all of it is trained, or its upper layers, or LoRA, or the head alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emobench import EmobenchError, ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn

_TRAINED = ("all", "head", "upper", "lora")
_POOLED = ("mean", "first")
_PROJECTED = ("q_proj", "v_proj", "query", "value", "qkv")
"""What transformers and timm call the layers of attention that LoRA was proposed for (Hu et al. 2022, section 4.2)."""
_READ_PAST = {"wavlm": ("intermediate_dense", "output_dense")}
"""Of networks whose attention reads its weights past these layers: their feed-forward layers instead."""


def build(
    *,
    classes: int,
    input_shapes: tuple[tuple[int, ...], ...],
    encoder: str = "",
    train: str = "all",
    upper: int = 2,
    rank: int = 8,
    alpha: float = 16.0,
    lora_on: Sequence[str] = (),
    pool: str = "mean",
    projection: int = 0,
    dropout: float = 0.1,
    rate: int = 16_000,
) -> nn.Module:
    """Return the network that a source names, with a head for the classes.

    Args:
        classes: number of outputs.
        input_shapes: one stream, of waveforms or of pictures.
        encoder: where the weights are, ``hf:folder`` or ``timm:folder``.
        train: ``"all"`` of the network, its ``"upper"`` layers, ``"lora"``, or the ``"head"`` alone: the network is then in
            evaluation mode, so that what it says of a sample stays the same.
        upper: how many layers, counted from the last one; what stands beside the layers stays as it is.
        rank: of the matrices of LoRA.
        alpha: they are scaled by alpha / rank.
        lora_on: names of the linear layers that get LoRA; none: queries and values of attention, but in WavLM, whose
            attention reads its weights past them, the feed-forward layers.
        pool: the ``"mean"`` over frames that are no padding, or the ``"first"`` frame ([CLS] of a ViT).
        projection: units of a linear layer between pooling and the last one, 256 in SUPERB (Yang et al. 2021); 0: none.
        dropout: probability of dropping a feature of the pooled vector.
        rate: frames a second of the waveforms, which must be that of the weights.

    Raises:
        EmobenchError: an argument does not exist, the weights cannot be read, or the network does not take such samples.
    """
    from torch import nn

    from emobench_plugins.models.pretrained_networks import read_network
    from emobench_plugins.models.tuning import FineTuned, add_lora, layers_of, tried

    for name, value, known in (("train", train, _TRAINED), ("pool", pool, _POOLED)):
        if value not in known:
            raise EmobenchError(f"{name} is {value!r}", remedy=f"write one of {', '.join(known)}")
    (shape,) = input_shapes
    network = read_network(encoder)
    size = tried(network, shape, rate)
    network.requires_grad_(train == "all")
    if train == "upper":
        for layer in layers_of(network)[-upper:] if upper else ():
            layer.requires_grad_(True)
    if train == "lora":
        add_lora(network, shape, lora_on or _lora_on(network), rank=rank, alpha=alpha)
    last = [nn.Linear(size, projection), nn.Linear(projection, classes)] if projection else [nn.Linear(size, classes)]
    return FineTuned(network, nn.Sequential(nn.Dropout(dropout), *last), first=pool == "first", frozen=train == "head")


def _lora_on(network: Any) -> Sequence[str]:
    """Return the names of the layers that get LoRA where a suite names none."""
    kind = getattr(getattr(network.body, "config", None), "model_type", "")
    return _READ_PAST.get(kind, _PROJECTED)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``fine-tuned``."""
    return [
        ModelSpec(
            name="fine-tuned",
            title="Fine-tuned encoder",
            build=build,
            takes=("waveform",),
            parameters={
                "encoder": "",
                "train": "all",
                "upper": 2,
                "rank": 8,
                "alpha": 16.0,
                "lora_on": (),
                "pool": "mean",
                "projection": 0,
                "dropout": 0.1,
                "rate": 16_000,
            },
            citation="Yang et al.: SUPERB: Speech processing Universal PERformance Benchmark. Interspeech 2021.",
            packages=("peft", "torch"),
            encoders=("encoder",),
        )
    ]
