"""The GE2E network in torch, and how its weights are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from emobench import EmobenchError
from emobench.contracts import Encode
from emobench_pretrained_voices.spectrogram import BANDS, windows

SIZE = 256
"""Of the hidden states and of what comes out."""


class Network(nn.Module):
    """Windows of mel spectrograms, float32 (n, frames, 40), to vectors (n, 256) of length 1 without negative numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, SIZE, num_layers=3, batch_first=True)
        self.linear = nn.Linear(SIZE, SIZE)

    def forward(self, mel: Tensor) -> Tensor:
        """Return the vectors; they come from the last state of the last layer."""
        _, (states, _) = self.lstm(mel)
        return functional.normalize(self.linear(states[-1]).relu(), dim=1)


def loaded(path: Path, device: str, precision: str) -> Encode:
    """Return what encodes a list of sounds, with the weights in a file.

    Raises:
        EmobenchError: the file holds something else.
    """
    network = Network()
    try:
        # The loss has two numbers of its own in the file; who only asks for vectors has no use for them.
        state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
        network.load_state_dict({name: state[name] for name in network.state_dict()})
    except Exception as error:
        raise EmobenchError(f"{path} does not hold the weights of GE2E ({type(error).__name__}: {error})") from error
    network.to(device).eval()

    def encode(sounds: list[Any]) -> Sequence[Tensor]:
        parts = [windows(sound) for sound in sounds]
        mel = torch.from_numpy(np.concatenate(parts)).to(device)
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            vectors = network(mel).float()
        means = [part.mean(dim=0) for part in vectors.split([len(part) for part in parts])]
        return [functional.normalize(mean, dim=0)[None, None] for mean in means]

    return encode
