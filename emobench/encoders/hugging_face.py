"""Speech, image and text models in the format of Hugging Face's transformers; this file imports none of it at once.

The layers are the hidden states: the input of the first layer, the output of each, and in the place of the last the model's
own last hidden state, after its final normalisation. Frames are those of the sound, the patches (and the class token, the
first) of a picture, the tokens of a text.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench import devices
from emobench.contracts import Encode, Modality
from emobench.encoders.located import SHORTEST, FolderEncoder, long_enough, read_json, told

if TYPE_CHECKING:
    import torch
    from torch import nn

_KINDS: dict[Modality, str] = {"audio": "audio_model", "image": "vision_model", "text": "text_model"}
"""Where a model of several modalities keeps the part of each."""


_MASKED = ("wav2vec2", "hubert", "wavlm", "unispeech", "unispeech-sat", "wav2vec2-bert")
"""Types of models that hear nothing of the padding that a mask tells them of. Sounds are given to others one by one."""

_UNUSED = ("pooler", "masked_spec_embed", "mask_token")
"""Parts of names of weights that a file may lack: what poolings and pre-training alone use."""


class HuggingFace(FolderEncoder):
    """A model of a folder, or of a repository that was fetched from the hub.

    ``#text`` behind the name takes the text part of a model of pictures and text; ``@`` a revision.
    """

    packages = ("transformers", "safetensors", "huggingface-hub")
    extra = "hf"
    written_by = "save_pretrained"

    def __init__(self, where: str, beside: Path = Path()) -> None:
        where, _, asked = where.partition("#")
        repository, _, revision = where.partition("@")
        super().__init__("hf", where, beside, repository, revision)
        read_json(self.folder / "config.json")  # before anything runs: every cell would fail of it
        if asked:
            self.name, self.source = f"{self.name}#{asked}", f"{self.source}#{asked}"
        self.modality = self._modality(asked)
        self.rate = self._stated_rate()

    @cached_property
    def _processor_says(self) -> dict[str, Any]:
        """What prepares a sound or a picture, by its file; the file of a processor of several has them one by one."""
        plain = read_json(self.folder / "preprocessor_config.json")
        several = read_json(self.folder / "processor_config.json")
        parts = [part for part in several.values() if isinstance(part, dict)]
        return {name: value for part in (*parts, several, plain) for name, value in part.items()}

    def _stated_rate(self) -> int:
        rate = self._processor_says.get("sampling_rate", self.rate)
        if not isinstance(rate, int) or rate < 1:
            raise self.refused(f"its sampling_rate is {rate!r}", "correct preprocessor_config.json")
        return rate

    def _modality(self, asked: str) -> Modality:
        said = self._processor_says
        there: list[Modality] = []
        if "sampling_rate" in said:
            there.append("audio")
        if "image_mean" in said or "image_processor_type" in said:
            there.append("image")
        if any((self.folder / name).is_file() for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt")):
            there.append("text")
        if not there:
            what = "it does not say how samples are prepared: there is no preprocessor_config.json and no tokenizer"
            raise self.refused(what, "save the feature extractor, image processor or tokenizer in the same folder")
        fitting = [modality for modality in there if asked in ("", modality)]
        if not fitting:
            raise self.refused(f"it has no {asked!r}", f"it has {', '.join(there)}")
        return fitting[0]

    def files(self) -> tuple[Path, ...]:
        """Return configuration, weights and what prepares samples; the weights as safetensors, where they are there."""
        weights = [*self.folder.glob("model*.safetensors")] or [*self.folder.glob("pytorch_model*.bin")]
        if not weights:
            if self.path is None:
                raise self.not_fetched()
            raise self.refused("the folder has no weights", "save them as model.safetensors")
        settings = [path for ending in ("json", "txt", "model") for path in self.folder.glob(f"*.{ending}")]
        other = ("pytorch_model", "tf_model", "flax_model", "rust_model", "training_args", "trainer_state")
        kept = [path for path in settings if not path.name.startswith(other) or weights[0].suffix == ".bin"]
        return tuple(sorted({*weights, *kept}))

    def prepare(self, decoded: Any) -> Any:
        """Return float32 (t,) of a sound, float32 (3, height, width) of a picture, and a text as it is."""
        from PIL import Image

        prepared = super().prepare(decoded)
        if self.modality == "audio":
            return long_enough(prepared, self.rate)
        if self.modality == "image":
            # as a picture, so that which axis the colours are on is not guessed from its sides
            return self.processor(images=Image.fromarray(prepared), return_tensors="pt")["pixel_values"][0]
        return prepared

    @cached_property
    def processor(self) -> Any:
        """What prepares sounds, pictures or texts.

        Raises:
            EmobenchError: transformers cannot read its files.
        """
        from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoTokenizer

        kinds = {"audio": AutoFeatureExtractor, "image": AutoImageProcessor, "text": AutoTokenizer}
        try:
            return kinds[self.modality].from_pretrained(self.folder, local_files_only=True, trust_remote_code=False)
        except Exception as error:
            what = f"transformers cannot read what prepares a sample ({told(error)})"
            raise self.refused(
                what, "save feature extractor, image processor or tokenizer with save_pretrained"
            ) from error

    def network(self) -> nn.Module:
        """Return the part of the model that encodes this modality, in float32, on the CPU.

        Raises:
            EmobenchError: it needs code of its own, which is never run, or its weights cannot be read safely, or some lack.
        """
        import torch
        from transformers import AutoModel

        safe = any(path.suffix == ".safetensors" for path in self.files())
        if (self.folder / "adapter_config.json").is_file():  # transformers would read other weights, which it names
            what = "the folder has an adapter beside the weights (adapter_config.json)"
            raise self.refused(what, "save the whole model with merge_and_unload() and save_pretrained, without it")
        try:
            with _quiet():
                model, loaded = AutoModel.from_pretrained(
                    self.folder,
                    local_files_only=True,
                    trust_remote_code=False,
                    use_safetensors=safe,
                    weights_only=True,
                    dtype=torch.float32,
                    output_loading_info=True,
                )
        except Exception as error:
            self._refuse_type()
            what = f"transformers cannot load it: the weights cannot be read ({told(error)})"
            remedy = "save the model with save_pretrained, whose safetensors hold nothing but numbers"
            raise self.refused(what, remedy) from error
        name = _KINDS[self.modality] if hasattr(model, _KINDS[self.modality]) else ""
        if not name and model.config.is_encoder_decoder:
            name = "encoder"
        self._refuse_lacking(each for each in loaded["missing_keys"] if each.startswith(name))
        network: nn.Module = getattr(model, name) if name else model
        if model.config.model_type == "vit_mae":
            nothing_masked(network)
        return network.eval()

    def _refuse_type(self) -> None:
        """Refuse a type of model that transformers does not have itself."""
        from transformers import CONFIG_MAPPING

        says = read_json(self.folder / "config.json")
        name = says.get("model_type")
        if name not in CONFIG_MAPPING:
            code = "; code that comes with a model is never run" if says.get("auto_map") else ""
            what = f"the installed transformers has no model_type {name!r}, which config.json names{code}"
            raise self.refused(what, "name another model, or install a newer transformers")

    def _refuse_lacking(self, names: Iterable[str]) -> None:
        """Refuse a file without weights that are used: transformers would draw them."""
        lacking = [name for name in sorted(names) if not any(unused in name for unused in _UNUSED)]
        if lacking:
            what = f"the file lacks {len(lacking)} weights of the network, {lacking[0]} first"
            raise self.refused(what, "fetch the model again")

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch.

        Raises:
            EmobenchError: the model cannot be loaded; when it is called, also that it takes no samples of this modality.
        """
        network = self.network()
        if hears_no_padding(network) and getattr(network.config, "feat_extract_norm", "") == "group":
            alone_in_batches(network)
        network.to(device)
        encode = {"audio": self._sounds, "image": self._pictures, "text": self._texts}[self.modality]

        def encoded(batch: list[Any]) -> list[torch.Tensor]:
            import torch

            try:
                with torch.inference_mode(), devices.autocast(device, precision), warnings.catch_warnings():
                    # WavLM as transformers has it; its masks say the same in either type.
                    warnings.filterwarnings("ignore", "Support for mismatched key_padding_mask")
                    return encode(network, batch, device)
            except torch.OutOfMemoryError:
                raise
            except (AttributeError, TypeError, ValueError, IndexError, RuntimeError) as error:
                what = f"{type(network).__name__} of transformers cannot encode this {self.modality} ({told(error)})"
                raise self.refused(
                    what, "take another model, one that returns hidden states of single samples"
                ) from error

        return encoded

    def _sounds(self, network: Any, batch: list[Any], device: str) -> list[torch.Tensor]:
        import torch

        whisper = getattr(self.processor, "n_samples", None)
        if window := whisper or self._window():  # the input is always so long: a longer sound is several of them
            pieces = [_pieces(sound, window, int(SHORTEST * self.rate)) for sound in batch]
            every = [piece for sound in pieces for piece in sound]
            encoded = self._windows(network, every, window, device) if whisper else self._alone(network, every, device)
            made = iter(encoded)
            return [torch.cat([next(made) for _ in sound], dim=1) for sound in pieces]
        if not hears_no_padding(network):
            return self._alone(network, batch, device)
        inputs = self.processor(
            batch, sampling_rate=self.rate, padding=True, return_attention_mask=True, return_tensors="pt"
        ).to(device)
        layers = hidden_states(network(**inputs, output_hidden_states=True))
        mask = network._get_feature_vector_attention_mask(layers.shape[2], inputs["attention_mask"])
        return [sample[:, : int(known)] for sample, known in zip(layers, mask.sum(dim=1), strict=True)]

    def _window(self) -> int:
        """Return how many samples the input of an AST or of CLAP always has; 0 where that is open."""
        said = self._processor_says
        if said.get("feature_extractor_type") == "ASTFeatureExtractor":
            return int(self.processor.max_length * self.rate // 100)  # a frame each 10 ms
        return int(getattr(self.processor, "nb_max_samples", 0))

    def _alone(self, network: Any, sounds: list[Any], device: str) -> list[torch.Tensor]:
        """Return each sound encoded as the library does it plainly, with what its processor pads it by."""
        made = []
        for sound in sounds:
            inputs = self.processor(sound, sampling_rate=self.rate, return_tensors="pt").to(device)
            made += list(hidden_states(network(**inputs, output_hidden_states=True)))
        return made

    def _windows(self, network: Any, pieces: list[Any], window: int, device: str) -> list[torch.Tensor]:
        inputs = self.processor(pieces, sampling_rate=self.rate, return_tensors="pt").to(device)
        layers = hidden_states(network(inputs["input_features"], output_hidden_states=True))
        frame = window / layers.shape[2]
        return [sample[:, : -(-len(piece) // int(frame))] for sample, piece in zip(layers, pieces, strict=True)]

    def _pictures(self, network: Any, batch: list[Any], device: str) -> list[torch.Tensor]:
        import torch

        if len({each.shape for each in batch}) > 1:  # a processor that keeps the sides of pictures
            return [made for each in batch for made in self._pictures(network, [each], device)]
        return list(hidden_states(network(torch.stack(batch).to(device), output_hidden_states=True)))

    def _texts(self, network: Any, batch: list[Any], device: str) -> list[torch.Tensor]:
        import torch

        tokens = self.processor
        if tokens.pad_token is None and len(batch) > 1:
            return [made for text in batch for made in self._texts(network, [text], device)]
        longest = min(tokens.model_max_length, longest_text(network))
        cut = {"truncation": True, "max_length": longest} if longest < _ENDLESS else {}
        inputs = tokens(batch, padding=len(batch) > 1, padding_side="right", return_tensors="pt", **cut).to(device)
        if not inputs["input_ids"].shape[1]:  # texts without a token have no frame
            return [torch.zeros(1, 0, 1) for _ in batch]
        layers = hidden_states(network(**inputs, output_hidden_states=True))
        mask = inputs["attention_mask"].bool()
        return [sample[:, known] for sample, known in zip(layers, mask, strict=True)]


_ENDLESS = 10**9
"""Tokens; a tokenizer that does not know how long a text may be says a larger number."""


def longest_text(network: Any) -> int:
    """Return how many tokens a network has positions for, which not every tokenizer knows."""
    embeddings = getattr(getattr(network, "embeddings", None), "position_embeddings", None)
    padding = getattr(embeddings, "padding_idx", None)
    positions = getattr(network.config, "max_position_embeddings", None) or 0
    if positions < 1:  # any
        return _ENDLESS
    return int(positions) if padding is None else int(positions) - padding - 1  # RoBERTa's begin behind the padding's


def nothing_masked(network: Any) -> None:
    """Let a ViT-MAE see all patches, in their order: in pre-training it is shown a quarter of them, drawn each time again."""
    import torch

    def whole(patches: torch.Tensor, noise: Any = None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        size, number, _ = patches.shape
        order = torch.arange(number, device=patches.device).expand(size, number)
        return patches, torch.zeros(size, number, device=patches.device), order

    network.embeddings.random_masking = whole


def _pieces(sound: Any, window: int, shortest: int) -> list[Any]:
    """Return a sound (t,) in pieces of a window; a rest that no network can hear is left out."""
    pieces = [sound[at : at + window] for at in range(0, len(sound), window)]
    return pieces[:-1] if len(pieces) > 1 and len(pieces[-1]) < shortest else pieces


def hidden_states(output: Any) -> torch.Tensor:
    """Return (n, layers, frames, d) of a model's output; the last layer is the model's last hidden state."""
    import torch

    last: torch.Tensor = output.last_hidden_state
    states: list[torch.Tensor] = list(output.hidden_states or ())
    if last.dim() == 4:  # a convolutional network: (n, d, height, width), and layers of other sizes
        return last.flatten(2).transpose(1, 2)[:, None]
    if any(state.shape != last.shape for state in states) or not states:
        return last[:, None]
    return torch.stack([*states[:-1], last], dim=1)


def hears_no_padding(network: Any) -> bool:
    """Tell a speech model that hears nothing of padding, when a mask says where that begins."""
    return network.config.model_type in _MASKED and not getattr(network.config, "add_adapter", False)


def alone_in_batches(network: Any) -> None:
    """Let the convolutions of a speech model see each sound of a batch without its padding.

    Their first layer normalises over all of time, so that zeros behind a sound would change all of its frames. Where padding
    begins is told by the attention mask, which the model hands to a hook before it is called.
    """
    import torch

    convolutions, lengths = network.feature_extractor, list[int]()
    plain = convolutions.forward

    def note(_: Any, positional: Any, named: dict[str, Any]) -> None:
        lengths[:] = named["attention_mask"].sum(dim=1).tolist()

    def each(sounds: torch.Tensor) -> torch.Tensor:
        frames = [plain(sound[None, : int(length)])[0] for sound, length in zip(sounds, lengths, strict=True)]
        longest = max(each.shape[-1] for each in frames)
        return torch.stack([torch.nn.functional.pad(each, (0, longest - each.shape[-1])) for each in frames])

    network.register_forward_pre_hook(note, with_kwargs=True)
    convolutions.forward = each


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what transformers says while it reads weights from the terminal: what matters here is an error."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
