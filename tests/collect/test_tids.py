"""The keys of Bluesky's records, which tell when each was written, and keys that do not."""

from __future__ import annotations

import datetime as dt

import pytest

from analysis.collect.tids import tid_time
from tests.collect.test_bluesky import key

WHEN = dt.datetime(2024, 3, 28, 12, 34, 56, 789012, tzinfo=dt.UTC)


def test_a_key_tells_when() -> None:
    assert tid_time(key(WHEN)) == WHEN


@pytest.mark.parametrize(
    "text",
    [
        "self",
        "",
        key(WHEN)[:-1],
        key(WHEN) + "2",
        key(WHEN).upper(),
        "0" + key(WHEN)[1:],
        "z" * 13,
        "2" * 13,
        key(WHEN.replace(year=2021)),
        key(WHEN.replace(year=2104)),
    ],
)
def test_what_is_no_such_key_tells_nothing(text: str) -> None:
    assert tid_time(text) is None
