"""Fitting the model of a cell; where the suite gives a grid, every combination of it, of which validation chooses one."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from emobench import devices, models
from emobench.contracts import Epoch, FitContext, Judge, Model, Recipe, Samples
from emobench.errors import EmobenchError
from emobench.models import Candidate, ModelInputs
from emobench.planning import Job
from emobench.plugins import Registry
from emobench.records import MODEL, WORK, Frozen, Selection, cell_folder
from emobench.running.notes import Notes
from emobench.scoring import value_of
from emobench.storage import atomic, json_bytes, whole_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TRIED = "tried.json"


class _Tried(Frozen):
    """What a combination came to.

    Attributes:
        selection: what it is worth on validation.
        history: its epochs.
    """

    selection: Selection
    history: tuple[Epoch, ...]


def build_model_of(
    job: Job,
    shapes: tuple[tuple[int | None, ...], ...],
    plugins: Registry,
    chosen: Mapping[str, Any] = MappingProxyType({}),
) -> Model:
    """Return the model of a cell for samples of such shapes, as its factory makes it; ``chosen``: what its grid came to."""
    identity = job.cell.identity
    return models.model_of(identity, plugins, shapes=shapes, files=job.files, device=job.device, chosen=chosen)


def fit(
    job: Job, parts: ModelInputs, shapes: tuple[tuple[int | None, ...], ...], plugins: Registry, notes: Notes
) -> Model:
    """Return the fitted model of a cell.

    Raises:
        EmobenchError: there is one class only to learn from, or the model does not take what the recipe asks for.
    """
    identity, train = job.cell.identity, parts.train
    assert train is not None
    if (train.y == train.y[0]).all():
        only = {
            "class": f"{identity.classes[train.y.ravel()[0]]!r}" if identity.kind == "class" else "",
            "distribution": "voted on alike",
            "values": "of the same values",
        }[identity.kind]
        what = f"all {len(train)} samples of the training part are {only}: there is nothing to learn"
        more = "use more data, or a larger --limit" if identity.kind == "class" else "use data or a target that varies"
        raise EmobenchError(what, remedy=more)
    work = (cell_folder(job.run, job.cell.id) / WORK).absolute()
    work.mkdir(parents=True, exist_ok=True)
    if any(work.iterdir()):
        warnings.warn(
            "resumed: phases, peak memory and environment are of the time since; the history has the seconds of all epochs",
            stacklevel=1,
        )
    fitting = _Fitting(job, parts, shapes, plugins, notes)
    assert identity.model is not None
    assert identity.schedule is not None
    recipe = identity.recipe or Recipe()
    found = models.candidates(identity.grid, identity.schedule, recipe, identity.model.parameters)
    with notes.phase("fit", len(train) * sum(candidate.schedule.epochs for candidate in found)):
        return fitting.best_of(found, work) if identity.grid else fitting.alone(found[0], work)


@dataclass
class _Fitting:
    """What all combinations of a cell's grid share."""

    job: Job
    parts: ModelInputs
    shapes: tuple[tuple[int | None, ...], ...]
    plugins: Registry
    notes: Notes

    def alone(self, candidate: Candidate, work: Path) -> Model:
        """Return the model of the only combination."""
        model, selection = self._fitted(candidate, work)
        self.notes.selection = selection
        return model

    def best_of(self, found: list[Candidate], work: Path) -> Model:
        """Return the model of the combination that is best on validation, the first of equals.

        Each ends with its value and, if it is the best so far, its model on disk, where an interrupted run finds them. The
        history of the cell is that of the combination that is chosen.
        """
        judge, best, kept = self._judge, -1, _Tried(selection=Selection(kind="validation"), history=())
        for place, candidate in enumerate(found):
            folder = work / str(place)
            tried = self._tried(candidate, folder)
            assert tried.selection.value is not None
            if best < 0 or judge.better(tried.selection.value, float(kept.selection.value or 0.0)):
                shutil.rmtree(work / str(best) / MODEL, ignore_errors=True)
                best, kept = place, tried
            else:
                shutil.rmtree(folder / MODEL, ignore_errors=True)
        self.notes.history[:] = kept.history
        self.notes.selection = kept.selection.model_copy(update={"chosen": found[best].chosen, "tried": len(found)})
        model = build_model_of(self.job, self.shapes, self.plugins, found[best].chosen)
        model.load(work / str(best) / MODEL)
        return model

    def _tried(self, candidate: Candidate, folder: Path) -> _Tried:
        """Return what a combination is worth on validation; its model stays in the folder."""
        path, before = folder / _TRIED, len(self.notes.history)
        if path.is_file():
            return _Tried.model_validate_json(path.read_bytes())
        folder.mkdir(exist_ok=True)
        devices.seed_all(self.job.cell.identity.seed)  # what was tried before must not matter
        model, selection = self._fitted(candidate, folder)
        if selection.value is None:  # no epoch was selected
            validation = self._validation
            value = self._judge.value(models.predicted(model, replace(validation, labels=None)))
            selection = Selection(kind="validation", samples=len(validation), by=self._judge.metric, value=value)
        shutil.rmtree(folder / MODEL, ignore_errors=True)
        with whole_folder(folder / MODEL) as temporary:
            model.save(temporary)
        tried = _Tried(selection=selection, history=tuple(self.notes.history[before:]))
        with atomic(path) as file:
            file.write(json_bytes(tried.model_dump(mode="json")))
        return tried

    def _fitted(self, candidate: Candidate, work: Path) -> tuple[Model, Selection]:
        identity, validation = self.job.cell.identity, self.parts.validation
        model = build_model_of(self.job, self.shapes, self.plugins, candidate.chosen)
        assert identity.model is not None
        models.check_recipe(model, candidate.recipe, identity.model.name)
        selects, kind = candidate.recipe.selects, "fixed" if validation is None else "model"
        selection = Selection.model_validate({"kind": kind})

        def select(epoch: int, value: float) -> None:
            nonlocal selection
            known = {"samples": len(self._validation), "by": self._judge.metric, "value": float(value)}
            trained = len(self.notes.history) - before
            selection = Selection(kind="validation", epoch=int(epoch), epochs=trained, **known)

        before = len(self.notes.history)
        context = FitContext(
            schedule=candidate.schedule,
            seed=identity.seed,
            device=self.job.device,
            precision=identity.precision,
            work=work,
            step=self.notes.step,
            epoch=self.notes.epoch,
            recipe=candidate.recipe,
            judge=self._judge if selects else None,
            selected=select,
        )
        assert self.parts.train is not None
        model.fit(self.parts.train, validation, context)
        return model, selection

    @property
    def _validation(self) -> Samples:
        assert self.parts.validation is not None
        return self.parts.validation

    @property
    def _judge(self) -> Judge:
        identity, truth = self.job.cell.identity, self._validation.y
        assert identity.recipe is not None
        metric = self.plugins.find("metrics", identity.recipe.by)
        if identity.kind == "distribution" and metric.kind == "class":
            truth = truth.argmax(axis=1)

        def value(probabilities: NDArray[np.floating[Any]]) -> float:
            try:
                return value_of(metric, truth, probabilities.astype(float), identity.classes)
            except ValueError as error:
                what = f"metric {metric.name!r} cannot select: {error}"
                raise EmobenchError(what, remedy="name another one with training.by") from error

        return Judge(metric.name, metric.higher_is_better, value)
