"""Opening a bundle from anywhere, without trust."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from emobench.data.downloads import ArchiveError, unpack
from emobench.errors import EmobenchError
from emobench.publishing.bundles.manifest import MANIFEST, Manifest, bundle_name, parse_manifest, sha256
from emobench.publishing.bundles.report import Problem

MOST_BYTES = 200_000_000
"""Of a bundle, packed and unpacked: some 2,000 cells with 7,000 predictions each. It is read into memory as a whole."""


@dataclass(frozen=True)
class Opened:
    """A bundle as far as it could be read.

    Attributes:
        manifest: its table of contents, if there is one.
        files: name to content, without the table of contents.
        problems: why some files, or all, are not among them, or not as they are listed.
    """

    manifest: Manifest | None
    files: dict[str, bytes]
    problems: tuple[Problem, ...]


def open_bundle(path: Path) -> Opened:
    """Open a bundle: its zip file, or the receipt (``.json``) that a board keeps of it.

    Raises:
        EmobenchError: there is no such file, its name cannot be a bundle's, or there is no room to unpack it.
    """
    bundle_name(path)
    try:
        if path.suffix == ".json":
            manifest = parse_manifest(path.read_bytes())
            files = _read(path.absolute().parent.parent, manifest.files)
        else:
            files = _unpacked(path)
            manifest = parse_manifest(files.pop(MANIFEST, b""))
    except OSError as error:
        raise EmobenchError(
            f"cannot read the bundle: {error.strerror}", where=str(path), remedy="check the path"
        ) from error
    except ArchiveError as error:
        return Opened(None, {}, (Problem(what=error.what),))
    except EmobenchError as error:
        if error.where != MANIFEST:  # no fault of the bundle: there is no room to unpack it
            raise
        return Opened(None, {}, (Problem(what=error.what, where=MANIFEST),))
    return Opened(manifest, files, tuple(_inventory(manifest, files)))


def _unpacked(path: Path) -> dict[str, bytes]:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ArchiveError(f"{size / 1e6:,.0f} MB; a bundle has at most {MOST_BYTES / 1e6:,.0f}")
    with TemporaryDirectory() as folder:
        unpack(path, Path(folder), MOST_BYTES)
        return _read(Path(folder), [place.relative_to(folder).as_posix() for place in Path(folder).rglob("*")])


def _read(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read the files that are there; on a board, links and what is too large are as good as missing."""
    places = {name: folder / name for name in names}
    return {
        name: place.read_bytes()
        for name, place in places.items()
        if place.is_file() and not place.is_symlink() and place.stat().st_size <= MOST_BYTES
    }


def _inventory(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield files that are missing, extra or changed."""
    listed = manifest.files
    yield from (Problem(what="is listed, and not there", where=name) for name in sorted(listed.keys() - files))
    yield from (Problem(what="is there, and not listed", where=name) for name in sorted(files.keys() - listed))
    for name in sorted(listed.keys() & files):
        if (found := sha256(files[name])) != listed[name]:
            yield Problem(what=f"has the sha256 {found}, listed is {listed[name]}", where=name)
