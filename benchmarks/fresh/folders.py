"""An account as the files of a study: plain tables, a feed, and what networks export."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from fresh.clock import Hours, Stretch, utc

BLOG = "https://notes.example.org"


@dataclass(frozen=True)
class Account:
    """One simulated study, ready to be written.

    Attributes
    ----------
    stretch : Stretch
        When and where.
    toml : str
        study.toml from ``[score]`` on, without ``[sources]``.
    files : dict
        Path in the study to content.
    sources : dict
        Key in ``[sources]`` to path.
    posts : dict
        Key in ``[sources]`` to the number of posts in its files.
    readings : int
        Days with a reading in the file of the score.
    """

    stretch: Stretch
    toml: str
    files: dict[str, str]
    sources: dict[str, str]
    posts: dict[str, int]
    readings: int


@dataclass
class Draft:
    """An account while its files are being put together."""

    stretch: Stretch
    toml: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)
    readings: int = 0

    def done(self) -> Account:
        """Return the finished account."""
        toml = "\n".join(self.toml) + "\n"
        return Account(self.stretch, toml, self.files, self.sources, self.posts, self.readings)

    def score(
        self, rows: Iterable[tuple[str, str]], name: str, kind: str, observed_at: str
    ) -> None:
        """Add the table of the score: rows of date (or time) and value, as text."""
        rows = list(rows)
        self.files["raw/score.csv"] = _csv([("date", "score"), *rows])
        self.readings = len({when[:10] for when, _ in rows})
        self.toml += ["[score]", f'name = "{name}"', 'path = "raw/score.csv"']
        self.toml += [f'kind = "{kind}"', f'observed_at = "{observed_at}"', ""]

    def add(self, key: str, path: str, posts: int, files: Mapping[str, str]) -> None:
        """Add one source."""
        self.sources[key] = path
        self.posts[key] = posts
        self.files.update(files)

    def table(self, channels: Mapping[str, Hours], clock: str) -> None:
        """Add ``activity``; ``clock`` is how times are spelled: offset, utc, wall or day."""
        rows = sorted(
            (float(at), name, number)
            for name, posts in channels.items()
            for number, at in enumerate(posts, 1)
        )
        lines = [
            (spelled(self.stretch, at, clock), name, f"{name}-{number}")
            for at, name, number in rows
        ]
        content = _csv([("at", "channel", "id"), *lines])
        self.add("activity", "raw/activity.csv", len(rows), {"raw/activity.csv": content})

    def counts(self, channels: Mapping[str, Hours]) -> None:
        """Add ``daily``: the number of posts of each channel on each local day."""
        days = {self.stretch.date(day): dict.fromkeys(channels, 0) for day in self.stretch.span}
        for name, posts in channels.items():
            for at in posts:
                day = self.stretch.local(float(at)).date()
                if day in days:
                    days[day][name] += 1
        rows = [(str(day), *map(str, each.values())) for day, each in days.items()]
        total = sum(sum(each.values()) for each in days.values())
        content = _csv([("date", *channels), *rows])
        self.add("daily", "raw/daily.csv", total, {"raw/daily.csv": content})

    def breaks(self, days: Iterable[int]) -> None:
        """Add known changes of the scoring scheme."""
        for day in days:
            self.toml += [
                "[[breaks]]",
                f"date = {self.stretch.date(day)}",
                'label = "new scheme"',
                "",
            ]


def spelled(stretch: Stretch, at: float, clock: str) -> str:
    """Return an instant as a table spells it: with offset, in UTC, by the wall, or by day."""
    if clock == "utc":
        return utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")
    local = stretch.local(at)
    if clock == "day":
        return local.date().isoformat()
    return (local if clock == "offset" else local.replace(tzinfo=None)).isoformat()


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def address(number: int) -> str:
    """Return where the blog's post of a number stands."""
    return f"{BLOG}/{number:04d}-a-title/"


def feed(stretch: Stretch, posts: Hours) -> dict[str, str]:
    """Return the blog as RSS 2.0 with all of its posts, newest first, in local time."""
    items = [
        f"<item><title>Note {number} &amp; more</title><link>{address(number)}</link>"
        f'<guid isPermaLink="false">{BLOG}/?p={number}</guid>'
        f"<pubDate>{format_datetime(stretch.local(float(at)))}</pubDate>"
        f"<description>{escape('<p>Words, <b>many</b> of them.</p>')}</description></item>"
        for number, at in enumerate(posts, 1)
    ]
    head = f"<title>Notes</title><link>{BLOG}/</link><description>Notes</description>"
    body = "\n".join([head, *reversed(items)])
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    text = f'{declaration}\n<rss version="2.0"><channel>{body}</channel></rss>\n'
    return {"raw/feed.xml": text}


def linkedin(own: Hours, shares: Mapping[int, float]) -> dict[str, str]:
    """Return LinkedIn's Shares.csv: own posts, and shares of the blog's posts by number."""
    rows = [(float(at), "A thought,\nin two lines", "") for at in own]
    rows += [(at, 'New: "a note"', address(number)) for number, at in shares.items()]
    lines = [
        (
            utc(at).strftime("%Y-%m-%d %H:%M:%S"),
            f"https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A{int(at * 3.6e6) << 22}",
            text,
            url,
            "",
            "MEMBER_NETWORK",
        )
        for at, text, url in sorted(rows, reverse=True)
    ]
    header = ("Date", "ShareLink", "ShareCommentary", "SharedUrl", "MediaUrl", "Visibility")
    return {"raw/linkedin/Shares.csv": _csv([header, *lines])}


def facebook(own: Hours, shares: Mapping[int, float]) -> dict[str, str]:
    """Return Facebook's JSON of posts, its bytes of UTF-8 spelled as characters."""
    rows: list[tuple[float, str]] = [(float(at), "") for at in own]
    rows += [(at, address(number)) for number, at in shares.items()]
    posts = []
    for number, (at, url) in enumerate(sorted(rows), 1):
        record: dict[str, object] = {
            "timestamp": round(at * 3600),
            "data": [{"post": f"Un café, déjà {number}".encode().decode("latin-1")}],
            "title": "Someone updated their status.",
        }
        if url:
            record["attachments"] = [{"data": [{"external_context": {"url": url}}]}]
        posts.append(record)
    name = "your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json"
    return {f"raw/facebook/{name}": json.dumps(posts, indent=1)}


def write(account: Account, title: str, truth: Mapping[str, object], folder: Path) -> None:
    """Write a study's folder; the same account gives the same bytes."""
    sources = [f'{key} = "{path}"' for key, path in account.sources.items()]
    head = [f'title = "{title}"', f'timezone = "{account.stretch.place}"', 'focal = "blog"']
    toml = "\n".join([*head, "simulated = true", "", account.toml, "[sources]", *sources]) + "\n"
    files = {**account.files, "study.toml": toml, "truth.json": json.dumps(truth, indent=1) + "\n"}
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode("utf-8"))


def plain(
    stretch: Stretch, values: Iterable[float], digits: int, kept: Iterable[bool]
) -> list[tuple[str, str]]:
    """Return rows of date and value for the days whose reading was kept."""
    pairs: list[tuple[dt.date, float]] = [
        (stretch.date(day), value)
        for day, (value, keep) in enumerate(zip(values, kept, strict=True))
        if keep
    ]
    return [(day.isoformat(), f"{value:.{digits}f}") for day, value in pairs]
