"""Which files are archives, and of what kind."""

from __future__ import annotations

from pathlib import Path

from analysis.files.common import READ_ERRORS, Shelf
from analysis.files.tars import OPENERS, Tar, begins_as_tar
from analysis.files.warcs import Warc
from analysis.files.zips import Zip

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_WARCS = (".warc", ".warc.gz")


def is_called_archive(name: str) -> bool:
    """Return whether a file has the name of an archive.

    In a folder only such files are opened: documents and programs are zip archives too.
    """
    return name.lower().endswith((".zip", *_TARS, *_WARCS))


def shelf_of(path: Path, label: str) -> Shelf | None:
    """Open a file as the archive that it is by content or by name; None where it is none.

    Raises
    ------
    InputError
        It is one, and broken or a bomb.
    OSError
        It cannot be read.
    """
    name = path.name.lower()
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith(_ZIP_MAGIC) or name.endswith(".zip"):
        return Zip(path, label)
    if head.startswith(b"WARC/") or name.endswith(_WARCS):
        return Warc(path, label)
    if name.endswith(_TARS) or head[257:262] == b"ustar":
        return Tar(path, label)
    begin = _unpacked_head(path, head)
    if begin.startswith(b"WARC/"):
        return Warc(path, label)
    return Tar(path, label) if begins_as_tar(begin) else None


def _unpacked_head(path: Path, head: bytes) -> bytes:
    """Return the first block of a packed file, unpacked; nothing of one that is not packed."""
    for magic, opener in OPENERS.items():
        if head.startswith(magic):
            try:
                with opener(path) as stream:
                    return stream.read(512)
            except READ_ERRORS:
                return b""
    return b""
