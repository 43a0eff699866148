"""Pretrained networks of transformers and timm as torch modules: a batch of samples in, a vector for each frame out.

It imports torch and is imported by factories only. Each network takes samples as representations give them, does itself what
the processor of its weights would do, and returns (n, frames, d) with a mask (n, frames) of the frames that are no padding.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from emobench import EmobenchError

Frames = tuple[torch.Tensor, torch.Tensor]

_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
_UNUSED = ("pooler", "masked_spec_embed", "mask_token")
"""Parts of names of weights that a file may lack: what poolings and pre-training alone use."""


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
    """Return the network whose folder a source names, in float32, with its weights.

    Safetensors are preferred; of other files torch reads tensors alone. No code that lies beside weights runs.

    Args:
        source: ``hf:`` or ``timm:`` and a folder.

    Raises:
        EmobenchError: it cannot be read, it lacks weights, or it is of a kind that this does not know.
    """
    kind, _, folder = source.partition(":")
    try:
        return _timm(folder) if kind == "timm" else _hugging_face(folder)
    except EmobenchError:
        raise
    except Exception as error:
        what = f"the weights cannot be read ({type(error).__name__}: {error})"
        raise EmobenchError(what, where=folder, remedy="check the folder, or fetch it again") from error


def _timm(folder: str) -> nn.Module:
    import timm

    body = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0)
    data = timm.data.resolve_model_data_config(body)
    return PictureNetwork(body, data["mean"], data["std"])


def _hugging_face(folder: str) -> nn.Module:
    import transformers

    with _quiet(transformers):
        model, loaded = transformers.AutoModel.from_pretrained(
            folder, dtype=torch.float32, weights_only=True, output_loading_info=True, **_LOCAL
        )
        body = getattr(model, "vision_model", model)  # of a network for images and texts, the half for images
        part = "vision_model." if body is not model else ""
        if model.config.model_type == "whisper":
            body, part = model.encoder, "encoder."
        lacking = [name for name in sorted(loaded["missing_keys"]) if name.startswith(part)]
        if lacking := [name for name in lacking if not any(unused in name for unused in _UNUSED)]:
            what = f"the file lacks {len(lacking)} weights of the network, {lacking[0]} first"
            raise EmobenchError(what, where=folder, remedy="fetch the model again")
        if getattr(body, "pooler", None) is not None:
            body.pooler = nn.Identity()  # what it gives is not used, and it would count as trained
        return _with_processor(body, model.config, folder)


def _with_processor(body: Any, config: Any, folder: str) -> nn.Module:
    """Return a network with what its processor does."""
    import inspect

    if body.main_input_name == "pixel_values":
        processor = _processor("image", config, folder)
        does = getattr(processor, "do_normalize", True)
        mean, deviation = (processor.image_mean, processor.image_std) if does else ([0.0] * 3, [1.0] * 3)
        interpolates = "interpolate_pos_encoding" in inspect.signature(type(body).forward).parameters
        return PictureNetwork(body, mean, deviation, {"interpolate_pos_encoding": True} if interpolates else {})
    kind = WhisperNetwork if config.model_type == "whisper" else SpeechNetwork
    if kind is SpeechNetwork and not hasattr(config, "conv_kernel"):
        what = f"networks of the type {config.model_type!r} take neither waveforms nor pictures"
        remedy = "take wav2vec2, HuBERT, WavLM, Whisper, ViT, DINOv2, CLIP or their like"
        raise EmobenchError(what, where=folder, remedy=remedy)
    return kind(body, _processor("sound", config, folder))


def _processor(kind: str, config: Any, folder: str) -> Any:
    """Return the processor in a folder, or where there is none that of the network's type with its defaults."""
    from transformers import CONFIG_MAPPING, AutoFeatureExtractor, AutoImageProcessor
    from transformers.models.auto.feature_extraction_auto import FEATURE_EXTRACTOR_MAPPING
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING

    if any((Path(folder) / name).is_file() for name in ("preprocessor_config.json", "processor_config.json")):
        return (AutoImageProcessor if kind == "image" else AutoFeatureExtractor).from_pretrained(folder, **_LOCAL)
    # The half of a network for images and texts that is for images has the processor of the whole.
    whole = CONFIG_MAPPING[config.model_type.removesuffix("_vision_model")]
    known = (IMAGE_PROCESSOR_MAPPING if kind == "image" else FEATURE_EXTRACTOR_MAPPING).get(whole, None)
    if known is None:
        what = "the folder has no preprocessor_config.json, which says what the network expects"
        raise EmobenchError(what, where=folder, remedy="add that of the model")
    if kind == "image":
        return known["torchvision"]()
    if config.model_type == "whisper":
        return known(feature_size=config.num_mel_bins, chunk_length=config.max_source_positions // 50)
    return known(return_attention_mask=config.feat_extract_norm == "layer")


@contextlib.contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keep what transformers says while it reads weights from the terminal: what matters here is an error."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
