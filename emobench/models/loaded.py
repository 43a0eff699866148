"""A model that another cell fitted, read back from where that cell left it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emobench.contracts import Model, Recipe
from emobench.errors import EmobenchError
from emobench.models.build import build_model
from emobench.models.fitted import build_fitted
from emobench.models.grid import candidates
from emobench.plugins import Registry
from emobench.records import MODEL, Identity, cell_folder, finished


def load_fitted(
    run: Path,
    cell: str,
    registry: Registry,
    *,
    shapes: tuple[tuple[int, ...], ...],
    files: Mapping[str, str],
    device: str,
) -> Model:
    """Return the model that a cell fitted.

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
    if record is not None and record.cell.identity.fitted_on:
        return _ready(record.cell.identity, registry, shapes, files, device)
    if record is None or not folder.is_dir():
        raise EmobenchError(
            f"the fitted model of cell {cell} is not here",
            where=str(folder),
            remedy="see why that cell failed, or delete its folder, and run again",
        )
    identity = record.cell.identity
    assert identity.model is not None
    assert identity.schedule is not None
    grid = {name: (value,) for name, value in (record.selection.chosen if record.selection else {}).items()}
    (chosen,) = candidates(grid, identity.schedule, identity.recipe or Recipe(), identity.model.parameters)
    model = build_model(
        registry.find("models", identity.model.name),
        {**chosen.parameters, **files},
        classes=len(identity.classes),
        input_shapes=shapes,
        seed=identity.seed,
        schedule=chosen.schedule,
        device=device,
        precision=identity.precision,
        kind=identity.kind,
    )
    try:
        model.load(folder)
        return model
    except RuntimeError as error:  # what torch raises where the sizes of the weights are others
        first = " ".join(" ".join(str(error).splitlines()[:2]).split())  # that there are errors, and the first of them
        raise EmobenchError(
            f"the fitted model does not fit these inputs: {first}",
            where=str(folder),
            remedy="let the representation give samples of the shape that the model was fitted on",
        ) from error


def _ready(
    identity: Identity,
    registry: Registry,
    shapes: tuple[tuple[int, ...], ...],
    files: Mapping[str, str],
    device: str,
) -> Model:
    """Return the model of a cell that is fitted already, and is nowhere but in its plugin."""
    assert identity.model is not None
    return build_fitted(
        registry.find("models", identity.model.name),
        {**identity.model.parameters, **files},
        classes=identity.classes,
        input_shapes=shapes,
        seed=identity.seed,
        device=device,
        precision=identity.precision,
        kind=identity.kind,
    )
