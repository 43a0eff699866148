"""A folder of boards in a browser: on this machine alone, by the web server of Python's standard library."""

from __future__ import annotations

import re
from functools import partial
from html import escape, unescape
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from emobench.errors import EmobenchError

HOST = "127.0.0.1"
_NAMES = {HOST, "localhost"}
_HEAD = 10_000
"""Characters in which a page has its title."""


def board_server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of the pages in a folder, which listens and does not serve yet.

    Its first page lists the boards; a single one is shown at once. Folders are not listed.

    Args:
        folder: of boards, or of runs.
        port: of this machine; 0 for a free one.

    Raises:
        EmobenchError: there is no page, or the port cannot be had.
    """
    if not _pages(folder):
        remedy = "write some: emobench run ..., or emobench leaderboard --publish FOLDER"
        raise EmobenchError("no HTML page of a board", where=str(folder), remedy=remedy)
    try:
        return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(folder)))
    except OSError as error:
        raise EmobenchError(
            f"port {port} cannot be had: {error.strerror}", remedy="leave it out for a free one"
        ) from error


def _pages(folder: Path) -> list[Path]:
    return sorted(folder.glob("**/*.html"), key=lambda page: (len(page.parts), page))


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".md": "text/plain; charset=utf-8"}

    def send_head(self) -> Any:
        """Answer to this machine's own names only, so that no page from elsewhere can read the boards."""
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in _NAMES:
            self.send_error(HTTPStatus.FORBIDDEN)
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> Any:
        """Answer the address of a folder: the first one has the list of boards, or leads to the only one."""
        folder = Path(self.directory)
        if Path(path).resolve() != folder.resolve():
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        addresses = {quote(page.relative_to(folder).as_posix()): page for page in _pages(folder)}
        if len(addresses) == 1:
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", *addresses)
        else:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if len(addresses) > 1 and self.command == "GET":
            self.wfile.write(_index(addresses).encode())
        return None

    def log_message(self, *args: Any) -> None:
        """Say nothing of requests."""


def _index(addresses: dict[str, Path]) -> str:
    items = [
        f'<li><a href="{address}">{escape(_title(page))}</a> {address}</li>' for address, page in addresses.items()
    ]
    return (
        '<!DOCTYPE html><html lang="en-GB"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark"><title>Boards</title>'
        f'<body style="font:16px/1.7 system-ui,sans-serif;margin:2rem"><main><h1>Boards</h1><ul>{"".join(items)}</ul></main>'
    )


def _title(page: Path) -> str:
    with page.open(encoding="utf-8", errors="replace") as file:
        found = re.search(r"<title>(.*?)</title>", file.read(_HEAD), re.DOTALL)
    return unescape(found[1]).strip() if found and found[1].strip() else page.stem
