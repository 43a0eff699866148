"""The face's stream of paper B's network (Shahzad et al. 2023) on its own; the voice's is ``spectrogram-cnn``.

It is a module of its own so that the code of the networks of the paper, which identifies their results, stays as it is.
"""

from __future__ import annotations

from emobench import ModelSpec, hookimpl
from emobench_plugins.models import two_stream_cnn


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``face-cnn``, with the parameters of paper B's network."""
    (both,) = (spec for spec in two_stream_cnn.emobench_models() if spec.name == "two-stream-cnn")
    return [
        ModelSpec(
            name="face-cnn",
            title="Face CNN",
            build=both.build,
            takes=("face-image",),
            parameters=both.parameters,
            citation=both.citation,
            packages=both.packages,
        )
    ]
