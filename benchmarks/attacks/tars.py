"""Tars and packed files that climb, lie, explode or are broken."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile

from attacks import REFUSED, Case, Lost, kind
from attacks._reading import BLOG, held, put
from attacks.archives import climbing

DATA = BLOG["blog.json"]
_ENDINGS = {"w": ".tar", "w:gz": ".tar.gz", "w:bz2": ".tar.bz2", "w:xz": ".tar.xz"}
_PACKERS = {"w:gz": gzip.compress, "w:bz2": bz2.compress, "w:xz": lzma.compress}


def _info(
    name: str, size: int = 0, type_: bytes = tarfile.REGTYPE, to: str = ""
) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = size, type_, to
    return entry


def _tar(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for entry, data in members:
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def _blog() -> tuple[tarfile.TarInfo, bytes]:
    return _info("blog.json", len(DATA)), DATA


def _packed(case: Case, data: bytes) -> tuple[str, bytes]:
    """Return the name and the bytes of a tar, packed in one of the ways."""
    mode = case.turn(tuple(_ENDINGS))
    return f"x{_ENDINGS[mode]}", _PACKERS[mode](data) if mode in _PACKERS else data


@kind()
def tar_slip(case: Case) -> str:
    """Tar members that climb out: `..`, absolute, drive and share names."""
    name = climbing(case).replace("\0", "")
    members = [_blog(), (_info(name, 7), b"planted")]
    case.random.shuffle(members)
    form = case.random.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT))
    return held(case, put(case, *_packed(case, _tar(*members, form=form))))


@kind()
def tar_links(case: Case) -> str:
    """Links, devices and pipes in a tar, and members below a link."""
    types = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    target = case.random.choice((str(case.watch.canary), "/etc", "../" * 9, "/dev/zero", "link"))
    ending = case.random.choice((".json", ""))
    link = (_info(f"link{ending}", 0, case.turn(types), target), b"")
    below = (_info(f"link{ending}/passwd", 7), b"planted")
    members = [_blog(), link, below]
    case.random.shuffle(members)
    return held(case, put(case, *_packed(case, _tar(*members))))


@kind()
def tar_cut(case: Case) -> str:
    """Tars cut short anywhere."""
    name, data = _packed(case, _tar((_info("a.txt", 3_000), b"x" * 3_000), _blog()))
    return held(case, put(case, name, data[: case.random.randrange(len(data))]))


@kind()
def tar_lies(case: Case) -> str:
    """Tars whose sizes, types and checksums lie, and files with holes."""
    data = bytearray(_tar(_blog(), (_info("b.txt", 5), b"words")))
    at = case.random.choice((0, 512 + len(DATA) + -len(DATA) % 512))
    way = case.random.randrange(4)
    if way == 0:
        sizes = (
            b"77777777777\0",
            b"-0000000001\0",
            b"\x80" + b"\xff" * 11,
            b"0" * 12,
            b"\xff" * 12,
        )
        data[at + 124 : at + 136] = case.turn(sizes)
    elif way == 1:
        data[at + 156] = case.turn(b"SgxLKVDMN7\xff")
    else:
        data[at + case.random.randrange(512)] = case.random.randrange(256)
    if way != 3:
        data[at + 148 : at + 156] = b" " * 8
        data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    return held(case, put(case, *_packed(case, bytes(data))), (15, 0))


@kind()
def tar_crowds(case: Case) -> str:
    """Tars of hundreds of thousands of members."""
    block = _tar((_info("0"), b""))[:512]
    name, data = "x.tar.gz", block * case.turn((200_001, 400_000))
    data = gzip.compress(data + bytes(1024), 1)
    result = held(case, put(case, name, data), None)
    if result != REFUSED:
        raise Lost("more members than are allowed were read")
    return result


@kind()
def packed_bombs(case: Case) -> str:
    """Bombs of gzip, bzip2 and xz: around a tar, around a bomb, by many members, as a feed."""
    size = case.random.choice((30, 120)) * 1_000_000
    way = case.turn(("tar", "twice", "many", "feed", "picture"))
    mode = case.random.choice(tuple(_PACKERS))
    zeros = bytes(size)
    if way == "tar":
        data = _PACKERS[mode](_tar((_info("0.json", size), zeros), _blog()))
    elif way == "picture":
        data = _PACKERS[mode](_tar((_info("0.jpg", size), zeros), _blog()))
    elif way == "twice":
        data = gzip.compress(_PACKERS[mode](_tar((_info("0.json", size), zeros))))
    elif way == "many":
        data = _PACKERS[mode](zeros[:1_000_000]) * case.random.choice((100, 400))
    else:
        data = _PACKERS[mode](b"<rss>" + zeros)
    result = held(case, put(case, f"x{_ENDINGS[mode]}", data), None)
    if result != REFUSED:
        raise Lost(f"a bomb, {way}, was read")
    return result


@kind()
def packed_hunger(case: Case) -> str:
    """Xz files that want gigabytes of memory to be unpacked, and gzip headers without an end."""
    if case.number % 2:
        head = b"\x1f\x8b\x08" + bytes([case.random.choice((4, 8, 16, 31))]) + bytes(6)
        return held(case, put(case, "x.tar.gz", head + b"\xff" * 2_000_000))
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**20}]
    data = bytearray(lzma.compress(_tar(_blog()), filters=filters))
    data[17 - 1] = case.random.choice((36, 38, 40))  # the size of the dictionary, 1 to 4 GiB
    return held(case, put(case, "x.tar.xz", bytes(data)))


@kind()
def archive_named(case: Case) -> str:
    """Files whose name says one kind of archive and whose bytes another, or none."""
    inner = case.turn((_tar(_blog()), DATA, b"", b"PK\3\4", b"\x1f\x8b", b"WARC/1.0\r\n", b"BZh9"))
    inner += struct.pack("<I", case.random.randrange(2**32)) * (case.random.random() < 0.5)
    endings = (
        ".zip",
        ".tar",
        ".tar.gz",
        ".tgz",
        ".tar.bz2",
        ".tar.xz",
        ".warc",
        ".warc.gz",
        ".json",
    )
    name = f"x{case.random.choice(endings)}"
    if case.random.random() < 0.5:
        return held(case, put(case, "x", {name: inner, "blog.json": DATA}), (15, 0))
    return held(case, put(case, name, inner))
