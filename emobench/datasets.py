"""Datasets on disk: finding copies, reading their index once, and saying how far they can be trusted."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench import files
from emobench.cells import PROVENANCES, Provenance
from emobench.codehash import cache_code, dataset_code
from emobench.contracts import Copy, Dataset, Finding, Folder, Index, LabelMap, PairedDataset
from emobench.errors import EmobenchError, UnreadableError
from emobench.plugins import Registry, describe
from emobench.storage import cache_folder, cached, key, whole_folder

if TYPE_CHECKING:
    import pandas as pd

DATA_VARIABLE = "EMOBENCH_DATA"
PROVENANCE_FILE = "PROVENANCE.txt"
PAIRS = "pairs"
"""The form of every paired dataset."""
SYNTHETIC = "synthetic twin"
_DEPTH = 5


@dataclass(frozen=True)
class Source:
    """A copy of a dataset that a run uses.

    Attributes:
        dataset: the dataset's name.
        copy: where and in which form.
        data: the data directory that it was found in.
        provenance: how far it can be trusted to be the dataset.
        fingerprint: sha256 of its files, see :func:`fingerprint`; what can be compared with the official one.
        content: sha256 of what is in the index and in the files, see :func:`content_hash`; what determines a result.
        index: its samples and findings.
        departures: in what the copy as a whole differs from the official one, each a few words.
    """

    dataset: str
    copy: Copy
    data: Path
    provenance: Provenance
    fingerprint: str
    content: str
    index: Index
    departures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What became of one dataset under the data directory.

    Attributes:
        dataset: the dataset's name.
        source: the copy that is used; ``None`` if there is none, or none that can be used.
        problem: why the copy that is there cannot be used.
        others: further copies, which are not read.
    """

    dataset: str
    source: Source | None = None
    problem: EmobenchError | None = None
    others: tuple[Copy, ...] = ()


# ------------------------------------------------------------------------------------------------- finding


def scan(root: Path) -> tuple[list[Folder], list[EmobenchError]]:
    """List the folders under ``root``, five levels deep, in a stable order, hidden ones left out, links followed once.

    Returns:
        The folders, and one error for each folder that cannot be listed.

    Raises:
        EmobenchError: ``root`` itself is not a folder that can be listed.
    """
    if not root.is_dir():
        raise EmobenchError(
            "no such folder", where=str(root), remedy="name the folder that holds the datasets with --data"
        )
    root = root.absolute()
    problems: list[EmobenchError] = []
    folders: list[Folder] = []
    entered: set[Path] = set()
    pending = deque([(root, 0)])  # by level: what is reached by several ways is listed at its shortest
    while pending:
        path, depth = pending.popleft()
        if path.resolve() in entered:
            continue
        entered.add(path.resolve())
        try:
            inside = files.listing(path)
        except EmobenchError as error:
            problems.append(error)
            continue
        folders.append(Folder(path, frozenset(inside.folders), frozenset(inside.files)))
        if depth < _DEPTH:
            pending += [(path / name, depth + 1) for name in inside.folders]
    if not folders:
        raise problems[0]
    return sorted(folders, key=lambda folder: folder.path), problems


def find(datasets: Iterable[Dataset], root: Path, registry: Registry) -> dict[str, Found]:
    """Find the datasets under ``root`` and read the index of one copy of each: the official one, or the first usable one.

    A dataset that cannot be used, or whose plugin throws, does not keep the others from being found.
    """
    folders, unreadable = scan(root)
    return {dataset.name: _find_one(dataset, folders, unreadable, root, registry) for dataset in datasets}


def _find_one(
    dataset: Dataset, folders: list[Folder], unreadable: list[EmobenchError], root: Path, registry: Registry
) -> Found:
    if isinstance(dataset, PairedDataset):
        return _find_pairs(dataset, folders, unreadable, root, registry)
    try:
        copies = dataset.find(folders)
    except Exception as error:
        return Found(dataset.name, problem=plugin_error(dataset.name, error))
    sources: list[Source] = []
    problems: list[EmobenchError] = []
    for copy in copies:
        try:
            for problem in unreadable:
                if Path(problem.where).is_relative_to(copy.root):
                    raise problem
            sources.append(open_copy(dataset, copy, root, registry))
        except EmobenchError as error:
            problems.append(error)
        except Exception as error:
            problems.append(plugin_error(dataset.name, error))
        if sources and sources[-1].provenance == "official":
            break
    if not sources:
        return Found(dataset.name, problem=problems[0] if problems else None)
    best = min(sources, key=lambda source: source.provenance != "official")
    return Found(dataset.name, best, others=tuple(copy for copy in copies if copy != best.copy))


def _find_pairs(
    dataset: PairedDataset, folders: list[Folder], unreadable: list[EmobenchError], root: Path, registry: Registry
) -> Found:
    try:
        sources = {}
        for member in _members(dataset, registry):
            found = _find_one(member, folders, unreadable, root, registry)
            if found.source is None:
                return Found(dataset.name, problem=found.problem)
            sources[member.name] = found.source
        return Found(dataset.name, _pair(dataset, sources, root))
    except EmobenchError as error:
        return Found(dataset.name, problem=error)
    except Exception as error:
        return Found(dataset.name, problem=plugin_error(dataset.name, error))


def _members(dataset: PairedDataset, registry: Registry) -> list[Dataset]:
    return [registry.find("datasets", name, where=f"dataset {dataset.name!r}") for name in dataset.members]


def _pair(dataset: PairedDataset, members: Mapping[str, Source], root: Path) -> Source:
    """Put the samples of several datasets together; the least trustworthy member tells how far the pairs can be trusted."""
    root = root.absolute()
    copy = Copy(root, PAIRS)
    index = dataset.pair({name: _below(source, root) for name, source in members.items()})
    _check_index(dataset, copy, index.samples)
    whole = [finding.what for finding in index.findings if finding.kind == "odd" and not finding.where]
    return Source(
        dataset=dataset.name,
        copy=copy,
        data=root,
        provenance=max((source.provenance for source in members.values()), key=PROVENANCES.index),
        fingerprint=key([source.fingerprint for source in members.values()]),
        content=key(
            {
                "members": [source.content for source in members.values()],
                "pairs": _placeless(index.samples, members, root).to_dict("split", index=False)["data"],
            }
        ),
        index=index,
        departures=(*_member_departures(members), *whole),
    )


def _placeless(pairs: pd.DataFrame, members: Mapping[str, Source], root: Path) -> pd.DataFrame:
    """Return pairs as text, with the member's sample in a path's place: wherever members lie, their pairs are the same."""
    sample_of = {
        path: f"{name} {sample}"
        for name, source in members.items()
        for samples in [_below(source, root).samples]
        for column in _path_columns(samples)
        for path, sample in zip(samples[column], samples["sample_id"], strict=True)
        if path
    }
    text = pairs.astype(str).sort_values("sample_id")
    return text.assign(**{c: text[c].map(lambda path: sample_of.get(path, path)) for c in _path_columns(text)})


def _path_columns(samples: pd.DataFrame) -> list[str]:
    return [column for column in samples.columns if column.endswith("_path")]


def _below(source: Source, root: Path) -> Index:
    """Return an index whose paths are relative to the data directory."""
    samples = source.index.samples.copy()
    prefix = source.copy.root.absolute().relative_to(root).as_posix()
    for column in _path_columns(samples):
        samples[column] = samples[column].map(lambda name: f"{prefix}/{name}" if name else "")
    return Index(samples, source.index.findings)


def _member_departures(members: Mapping[str, Source]) -> tuple[str, ...]:
    found = [(name, what) for name, source in members.items() for what in source.departures]
    return tuple(dict.fromkeys(what if what == SYNTHETIC else f"{name}: {what}" for name, what in found))


def plugin_error(name: str, error: Exception) -> EmobenchError:
    """Return what to say when a plugin's own code throws."""
    return EmobenchError(
        f"the plugin failed: {describe(error)}",
        where=name,
        remedy="report it to the plugin's author",
    )


def twin(dataset: Dataset, registry: Registry) -> Source:
    """Return the dataset's synthetic twin, written into the cache when it is first needed."""
    folder = _cached_twin(dataset, registry)
    if isinstance(dataset, PairedDataset):
        return open_copy(dataset, Copy(folder, PAIRS), folder, registry)
    folders, _ = scan(folder)
    copies = dataset.find(folders)
    if not copies:
        raise EmobenchError(
            "the dataset plugin does not find its own twin", where=dataset.name, remedy="mend its find()"
        )
    return open_copy(dataset, copies[0], folder, registry)


def _cached_twin(dataset: Dataset, registry: Registry) -> Path:
    folder = cache_folder() / "twins" / f"{dataset.name}-{key(_code(dataset, registry))}"
    if folder.is_dir():
        return folder
    with whole_folder(folder) as temporary:
        if isinstance(dataset, PairedDataset):
            for member in _members(dataset, registry):
                _copy(_cached_twin(member, registry), temporary / member.name)
            _mark_synthetic(dataset, temporary)
        else:
            write_twin(dataset, temporary, registry)
    return folder


def _copy(folder: Path, target: Path) -> None:
    """Copy a folder; unlike copytree, which collects them, this raises the first error, and as what it is."""
    target.mkdir()
    for path in sorted(folder.rglob("*")):
        copy = target / path.relative_to(folder)
        if path.is_dir():
            copy.mkdir()
        else:
            shutil.copyfile(path, copy)


def find_twin(dataset: Dataset, registry: Registry) -> Found:
    """Return what :func:`find` would, for the dataset's twin."""
    try:
        return Found(dataset.name, twin(dataset, registry))
    except EmobenchError as error:
        return Found(dataset.name, problem=error)
    except Exception as error:
        return Found(dataset.name, problem=plugin_error(dataset.name, error))


def write_twin(dataset: Dataset, folder: Path, registry: Registry) -> None:
    """Write a dataset's twin into an empty folder and mark the folder as synthetic.

    The twin of a paired dataset is a folder with the twin of each of its members.
    """
    if isinstance(dataset, PairedDataset):
        for member in _members(dataset, registry):
            (folder / member.name).mkdir()
            write_twin(member, folder / member.name, registry)
    else:
        dataset.write_twin(folder)
    _mark_synthetic(dataset, folder)


def _mark_synthetic(dataset: Dataset, folder: Path) -> None:
    text = f"synthetic\nA synthetic twin of {dataset.title}, made by emobench. Not {dataset.title}.\n"
    (folder / PROVENANCE_FILE).write_text(text, encoding="utf-8")


# ------------------------------------------------------------------------------------------------- reading


def open_copy(dataset: Dataset, copy: Copy, root: Path, registry: Registry) -> Source:
    """Read a copy's index (from the cache, if no file changed since) and decide on its provenance.

    Args:
        dataset: whose copy it is.
        copy: where and in which form.
        root: the data directory; a ``PROVENANCE.txt`` counts in the copy's folder and in those above it, up to here.
        registry: tells the code behind the dataset.

    Raises:
        EmobenchError: the copy cannot be used.
    """
    if isinstance(dataset, PairedDataset):
        pairs = _find_pairs(dataset, *scan(root), root, registry)
        if pairs.source is None:
            raise pairs.problem or EmobenchError("a dataset that it pairs is not here", where=str(root))
        return pairs.source
    content = {
        "dataset": dataset.name,
        "code": _code(dataset, registry),
        "root": str(copy.root.resolve()),
        "form": copy.form,
        "files": _listing(copy.root),
    }
    folder = cache_folder() / "indexes" / f"{dataset.name}-{key(content)}"
    index, found, content_of_all = cached(folder, lambda temporary: _read_into(temporary, dataset, copy), _load)
    provenance = _provenance(dataset, copy, root, found, index)
    departures = _departures(dataset, index, provenance)
    return Source(dataset.name, copy, root, provenance, found, content_of_all, index, departures)


def _code(dataset: Dataset, registry: Registry) -> dict[str, Any]:
    return cache_code(*dataset_code(dataset, registry).values())


def file_hashes(paths: Sequence[Path]) -> dict[Path, str]:
    """Return the sha256 of each file, ``"unreadable"`` for one that cannot be opened: its sample is dropped later."""

    def digest(path: Path) -> str:
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return "unreadable"

    with ThreadPoolExecutor() as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=True))


def fingerprint(hashes: Mapping[Path, str]) -> str:
    """Return the sha256 over the sorted lines ``<file name> <sha256 of the file>``, joined by newlines."""
    lines = sorted(f"{path.name} {digest}" for path, digest in hashes.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def content_hash(copy: Copy, samples: pd.DataFrame, modalities: Sequence[str], hashes: Mapping[Path, str]) -> str:
    """Return the sha256 over every sample's id, label, group, split and files, in the order of the ids.

    The fingerprint knows files by their names alone; where a folder tells the label, files that were exchanged between
    folders have the fingerprint of those that were not.
    """
    columns = [
        samples[name].astype(str) for name in ("sample_id", "label", "group", "split") if name in samples.columns
    ]
    for modality in modalities:
        paths = samples[f"{modality}_path"]
        columns.append(paths.map(lambda name: hashes.get(copy.root / name, "") if name else ""))
    lines = sorted("\t".join(row) for row in zip(*columns, strict=True))
    whole = sorted(hashes.values()) if copy.root.is_file() else []
    return hashlib.sha256("\n".join([*lines, *whole]).encode()).hexdigest()


def _listing(root: Path) -> str:
    """Return a hash over name, size and times of every file of a copy (one of them changes with the permissions)."""
    names = [""] if root.is_file() else files.walk(root)
    digest = hashlib.sha256()
    for name in names:
        try:
            status = (root / name).stat()
        except OSError:  # a dangling link; the dataset's reader will say what it thinks of it
            continue
        digest.update(
            f"{name} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}\n".encode(errors="surrogateescape")
        )
    return digest.hexdigest()


def _read_into(folder: Path, dataset: Dataset, copy: Copy) -> None:
    index = dataset.index(copy)
    _check_index(dataset, copy, index.samples)
    hashes = file_hashes(dataset.files(copy, index.samples))
    content = {
        "fingerprint": fingerprint(hashes),
        "content": content_hash(copy, index.samples, dataset.modalities, hashes),
        "findings": [asdict(finding) for finding in index.findings],
    }
    index.samples.reset_index(drop=True).to_parquet(folder / "samples.parquet", index=False)
    (folder / "index.json").write_text(json.dumps(content), encoding="utf-8")


def _load(folder: Path) -> tuple[Index, str, str]:
    import pandas as pd

    content = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    findings = tuple(Finding(**finding) for finding in content["findings"])
    samples = pd.read_parquet(folder / "samples.parquet")
    return Index(samples, findings), content["fingerprint"], content["content"]


def _check_index(dataset: Dataset, copy: Copy, samples: pd.DataFrame) -> None:
    """Hold a dataset plugin to its contract before anything is built on its index."""
    wanted = ["sample_id", "label", "group", *(f"{modality}_path" for modality in dataset.modalities)]
    missing = [column for column in wanted if column not in samples.columns]
    problem = ""
    if missing:
        problem = f"the index has no column {missing[0]!r}"
    elif samples.empty:
        raise EmobenchError(f"no sample of {dataset.title}", where=str(copy.root), remedy=dataset.obtain)
    elif odd := [sample for sample in samples["sample_id"] if not isinstance(sample, str)]:
        problem = f"sample id {odd[0]!r} is not a string"
    elif samples["sample_id"].duplicated().any():
        problem = f"two samples have the id {samples['sample_id'][samples['sample_id'].duplicated()].iloc[0]!r}"
    elif not set(samples["label"]) <= set(dataset.labels):
        unknown = sorted(set(samples["label"]) - set(dataset.labels), key=str)
        problem = f"label {unknown[0]!r} is not in the vocabulary"
    if problem:
        raise EmobenchError(problem, where=f"dataset plugin {dataset.name!r}", remedy="mend its index()")


def _provenance(dataset: Dataset, copy: Copy, root: Path, found: str, index: Index) -> Provenance:
    folder = copy.root if copy.root.is_dir() else copy.root.parent
    for candidate in [folder, *folder.parents]:
        declaration = candidate / PROVENANCE_FILE
        if declaration.is_file():
            return _declared(declaration)
        if candidate == root.absolute():
            break
    confirmed = found == dataset.official.fingerprint.get(copy.form) and not count_differences(dataset, index.samples)
    return "official" if confirmed else "unverified"


def _declared(path: Path) -> Provenance:
    first = path.read_text(encoding="utf-8", errors="replace").strip().partition("\n")[0].strip().lower()
    if first == "stand-in":
        return "stand-in"
    if first == "synthetic":
        return "synthetic"
    raise EmobenchError(
        f"the first line must be 'stand-in' or 'synthetic', not {first!r}",
        where=str(path),
        remedy="mend it or delete it",
    )


def _departures(dataset: Dataset, index: Index, provenance: Provenance) -> tuple[str, ...]:
    if provenance == "official":
        return ()
    if provenance == "synthetic":
        return (SYNTHETIC,)
    found, official = len(index.samples), dataset.official.samples
    size = [f"{found:,} of {official:,} samples"] if found != official else []
    return (*size, *(finding.what for finding in index.findings if finding.kind == "odd" and not finding.where))


def hardly_there(dataset: Dataset, label_map: LabelMap, samples: pd.DataFrame) -> tuple[str, ...]:
    """Return the classes of which a copy has less than a tenth of what an even part of the official samples would have.

    A score over the other classes is that of an easier task, which its number of samples does not tell.

    Args:
        dataset: says how many samples of each label there are officially; where it does not, nothing is returned.
        label_map: from labels to classes.
        samples: the copy's index.
    """
    official: Counter[str] = Counter()
    for columns, counts in dataset.official.counts.items():
        if "label" in columns:
            for values, number in counts.items():
                official[label_map.mapping.get(values[columns.index("label")]) or ""] += number
            break
    found = Counter(label_map.mapping.get(label) or "" for label in samples["label"])
    return tuple(
        name for name in label_map.classes if 10 * found[name] * official.total() < official[name] * found.total()
    )


# ------------------------------------------------------------------------------------------------ verifying


@dataclass(frozen=True)
class CountDifference:
    """A count that is not the official one."""

    what: str
    found: int
    official: int


def count_differences(dataset: Dataset, samples: pd.DataFrame) -> list[CountDifference]:
    """Return where the counts of a copy differ from the official ones."""
    differences = []
    if len(samples) != dataset.official.samples:
        differences.append(CountDifference("samples", len(samples), dataset.official.samples))
    for columns, counts in dataset.official.counts.items():
        found = samples.groupby(list(columns)).size().to_dict()
        for values, official in counts.items():
            number = int(found.get(values if len(columns) > 1 else values[0], found.get(values, 0)))
            if number != official:
                differences.append(CountDifference(" ".join(values), number, official))
    return differences


def unreadable(dataset: Dataset, source: Source, step: Callable[[int], object]) -> list[Finding]:
    """Decode every file of a copy and return those that cannot be decoded.

    Args:
        dataset: the plugin.
        source: the copy.
        step: called with the number of samples done since the last call.
    """
    findings = []
    for row in source.index.samples.to_dict("records"):
        step(1)
        for modality in dataset.modalities:
            if not row[f"{modality}_path"] and not source.copy.root.is_file():
                continue  # a sample without this modality
            try:
                dataset.read(source.copy, {str(name): value for name, value in row.items()}, modality)
            except UnreadableError as error:
                what = f"{error.what}; {error.remedy}" if error.remedy else error.what
                findings.append(Finding("unreadable", row[f"{modality}_path"] or row["sample_id"], what))
                break
    return findings
