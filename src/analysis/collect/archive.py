"""Every raw answer of a channel, kept as WARC 1.1: appended, one gzip member a record.

A record is written whole and synced before anything is made of it. A run that is killed leaves at
most one torn record at the end of its file; `Archive.mend` takes that off and touches nothing else.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from analysis import __version__
from analysis.collect.members import BrokenError, end_of_whole, members, refuse_damage
from analysis.collect.transport import Raw
from analysis.disk import sync_folder
from analysis.errors import corrupt, one_line

SUFFIX = ".warc.gz"
_NAMED = "%Y%m%dT%H%M%SZ"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_TRANSFER = frozenset(("content-encoding", "transfer-encoding", "content-length"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: the file's name, and the byte at which its gzip member begins."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer, as it was kept.

    Attributes
    ----------
    url, at, status, headers, body
        As `analysis.collect.base.Answer`, but in a revisit ``status`` is what was answered (304,
        or 200 with the same body) and ``body`` is the one that it refers to.
    revisit : bool
        Nothing had changed since the answer that it refers to.
    place : Place
        Where it stands.
    """

    url: str
    at: dt.datetime
    status: int
    headers: list[tuple[str, str]] = field(repr=False)
    body: bytes = field(repr=False)
    revisit: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Before:
    """The last answer of an address: what a revisit refers to."""

    place: Place
    at: dt.datetime
    body: bytes = field(repr=False)
    content_type: str = ""


class Archive:
    """A channel's folder of WARC files.

    Parameters
    ----------
    folder : Path
        ``raw/collected/<channel>``; made when the first record is kept.
    label : str
        How messages name it.
    started : datetime
        When the run began: the name of the file that it appends to.
    """

    def __init__(self, folder: Path, label: str, started: dt.datetime) -> None:
        self.folder, self.label = folder, label
        self.name = _file_name(started)
        self.kept = 0
        self._out: BinaryIO | None = None

    def close(self) -> None:
        """Close the run's file."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def sizes(self) -> dict[str, int]:
        """Return the size of each file."""
        return {path.name: path.stat().st_size for path in self.files()}

    def files(self) -> list[Path]:
        """Return the WARC files, oldest first."""
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    def append(self, url: str, at: dt.datetime, raw: Raw, before: Before | None = None) -> Place:
        """Keep an answer, on the disk when this returns.

        Parameters
        ----------
        url, at, raw
            What was asked, when, and what came; without secrets.
        before : Before, optional
            The answer with the same body, or that the host says is still good (304).
        """
        buffer = io.BytesIO()
        writer = WARCWriter(buffer, gzip=True, warc_version="1.1")
        if self._out is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.name = max(self.name, self._after_all())
            self._out = (self.folder / self.name).open("ab", buffering=0)
            if not self._out.tell():
                software = {"software": f"needle/{__version__}", "format": "WARC File Format 1.1"}
                writer.write_record(writer.create_warcinfo_record(self.name, software))
        inside = buffer.tell()
        writer.write_record(_record(writer, url, at, raw, before))
        start = self._out.tell()
        try:
            left = memoryview(buffer.getvalue())
            while left:
                left = left[self._out.write(left) :]
            os.fsync(self._out.fileno())
        except OSError:
            self._out.truncate(start)  # the next record has to begin where a whole one ends
            raise
        if not self.kept:
            sync_folder(self.folder)
        self.kept += 1
        return Place(self.name, start + inside)

    def _after_all(self) -> str:
        """Return a name that stands after those of earlier runs, whatever their clocks said.

        Else a clock that went back would put an answer before the one that it repeats.
        """
        names = [path.name for path in self.files() if path.name > self.name]
        for name in reversed(names):
            with suppress(ValueError, OverflowError):  # another tool's
                newest = dt.datetime.strptime(name.removesuffix(SUFFIX), _NAMED)
                return _file_name(newest + dt.timedelta(seconds=1))
        return self.name

    def before(self, place: Place, at: dt.datetime, digest: str) -> Before | None:
        """Return an earlier answer, or None where the archive does not hold it any more."""
        try:
            with (self.folder / Path(place.file).name).open("rb") as stream:
                stream.seek(place.offset)
                _, data = next(members(stream))
            capture = _capture(data, place)
        except (OSError, StopIteration, BrokenError, ValueError):
            return None
        if capture is None or hashlib.sha256(capture.body).hexdigest() != digest:
            return None
        return Before(place, at, capture.body, content_type(capture.headers))

    def captures(self) -> Iterator[Capture]:
        """Yield every answer in the order in which it came.

        Raises
        ------
        InputError
            A file is damaged, or a run was killed and none has mended it since.
        """
        known: dict[tuple[str, str], Place] = {}
        for path in self.files():
            yield from self._captures_of(path, known)

    def _captures_of(self, path: Path, known: dict[tuple[str, str], Place]) -> Iterator[Capture]:
        where = f"{self.label}/{path.name}"
        try:
            with path.open("rb") as stream:
                for offset, data in members(stream):
                    place = Place(path.name, offset)
                    capture = _capture(data, place)
                    if capture is None:
                        continue
                    if not capture.revisit:
                        known[capture.url, _date(capture.at)] = place
                        yield capture
                    else:
                        yield self._resolved(capture, data, known, where)
        except BrokenError:
            expected = "expected whole records; 'needle collect' mends what a killed run left"
            raise corrupt(where, "", expected) from None
        except ValueError as error:
            raise corrupt(where, "", f"expected WARC records: {error}") from None
        except OSError as error:
            raise corrupt(where, "", f"expected a readable file: {error.strerror}") from None

    def _resolved(
        self, capture: Capture, data: bytes, known: Mapping[tuple[str, str], Place], where: str
    ) -> Capture:
        """Return a revisit with the body of the answer that it refers to."""
        head = _parsed(data).rec_headers
        referred = (
            str(head.get_header("WARC-Refers-To-Target-URI")),
            str(head.get_header("WARC-Refers-To-Date")),
        )
        if referred not in known:
            expected = f"expected the answer of {referred[1]} that this one repeats; it is missing"
            raise corrupt(where, f"byte {capture.place.offset}", expected)
        place = known[referred]
        with (self.folder / place.file).open("rb") as stream:
            stream.seek(place.offset)
            original = _capture(next(members(stream))[1], place)
        if original is None:
            raise corrupt(where, f"byte {capture.place.offset}", "expected it to repeat an answer")
        headers = list(capture.headers)
        kind = content_type(original.headers)
        if kind and not content_type(headers):
            headers.append(("Content-Type", kind))  # a 304 leaves it out
        return replace(capture, headers=headers, body=original.body)

    def mend(self, whole: Mapping[str, int]) -> dict[str, int]:
        """Take off what a killed run left half written, and return the size of each file.

        Parameters
        ----------
        whole : mapping
            Files and the sizes up to which they are known to be whole.

        Raises
        ------
        InputError
            A file is damaged before its end: nothing is touched.
        """
        sizes = {}
        for path in self.files():
            size = path.stat().st_size
            if whole.get(path.name) != size:
                size = self._mended(path)
            if size:
                sizes[path.name] = size
        return sizes

    def _mended(self, path: Path) -> int:
        """Cut a file after its last whole record; remove it where it holds no answer."""
        good, answers = 0, 0
        with path.open("r+b") as stream:
            try:
                for _, data in members(stream):
                    answers += not data.startswith(b"WARC/1.1\r\nWARC-Type: warcinfo")
                    good = -1
                good = path.stat().st_size
            except BrokenError:
                stream.seek(0)
                good = end_of_whole(stream)
                refuse_damage(stream, good, f"{self.label}/{path.name}")
                stream.truncate(good)
                stream.flush()
                os.fsync(stream.fileno())
        if not answers:
            path.unlink()
            return 0
        return good


def _file_name(started: dt.datetime) -> str:
    return f"{started:{_NAMED}}{SUFFIX}"


def content_type(headers: Iterable[tuple[str, str]]) -> str:
    """Return the header ``Content-Type``, empty where there is none."""
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def _date(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _digest(body: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def _record(writer: WARCWriter, url: str, at: dt.datetime, raw: Raw, before: Before | None) -> Any:
    """Return the record of one answer.

    The body stands unpacked, so the headers that told of its packing are renamed.
    """
    headers = []
    for name, value in raw.headers:
        renamed = f"X-Orig-{name}" if name.lower() in _TRANSFER else name
        headers.append((_ascii(renamed), _ascii(value)))
    headers.append(("Content-Length", str(len(raw.body))))
    status = _ascii(f"{raw.status} {raw.reason}".strip())
    http = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
    dated = {"WARC-Date": _date(at)}
    if before is None:
        payload = io.BytesIO(raw.body)
        return writer.create_warc_record(
            url, "response", payload, len(raw.body), warc_headers_dict=dated, http_headers=http
        )
    record = writer.create_revisit_record(
        url, _digest(before.body), url, _date(before.at), http, warc_headers_dict=dated
    )
    if raw.status == 304:
        record.rec_headers.replace_header("WARC-Profile", _NOT_MODIFIED)
    return record


def _ascii(text: str) -> str:
    """Return one line of ASCII; anything else in a header is shown by its code."""
    return one_line(text, 8192).encode("ascii", "backslashreplace").decode()


def _parsed(data: bytes) -> Any:
    try:
        return next(iter(ArchiveIterator(io.BytesIO(data), no_record_parse=False)))
    except (ArchiveLoadFailed, StopIteration) as error:
        raise ValueError(one_line(error) or "a record is empty") from None


def _capture(data: bytes, place: Place) -> Capture | None:
    """Return the answer in a record, or None where the record is none."""
    record = _parsed(data)
    if record.rec_type not in ("response", "revisit") or record.http_headers is None:
        return None
    head = record.rec_headers
    status = str(record.http_headers.get_statuscode())
    return Capture(
        url=str(head.get_header("WARC-Target-URI")),
        at=dt.datetime.fromisoformat(str(head.get_header("WARC-Date"))),
        status=int(status) if status.isdigit() else 0,
        headers=list(record.http_headers.headers),
        body=record.raw_stream.read(),
        revisit=record.rec_type == "revisit",
        place=place,
    )
