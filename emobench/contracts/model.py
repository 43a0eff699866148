"""A model, what it is fitted on, and what it is told about the run. Shapes: ``n`` samples, ``k`` classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from emobench.contracts.ragged import Ragged
from emobench.contracts.recipe import Judge, Recipe
from emobench.contracts.target import Kind
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Stream:
    """One input of a model: rows of a (memory-mapped) array.

    Attributes:
        array: (N, ...) all represented samples of the dataset; read-only. Of texts (N,) of dtype ``U``; of sequences N of
            different lengths.
        rows: (n,) int64 positions in ``array``, one a sample.
    """

    array: NDArray[Any] | Ragged
    rows: NDArray[np.int64]

    def take(self, positions: NDArray[np.int64]) -> NDArray[Any]:
        """Return the inputs at ``positions`` (of the samples, not of the array) as one new array in memory.

        Raises:
            EmobenchError: they are sequences, whose lengths differ.
        """
        if isinstance(self.array, Ragged):
            what = "the inputs are sequences of different lengths, and no one array"
            raise EmobenchError(what, remedy="take them with sequences()")
        return self.array[self.rows[positions]]

    def sequences(self, positions: NDArray[np.int64]) -> list[NDArray[Any]]:
        """Return the inputs at ``positions`` (of the samples) one by one, of sequences (t, ...) each; without a copy."""
        return [self.array[int(row)] for row in self.rows[positions]]


@dataclass(frozen=True)
class Samples:
    """What a model is fitted on or predicts.

    Attributes:
        ids: (n,) numbers as strings, in order; the samples' own names often tell the label, and stay with the harness.
        streams: one entry for each representation the model takes, in that order.
        labels: (n,) int64 indices into ``classes``; of votes (n, k) float64 shares of raters, which sum to one; of values
            (n, d) float64; ``None`` for a test part, always.
        classes: class names, in the order of the probability columns; of values the names of the d dimensions.
        kind: of target.
    """

    ids: tuple[str, ...]
    streams: Mapping[str, Stream]
    labels: NDArray[Any] | None
    classes: tuple[str, ...]
    kind: Kind = "class"

    def __len__(self) -> int:
        return len(self.ids)

    def x(self, stream: str | None = None) -> NDArray[Any]:
        """Return one stream's inputs, (n, ...), in memory; the only stream's where none is named.

        Raises:
            EmobenchError: they are sequences, whose lengths differ.
        """
        return self._stream(stream).take(self._places)

    def sequences(self, stream: str | None = None) -> list[NDArray[Any]]:
        """Return one stream's inputs one by one, of sequences (t, ...) each; the only stream's where none is named."""
        return self._stream(stream).sequences(self._places)

    @property
    def _places(self) -> NDArray[np.int64]:
        import numpy as np

        return np.arange(len(self))

    def _stream(self, name: str | None) -> Stream:
        if name is None:
            (name,) = self.streams
        return self.streams[name]

    @property
    def y(self) -> NDArray[Any]:
        """The labels.

        Raises:
            EmobenchError: these are test samples.
        """
        if self.labels is None:
            raise EmobenchError("a model asked for the labels of test samples", remedy="models never see them")
        return self.labels


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a model trains.

    Attributes:
        epochs: passes over the training part.
        batch_size: samples a step.
        learning_rate: of the optimiser.
        weight_decay: L2 coefficient; for Adam it is added to the gradient (torch.optim.Adam's ``weight_decay``).
        optimizer: ``"adam"``, ``"adamw"`` or ``"sgd"`` (momentum 0.9).
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"


@dataclass(frozen=True)
class Epoch:
    """One finished epoch.

    Attributes:
        number: counted from 1.
        of: number of epochs asked for.
        loss: mean training loss; of classes and votes a cross-entropy in nats, which is compared with ln k, that of guessing.
        accuracy: on the training samples as they were trained, in [0, 1]; of votes by that with most; of values ``None``.
        validation: metric name to value on the validation part; empty where there is none.
        seconds: wall time.
    """

    number: int
    of: int
    loss: float
    accuracy: float | None
    validation: Mapping[str, float]
    seconds: float


def _unheard(epoch: int, value: float) -> None:
    """Nobody asks which epoch was selected."""


@dataclass(frozen=True)
class FitContext:
    """What the harness tells a model about the run.

    Attributes:
        schedule: the suite's schedule, with the user's departures applied.
        seed: for every source of randomness.
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
        precision: ``"fp32"`` or ``"bf16"``.
        work: a folder for checkpoints; what is in it survives an interrupted run and goes when the cell is finished.
        step: call it with the number of samples done since the last call, for the progress display.
        epoch: call it after each epoch.
        recipe: what the suite asks for besides the schedule. A :class:`Model` of a plugin that heeds it says so with an
            attribute ``heeds_recipe = True``; torch modules and estimators are trained by the harness.
        judge: of the validation part, where the recipe selects on it.
        selected: call it after a fit that selects, with the number of the epoch that the model is of, and its value.
    """

    schedule: Schedule
    seed: int
    device: str
    precision: str
    work: Path
    step: Callable[[int], None]
    epoch: Callable[[Epoch], None]
    recipe: Recipe = field(default_factory=Recipe)
    judge: Judge | None = None
    selected: Callable[[int, float], None] = _unheard


@runtime_checkable
class Model(Protocol):
    """The full contract of a model; estimators and torch modules are adapted to it by the harness."""

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Fit on ``train``; resume from ``context.work`` if an earlier call was interrupted."""

    def predict_proba(self, samples: Samples) -> NDArray[np.floating[Any]]:
        """Return (n, k) finite probabilities whose rows sum to one."""

    def save(self, folder: Path) -> None:
        """Write the fitted model into the existing, empty ``folder``."""

    def load(self, folder: Path) -> None:
        """Become the model that was saved in ``folder``."""

    def parameter_count(self) -> int | None:
        """Number of fitted parameters, or ``None`` where that has no meaning."""


@runtime_checkable
class PredictsValues(Protocol):
    """What a :class:`Model` has besides where the target is values; the harness asks it instead of ``predict_proba``."""

    def predict_values(self, samples: Samples) -> NDArray[np.floating[Any]]:
        """Return (n, d) finite numbers, a column for each dimension, in the unit of the target."""


@runtime_checkable
class CountsMultiplyAdds(Protocol):
    """What a model may have besides; torch modules have it by the harness."""

    def multiply_adds(self, samples: Samples) -> int:
        """Multiplications with an addition that the prediction of the first of these samples takes."""


BUILD_ARGUMENTS = ("classes", "kind", "input_shapes", "seed", *(each.name for each in fields(Schedule)))
"""What the harness offers to the factory of a model, besides the model's own parameters."""


@dataclass(frozen=True)
class ModelSpec:
    """A registered model.

    ``build`` is called with the model's own parameters (``parameters``, overridden by the suite) and with those arguments
    without a default that its signature names out of

    - ``classes`` (int, k; of values the number of dimensions), ``kind`` (of target), ``input_shapes`` (a tuple with the
      shape of one sample for each stream, ``(None, ...)`` of sequences), ``seed`` (int),
    - the fields of :class:`Schedule` (``epochs``, ``batch_size``, ``learning_rate``, ``weight_decay``, ``optimizer``).

    An argument with a default is the model's own: ``learning_rate=0.1`` stays 0.1, whatever the schedule says. What a
    suite sets must be of the default's type (a whole number will do for a decimal one); a default of ``None`` takes
    anything.

    It returns a scikit-learn classifier with ``predict_proba`` (of values a regressor), or a ``torch.nn.Module`` that maps
    one batch of each stream to logits (n, k), or a :class:`Model`. The factory imports what it needs itself, so that listing
    models is fast.

    A torch module gets float32 batches; uint8 arrays are divided by 255 first. Of a stream of sequences it gets two
    arguments: a batch (n, t, ...), with zeros behind the shorter ones, and a mask (n, t), true where there is a step. The
    samples of a batch are of like length, and a prediction must not depend on how far they are padded. A sequence without
    a step is a stream that an ablation took away. It is trained by
    :mod:`emobench.models.torch_loop` with cross-entropy, to which it may add a scalar tensor from a method
    ``penalty()`` of its own (L2 on some of its weights, say); the reported loss is the cross-entropy alone. Predictions
    are the softmax of its logits, so that it must not end with one; logits of another shape are refused at the first
    batch, and lazy modules do not work. Where the target is values, its outputs are taken for standardised values, and the
    harness gives them the mean and the deviation of the training part. The last epoch counts, unless the suite's
    :class:`Recipe` selects one. An estimator gets its streams flattened to (n, features), side by
    side, or the texts (n,) or the list of sequences (t, ...) of its only stream, and may raise where it cannot be fitted on
    few samples; every ``random_state`` parameter that is ``None`` is set to the seed.

    Attributes:
        name: lower-case name with hyphens.
        build: the factory.
        takes: representation names, one a stream.
        parameters: the model's own parameters and their defaults.
        title: as the field writes it.
        citation: one line.
        packages: distributions whose version may change the result.
        files: names of parameters that are paths of local files (pretrained weights); a cell is identified by what is in
            them, not by where they are.
        kinds: of target that it takes, so that a suite which asks for another one is refused before it runs. Empty: what
            ``build`` returns tells: a torch module takes all, a classifier classes and votes, a regressor values.
        fitted_on: of a model that is fitted already, what it was fitted on: names of registered datasets, with a part
            (``"fer2013:train"``) or without, any other corpora by their names, or ``"unknown"``. ``build`` then returns it
            as it is: it is not trained here.
        outputs: of a model that is fitted already, its classes in the order of the columns of its probabilities, or the
            names of its values.
        encoders: names of parameters that are sources of encoders (``hf:...``), whose weights the model starts from.
        license: of the weights of a model that is fitted already, as their source states it.
        released: day, month or year of these weights in ISO 8601, as their source states it.
    """

    name: str
    build: Callable[..., Any]
    takes: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    citation: str = ""
    packages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    fitted_on: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()
    license: str = ""
    released: str = ""
