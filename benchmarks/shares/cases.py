"""Posts made by hand, each with what it shares: one of every kind of evidence, and the traps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from analysis.formats.base import Kind, Post

HOST = "https://blog.example.org"
NOON = dt.datetime(2012, 6, 4, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Case:
    """A small account.

    Attributes
    ----------
    name : str
        What it shows.
    blog : list of Post
        The focal posts; their addresses are their slugs on ``HOST``.
    others : dict of str to list of Post
        Posts of other channels; the ``id`` is the slug of the post that it shares, "" for none,
        or "a|b" where either is right.
    mapping : dict of str to str
        What links.csv holds.
    """

    name: str
    blog: list[Post]
    others: dict[str, list[Post]]
    mapping: dict[str, str] = field(default_factory=dict)


def at(minutes: float = 0, days: float = 0) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes, days=days)


def entry(
    slug: str, title: str = "", days: float = 0, number: str = "", to: tuple[str, ...] = ()
) -> Post:
    return Post(at(days=days), id=number, url=f"{HOST}/2012/06/{slug}/", title=title, shared_to=to)


def said(
    shares: str,
    text: str = "",
    *links: str,
    after: float = 5,
    days: float = 0,
    kind: Kind = "post",
    via: str = "",
    to: tuple[str, ...] = (),
    came_from: str = "",
) -> Post:
    return Post(
        at(after, days),
        kind=kind,
        id=shares,
        text=text,
        links=links,
        via=via,
        shared_to=to,
        shared_from=came_from,
    )


PIANO = entry("piano", "Tuning a grand piano with a borrowed fork", number="137")
BREAD = entry("bread", "What my sourdough starter did in May", days=3, number="142")
TWO = [PIANO, BREAD]
THERE = f"{HOST}/2012/06/piano/"

ADDRESSES = [
    said("piano", "New post", THERE),
    said("piano", "http and no slash", "http://www.blog.example.org/2012/06/piano"),
    said("piano", "tracked", f"{THERE}?utm_source=twitterfeed&utm_medium=twitter"),
    said("piano", "telephone", "http://m.blog.example.org/2012/06/piano/"),
    said("piano", "amp", f"{THERE}amp/"),
    said("piano", "to a comment", f"{THERE}#comment-12"),
    said("piano", "reply form", f"{THERE}?replytocom=99#respond"),
    said("piano", "Facebook's door", "http://l.facebook.com/l.php?u=" + THERE.replace(":", "%3A")),
    said("piano", "a capture", f"https://web.archive.org/web/20120605000000/{THERE}"),
    said("piano", "of old", THERE, days=300),
    said("bread", "two links", "http://other.example.net/x", f"{HOST}/2012/06/bread/", days=3),
    said("piano", "by its number", f"{HOST}/?p=137"),
    said("piano", "by its file", f"{THERE}index.html"),
    said("", "the blog itself", HOST),
    said("", "its archive of June", f"{HOST}/2012/06/"),
    said("", "a tag", f"{HOST}/tag/piano/"),
    said("", "the same slug elsewhere", "http://another.example.net/2012/06/piano/"),
    said("", "its feed", f"{HOST}/feed/"),
    said("", "another number", f"{HOST}/?p=9"),
    said("", "the same number elsewhere", "http://another.example.net/?p=137"),
    said("", "a search", f"{HOST}/?s=piano"),
    said("", "a host that ends alike", "http://notblog.example.org/2012/06/piano/"),
    said(
        "", "the address as a parameter of a page", f"http://other.example.net/about?page={THERE}"
    ),
    said("", "no link at all"),
    said("", "someone else's words", THERE, kind="repost"),
]

CHAINS = [
    said("piano", "one hop", "http://bit.ly/one"),
    said("piano", "three hops", "http://t.co/three"),
    said("piano", "upper case host", "HTTP://BIT.LY/one"),
    said("", "another case of the path", "http://bit.ly/ONE"),
    said("", "a loop", "http://bit.ly/loop"),
    said("", "to another page", "http://bit.ly/news"),
    said("", "to nowhere", "http://bit.ly/gone"),
    said("", "not in the table", "http://bit.ly/never"),
    said("bread", "through Feedburner", "http://feedproxy.google.com/~r/B/~3/a1/bread/", days=3),
]
MAPPING = {
    "bit.ly/one": f"{THERE}?utm_source=bitly",
    "t.co/three": "http://ow.ly/two",
    "ow.ly/two": "http://bit.ly/one",
    "bit.ly/loop": "http://is.gd/loop",
    "is.gd/loop": "http://bit.ly/loop",
    "bit.ly/news": "http://news.example.net/",
    "bit.ly/gone": "",
    "feedproxy.google.com/~r/B/~3/a1/bread": f"{HOST}/2012/06/bread/",
}

WP_ME = [
    said("piano", "short", "http://wp.me/p2xyZ-2d"),  # 137 in base 62
    said("bread", "short, too", "http://wp.me/p2xyZ-2i", days=3),
    said("", "someone else's blog", "http://wp.me/p9abC-2d", days=2),
    said("", "a page", "http://wp.me/P2xyZ-2d"),
    said("", "no such post", "http://wp.me/p2xyZ-7f"),
]
"""Two posts of the blog, each linked to at once: that is whose blog ``2xyZ`` is."""

TITLES = [
    said("piano", "Tuning a grand piano with a borrowed fork http://bit.ly/x", "http://bit.ly/x"),
    said("piano", "New on the blog: “Tuning a Grand Piano With a Borrowed Fork”", days=1),
    said(
        "bread",
        "What my sourdough starter did in May http://wp.me/x",
        "http://wp.me/x",
        days=3,
        via="WordPress.com",
    ),
    said(
        "piano",
        "Tuning a grand piano with a borrowed fork http://dlvr.it/x",
        "http://dlvr.it/x",
        via="dlvr.it",
    ),
    said("piano", "𝗧𝘂𝗻𝗶𝗻𝗴 𝗮 𝗴𝗿𝗮𝗻𝗱 𝗽𝗶𝗮𝗻𝗼 𝘄𝗶𝘁𝗵 𝗮 𝗯𝗼𝗿𝗿𝗼𝘄𝗲𝗱 𝗳𝗼𝗿𝗸", days=0.5),
    said("", "I am tuning a piano today"),
    said("", "My sourdough starter is alive", days=3),
    said("", "Tuning a grand piano with a borrowed fork", days=60),
    said("", "Tuning a grand piano with a borrowed fork", days=-20),
    said(
        "",
        "Tuning a grand piano with a borrowed fork, by my namesake",
        "http://another.example.net/2012/06/piano/",
        via="dlvr.it",
    ),
    said("", "See http://another.example.net/tuning-a-grand-piano-with-a-borrowed-fork"),
]
NOTES = [entry("notes-1", "Links for this week"), entry("notes-2", "Links for this week", days=2)]
SAME_TITLE = [
    said("notes-1", "Links for this week", f"{HOST}/2012/06/notes-1/", days=2.1),
    said("notes-2", "Links for this week http://bit.ly/q", "http://bit.ly/q", days=2.1),
]

MARKED = [
    entry("kiln", "Kiln", to=("twitter", "facebook", "linkedin")),
    entry("loom", "Loom", days=1, to=("twitter",)),
    entry("dyes", "Dyes", days=2, to=("twitter",)),
    entry("yarn", "Yarn", days=3),
]
PUBLICIZED = {
    "twitter": [
        said("kiln", "Kiln http://wp.me/y", "http://wp.me/y", after=1),
        said("", "An hour later", after=61),
        said("", "Weaving is fun", "http://other.example.net/loom", after=3, days=1),
        said("loom", "Fresh from the workshop", "http://bit.ly/l", after=2, days=1),
        said("", "What a day", after=25, days=2),
        said("dyes", "Colors, at last", after=1, days=2),
        said("", "Thanks", after=2, days=2, kind="reply"),
        said("", "Good morning", after=2, days=3),
    ],
    "facebook": [said("kiln", "I built one", after=4), said("", "Lunch", after=90)],
    "linkedin": [said("", "Looking for a new colleague", after=20)],
}

TWEETED = {
    "twitter": [
        said("piano", "Tuned it, with a fork that I had to borrow #fb", THERE, to=("facebook",)),
        said("", "Nobody told me that forks are this loud #fb", after=90, to=("facebook",)),
        said("", "Off to bed #in", after=600, to=("linkedin",)),
    ],
    "facebook": [
        said("piano", "Tuned it, with a fork that I had to borrow", after=6),
        said("", "Nobody told me that forks are this loud", after=91),
        said("", "Something else entirely, about boats", after=8),
    ],
    "linkedin": [said("", "Off to work with new colleagues", after=601)],
}

PHOTOS = [
    Post(at(), url="https://facebook.example/1", text="Harbor at dawn"),
    Post(at(days=2), url="https://facebook.example/2", text="One"),
    Post(at(10, days=2), url="https://facebook.example/3", text="Two"),
]
FROM = {
    "instagram": [
        said("1", "Harbor at dawn", after=1, came_from="facebook"),
        said("", "Harbor at noon", after=120, came_from="facebook"),
        said("2|3", "Which of the two", after=12, days=2, came_from="facebook"),
        said("", "My own", after=2),
    ]
}

CASES = (
    Case("addresses", TWO, {"twitter": ADDRESSES}),
    Case("short links", TWO, {"twitter": CHAINS}, MAPPING),
    Case("wp.me", TWO, {"twitter": WP_ME}),
    Case("wp.me of nobody known", TWO, {"twitter": [said("piano", "x", "http://wp.me/p7a-2d")]}),
    Case("titles", TWO, {"twitter": TITLES}),
    Case("one title twice", NOTES, {"twitter": SAME_TITLE}),
    Case("passed on by the blog", MARKED, PUBLICIZED),
    Case("passed on by a tweet", TWO, TWEETED),
    Case("came from the focal network", PHOTOS, FROM),
)
