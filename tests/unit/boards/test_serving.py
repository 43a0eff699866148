"""A folder of boards in a browser."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from emobench.boards.serving import HOST, board_server
from emobench.errors import EmobenchError


@contextmanager
def served(folder: Path) -> Iterator[int]:
    with board_server(folder) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def get(port: int, path: str, host: str = HOST) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    connection.request("GET", path, headers={"Host": f"{host}:{port}"})
    answer = connection.getresponse()
    found = answer.status, answer.headers.get("Location", ""), answer.read().decode()
    connection.close()
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "suite.html").write_text("<title>A &amp; B</title>")
    (tmp_path / "datasets" / "a b.html").write_text("<title></title>faces")
    return tmp_path


def test_the_first_page_lists_the_boards_by_their_titles(folder: Path) -> None:
    with served(folder) as port:
        status, _, page = get(port, "/")
        assert status == 200
        assert '<a href="suite.html">A &amp; B</a>' in page
        assert '<a href="datasets/a%20b.html">a b</a>' in page
        assert get(port, "/datasets/a%20b.html")[2] == "<title></title>faces"


def test_other_folders_are_not_listed_and_nothing_outside_is_shown(folder: Path) -> None:
    (folder.parent / "secret.txt").write_text("secret")
    with served(folder) as port:
        assert get(port, "/datasets/")[0] == 404
        assert get(port, "/../secret.txt")[0] == 404


def test_a_single_board_is_shown_at_once(tmp_path: Path) -> None:
    (tmp_path / "leaderboard.html").write_text("<title>One</title>")
    with served(tmp_path) as port:
        assert get(port, "/")[:2] == (302, "leaderboard.html")


def test_another_name_of_this_machine_is_refused(folder: Path) -> None:
    with served(folder) as port:
        assert get(port, "/suite.html", "localhost")[0] == 200
        assert get(port, "/suite.html", "evil.example")[0] == 403


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="no HTML page"):
        board_server(tmp_path)
