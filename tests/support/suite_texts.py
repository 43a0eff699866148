"""Suites as text, and how they are read or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.suites.reading import read_suite
from emobench.suites.schema import Suite

HEAD = 'schema = 1\ntitle = "A suite"\n'


NET = """
[[experiments]]
name = "net"
dataset = "dots"
labels = "shapes"
protocol = "by-folder"
model = { name = "net", width = 3 }
training = { epochs = 2 }
published = { accuracy = 0.5 }
"""


SECOND = NET.replace('name = "net"\n', 'name = "second"\n')


BOTH = """
[[experiments]]
name = "both"
fusion = "average"
members = ["net", "second"]
"""


APPLIED = """
[[experiments]]
name = "applied"
model_of = "net"
dataset = "films"
labels = "shapes"
protocol = "test-only"
takes = ["frames"]
pool = "average"
"""


def read(folder: Path, text: str) -> Suite:
    path = folder / "my_suite.toml"
    path.write_text(text, encoding="utf-8")
    return read_suite(path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(EmobenchError) as caught:
        read(folder, text)
    message = str(caught.value)
    assert message.startswith(f"{folder / 'my_suite.toml'}: ")
    assert "\n" not in message
    assert "pydantic" not in message
    assert caught.value.remedy
    return message.removeprefix(f"{folder / 'my_suite.toml'}: ")
