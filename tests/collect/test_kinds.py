"""Which network an address is of."""

from __future__ import annotations

import pytest

from analysis.collect.kinds import kind_by_address
from analysis.collect.registry import COLLECTORS
from analysis.collect.settings import KINDS


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://bsky.app/profile/me.example.org", "bluesky"),
        ("https://bsky.app/profile/did:plc:abcdefghabcdefghabcdefgh/", "bluesky"),
        ("https://bsky.app/profile/me.example.org/post/1", None),
        ("https://github.com/me", "github"),
        ("https://github.com/me/project", None),
        ("https://me.github.io/", None),
        ("https://news.ycombinator.com/user?id=me", "hackernews"),
        ("https://news.ycombinator.com/item?id=1", None),
        ("https://www.reddit.com/user/me/", "reddit"),
        ("https://old.reddit.com/u/me", "reddit"),
        ("https://www.reddit.com/r/all", None),
        ("https://web.archive.org/web/*/https://example.org/", "wayback"),
        ("https://web.archive.org/", None),
        ("https://example.social/@me", "mastodon"),
        ("http://127.0.0.1:3000/@me", "mastodon"),
        ("https://medium.com/@me", None),
        ("https://www.youtube.com/@me", None),
        ("https://notmedium.community/@me", "mastodon"),
        ("https://example.social/@me/1", None),
        ("https://blog.example.org/", None),
    ],
)
def test_addresses(url: str, kind: str | None) -> None:
    assert kind_by_address(url) == kind


def test_every_kind_has_a_collector() -> None:
    assert set(COLLECTORS) == set(KINDS)
