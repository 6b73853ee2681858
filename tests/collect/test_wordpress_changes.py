"""WordPress's list of posts that changes while it is read, and answers that are no such list."""

from __future__ import annotations

import json
from email.message import Message
from pathlib import Path
from typing import Any, cast

import pytest

from analysis.collect import base, wordpress
from analysis.collect.base import CollectPlan
from analysis.collect.fetcher import Fetcher
from analysis.collect.state import State
from analysis.collect.wordpress import PER_PAGE, _changes, _whole
from analysis.errors import InputError
from tests.collect.conftest import START

URL = "https://example.org/wp-json/wp/v2/posts"


class Plan:
    since = None


class Answer:
    url = URL

    def __init__(self, status: int, body: Any, headers: dict[str, str]) -> None:
        self.status, self.body, self.headers = status, body, headers

    def json(self) -> Any:
        return self.body

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    def expect(self, what: str) -> Answer:
        assert self.status == 200, what
        return self


class Blog:
    """Posts by number, with the date of their last change; what happens after each request."""

    def __init__(self, posts: dict[int, str], *happens: Any) -> None:
        self.posts, self.happens = posts, list(happens)
        self.asked: list[dict[str, Any]] = []
        self.given: set[int] = set()

    def get(self, url: str, asked: dict[str, Any]) -> Answer:
        assert url == URL
        self.asked.append(asked)
        chosen = sorted(self.posts)
        if asked.get("orderby") == "modified":
            chosen = sorted(self.posts, key=self.posts.__getitem__, reverse=True)
            chosen = [one for one in chosen if self.posts[one] > asked.get("modified_after", "")]
        size, page = asked["per_page"], asked.get("page", 1)
        shown = chosen[size * (page - 1) : size * page]
        total = {"x-wp-total": str(len(chosen)), "x-wp-totalpages": str(-(-len(chosen) // size))}
        if not shown and page > 1:
            body: Any = {"code": "rest_post_invalid_page_number"}
            answer = Answer(400, body, {})
        else:
            body = [{"id": one, "modified_gmt": self.posts[one]} for one in shown]
            answer = Answer(200, body, total)
        self.given |= set(shown)
        if self.happens and (event := self.happens.pop(0)):
            event(self.posts)
        return answer


def many(count: int) -> dict[int, str]:
    return {n: f"2012-01-{1 + n % 28:02}T10:00:00" for n in range(1, count + 1)}


def whole(blog: Any, state: State) -> list[str]:
    steps = _whole(cast(CollectPlan, Plan()), cast(Fetcher, blog), state, URL)
    return [step.note or step.text for step in steps]


def changes(blog: Blog, state: State) -> int:
    """Ask for what changed; return how many requests that took."""
    before = len(blog.asked)
    list(_changes(cast(CollectPlan, Plan()), cast(Fetcher, blog), state, URL))
    return len(blog.asked) - before


def test_every_post_is_had_though_one_is_deleted_between_pages(tmp_path: Path) -> None:
    blog = Blog(many(3 * PER_PAGE), lambda posts: posts.pop(1))
    state = State(tmp_path)
    whole(blog, state)
    assert blog.given == set(many(3 * PER_PAGE)), "the one that moved up to page 1 as well"
    assert state.cursor == {"modified": "2012-01-28T10:00:00", "count": 3 * PER_PAGE - 1}


def test_a_list_that_is_longer_than_a_run_goes_on_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wordpress, "MAX_PAGES", 2)
    blog, state = Blog(many(3 * PER_PAGE)), State(tmp_path)
    assert whole(blog, state)[-1] == "there are more than 2 pages; the next run goes on"
    assert state.cursor["page"] == 3
    assert "modified" not in state.cursor
    assert whole(blog, state) == ["posts, page 3 of 3"]
    assert blog.given == set(many(3 * PER_PAGE))


def test_what_was_changed_is_asked_for_and_no_more(tmp_path: Path) -> None:
    blog, state = Blog(many(2 * PER_PAGE)), State(tmp_path)
    whole(blog, state)
    blog.posts[5] = "2012-03-01T10:00:00"
    blog.posts[201] = "2012-03-02T10:00:00"
    assert changes(blog, state) == 2
    assert state.cursor == {"modified": "2012-03-02T10:00:00", "count": 2 * PER_PAGE + 1}


def test_more_changes_than_a_page_are_all_asked_for(tmp_path: Path) -> None:
    blog, state = Blog(many(PER_PAGE)), State(tmp_path)
    whole(blog, state)
    blog.posts |= {n: f"2012-03-01T10:{n % 60:02}:00" for n in range(1000, 1150)}
    assert changes(blog, state) == 3
    assert {*range(1000, 1150)} <= blog.given


def test_a_post_with_a_date_of_the_past_makes_it_ask_for_all(tmp_path: Path) -> None:
    blog, state = Blog(many(PER_PAGE)), State(tmp_path)
    whole(blog, state)
    blog.posts[999] = "2011-01-01T10:00:00"
    changes(blog, state)
    assert 999 in blog.given
    assert state.cursor["count"] == PER_PAGE + 1


def test_the_first_posts_of_a_blog_that_had_none(tmp_path: Path) -> None:
    blog, state = Blog({}), State(tmp_path)
    whole(blog, state)
    blog.posts = many(3)
    assert changes(blog, state) == 2
    assert not any("modified_after" in asked for asked in blog.asked)
    assert state.cursor == {"modified": "2012-01-04T10:00:00", "count": 3}


def test_more_changes_than_a_run_may_read_make_it_ask_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blog, state = Blog(many(5)), State(tmp_path)
    whole(blog, state)
    blog.posts |= {n: f"2012-03-01T10:{n % 60:02}:00" for n in range(1000, 1350)}
    monkeypatch.setattr(wordpress, "MAX_PAGES", 2)
    changes(blog, state)
    assert "modified" not in state.cursor, "the changes are not known to be whole"
    assert state.cursor["page"] == 3
    whole(blog, state)
    assert {*range(1000, 1350)} <= blog.given
    assert state.cursor == {"modified": "2012-03-01T10:59:00", "count": 355}


class Short(Blog):
    """Does not say how many pages there are; answers 400 past the last one."""

    past = "rest_post_invalid_page_number"

    def get(self, url: str, asked: dict[str, Any]) -> Any:
        answer = super().get(url, asked)
        if answer.status != 400:
            answer.headers = {}
            return answer
        body = json.dumps({"code": self.past}).encode()
        return base.Answer(URL, START, 400, Message(), body)


def test_the_end_of_the_list_is_where_wordpress_says_so(tmp_path: Path) -> None:
    blog, state = Short(many(2 * PER_PAGE)), State(tmp_path)
    assert whole(blog, state) == ["posts, page 1 of ?", "posts, page 2 of ?"]
    assert [asked["page"] for asked in blog.asked] == [1, 2, 3]
    assert state.cursor == {"modified": "2012-01-28T10:00:00", "count": 0}


def test_another_refusal_is_no_end_of_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Short, "past", "rest_invalid_param")
    state = State(tmp_path)
    with pytest.raises(InputError, match="expected a page of posts, the host answered 400"):
        whole(Short(many(PER_PAGE)), state)
    assert state.cursor["page"] == 2
    assert "modified" not in state.cursor


@pytest.mark.parametrize("body", [{"code": "other"}, ["text"], None, 7])
def test_what_is_no_list_of_posts_is_one_line(tmp_path: Path, body: Any) -> None:
    class Odd(Blog):
        def get(self, url: str, asked: dict[str, Any]) -> Answer:
            return Answer(200, body, {})

    with pytest.raises(InputError, match="expected a list of posts, found something else"):
        whole(Odd({}), State(tmp_path))


def test_a_blog_without_posts_is_whole(tmp_path: Path) -> None:
    state = State(tmp_path)
    assert whole(Blog({}), state) == []
    assert state.cursor == {"modified": "", "count": 0}
