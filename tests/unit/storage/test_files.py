"""Files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.storage import files as storage


def test_cache_is_no_remedy_where_the_data_folder_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="another folder") as caught, storage.writing(tmp_path):
        (tmp_path / "none" / "file").write_text("")
    assert storage.CACHE_VARIABLE not in str(caught.value)
