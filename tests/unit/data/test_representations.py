"""Arrays of a dataset: computed once, kept under everything that they depend on."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.contracts.dataset import Copy, Index
from emobench.contracts.media import Modality
from emobench.contracts.representation import Representation
from emobench.data.copies import DatasetCopy
from emobench.data.discovery import open_copy
from emobench.data.representations import Represented, represent, sample_generator
from emobench.errors import EmobenchError, UnreadableError
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from tests.conftest import Dots, Pixels
from tests.support.film_plugin import Films, Glimpses, Sounds, entries


class Counting(Pixels):
    """Counts the samples it is asked for; a subclass or a test replaces :meth:`result`."""

    def __init__(self) -> None:
        self.computed = 0

    def compute(self, decoded: Any, **parameters: Any) -> NDArray[Any]:
        """Count and compute."""
        self.computed += 1
        return self.result(self.computed - 1, super().compute(decoded, **parameters))

    def result(self, position: int, values: NDArray[Any]) -> NDArray[Any]:
        """Return what is computed for the sample at a position."""
        return values


@pytest.fixture
def plugins() -> Registry:
    return load(cast(Any, entries()))


@pytest.fixture
def copy(tmp_path: Path, plugins: Registry, fresh_cache: Path) -> DatasetCopy:
    folder = tmp_path / "dots"
    folder.mkdir()
    Dots().write_twin(folder)
    return open_copy(Dots(), Copy(folder, "folders"), tmp_path, plugins)


def represented(copy: DatasetCopy, plugins: Registry, by: Representation, **parameters: Any) -> Represented:
    return represent(Dots(), copy, copy.index.samples, by, parameters, plugins, lambda _: None)


def arrays(cache: Path) -> list[str]:
    """Names of the folders with arrays, temporary ones included."""
    return sorted(path.name for path in (cache / "arrays").glob("*")) if (cache / "arrays").is_dir() else []


def test_rows_are_the_samples_in_order(copy: DatasetCopy, plugins: Registry) -> None:
    result = represented(copy, plugins, Pixels())
    files = [copy.location.root / path for path in copy.index.samples["image_path"]]
    expected = np.stack([np.frombuffer(file.read_bytes(), np.uint8) for file in files]).astype(np.float32) / 255
    np.testing.assert_array_equal(result.array, expected)
    assert result.array.dtype == np.float32
    assert result.ids == tuple(copy.index.samples["sample_id"])
    assert result.failures == {}


def test_array_cannot_be_written(copy: DatasetCopy, plugins: Registry) -> None:
    with pytest.raises(ValueError, match="read-only"):
        represented(copy, plugins, Pixels()).array[0] = 0


def test_second_call_computes_nothing(copy: DatasetCopy, plugins: Registry) -> None:
    by = Counting()
    first, second = represented(copy, plugins, by), represented(copy, plugins, by)
    assert by.computed == 72
    np.testing.assert_array_equal(first.array, second.array)
    assert (first.ids, first.failures) == (second.ids, second.failures)


@pytest.mark.parametrize("name", ["array.npy", "failures.json"])
def test_damaged_arrays_in_the_cache_are_made_anew(
    copy: DatasetCopy, plugins: Registry, fresh_cache: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = np.array(represented(copy, plugins, Pixels()).array)
    (damaged,) = (fresh_cache / "arrays").glob(f"*/{name}")
    damaged.write_bytes(damaged.read_bytes()[: 200 if name == "array.npy" else 1])
    for _ in range(2):
        np.testing.assert_array_equal(represented(copy, plugins, Pixels()).array, before)
    assert capsys.readouterr().err.count("is damaged and is made again") == 1


def test_step_is_called_for_every_sample_that_is_computed(copy: DatasetCopy, plugins: Registry) -> None:
    steps: list[int] = []
    for _ in range(2):
        represent(Dots(), copy, copy.index.samples, Pixels(), {}, plugins, steps.append)
    assert sum(steps) == 72


def test_other_parameters_are_other_arrays(copy: DatasetCopy, plugins: Registry, fresh_cache: Path) -> None:
    once = represented(copy, plugins, Pixels())
    twice = represented(copy, plugins, Pixels(), factor=2.0)
    np.testing.assert_allclose(twice.array, 2 * np.asarray(once.array))
    represented(copy, plugins, Pixels(), factor=1.0)  # stated, and the same as the default
    assert len(arrays(fresh_cache)) == 2


def test_other_samples_are_other_arrays(copy: DatasetCopy, plugins: Registry, fresh_cache: Path) -> None:
    represented(copy, plugins, Pixels())
    some = copy.index.samples.iloc[::2]
    result = represent(Dots(), copy, some, Pixels(), {}, plugins, lambda _: None)
    assert result.array.shape == (36, 16)
    assert result.ids == tuple(some["sample_id"])
    assert len(arrays(fresh_cache)) == 2


def test_other_content_is_another_array(copy: DatasetCopy, plugins: Registry, fresh_cache: Path) -> None:
    represented(copy, plugins, Pixels())
    (copy.location.root / "train" / "round-00.pix").write_bytes(bytes(16))
    changed = open_copy(Dots(), copy.location, copy.location.root, plugins)
    result = represented(changed, plugins, Pixels())
    assert not result.array[result.ids.index("train-round-00")].any()
    assert len(arrays(fresh_cache)) == 2


@pytest.mark.parametrize("what", ["code", "packages"])
def test_other_code_or_package_is_another_array(
    copy: DatasetCopy, plugins: Registry, fresh_cache: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    represented(copy, plugins, Pixels())
    if what == "code":
        plugins.modules["representations", "pixels"] = "tests.support.factories"
    else:
        monkeypatch.setattr(Pixels, "packages", ("tabulate",))
    represented(copy, plugins, Pixels())
    assert len(arrays(fresh_cache)) == 2


def test_unknown_parameter_is_refused(copy: DatasetCopy, plugins: Registry) -> None:
    with pytest.raises(EmobenchError, match=r"representation 'pixels': no parameter 'facto'; did you mean 'factor'\?"):
        represented(copy, plugins, Pixels(), facto=2.0)


def test_failures_are_told_and_their_rows_are_zero(copy: DatasetCopy, plugins: Registry) -> None:
    (copy.location.root / "private" / "round-00.pix").write_bytes(b"short")  # the first one, which shows no shape
    (copy.location.root / "train" / "thin-03.pix").write_bytes(b"")
    changed = open_copy(Dots(), copy.location, copy.location.root, plugins)
    for _ in range(2):  # computed, and from the cache
        result = represented(changed, plugins, Pixels())
        assert result.failures == {
            "private-round-00": "5 bytes instead of 16",
            "train-thin-03": "0 bytes instead of 16",
        }
        bad = [result.ids.index(sample) for sample in result.failures]
        assert not result.array[bad].any()
        assert np.delete(result.array, bad, axis=0).any(axis=1).all()


def test_failure_of_the_representation_counts_like_one_of_the_file(copy: DatasetCopy, plugins: Registry) -> None:
    class Short(Counting):
        def result(self, position: int, values: NDArray[Any]) -> NDArray[Any]:
            if position == 5:
                raise UnreadableError("too short", where="clip.wav", remedy="get the file again")
            return values

    result = represented(copy, plugins, Short())
    assert result.failures == {result.ids[5]: "too short"}


def test_no_sample_at_all_is_an_error_with_an_example(copy: DatasetCopy, plugins: Registry, fresh_cache: Path) -> None:
    for path in copy.location.root.glob("*/*.pix"):
        path.write_bytes(b"")
    changed = open_copy(Dots(), copy.location, copy.location.root, plugins)
    with pytest.raises(EmobenchError) as caught:
        represented(changed, plugins, Pixels())
    assert str(caught.value) == (
        f"{copy.location.root}: none of 72 samples can be used, e.g. private-round-00: 0 bytes instead of 16; "
        "run 'emobench data verify dots'"
    )
    assert arrays(fresh_cache) == []


def wide(values: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([values, values])


def double(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.float64)


def infinite(values: NDArray[Any]) -> NDArray[Any]:
    return np.where(np.arange(16) == 3, np.inf, values).astype(np.float32)


def missing(values: NDArray[Any]) -> NDArray[Any]:
    return np.where(np.arange(16) == 3, np.nan, values).astype(np.float32)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (wide, "sample {!r} has shape (32,) float32, others (16,) float32; every sample must have the same"),
        (double, "sample {!r} has shape (16,) float64, others (16,) float32; every sample must have the same"),
        (infinite, "sample {!r} has values that are not finite; fix compute()"),
        (missing, "sample {!r} has values that are not finite; fix compute()"),
    ],
)
def test_array_that_breaks_the_contract_names_its_sample(
    copy: DatasetCopy, plugins: Registry, fresh_cache: Path, change: Any, reason: str
) -> None:
    class Wrong(Counting):
        def result(self, position: int, values: NDArray[Any]) -> NDArray[Any]:
            return change(values) if position == 40 else values

    with pytest.raises(EmobenchError) as caught:
        represented(copy, plugins, Wrong())
    sample = copy.index.samples["sample_id"].iloc[40]
    assert str(caught.value).startswith(f"representation 'pixels': {reason.format(sample)}")
    assert arrays(fresh_cache) == []


def test_first_sample_that_is_not_finite_is_refused_too(copy: DatasetCopy, plugins: Registry) -> None:
    class Wrong(Counting):
        def result(self, position: int, values: NDArray[Any]) -> NDArray[Any]:
            return infinite(values)

    with pytest.raises(EmobenchError, match="'private-round-00' has values that are not finite"):
        represented(copy, plugins, Wrong())


def test_representation_of_another_modality_is_refused(copy: DatasetCopy, plugins: Registry) -> None:
    class Sounds(Pixels):
        modality: ClassVar[Modality] = "audio"

    with pytest.raises(EmobenchError) as caught:
        represented(copy, plugins, Sounds())
    assert str(caught.value) == (
        "representation 'pixels' is made from audio, 'dots' has image; use a model for that modality"
    )


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_exception_half_way_leaves_nothing_behind(
    copy: DatasetCopy, plugins: Registry, fresh_cache: Path, error: BaseException
) -> None:
    class Torn(Counting):
        def result(self, position: int, values: NDArray[Any]) -> NDArray[Any]:
            if position == 40:
                raise error
            return values

    with pytest.raises(type(error)):
        represented(copy, plugins, Torn())
    assert arrays(fresh_cache) == []
    by = Counting()
    represented(copy, plugins, by)
    assert by.computed == 72


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="nothing reserves room here")
def test_full_disk_is_noticed_before_the_array_is_written(
    copy: DatasetCopy, plugins: Registry, fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int, offset: int, size: int) -> None:
        assert size == os.fstat(handle).st_size > 72 * 16 * 4
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(EmobenchError, match="cannot write: No space left on device; free space"):
        represented(copy, plugins, Pixels())
    assert arrays(fresh_cache) == []


def test_views_stand_along_the_second_axis(copy: DatasetCopy, plugins: Registry) -> None:
    result = represented(copy, plugins, Glimpses(), views=4)
    assert (result.array.shape, result.views) == ((72, 4, 16), 4)
    assert represented(copy, plugins, Pixels()).views is None


def test_draw_depends_on_the_sample_and_not_on_its_company(
    copy: DatasetCopy, plugins: Registry, fresh_cache: Path
) -> None:
    whole = represented(copy, plugins, Glimpses())
    places = {sample: place for place, sample in enumerate(whole.ids)}
    for some in (copy.index.samples.iloc[::-1], copy.index.samples.iloc[10:20], copy.index.samples.iloc[[17]]):
        part = represent(Dots(), copy, some, Glimpses(), {}, plugins, lambda _: None)
        np.testing.assert_array_equal(part.array, whole.array[[places[sample] for sample in part.ids]])
    assert len(arrays(fresh_cache)) == 4  # each of them drawn again


def noise(copy: DatasetCopy, plugins: Registry, **parameters: Any) -> NDArray[Any]:
    """Return what was drawn, (samples, views, 16)."""
    views = represented(copy, plugins, Glimpses(), **parameters).array
    return np.asarray(views - np.asarray(represented(copy, plugins, Pixels()).array)[:, None])


def test_samples_and_views_are_drawn_apart(copy: DatasetCopy, plugins: Registry) -> None:
    drawn = noise(copy, plugins).reshape(72 * 3, 16).round(6)
    assert len(np.unique(drawn, axis=0)) == 72 * 3


def test_another_seed_is_another_draw(copy: DatasetCopy, plugins: Registry) -> None:
    first, second = noise(copy, plugins), noise(copy, plugins, seed=1)
    assert not np.isclose(first, second, atol=1e-6).all(axis=2).any()


def test_generator_is_the_same_everywhere() -> None:
    assert sample_generator("clip-1", 3).integers(1000, size=3).tolist() == [546, 994, 738]  # written down once


def test_sample_without_the_modality_fails_for_that_reason(copy: DatasetCopy, plugins: Registry) -> None:
    films = open_copy(Films(), copy.location, copy.data, plugins)
    result = represent(Films(), films, films.index.samples, Sounds(), {}, plugins, lambda _: None)
    silent = films.index.samples["sample_id"][films.index.samples["audio_path"] == ""]
    assert result.failures == dict.fromkeys(silent, "has no audio")
    assert len(silent) == 9


class Said(Representation):
    """The text."""

    name: ClassVar[str] = "said"
    title: ClassVar[str] = "said"
    modality: ClassVar[Modality] = "text"

    def compute(self, decoded: Any, **parameters: Any) -> NDArray[Any]:
        """Return it."""
        return np.array(decoded)


class SaidDots(Dots):
    """Dots of which something is said."""

    modalities: ClassVar[tuple[Modality, ...]] = ("image", "text")

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Leave texts to the harness."""
        return NotImplemented


def said(copy: DatasetCopy, plugins: Registry, texts: list[Any]) -> Represented:
    samples = copy.index.samples.head(len(texts)).assign(text=texts)
    talking = replace(copy, index=Index(samples))
    modules = {**plugins.modules, ("representations", "said"): __name__}
    known = replace(plugins, representations={**plugins.representations, "said": Said()}, modules=modules)
    return represent(SaidDots(), talking, samples, Said(), {}, known, lambda _: None)


def test_texts_are_one_array_as_wide_as_the_longest(copy: DatasetCopy, plugins: Registry) -> None:
    array = said(copy, plugins, ["so", "größer 😀", "x"]).array
    assert (array.tolist(), array.dtype) == (["so", "größer 😀", "x"], np.dtype("<U8"))


@pytest.mark.parametrize("missing", ["", "  ", None, float("nan")])
def test_a_sample_without_a_text_is_dropped_and_the_reason_said(
    missing: Any, copy: DatasetCopy, plugins: Registry
) -> None:
    result = said(copy, plugins, ["so", missing, "x"])
    assert result.failures == {copy.index.samples["sample_id"].iloc[1]: "has no text"}
    assert result.array.tolist() == ["so", "", "x"]


def test_another_text_is_another_array(copy: DatasetCopy, plugins: Registry) -> None:
    assert said(copy, plugins, ["so", "x"]).array.tolist() == ["so", "x"]
    assert said(copy, plugins, ["so", "y"]).array.tolist() == ["so", "y"]
