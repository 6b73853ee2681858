"""What the tests of the blog formats share."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from network_exports import folder, read

from analysis.errors import InputError, Problem
from analysis.formats.base import Format, Post


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def problem_of(source: Format, root: Path, name: str, content: str | bytes) -> Problem:
    """Return the one problem that reading a broken file must name."""
    with pytest.raises(InputError) as caught:
        read(source, folder(root, {name: content}))
    (problem,) = caught.value.problems
    assert "\n" not in str(problem)
    assert str(problem).startswith(f"raw/{name}")
    return problem


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """Draw ``content`` cut short, or with a few of its bytes taken out or replaced."""
    place = st.integers(0, len(content))
    piece = st.binary(max_size=6) | st.sampled_from([b"<", b">", b"]]>", b"&", b'"', b"---\n"])

    def edited(edits: list[tuple[int, int, bytes]]) -> bytes:
        data = content
        for start, length, put in edits:
            data = data[:start] + put + data[start + length :]
        return data

    edit = st.tuples(place, st.integers(0, 9), piece)
    return place.map(lambda end: content[:end]) | st.lists(edit, min_size=1, max_size=4).map(edited)


def rows_or_problem(source: Format, name: str, content: bytes) -> list[Post] | str | None:
    """Read wild bytes: unknown, rows that can be written down, or the error's words."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = folder(Path(scratch), {name: content})
        found = source.recognise(tree)
        if found is None:
            return None
        try:
            posts = source.read(tree, found).posts
        except InputError as error:
            return str(error)
        for post in posts:
            "".join((post.id, post.url, post.text, *post.links)).encode()
        return posts
