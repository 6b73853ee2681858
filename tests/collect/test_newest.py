"""Lists that begin with the newest, where more is new than a run may read."""

from __future__ import annotations

import datetime as dt
from email.message import Message
from pathlib import Path

import pytest

from analysis.collect import newest
from analysis.collect.base import Answer
from analysis.collect.newest import Page, Reach, newest_first
from analysis.collect.state import State
from tests.collect.conftest import START

PER_PAGE = 10


class Several:
    """Numbers from the newest down, ten a page; each is as many hours younger as it is larger."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.asked: list[str] = []

    def ask(self, cursor: str) -> Page:
        self.asked.append(cursor)
        highest = int(cursor or self.size)
        numbers = list(range(highest, max(highest - PER_PAGE, 0), -1))
        names = tuple(f"{number:06}" for number in numbers)
        answer = Answer("https://example.org/", START, 200, Message(), b"")
        oldest = START + dt.timedelta(hours=numbers[-1])
        return Page(answer, names, names, oldest, str(numbers[-1] - 1) if numbers[-1] > 1 else "")


def test_a_run_that_is_too_short_for_all_news_leaves_no_hole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, reach = State(tmp_path), Reach(START + dt.timedelta(days=9000))
    several = Several(20)
    assert sum(each.new for each in newest_first(state, "posts", several.ask, reach)) == 20
    several.size, several.asked = 70, []
    monkeypatch.setattr(newest, "MAX_PAGES", 3)
    steps = list(newest_first(state, "posts", several.ask, reach))
    assert (sum(each.new for each in steps), len(several.asked)) == (30, 3)
    (note,) = filter(None, (each.note for each in steps))
    assert note == "posts: more than 3 pages are new; the next run begins with the newest again"
    assert state.cursor["posts"]["top"] == "000020", "what is whole goes no further than before"
    monkeypatch.setattr(newest, "MAX_PAGES", 500)
    steps = list(newest_first(state, "posts", several.ask, reach))
    assert sum(each.new for each in steps) == 20
    assert state.cursor["posts"]["top"] == "000070"
    assert all(state.knows(f"{number:06}") for number in range(1, 71))
