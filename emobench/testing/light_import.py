"""Whether registering a component imports a framework: looked at in another process, for in this one it may be there."""

from __future__ import annotations

import json
import subprocess
import sys

from emobench.testing import elsewhere
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject

HEAVY = (
    "av",
    "cv2",
    "jax",
    "keras",
    "librosa",
    "matplotlib",
    "numba",
    "pandas",
    "scipy",
    "skimage",
    "sklearn",
    "soundfile",
    "tensorflow",
    "torch",
    "torchaudio",
    "torchvision",
    "transformers",
)
"""What takes long to import. numpy alone does not, a tenth of a second."""

_CODE = """
import importlib, json, sys
name, hook, heavy = json.loads(sys.argv[1])
try:
    module = importlib.import_module(name)
except ModuleNotFoundError as error:
    if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
        raise
    print("\\nnot there")
else:
    list(getattr(module, hook)())
    print("\\n" + json.dumps([one for one in heavy if one in sys.modules]))
"""


def add_to(contracts: Contracts) -> None:
    """Add the contract, which is the same for every kind."""
    contracts.add(
        "light-import",
        "importing the plugin and calling its hook imports no framework, for every command of emobench does it",
        "import heavy packages inside the functions that need them, and for annotations under TYPE_CHECKING",
    )(examine)


def examine(subject: Subject) -> None:
    """Import the registering module in a fresh interpreter, and call the hook."""
    question = json.dumps([subject.module, f"emobench_{subject.kind}", HEAVY])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _CODE, question],
        capture_output=True,
        text=True,
        check=False,
        env=elsewhere.environment(),
    )
    if done.returncode:
        raise Breach(f"in a process of its own it fails: {done.stderr.strip().splitlines()[-1]}")
    answer = done.stdout.strip().splitlines()[-1]
    if answer == "not there":
        raise NotApplicable(f"another process cannot import the module {subject.module!r}")
    if imported := json.loads(answer):
        raise Breach(f"it imports {', '.join(imported)}")
