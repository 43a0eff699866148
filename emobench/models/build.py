"""Building a registered model, and adapting what its factory returns to the contract."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import BUILD_ARGUMENTS, FitContext, Model, ModelSpec, Recipe, Samples, Schedule
from emobench.errors import EmobenchError, nearest
from emobench.models.output_checks import check_logits, require_shape
from emobench.plugins import named_arguments

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ESTIMATOR_FILE = "estimator.joblib"


class EstimatorModel:
    """A scikit-learn classifier under the contract of :class:`emobench.contracts.Model`.

    Args:
        estimator: has ``fit(X, y)``, ``predict_proba(X)`` and, once fitted, ``classes_``.
        name: of the model, for messages.
    """

    def __init__(self, estimator: Any, name: str = "estimator") -> None:
        self.estimator = estimator
        self._name = name

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Fit on the training part; every ``random_state`` that is ``None`` becomes the seed."""
        unset = [
            name
            for name, value in self.estimator.get_params(deep=True).items()
            if (name == "random_state" or name.endswith("__random_state")) and value is None
        ]
        self.estimator.set_params(**dict.fromkeys(unset, context.seed))
        weights = self._balanced(train) if context.recipe.class_weights else {}
        self.estimator.fit(_features(train), train.y, **weights)

    def _balanced(self, train: Samples) -> dict[str, Any]:
        """Let all classes count alike: by what to hand to the estimator's ``fit``, or else by a parameter of its own.

        Raises:
            EmobenchError: it has neither.
        """
        from sklearn.utils.class_weight import compute_sample_weight

        # First by weights of the samples: what calibrates probabilities within an estimator then counts them so as well.
        step, last = self.estimator.steps[-1] if hasattr(self.estimator, "steps") else ("", self.estimator)
        if "sample_weight" in named_arguments(last.fit):
            return {f"{step}__sample_weight" if step else "sample_weight": compute_sample_weight("balanced", train.y)}
        own = [name for name in self.estimator.get_params(deep=True) if name.rpartition("__")[2] == "class_weight"]
        if not own:
            what = "it has neither class_weight nor sample_weight"
            raise EmobenchError(what, where=f"model {self._name!r}", remedy="leave class_weights out")
        self.estimator.set_params(**dict.fromkeys(own, "balanced"))
        return {}

    def predict_proba(self, samples: Samples) -> NDArray[np.float64]:
        """Return (n, k) probabilities; a class without a training sample gets probability 0.

        Raises:
            EmobenchError: the estimator returned another number of rows or columns.
        """
        import numpy as np

        classes = np.asarray(self.estimator.classes_, dtype=np.int64)
        known = np.asarray(self.estimator.predict_proba(_features(samples)))
        require_shape(known, (len(samples), len(classes)), self._name, "predict_proba() returned probabilities")
        result = np.zeros((len(samples), len(samples.classes)))
        result[:, classes] = known
        return result

    def save(self, folder: Path) -> None:
        """Write the fitted estimator with joblib."""
        import joblib

        joblib.dump(self.estimator, folder / _ESTIMATOR_FILE)

    def load(self, folder: Path) -> None:
        """Read the fitted estimator back; joblib files run code, so load only your own."""
        import joblib

        self.estimator = joblib.load(folder / _ESTIMATOR_FILE)

    def parameter_count(self) -> int | None:
        """Return the number of fitted coefficients of the (last step of the) estimator, where it has any."""
        import numpy as np

        last = self.estimator.steps[-1][1] if hasattr(self.estimator, "steps") else self.estimator
        arrays: list[Any] = []
        for name in ("coef_", "intercept_", "coefs_", "intercepts_"):
            value = getattr(last, name, [])
            arrays.extend(value if isinstance(value, list) else [value])
        return sum(np.size(array) for array in arrays) or None


def _features(samples: Samples) -> NDArray[Any]:
    import numpy as np

    # An estimator takes one table: the columns of several streams are joined.
    flat = [samples.x(stream).reshape(len(samples), -1) for stream in samples.streams]
    return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)


def check_recipe(model: Model, recipe: Recipe, name: str) -> None:
    """Raise an ``EmobenchError`` where a model cannot train as a recipe asks."""
    from emobench.models.torch_loop import TorchModel

    asked = {each.name for each in fields(Recipe) if getattr(recipe, each.name) != each.default}
    if isinstance(model, EstimatorModel):
        asked -= {"class_weights", "by"}
        remedy = "an estimator has no epochs: leave it out, or set the estimator's own parameters"
    elif isinstance(model, TorchModel) or getattr(model, "heeds_recipe", False):
        return
    else:
        asked -= {"by"}
        remedy = "a Model that heeds the recipe says so with heeds_recipe = True"
    if asked:
        raise EmobenchError(f"it cannot train with {', '.join(sorted(asked))}", where=f"model {name!r}", remedy=remedy)


def check_parameters(spec: ModelSpec, parameters: dict[str, Any]) -> None:
    """Raise an ``EmobenchError`` for a parameter that a suite sets and the model does not have."""
    offered, where = set(BUILD_ARGUMENTS), f"model {spec.name!r}"
    named = named_arguments(spec.build)
    own = set(spec.parameters) | (named - named_arguments(spec.build, required=True))
    for name in (name for name in parameters if name not in own):
        if name in offered:
            what = f"{name!r} is not a parameter of a model"
            raise EmobenchError(what, where=where, remedy="set it under training or seed")
        if name not in named:
            raise EmobenchError(f"no parameter {name!r}", where=where, remedy=nearest(name, own | (named - offered)))


def build_model(
    spec: ModelSpec,
    parameters: dict[str, Any],
    *,
    classes: int,
    input_shapes: tuple[tuple[int, ...], ...],
    seed: int,
    schedule: Schedule,
    device: str = "cpu",
    precision: str = "fp32",
) -> Model:
    """Call the factory of a model with the arguments it asks for, and adapt the result, whose output is then checked.

    Args:
        spec: the registered model.
        parameters: its own parameters, as in the cell.
        classes: number of classes.
        input_shapes: shape of one sample, for each stream.
        seed: for the factory, if it asks for one.
        schedule: for the factory, if it asks for one of its fields.
        device: where a torch module computes.
        precision: in which.

    Raises:
        EmobenchError: the factory returned something that is no model.
    """
    offered = {"classes": classes, "input_shapes": input_shapes, "seed": seed, **asdict(schedule)}
    # A factory keeps its defaults: a learning rate of its own must not become that of the schedule.
    asked = named_arguments(spec.build, required=True)
    made = spec.build(**{name: value for name, value in offered.items() if name in asked} | parameters)
    where, remedy = f"model {spec.name!r}", "see docs/plugins.md"
    if isinstance(made, type):
        raise EmobenchError(f"build() returned the class {made.__name__}, not an instance", where=where, remedy=remedy)
    if hasattr(made, "get_params") and hasattr(made, "predict_proba"):
        if missing := [name for name in ("set_params", "fit") if not hasattr(made, name)]:
            what = f"{type(made).__name__} has get_params and predict_proba, but no {' and no '.join(missing)}"
            raise EmobenchError(what, where=where, remedy="subclass sklearn.base.BaseEstimator")
        return EstimatorModel(made, spec.name)
    if isinstance(made, Model):
        return made
    if hasattr(made, "state_dict") and hasattr(made, "forward"):
        from emobench.models.torch_loop import TorchModel

        check_logits(made, spec.name, classes)
        return TorchModel(made, device, precision)
    raise EmobenchError(
        f"build() returned {type(made).__name__}: neither a torch module, nor a classifier with predict_proba, nor a Model",
        where=where,
        remedy=remedy,
    )
