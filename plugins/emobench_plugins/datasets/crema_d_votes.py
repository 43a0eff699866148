"""CREMA-D with what its listeners and viewers took each clip for: votes of some ten raters on six emotions.

Forms on disk: those of :mod:`emobench_plugins.datasets.crema_d`, with ``processedResults/tabulatedVotes.csv`` of the same
repository beside the clips. A clone has it; without it nothing can be read.

A row of the table is a clip in one of three queries: the first column is 100,000 times the query (1 voice only, 2 face
only, 3 both) plus the number of the clip. ``A``, ``D``, ``F``, ``H``, ``N`` and ``S`` count who answered anger, disgust,
fear, happy, neutral and sad, and ``numResponses`` all of them. All 7,442 clips have all three rows; of the voice alone
there are 4 to 12 answers (9.2 on average), of both 5 to 12 (9.6). The classes with the most votes are those that
summaryTable.csv states, of every clip and every query. For 42% of the clips the class ahead is what was acted, by the voice
alone; for 72% by both.

The votes on the face alone are left out: this dataset has no faces.

Source: README.md, tabulateVotesV2.r and the tables in processedResults of
https://github.com/CheyneyComputerScience/CREMA-D, commit 1658cd3; Cao et al. 2014.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from emobench import decoding, hookimpl
from emobench.contracts import Copy, Dataset, Download, FileDownload, Finding, Folder, Index, Target
from emobench.errors import EmobenchError
from emobench_plugins.datasets.crema_d import CremaD

_TABLE = "processedResults/tabulatedVotes.csv"
_ADDRESS = f"https://raw.githubusercontent.com/CheyneyComputerScience/CREMA-D/master/{_TABLE}"
_REMEDY = f"put {_ADDRESS} there"
_QUERIES = {"1": "voice-votes", "3": "audiovisual-votes"}
"""The first digit of a row's number, and what its votes are here; 2 is the face alone."""
_LETTERS = tuple(label[0].upper() for label in CremaD.labels)
_Votes = dict[tuple[str, str], list[int]]
"""Target and clip, to the votes on each of the labels."""


class CremaDVotes(CremaD):
    """The audio of CREMA-D with the votes of its raters.

    ``label`` is the emotion that was acted, as in CREMA-D. Columns besides those of :class:`CremaD`:
    ``voice-votes.<label>``, counts of those who heard the clip, and ``audiovisual-votes.<label>``, counts of those who heard
    and saw it. A clip without votes of both kinds is left out, and listed.
    """

    name: ClassVar[str] = "crema-d-votes"
    title: ClassVar[str] = "CREMA-D, votes of its raters"
    targets: ClassVar[tuple[Target, ...]] = tuple(
        Target(name, "distribution", CremaD.labels) for name in _QUERIES.values()
    )
    obtain: ClassVar[str] = f"{CremaD.obtain} A clone has the votes; beside other copies, put its {_TABLE}."
    downloads: ClassVar[tuple[Download, ...]] = (*CremaD.downloads, FileDownload(url=_ADDRESS, name=_TABLE))

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the copies of CREMA-D that have the table, as CREMA-D orders them."""
        known = list(folders)
        tables = {folder.path / name for folder in known for name in folder.files if name == Path(_TABLE).name}
        return [copy for copy in super().find(known) if copy.root / _TABLE in tables]

    def index(self, copy: Copy) -> Index:
        """Read a copy of CREMA-D and the table of votes."""
        import pandas as pd

        findings: list[Finding] = []
        votes = _votes(copy.root / _TABLE, findings)
        known = super().index(copy)
        samples = known.samples
        lacking = [not all((name, clip) in votes for name in _QUERIES.values()) for clip in samples["sample_id"]]
        findings += [
            Finding("odd", path, f"not both kinds of votes in {_TABLE}: the clip is left out")
            for path in samples["audio_path"][lacking]
        ]
        samples = samples[[not each for each in lacking]].reset_index(drop=True)
        if samples.empty:
            raise EmobenchError("no clip here has a row of votes", where=str(copy.root / _TABLE), remedy=_REMEDY)
        numbers = {
            column: [votes[target.name, clip][place] for clip in samples["sample_id"]]
            for target in self.targets
            for place, column in enumerate(target.columns)
        }
        return Index(pd.concat([samples, pd.DataFrame(numbers)], axis=1), (*known.findings, *findings))

    def write_twin(self, folder: Path) -> None:
        """Write CREMA-D's twin, and votes of nine to eleven made-up raters: more for neutral where an emotion is weak."""
        super().write_twin(folder)
        _write_twin_votes(folder / _TABLE, sorted(path.stem for path in (folder / "AudioWAV").iterdir()))


# -------------------------------------------------------------------------------------------------- table


def _votes(path: Path, findings: list[Finding]) -> _Votes:
    """Read the table of votes; list the rows that cannot be used.

    Raises:
        EmobenchError: it is not there, or is not that table.
    """
    header, rows = _read(path)
    wanted = [*_LETTERS, "fileName", "numResponses"]
    if not set(wanted) <= set(header):
        found = ", ".join(cell[:40] for cell in header[:10]) or "none"
        raise EmobenchError(f"the columns are {found}; expected {', '.join(wanted)}", where=str(path), remedy=_REMEDY)
    places = [header.index(name) for name in wanted]
    votes: _Votes = {}
    for number, row in enumerate(rows, start=1):
        cells = [row[place] if place < len(row) else "" for place in places]
        *counts, clip, responses = cells
        query = row[0][:1] if len(row[0]) == 6 and row[0].isdecimal() else ""
        if query not in ("1", "2", "3") or not _are_votes(counts, responses):
            findings.append(Finding("odd", _TABLE, f"row {number} is not used: {', '.join([row[0], *cells])}"))
        elif query in _QUERIES:
            votes[_QUERIES[query], clip.upper()] = list(map(int, counts))
    return votes


def _are_votes(counts: list[str], responses: str) -> bool:
    """Whether cells are counts of some raters that add up to the number of responses."""
    if not all(cell.isdecimal() and cell.isascii() for cell in (*counts, responses)):
        return False
    return sum(map(int, counts)) == int(responses) > 0


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of a CSV file that must be there."""
    if not path.is_file():
        raise EmobenchError("the table of votes is not there", where=str(path), remedy=_REMEDY)
    if decoding.is_lfs_pointer(path):
        raise EmobenchError("a Git LFS pointer, not the table itself", where=str(path), remedy=_REMEDY)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EmobenchError(f"not a readable CSV file ({error})", where=str(path), remedy=_REMEDY) from error
    return header, rows


# --------------------------------------------------------------------------------------------------- twin

_HEARD = {"LO": 0.45, "MD": 0.6, "HI": 0.8, "XX": 0.65}
"""The share of made-up listeners who hear the acted emotion, by its level; most others hear neutral."""
_TAKEN_FOR = {"angry": "disgust", "disgust": "sad", "fear": "sad", "happy": "fear", "neutral": "sad", "sad": "fear"}


def _write_twin_votes(path: Path, clips: list[str]) -> None:
    quoted = ",".join(f'"{name}"' for name in ("", *_LETTERS, "fileName", "numResponses"))
    lines = [quoted, *(line for query in (1, 2, 3) for line in _twin_lines(query, clips))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _twin_lines(query: int, clips: list[str]) -> Iterator[str]:
    """Yield a row for each clip, with one class that has the most votes."""
    import numpy as np

    of_letters = {label[:3].upper(): label for label in CremaD.labels}
    for number, clip in enumerate(clips, start=1):
        _, _, emotion, level = clip.split("_")
        label = of_letters[emotion]
        shares = dict.fromkeys(CremaD.labels, 0.01) | {_TAKEN_FOR[label]: 0.08}
        right = _HEARD[level] + (0.1 if query > 1 else 0)
        shares[label] += right
        shares["neutral"] += 0.9 - right
        weights = np.array(list(shares.values()))
        random = np.random.default_rng([query, number])
        votes = random.multinomial(random.integers(9, 12), weights / weights.sum())
        while np.sum(votes == votes.max()) > 1:
            votes[list(CremaD.labels).index(label)] += 1
        counts = ",".join(map(str, votes))
        yield f'"{100_000 * query + number}",{counts},"{clip}",{votes.sum()}'


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register CREMA-D with the votes of its raters."""
    return [CremaDVotes()]
