"""What ``emobench list`` imports: no framework."""

from __future__ import annotations

import subprocess
import sys


def test_list_imports_no_framework() -> None:
    code = (
        "import sys, emobench.cli as c; c.invoke(['list']);"
        "print([m for m in ('torch', 'librosa', 'cv2', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
