"""Tar archives: the same members as a folder, and what is broken is told in one line."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.files import Tree, common, sha256_of, tars
from tests.archives import tar_bytes, tar_of
from tests.test_files import CONTENT, folder_of, problem_of, read_whole, zip_of

MODES = ["w", "w:gz", "w:bz2", "w:xz"]
PACKERS: list[Callable[[bytes], bytes]] = [gzip.compress, bz2.compress, lzma.compress]
PICTURES = {f"media/{number}.jpg": bytes([number]) * 200_000 for number in range(3)}


def tar_with(path: Path, *entries: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    return path


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tgz", "export.download"])
def test_a_tar_is_read_like_its_folder(tmp_path: Path, mode: str, name: str) -> None:
    content = CONTENT | PICTURES
    folder = Tree.at(folder_of(tmp_path / "x", content), "raw/x")
    packed = Tree.at(tar_of(tmp_path / name, content, mode), f"raw/{name}")
    assert folder.names == packed.names
    for member, data in content.items():
        assert packed.bytes(member) == data
        assert packed.head(member, 6) == data[:6]
        with packed.open(member) as stream:
            assert b"".join(iter(lambda s=stream: s.read(70_001), b"")) == data
    assert packed.where("data/tweets.js") == f"raw/{name}/data/tweets.js"
    assert not packed.is_single_file
    assert packed.digests() == {f"raw/{name}": sha256_of(tmp_path / name, "x")}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("name", ["ä/é.js", "d" * 90 + "/" + "e" * 90 + ".js"])
def test_long_and_foreign_names_are_told_in_every_dialect(
    tmp_path: Path, form: int, name: str
) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(tar_bytes({name: b"1", "b.js": b"22"}, form=form))
    assert read_whole(path) == {name: b"1", "b.js": b"22"}


def test_two_members_may_be_read_at_once(tmp_path: Path) -> None:
    tree = Tree.at(tar_of(tmp_path / "x.tgz", CONTENT | PICTURES), "raw/x")
    with tree.open("media/0.jpg") as one, tree.open("media/2.jpg") as other:
        pairs = [(one.read(50_000), other.read(50_000)) for _ in range(4)]
    assert b"".join(first for first, _ in pairs) == PICTURES["media/0.jpg"]
    assert b"".join(second for _, second in pairs) == PICTURES["media/2.jpg"]


def test_a_packed_tar_is_unpacked_once_whatever_is_read_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tar_of(tmp_path / "x.tgz", CONTENT | PICTURES)
    opened: list[Path] = []

    def count(source: Path) -> io.BufferedIOBase:
        opened.append(source)
        return gzip.GzipFile(source)

    monkeypatch.setitem(tars.OPENERS, b"\x1f\x8b", count)
    tree = Tree.at(path, "raw/x")
    for _ in range(3):
        assert all(tree.head(name) for name in reversed(tree.names))
        assert all(tree.bytes(name) for name in CONTENT)
    assert len(opened) == 1
    assert [tree.bytes(name) for name in PICTURES] == list(PICTURES.values())
    assert len(opened) == 2


def test_links_devices_and_climbing_names_reach_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"secret")
    kinds = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
    entries = []
    for number, kind in enumerate(kinds):
        entry = tarfile.TarInfo(f"odd-{number}")
        entry.type, entry.linkname = kind, str(secret)
        entries.append(entry)
    for name in (f"../{secret.name}", str(secret), f"a/../../{secret.name}", "plain"):
        entry = tarfile.TarInfo(name)
        entry.size = 4
        entries.append(entry)
    tree = Tree.at(tar_with(tmp_path / "x.tgz", *entries), "raw/x")
    assert len(tree.names) == 4
    assert {tree.bytes(name) for name in tree.names} == {bytes(4)}
    assert not any(name.startswith("/") for name in tree.names)
    assert secret.read_bytes() == b"secret"


@pytest.mark.parametrize("mode", MODES)
def test_a_tar_cut_anywhere_is_one_line(tmp_path: Path, mode: str) -> None:
    whole = tar_bytes({"a.js": b"1" * 700, "b.js": b"2" * 700}, mode)
    path = tmp_path / "x.tar"
    for end in range(0, len(whole) - 1, max(1, len(whole) // 150)):
        path.write_bytes(whole[:end])
        if mode == "w" and end >= 4 * 1024 - 512:  # one block of the end mark is enough
            assert read_whole(path) == {"a.js": b"1" * 700, "b.js": b"2" * 700}
            continue
        problem = problem_of(lambda: Tree.at(path, "raw/x.tar"), tmp_path)
        assert problem.kind == "corrupt"
        assert "expected a whole tar archive" in problem.expected


def test_damage_in_the_middle_is_not_taken_for_the_end(tmp_path: Path) -> None:
    whole = bytearray(tar_bytes({"a.js": b"1", "b.js": b"2"}))
    whole[1024 + 10] ^= 1  # in the second header
    path = tmp_path / "x.tar"
    path.write_bytes(whole)
    assert "at byte 1,024" in problem_of(lambda: Tree.at(path, "raw/x"), tmp_path).expected
    path.write_bytes(tar_bytes({"a.js": b"1"}) + tar_bytes({"b.js": b"2"}))
    assert "more behind" in problem_of(lambda: Tree.at(path, "raw/x"), tmp_path).expected


@pytest.mark.parametrize("pack", PACKERS)
def test_a_bomb_is_refused_before_it_goes_off(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(pack(tar_bytes({"a.js": bytes(60_000_000)})))
    monkey = pytest.MonkeyPatch()
    monkey.setattr(common, "MAX_RATIO", 500)
    with monkey.context():
        problem = problem_of(lambda: Tree.at(path, "raw/x.tar"), tmp_path)
    monkey.undo()
    assert "500 times its packed size" in problem.expected


def test_a_picture_counts_towards_a_bomb(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(bz2.compress(tar_bytes({"a.jpg": bytes(20_000_000)})))
    problem = problem_of(lambda: Tree.at(path, "raw/x.tar"), tmp_path)
    assert "times its packed size" in problem.expected


def test_more_members_or_bytes_than_honest_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tar_of(tmp_path / "x.tgz", {"a.js": b"12345", "b.js": b"1"})
    monkeypatch.setattr(common, "MAX_MEMBERS", 1)
    assert "at most 1 " in problem_of(lambda: Tree.at(path, "raw/x"), tmp_path).expected
    monkeypatch.setattr(common, "MAX_MEMBERS", 2)
    monkeypatch.setattr(common, "MAX_MEMBER_BYTES", 4)
    problem = problem_of(lambda: Tree.at(path, "raw/x"), tmp_path)
    assert (problem.place, problem.expected) == ("a.js", "expected at most 4 bytes")


@pytest.mark.slow
def test_two_hundred_thousand_members_are_read_and_one_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    for count in (common.MAX_MEMBERS, common.MAX_MEMBERS + 1):
        with tarfile.open(path, "w:gz", compresslevel=1, format=tarfile.USTAR_FORMAT) as archive:
            for number in range(count):
                archive.addfile(tarfile.TarInfo(f"{number}.js"))
        if count == common.MAX_MEMBERS:
            assert len(Tree.at(path, "raw/x").names) == count
    assert "200,000" in problem_of(lambda: Tree.at(path, "raw/x"), tmp_path).expected


def test_a_name_that_stands_twice_and_holes_are_refused(tmp_path: Path) -> None:
    twice = tar_with(tmp_path / "x.tgz", tarfile.TarInfo("a.js"), tarfile.TarInfo("./a.js"))
    assert problem_of(lambda: Tree.at(twice, "raw/x"), tmp_path).place == "a.js"
    entry = tarfile.TarInfo("a.js")
    entry.type = tarfile.GNUTYPE_SPARSE
    holes = tar_with(tmp_path / "y.tgz", entry)
    assert "holes" in problem_of(lambda: Tree.at(holes, "raw/y"), tmp_path).expected


def test_an_xz_that_wants_much_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**29}]
    path = tmp_path / "x.tar.xz"
    path.write_bytes(lzma.compress(tar_bytes({"a.js": b"1"}), filters=filters))
    assert "emory" in problem_of(lambda: Tree.at(path, "raw/x"), tmp_path).expected


def test_archives_in_a_folder_give_their_members(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "x", {"notes.md": b"n", "report.docx": b"PK\x03\x04"})
    (folder / "meta").mkdir()
    zip_of(folder / "meta/part-1.zip", {"posts/1.json": b"[1]"})
    tar_of(folder / "meta/part-2.tar.gz", {"posts/1.json": b"[2]", "more.zip": b"PK"})
    tree = Tree.at(folder, "raw/x")
    assert {name: tree.bytes(name) for name in tree.names} == {
        "meta/part-1.zip/posts/1.json": b"[1]",
        "meta/part-2.tar.gz/more.zip": b"PK",
        "meta/part-2.tar.gz/posts/1.json": b"[2]",
        "notes.md": b"n",
        "report.docx": b"PK\x03\x04",
    }
    assert tree.find("1.json") == (
        "meta/part-1.zip/posts/1.json",
        "meta/part-2.tar.gz/posts/1.json",
    )
    one = tree.digest_of("meta/part-1.zip/posts/1.json")
    assert one == (sha256_of(folder / "meta/part-1.zip", "x"), "raw/x/meta/part-1.zip")
    assert tree.digest_of("notes.md") == (sha256_of(folder / "notes.md", "x"), "raw/x/notes.md")
    assert dict([one[::-1]]).items() <= tree.digests().items()
    assert len(tree.digests()) == 4
    assert (tree.seen_at("notes.md"), tree.address("meta/part-1.zip/posts/1.json")) == (None, "")


def test_a_broken_archive_in_a_folder_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "x", {"a.md": b"a", "cut.zip": b"PK\x03\x04cut"})
    whole = tar_bytes({"a": b"1"}, "w:gz")
    (folder / "cut.tgz").write_bytes(whole[:-9])
    tree = Tree.at(folder, "raw/x")
    assert tree.names == ("a.md",)
    assert [(problem.kind, problem.file) for problem in tree.problems] == [
        ("corrupt", "raw/x/cut.tgz"),
        ("corrupt", "raw/x/cut.zip"),
    ]
    (folder / "a.md").unlink()
    with pytest.raises(InputError) as caught:
        Tree.at(folder, "raw/x")
    assert caught.value.problems == tree.problems


def test_the_members_of_all_archives_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "x", {"a.md": b"a"})
    zip_of(folder / "b.zip", {"1": b"", "2": b""})
    monkeypatch.setattr(common, "MAX_MEMBERS", 2)
    assert "at most 2 files" in problem_of(lambda: Tree.at(folder, "raw/x"), tmp_path).expected


WHOLE = tar_bytes({"a.js": b"[1]" * 100, "b.js": b"[2]"}, form=tarfile.GNU_FORMAT)


@given(
    st.sampled_from([None, *PACKERS]),
    st.lists(st.tuples(st.integers(0, 2600), st.integers(0, 9), st.binary(max_size=6)), max_size=4),
    st.integers(0, len(WHOLE)),
)
def test_any_damage_is_told_or_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    pack: Callable[[bytes], bytes] | None,
    edits: list[tuple[int, int, bytes]],
    end: int,
) -> None:
    data = WHOLE if pack is None else pack(WHOLE)
    for start, length, put in edits:
        data = data[:start] + put + data[start + length :]
    path = tmp_path_factory.getbasetemp() / "damaged.tar"
    path.write_bytes(data if edits else data[:end])
    said = ""
    try:
        read_whole(path)
    except InputError as error:
        said = str(error)
    assert not said or (said.startswith("raw/x") and said.isprintable())


def header(kind: bytes, size: int, name: str = "x") -> bytes:
    """Return the header of one member, whatever it says."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = kind, size
    return entry.tobuf(tarfile.GNU_FORMAT)


END = bytes(1024)
PAX = b"27 path=climbed/over.js\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (header(tarfile.GNUTYPE_LONGNAME, 10**8) + END, "an extension header of 100,000,000 bytes"),
        (header(tarfile.XHDTYPE, -1) + END, "an extension header of -1 bytes"),
        (header(tarfile.REGTYPE, -1) + END, "a member of negative size"),
        (header(tarfile.REGTYPE, 0, "/") + END, "expected every member to have a name"),
        (header(tarfile.XHDTYPE, 512) + b"x" * 512 + END, "a broken extension header"),
        (header(tarfile.XHDTYPE, 512) + b"999 a=b\n".ljust(512, b"\0") + END, "a broken extension"),
        (header(tarfile.XHDTYPE, 512) + b"1 a=b\n".ljust(512, b"\0") + END, "a broken extension"),
        (header(tarfile.XHDTYPE, 4000) + PAX, "it ends in the middle of this member"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_headers_that_no_honest_tar_has_are_refused(
    tmp_path: Path, data: bytes, said: str, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "x.tar").write_bytes(pack(data))
    problem = problem_of(lambda: Tree.at(tmp_path / "x.tar", "raw/x"), tmp_path)
    assert problem.kind == "corrupt"
    assert said in problem.expected


def test_what_is_said_of_the_whole_archive_or_of_a_link_is_no_member_s(tmp_path: Path) -> None:
    """As ``git archive`` writes it: a comment for all members; and a link with a long target."""
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "t" * 150
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        more = {"pax_headers": {"comment": "0123abc", "path": "every"}}
        stream = io.BytesIO()
        with tarfile.open(
            fileobj=stream,
            mode="w",
            format=form,
            **(more if form == tarfile.PAX_FORMAT else {}),  # type: ignore[arg-type]
        ) as archive:
            archive.addfile(link)
            entry = tarfile.TarInfo("a.js")
            entry.size = 1
            archive.addfile(entry, io.BytesIO(b"1"))
        (tmp_path / "x.tar").write_bytes(stream.getvalue())
        assert read_whole(tmp_path / "x.tar") == {"a.js": b"1"}


def test_a_packed_tar_needs_no_end_mark(tmp_path: Path) -> None:
    """The packing has an end of its own; a tar that is not packed could be cut off there."""
    whole = tar_bytes({"a.js": b"1"}).rstrip(b"\0")
    whole += bytes(-len(whole) % 512)
    (tmp_path / "x.tgz").write_bytes(gzip.compress(whole))
    assert read_whole(tmp_path / "x.tgz") == {"a.js": b"1"}
    (tmp_path / "x.tar").write_bytes(whole)
    problem = problem_of(lambda: Tree.at(tmp_path / "x.tar", "raw/x"), tmp_path)
    assert "without its end mark" in problem.expected


@pytest.mark.parametrize("pack", PACKERS)
def test_a_tar_that_was_cut_before_it_was_packed_is_told(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "x.tgz").write_bytes(pack(tar_bytes({"a.js": b"1" * 9000})[:5000]))
    problem = problem_of(lambda: Tree.at(tmp_path / "x.tgz", "raw/x"), tmp_path)
    assert (problem.place, problem.kind) == ("a.js", "corrupt")
    assert "it ends in the middle of this member" in problem.expected


def test_an_extension_header_beyond_the_end_of_a_plain_tar_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "FREE_BYTES", 0)
    monkeypatch.setattr(common, "MAX_RATIO", 1)
    (tmp_path / "x.tar").write_bytes(header(tarfile.XHDTYPE, 4000) + PAX)
    problem = problem_of(lambda: Tree.at(tmp_path / "x.tar", "raw/x"), tmp_path)
    assert "it ends in the middle" in problem.expected


def test_zeros_without_end_behind_the_end_mark_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.tgz").write_bytes(gzip.compress(tar_bytes({"a.js": b"1"}) + bytes(300_000)))
    assert read_whole(tmp_path / "x.tgz") == {"a.js": b"1"}
    monkeypatch.setattr(common, "FREE_BYTES", 200_000)
    monkeypatch.setattr(common, "MAX_RATIO", 1)
    problem = problem_of(lambda: Tree.at(tmp_path / "x.tgz", "raw/x"), tmp_path)
    assert "nothing but zeros behind its end mark" in problem.expected


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_archive_that_shrinks_after_it_was_looked_through_is_told(
    tmp_path: Path, mode: str
) -> None:
    content = {"a.jpg": bytes(range(256)) * 8000, "b.jpg": bytes(range(255, -1, -1)) * 8000}
    path = tar_of(tmp_path / "x.tar", content, mode)
    tree = Tree.at(path, "raw/x.tar")
    path.write_bytes(path.read_bytes()[: 1000 if mode == "w" else 300])
    problem = problem_of(lambda: tree.bytes("b.jpg"), tmp_path)
    assert (problem.kind, problem.file) == ("corrupt", "raw/x.tar/b.jpg")
