"""What the tests of the blog formats share."""

from __future__ import annotations

import copy
import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any

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


_JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**70, 1e300, -1e18, "", "\ud83d", "\0", "9" * 400),
    *("0000-00-00T00:00:00", [], {}, [[]], [None], {"rendered": 7}, {"$t": []}, [["a", 1]]),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value that stands in a JSON value."""
    steps = value.items() if isinstance(value, dict) else []
    if isinstance(value, list):
        steps = list(enumerate(value))
    return [path, *(place for key, inner in steps for place in _places(inner, (*path, key)))]


def distorted(value: Any) -> st.SearchStrategy[bytes]:
    """Draw a JSON file in which some values are of another type, and some keys are gone."""
    places = [place for place in _places(value) if place]

    def changed(edits: list[tuple[tuple[Any, ...], Any]]) -> bytes:
        made = copy.deepcopy(value)
        for place, put in edits:
            inner = made
            try:
                for step in place[:-1]:
                    inner = inner[step]
                if put is ...:
                    del inner[place[-1]]
                else:
                    inner[place[-1]] = copy.deepcopy(put)
            except (LookupError, TypeError):
                continue
        return json.dumps(made).encode()

    edit = st.tuples(st.sampled_from(places), st.sampled_from((..., *_JUNK)))
    return st.lists(edit, min_size=1, max_size=5).map(changed)


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
            "".join((post.id, post.url, post.title, post.text, *post.links)).encode()
        return posts
