"""A file, a folder and a zip read alike, and what is broken is told in one line."""

from __future__ import annotations

import gzip
import io
import os
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError, Problem
from analysis.files import Tree, common, sha256_of
from tests import archives
from tests.archives import record, response, zip_by_hand
from tests.studies import forbid

CONTENT = {
    "data/tweets.js": b"window.YTD.tweets.part0 = []",
    "data/account.js": b"window.YTD.account.part0 = []",
    "Your archive.html": "<p>Übersicht</p>".encode(),
}


def folder_of(root: Path, content: dict[str, bytes]) -> Path:
    for name, data in content.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def zip_of(path: Path, content: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def problem_of(action: Callable[[], object], tmp_path: Path) -> Problem:
    """Return the one problem that an action must raise, checked for how it reads."""
    with pytest.raises(InputError) as caught:
        action()
    (problem,) = caught.value.problems
    line = str(problem)
    assert line.isprintable()
    assert line == str(caught.value)
    assert line.startswith("raw/")
    assert str(tmp_path) not in line
    return problem


def read_whole(path: Path) -> dict[str, bytes]:
    tree = Tree.at(path, "raw/x")
    return {name: tree.bytes(name) for name in tree.names}


def test_folder_and_zip_have_the_same_members_and_bytes(tmp_path: Path) -> None:
    folder = Tree.at(folder_of(tmp_path / "x", CONTENT), "raw/x")
    packed = Tree.at(zip_of(tmp_path / "x.zip", CONTENT), "raw/x.zip")
    assert folder.names == packed.names == tuple(sorted(CONTENT))
    for name, data in CONTENT.items():
        assert folder.bytes(name) == packed.bytes(name) == data
        assert folder.head(name, 6) == packed.head(name, 6) == data[:6]
        with packed.open(name) as stream:
            assert b"".join(iter(lambda s=stream: s.read(5), b"")) == data
    assert folder.find("*.js") == packed.find("*.js") == ("data/account.js", "data/tweets.js")


def test_a_single_file_is_a_source_of_one_member(tmp_path: Path) -> None:
    path = tmp_path / "tweets.js"
    path.write_bytes(b"[]")
    tree = Tree.at(path, "raw/tweets.js")
    assert tree.is_single_file
    assert tree.names == ("tweets.js",)
    assert tree.bytes("tweets.js") == b"[]"
    assert tree.where("tweets.js") == "raw/tweets.js"
    assert Tree.at(path).label == "tweets.js"


@pytest.mark.parametrize(
    "compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_every_usual_compression_is_read(tmp_path: Path, compression: int) -> None:
    path = zip_of(tmp_path / "x.zip", CONTENT, compression)
    assert read_whole(path) == CONTENT


def test_a_zip_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "export.download", CONTENT)
    assert Tree.at(path, "raw/x").names == tuple(sorted(CONTENT))


def test_what_computers_leave_behind_is_not_content(tmp_path: Path) -> None:
    noise = {
        ".DS_Store": b"x",
        "data/Thumbs.db": b"x",
        "__MACOSX/data/._tweets.js": b"x",
        "data/._tweets.js": b"x",
        ".git/HEAD": b"x",
        ".ipynb_checkpoints/a.md": b"x",
    }
    folder = folder_of(tmp_path / "x", {**CONTENT, **noise})
    packed = zip_of(tmp_path / "x.zip", {**noise, **CONTENT})
    assert read_whole(folder) == read_whole(packed) == CONTENT


def test_names_written_by_windows_and_by_hand_are_the_same(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", {"data\\tweets.js": b"1", "./data/account.js": b"2"})
    assert read_whole(path) == {"data/account.js": b"2", "data/tweets.js": b"1"}


def test_nothing_there_is_absent(tmp_path: Path) -> None:
    problem = problem_of(lambda: Tree.at(tmp_path / "nothing.zip", "raw/nothing.zip"), tmp_path)
    assert problem.kind == "absent"
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert problem_of(lambda: Tree.at(file / "below", "raw/b"), tmp_path).kind == "absent"


def test_a_name_that_no_disk_can_hold_is_told(tmp_path: Path) -> None:
    problem = problem_of(lambda: Tree.at(tmp_path / ("x" * 5000), "raw/x"), tmp_path)
    assert problem.kind == "corrupt"
    assert problem_of(lambda: Tree.at(tmp_path / "\0", "raw/x"), tmp_path).kind == "corrupt"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    problem = problem_of(lambda: Tree.at(tmp_path / "pipe", "raw/pipe"), tmp_path)
    assert "device or pipe" in problem.expected
    assert Tree.at(tmp_path, "raw").names == ()


def test_a_cut_zip_is_corrupt(tmp_path: Path) -> None:
    whole = zip_of(tmp_path / "x.zip", CONTENT).read_bytes()
    (tmp_path / "x.zip").write_bytes(whole[: len(whole) // 2])
    problem = problem_of(lambda: Tree.at(tmp_path / "x.zip", "raw/x.zip"), tmp_path)
    assert problem.kind == "corrupt"
    assert "whole zip archive" in problem.expected


def test_text_that_is_called_zip_is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"<html>Sign in to download</html>")
    problem = problem_of(lambda: Tree.at(tmp_path / "x.zip", "raw/x.zip"), tmp_path)
    assert problem.kind == "corrupt"


def test_an_empty_zip_has_no_members(tmp_path: Path) -> None:
    assert Tree.at(zip_of(tmp_path / "x.zip", {}), "raw/x.zip").names == ()


def test_a_wrong_checksum_is_corrupt_and_names_the_member(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", {"a.js": b"tweets" * 9}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"tweetstweets", b"tweetsTWEETS", 1))
    tree = Tree.at(path, "raw/x.zip")
    for read in (tree.bytes, tree.head, lambda name: tree.open(name).read()):
        problem = problem_of(lambda read=read: read("a.js"), tmp_path)
        assert problem.kind == "corrupt"
        assert problem.file == "raw/x.zip/a.js"
        assert "CRC" in problem.expected


def test_a_member_that_unpacks_to_nonsense_is_corrupt(tmp_path: Path) -> None:
    for compression in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path = zip_of(tmp_path / "x.zip", {"a.js": os.urandom(3000)}, compression)
        data = bytearray(path.read_bytes())
        data[60:600] = b"\xff" * 540
        path.write_bytes(data)
        problem = problem_of(lambda path=path: read_whole(path), tmp_path)
        assert (problem.kind, problem.file) == ("corrupt", "raw/x/a.js")


def test_a_password_is_told(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", {"a.js": b"x"})
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, central + 8, 1)
    path.write_bytes(data)
    problem = problem_of(lambda: Tree.at(path, "raw/x.zip"), tmp_path)
    assert "without a password" in problem.expected


def test_a_compression_that_nobody_knows_is_told(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", {"a.js": b"x"})
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, 8, 97)
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, 97)
    path.write_bytes(data)
    assert problem_of(lambda: read_whole(path), tmp_path).kind == "corrupt"


def test_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", {"a.js": bytes(20_000_000)})
    assert path.stat().st_size < 25_000
    problem = problem_of(lambda: Tree.at(path, "raw/x.zip"), tmp_path)
    assert "1,000 times its packed size" in problem.expected


def test_more_than_memory_holds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zip_of(tmp_path / "x.zip", {"a.js": b"12345", "b.js": b"1"})
    folder = folder_of(tmp_path / "x", {"a.js": b"12345", "b.js": b"1"})
    monkeypatch.setattr(common, "MAX_MEMBERS", 1)
    assert "at most 1 " in problem_of(lambda: Tree.at(path, "raw/x.zip"), tmp_path).expected
    assert "at most 1 " in problem_of(lambda: Tree.at(folder, "raw/x"), tmp_path).expected
    monkeypatch.setattr(common, "MAX_MEMBERS", 2)
    monkeypatch.setattr(common, "MAX_MEMBER_BYTES", 4)
    problem = problem_of(lambda: Tree.at(path, "raw/x.zip"), tmp_path)
    assert (problem.place, problem.expected) == ("a.js", "expected at most 4 bytes")


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    content = [(b"%d.json" % number, b"[1]" * 9_000) for number in range(3)]
    path.write_bytes(archives.zip_by_hand(content))
    assert set(read_whole(path).values()) == {b"[1]" * 9_000}
    path.write_bytes(archives.zip_by_hand(content, shared=True))
    problem = problem_of(lambda: Tree.at(path, "raw/x.zip"), tmp_path)
    assert problem.place == "1.json"
    assert "found those of another member" in problem.expected


@pytest.mark.parametrize("claimed", [3, 5, 70_000])
def test_members_are_counted_before_they_are_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, claimed: int
) -> None:
    path = tmp_path / "x.zip"
    content = [(b"%d.json" % number, b"1") for number in range(5)]
    path.write_bytes(b"before" * (claimed < 6) + archives.zip_by_hand(content, claimed=claimed))
    monkeypatch.setattr(common, "MAX_MEMBERS", 4)
    built = []
    monkeypatch.setattr(zipfile, "ZipInfo", built.append)
    problem = problem_of(lambda: Tree.at(path, "raw/x.zip"), tmp_path)
    found = f"{claimed:,}" if claimed > 4 else "more"
    assert problem.expected == f"expected at most 4 members, found {found}"
    assert built == []


def test_a_size_that_lies_is_caught_while_reading(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", {"a.js": bytes(5000)})
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 10)
    path.write_bytes(data)
    assert problem_of(lambda: read_whole(path), tmp_path).kind == "corrupt"


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("a.js", b"1")
        archive.writestr("a.js", b"2")
    problem = problem_of(lambda: Tree.at(path, "raw/x.zip"), tmp_path)
    assert problem.place == "a.js"
    assert "twice" in problem.expected


def test_names_that_climb_out_of_a_zip_reach_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"secret")
    names = [f"../{secret.name}", f"{secret}", f"a/../../{secret.name}"]
    path = zip_of(tmp_path / "x.zip", dict.fromkeys(names, b"mine"))
    tree = Tree.at(path, "raw/x.zip")
    assert len(tree.names) == 3
    assert {tree.bytes(name) for name in tree.names} == {b"mine"}
    assert not any(name.startswith("/") for name in tree.names)
    assert secret.read_bytes() == b"secret"


def test_links_that_leave_the_source_are_not_followed(tmp_path: Path) -> None:
    outside = folder_of(tmp_path / "outside", {"secret.md": b"secret"})
    inside = folder_of(tmp_path / "x", {"a.md": b"a"})
    (inside / "out.md").symlink_to(outside / "secret.md")
    (inside / "dir").symlink_to(outside, target_is_directory=True)
    (inside / "again.md").symlink_to(inside / "a.md")
    (inside / "loop.md").symlink_to(inside / "loop.md")
    (inside / "gone.md").symlink_to(inside / "nothing")
    assert read_whole(inside) == {"a.md": b"a", "again.md": b"a"}
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        entry = zipfile.ZipInfo("link.md")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/hosts")
    assert Tree.at(tmp_path / "x.zip", "raw/x.zip").names == ()


def test_what_may_not_be_read_is_corrupt_not_empty(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "x", CONTENT)
    with forbid(folder / "data/tweets.js"):
        problem = problem_of(lambda: read_whole(folder), tmp_path)
    assert problem.file == "raw/x/data/tweets.js"
    with forbid(folder / "data"):
        problem = problem_of(lambda: Tree.at(folder, "raw/x"), tmp_path)
    assert problem.file == "raw/x/data"


def test_what_fails_to_be_read_is_told_without_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "x", CONTENT)
    tree = Tree.at(folder, "raw/x")
    denied = PermissionError(13, "Permission denied", str(folder / "data/tweets.js"))

    def deny(*_: object, **__: object) -> None:
        raise denied

    monkeypatch.setattr(Path, "open", deny)
    for action in (lambda: tree.head("data/tweets.js"), tree.digests):
        problem = problem_of(action, tmp_path)
        assert problem.expected == "expected a readable file: Permission denied"


@pytest.mark.skipif(os.name != "posix", reason="needs names that are bytes")
def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.md")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    problem = problem_of(lambda: Tree.at(tmp_path, "raw/x"), tmp_path)
    assert "rename it" in problem.expected


def test_hostile_names_are_shown_as_escapes(tmp_path: Path) -> None:
    name = "a\x1b[2Jb\u202e.js"
    path = zip_of(tmp_path / "x.zip", {name: bytes(20_000_000)})
    line = str(problem_of(lambda: Tree.at(path, "raw/x.zip"), tmp_path))
    assert r"a\x1b[2Jb\u202e.js" in line


def test_digests_name_every_file_on_disk(tmp_path: Path) -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    folder = folder_of(tmp_path / "x", {"a": b"", "b/c": b"1"})
    packed = zip_of(tmp_path / "x.zip", {"a": b""})
    assert Tree.at(folder, "raw/x").digests() == {
        "raw/x/a": empty,
        "raw/x/b/c": sha256_of(folder / "b/c", "x"),
    }
    assert list(Tree.at(packed, "raw/x.zip").digests()) == ["raw/x.zip"]
    assert Tree.at(folder / "a", "raw/a").digests() == {"raw/a": empty}


def archive_bytes() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in CONTENT.items():
            archive.writestr(name, data * 5)
    return stream.getvalue()


WHOLE = archive_bytes()


@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 9), st.binary(max_size=6)), max_size=4
    ),
    st.integers(0, len(WHOLE)),
)
def test_any_damage_is_told_or_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int, bytes]], end: int
) -> None:
    data = WHOLE
    for start, length, put in edits:
        data = data[:start] + put + data[start + length :]
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    path.write_bytes(data if edits else data[:end])
    said = ""
    try:
        read_whole(path)
    except InputError as error:
        said = str(error)
    assert not said or said.startswith("raw/x")
    assert "\n" not in said


def test_a_member_without_a_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zip_by_hand([(b"a.js", b"1"), (b"", b"2")]))
    problem = problem_of(lambda: Tree.at(tmp_path / "x.zip", "raw/x"), tmp_path)
    assert (problem.kind, problem.expected) == ("corrupt", "expected every member to have a name")


def test_what_is_only_called_an_archive_is_a_file(tmp_path: Path) -> None:
    """A packed table is no archive of files."""
    content = {"table.gz": gzip.compress(b"a,b\n1,2\n", mtime=0), "x.txt": b"1"}
    tree = Tree.at(folder_of(tmp_path / "x", content), "raw/x")
    assert (tree.names, tree.problems) == (("table.gz", "x.txt"), ())
    assert tree.bytes("table.gz") == content["table.gz"]


def test_redirects_of_several_web_archives_are_those_caught_first(tmp_path: Path) -> None:
    def moved(where: str, date: str) -> bytes:
        found = response(b"", f"Location: {where}", status="301 Moved")
        return record(found, "http://bit.ly/a", date=date)

    late, early = moved("/late", "2013-01-01T00:00:00Z"), moved("/early", "2012-01-01T00:00:00Z")
    other = record(response(b"", "Location: /b", status="302 Found"), "http://bit.ly/b")
    nowhere = record(response(b"", status="302 Found"), "http://bit.ly/c")
    for number, order in enumerate(([late, early], [early, late])):
        for name, each in zip("ab", order, strict=True):
            path = tmp_path / str(number) / f"{name}.warc"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(each + other + nowhere + record(response(b"1")))
        tree = Tree.at(tmp_path / str(number), "raw/x")
        assert tree.redirects() == {"http://bit.ly/a": "/early", "http://bit.ly/b": "/b"}
