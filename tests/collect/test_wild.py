"""Whatever a host answers, a collector ends, and with one line at most."""

from __future__ import annotations

import datetime as dt
import json
from email.message import Message
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.collect import newest
from analysis.collect.base import Answer, CollectPlan
from analysis.collect.fetcher import Fetcher
from analysis.collect.registry import COLLECTORS
from analysis.collect.settings import CollectSettings, Kind
from analysis.collect.state import State
from analysis.errors import InputError
from tests.collect.conftest import FakeClock

DID = "did:plc:" + "a" * 24
URLS: dict[Kind, str] = {
    "mastodon": "https://a.social/@me",
    "bluesky": f"https://bsky.app/profile/{DID}",
    "github": "https://github.com/me",
    "hackernews": "https://news.ycombinator.com/user?id=me",
    "reddit": "https://www.reddit.com/user/me",
    "wayback": "https://klout.example/me",
}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(
        [
            "2012-06-22T06:00:00Z",
            "0001-01-01T00:00:00+23:59",
            "20120622060000",
            "https://a.org/",
            "200",
            "\ud800",
            "\x00\n",
            "#atproto_pds",
            "#reasonRepost",
            f"at://{DID}/app.bsky.feed.post/3a",
        ]
    ),
)
keys = st.sampled_from(
    [
        "id", "created_at", "feed", "records", "post", "uri", "reason", "$type", "indexedAt",
        "record", "createdAt", "cursor", "service", "serviceEndpoint", "hits", "objectID",
        "created_at_i", "hitsPerPage", "karma", "data", "children", "name", "after",
        "created_utc", "did",
    ]
)  # fmt: skip
columns = st.just(["timestamp", "original", "statuscode", "digest"])
wild = st.recursive(
    scalars | columns,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)
bodies = wild.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40)
statuses = st.sampled_from([200] * 9 + [204, 302, 400, 401, 403, 404, 422])
URI = f"at://{DID}/app.bsky.feed.post/3l"
WHOLE: dict[Kind, list[Any]] = {
    "mastodon": [{"id": "7"}, [{"id": "9", "created_at": "2012-06-01T00:00:00Z"}]],
    "bluesky": [
        {"feed": [{"post": {"uri": URI, "record": {"createdAt": "2012-06-01"}}}], "cursor": "1"},
        {"feed": [{"post": {"uri": URI}, "reason": {"$type": "x#reasonRepost", "by": {}}}]},
        {"service": [{"id": "#atproto_pds", "serviceEndpoint": "https://b.org"}]},
        {"records": [{"uri": URI, "value": {}}], "cursor": "3l"},
    ],
    "github": [[{"id": "1"}, {"id": "2"}], [{"id": "3"}]],
    "hackernews": [{"karma": 5}, {"hits": [{"objectID": "1", "created_at_i": 5}]}],
    "reddit": [{"data": {"after": "t3_1", "children": [{"data": {"name": "t3_1"}}]}}],
    "wayback": [
        [
            ["timestamp", "original", "statuscode", "digest"],
            ["20120622060000", "https://a.org/", "200", "A"],
            [],
            ["key"],
        ]
    ],
}


@st.composite
def bent(draw: st.DrawFn, kind: Kind) -> bytes:
    """Return a good answer, or one in which a value is another one or not there."""
    whole = json.loads(json.dumps(draw(st.sampled_from(WHOLE[kind]))))
    here = whole
    while here:
        place = draw(st.sampled_from(list(here) if isinstance(here, dict) else range(len(here))))
        if isinstance(here[place], dict | list) and draw(st.integers(0, 3)):
            here = here[place]
            continue
        what = draw(st.integers(0, 3))
        if what == 0:
            del here[place]
        elif what == 1:
            here[place] = draw(wild)
        break
    return json.dumps(whole).encode()


def scripts(kind: Kind) -> st.SearchStrategy[list[tuple[int, bytes]]]:
    """Return answers, most of them nearly good."""
    each = st.tuples(statuses, bent(kind) | bent(kind) | bodies)
    return st.lists(each, min_size=1, max_size=6)


class Scripted:
    """What a collector asks, answered by what hypothesis thinks of."""

    def __init__(self, script: list[tuple[int, bytes]]) -> None:
        self.script, self.clock, self.asked = script, FakeClock(), 0

    def get(self, url: str, params: Any = None, **more: Any) -> Answer:
        status, body = self.script[self.asked % len(self.script)]
        self.asked += 1
        headers = Message()
        headers["Link"] = '<?page=2>; rel="next"'
        headers["X-Poll-Interval"] = "9" * (self.asked % 12)
        return Answer(url, self.clock.now(), status, headers, body)

    def token_for(self, base: str) -> None:
        return None

    def careful(self, url: str, seconds: float) -> None:
        return None


@pytest.mark.parametrize("kind", list(URLS))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), since=st.sampled_from([None, dt.date.min]))
def test_wild_answers(
    tmp_path: Path, kind: Kind, data: st.DataObject, since: dt.date | None
) -> None:
    table = CollectSettings(url=URLS[kind], kind=kind, since=since)
    plan = CollectPlan("a", table, "mine/study.toml")
    state = State(tmp_path / "nowhere")
    host = Scripted(data.draw(scripts(kind)))
    said: list[InputError] = []
    for _ in range(2):
        try:
            for step in COLLECTORS[kind](plan, cast(Fetcher, host), state):
                assert step.new >= 0
                json.dumps(state.cursor)
        except InputError as error:
            said.append(error)
    assert all(len(error.problems) == 1 and "\n" not in str(error) for error in said)
    assert host.asked <= 4 * newest.MAX_PAGES
