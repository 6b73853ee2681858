"""How an export reaches the reader: a file, a folder, an archive; whole, hostile or broken."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Mapping

from tests import archives
from tests.fuzzing import mutants, weird

CONTAINERS = (
    *("plain",) * 9,
    *("zip", "zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "zip in folder", "tar in folder"),
    *("zip in zip", "warc", "warc.gz", "warc.gz"),
)
_MODES = {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}
_SIZES = (0, 1, 7, 2**16, 2**31 - 1, 2**31, 2**32 - 1)


def packed(
    random_: random.Random, container: str, files: Mapping[str, bytes], is_hostile: bool
) -> dict[str, bytes]:
    """Return the files on disk by name: one of them where the source is one file."""
    if container == "plain":
        return dict(files)
    if container.startswith("warc"):
        return {f"x.{container}": _warc(random_, files, container == "warc.gz", is_hostile)}
    if container in _MODES:
        return {f"x.{container}": _tar(random_, files, container, is_hostile)}
    if container == "tar in folder":
        return {"part.tar.gz": _tar(random_, files, "tar.gz", is_hostile), "notes.txt": b"x"}
    data = _zip(random_, files, is_hostile)
    if container == "zip":
        return {"x.zip": data}
    if container == "zip in zip":
        return {"x.zip": _zip(random_, {"posts.zip": data, "notes.txt": b"x"}, False)}
    return {"part-1.zip": data, "notes.txt": b"x"}


def _zip(random_: random.Random, files: Mapping[str, bytes], is_hostile: bool) -> bytes:
    stream = io.BytesIO()
    kind = random_.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2))
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", kind) as archive:
        warnings.simplefilter("ignore")  # of names that stand twice, which is the point
        for name, data in files.items():
            archive.writestr(name, data)
            if is_hostile and random_.random() < 0.5:
                _write_odd(random_, archive, data)
    made = stream.getvalue()
    return _zip_lies(random_, made) if is_hostile and random_.random() < 0.6 else made


def _write_odd(random_: random.Random, archive: zipfile.ZipFile, data: bytes) -> None:
    entry = zipfile.ZipInfo(
        "x", random_.choice(((1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)))
    )
    entry.filename = random_.choice(weird.NAMES).encode("utf-8", "replace").decode()[:60_000]
    entry.external_attr = random_.choice((0, 0o120777 << 16, 0o040755 << 16, 0o010644 << 16))
    entry.extra = random_.choice((b"", b"\x01\x00\x04\x00abcd", b"\x75\x70\x05\x00\x01aaaa"))
    archive.writestr(entry, random_.choice((data, b"", b"\0" * 5_000_000)), zipfile.ZIP_DEFLATED)


def _zip_lies(random_: random.Random, data: bytes) -> bytes:
    """Change a field in one of a zip's headers."""
    marks = [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"]
    mark = random_.choice(marks)
    start = data.rfind(mark) if random_.random() < 0.5 else data.find(mark)
    if start < 0:
        return data
    made = bytearray(data)
    at = start + 4 + random_.randrange(0, 42 if mark != b"PK\x05\x06" else 16)
    put = random_.choice(
        (struct.pack("<I", random_.choice(_SIZES)), random_.randbytes(2), b"\xff\xff", b"\x01")
    )
    made[at : at + len(put)] = put
    return bytes(made)


def _tar(
    random_: random.Random, files: Mapping[str, bytes], container: str, is_hostile: bool
) -> bytes:
    form = random_.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT))
    if not is_hostile:
        return archives.tar_bytes(files, _MODES[container])
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, data in files.items():
            _add_odd(random_, archive)
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    made = stream.getvalue()
    if random_.random() < 0.7:
        made = _tar_lies(random_, made)
    packers = {"tar.gz": gzip.compress, "tar.bz2": bz2.compress, "tar.xz": lzma.compress}
    return packers[container](made) if container in packers else made


def _add_odd(random_: random.Random, archive: tarfile.TarFile) -> None:
    entry = tarfile.TarInfo(random_.choice(weird.NAMES))
    entry.type = random_.choice((*b"0123456 7SgxLKV",)).to_bytes(1, "big")
    entry.linkname = random_.choice(("", "/etc/passwd", "../x", "x" * 300))
    if random_.random() < 0.3:
        odd = {"size": "-1", "path": "../x", "mtime": "nan", "GNU.sparse.map": "0,1,x", "": "x"}
        key = random_.choice(tuple(odd))
        entry.pax_headers = {key: odd[key]}
    try:
        archive.addfile(entry)
    except (ValueError, UnicodeError):
        return  # the format has no room for such a name


def _tar_lies(random_: random.Random, data: bytes) -> bytes:
    """Change a field of a header, with a checksum that agrees."""
    headers = [at for at in range(0, len(data) - 511, 512) if data[at + 257 : at + 262] == b"ustar"]
    if not headers:
        return data
    at = random_.choice(headers)
    block = bytearray(data[at : at + 512])
    put = random_.choice(
        (
            b"77777777777\0",
            b"-0000000001\0",
            b"\x80" + b"\xff" * 11,
            b"\xff" * 12,
            b"\x80" + b"\0" * 7 + b"\x7f\xff\xff\xff",
            b"           \0",
            b"00000001x00\0",
            b"\0" * 12,
        )
    )
    kind = random_.randrange(4)
    if kind <= 1:
        block[124:136] = put
    elif kind == 2:
        block[156:157] = random_.choice((*b"0125 7SgxLKXVDMN\xff\0",)).to_bytes(1, "big")
    else:
        block[random_.randrange(512)] = random_.randrange(256)
    if random_.random() < 0.9:
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
    return data[:at] + bytes(block) + data[at + 512 :]


def _warc(
    random_: random.Random, files: Mapping[str, bytes], is_packed: bool, is_hostile: bool
) -> bytes:
    records = []
    for name, data in files.items():
        body, headers = data, ["Content-Type: application/octet-stream"]
        if random_.random() < 0.3:
            body, headers = gzip.compress(data, mtime=0), [*headers, "Content-Encoding: gzip"]
        elif random_.random() < 0.3:
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data)
            headers = [*headers, "Transfer-Encoding: chunked"]
        if is_hostile and random_.random() < 0.4:
            body = mutants.raw(random_, body)
        block = archives.response(body, *headers)
        made = archives.record(block, f"https://blog.example/{name}")
        if is_hostile and random_.random() < 0.7:
            made = _warc_lies(random_, made)
        records.append(made)
    return archives.packed(*records) if is_packed else b"".join(records)


_FIELDS = (
    *("Content-Length: -1", "Content-Length: 99999999999999999999", "Content-Length: x", "x" * 99),
    *("Content-Length: 0", "Content-Length: ٣", "WARC-Date: 0000-00-00T00:00:00Z", "WARC-Date:"),
    *("WARC-Date: 9999-12-31T23:59:59-14:00", "WARC-Type: \0", "WARC-Type: revisit", "WARC/9.9"),
    *("WARC-Target-URI: http://[", "WARC-Target-URI: " + "x" * 70_000, "WARC-Target-URI:", ":"),
    *("WARC-Block-Digest: sha1:x", "WARC-Block-Digest: md5:", "WARC-Truncated: length", " x"),
    *("Content-Encoding: br", "Content-Encoding: deflate", "Content-Encoding: gzip, gzip", "\0"),
    *("Transfer-Encoding: chunked", "Content-Length: 1_0", "HTTP/1.1 999 x", "HTTP/1.1 -1", ""),
    *("WARC-Segment-Number: 2", "WARC-Target-URI: http://\ud83d/", "HTTP/1.1", "WARC-Date: 2012"),
    *("WARC-Target-URI: https://web.archive.org/web/99999999999999id_/http://a.org/", "GET / x"),
)


def _warc_lies(random_: random.Random, data: bytes) -> bytes:
    """Replace a line of the headers, or put one before it."""
    rows = data.split(b"\r\n")
    ends = [n for n, row in enumerate(rows) if not row][:2]
    at = random_.randrange(max(ends[-1:], default=1) + 1)
    put = random_.choice(_FIELDS).encode("utf-8", "replace")
    rows[at : at + random_.choice((0, 1))] = [put]
    return b"\r\n".join(rows)
