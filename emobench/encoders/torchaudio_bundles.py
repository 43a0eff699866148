"""Speech models of torchaudio's pipelines; this file imports it when it is used. The layers are the outputs of all layers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench import devices
from emobench.contracts import UNKNOWN, Encode
from emobench.encoders.located import LocatedEncoder
from emobench.errors import UnreadableError, nearest

if TYPE_CHECKING:
    import torch

_SHORTEST = 0.025
"""Seconds; the first convolutions see so much at once."""

_CORPORA = {
    "LibriSpeech": r"LibriSpeech",
    "Libri-Light": r"Libri-?Light|LibriVox",
    "GigaSpeech": r"GigaSpeech",
    "VoxPopuli": r"VoxPopuli",
    "VoxLingua107": r"VoxLingua",
    "Common Voice": r"Common ?Voice",
    "BABEL": r"BABEL",
    "MLS": r"Multilingual LibriSpeech|\bMLS\b",
}
"""Corpora that the documentation of a bundle names."""


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
        said = self._bundle.__doc__ or ""
        found = re.search(r"(?:under|the)\s+([\w.\s-]+?)\s+[Ll]icense", said)
        self.license = " ".join(found[1].split()) if found else ""
        self.pretrained_on = tuple(name for name, words in _CORPORA.items() if re.search(words, said)) or (UNKNOWN,)

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
        sound = super().prepare(decoded)
        if len(sound) < _SHORTEST * self.rate:
            raise UnreadableError(f"a sound of {1000 * len(sound) / self.rate:.0f} ms is too short to be encoded")
        return sound

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
