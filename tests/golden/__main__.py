"""``python -m tests.golden``: store the predictions of today under a raised results version."""

import tempfile
from pathlib import Path

from tests.golden import STORED, predict, write

with tempfile.TemporaryDirectory() as folder:
    write(predict(Path(folder)))
print(f"written: {STORED}")
