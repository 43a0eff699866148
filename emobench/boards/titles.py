"""What people call components and rows: the titles that plugins give, and what tells a row from those beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from emobench.boards.text import component, joined, plain, recipe
from emobench.contracts import Modality
from emobench.plugins import Registry
from emobench.records import Component, Record


@dataclass(frozen=True)
class Reference:
    """What a plugin says of a component beyond its title: how it is cited, in a line, and where it is described."""

    citation: str = ""
    homepage: str = ""


@dataclass(frozen=True)
class Titles:
    """Titles by the name that a component is registered under; what is not registered goes by its name.

    Attributes:
        datasets: their titles.
        models: their titles.
        fusions: their titles.
        protocols: what they do, in a line.
        references: of datasets and models, by kind and name (``"datasets/fer2013"``).
        modalities: what a sample of a dataset consists of, and what a representation is of, by kind and name.
    """

    datasets: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    fusions: Mapping[str, str] = field(default_factory=dict)
    protocols: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    modalities: Mapping[str, tuple[Modality, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, registry: Registry) -> Titles:
        """Return the titles of everything that is registered."""
        cited = {f"models/{name}": Reference(each.citation) for name, each in registry.models.items() if each.citation}
        described = {
            f"datasets/{name}": Reference(each.citation, each.homepage) for name, each in registry.datasets.items()
        }
        seen = {f"datasets/{name}": each.modalities for name, each in registry.datasets.items()}
        for streams in (registry.representations, registry.encoders):
            seen |= {f"representations/{name}": (streams[name].modality,) for name in streams}
        return cls(
            datasets={name: each.title for name, each in registry.datasets.items()},
            models={name: each.title for name, each in registry.models.items() if each.title},
            fusions={name: each.title for name, each in registry.fusions.items()},
            protocols={name: each.title for name, each in registry.protocols.items()},
            references=described | cited,
            modalities=seen,
        )

    def dataset(self, name: str) -> str:
        """Return what a dataset is called."""
        return self.datasets.get(name, name)

    def protocol(self, name: str) -> str:
        """Return what a protocol does."""
        return self.protocols.get(name, name)

    def model(self, record: Record, members: tuple[Record, ...] = ()) -> str:
        """Return what the model or the fusion of a record is called; a fusion names the models of its members."""
        identity = record.cell.identity
        if identity.fusion is None:
            return self.models.get(identity.model.name, identity.model.name) if identity.model else ""
        fusion = self.fusions.get(identity.fusion.name, identity.fusion.name)
        if identity.kind == "values":  # titles speak of probabilities
            fusion = identity.fusion.name
        names = list(dict.fromkeys(self.model(member) for member in members))
        return f"{fusion}: {plain(joined(names, ' and '))}" if names else fusion

    def reference(self, kind: str, name: str) -> Reference:
        """Return what is said of a component, which may be nothing."""
        return self.references.get(f"{kind}/{name}", Reference())

    def inputs(self, record: Record, members: tuple[Record, ...] = ()) -> tuple[str, ...]:
        """Return the modalities that a record's model sees, sorted; a fusion's are those of its members.

        Without a known representation they are those of the dataset, and empty if it is not registered.
        """
        identity = record.cell.identity
        found = {seen for member in members for seen in self.inputs(member)}
        for each in identity.representations:
            found.update(self.modalities.get(f"representations/{each.name}", ()))
        return tuple(sorted(found or self.modalities.get(f"datasets/{identity.dataset}", ())))

    def rows(self, records: Iterable[Record], *, with_dataset: bool = False) -> dict[str, str]:
        """Return the name of each record by its cell's id; no two are the same.

        Args:
            records: that stand beside each other, one a cell.
            with_dataset: whether the name says on which dataset, for records of several.
        """
        return {
            cell: f"{base} ({apart})" if apart else base for cell, (base, apart) in self._named(records, with_dataset)
        }

    def apart(self, records: Iterable[Record]) -> dict[str, str]:
        """Return by its cell's id what tells each record from others of its model and dataset; empty for an only one."""
        return {cell: apart for cell, (_, apart) in self._named(records, with_dataset=True)}

    def _named(self, records: Iterable[Record], with_dataset: bool) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield each cell's id with its name and what tells it from others of that name."""
        alike: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            dataset = f", {self.dataset(record.cell.identity.dataset)}" if with_dataset else ""
            alike[self.model(record) + dataset].append(record)
        for base, group in alike.items():
            for cell, apart in _told_apart(group).items():
                yield cell, (base, apart)


def _told_apart(records: list[Record]) -> dict[str, str]:
    if len(records) == 1:
        return {records[0].cell.id: ""}
    facts = [_facts(record) for record in records]
    differing = [key for key in dict.fromkeys(key for known in facts for key in known) if _differ(facts, key)]
    told = [", ".join(f"{key}\u00a0{known[key]}" for key in differing if known.get(key)) for known in facts]
    if len(set(told)) < len(told):
        told = [record.cell.experiment for record in records]
    if len(set(told)) < len(told):
        told = [f"{record.cell.experiment}, {record.cell.id[:8]}" for record in records]
    return {record.cell.id: apart for record, apart in zip(records, told, strict=True)}


def _differ(facts: list[dict[str, str]], key: str) -> bool:
    return len({known.get(key, "") for known in facts}) > 1


def _facts(record: Record) -> dict[str, str]:
    """Return what may tell a record from others with the same model, each with a word before it."""
    identity = record.cell.identity
    schedule = identity.schedule
    facts = dict(_parameters(identity.fusion or identity.model))
    if schedule is not None:
        decay = "weight decay" if "L2" in facts else "L2"
        facts |= {decay: f"{schedule.weight_decay:g}", "batch": str(schedule.batch_size)}
        facts |= {"learning rate": f"{schedule.learning_rate:g}", "epochs": str(schedule.epochs)}
    if identity.recipe is not None:
        facts |= {"training": recipe(identity.recipe)}
    facts["on"] = ", ".join(each.name for each in identity.representations)
    facts["pool"] = component(identity.pool) if identity.pool else ""
    facts["fitted on"] = ", ".join(identity.fitted_on)
    facts["trained on"] = "another dataset" if identity.trained else ""
    return facts | {"seed": str(identity.seed)}


def _parameters(part: Component | None) -> Iterator[tuple[str, str]]:
    for key, value in (part.parameters if part else {}).items():
        said = "" if value in ("", [], None) else f"{value:g}" if isinstance(value, float) else str(value)
        yield "L2" if key == "l2" else key.replace("_", " "), said  # a small l and a 1 look alike
