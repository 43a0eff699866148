"""The model of a cell, as its factory makes it, and as the cell left it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from emobench.contracts import Model, Recipe
from emobench.errors import EmobenchError
from emobench.models.build import build_model
from emobench.models.fitted import build_fitted
from emobench.models.grid import candidates
from emobench.plugins import Registry
from emobench.records import MODEL, Identity, cell_folder, finished


def model_of(
    identity: Identity,
    registry: Registry,
    *,
    shapes: tuple[tuple[int | None, ...], ...],
    files: Mapping[str, str],
    device: str,
    chosen: Mapping[str, Any] = MappingProxyType({}),
) -> Model:
    """Return the model of a cell as its factory makes it: not fitted, unless it is fitted already.

    Args:
        identity: of the cell.
        registry: has the model.
        shapes: of one sample, for each stream.
        files: the local files that parameters of the model name.
        device: where it computes.
        chosen: what the grid of the cell came to.
    """
    assert identity.model is not None
    spec, parameters = registry.find("models", identity.model.name), identity.model.parameters
    asked: dict[str, Any] = {"input_shapes": shapes, "seed": identity.seed, "device": device, "kind": identity.kind}
    asked["precision"] = identity.precision
    if identity.fitted_on:
        return build_fitted(spec, {**parameters, **files}, classes=identity.classes, **asked)
    assert identity.schedule is not None
    grid = {name: (value,) for name, value in chosen.items()}
    (candidate,) = candidates(grid, identity.schedule, identity.recipe or Recipe(), parameters)
    asked |= {"classes": len(identity.classes), "schedule": candidate.schedule}
    return build_model(spec, {**candidate.parameters, **files}, **asked)


def load_fitted(
    run: Path,
    cell: str,
    registry: Registry,
    *,
    shapes: tuple[tuple[int | None, ...], ...],
    files: Mapping[str, str],
    device: str,
) -> Model:
    """Return the model that a cell fitted; of a cell whose model is fitted already, that one.

    Args:
        run: the run folder.
        cell: its id.
        registry: has the model.
        shapes: of one sample, for each stream.
        files: the local files that parameters of the model name.
        device: where it computes.

    Raises:
        EmobenchError: the model is not there, or does not fit the shapes.
    """
    folder, record = cell_folder(run, cell) / MODEL, finished(run, cell)
    if record is None or not (folder.is_dir() or record.cell.identity.fitted_on):
        raise EmobenchError(
            f"the fitted model of cell {cell} is not here",
            where=str(folder),
            remedy="see why that cell failed, or delete its folder, and run again",
        )
    identity, chosen = record.cell.identity, record.selection.chosen if record.selection else {}
    model = model_of(identity, registry, shapes=shapes, files=files, device=device, chosen=chosen)
    try:
        if not identity.fitted_on:
            model.load(folder)
        return model
    except RuntimeError as error:  # what torch raises where the sizes of the weights are others
        first = " ".join(" ".join(str(error).splitlines()[:2]).split())  # that there are errors, and the first of them
        raise EmobenchError(
            f"the fitted model does not fit these inputs: {first}",
            where=str(folder),
            remedy="let the representation give samples of the shape that the model was fitted on",
        ) from error
