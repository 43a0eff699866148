"""Speech models of torchaudio's pipelines; this file imports it when it is used. The layers are the outputs of all layers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench import devices
from emobench.contracts import UNKNOWN, Encode
from emobench.encoders.located import LocatedEncoder, long_enough
from emobench.errors import nearest

if TYPE_CHECKING:
    import torch

_LIBRI, _LIGHT = ("LibriSpeech",), ("Libri-Light",)
_MANY = ("MLS", "Common Voice", "VoxLingua107", "BABEL", "VoxPopuli")
_MIT, _NOT_SOLD = "MIT", "CC BY-NC 4.0"

_STATED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(("WAV2VEC2_BASE", "WAV2VEC2_LARGE", "HUBERT_BASE", "WAVLM_BASE"), (_MIT, _LIBRI)),
    **{f"WAV2VEC2_ASR_{size}_{hours}": (_MIT, _LIBRI) for size in ("BASE", "LARGE") for hours in ("100H", "960H")},
    **{f"WAV2VEC2_ASR_{size}_10M": (_MIT, (*_LIBRI, *_LIGHT)) for size in ("BASE", "LARGE")},
    **dict.fromkeys(
        ("WAV2VEC2_LARGE_LV60K", "WAV2VEC2_ASR_LARGE_LV60K_10M", "HUBERT_LARGE", "HUBERT_XLARGE"), (_MIT, _LIGHT)
    ),
    **{f"WAV2VEC2_ASR_LARGE_LV60K_{hours}": (_MIT, (*_LIBRI, *_LIGHT)) for hours in ("100H", "960H")},
    **{f"HUBERT_ASR_{size}": (_MIT, (*_LIBRI, *_LIGHT)) for size in ("LARGE", "XLARGE")},
    "WAV2VEC2_XLSR53": (_MIT, ("MLS", "Common Voice", "BABEL")),
    **{f"WAV2VEC2_XLSR_{size}": (_MIT, _MANY) for size in ("300M", "1B", "2B")},
    **{f"WAVLM_{size}": (_MIT, (*_LIGHT, "GigaSpeech", "VoxPopuli")) for size in ("BASE_PLUS", "LARGE")},
    **{f"VOXPOPULI_ASR_BASE_10K_{of}": (_NOT_SOLD, ("VoxPopuli",)) for of in ("DE", "EN", "ES", "FR", "IT")},
    "MMS_FA": (_NOT_SOLD, (UNKNOWN,)),
}
"""Name of a bundle to licence and corpora, as torchaudio 2.11 documents them; fine-tuning counts, too."""


class TorchaudioBundle(LocatedEncoder):
    """A bundle of wav2vec 2.0, HuBERT or WavLM, whose weights were fetched into torch's folder for downloads."""

    packages = ("torchaudio",)
    extra = "torchaudio"
    modality = "audio"

    def __init__(self, where: str, beside: Path = Path()) -> None:
        super().__init__("torchaudio", where, beside)
        from torchaudio import pipelines
        from torchaudio.pipelines import Wav2Vec2Bundle

        known = [name for name, each in vars(pipelines).items() if isinstance(each, Wav2Vec2Bundle)]
        if where not in known:
            raise self.refused(f"torchaudio has no such speech model {where!r}", nearest(where, known))
        self._bundle: Any = getattr(pipelines, where)
        self.rate = int(self._bundle.sample_rate)
        # Zeros behind a sound change what the first layer of these models normalises by.
        self.one_length = self._bundle._params["extractor_mode"] == "group_norm"
        self.license, self.pretrained_on = _STATED.get(where, ("", (UNKNOWN,)))

    def files(self) -> tuple[Path, ...]:
        """Return the file of the weights."""
        import torch

        path = Path(torch.hub.get_dir()) / "checkpoints" / Path(self._bundle._path).name
        if not path.is_file():
            name = self.name.partition(":")[2]
            raise self.not_here(f'python -c "import torchaudio; torchaudio.pipelines.{name}.get_model()"')
        return (path,)

    def prepare(self, decoded: Any) -> Any:
        """Return float32 (t,)."""
        return long_enough(super().prepare(decoded), self.rate)

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch."""
        _ = self.files()  # what is there is not fetched again
        network = self._bundle.get_model(dl_kwargs={"weights_only": True}).eval().to(device)

        def encoded(batch: list[Any]) -> list[torch.Tensor]:
            import torch

            lengths = torch.tensor([len(sound) for sound in batch], device=device)
            sounds = torch.nn.utils.rnn.pad_sequence([torch.as_tensor(each) for each in batch], batch_first=True)
            with torch.inference_mode(), devices.autocast(device, precision):
                layers, frames = network.extract_features(sounds.to(device), lengths)
                stacked = torch.stack(layers, dim=1)
                return [sample[:, : int(known)] for sample, known in zip(stacked, frames, strict=True)]

        return encoded
