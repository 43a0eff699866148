"""Whether registering a component imports a framework: seen in another process, for this one may have it already."""

from __future__ import annotations

import sys

from emobench.testing import other_process
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject

# fmt: off
HEAVY = (
    "av", "cv2", "jax", "keras", "librosa", "matplotlib", "numba", "pandas", "scipy", "skimage", "sklearn", "soundfile",
    "tensorflow", "torch", "torchaudio", "torchvision", "transformers",
)
# fmt: on
"""What takes long to import. numpy alone does not, a tenth of a second."""

CONTRACTS = Contracts()
"""The contract that is the same for every kind."""


@CONTRACTS.add("import heavy packages inside the functions that need them, and for annotations under TYPE_CHECKING")
def light_import(subject: Subject) -> None:
    """Importing the plugin and calling its hook imports no framework, for every command of emobench does it."""
    imported = other_process.ask(subject, _imported, HEAVY)
    if imported is None:
        raise NotApplicable(f"another process cannot import the module {subject.module!r}")
    if imported:
        raise Breach(f"it imports {', '.join(imported)}")


def _imported(subject: Subject, modules: tuple[str, ...]) -> list[str]:
    return [module for module in modules if module in sys.modules]
