"""What a verification found."""

from __future__ import annotations

from emobench.publishing.bundles.report import Problem


def test_a_strangers_name_is_no_command_to_the_terminal() -> None:
    assert str(Problem(where="a\x1b[2Jb", what="is\nodd")) == "a\ufffd[2Jb: is odd"
