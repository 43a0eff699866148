"""Building a registered model, and adapting what its factory returns to the contract."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, cast

from emobench.contracts import BUILD_ARGUMENTS, Kind, Model, ModelSpec, PredictsValues, Recipe, Samples, Schedule
from emobench.errors import EmobenchError, nearest
from emobench.models.estimator import EstimatorModel, FittedEstimator, check_estimator
from emobench.models.output_checks import check_outputs
from emobench.plugins import named_arguments

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
    input_shapes: tuple[tuple[int | None, ...], ...],
    seed: int,
    schedule: Schedule,
    device: str = "cpu",
    precision: str = "fp32",
    kind: Kind = "class",
) -> Model:
    """Call the factory of a model with the arguments it asks for, and adapt the result, whose output is then checked.

    Args:
        spec: the registered model.
        parameters: its own parameters, as in the cell.
        classes: number of classes, or of dimensions of values.
        input_shapes: shape of one sample, for each stream.
        seed: for the factory, if it asks for one.
        schedule: for the factory, if it asks for one of its fields.
        device: where a torch module computes.
        precision: in which.
        kind: of target.

    Raises:
        EmobenchError: the factory returned something that is no model, or no model of this kind of target.
    """
    offered = {"classes": classes, "kind": kind, "input_shapes": input_shapes, "seed": seed, **asdict(schedule)}
    # A factory keeps its defaults: a learning rate of its own must not become that of the schedule.
    asked = named_arguments(spec.build, required=True)
    made = spec.build(**{name: value for name, value in offered.items() if name in asked} | parameters)
    where, remedy = f"model {spec.name!r}", "see docs/plugins.md"
    if isinstance(made, type):
        raise EmobenchError(f"build() returned the class {made.__name__}, not an instance", where=where, remedy=remedy)
    if hasattr(made, "get_params") and (hasattr(made, "predict_proba") or hasattr(made, "predict")):
        check_estimator(made, kind, where)
        return (FittedEstimator if spec.fitted_on else EstimatorModel)(made, spec.name)
    if isinstance(made, Model):
        if kind == "values" and not isinstance(made, PredictsValues):
            raise EmobenchError("it has no predict_values, and the target is values", where=where, remedy=remedy)
        return made
    if hasattr(made, "state_dict") and hasattr(made, "forward"):
        from emobench.models.torch_loop import TorchModel

        check_outputs(made, spec.name, classes, kind)
        if kind == "values":
            from emobench.models.objective import ValuesModule

            made = ValuesModule(made, classes)
        return TorchModel(made.to(device) if spec.fitted_on else made, device, precision)
    raise EmobenchError(
        f"build() returned {type(made).__name__}: neither a torch module, nor an estimator, nor a Model",
        where=where,
        remedy=remedy,
    )


def predicted(model: Model, samples: Samples) -> NDArray[np.floating[Any]]:
    """Return (n, k) probabilities; where the target is values, (n, d) values."""
    return (
        cast(PredictsValues, model).predict_values(samples)
        if samples.kind == "values"
        else model.predict_proba(samples)
    )
