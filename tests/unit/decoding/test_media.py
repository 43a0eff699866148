"""Decoding: what comes out is the file's content, and every bad file says in one line what it is."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from emobench.contracts.media import Modality
from emobench.data import folders
from emobench.decoding import media
from emobench.errors import EmobenchError, UnreadableError

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n"


def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def write_wav(path: Path, frames: int = 4800, channels: int = 1, rate: int = 48_000) -> Path:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (frames, channels))
    soundfile.write(path, sound, rate, format="WAV", subtype="PCM_16")
    return path


def refusal(path: Path, modality: Modality) -> str:
    """Return the one line that reading a file ends in; it must name the file."""
    with pytest.raises(UnreadableError) as caught:
        media.read(path, modality)
    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.where == str(path)
    assert caught.value.remedy
    return line


# ------------------------------------------------------------------------------------------------ images


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_image_comes_out_as_it_was_written(tmp_path: Path, shape: tuple[int, ...]) -> None:
    pixels = noise(*shape)
    Image.fromarray(pixels).save(tmp_path / "face.png")
    read = media.read_image(tmp_path / "face.png")
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, pixels)


def test_image_is_known_by_its_content_not_its_ending(tmp_path: Path) -> None:
    Image.fromarray(noise(5, 7)).save(tmp_path / "face.wav", format="PNG")
    assert media.read(tmp_path / "face.wav", "image").shape == (5, 7)


def test_image_is_turned_upright(tmp_path: Path) -> None:
    pixels = noise(5, 7)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(pixels).save(tmp_path / "face.png", exif=exif)
    np.testing.assert_array_equal(media.read_image(tmp_path / "face.png"), np.rot90(pixels, -1))


@pytest.mark.parametrize(("mode", "shape"), [("1", (5, 7)), ("LA", (5, 7)), ("RGBA", (5, 7, 3)), ("P", (5, 7, 3))])
def test_other_modes_become_gray_or_rgb(tmp_path: Path, mode: str, shape: tuple[int, ...]) -> None:
    Image.fromarray(noise(5, 7, 3)).convert(mode).save(tmp_path / "face.png")
    assert media.read_image(tmp_path / "face.png").shape == shape


def test_transparent_palette_is_read_without_a_warning(tmp_path: Path) -> None:
    image = Image.fromarray(noise(5, 7, 3)).convert("P")
    image.save(tmp_path / "face.png", transparency=bytes(range(256)))
    assert media.read_image(tmp_path / "face.png").shape == (5, 7, 3)


def test_sixteen_bit_image_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((5, 7), np.uint16)).save(tmp_path / "face.png")
    assert "not 8 bits a channel" in refusal(tmp_path / "face.png", "image")


def test_truncated_jpeg_is_refused(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jpg"
    Image.fromarray(noise(48, 48)).save(whole)
    path = tmp_path / "half.jpg"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert "truncated" in refusal(path, "image")


# ------------------------------------------------------------------------------------------------ sounds


def test_sound_is_the_mean_of_its_channels_at_its_own_rate(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "clip.wav", channels=2, rate=44_100)
    audio = media.read_audio(path)
    channels, _ = soundfile.read(path, dtype="float32")
    assert audio.rate == 44_100
    assert audio.samples.dtype == np.float32
    np.testing.assert_array_equal(audio.samples, channels.mean(axis=1))
    assert media.audio_header(path) == (44_100, 2, 4800)


@pytest.mark.parametrize("ending", ["mp3", "raw", "txt"])
def test_sound_is_known_by_its_content_not_its_ending(tmp_path: Path, ending: str) -> None:
    path = write_wav(tmp_path / "clip.wav").rename(tmp_path / f"clip.{ending}")
    assert len(media.read_audio(path).samples) == 4800


@pytest.mark.parametrize("reader", [media.read_audio, media.audio_header])
def test_truncated_wav_is_refused(tmp_path: Path, reader: object) -> None:
    path = write_wav(tmp_path / "clip.wav")
    os.truncate(path, path.stat().st_size - 100)
    with pytest.raises(UnreadableError, match="truncated: 100 bytes are missing"):
        reader(path)  # type: ignore[operator]


def test_truncated_flac_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.flac"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 48_000), 48_000)
    os.truncate(path, path.stat().st_size // 2)
    assert "clip.flac" in refusal(path, "audio")


def test_wav_from_a_pipe_states_no_length_and_is_read(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "clip.wav")
    content = bytearray(path.read_bytes())
    start = content.index(b"data") + 4
    content[start : start + 4] = struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(content)
    assert len(media.read_audio(path).samples) == 4800


def test_sound_without_frames_is_refused(tmp_path: Path) -> None:
    assert "no length" in refusal(write_wav(tmp_path / "clip.wav", frames=0), "audio")


def test_sound_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "clip.wav", np.array([0.0, np.nan, 0.0]), 48_000, subtype="FLOAT")
    assert "not finite" in refusal(tmp_path / "clip.wav", "audio")


# --------------------------------------------------------------------------------------- all, and folders


@pytest.mark.parametrize("modality", ["image", "audio", "video"])
def test_what_is_no_image_sound_or_film_says_what_it_is(tmp_path: Path, modality: Modality) -> None:
    path = tmp_path / "file.wav"
    path.write_text("<html>Please sign in to download</html>")
    assert "a text file, not a" in refusal(path, modality)
    path.write_bytes(bytes(range(256)))
    assert "in any known format" in refusal(path, modality)
    path.write_bytes(b"")
    assert "the file is empty" in refusal(path, modality)
    path.write_text(POINTER)
    assert "Git LFS pointer" in refusal(path, modality)
    assert "run `git lfs pull`" in refusal(path, modality)
    assert "cannot be opened (No such file or directory)" in refusal(tmp_path / "absent.wav", modality)
    assert "cannot be opened (Is a directory)" in refusal(tmp_path, modality)


def test_broken_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").symlink_to(tmp_path / "annexed")
    assert "a broken link" in refusal(tmp_path / "clip.wav", "audio")


def test_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write_wav(tmp_path / "clip.wav")
    monkeypatch.setattr(Path, "open", denied)
    line = refusal(path, "audio")
    assert "Permission denied" in line
    assert "give yourself permission" in line


def test_lfs_pointer_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "pointer").write_text(POINTER)
    assert media.is_lfs_pointer(tmp_path / "pointer")
    assert not media.is_lfs_pointer(write_wav(tmp_path / "clip.wav"))
    assert not media.is_lfs_pointer(tmp_path / "absent")


def test_walk_lists_files_and_leaves_out_what_systems_leave_behind(tmp_path: Path) -> None:
    for name in ("b/2.wav", "b/._2.wav", "a/1.wav", ".DS_Store", "Thumbs.db", "__MACOSX/3.wav", "PROVENANCE.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    assert folders.walk(tmp_path) == ["a/1.wav", "b/2.wav"]
    assert folders.walk(tmp_path, "a") == ["a/1.wav"]


def test_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(EmobenchError, match="cannot be listed"):
        folders.walk(tmp_path / "absent")
    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(EmobenchError, match="may not be listed; give yourself permission"):
        folders.walk(tmp_path)


def test_only_a_copy_of_nothing_but_pointers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text(POINTER)
    (tmp_path / "b.wav").write_text(POINTER)
    with pytest.raises(EmobenchError, match=r"all 2 files are Git LFS pointers.*git lfs pull"):
        folders.refuse_lfs_pointers(tmp_path, ["a.wav", "b.wav"])
    write_wav(tmp_path / "b.wav")
    folders.refuse_lfs_pointers(tmp_path, ["a.wav", "b.wav"])
