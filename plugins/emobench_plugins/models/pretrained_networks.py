"""Pretrained networks of transformers and timm as torch modules: a batch of samples in, a vector for each frame out.

It imports torch and is imported by factories only. Each network takes samples as representations give them, does itself what
the processor of its weights would do, and returns (n, frames, d) with a mask (n, frames) of the frames that are no padding.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import torch
from torch import nn

from emobench import EmobenchError
from emobench.encoders import find_encoder
from emobench.plugins import Registry

Frames = tuple[torch.Tensor, torch.Tensor]


class SpeechNetwork(nn.Module):
    """wav2vec 2.0, HuBERT, WavLM and their like, on waveforms (n, t) with zeros behind the end of shorter ones.

    Args:
        body: the network.
        processor: what its weights were pretrained with; says whether each sound gets mean 0 and variance 1, and whether the
            network is told what is padding. Networks whose first convolution is normalised over time (``feat_extract_norm``
            "group": the base models) mostly are not: padding is then in their statistics, as it was in pre-training, and only
            the mean over frames leaves it out. The prediction of a sound then depends on how long it is padded to, which is
            the same for all of an experiment.
    """

    def __init__(self, body: Any, processor: Any) -> None:
        super().__init__()
        self.body, self.rate = body, processor.sampling_rate
        self._normalises, self._masks = bool(processor.do_normalize), bool(processor.return_attention_mask)
        self._least = 1
        for kernel, stride in zip(reversed(body.config.conv_kernel), reversed(body.config.conv_stride), strict=True):
            self._least = (self._least - 1) * stride + kernel

    def forward(self, sounds: torch.Tensor) -> Frames:
        """Return what the last layer says; a sound too short for one frame has one all the same."""
        lengths = true_lengths(sounds).clamp(min=self._least)
        there = _first(lengths, sounds.shape[1])
        if self._normalises:
            sounds = _standardised(sounds, there)
        mask = {"attention_mask": there.long()} if self._masks else {}
        with warnings.catch_warnings():  # of WavLM's own masks
            warnings.filterwarnings("ignore", "Support for mismatched key_padding_mask and attn_mask")
            frames = self.body(sounds, **mask).last_hidden_state
        return frames, _first(self.body._get_feat_extract_output_lengths(lengths), frames.shape[1])


class WhisperNetwork(nn.Module):
    """The encoder of Whisper, on waveforms (n, t): they are padded to the 30 seconds that it always hears.

    It takes no mask; the mean over frames leaves the padding out.
    """

    def __init__(self, body: Any, processor: Any) -> None:
        super().__init__()
        self.body, self.rate, self._processor = body, processor.sampling_rate, processor

    def forward(self, sounds: torch.Tensor) -> Frames:
        """Return what the last layer says."""
        said: dict[str, Any] = {"sampling_rate": self.rate, "return_tensors": "pt", "device": str(sounds.device)}
        with torch.autocast(sounds.device.type, enabled=False):  # numpy, which it ends in, has no bfloat16
            given = self._processor(list(sounds.cpu().numpy()), **said)
        frames = self.body(given.input_features.to(sounds.device)).last_hidden_state
        # A frame is two hops: the second convolution has a stride of 2.
        lengths = -(-true_lengths(sounds) // (2 * self._processor.hop_length))
        return frames, _first(lengths, frames.shape[1])


class PictureNetwork(nn.Module):
    """ViT, DINOv2, CLIP's network for images, the networks of timm, on pictures (n, 3 or 1, height, width) in [0, 1].

    Args:
        body: maps standardised pictures to a tensor, or to what has ``last_hidden_state``.
        mean: of the three colours, as the weights expect.
        deviation: the same.
        options: for each call of the body.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, body: Any, mean: Any, deviation: Any, options: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.body, self.rate, self._options = body, 0, options or {}
        for name, values in (("mean", mean), ("deviation", deviation)):
            self.register_buffer(name, torch.tensor(values).float().reshape(3, 1, 1), persistent=False)

    def forward(self, pictures: torch.Tensor) -> Frames:
        """Return a vector for each patch, what stands before them ([CLS]) included, or for each place of a feature map."""
        made = self.body((pictures - self.mean) / self.deviation, **self._options)
        frames = getattr(made, "last_hidden_state", made)
        if frames.dim() == 4:
            frames = frames.flatten(2).transpose(1, 2)
        elif frames.dim() == 2:
            frames = frames[:, None]
        return frames, torch.ones(frames.shape[:2], dtype=torch.bool, device=frames.device)


def true_lengths(sounds: torch.Tensor) -> torch.Tensor:
    """Return (n,) how many numbers of each waveform there are up to the last that is not 0; of silence all."""
    return sounds.shape[1] - (sounds != 0).flip(1).int().argmax(dim=1)


def _first(lengths: torch.Tensor, most: int) -> torch.Tensor:
    """Return (n, most) masks of the first places."""
    return torch.arange(most, device=lengths.device) < lengths[:, None]


def _standardised(sounds: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """Return sounds with mean 0 and variance 1 where there is sound, as transformers' feature extractor does it."""
    count = there.sum(dim=1, keepdim=True)
    centred = (sounds - (sounds * there).sum(dim=1, keepdim=True) / count) * there
    return centred / (centred.pow(2).sum(dim=1, keepdim=True) / count + 1e-7).sqrt()


def read_network(source: str) -> nn.Module:
    """Return the network whose folder a source names, in float32, with its weights, and with what its processor does.

    Args:
        source: ``hf:`` or ``timm:`` and a folder.

    Raises:
        EmobenchError: it cannot be read, it lacks weights, or it is of a kind that this does not know.
    """
    encoder: Any = find_encoder(source, Registry())
    body = encoder.network()
    if source.startswith("timm:"):
        import timm

        data = timm.data.resolve_model_data_config(body)
        return PictureNetwork(body, data["mean"], data["std"])
    if getattr(body, "pooler", None) is not None:
        body.pooler = nn.Identity()  # what it gives is not used, and it would count as trained
    processor = encoder.processor
    if body.main_input_name == "pixel_values":
        does = getattr(processor, "do_normalize", True)
        mean, deviation = (processor.image_mean, processor.image_std) if does else ([0.0] * 3, [1.0] * 3)
        interpolates = "interpolate_pos_encoding" in inspect.signature(type(body).forward).parameters
        return PictureNetwork(body, mean, deviation, {"interpolate_pos_encoding": True} if interpolates else {})
    kind = WhisperNetwork if body.config.model_type == "whisper" else SpeechNetwork
    if kind is SpeechNetwork and not hasattr(body.config, "conv_kernel"):
        what = f"networks of the type {body.config.model_type!r} take neither waveforms nor pictures"
        remedy = "take wav2vec2, HuBERT, WavLM, Whisper, ViT, DINOv2, CLIP or their like"
        raise EmobenchError(what, where=str(encoder.folder), remedy=remedy)
    return kind(body, processor)
