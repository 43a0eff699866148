"""Published folders of real runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins
from emobench.publishing.boards import publish
from emobench.publishing.rescoring import rescored
from tests.support.mlp_run import only_cell


def test_published_folder_holds_board_records_and_predictions(real: Path, tmp_path: Path) -> None:
    published = publish(rescored(real, installed_plugins()), tmp_path / "boards", installed_plugins())
    endings = (".md", ".csv", ".json", ".html")
    pages = [f"datasets/ravdess{ending}" for ending in endings]
    pages += [f"paper-replication{ending}" for ending in (*endings, "-claims.md", "-claims.csv", "-claims.json")]
    assert [str(path.relative_to(tmp_path / "boards")) for path in published.files] == [*pages, "README.md"]
    cell = only_cell(tmp_path / "boards")
    assert (tmp_path / "boards" / "cells" / cell.id / "predictions.parquet").is_file()
    assert cell.id in (tmp_path / "boards" / "datasets" / "ravdess.md").read_text()
    text = (tmp_path / "boards" / "paper-replication.md").read_text()
    assert cell.id in text
    assert "a.table1.resnet18" in text  # an experiment of the suite without a result is on the board, as not run


def test_a_page_that_somebody_wrote_stays(real: Path, tmp_path: Path) -> None:
    boards = tmp_path / "boards"
    publish(rescored(real, installed_plugins()), boards, installed_plugins())
    made = (boards / "README.md").read_text()
    assert "(datasets/ravdess.md)" in made
    (boards / "README.md").write_text(made + "More.\n")
    publish(rescored(real, installed_plugins()), boards, installed_plugins())
    assert (boards / "README.md").read_text() == made
    (boards / "README.md").write_text("# My own\n")
    publish(rescored(real, installed_plugins()), boards, installed_plugins())
    assert (boards / "README.md").read_text() == "# My own\n"


def test_publishing_says_where_the_new_rows_stand(real: Path, tmp_path: Path) -> None:
    first, second = (
        publish(rescored(real, installed_plugins()), tmp_path / "boards", installed_plugins()) for _ in range(2)
    )
    place = "without a rank in ravdess, random-clips split, unverified, leaky"
    assert first.rows == (f"a.table2.mlp (seed 68): {place}",)
    assert second.rows == ()


def test_synthetic_rows_are_not_published(mlp: Path, tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="every row is synthetic"):
        publish(rescored(mlp, installed_plugins()), tmp_path / "boards", installed_plugins())
    assert not (tmp_path / "boards").exists()
