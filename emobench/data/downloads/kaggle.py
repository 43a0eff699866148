"""Kaggle's own client, which knows the user's token, resumes and checks; it is called as a command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from emobench.contracts import KaggleDownload
from emobench.errors import EmobenchError

_TOKEN = (
    "create one at https://www.kaggle.com/settings/api and put it where that page says (or run 'kaggle auth login')"
)
# What the client says, in the versions 1.5 to 2.2, and what it means; the first that matches counts.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    ("could not find kaggle.json|authentication required|missing username|no .*credentials", "there is no token", _TOKEN),
    (r"\b401\b|unauthori[sz]ed|unauthenticated", "the token was refused", f"{_TOKEN}, in place of the one that is there"),
    (r"\b403\b|forbidden", "access was refused", "open {page} while signed in, and accept the terms that it asks for"),
    (r"\b404\b|not found", "there is nothing at this address", "see whether {page} is still there"),
    (r"\b429\b", "too many requests", "try again later"),
    ("failed to resolve|name or service not known|max retries", "Kaggle cannot be reached", "check the network"),
    ("no space left", "the disk is full", "free space and give the same command again"),
)  # fmt: skip
_TAIL = 8_000


def fetch(download: KaggleDownload, folder: Path) -> Path:
    """Fetch a dataset's or a competition's archive into a folder, or the rest of what an interrupted call left there.

    Raises:
        EmobenchError: the client is not installed, has no token, or failed.
    """
    kind = "datasets" if "/" in download.ref else "competitions"
    page = f"https://www.kaggle.com/{kind}/{download.ref}"
    archive = folder / f"{download.ref.rpartition('/')[2]}.zip"
    code, said = _run([_client(page), kind, "download", download.ref, "-p", str(folder)])
    if code == 0 and archive.is_file():
        return archive
    for pattern, what, remedy in _MEANINGS:
        if re.search(pattern, said, re.IGNORECASE):
            raise EmobenchError(f"Kaggle: {what}", where=page, remedy=remedy.format(page=page))
    last = said.strip().rpartition("\n")[2] or "nothing"
    what = f"Kaggle's client ended with {code} and said: {last}"
    raise EmobenchError(what, where=page, remedy="download it in a browser")


def _client(page: str) -> str:
    """Return the command: on the path, or with the interpreter of an environment that was not activated."""
    found = shutil.which("kaggle") or shutil.which("kaggle", path=str(Path(sys.executable).parent))
    if found is None:
        remedy = "pip install 'emobench[kaggle]', and give the command again"
        raise EmobenchError("Kaggle's client is not installed", where=page, remedy=remedy)
    return found


def _run(command: list[str]) -> tuple[int, str]:
    """Run the client; return its exit code and the end of what it said, of which a terminal sees the progress."""
    tail = b""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    ) as client:
        assert client.stdout is not None
        try:
            while piece := os.read(client.stdout.fileno(), 1 << 14):
                tail = (tail + piece)[-_TAIL:]
                if sys.stderr.isatty() and b"%|" in piece:
                    print(piece.decode(errors="replace"), end="", file=sys.stderr, flush=True)
        except BaseException:
            client.terminate()
            raise
    return client.returncode, tail.decode(errors="replace").replace("\r", "\n")
