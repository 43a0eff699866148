"""What ``emobench --version`` imports: nothing heavy."""

from __future__ import annotations

import subprocess
import sys


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys, emobench.cli as c; c.invoke(['--version']);"
        "print([m for m in ('torch', 'librosa', 'cv2', 'sklearn', 'pandas', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
