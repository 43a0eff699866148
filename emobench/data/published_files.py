"""Published files that are known by their content, from a file of facts beside the code of a dataset."""

from __future__ import annotations

import hashlib
import inspect
import tomllib
from collections.abc import Mapping
from pathlib import Path

from emobench.contracts import Copy, Dataset
from emobench.errors import EmobenchError

SUFFIX = ".official.toml"


def is_published(dataset: Dataset, copy: Copy) -> bool:
    """Tell whether a copy that is one file is, byte for byte, a published one.

    ``<module>.official.toml`` beside the module of a dataset has a table ``md5``: form to the MD5 of the file, which is what
    publishers and other projects state. It is no part of the code, so that a file that becomes known later changes no id.

    Raises:
        EmobenchError: the file of facts cannot be read, or the copy cannot.
    """
    known = _facts(dataset).get(copy.form)
    if known is None or not copy.root.is_file():
        return False
    try:
        with copy.root.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == known
    except OSError as error:
        raise EmobenchError(f"cannot be read ({error.strerror})", where=str(copy.root), remedy="check it") from error


def _facts(dataset: Dataset) -> Mapping[str, str]:
    """Return form to MD5; nothing where there is no such file."""
    try:
        path = Path(inspect.getfile(type(dataset))).with_suffix(SUFFIX)
    except TypeError:  # from a prompt
        return {}
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("md5", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EmobenchError(f"not valid TOML: {error}", where=str(path), remedy="fix the file there") from error
    return {str(form): str(digest) for form, digest in found.items()}
