"""CAR, CBOR, WARC and Parquet files that lie about lengths, and bombs in them."""

from __future__ import annotations

import gzip
import struct
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cbor2
from tests import archives
from tests.fuzzing import seeds
from tests.fuzzing.judge import sound_problems
from tests.fuzzing.seeds import repositories, test_bluesky

from analysis.accounts.build import build
from analysis.accounts.folder import read_input
from analysis.accounts.sample import write
from analysis.accounts.take_in import Options
from analysis.errors import InputError
from analysis.worlds import simulate
from attacks import REFUSED, SURVIVED, Case, kind
from attacks._reading import BLOG, POSTS, held, put

_LENGTHS = (0, 1, 0x7F, 2**14, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1, 2**70)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


@kind()
def car_lengths(case: Case) -> str:
    """CAR files whose lengths lie: of the header, of a block, of a name."""
    data = seeds.cbor(case.random.choice(("x", 1, None)))
    length = _varint(case.turn(_LENGTHS))
    place = case.random.choice((0, case.random.randrange(len(data)), _after_header(data)))
    return held(case, put(case, "x.car", data[:place] + length + data[place + 1 :]), None)


def _after_header(data: bytes) -> int:
    return 1 + data[0] if data[0] < 0x80 else 2 + (data[0] & 0x7F) + (data[1] << 7)


_BOMBS = (
    b"\x9b" + b"\xff" * 8,  # a list of 2**64 items
    b"\xbb" + b"\x7f" * 8,
    b"\x5b" + b"\x7f" * 8,
    b"\x7b\x00\x00\x00\xff\xff\xff\xff\xff",
    b"\x9a\x7f\xff\xff\xff" + b"\x00" * 50,
    b"\x81" * 100_000,
    b"\xa1\x61a" * 50_000,
    b"\xd8\x2a" * 50_000,
    b"\x9f" * 20_000,
    b"\xc2\x5a\x00\x98\x96\x80" + b"\xff" * 100_000,
    b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01",  # a decimal of 2**63 digits
    b"\xc5\x82\x3b" + b"\x7f" * 8 + b"\x01",
    b"\xd8\x1c\x81\xd8\x1d\x00",  # a list that holds itself
    b"\xd8\x1e\x82\x01\x00",  # a fraction over zero
    b"\xc1\x1b" + b"\x7f" * 8,
    b"\xc0\x74" + b"9" * 20,
    b"\xd8\x23\x78\x20" + b"(a+)+$(a+)+$(a+)+$(a+)+$(a+)+$ab"[:32],
    b"\xd8\x24\x61x",
    b"\xd9\x01\x04\x44\x7f\x00\x00\x01",
)


@kind()
def cbor_bombs(case: Case) -> str:
    """CBOR that claims endless lists, nests without end, holds itself, or builds objects."""
    bomb = case.turn(_BOMBS)
    if case.random.random() < 0.3:
        place = case.random.randrange(len(bomb))
        bomb = bomb[:place] + case.random.randbytes(1) + bomb[place + 1 :]
    block = bomb if case.random.random() < 0.5 else b"\xa1\x64text" + bomb
    return held(case, put(case, "x.car", _with_record(block)), (1, 2))


def _with_record(block: bytes) -> bytes:
    """Return a repository with a record of any bytes, and one more."""
    good = cbor2.dumps(test_bluesky.record())
    keys = [f"{test_bluesky.POST}/{test_bluesky.later(number)}" for number in range(2)]
    top = repositories.node([(keys[0], block), (keys[1], good)])
    root = repositories.commit(test_bluesky.ME, test_bluesky.tid(test_bluesky.AT), top)
    return repositories.car(root, top, block, good)


def _record(case: Case, body: bytes, **more: object) -> bytes:
    block = archives.response(body, "Content-Type: application/json")
    return archives.record(block, "https://blog.example/feed.json", **more)  # type: ignore[arg-type]


@kind()
def warc_lengths(case: Case) -> str:
    """WARC records whose lengths lie, packed and not."""
    data, more = BLOG["blog.json"], [b"second" * 100]
    length = case.random.choice((0, 1, len(data), len(data) + 5_000, 2**31, 10**15, 10**18))
    records = [_record(case, data, length=length), *(_record(case, each) for each in more)]
    case.random.shuffle(records)
    if case.number % 2:
        packed = b"".join(gzip.compress(each, mtime=0) for each in records)
        return held(case, put(case, "x.warc.gz", packed), (POSTS, 0))
    return held(case, put(case, "x.warc", b"".join(records)), (POSTS, 0))


@kind()
def warc_bombs(case: Case) -> str:
    """Bodies in a WARC that unpack to gigabytes, by gzip, deflate or chunks."""
    size = case.random.choice((20, 90)) * 1_000_000
    way = case.turn(("gzip", "twice", "record", "chunks", "deflate"))
    body, headers = gzip.compress(bytes(size), 1), ["Content-Encoding: gzip"]
    if way == "twice":
        body, headers = gzip.compress(body), ["Content-Encoding: gzip, gzip"]
    if way == "chunks":
        body = b"%x\r\n" % case.random.choice((2**60, 2**31, 2**200)) + b"x" * 100
        headers = ["Transfer-Encoding: chunked"]
    if way == "deflate":
        headers = ["Content-Encoding: deflate"]
    if way == "record":
        body, headers = b"[" + bytes(size), []
    record = archives.record(archives.response(body, *headers), "https://blog.example/a.json")
    good = _record(case, BLOG["blog.json"])
    data = archives.packed(record, good)
    return held(case, put(case, "x.warc.gz", data), (POSTS, 0))


@cache
def _accounts() -> tuple[bytes, bytes, bytes]:
    """Return the settings and the two tables of four small accounts."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "in"
        write(root, [(f"a{seed}", simulate("blog-only", seed=seed, days=90)) for seed in range(2)])
        tables = [(root / name / "part.parquet").read_bytes() for name in ("activity", "score")]
        return (root / "study.toml").read_bytes(), tables[0], tables[1]


@kind(seconds=20, room=2 * 1024**3)
def parquet_lies(case: Case) -> str:
    """Parquet tables of many accounts that lie about lengths, are cut or are none."""
    settings, *tables = _accounts()
    at = case.random.randrange(2)
    data = bytearray(tables[at])
    footer = struct.unpack("<I", data[-8:-4])[0]
    way = case.turn(("footer", "cut", "size", "page", "none", "magic"))
    if way == "footer":
        place = len(data) - 8 - footer + case.random.randrange(footer)
        data[place] = case.random.randrange(256)
    elif way == "cut":
        data = data[: case.random.randrange(len(data))]
    elif way == "size":
        data[-8:-4] = struct.pack(
            "<I", case.random.choice((0, 1, 2**31 - 1, 2**32 - 1, footer + 1))
        )
    elif way == "page":
        place = case.random.randrange(4, len(data) - 8 - footer)
        data[place : place + 4] = case.random.randbytes(4)
    elif way == "none":
        data = bytearray(case.random.choice((b"", b"PAR1", b"PAR1PAR1", BLOG["blog.json"])))
    else:
        data[-4:] = case.random.choice((b"PARE", b"PAR2", b"\0\0\0\0"))
    files = {"study.toml": settings}
    for number, name in enumerate(("activity", "score")):
        files[f"{name}/part.parquet"] = bytes(data) if number == at else tables[number]
    root = put(case, "in", files)
    try:
        build(
            read_input(root),
            case.folder / "out",
            Options(memory="1GB", workers=1),
            lambda said: None,
        )
    except InputError as error:
        sound_problems(error.problems, True)
        return REFUSED
    return SURVIVED
