"""What a plan says of an experiment, up to the published board."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from emobench.plugins.loading import load
from emobench.publishing.boards import publish
from emobench.publishing.rescoring import rescored
from tests.conftest import Dots
from tests.support import film_plugin
from tests.support.film_runs import planned, ran


def test_experiment_that_shares_a_cell_is_told_apart_from_one_that_was_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    using = load(cast(Any, film_plugin.entries()))
    texts = film_plugin.experiment("one"), film_plugin.experiment("two"), film_plugin.experiment("three", seed="3")
    made = planned(tmp_path, *texts, using=using, data=folder.parent, only=("one", "two"))
    ran(made, using)
    assert [(skip.experiment, skip.same_as) for skip in made.skipped] == [("two", "one")]
    using.suites["films-suite"] = made.suite.file
    publish(rescored(made.run, using), tmp_path / "boards", using)
    missing = (
        (tmp_path / "boards" / "films-suite.md")
        .read_text(encoding="utf-8")
        .partition("## Not run")[2]
        .partition("## ")[0]
    )
    told = [line for line in missing.splitlines() if line.startswith("- ")]
    assert told == ["- three: not run", "- two: the same as 'one' in all that determines the result"]
