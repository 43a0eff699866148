"""Files over HTTP: resumed, tried again, checked, and under their own name only when they are whole.

A file that is not whole is called ``<name>.part``. ``<name>.part.json`` keeps the address that it came from and the
validator (ETag or Last-Modified, RFC 9110, section 8.8) of the version that it is a part of: the rest is only asked for
while the server still has this version (``If-Range``, section 13.1.5).

pooch starts each file from the beginning; urllib3's retries ask for the same range again, and after a broken body another
one is needed. So the loop is here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from emobench.contracts import FileDownload
from emobench.errors import EmobenchError
from emobench.progress import Arrivals
from emobench.records import version
from emobench.storage import need_space

_CONNECTIONS = 4
"""Enough to hide the latency of thousands of small files, few enough not to be a burden to a publisher."""
_RETRIES = 5
_FIRST_WAIT = 1.0
"""Seconds before the first retry; doubled for each further one."""
_LONGEST_WAIT = 120.0
"""Seconds that a server may ask to wait for; after that the user has to come back."""
_TIMEOUTS = (10.0, 30.0)
"""Seconds to connect, and without a byte."""
_CHUNK = 1 << 17
_AGAIN = "the same command goes on where it stopped"
_HOMEPAGE = "see the dataset's homepage: the file may have moved, or may have to be downloaded there"


class _AgainError(Exception):
    """What went wrong may pass; ``wait`` is how many seconds the server asks for."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait


class _StoppedError(Exception):
    """Another file failed, or the user interrupted."""


def fetch(files: Sequence[FileDownload], folder: Path, arrivals: Arrivals) -> None:
    """Fetch every file that is not in the folder yet, some at a time.

    Args:
        files: what to fetch.
        folder: an existing folder of this call's own; what an interrupted call left there is gone on with.
        arrivals: is called with what comes in.

    Raises:
        EmobenchError: a file cannot be had, or is not what it should be; parts of files stay for the next call.
        OSError: the folder cannot be written.
    """
    stop = threading.Event()
    own = threading.local()  # a session is not made for several threads

    def start() -> None:
        own.session = requests.Session()
        own.session.headers["User-Agent"] = f"emobench/{version()} {requests.utils.default_user_agent()}"
        own.session.headers["Accept-Encoding"] = "identity"  # or sizes and ranges would be those of the packed form

    def work(file: FileDownload) -> None:
        if not stop.is_set():
            _Transfer(file, folder / file.name, own.session, arrivals, stop).run()

    with ThreadPoolExecutor(_CONNECTIONS, initializer=start) as pool:
        try:
            for done in as_completed([pool.submit(work, file) for file in files]):
                done.result()
        except BaseException:
            stop.set()
            raise


class _Transfer:
    """One file on its way to its place."""

    def __init__(
        self, file: FileDownload, place: Path, session: requests.Session, arrivals: Arrivals, stop: threading.Event
    ) -> None:
        self._file, self._place, self._session, self._arrivals, self._stop = file, place, session, arrivals, stop
        self._part = place.with_name(f"{place.name}.part")
        self._state = place.with_name(f"{place.name}.part.json")

    def run(self) -> None:
        """Fetch and check the file, unless it is there."""
        if self._place.is_file():
            self._arrivals.at(self._file.name, self._place.stat().st_size, earlier=True)
        else:
            self._place.parent.mkdir(parents=True, exist_ok=True)
            self._persist()
            self._part.replace(self._place)
            self._state.unlink(missing_ok=True)
        self._arrivals.whole(self._file.name)

    def _persist(self) -> None:
        """Receive and verify, several times if it has to be."""
        for tried in range(_RETRIES + 1):
            try:
                self._verify(resumed=self._receive())
                return
            except _AgainError as error:
                if tried == _RETRIES:
                    what = f"{error}, {tried + 1} times in a row"
                    raise EmobenchError(what, where=self._file.url, remedy=_AGAIN) from error
                if self._stop.wait(_FIRST_WAIT * 2**tried if error.wait is None else error.wait):
                    raise _StoppedError from error

    def _receive(self) -> bool:
        """Fetch what is missing of the part; return whether there was a part before."""
        have, validator = self._kept()
        self._arrivals.at(self._file.name, have, earlier=True)
        if have and have == self._file.size:
            return True
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and validator:
            headers["If-Range"] = validator
        try:
            with self._session.get(self._file.url, headers=headers, stream=True, timeout=_TIMEOUTS) as response:
                if response.status_code == requests.codes.requested_range_not_satisfiable and have:
                    if validator and response.headers.get("Content-Range") == f"bytes */{have}":
                        return True
                    raise self._thrown_away("the server has no more bytes than are here already")
                _refuse(response)
                resumed = response.status_code == requests.codes.partial_content
                if resumed and not _continues(response, have, validator):
                    raise self._thrown_away("the server answered with another part of the file")
                self._write(response, have if resumed else 0)
                return resumed
        except requests.RequestException as error:
            raise _meaning(error, self._file.url) from error

    def _write(self, response: requests.Response, have: int) -> None:
        """Append the answer's body to the first ``have`` bytes, and compare the size with what is said of it."""
        size = self._file.size
        length = response.headers.get("Content-Length", "")
        as_it_is = response.headers.get("Content-Encoding", "identity") == "identity"  # else it is the packed body's
        total = have + int(length) if as_it_is and length.isdecimal() else None
        if total is not None:
            if size not in (None, total):
                raise self._wrong(f"has {total:,} bytes there, not the {size:,} of the published file")
            self._arrivals.expect(self._file.name, total)
        need_space(self._place.parent, (total or size or 0) - have, "what is still to come")
        if not have:
            self._discard()  # first, or a kill leaves the old part with the new version's validator
            state = {"url": self._file.url, "validator": _validator(response)}
            self._state.write_text(json.dumps(state), encoding="utf-8")
        self._arrivals.at(self._file.name, have)
        with self._part.open("ab" if have else "wb") as out:
            for chunk in response.iter_content(_CHUNK):
                if self._stop.is_set():
                    raise _StoppedError
                have += len(chunk)
                if size is not None and have > size:
                    break
                out.write(chunk)
                self._arrivals.at(self._file.name, have)
            out.flush()
            os.fsync(out.fileno())
        if total is not None and have < total:  # urllib3 says so itself only since its version 2
            raise _AgainError(f"the connection broke off after {have:,} of {total:,} bytes")
        if size not in (None, have):
            raise self._wrong(f"does not have the {size:,} bytes of the published file")

    def _kept(self) -> tuple[int, str]:
        """Return how many bytes can be gone on with, and the validator of the version that they are of, if there is one."""
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            have = self._part.stat().st_size
        except (OSError, ValueError):
            return 0, ""
        # Without a validator only a checksum can tell that the halves of two versions were joined.
        usable = state.get("url") == self._file.url and (state.get("validator") or self._file.checksum)
        return (have, state.get("validator", "")) if usable else (0, "")

    def _verify(self, *, resumed: bool) -> None:
        if self._file.checksum is None:
            return
        algorithm, _, expected = self._file.checksum.partition(":")
        with self._part.open("rb") as part:
            found = hashlib.file_digest(part, algorithm).hexdigest()
        if found == expected.lower():
            return
        if resumed:
            raise self._thrown_away("the parts of the file do not fit together")
        raise self._wrong(f"has the {algorithm} {found}, not {expected}, which is that of the published file")

    def _discard(self) -> None:
        self._part.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)

    def _thrown_away(self, why: str) -> _AgainError:
        self._discard()
        return _AgainError(why, wait=0)

    def _wrong(self, what: str) -> EmobenchError:
        self._discard()
        return EmobenchError(
            f"the file {what}; nothing of it was kept",
            where=self._file.url,
            remedy="try again later; if it stays so, the publisher has changed the file: report it to the plugin's author",
        )


def _validator(response: requests.Response) -> str:
    """Return what tells this version of the file from others; a weak ETag does not (RFC 9110, section 8.8.1)."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")


def _continues(response: requests.Response, have: int, validator: str) -> bool:
    """Whether a partial answer is the rest of the version that is here; some servers do not know If-Range."""
    start = re.match(rf"bytes {have}-", response.headers.get("Content-Range", ""))
    return start is not None and (not validator or _validator(response) in ("", validator))


def _refuse(response: requests.Response) -> None:
    """Raise what an answer without the file's content means."""
    status, url = response.status_code, response.url
    if status in (requests.codes.ok, requests.codes.partial_content):
        return
    said = f"the server says {status} {response.reason or ''}".strip()
    if status not in (requests.codes.too_many_requests, requests.codes.request_timeout) and status < 500:
        raise EmobenchError(said, where=url, remedy=_HOMEPAGE)
    try:
        wait = Retry().parse_retry_after(response.headers["Retry-After"])
    except (KeyError, InvalidHeader):
        wait = None
    if wait is not None and wait > _LONGEST_WAIT:
        raise EmobenchError(f"{said} and asks to wait for {wait:,.0f} s", where=url, remedy=f"later {_AGAIN}")
    raise _AgainError(said, wait)


def _meaning(error: requests.RequestException, url: str) -> Exception:
    """Return what a failure of the connection means: something that may pass, or something for the user."""
    causes: list[BaseException] = [error]
    while following := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(following)
    host = urlsplit(url).hostname
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return EmobenchError(f"no address is known for {host}", where=url, remedy=f"check the network; {_AGAIN}")
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.ProxyError):
        what = f"no connection to {host} ({type(error).__name__}: {causes[-1]})"
        return EmobenchError(what, where=url, remedy="check the network")
    if isinstance(error, requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError):
        return _AgainError(f"the connection to {host} failed ({causes[-1]})")
    return EmobenchError(f"cannot be fetched ({error})", where=url, remedy=_HOMEPAGE)
