"""What a person sees while cells run or files arrive."""

from __future__ import annotations

from emobench.progress.cells import Progress
from emobench.progress.display import counting
from emobench.progress.downloads import Arrivals
from emobench.progress.encoding import Encoding

__all__ = ["Arrivals", "Encoding", "Progress", "counting"]
