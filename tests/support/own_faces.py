"""Pictures of two people in two classes, and a table of them, as somebody may have them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from PIL import Image

from emobench.data.described.twin_media import picture

LABELS = ("joy", "anger")


def write_faces(folder: Path, each: int = 5) -> pd.DataFrame:
    """Write ``each`` pictures of every person and class, and return their table: file, emotion, person."""
    rows = []
    for place, label in enumerate(LABELS):
        for person in range(4):
            for number in range(each):
                name = f"p{person}/{label}-{number}.png"
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture(place, len(LABELS), [person], [place, person, number])).save(folder / name)
                rows.append({"file": name, "emotion": label, "person": f"p{person}"})
    return pd.DataFrame(rows)
