"""One model on one task, from Python: what :func:`emobench.evaluate` does and returns."""

from __future__ import annotations

import dataclasses
import html
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import Dataset, ModelSpec, Target
from emobench.data import Numbers, is_own_data, with_data, with_own_data
from emobench.devices import check_device
from emobench.errors import EmobenchError
from emobench.models import check_estimator, describe_object, describe_spec, is_estimator
from emobench.planning import Plan, Request, plan_suite
from emobench.plugins import Registry, component_problem, installed_plugins, modules_of, warn
from emobench.records import (
    FROM_PYTHON,
    PREDICTIONS,
    PROVENANCE_MEANING,
    AuditReport,
    Departure,
    Record,
    Uncaptured,
    cell_folder,
    in_words,
    read_predictions,
    remedies,
    training_faults,
)
from emobench.running import SuiteRun, check_plan, run_lock, run_plan
from emobench.scoring import Interval
from emobench.splits import find_target, only_target
from emobench.suites import Suite, parse_suite

if TYPE_CHECKING:
    import pandas as pd

_WIDTH = 80
"""Characters in a line of what is printed."""

_WHERE = Path("evaluate()")
"""In the place of a suite file, for messages."""


@dataclass(frozen=True)
class Evaluation:
    """What a model is worth on a task.

    Attributes:
        record: everything that is known of the cell, see :class:`emobench.records.Record`.
        predictions: ``sample_id``, ``part``, ``label``, ``group``, ``prediction`` and ``p_<class>``, a row a sample; of votes
            and values also ``true_<name>``, and ``p_<dimension>`` is a predicted value.
        intervals: metric to 95% interval, on the headline part.
        audits: of the split, or of each fold.
        folder: of the cell; ``None`` where nothing was kept.
    """

    record: Record
    predictions: pd.DataFrame
    intervals: dict[str, Interval]
    audits: tuple[AuditReport, ...] = ()
    folder: Path | None = None

    @property
    def headline(self) -> str:
        """The test part that intervals, confusion matrix and classes are of."""
        return self.record.cell.headline

    @property
    def scores(self) -> dict[str, dict[str, float]]:
        """Test part to metric to value; under ``"test"`` all parts together."""
        return {part: dict(scores.metrics) for part, scores in self.record.scores.items()}

    @property
    def departures(self) -> tuple[Departure, ...]:
        """What a reader of the scores must know: synthetic data, a reduced schedule, a limit."""
        return self.record.cell.departures

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """The confusion matrix: rows are true classes, columns predicted ones.

        Raises:
            EmobenchError: the target is values.
        """
        import pandas as pd

        self._need_classes()
        classes = pd.Index(self.record.cell.identity.classes)
        matrix = self.record.scores[self.headline].confusion
        return pd.DataFrame(matrix, index=classes.rename("true"), columns=classes.rename("predicted"))

    @cached_property
    def per_class(self) -> pd.DataFrame:
        """Precision, recall, F1, support and number of predictions by class.

        Raises:
            EmobenchError: the target is values.
        """
        import pandas as pd

        self._need_classes()
        rows = [scores.model_dump() for scores in self.record.scores[self.headline].per_class]
        return pd.DataFrame(rows).set_index("label")

    def _need_classes(self) -> None:
        if self.record.cell.identity.kind == "values":
            raise EmobenchError("values have no classes", where=self._title, remedy="see summary and predictions")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Metric by metric: the value and the 95% interval on the headline part, and the values on all others."""
        import pandas as pd

        scores = self.scores
        table = pd.DataFrame({self.headline: scores[self.headline]})
        for end in ("low", "high"):
            known = {metric: getattr(interval, end) for metric, interval in self.intervals.items() if interval.known}
            table[end] = pd.Series(known, dtype=float)
        for part in scores:
            if part != self.headline:
                table[part] = pd.Series(scores[part])
        return table.rename_axis("metric")

    def plot(self) -> Any:
        """Return a matplotlib figure with the confusion matrix, and precision, recall and F1 of every class.

        Raises:
            EmobenchError: matplotlib is not installed, or the target is values.
        """
        from emobench import figures

        self._need_classes()
        return figures.plot_result(self.record.scores[self.headline], self._title)

    @property
    def _title(self) -> str:
        cell = self.record.cell
        marks = [cell.provenance.upper()] if cell.provenance != "official" else []
        marks += ["LEAKY"] if cell.leaky else []
        what = f"{cell.experiment} on {cell.identity.dataset}, {cell.identity.protocol.name}, {self.headline}"
        return f"{what} ({', '.join(marks)})" if marks else what

    def _notes(self) -> Iterator[str]:
        cell = self.record.cell
        yield f"{cell.provenance.upper()}: {PROVENANCE_MEANING[cell.provenance]}"
        if cell.leaky:
            yield "LEAKY: what identifies a speaker or a take stands on both sides of the split"
        if cell.exposure:
            yield str(cell.exposure)
        if self.record.class_order:
            yield str(self.record.class_order)
        if self.departures:
            yield f"departures: {in_words(self.departures)}"
        if outside := self.record.scores[self.headline].outside:
            yield f"{outside:,} samples are predicted outside of the range of the values"
        if faults := training_faults(self.record):
            yield f"training failed: {in_words(faults)}. Next: {remedies(faults)}"
        for mark in cell.uncaptured:
            yield f"{cell.code_remark[0]}: {mark}"
        errors = [finding for report in self.audits for finding in report.findings if finding.severity == "error"]
        yield from dict.fromkeys(f"audit {finding.audit}: {finding.what}" for finding in errors)

    def __repr__(self) -> str:
        table = self.summary.round(4).to_string(na_rep="", line_width=_WIDTH)
        texts = (self._title, *self._notes())
        title, *notes = ["\n".join(textwrap.wrap(text, _WIDTH, subsequent_indent="  ")) for text in texts]
        return "\n".join([title, table, *notes])

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self._notes())
        of_classes = [] if self.record.cell.identity.kind == "values" else [self.per_class, self.confusion]
        tables = [
            table.to_html(float_format="{:.4f}".format, na_rep="", border=0) for table in (self.summary, *of_classes)
        ]
        return f"<h4>{html.escape(self._title)}</h4><ul>{notes}</ul>{''.join(tables)}"


def evaluate(
    model: Any,
    *,
    dataset: str | Path | pd.DataFrame,
    protocol: str | Mapping[str, Any],
    labels: str | None = None,
    target: str | None = None,
    columns: Mapping[str, str] | None = None,
    group_from: str = "",
    label_names: Sequence[str] = (),
    values: Sequence[str] | Mapping[str, tuple[float, float] | None] = (),
    votes: Sequence[str] = (),
    data: str | Path | None = None,
    takes: str | Sequence[str] | None = None,
    training: Mapping[str, Any] | None = None,
    grid: Mapping[str, Sequence[Any]] | None = None,
    seed: int = 0,
    limit: int | None = None,
    out: str | Path | None = None,
    name: str | None = None,
    headline: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    representations: Mapping[str, Mapping[str, Any]] | None = None,
    pool: str | None = None,
    device: str = "auto",
) -> Evaluation:
    """Fit a model on the training part of a task, predict its test parts and score them, as ``emobench run`` does.

    Args:
        model: a scikit-learn classifier with ``predict_proba``, or of values a regressor; a torch module that returns logits,
            or values; a :class:`emobench.contracts.ModelSpec`, or the name of a registered model. An object is copied, and
            stays as it is.
        dataset: name of a registered dataset; or a table of your own, as the path of a CSV, TSV, Parquet or JSON lines file
            (paths in it are relative to its folder), or as a DataFrame (relative to the working folder); or a folder: an
            audformat database, what Hugging Face's library saved, files with metadata, or a folder for each class.
        protocol: name of what divides it; with parameters, a mapping with ``name``.
        labels: name of a label map; where none is named, the only one that fits the dataset.
        target: instead of labels: name of a target of the dataset that is votes or values; of a table whose ``values`` or
            ``votes`` are named, these.
        data: folder that holds the datasets; without it, the dataset's synthetic twin, whose scores mean nothing.
        columns: of a table: ``path``, ``label``, ``group`` (the speaker), ``split``, ``take``, ``start`` and ``end`` (in
            seconds), ``id`` or ``text`` to the name of its column, where that is not the only one that can be meant.
        group_from: of a table or folder: a regular expression that finds the group (the speaker) in a path.
        label_names: of a table: its labels in their order, where it has their numbers from 0.
        values: of a table: the columns of numbers that are to be told, such as valence and arousal; with ranges, a mapping of
            each to its least and its largest number. Columns of these names are taken where there is no label.
        votes: of a table: the columns that say how many raters, or which share of them, chose the class of that name.
        takes: representation that the model gets, or one for each of its streams. A registered model has its own. For an
            object it may be left out where the dataset has one representation alone.
        training: ``epochs``, ``batch_size``, ``learning_rate``, ``weight_decay``, ``optimizer``, and what
            :class:`emobench.contracts.Recipe` has: ``keep="best"``, ``patience``, ``class_weights``, ``augment`` and so on.
        grid: settings of the training, or parameters of a registered model, to the values among which the validation part
            chooses; the protocol has to make one (``hold_out``).
        seed: of the model.
        limit: keep at most so many samples of each part.
        out: folder for runs: the result is kept there, and not computed again if it is there already.
        name: of the row; that of the model by default.
        headline: the test part that intervals are of; needed where the protocol has several.
        parameters: of a registered model.
        representations: representation name to the parameters that differ from its defaults.
        pool: name of the fusion that combines the views of a sample, where a representation has several.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        EmobenchError: something that was named does not exist, does not fit or is not there, or the model failed.
    """
    check_device(device)
    plugins = installed_plugins()
    rule = {"name": protocol} if isinstance(protocol, str) else dict(protocol)
    folder = None if data is None else Path(data).expanduser()
    of_table = {"group_from": group_from, "label_names": label_names, "numbers": Numbers.of(values, votes)}
    plugin, plugins = _dataset(dataset, columns or {}, of_table, folder, plugins)
    if target and labels:
        raise EmobenchError("labels and target are both named", where=str(_WHERE), remedy="leave one of them out")
    if target is None and labels is None and (values or votes):
        if values and votes:
            raise EmobenchError("values and votes are both named", where=str(_WHERE), remedy="name one as target")
        target = "values" if values else "votes"
    plugins.find("protocols", str(rule.get("name", "")))
    streams = (takes,) if isinstance(takes, str) else tuple(takes or ())
    chosen = target or labels or only_target(plugin, plugins)
    asked = find_target(plugin, chosen, plugins, str(_WHERE))
    spec, uncaptured, plugins = _registered(model, streams, plugin, plugins)
    if hasattr(model, "get_params"):
        check_estimator(model, asked.kind if isinstance(asked, Target) else "class", str(_WHERE))
    experiment = {
        "name": name or spec.name,
        "dataset": plugin.name,
        ("target" if isinstance(asked, Target) else "labels"): chosen,
        "protocol": rule,
        "model": {"name": spec.name, **(parameters or {})},
        "takes": streams if streams != spec.takes else (),
        "representations": {key: dict(value) for key, value in (representations or {}).items()},
        "training": dict(training or {}),
        "grid": {key: tuple(values) for key, values in (grid or {}).items()},
        "seed": seed,
        **({} if pool is None else {"pool": pool}),
        "headline": headline,
    }
    suite = parse_suite({"schema": 1, "title": "From Python", "experiments": [experiment]}, FROM_PYTHON, _WHERE)
    with tempfile.TemporaryDirectory(prefix="emobench-") as scratch:
        request = Request(FROM_PYTHON, folder, Path(out or scratch).expanduser(), limit=limit)
        plan = _planned(suite, request, plugins, uncaptured)
        check_plan(plan, plugins, device)
        with run_lock(plan.run):
            return _evaluated(run_plan(plan, plugins, device, 1, keep_models=True), plan.run, kept=out is not None)


def _planned(suite: Suite, request: Request, plugins: Registry, uncaptured: tuple[Uncaptured, ...]) -> Plan:
    plan = plan_suite(suite, request, plugins)
    if plan.skipped:
        raise EmobenchError(plan.skipped[0].reason, where=str(_WHERE))
    cells = [job.cell.model_copy(update={"uncaptured": (*job.cell.uncaptured, *uncaptured)}) for job in plan.jobs]
    jobs = (job.model_copy(update={"cell": cell}) for job, cell in zip(plan.jobs, cells, strict=True))
    return dataclasses.replace(plan, jobs=tuple(jobs))


def _evaluated(done: SuiteRun, run: Path, *, kept: bool) -> Evaluation:
    for record in done.failed:
        failure = record.failure
        assert failure is not None
        raise EmobenchError(f"{failure.kind}: {failure.message}", where=f"model {record.cell.experiment!r}")
    record = done.records[-1]  # folds come before what puts them together
    cell = record.cell.id
    folder = cell_folder(run, cell)
    return Evaluation(
        record=record,
        predictions=read_predictions(folder / PREDICTIONS),
        intervals=dict(done.board.intervals.get(cell, {})),
        audits=next(row.audits for task in done.board.tasks for row in task.rows if row.cell.id == cell),
        folder=folder if kept else None,
    )


# ---------------------------------------------------------------------------------------------------- the dataset


def _dataset(
    named: str | Path | pd.DataFrame,
    columns: Mapping[str, str],
    of_table: Mapping[str, Any],
    data: Path | None,
    plugins: Registry,
) -> tuple[Dataset, Registry]:
    """Return the dataset that a name, a path or a frame is, and a registry that has it."""
    plugins = with_data(plugins, data)
    if isinstance(named, str) and (named in plugins.datasets or not is_own_data(named)):
        if columns or any(value for name, value in of_table.items() if name != "numbers") or of_table["numbers"].named:
            raise EmobenchError("columns are of a table", where=str(_WHERE), remedy="leave them out")
        found: Dataset = plugins.find("datasets", named)
        return found, plugins
    own, plugins = with_own_data(plugins, named, columns, **of_table)
    warn(own.in_words)
    return own.dataset, plugins


# ------------------------------------------------------------------------------------------------------- the model


def _registered(
    model: Any, streams: tuple[str, ...], dataset: Dataset, plugins: Registry
) -> tuple[ModelSpec, tuple[Uncaptured, ...], Registry]:
    """Return the model's spec, what of it is not captured, and a registry that has it."""
    if isinstance(model, str):
        return plugins.find("models", model), (), plugins
    if isinstance(model, ModelSpec):
        if plugins.models.get(model.name) is model:
            return model, (), plugins
        if problem := component_problem("models", model):
            raise EmobenchError(problem, where=str(_WHERE), remedy="fix the ModelSpec")
        described, module = describe_spec(model), modules_of(model.build)[0]
        spec = described.spec
        if spec.name in plugins.models:
            what = f"a registered model is called {spec.name!r}"
            raise EmobenchError(what, where=str(_WHERE), remedy="give this one another name")
    else:
        is_estimator(model)  # what is no model is said before what it would take
        described = describe_object(model, streams or _only_representation(dataset, plugins))
        spec, module = described.spec, described.spec.build.__module__
        while spec.name in plugins.models:  # a class may be called what a registered model is
            spec = dataclasses.replace(spec, name=f"{spec.name}-object")
    models = {**plugins.models, spec.name: spec}
    modules = {**plugins.modules, ("models", spec.name): module}
    return spec, described.uncaptured, dataclasses.replace(plugins, models=models, modules=modules)


def _only_representation(dataset: Dataset, plugins: Registry) -> tuple[str, ...]:
    """Return the representation that a model of a dataset can only mean.

    Raises:
        EmobenchError: there are several.
    """
    known = plugins.representations.values()
    fitting = [
        each.name for each in known if each.modality in dataset.modalities and not (each.views or each.sequences)
    ]
    if len(fitting) == 1:
        return (fitting[0],)
    raise EmobenchError(
        f"{len(fitting)} representations of {', '.join(dataset.modalities)} fit {dataset.name!r}",
        where=str(_WHERE),
        remedy=f"say with takes which the model gets: {', '.join(fitting)}",
    )
