"""A few numbers about every sample's decoded content, computed once and cached: content audits work on them."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import Audio, Dataset, Modality, Video
from emobench.data import DatasetCopy
from emobench.decoding import PACKAGES, film_header, read_sample, read_sound
from emobench.errors import UnreadableError
from emobench.plugins import cache_code, code_of, describe, modules_of, package_hash, package_versions
from emobench.storage import cache_folder, cached, key

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

FRAMES = 5
"""So many frames of a film are looked at, evenly from the first to the last but one; the last one need not decode."""
HASH_SIDE = 16
"""Rows and columns of frequencies in a perceptual hash."""
QUIETEST = -120.0
"""In dB: what digital silence counts as; the noise of rounding to 16 bits lies at -98."""

_HASH_INPUT = 48  # pixels a side; three a period at the highest of 16 frequencies (half a period each)
_FULL_SCALE = 32767 / 32768  # the largest sample of 16 bits
_BATCH = 256  # samples handed to the threads at a time: what waits is small, whatever the dataset's size

# What a sample that cannot be decoded has, or a modality without a feature.
_NONE: Mapping[str, Any] = {
    "digest": "",
    "hash": "",
    "mirrored": "",
    "brightness": math.nan,
    "seconds": math.nan,
    "loudness": math.nan,
    "peak": math.nan,
    "clipped": math.nan,
    "constant": False,
    "error": "",
}


def content_features(
    dataset: Dataset, copy: DatasetCopy, samples: pd.DataFrame, modality: Modality, step: Callable[[int], object]
) -> pd.DataFrame:
    """Return one row of features for each sample that has the modality, from the cache if they are there.

    Args:
        dataset: the dataset's plugin; its ``read`` is called from several threads.
        copy: of the dataset: its files and its index.
        samples: rows of its index, by sample id.
        modality: which content.
        step: called with the number of samples decoded since the last call.

    Returns:
        By sample id, in the order of ``samples``:

        - ``digest``: sha256 over shape, dtype and samples or pixels; of a film, of the frames that are looked at; of a text
          over its characters;
        - ``hash``: of an image, 255 bits in hexadecimal digits, see :func:`perceptual_hash`;
        - ``mirrored``: the same of its mirror image;
        - ``brightness``: mean of the pixels, in [0, 255]; of a film, of its frames';
        - ``seconds``: of a sound or film;
        - ``loudness``: root mean square of a sound or sound track, in dB below full scale, at least :data:`QUIETEST`;
        - ``peak``: largest absolute sample of it, in [0, 1];
        - ``clipped``: share of its samples at full scale, in [0, 1];
        - ``constant``: whether all pixels, or all samples, have one value;
        - ``error``: why it cannot be decoded; all else is empty then.

        Missing numbers are NaN, missing texts empty.
    """
    rows = copy.rows(samples.sort_index().reset_index(), modality)
    content = {
        "content": copy.content,
        **({"texts": copy.texts} if modality == "text" else {}),
        "ids": key([row["sample_id"] for row in rows]),
        "packages": package_versions([*PACKAGES[modality], "numpy", "opencv-python"]),
        "code": [cache_code(code_of(modules_of(type(dataset)))), audits_code()],
    }
    folder = cache_folder() / "features" / f"{dataset.name}-{modality}-{key(content)}"
    features_of = partial(_features_of, dataset, copy, modality)
    table = cached(folder, lambda temporary: _write(temporary, rows, features_of, step), _load)
    return table.reindex([sample for sample in samples.index if sample in table.index])


def audits_code() -> str:
    """Return 16 hexadecimal digits over every module of this package."""
    return package_hash(__name__.rpartition(".")[0])


def _load(folder: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(folder / "features.parquet").set_index("sample_id")


def _write(
    folder: Path,
    rows: list[dict[str, Any]],
    features_of: Callable[[dict[str, Any]], dict[str, Any]],
    step: Callable[[int], object],
) -> None:
    import pandas as pd

    computed: list[dict[str, Any]] = []
    # More threads would wait for Python's lock, small files being mostly Python.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            computed += pool.map(features_of, batch)
            step(len(batch))
    table = pd.DataFrame(computed, columns=["sample_id", *_NONE])
    texts = dict.fromkeys(("sample_id", "digest", "hash", "mirrored", "error"), "str")
    table.astype(texts).to_parquet(folder / "features.parquet", index=False)


def _features_of(dataset: Dataset, copy: DatasetCopy, modality: Modality, row: dict[str, Any]) -> dict[str, Any]:
    features_in: dict[Modality, Callable[[Any], dict[str, Any]]] = {
        "image": image_features,
        "audio": sound_features,
        "video": _film_features,
        "text": _text_features,
    }
    try:
        features = features_in[modality](read_sample(dataset, copy.location, row, modality))
    except UnreadableError as error:
        features = {"error": f"{error.what}; {error.remedy}" if error.remedy else error.what}
    except Exception as error:  # a plugin's own mistake with one sample must not keep the others from being audited
        features = {"error": f"the plugin failed: {describe(error)}"}
    return {"sample_id": row["sample_id"], **_NONE, **features}


def digest(*arrays: NDArray[Any]) -> str:
    """Return the sha256 over shape, dtype and values of arrays."""
    import numpy as np

    whole = hashlib.sha256()
    for array in arrays:
        whole.update(f"{array.shape} {array.dtype.str}\n".encode())
        whole.update(np.ascontiguousarray(array).data)
    return whole.hexdigest()


def image_features(image: NDArray[np.uint8]) -> dict[str, Any]:
    """Return the features of an image."""
    import numpy as np

    constant = bool(image.min() == image.max())
    looks = not constant and image.ndim in (2, 3)
    return {
        "digest": digest(image),
        "hash": perceptual_hash(image) if looks else "",
        "mirrored": perceptual_hash(np.ascontiguousarray(image[:, ::-1])) if looks else "",
        "brightness": float(image.mean()),
        "constant": constant,
    }


def perceptual_hash(image: NDArray[np.uint8]) -> str:
    """Return a hash of what an image looks like, which hardly changes with its size, compression or brightness.

    It tells of each of the 255 lowest frequencies (16 by 16 of the cosine transform of the image in gray at 48 by 48
    pixels, the mean left out) whether it is stronger than their median. The usual 64 bits do not do for aligned faces: on
    FER2013 thousands of pairs of different people agree in all but ten of them.

    Args:
        image: uint8 (height, width) or (height, width, 3) in RGB order.

    Returns:
        256 bits as 64 hexadecimal digits, the last bit 0.
    """
    import cv2
    import numpy as np

    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (_HASH_INPUT, _HASH_INPUT), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:HASH_SIDE, :HASH_SIDE].ravel()[1:]
    return np.packbits(low > np.median(low)).tobytes().hex()


def sound_features(sound: Audio) -> dict[str, Any]:
    """Return the features of a sound."""
    import numpy as np

    if not len(sound.samples):
        raise UnreadableError("a sound of no length")
    size = np.abs(sound.samples)
    power = float(np.mean(np.square(sound.samples, dtype=np.float64)))
    return {
        "digest": digest(sound.samples),
        "seconds": len(sound.samples) / sound.rate,
        "loudness": max(QUIETEST, 10 * math.log10(power)) if power else QUIETEST,
        "peak": float(size.max()),
        "clipped": float(np.mean(size >= _FULL_SCALE)),
        "constant": bool(sound.samples.min() == sound.samples.max()),
    }


def _text_features(text: str) -> dict[str, Any]:
    return {"digest": hashlib.sha256(text.encode()).hexdigest()}


def _film_features(film: Video) -> dict[str, Any]:
    import numpy as np

    last = max(0, film.frames - 2)
    positions = sorted({round(last * number / (FRAMES - 1)) for number in range(FRAMES)})
    frames = film.read(positions)
    if lacking := [position for position in positions if position not in frames]:
        raise UnreadableError(f"truncated: frame {lacking[0]} of {film.frames} does not decode")
    pictures = [frames[position] for position in positions]
    header = film_header(film.path)
    sound = sound_features(read_sound(film.path)) if header.sound is not None else {}
    return sound | {
        "digest": digest(*pictures),
        "brightness": float(np.mean([picture.mean() for picture in pictures])),
        "seconds": film.frames / header.rate if header.rate else math.nan,
        "constant": all(bool(picture.min() == picture.max()) for picture in pictures),
    }
