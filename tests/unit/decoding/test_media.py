"""Images and sounds from files, whole or refused."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from emobench.contracts.media import Modality
from emobench.decoding import media
from emobench.errors import UnreadableError
from tests.support.media_files import POINTER, refusal, write_wav


def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


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


def claiming(folder: Path, frames: int) -> Path:
    """Write a FLAC file whose header claims so many frames."""
    path = folder / "claims.flac"
    soundfile.write(path, np.zeros(4096, dtype=np.float32), 16_000)
    content = bytearray(path.read_bytes())
    # The number of frames has 36 bits, the last four of the fourteenth byte of STREAMINFO and four bytes more.
    content[21] = content[21] & 0xF0 | frames >> 32
    content[22:26] = (frames & 0xFFFF_FFFF).to_bytes(4, "big")
    path.write_bytes(content)
    return path


def test_what_a_header_claims_takes_no_memory(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"hours of sound with 1 channels, by its header; at most 6 are read"):
        media.read_audio(claiming(tmp_path, 2**36 - 1))


def test_a_picture_of_too_many_pixels_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(noise(20, 20)).save(tmp_path / "face.png")
    monkeypatch.setattr(media, "MOST_PIXELS", 399)
    with pytest.raises(UnreadableError, match=r"20 by 20 pixels; at most 399 are read"):
        media.read_image(tmp_path / "face.png")


def test_float_samples_of_another_range_are_refused_by_their_peak(tmp_path: Path) -> None:
    tone = np.sin(np.arange(4800) / 10).astype(np.float32)
    soundfile.write(tmp_path / "loud.wav", 1.5 * tone, 48_000, subtype="FLOAT")
    assert np.abs(media.read_audio(tmp_path / "loud.wav").samples).max() > 1.4
    soundfile.write(tmp_path / "other.wav", 32_767 * tone, 48_000, subtype="FLOAT")
    with pytest.raises(UnreadableError, match=r"samples up to 32,767, where full scale is 1; divide them, by 32768"):
        media.read_audio(tmp_path / "other.wav")
