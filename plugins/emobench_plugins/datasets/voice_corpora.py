"""RAVDESS, TESS and CREMA-D as one dataset, so that a model can be trained on one corpus and tested on another.

Labels stay in each corpus's own words; a label map brings them together (``six-emotions`` keeps what all three have). The
corpora share no speaker, as far as their publishers tell, and no recording. They do not sound alike: each was recorded in a
room of its own, at 48,000, 24,414 and 16,000 Hz, so that a model can tell the corpora apart without any emotion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from emobench import hookimpl
from emobench.contracts import Dataset, Index, Modality, Official, PairedDataset
from emobench_plugins.datasets.crema_d import CremaD
from emobench_plugins.datasets.ravdess import Ravdess
from emobench_plugins.datasets.tess import Tess

if TYPE_CHECKING:
    import pandas as pd

_CORPORA: tuple[type[Dataset], ...] = (Ravdess, Tess, CremaD)
# Beside what every index of sound has, the columns that all three have and mean the same by.
_SHARED = ("sex", "sample_rate", "channels", "duration")


class VoiceCorpora(PairedDataset):
    """The clips of three corpora, one after the other. All three have to be there.

    Columns of the index: ``sample_id`` is ``<corpus>/<clip>``; ``label`` the corpus's own; ``group`` is
    ``<corpus>/<speaker>``; ``corpus`` the name of the dataset; ``take`` as in the corpus, so that films of a take are known
    to be of it, and empty where the corpus has none; ``sex`` of the speaker, which is empty for CREMA-D without its table;
    ``sample_rate`` in Hz, ``channels`` and ``duration`` in seconds as in the corpora.
    """

    name: ClassVar[str] = "voice-corpora"
    title: ClassVar[str] = "RAVDESS, TESS and CREMA-D"
    members: ClassVar[tuple[str, ...]] = tuple(corpus.name for corpus in _CORPORA)
    modalities: ClassVar[tuple[Modality, ...]] = ("audio",)
    labels: ClassVar[tuple[str, ...]] = tuple(dict.fromkeys(label for corpus in _CORPORA for label in corpus.labels))
    official: ClassVar[Official] = Official(samples=sum(corpus.official.samples for corpus in _CORPORA))
    license: ClassVar[str] = "; ".join(f"{corpus.title}: {corpus.license}" for corpus in _CORPORA)
    homepage: ClassVar[str] = Ravdess.homepage
    citation: ClassVar[str] = "; ".join(corpus.citation for corpus in _CORPORA)
    obtain: ClassVar[str] = f"Put {', '.join(members)} under the data directory; they are joined there."

    def pair(self, members: Mapping[str, Index]) -> Index:
        """Return the clips of all members, in the order of their ids within each."""
        import pandas as pd

        return Index(pd.concat([_renamed(members[name].samples, name) for name in self.members], ignore_index=True))


def _renamed(samples: pd.DataFrame, corpus: str) -> pd.DataFrame:
    """Return a corpus's samples under names that no other corpus has."""
    ordered = samples.sort_values("sample_id", ignore_index=True)
    named = ordered[["sample_id", "label", "group"]].assign(
        sample_id=f"{corpus}/" + ordered["sample_id"],
        group=f"{corpus}/" + ordered["group"],
        corpus=corpus,
        take=ordered.get("take", ""),
        audio_path=ordered["audio_path"],
    )
    return named.join(ordered[list(_SHARED)])


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register the three voice corpora as one dataset."""
    return [VoiceCorpora()]
