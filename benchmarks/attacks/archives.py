"""Zip archives that climb, lie, explode or are broken."""

from __future__ import annotations

import io
import stat
import warnings
import zipfile
from collections.abc import Iterable
from typing import TypeAlias

from attacks import Case, kind
from attacks._reading import BLOG, held, put

Member: TypeAlias = tuple[str | zipfile.ZipInfo, bytes]

DATA = BLOG["blog.json"]
_CLIMBING = (
    "../../../../{}",
    "/etc/{}",
    "/{}",
    "..\\..\\{}",
    "C:\\Windows\\{}",
    "C:{}",
    "\\\\server\\share\\{}",
    "//server/share/{}",
    "a/../../{}",
    "./../{}",
    "a/b/../../../{}",
    "~/{}",
    "file:///{}",
    "..%2f..%2f{}",
    "\u2025/{}",
    "{}\0.json",
    "/dev/fd/0/{}",
    "\\\\?\\C:\\{}",
)


def zipped(members: Iterable[Member], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of members, whatever their names."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of names that stand twice, which is the point
        for entry, data in members:
            archive.writestr(entry, data, compression)
    return stream.getvalue()


def _named(name: str, mode: int = 0o644 | stat.S_IFREG) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("x")
    entry.filename, entry.external_attr, entry.create_system = name, mode << 16, 3
    return entry


@kind()
def zip_slip(case: Case) -> str:
    """Zip members that climb out: `..`, absolute, drive and share names."""
    name = case.turn(_CLIMBING).format(f"planted{case.random.randrange(10**6)}")
    bad = (_named(name), case.random.choice((b"planted", DATA[:500])))
    members: list[Member] = [("blog.json", DATA), bad]
    case.random.shuffle(members)
    return held(case, put(case, "x.zip", zipped(members)))


@kind()
def zip_links(case: Case) -> str:
    """Symbolic links in a zip, to files and folders outside."""
    target = case.turn((str(case.watch.canary), "/etc/passwd", "../" * 8 + "etc", "/", "/dev/zero"))
    name = f"link{case.random.randrange(10**6)}"
    name += case.random.choice((".json", ""))
    members: list[Member] = [(_named(name, 0o777 | stat.S_IFLNK), target.encode())]
    members.append((f"{name}/passwd.json", b"planted"))
    members.insert(case.random.randrange(3), ("blog.json", DATA))
    return held(case, put(case, "x.zip", zipped(members)))
