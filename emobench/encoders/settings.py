"""What a suite may set of every encoder: which layer, how frames are pooled, how many samples a batch has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emobench.contracts import ENCODER_OPTIONS, ENCODER_SETTINGS, Dataset, Encoder, Modality
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry, check_types, with_defaults

if TYPE_CHECKING:
    import torch

POOLS = ("mean", "mean-std", "first", "last", "max")
"""How the frames of a sample become a vector."""

LAYERS = ("mean", "all")
"""Instead of the number of a layer: the plain mean of all, or all of them, for a model that weighs them."""


def complete_settings(encoder: Encoder, chosen: Mapping[str, Any], where: str, registry: Registry) -> dict[str, Any]:
    """Return the parameters of an encoder and the settings of all encoders, with what is chosen of them.

    Options that are not chosen are left out.

    Raises:
        EmobenchError: there is no such parameter, or it cannot have this value.
    """
    known = {**encoder.parameters, **ENCODER_SETTINGS, **ENCODER_OPTIONS}
    complete = with_defaults(known, dict(chosen), where)
    check_types({name: value for name, value in known.items() if name != "layer"}, chosen, where)
    complete = {name: value for name, value in complete.items() if value or name not in ENCODER_OPTIONS}
    layer, pool = complete["layer"], complete["pool"]
    if pool not in POOLS:
        raise EmobenchError(f"no pool {pool!r}", where=where, remedy=nearest(str(pool), POOLS))
    if not (type(layer) is int or layer in LAYERS):
        raise EmobenchError(f"no layer {layer!r}", where=where, remedy=f"give its number, or {' or '.join(LAYERS)}")
    for name in ("batch", "frames"):
        if complete[name] < 1:
            raise EmobenchError(f"{name} is {complete[name]}", where=where, remedy="give 1 or more")
    if complete.get("sequence") and layer == "all":
        remedy = "give the number of one, or mean"
        raise EmobenchError("a step of a sequence has one layer, not all", where=where, remedy=remedy)
    if "of" in complete:
        complete["of"] = _complete_of(encoder, complete["of"], where, registry)
    return complete


def _complete_of(encoder: Encoder, chosen: Mapping[str, Any], where: str, registry: Registry) -> dict[str, Any]:
    """Return the representation whose steps are encoded, with all its parameters."""
    name, parameters = str(chosen.get("name", "")), {key: value for key, value in chosen.items() if key != "name"}
    rule = registry.find("representations", name, where=where)
    if not rule.sequences or rule.modality != "video" or encoder.modality != "image":
        what = f"it cannot encode the steps of {name!r}"
        remedy = "name a sequence of frames of films with of, and an encoder of images"
        raise EmobenchError(what, where=where, remedy=remedy)
    place = f"representation {name!r}"
    check_types(rule.parameters, parameters, place)
    return {"name": name, **with_defaults(rule.parameters, parameters, place)}


def encodes(encoder: Encoder, dataset: Dataset) -> Modality:
    """Return the modality of a dataset that an encoder is given: its own, or films for one of images.

    Raises:
        EmobenchError: the dataset has neither.
    """
    if encoder.modality in dataset.modalities:
        return encoder.modality
    if encoder.modality == "image" and "video" in dataset.modalities:
        return "video"
    what = (
        f"encoder {encoder.name!r} is made for {encoder.modality}, {dataset.name!r} has {', '.join(dataset.modalities)}"
    )
    raise EmobenchError(what, where=f"encoder {encoder.name!r}", remedy="choose another encoder, or another dataset")


def pooled(frames: torch.Tensor, pool: str) -> torch.Tensor:
    """Return (layers, d) of the (layers, frames, d) of a sample; (layers, 2 d) of ``mean-std``.

    The deviation is divided by the number of frames, so that a single frame has one of 0.
    """
    import torch

    match pool:
        case "first":
            return frames[:, 0]
        case "last":
            return frames[:, -1]
        case "max":
            return frames.amax(dim=1)
        case "mean-std":
            return torch.cat([frames.mean(dim=1), frames.std(dim=1, correction=0)], dim=-1)
        case _:
            return frames.mean(dim=1)
