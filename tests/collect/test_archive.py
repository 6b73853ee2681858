"""The archive: append-only, and whole again after a kill at any byte."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import hashlib
import io
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from analysis.collect import members
from analysis.collect.archive import Archive, Before, Place
from analysis.collect.transport import Raw
from analysis.errors import InputError
from tests.collect.conftest import START

URL = "https://example.org/a?b=c"
LATIN = st.characters(max_codepoint=255)


def raw(body: bytes = b"body", status: int = 200) -> Raw:
    return Raw(status, "OK", [("Content-Type", "text/plain"), ("ETag", 'W/"x"')], body)


def filled(folder: Path) -> tuple[Archive, list[int]]:
    """Return an archive of four records, and where each of them ends."""
    archive, ends = Archive(folder, "raw/collected/blog", START), []
    for number in range(4):
        at = START + dt.timedelta(seconds=number)
        earlier = Before(Place("", 0), at - dt.timedelta(seconds=1), b"body 2")
        before = earlier if number == 3 else None
        place = archive.append(URL, at, raw(f"body {number}".encode()), before)
        ends.append((folder / place.file).stat().st_size)
    archive.close()
    return archive, ends


def test_it_is_plain_standard_warc(tmp_path: Path) -> None:
    archive, _ = filled(tmp_path)
    (path,) = archive.files()
    assert path.name == "20120622T060000Z.warc.gz"
    with path.open("rb") as stream:
        records = [
            (
                record.rec_type,
                record.rec_headers.get_header("WARC-Target-URI"),
                record.rec_headers.get_header("WARC-Date"),
                record.content_stream().read(),
            )
            for record in ArchiveIterator(stream, check_digests="raise")
        ]
    assert [each[0] for each in records] == ["warcinfo", *["response"] * 3, "revisit"]
    assert records[1][1:] == (URL, "2012-06-22T06:00:00.000000Z", b"body 0")
    assert records[4][3] == b""
    checker = Checker(type("Options", (), {"inputs": [str(path)], "verbose": False}))
    checker.process_all()
    assert checker.exit_value == 0


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    archive, _ = filled(tmp_path)
    found = list(archive.captures())
    assert [each.body for each in found] == [b"body 0", b"body 1", b"body 2", b"body 2"]
    assert [each.revisit for each in found] == [False, False, False, True]
    assert [each.at.second for each in found] == [0, 1, 2, 3]
    assert found[0].headers[1] == ("ETag", 'W/"x"')


def test_nothing_kept_leaves_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "new", "new", START)
    archive.close()
    assert archive.mend({}) == {}
    assert list(archive.captures()) == []
    assert not (tmp_path / "new").exists()


def test_a_file_cut_at_any_byte_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    archive, ends = filled(tmp_path / "whole")
    (path,) = archive.files()
    data = path.read_bytes()
    assert ends[-1] == len(data)
    other = Archive(tmp_path / "cut", "cut", START)
    other.folder.mkdir()
    for size in range(len(data) + 1):
        cut = other.folder / path.name
        cut.write_bytes(data[:size])
        whole = [end for end in ends if end <= size]
        assert other.mend({}) == ({path.name: whole[-1]} if whole else {})
        assert cut.exists() == bool(whole)
        assert not whole or cut.read_bytes() == data[: whole[-1]]
        if size % 50 == 0:
            assert len(list(other.captures())) == len(whole)
            other.append(URL, START, raw(b"next"))
            other.close()
            found = [each.body for each in other.captures()]
            assert found[-1] == b"next"
            assert len(found) == len(whole) + 1
        cut.unlink(missing_ok=True)


def test_a_tail_of_zeros_is_taken_off(tmp_path: Path) -> None:
    archive, ends = filled(tmp_path)
    (path,) = archive.files()
    with path.open("ab") as stream:
        stream.write(b"\0" * 5000)
    with pytest.raises(InputError, match="expected whole records"):
        list(archive.captures())
    assert archive.mend({path.name: ends[-1]}) == {path.name: ends[-1]}
    assert len(list(archive.captures())) == 4


def test_damage_before_the_end_is_refused_and_left_alone(tmp_path: Path) -> None:
    archive, ends = filled(tmp_path)
    (path,) = archive.files()
    data = bytearray(path.read_bytes())
    data[ends[0] + 30] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"byte {ends[0]}: expected whole records up to the end"):
        archive.mend({})
    assert path.read_bytes() == data


def test_what_is_known_to_be_whole_is_not_read_again(tmp_path: Path) -> None:
    archive, ends = filled(tmp_path)
    (path,) = archive.files()
    os.truncate(path, ends[0] - 3)
    assert archive.mend({path.name: ends[0] - 3}) == {path.name: ends[0] - 3}


def test_what_could_not_be_written_whole_is_taken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path, "blog", START)
    archive.append(URL, START, raw(b"one"))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            archive.append(URL, START, raw(b"two"))
    archive.append(URL, START, raw(b"three"))
    archive.close()
    assert [each.body for each in archive.captures()] == [b"one", b"three"]


def test_a_revisit_of_nothing_is_told(tmp_path: Path) -> None:
    archive = Archive(tmp_path, "blog", START)
    place = archive.append(URL, START, raw(b""), None)
    archive.append(URL, START, raw(b"", 304), Before(place, START - dt.timedelta(days=1), b"gone"))
    archive.close()
    with pytest.raises(InputError, match="that this one repeats; it is missing"):
        list(archive.captures())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(LATIN, max_size=20),
    value=st.text(LATIN, max_size=50),
    reason=st.text(LATIN, max_size=20),
    body=st.binary(max_size=300),
)
def test_any_header_and_body_can_be_kept(
    tmp_path: Path, name: str, value: str, reason: str, body: bytes
) -> None:
    shutil.rmtree(tmp_path / "any", ignore_errors=True)
    archive = Archive(tmp_path / "any", "any", START)
    archive.append(URL, START, Raw(200, reason, [(name, value), ("A", "b")], body))
    archive.close()
    (found,) = archive.captures()
    assert (found.status, found.body) == (200, body)
    assert ("A", "b") in found.headers


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_one_line_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    whole = tmp_path / "whole"
    if not whole.exists():
        filled(whole)
    (path,) = whole.glob("*.warc.gz")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    shutil.rmtree(tmp_path / "bad", ignore_errors=True)
    shutil.copytree(whole, tmp_path / "bad")
    (tmp_path / "bad" / path.name).write_bytes(content)
    archive = Archive(tmp_path / "bad", "bad", START)
    for act in (archive.mend, lambda _: list(archive.captures())):
        with contextlib.suppress(InputError):
            act({})


def test_members_of_another_tool_are_read(tmp_path: Path) -> None:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with (tmp_path / "other.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        http = StatusAndHeaders("200 OK", [("A", "b")], protocol="HTTP/1.0")
        theirs = writer.create_warc_record(
            URL, "response", io.BytesIO(b"theirs"), 6, http_headers=http
        )
        writer.write_record(theirs)
    (found,) = Archive(tmp_path, "x", START).captures()
    assert (found.url, found.status, found.body) == (URL, 200, b"theirs")


def test_what_is_not_the_answer_that_was_noted_is_not_asked_for_by(tmp_path: Path) -> None:
    """A state beside another archive: a 304 would be given the body of something else."""
    archive = Archive(tmp_path, "blog", START)
    place = archive.append(URL, START, raw(b"body"))
    archive.close()
    digest = hashlib.sha256(b"body").hexdigest()
    assert archive.before(place, START, digest) == Before(place, START, b"body", "text/plain")
    assert archive.before(place, START, hashlib.sha256(b"other").hexdigest()) is None
    assert archive.before(Place(place.file, 0), START, digest) is None, "the head of the file"
    assert archive.before(Place("gone.warc.gz", 0), START, digest) is None


def test_an_archive_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    archive = Archive(tmp_path, "blog", START)
    place = archive.append(URL, START, raw(b"body"))
    later = START + dt.timedelta(seconds=1)
    archive.append(URL, later, raw(b"", 304), Before(place, START, b"body"))
    archive.close()
    (path,) = archive.files()
    head = path.read_bytes()[: place.offset]
    captures = archive.captures()
    assert next(captures).body == b"body"
    path.write_bytes(head + head)  # a head of a file where the answer was
    with pytest.raises(InputError, match="expected it to repeat an answer"):
        next(captures)


def test_a_record_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(tmp_path, "blog", START)
    archive.append(URL, START, raw(b"0" * 100_000))
    archive.close()
    (path,) = archive.files()
    assert path.stat().st_size < 2000
    monkeypatch.setattr(members, "MAX_RECORD", 50_000)
    with pytest.raises(InputError, match="expected whole records"):
        list(archive.captures())


@pytest.mark.parametrize("tail", [b"", b"\x1f", gzip.compress(b"c", mtime=0)[:-1], b"\0" * 9])
def test_where_the_last_whole_member_ends(tail: bytes) -> None:
    whole = gzip.compress(b"a") + gzip.compress(b"b")
    assert members.end_of_whole(io.BytesIO(whole + tail)) == len(whole)
    assert members.end_of_whole(io.BytesIO(tail)) == 0
