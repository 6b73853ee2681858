"""What the tests of the networks' exports share: small exports on disk, whole or broken."""

from __future__ import annotations

import copy
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from analysis.errors import InputError, Problem
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post

_SHARED = os.environ.get("NEEDLE_SHARED") or Path(__file__).resolve().parents[3] / "shared"


def shared(path: str) -> Path:
    """Return a sample outside the project, or skip the test where there is none."""
    found = Path(_SHARED) / path
    if not found.exists():
        pytest.skip(f"no {path} beside the project")
    return found


def folder(root: Path, files: Mapping[str, str | bytes]) -> Tree:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Tree.at(root, "raw")


def zipped(path: Path, tree: Tree) -> Tree:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in tree.names:
            archive.writestr(name, tree.bytes(name))
    return Tree.at(path, "raw.zip")


def read(source: Format, tree: Tree) -> Extract:
    found = source.recognise(tree)
    assert found is not None, f"{source.name} does not know {tree.names}"
    return source.read(tree, found)


def assert_same_when_zipped(source: Format, tree: Tree, path: Path) -> None:
    packed = zipped(path, tree)
    inside, outside = read(source, packed), read(source, tree)
    assert replace(inside, problems=()) == replace(outside, problems=())
    own = [one.file.removeprefix(packed.label) for one in inside.problems]
    assert own == [one.file.removeprefix(tree.label) for one in outside.problems]
    assert packed.names == tree.names


def assert_rows_or_input_error(source: Format, name: str, content: bytes) -> None:
    """Read a broken export: it is unknown, gives rows that can be written, or an error."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = folder(Path(scratch), {name: content})
        found = source.recognise(tree)
        if found is None:
            return
        problems: tuple[Problem, ...] = ()
        posts: list[Post] = []
        try:
            posts = source.read(tree, found).posts
        except InputError as error:
            problems = error.problems
        assert all("\n" not in str(problem) for problem in problems)
        for post in posts:
            "".join((post.id, post.url, post.title, post.text, *post.links)).encode()
            assert 2003 <= post.when.year <= 2100


def broken(content: bytes) -> st.SearchStrategy[bytes]:
    """Draw ``content`` cut short, or with some of its bytes changed, added or taken out."""
    cut = st.integers(0, len(content)).map(lambda end: content[:end])
    change = st.tuples(st.integers(0, len(content)), st.integers(0, 9), st.binary(max_size=6))

    def changed(edits: list[tuple[int, int, bytes]]) -> bytes:
        data = content
        for start, length, replacement in edits:
            data = data[:start] + replacement + data[start + length :]
        return data

    values = st.sampled_from([b"null", b"0", b"-1", b"[]", b"{}", b'""', b'"\\ud83d"', b"1e400"])

    def swapped(pair: tuple[int, bytes]) -> bytes:
        colons = [i for i, byte in enumerate(content) if byte == ord(":")]
        if not colons:
            return content
        start = colons[pair[0] % len(colons)] + 1
        end = min(i for i in (content.find(b, start) for b in (b",", b"}", b"\n", b"]")) if i > 0)
        return content[:start] + pair[1] + content[end:]

    return st.one_of(
        cut,
        st.lists(change, min_size=1, max_size=4).map(changed),
        st.tuples(st.integers(0, 999), values).map(swapped),
    )


_STRANGE: tuple[Any, ...] = (
    *(None, True, 0, -1, 10**30, 1e308, 2**63, "", " ", "\0", "\ud83d", "\u202e", [], {}),
    *(
        [[]],
        [None],
        [{}],
        {"": {}},
        {"uri": []},
        [[[[[]]]]],
        "http://[",
        "https://x.example:99999/",
    ),
)


def changed(value: Any) -> st.SearchStrategy[Any]:
    """Draw a JSON value with some of what is in it dropped, doubled or of another type."""
    places = list(_places(value, ()))
    edits = st.tuples(
        st.sampled_from(places), st.sampled_from(("drop", "double", "replace")), st.integers()
    )

    def edited(drawn: list[tuple[tuple[Any, ...], str, int]]) -> Any:
        root = [copy.deepcopy(value)]
        for place, edit, number in drawn:
            within: Any = root
            try:
                for step in (0, *place)[:-1]:
                    within = within[step]
                step = (0, *place)[-1]
                if edit == "replace":
                    within[step] = copy.deepcopy(_STRANGE[number % len(_STRANGE)])
                elif edit == "drop" and place:
                    del within[step]
                elif isinstance(within, list):
                    within.append(copy.deepcopy(within[step]))
            except (KeyError, IndexError, TypeError):
                continue  # an earlier edit took it away
        return root[0]

    return st.lists(edits, min_size=1, max_size=5).map(edited)


def _places(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every value within a JSON value."""
    yield place
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield from _places(item, (*place, key))
