"""A table of posts that nobody but its owner has made up: a date, and a title or an address.

The last resort among the formats of posts, so that a blog's own list need not be rewritten.
"""

from __future__ import annotations

from collections import Counter

from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Recognition
from analysis.formats.pages import earliest, put_aside
from analysis.formats.tables import header_of, not_used, one_csv, parse_possible, rows_of
from analysis.formats.text import bare_urls

_TITLES = ("title",)
_ADDRESSES = ("url", "link", "permalink")
_TEXTS = ("text", "content", "summary", "description")
_IDS = ("id", "guid", "slug")
_STATES = ("status", "draft")
_NOT_POSTS = frozenset({"score", "value", "channel"})
_PUBLISHED = frozenset({"", "publish", "published", "public", "live", "false", "no", "0"})


def _recognise(tree: Tree) -> Recognition | None:
    name = one_csv(tree)
    if name is None:
        return None
    header = header_of(tree, name)
    names = set(header)
    if "date" not in names or names.isdisjoint(_TITLES + _ADDRESSES) or names & _NOT_POSTS:
        return None
    return Recognition(0.3, (name,), "a CSV with the columns date and title or url")


def _read(tree: Tree, recognition: Recognition) -> Extract:
    (name,) = recognition.members
    where = tree.where(name)
    posts: list[Post] = []
    set_aside: Counter[str] = Counter()
    unused: set[str] = set()
    for line, row in rows_of(tree, name, "date"):
        unused |= set(row) - {"date", *_TITLES, *_ADDRESSES, *_TEXTS, *_IDS, *_STATES, ""}
        place = f"line {line}"
        state = _first(row, _STATES).lower()
        if state not in _PUBLISHED:
            put_aside(set_aside, "draft" if state in ("true", "yes", "1") else state)
        elif not row["date"]:
            set_aside["no date"] += 1
        else:
            when = parse_possible(row["date"], where, f"{place}, column date")
            text = _first(row, _TEXTS)
            title = _first(row, _TITLES)
            posts.append(
                Post(
                    when=when,
                    id=_first(row, _IDS),
                    url=_first(row, _ADDRESSES),
                    title=title,
                    text="\n".join(filter(None, (title, text))),
                    links=bare_urls(text),
                    member=name,
                    pointer=place,
                )
            )
    return Extract(
        posts=posts,
        set_aside=set_aside,
        since=earliest(posts),
        notes=(*not_used(unused), *_same_hour(posts)),
    )


POST_TABLE = Format("table of posts (date,title,url,…)", _recognise, _read)


def _first(row: dict[str, str], names: tuple[str, ...]) -> str:
    return next((row[name] for name in names if row.get(name)), "")


def _same_hour(posts: list[Post]) -> list[str]:
    """Return a note where many posts stand at the same second of the day, as placeholders do."""
    clocks = Counter(f"{post.when:%H:%M:%S}" for post in posts if hasattr(post.when, "hour"))
    clock, times = clocks.most_common(1)[0] if clocks else ("", 0)
    if times < 10 or times * 10 < len(posts):
        return []
    return [
        f"{times:,} of {len(posts):,} posts are timed at exactly {clock}, which may stand for a "
        "time that is not known."
    ]
