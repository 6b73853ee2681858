"""Which application made a tweet, and the networks that it came from and went to."""

from __future__ import annotations

import html
import re

from analysis.formats.javascript import sound

_ANCHOR = re.compile(r"\s*<a\s[^<>]{0,2000}>([^<>]{0,200})(?:</a>)?\s*", re.IGNORECASE)
_PASSED_ON = re.compile(r"(?<![\w&#/])#(fb|in)(?!\w)", re.IGNORECASE)
_NETWORKS = {"fb": "facebook", "in": "linkedin"}
_MOST = 10_000

FROM = {
    "blogger": "blogger",
    "facebook": "facebook",
    "facebook pages": "facebook",
    "flickr": "flickr",
    "foursquare": "foursquare",
    "goodreads": "goodreads",
    "gowalla": "gowalla",
    "instagram": "instagram",
    "instagram on ios": "instagram",
    "instagram for android": "instagram",
    "last.fm": "lastfm",
    "linkedin": "linkedin",
    "mastodon twitter crossposter": "mastodon",
    "mastodon-twitter crossposter": "mastodon",
    "medium": "medium",
    "micro.blog": "micro.blog",
    "path": "path",
    "path 2.0": "path",
    "pinterest": "pinterest",
    "posterous": "posterous",
    "soundcloud": "soundcloud",
    "strava gps": "strava",
    "swarm": "foursquare",
    "swarm by foursquare": "foursquare",
    "foursquare swarm": "foursquare",
    "tumblr": "tumblr",
    "typepad": "typepad",
    "untappd": "untappd",
    "vimeo": "vimeo",
    "vine - make a scene": "vine",
    "vine for android": "vine",
    "wordpress.com": "wordpress",
    "youtube": "youtube",
    "youtube on ios": "youtube",
}
"""Clients that pass on what was posted to a network of their own, in lower case.

Tools that post to many networks (Buffer, HootSuite, dlvr.it, twitterfeed, IFTTT) are in none of
them: what they pass on may come from anywhere.
"""


class Clients:
    """The applications of an archive, each looked at once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {"": ("", "")}

    def of(self, source: str) -> tuple[str, str]:
        """Return a ``source``'s application and the network that it posts from; "" for none.

        It is a link in HTML, or the plain word ``web``.
        """
        known = self._known.get(source)
        if known is None:
            anchor = _ANCHOR.fullmatch(source)
            name = anchor[1] if anchor else source if "<" not in source else ""
            via = sound(html.unescape(name)).strip()[:200]
            known = via, FROM.get(via.lower(), "")
            if len(self._known) < _MOST:
                self._known[source] = known
        return known


def passed_on(text: str) -> tuple[str, ...]:
    """Return the networks that a tweet was to be passed on to: ``#fb``, ``#in``."""
    if "#" not in text:
        return ()
    return tuple(dict.fromkeys(_NETWORKS[mark.lower()] for mark in _PASSED_ON.findall(text)))
