"""Words for simulated posts: harmless, about technology and marketing, and nobody's own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

SITE = "http://blog.example.org"
"""The simulated author's blog, under a name that is reserved for examples."""

TOPICS = (
    "landing pages",
    "e-mail newsletters",
    "web analytics",
    "tablet apps",
    "search rankings",
    "new phones",
    "conference badges",
    "support forums",
    "online communities",
    "status updates",
    "photo filters",
    "cloud backups",
    "open data sets",
    "small teams",
    "influence scores",
    "slide decks",
    "podcasts",
    "start-up pitches",
    "password rules",
    "product launches",
    "mobile maps",
    "e-books",
    "video calls",
    "café playlists",
)
_TITLES = (
    "What {t} taught me this week",
    "A short defense of {t}",
    "The trouble with {t}",
    "{T}: what the numbers say",
    "How we stopped worrying about {t}",
    "Seven notes on {t} — and one warning",
    "Who still needs {t}?",
    "{T} & the long tail",
    "My naïve theory of {t}",
    "Why I changed my mind about {t}",
)
_SENTENCES = (
    "Last week I spent two evenings with {t}, and the result surprised me.",
    "Most advice on {t} repeats what worked for somebody else three years ago.",
    "I kept a spreadsheet, because memory is kind to the days that went well.",
    "The first chart looked like a success until I checked the dates.",
    "Nobody on the team could say what we would do if the number fell.",
    "That is the real question about {t}: which decision would it change?",
    "A small audience that answers is worth more than a large one that scrolls by.",
    "It took ten minutes to set up and three weeks to understand.",
    "If you try this, write down what you expect before you look.",
    "My guess was wrong by half, and I am glad that I had written it down.",
    "There is a cheap version of {t} that does most of the work.",
    "The expensive version mainly buys you a nicer dashboard.",
    "We asked a dozen customers, and only two had noticed the change.",
    "Some of this will look quaint in a year, and that is fine.",
    "For now I keep {t} on the list and take two other things off it.",
    "Tell me where I am wrong; the comments are open.",
    "The café on the corner does this better than most software companies.",
    "Budget for the test was 40 €, which is less than one lunch meeting.",
    "Simple beats clever here, as it mostly does.",
    "I will report back when there is a second month of data.",
)
_REMARKS = (
    "Thinking about {t} again.",
    "Quick poll: how much time do you spend on {t}?",
    "Half of today went into {t}, the other half into coffee.",
    "Unpopular opinion: {t} are overrated.",
    "Good talk on {t} this morning.",
    "Note to self: fewer meetings, more {t}.",
    "Three people asked me about {t} today. Is it something in the water?",
    "Still cleaning up after yesterday's {t} experiment…",
    "The train is late, so here is a thought on {t}: start smaller.",
    "Somebody should write a naïve guide to {t}.",
    "R&D update: {t} 1, me 0.",
    "Learned more about {t} from one complaint than from ten reports.",
)
_ENDINGS = ("", "", "", " 😀", " #marketing", " #tech", " More soon.", " Anyone?", " — really.")
_LINKED = (
    "Worth reading on {t}:",
    "Fresh numbers on {t} >>",
    "Saving this piece on {t} for later:",
    "Q&A about {t}:",
)
_REPLIES = (
    "thanks, that helps a lot!",
    "good point about {t}.",
    "agreed, mostly. See you on Thursday?",
    "haha, exactly what I meant",
    "let me check and get back to you",
)
_CAPTIONS = (
    "Morning light on the way to the office",
    "Desk, before",
    "Desk, after ☕",
    "Lunch at the café again",
    "Found this on a walk",
    "Whiteboard about {t}",
    "Weekend, finally",
    "Clouds & cables",
)
_SHARES = ("New post: {title}", "{title}", "On the blog: {title}", "Just published — {title}")
_READERS = ("ada_example", "reader_example", "colleague_example", "maker_example")


@dataclass(frozen=True, slots=True)
class Wording:
    """What one post says: its title (blog posts), text, link and kind."""

    title: str
    text: str
    link: str
    kind: str


@cache
def _fill(form: str, topic: str) -> str:
    return form.format(t=topic, T=topic[:1].upper() + topic[1:])


def _pick(choices: Sequence[str], draw: int) -> str:
    return choices[draw % len(choices)]


def draws(rng: np.random.Generator, posts: int) -> list[list[int]]:
    """Return eight random integers for each of ``posts`` posts."""
    table: list[list[int]] = rng.integers(0, 1 << 30, size=(posts, 8)).tolist()
    return table


@cache
def slug(title: str) -> str:
    """Return the address form of a title, as blog software makes it."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def blog_post(draw: list[int]) -> Wording:
    """Return a blog post of 3 to 18 sentences; its link is left to the caller."""
    topic = _pick(TOPICS, draw[0])
    title = _fill(_pick(_TITLES, draw[1]), topic)
    length, start, step = 3 + draw[2] % 16, draw[3], 1 + 2 * (draw[4] % 4)
    sentences = [_fill(_pick(_SENTENCES, start + step * row), topic) for row in range(length)]
    paragraphs = [" ".join(sentences[row : row + 4]) for row in range(0, length, 4)]
    return Wording(title, "\n\n".join(paragraphs), "", "post")


def tweet(draw: list[int]) -> Wording:
    """Return a tweet: a remark, a reply, someone else's link, seldom the blog's front page."""
    topic, dice = _pick(TOPICS, draw[0]), draw[1] % 100
    if dice < 22:
        words = f"@{_pick(_READERS, draw[2])} {_fill(_pick(_REPLIES, draw[3]), topic)}"
        return Wording("", words, "", "reply")
    if dice < 42:
        link = f"http://news.example.com/{slug(topic)}/{draw[4] % 9000 + 1000}"
        return Wording("", _fill(_pick(_LINKED, draw[2]), topic), link, "post")
    if dice < 44:
        return Wording("", "All my posts are here:", f"{SITE}/", "post")
    return Wording("", _remark(draw, topic), "", "post")


def _remark(draw: list[int], topic: str) -> str:
    return _fill(_pick(_REMARKS, draw[2]), topic) + _pick(_ENDINGS, draw[3])


def retweet(draw: list[int]) -> Wording:
    """Return someone else's tweet passed on."""
    topic = _pick(TOPICS, draw[0])
    return Wording("", f"RT @{_pick(_READERS, draw[1])}: {_remark(draw, topic)}", "", "repost")


def facebook_post(draw: list[int]) -> Wording:
    """Return a Facebook post: a remark, a photo or someone else's link."""
    topic, dice = _pick(TOPICS, draw[0]), draw[1] % 100
    if dice < 30:
        return Wording("", _fill(_pick(_CAPTIONS, draw[2]), topic), "", "photo")
    if dice < 50:
        link = f"http://news.example.com/{slug(topic)}/{draw[4] % 9000 + 1000}"
        return Wording("", _fill(_pick(_LINKED, draw[2]), topic), link, "post")
    return Wording("", _remark(draw, topic), "", "post")


def photo(draw: list[int]) -> Wording:
    """Return an Instagram photo's caption."""
    caption = _fill(_pick(_CAPTIONS, draw[1]), _pick(TOPICS, draw[0]))
    return Wording("", caption, "", "photo")


def linkedin_post(draw: list[int]) -> Wording:
    """Return a LinkedIn update, now and then of several lines with quotes."""
    topic = _pick(TOPICS, draw[0])
    if draw[1] % 3 == 0:
        text = f'My team\'s motto on {topic}: "start smaller",\n\nand it keeps working.'
        return Wording("", text, "", "post")
    return Wording("", _remark(draw, topic), "", "post")


def share(draw: list[int], title: str, permalink: str, channel: str) -> Wording:
    """Return the words and the address with which a blog post is shared on a network.

    People and tools write one address in many ways; all that are used here lead to the post.
    """
    host, path = permalink.removeprefix("http://").split("/", 1)
    tracking = f"?utm_source={channel}&utm_medium=social&utm_campaign=blog"
    spellings = (
        permalink,
        permalink,
        permalink + tracking,
        f"https://{host}/{path}",
        permalink.rstrip("/"),
        f"http://{host.title()}/{path}",
        f"https://{host}/{path.rstrip('/')}{tracking}",
    )
    text = _pick(_SHARES, draw[0]).format(title=title)
    return Wording("", text, _pick(spellings, draw[1]), "share")


OWN: dict[str, Callable[[list[int]], Wording]] = {
    "twitter": tweet,
    "facebook": facebook_post,
    "instagram": photo,
    "linkedin": linkedin_post,
}
"""What an own post says on each network."""
