"""A table of texts of some people, with words that tell the label."""

from __future__ import annotations

import numpy as np
import pandas as pd

WORDS = {"angry": ("furious", "mad"), "happy": ("joy", "sunny"), "sad": ("tears", "lonely")}


def written(number: int = 60) -> pd.DataFrame:
    """Return texts, labels and people, each of whom says everything."""
    random = np.random.default_rng(0)
    rows = []
    for place in range(number):
        label = sorted(WORDS)[place % 3]
        said = [*random.choice(["we", "went", "there", "and", "then"], 5), random.choice(WORDS[label])]
        rows.append((f"{' '.join(said)} {place}", label, f"p{place // 3 % 5}"))
    return pd.DataFrame(rows, columns=["text", "label", "speaker"])
