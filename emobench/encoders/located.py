"""Where the weights of a source lie: a path of the user's own, or the cache of the Hugging Face hub."""

from __future__ import annotations

import importlib.util
import json
import textwrap
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import UNKNOWN, Encoder
from emobench.errors import EmobenchError, UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST = 0.025
"""Seconds that convolutions of speech models need."""

_PATHS = (".", "/", "~")
"""What a path of the user's own begins with; everything else is the name of a repository."""


class LocatedEncoder(Encoder):
    """An encoder whose weights lie in a folder or a file.

    Args:
        kind: of the source, ``hf`` for example.
        where: a path, or the name of a repository on the hub, with ``@`` and a revision if it is not the newest.
        beside: the folder that a relative path is in.

    Attributes:
        source: which finds it from any folder of this machine.
        path: of the user's own; ``None`` for a repository.
    """

    extra = ""
    """What ``pip install 'emobench[...]'`` brings to read it."""

    def __init__(self, kind: str, where: str, beside: Path) -> None:
        need_packages(self.packages, self.extra, f"{kind}:{where}")
        mine = where.startswith(_PATHS)
        self.path = own_path(beside, where, f"{kind}:{where}") if mine else None
        self.name = self.title = f"{kind}:{self.path.name if self.path else where}"
        self.source = f"{kind}:{self.path or where}"

    @property
    def where(self) -> str:
        """The encoder, for messages."""
        return f"encoder {self.name!r}"

    def not_here(self, command: str) -> EmobenchError:
        """Return the error of weights that are not on this machine, with the command that fetches them."""
        return EmobenchError(
            "its weights are not on this machine", where=self.where, remedy=f"fetch them with: {command}"
        )

    def refused(self, what: str, remedy: str) -> EmobenchError:
        """Return the error of weights that are here and of no use."""
        return EmobenchError(what, where=self.where, remedy=remedy)


class FolderEncoder(LocatedEncoder):
    """An encoder whose weights lie in a folder with a ``config.json``: the user's own, or a repository of the hub.

    Args:
        kind: as of every located encoder.
        where: the same.
        beside: the same.
        repository: its name on the hub, where it is not a path.
        asked: its revision.
    """

    written_by = ""
    """What writes such a folder."""

    def __init__(self, kind: str, where: str, beside: Path, repository: str, asked: str = "") -> None:
        super().__init__(kind, where, beside)
        self._kind, self._repository, self._asked_revision, self._beside = kind, repository, asked, beside
        for name, stated in stated_in_card(self.folder).items():
            setattr(self, name, stated)

    @cached_property
    def folder(self) -> Path:
        """The folder.

        Raises:
            EmobenchError: it is not there, was not fetched, or has no ``config.json``.
        """
        if self.path is None:
            return self._fetched()
        if not (self.path / "config.json").is_file():
            what = "there is no such folder" if not self.path.is_dir() else "the folder has no config.json"
            raise self.refused(what, f"name a folder that {self.written_by} wrote, not {self.path}")
        return self.path

    def _fetched(self) -> Path:
        """Return the folder of the repository in the hub's cache on this machine."""
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

        revision = self._asked_revision or "main"
        try:
            folder = Path(snapshot_download(self._repository, revision=revision, local_files_only=True))
        except (LocalEntryNotFoundError, FileNotFoundError) as error:
            raise self.not_fetched() from error
        except HFValidationError as error:
            remedy = "write owner/name, or ./ before the path of a folder"
            raise self.refused(f"{self._repository!r} is no name of a repository", remedy) from error
        if not (folder / "config.json").is_file():
            raise self.not_fetched()
        return folder

    def not_fetched(self) -> EmobenchError:
        """Return the error of a repository that is not on this machine, or only a part of it."""
        if (self._beside / self._repository).is_dir():
            remedy = f"write {self._kind}:./{self._repository} for the folder"
            return self.refused("it is no repository on this machine", remedy)
        of = f" --revision {self._asked_revision}" if self._asked_revision else ""
        return self.not_here(f"hf download {self._repository}{of}")

    @property
    def revision(self) -> str:
        """The commit of a repository; empty for a path."""
        return self.folder.name if self.path is None else ""

    @property
    def local(self) -> str:
        """The source with the whole path of the folder, also of a repository."""
        return f"{self._kind}:{self.folder}"


def long_enough(sound: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Return a sound that the first convolutions of speech models can see at once.

    Raises:
        UnreadableError: it is too short.
    """
    if len(sound) < SHORTEST * rate:
        raise UnreadableError(f"a sound of {1000 * len(sound) / rate:.0f} ms is too short to be encoded")
    return sound


def own_path(beside: Path, where: str, source: str) -> Path:
    """Return a path of the user's own, whole.

    Raises:
        EmobenchError: it begins with the name of a user who is not known here.
    """
    try:
        return (beside / Path(where).expanduser()).absolute()
    except RuntimeError as error:
        what = f"there is no user {where.partition('/')[0]!r}"
        raise EmobenchError(what, where=f"encoder {source!r}", remedy="write the whole path") from error


def told(error: Exception) -> str:
    """Return an error of somebody else's code as one line: its kind, and the beginning of what it says."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {textwrap.shorten(first, 300, placeholder=' ...')}"


def need_packages(packages: tuple[str, ...], extra: str, source: str) -> None:
    """Refuse a source whose packages are not installed, with the command that installs them."""
    missing = [name for name in packages if importlib.util.find_spec(name.replace("-", "_")) is None]
    if missing:
        what = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
        raise EmobenchError(what, where=f"encoder {source!r}", remedy=f"pip install 'emobench[{extra}]'")


def read_json(path: Path) -> dict[str, Any]:
    """Return the table in a JSON file; an empty one where there is no such file.

    Raises:
        EmobenchError: it is there and no JSON.
    """
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EmobenchError(f"cannot be read: {error}", where=str(path), remedy="fetch it again") from error
    if not isinstance(content, dict):
        raise EmobenchError("it holds no table", where=str(path), remedy="fetch it again")
    return content


def stated_in_card(folder: Path) -> dict[str, Any]:
    """Return what the front matter of a README says of weights: licence, datasets and date; UNKNOWN corpora without any."""
    from huggingface_hub import ModelCard

    stated: dict[str, Any] = {"license": "", "released": "", "pretrained_on": (UNKNOWN,)}
    if not (folder / "README.md").is_file():
        return stated
    try:
        said = ModelCard.load(folder / "README.md", ignore_metadata_errors=True).data.to_dict()
    except Exception:  # a README is prose of somebody else's: what it does not say in order is not stated
        return stated
    datasets = said.get("datasets") or ()
    stated["license"] = str(said.get("license_name") or said.get("license") or "")
    stated["released"] = str(said.get("date") or said.get("release_date") or "")
    stated["pretrained_on"] = tuple(map(str, [datasets] if isinstance(datasets, str) else datasets)) or (UNKNOWN,)
    return stated
