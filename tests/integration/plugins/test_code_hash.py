"""The hash of a component, in a copy of the tree in which everything was moved."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests import ROOT


def test_moving_and_reformatting_emobench_changes_no_component(tmp_path: Path) -> None:
    """In a copy of the tree, every import of a core module is renamed, and every core module is another file."""
    for name in ("emobench", "plugins/emobench_plugins"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = _hashes_in(tmp_path)
    (tmp_path / "emobench/decoding/media.py").rename(tmp_path / "emobench/decoding/moved.py")
    labels = tmp_path / "plugins/emobench_plugins/label_maps"
    (labels / "seven_emotions.py").rename(labels / "moved.py")
    for path in tmp_path.rglob("*.py"):
        text = path.read_text(encoding="utf-8").replace("emobench.decoding.media", "emobench.decoding.moved")
        text = text.replace("label_maps.seven_emotions", "label_maps.moved")
        if path.is_relative_to(tmp_path / "emobench"):
            text += "\n# moved\n"
        path.write_text(text, encoding="utf-8")
    assert _hashes_in(tmp_path) == before


HASH = """
import sys
sys.path[:0] = [{root!r}, {plugins!r}]
from emobench.plugins.code_hash import __file__ as where, code_of
assert where.startswith({root!r}), where
for name in sys.argv[1:]:
    print(code_of([name], plugin=name).hash)
"""


def _hashes_in(root: Path) -> list[str]:
    names = [path.stem for path in sorted((root / "plugins/emobench_plugins/models").glob("*.py"))]
    modules = [f"emobench_plugins.models.{name}" for name in names if name != "__init__"]
    modules += ["emobench_plugins.representations.spectrogram_image", "emobench_plugins.protocols.group_folds"]
    labels = root / "plugins/emobench_plugins/label_maps/seven_emotions.py"
    modules += [f"emobench_plugins.label_maps.{'seven_emotions' if labels.exists() else 'moved'}"]
    script = HASH.format(root=str(root), plugins=str(root / "plugins"))
    done = subprocess.run([sys.executable, "-c", script, *modules], capture_output=True, text=True, check=True)
    return done.stdout.split()
