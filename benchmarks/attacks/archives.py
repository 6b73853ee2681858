"""Zip archives that climb, lie, explode or are broken."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Iterable
from typing import TypeAlias

from tests import archives
from tests.studies import blog_json

from attacks import REFUSED, Case, Lost, kind
from attacks._reading import BLOG, POSTS, held, put

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


def climbing(case: Case) -> str:
    """Return a name that climbs out of an archive."""
    return case.turn(_CLIMBING).format(f"planted{case.random.randrange(10**6)}")


def _named(name: str, mode: int = 0o644 | stat.S_IFREG) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("x")
    entry.filename, entry.external_attr, entry.create_system = name, mode << 16, 3
    return entry


@kind()
def zip_slip(case: Case) -> str:
    """Zip members that climb out: `..`, absolute, drive and share names."""
    name = climbing(case)
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


@kind()
def zip_bombs(case: Case) -> str:
    """Zips that unpack to a thousand times their size, nested up to five deep."""
    size = case.random.choice((2, 20, 60)) * 1_000_000
    data = zipped([(case.random.choice(("0.json", "posts.html", "0")), bytes(size))])
    for _ in range(case.number % 6):
        data = zipped([(f"{each}.zip", data) for each in range(case.random.choice((1, 10)))])
    members: list[Member] = [("blog.json", DATA), ("inner.zip", data)]
    if case.number % 6 == 0:
        members = [("blog.json", DATA), ("bomb.json", bytes(size))]
    case.random.shuffle(members)
    return held(case, put(case, "x.zip", zipped(members)))


@kind()
def zip_overlaps(case: Case) -> str:
    """Zip members that share their bytes, to unpack to terabytes."""
    count = case.random.choice((2, 30, 2_000, 30_000))
    ending = case.turn((b".json", b".html", b".js", b".csv", b""))
    text = case.random.choice((b"[1]", b"<p>x</p>\n", b"a,b\n1,2\n"))
    data = text * case.random.randrange(1_000, 300_000)
    content = [(b"posts/%d%b" % (each, ending), data) for each in range(count)]
    result = held(case, put(case, "x.zip", archives.zip_by_hand(content, shared=True)), None)
    if result != REFUSED:
        raise Lost(f"{count} members with the same bytes were read")
    return result


@kind()
def zip_crowds(case: Case) -> str:
    """Zips of up to ten million tiny members, or whose end claims more or fewer than there are."""
    count = case.turn((200_001, 300_000, 10, 1_000_000))
    claimed = case.random.choice((count, 15, 2**32, 10_000_000, 2**63))
    directory = _directory(case, count)
    end = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, claimed, claimed, len(directory), 31)
    data = b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    data += directory + b"PK\6\6" + end
    data += b"PK\6\7" + struct.pack("<IQI", 0, 31 + len(directory), 1)
    data += b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    result = held(case, put(case, "x.zip", data), None)
    if result != REFUSED:
        raise Lost(f"{count} members, {claimed} claimed, were read")
    return result


def _directory(case: Case, count: int) -> bytes:
    """Return the entries of empty members that stand at different places, or at one."""
    step = case.random.choice((0, 1))
    middle = struct.pack("<HHHHHHIIIHHHHHI", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0)
    return b"".join(
        b"PK\1\2" + middle + struct.pack("<I", step * each) + b"%07d" % each
        for each in range(count)
    )


@kind()
def zip_twice(case: Case) -> str:
    """Zip members of one name, alike or in other spellings."""
    other = blog_json().replace("blog.example", "else.example").encode()
    name = case.turn(("blog.json", "./blog.json", "/blog.json", "a\\..\\blog.json", "BLOG.JSON"))
    members: list[Member] = [("blog.json", DATA), (_named(name), other)]
    members *= case.random.choice((1, 3))
    return held(case, put(case, "x.zip", zipped(members)), (POSTS, 2 * POSTS))


@kind()
def zip_secret(case: Case) -> str:
    """Zips whose members want a password, or only say so."""
    data = bytearray(zipped([("blog.json", DATA), ("b.json", DATA[::-1])]))
    for mark, at in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        for _ in range(case.random.choice((1, 2))):
            struct.pack_into("<H", data, data.rindex(mark) + at, case.turn((1, 0x41, 0x2001, 0x40)))
    result = held(case, put(case, "x.zip", bytes(data)))
    return result


@kind()
def zip_cut(case: Case) -> str:
    """Zips cut short anywhere, or with bytes before them and behind."""
    data = zipped([("blog.json", DATA), ("notes.txt", b"x" * 500)], case.turn((0, 8, 12, 14)))
    place = case.random.randrange(len(data))
    if case.number % 4 == 3:
        return held(case, put(case, "x.zip", data[place:] + data + data[:place]))
    return held(case, put(case, "x.zip", data[:place]))


@kind()
def zip_long(case: Case) -> str:
    """ZIP64 records whose sizes and places lie."""
    entry = _named("blog.json")
    lie = case.turn((2**63 - 1, 2**64 - 1, 2**32, 0, 1, len(DATA), 2**40))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open(entry, "w", force_zip64=True) as out:
        out.write(DATA)
    data = bytearray(stream.getvalue())
    at = data.index(struct.pack("<HH", 1, 16))
    struct.pack_into("<Q", data, at + 4 + 8 * case.random.randrange(2), lie)
    directory = data.rindex(b"PK\1\2")
    extra = struct.pack("<HHQQQ", 1, 24, lie, case.random.choice((lie, len(DATA))), 0)
    wide = case.random.choice((20, 24, 42))
    struct.pack_into("<I", data, directory + wide, 2**32 - 1)
    struct.pack_into("<H", data, directory + 30, len(extra))
    end = data.rindex(b"PK\5\6")
    data[end:end] = extra
    size = struct.unpack_from("<I", data, end + len(extra) + 12)[0] + len(extra)
    struct.pack_into("<I", data, end + len(extra) + 12, size)
    return held(case, put(case, "x.zip", bytes(data)))


@kind()
def zip_checksums(case: Case) -> str:
    """Zip members whose bytes do not match their checksum."""
    data = bytearray(zipped([("blog.json", DATA)], zipfile.ZIP_STORED))
    at = data.index(b'"id"') + case.random.randrange(len(DATA) - 200)
    data[at] ^= 1 << case.random.randrange(5)
    if case.number % 2:
        data = bytearray(zipped([("blog.json", DATA)]))
        for mark, place in ((b"PK\1\2", 16), (b"PK\3\4", 14)):
            struct.pack_into("<I", data, data.index(mark) + place, case.random.randrange(2**32))
    result = held(case, put(case, "x.zip", bytes(data)), None)
    if result != REFUSED:
        raise Lost("a member with a wrong checksum was read")
    return result


@kind()
def zip_lies(case: Case) -> str:
    """Zips with any field of any header changed."""
    data = bytearray(zipped([("blog.json", DATA), ("b.txt", b"x")], case.turn((8, 0))))
    for _ in range(case.random.choice((1, 1, 2, 4))):
        mark = case.random.choice((b"PK\1\2", b"PK\3\4", b"PK\5\6"))
        start = case.random.choice((data.find(mark), data.rfind(mark)))
        at = max(0, start) + case.random.randrange(4, 46 if mark == b"PK\1\2" else 22)
        data[at : at + 1] = case.random.choice((b"\0", b"\xff", case.random.randbytes(1)))
    return held(case, put(case, "x.zip", bytes(data)))
