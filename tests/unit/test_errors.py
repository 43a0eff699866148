"""What errors say."""

from __future__ import annotations

from emobench.errors import nearest


def test_list_of_what_is_known_ends_after_twenty_names() -> None:
    said = nearest("nothing", [f"{number:02d}" for number in range(23)])
    assert said.startswith("known: 00, 01")
    assert said.endswith(", 19 and 3 more")
