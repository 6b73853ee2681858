"""Kinds of site that an address tells by itself."""

from __future__ import annotations

import re

from analysis.collect.settings import Kind

_NO_MASTODON = (
    r"(?:[\w-]+\.)*(?:medium\.com|youtube\.com|tiktok\.com|threads\.(?:net|com)|substack\.com)"
)

BY_ADDRESS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"https?://bsky\.app/profile/[^/?#]+/?$"), "bluesky"),
    (re.compile(r"https?://(?:www\.)?github\.com/[A-Za-z0-9-]+/?$"), "github"),
    (re.compile(r"https?://news\.ycombinator\.com/user\?id=[\w-]+$"), "hackernews"),
    (re.compile(r"https?://(?:[a-z]+\.)?reddit\.com/u(?:ser)?/[\w-]+(?:/|$)"), "reddit"),
    (re.compile(r"https?://web\.archive\.org/web/[^/]+/https?:/"), "wayback"),
    (re.compile(rf"https?://(?!{_NO_MASTODON}[/:])[^/?#]+/@[^/?#]+/?$"), "mastodon"),
)
"""First come, first served, as `re.match` sees the address.

What none of them matches is asked for, and told by its answer: `analysis.collect.discover`.
"""


def kind_by_address(url: str) -> Kind | None:
    """Return the kind that an address tells by itself, or None."""
    return next((kind for pattern, kind in BY_ADDRESS if pattern.match(url)), None)
