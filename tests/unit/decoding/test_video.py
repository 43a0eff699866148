"""Frames and sound tracks of films."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from PIL import Image

from emobench.contracts.media import Audio
from emobench.decoding import media, video
from emobench.errors import UnreadableError
from tests.support.films import SOUND_RATE, gray_levels, sine, write_film


def refusal(read: Callable[[Path], Any], path: Path) -> str:
    """Return the one line that reading a file ends in; it must name the file."""
    with pytest.raises(UnreadableError) as caught:
        read(path)
    assert caught.value.where == str(path)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return str(caught.value)


def loudest_hertz(audio: Audio) -> float:
    spectrum = np.abs(np.fft.rfft(audio.samples))
    return float(spectrum.argmax() * audio.rate / len(audio.samples))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames and a second of 440 Hz, the index at the end of the file as encoders write it."""
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", gray_levels(30), sine(440))


def test_frames_are_those_that_opencv_decodes(film: Path) -> None:
    capture = cv2.VideoCapture(str(film))
    plain = [capture.read()[1][:, :, ::-1] for _ in range(30)]
    opened = media.read(film, "video")
    assert opened.frames == 30
    frames = opened.read([7, 0, 29])
    assert sorted(frames) == [0, 7, 29]
    for position, frame in frames.items():
        assert frame.dtype == np.uint8
        np.testing.assert_array_equal(frame, plain[position])
        assert abs(float(frame.mean()) - (20 + 6 * position)) < 3


def test_colours_are_in_rgb_order(tmp_path: Path) -> None:
    red = np.zeros((2, 48, 64, 3), np.uint8)
    red[..., 0] = 200
    frame = media.read(write_film(tmp_path / "red.mp4", red), "video").read([0])[0]
    assert frame[..., 0].min() > 150
    assert frame[..., 1:].max() < 50


def test_positions_that_are_not_there_are_left_out(film: Path) -> None:
    assert sorted(media.read(film, "video").read([29, 30, 99])) == [29]


@pytest.mark.parametrize("container", ["avi", "mov", "matroska"])
def test_other_containers_are_read_whatever_their_ending(tmp_path: Path, container: str) -> None:
    path = write_film(tmp_path / "film.txt", gray_levels(30), sine(440), "pcm_s16le", container)
    opened = media.read(path, "video")
    assert opened.frames == 30
    assert len(opened.read(range(30))) == 30
    np.testing.assert_allclose(media.read_audio(path).samples, sine(440), atol=1 / 32_768)


def test_header_says_what_was_written(film: Path) -> None:
    header = video.film_header(film)
    assert header.rate == pytest.approx(29.97, abs=0.01)
    assert (header.frames, header.width, header.height) == (30, 64, 48)
    assert header.sound is not None
    assert header.sound == (SOUND_RATE, 1, SOUND_RATE)
    assert video.film_header(write_film(film.parent / "silent.mp4", gray_levels(3))).sound is None


def test_sound_track_has_the_tone_and_the_length_that_were_written(film: Path) -> None:
    audio = media.read(film, "audio")
    assert audio.rate == SOUND_RATE
    assert audio.samples.dtype == np.float32
    assert loudest_hertz(audio) == pytest.approx(440, abs=1)
    assert len(audio.samples) == media.audio_header(film).frames
    assert len(audio.samples) == SOUND_RATE
    assert np.corrcoef(audio.samples, sine(440))[0, 1] > 0.99
    assert np.abs(audio.samples).max() <= 1


@pytest.mark.parametrize(("codec", "container"), [("pcm_s16le", "mov"), ("alac", "mp4"), ("pcm_f32le", "mov")])
def test_lossless_track_comes_out_as_it_went_in_as_the_mean_of_its_channels(
    tmp_path: Path, codec: str, container: str
) -> None:
    stereo = np.stack([sine(440), 0.2 * sine(1000)])
    path = write_film(tmp_path / "film.mp4", gray_levels(3), stereo, codec, container)
    soundfile.write(tmp_path / "same.wav", stereo.T, SOUND_RATE, subtype="FLOAT" if "f32" in codec else "PCM_16")
    same = media.read_audio(tmp_path / "same.wav").samples
    np.testing.assert_allclose(media.read_audio(path).samples, same, atol=1.01 / 32_768)
    assert media.audio_header(path) == (SOUND_RATE, 2, SOUND_RATE)


def test_sound_beyond_full_scale_is_clipped(tmp_path: Path) -> None:
    path = write_film(tmp_path / "loud.mov", None, 3 * sine(440), "pcm_f32le", "mov")
    assert np.abs(media.read_audio(path).samples).max() == 1


def test_sound_in_a_films_container_without_pictures_is_a_sound(tmp_path: Path) -> None:
    path = write_film(tmp_path / "sound.m4a", None, sine(440))
    assert loudest_hertz(media.read_audio(path)) == pytest.approx(440, abs=1)
    assert "a sound, not a film" in refusal(video.open_video, path)


def test_film_without_sound_says_so(tmp_path: Path) -> None:
    path = write_film(tmp_path / "silent.mp4", gray_levels(3))
    assert "has no sound track" in refusal(media.read_audio, path)
    assert "has no sound track" in refusal(media.audio_header, path)


READERS = [video.open_video, video.film_header, media.read_audio, media.audio_header]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}])
def test_truncated_film_says_how_much_is_missing(
    tmp_path: Path, read: Callable[[Path], Any], options: dict[str, str]
) -> None:
    path = write_film(tmp_path / "film.mp4", gray_levels(30), sine(440), **options)
    os.truncate(path, path.stat().st_size - 100)
    assert "truncated: 100 bytes are missing" in refusal(read, path)


def test_truncated_avi_says_how_much_is_missing(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.avi", gray_levels(30), sine(440), "pcm_s16le", "avi")
    os.truncate(path, path.stat().st_size - 100)
    assert "truncated: 100 bytes are missing" in refusal(video.open_video, path)


def test_what_follows_the_last_box_of_a_film_is_not_taken_for_a_box(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", gray_levels(3))
    path.write_bytes(path.read_bytes() + b"\xff" * 64)
    assert video.open_video(path).frames == 3


def test_film_without_its_index_is_refused(film: Path, tmp_path: Path) -> None:
    content = film.read_bytes()
    (tmp_path / "film.mp4").write_bytes(content[: content.index(b"moov") - 4])
    assert "not a film in any known format, or damaged" in refusal(video.open_video, tmp_path / "film.mp4")


@pytest.mark.parametrize("read", [video.read_sound, video.open_video])
def test_damaged_film_is_refused(film: Path, tmp_path: Path, read: Callable[[Path], Any]) -> None:
    content = bytearray(film.read_bytes())
    start, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    content[start:end] = np.random.default_rng(0).bytes(end - start)
    (tmp_path / "film.mp4").write_bytes(content)
    assert "damaged" in refusal(read, tmp_path / "film.mp4")


def test_sound_track_that_is_shorter_than_it_says_is_refused(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mov", None, sine(440), "pcm_s16le", "mov")
    content = path.read_bytes()
    at = content.index(b"mdhd") + 20  # version and flags, two times, time scale, then the duration
    assert int.from_bytes(content[at : at + 4], "big") == SOUND_RATE
    for box, offset in ((b"mdhd", 20), (b"stts", 12), (b"elst", 12), (b"tkhd", 24), (b"mvhd", 20)):
        at = content.index(box) + offset
        twice = 2 * int.from_bytes(content[at : at + 4], "big")
        content = content[:at] + twice.to_bytes(4, "big") + content[at + 4 :]
    path.write_bytes(content)
    assert f"truncated: {SOUND_RATE} of {2 * SOUND_RATE} frames of sound" in refusal(media.read_audio, path)


@pytest.mark.parametrize("name", ["face.png", "face.jpg", "face.gif", "face.webp", "face.bmp", "face.tiff"])
def test_picture_is_no_film(tmp_path: Path, name: str) -> None:
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(tmp_path / name)
    assert "a picture, not a film" in refusal(video.open_video, tmp_path / name)


def test_sound_is_no_film_nor_is_its_cover(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "clip.wav", sine(440), SOUND_RATE)
    assert "a sound, not a film" in refusal(video.open_video, tmp_path / "clip.wav")
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(tmp_path / "cover.png")
    cover = (tmp_path / "cover.png").read_bytes()
    _write_flac_with_cover(tmp_path / "clip.flac", cover)
    with av.open(str(tmp_path / "clip.flac")) as container:
        assert len(container.streams.video) == 1
    assert "a sound, not a film" in refusal(video.open_video, tmp_path / "clip.flac")


def _write_flac_with_cover(path: Path, cover: bytes) -> None:
    """Write a FLAC file; its format is that of https://www.rfc-editor.org/rfc/rfc9639 (block 6 is a picture)."""
    soundfile.write(path, sine(440), SOUND_RATE)
    content = path.read_bytes()
    picture = b"".join(
        (3).to_bytes(4, "big") if field is None else field
        for field in (
            None,
            (9).to_bytes(4, "big"),
            b"image/png",
            bytes(4),
            bytes(16),
            len(cover).to_bytes(4, "big"),
            cover,
        )
    )
    first = 4 + 4 + int.from_bytes(content[5:8], "big")  # after the mark and the first block, which must be first
    path.write_bytes(content[:first] + b"\x06" + len(picture).to_bytes(3, "big") + picture + content[first:])


def test_playlist_is_refused_before_anything_in_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("#EXTM3U\n#EXTINF:10,\nhttp://localhost:9/film.ts\n")
    assert "a text file, not a film" in refusal(video.open_video, tmp_path / "film.mp4")


@pytest.mark.parametrize("read", [video.open_video, video.read_sound])
def test_broken_link_is_refused(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    (tmp_path / "film.mp4").symlink_to(tmp_path / "annexed")
    assert "a broken link" in refusal(read, tmp_path / "film.mp4")


def _best_lag(long: NDArray[np.floating[Any]], short: NDArray[np.floating[Any]]) -> tuple[int, float]:
    """Return how many frames later the first hears what the second hears, and their correlation there."""
    from scipy.signal import correlate

    products = correlate(long, short, "full")
    lag = int(products.argmax())
    return lag - (len(short) - 1), float(products[lag] / np.sqrt((long**2).sum() * (short**2).sum()))


@pytest.mark.realdata
def test_real_sound_track_is_the_clip_of_the_same_take() -> None:
    import librosa

    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    pairs = [
        (film, clip)
        for film in sorted(Path(data).rglob("01-01-*.mp4"))
        for clip in Path(data).rglob(f"03{film.stem[2:]}.wav")
    ]
    if not pairs:
        pytest.skip("no take of RAVDESS with film and sound under EMOBENCH_DATA")
    for film, clip in pairs[:4]:
        track, sound = media.read_audio(film), media.read_audio(clip)
        assert len(track.samples) / track.rate == pytest.approx(len(sound.samples) / sound.rate, abs=1e-3)
        same_rate = librosa.resample(track.samples, orig_sr=track.rate, target_sr=sound.rate)
        lag, correlation = _best_lag(same_rate, sound.samples)
        assert correlation > 0.999
        assert abs(lag) / sound.rate < 0.05  # the films' sound is about one picture late


def test_frames_that_a_container_does_not_state_are_counted(tmp_path: Path) -> None:
    path = write_film(tmp_path / "f.mp4", gray_levels(12), container="matroska")
    content = path.read_bytes()
    place = content.index(b"\x44\x89") + 3  # the duration, a float of 32 or 64 bits
    wide = content[place - 1] & 0x0F == 8
    lie = struct.pack(">d" if wide else ">f", 300_000.0)
    path.write_bytes(content[:place] + lie + content[place + len(lie) :])
    film = video.open_video(path)
    assert film.frames == 12
    assert sorted(film.read(range(12))) == list(range(12))


def test_a_film_that_players_turn_has_the_size_that_they_show(tmp_path: Path) -> None:
    upright = write_film(tmp_path / "f.mp4", gray_levels(5, width=64, height=48))
    content = bytearray(upright.read_bytes())
    # The matrix of the track: one that turns by a quarter in the place of one that changes nothing.
    plain = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    place = content.index(plain, content.index(b"tkhd"))
    content[place : place + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 48 << 16, 0, 1 << 30)
    upright.write_bytes(content)
    header = video.film_header(upright)
    assert (header.width, header.height) == (48, 64)
    assert video.open_video(upright).read([0])[0].shape == (64, 48, 3)


def test_pictures_that_no_decoder_knows_are_refused(tmp_path: Path) -> None:
    path = write_film(tmp_path / "f.mp4", gray_levels(5))
    path.write_bytes(path.read_bytes().replace(b"mp4v", b"zzzz").replace(b"esds", b"free"))
    with pytest.raises(UnreadableError, match="pictures in a format that no decoder here knows"):
        video.open_video(path)
