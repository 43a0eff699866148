"""What is done to the inputs of a fitted model to see what its result rests on; nothing is trained again.

``blank-stream`` replaces one stream of every sample by the mean of that stream over all samples that are predicted. The mean
tells nothing of a sample, and unlike zeros it is about what the network is used to. What is left of a score is due to the
other streams and to the classes' shares.

``shuffle-pairs`` gives every sample another sample's stream, of the same part. Votes count by the class with most of them;
values have no classes, so that all samples of a part are shuffled. Within the class (``across_classes = false``)
it is a permutation: a score that moves depends on which face goes with which voice, beyond the class of both. Across
classes, every sample gets the stream of one drawn from the other classes; its label remains that of the rest of the sample. A
score that collapses there is one that the moved stream decides.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emobench.contracts import Ragged, Stream
from emobench.errors import EmobenchError, nearest
from emobench.models.inputs import ModelInputs
from emobench.plugins import check_types, with_defaults
from emobench.records import VALIDATION, Component

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

ABLATIONS: Mapping[str, Mapping[str, Any]] = {
    "blank-stream": {"stream": None},
    "shuffle-pairs": {"stream": None, "across_classes": False, "seed": 0},
}
"""Name to parameters and their defaults; a stream has to be named."""


def complete(ablation: Component, streams: tuple[str, ...]) -> Component:
    """Return an ablation, as a suite states it, with all its parameters.

    Raises:
        EmobenchError: there is no such ablation, parameter or stream of the model, or nothing would remain.
    """
    where = f"ablation {ablation.name!r}"
    if ablation.name not in ABLATIONS:
        raise EmobenchError("there is no such ablation", where=where, remedy=nearest(ablation.name, ABLATIONS))
    parameters = with_defaults(ABLATIONS[ablation.name], dict(ablation.parameters), where)
    check_types(ABLATIONS[ablation.name], parameters, where)
    if parameters["stream"] not in streams:
        what = f"the model takes no stream {parameters['stream']!r}"
        raise EmobenchError(what, where=where, remedy=f"name one of {', '.join(streams)} with stream")
    if len(streams) < 2:
        what = "the model takes one stream only, of which nothing would remain"
        raise EmobenchError(what, where=where, remedy="remove it")
    return Component(name=ablation.name, parameters=parameters)


def apply_ablation(inputs: ModelInputs, ablation: Component) -> ModelInputs:
    """Return the inputs with another stream to predict from; their truth is what it was."""
    name = ablation.parameters["stream"]
    stream = inputs.to_predict.streams[name]
    if ablation.name == "blank-stream":
        changed = _blank(stream)
    else:
        donors = _donors(inputs.truth, ablation.parameters["across_classes"], ablation.parameters["seed"])
        changed = Stream(stream.array, stream.rows.reshape(-1, inputs.views)[donors].ravel())
    streams = {**inputs.to_predict.streams, name: changed}
    return dataclasses.replace(inputs, to_predict=dataclasses.replace(inputs.to_predict, streams=streams))


def _blank(stream: Stream) -> Stream:
    """Return a stream in which every input is the mean of all, in the same dtype; of texts and sequences, an empty one."""
    import numpy as np

    if isinstance(stream.array, Ragged):
        nothing = Ragged(stream.array.values[:0], np.zeros(2, dtype=np.int64))
        return Stream(nothing, np.zeros(len(stream.rows), dtype=np.int64))

    if stream.array.dtype.kind == "U":
        return Stream(np.array([""]), np.zeros(len(stream.rows), dtype=np.int64))
    total = np.zeros(stream.array.shape[1:], dtype=np.float64)
    for row in stream.rows:  # one after another: the array may be larger than the memory
        total += stream.array[row]
    mean = total / len(stream.rows)
    if np.issubdtype(stream.array.dtype, np.integer):
        mean = np.rint(mean)
    return Stream(mean.astype(stream.array.dtype)[None], np.zeros(len(stream.rows), dtype=np.int64))


def _donors(truth: pd.DataFrame, across: bool, seed: int) -> NDArray[np.int64]:
    """Return (n,) for each sample the position of the one whose stream it gets.

    Raises:
        EmobenchError: across classes, in a part with one class only.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    donors = np.arange(len(truth))
    labels, parts = truth["label"].to_numpy(), truth["part"].to_numpy()
    for part in sorted(set(parts) - {VALIDATION}):  # no row is scored on it
        for label in sorted(set(labels[parts == part])):
            own = np.flatnonzero((parts == part) & (labels == label))
            if not across:
                donors[own] = generator.permutation(own)
                continue
            others = np.flatnonzero((parts == part) & (labels != label))
            if not len(others):
                what = f"the part {part!r} has the class {label!r} only" if label else "values have no classes"
                raise EmobenchError(what, remedy="shuffle within classes, or use more data")
            # With replacement: where one class has more than half of the samples, there are too few others.
            donors[own] = generator.choice(others, size=len(own))
    return donors
