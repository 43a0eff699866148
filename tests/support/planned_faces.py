"""Plans of experiments on faces."""

from __future__ import annotations

from pathlib import Path

from emobench.planning.plan import Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins

HEAD = 'schema = 1\ntitle = "Mine"\n'


FACES = """
[[experiments]]
name = "{name}"
dataset = "fer2013"
labels = "seven-emotions"
protocol = "official"
headline = "private-test"
model = {{ name = "{model}", {options} }}
training = {{ {training} }}
"""


def experiment(
    name: str = "one", model: str = "resnet18", options: str = "dropout = 0.0", training: str = "epochs = 3"
) -> str:
    return FACES.format(name=name, model=model, options=options, training=training)


def plan(folder: Path, *experiments: str, epochs: int | None = None) -> Plan:
    path = folder / "mine.toml"
    path.write_text(HEAD + "".join(experiments))
    return make_plan(Request(str(path), out=folder / "runs", epochs=epochs), installed_plugins())
