"""Where the weights of a source lie: a path of the user's own, or the cache of the Hugging Face hub."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from emobench.contracts import UNKNOWN, Encoder
from emobench.errors import EmobenchError

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
        self.path = (beside / Path(where).expanduser()).absolute() if mine else None
        self.name = self.title = f"{kind}:{self.path.name if self.path else where}"
        self.source = f"{kind}:{self.path or where}"

    def hub_folder(self, repository: str, revision: str = "main") -> Path:
        """Return the folder of a repository in the hub's cache on this machine.

        Raises:
            EmobenchError: it was not fetched.
        """
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

        try:
            return Path(snapshot_download(repository, revision=revision, local_files_only=True))
        except (LocalEntryNotFoundError, FileNotFoundError) as error:
            of = "" if revision == "main" else f" --revision {revision}"
            raise self.not_here(f"hf download {repository}{of}") from error
        except HFValidationError as error:
            remedy = "write owner/name, or ./ before the path of a folder"
            raise EmobenchError(
                f"{repository!r} is no name of a repository", where=self.where, remedy=remedy
            ) from error

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

    @property
    def revision(self) -> str:
        """The commit of a repository; empty for a path."""
        return ""


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
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EmobenchError(f"cannot be read: {error}", where=str(path), remedy="fetch it again") from error
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
