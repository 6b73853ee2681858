"""What an author does: posts of every channel, at local hours, and links passed on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BEFORE, AFTER = 12, 5
"""Days of posting before the first reading and after the last, so that both are known."""

WORDS = [
    "harbor",
    "lantern",
    "maple",
    "quarry",
    "ribbon",
    "saddle",
    "timber",
    "violet",
    "walnut",
    "yonder",
    "anchor",
    "bramble",
    "copper",
    "drizzle",
    "ember",
    "fennel",
]


@dataclass(frozen=True)
class Entry:
    """One post: its instant (UTC, whole seconds), words, own address and the link that it holds."""

    at: dt.datetime
    words: str
    url: str
    link: str = ""


@dataclass
class Diary:
    """The posts of an account, and the instants at which its score is read.

    Attributes
    ----------
    rng : Generator
        The only source of chance.
    zone : ZoneInfo
        Where the author lives: hours of the day are local ones.
    first : date
        Day of the first reading.
    days : int
        Days from the first reading to the last, both counted.
    read_hour : int
        Local hour of a reading on its date; 24 is the end of the day.
    posts : dict
        Entries by channel, in order of time.
    """

    rng: np.random.Generator
    zone: ZoneInfo
    first: dt.date
    days: int
    read_hour: int
    posts: dict[str, list[Entry]] = field(default_factory=dict)

    @property
    def span(self) -> int:
        """Days with posting: those of the readings, some before and some after."""
        return BEFORE + self.days + AFTER

    @property
    def progress(self) -> Floats:
        """How much of the record has passed on each day with posting, 0 to 1."""
        return np.clip((np.arange(self.span) - BEFORE) / (self.days - 1), 0, 1)

    @property
    def dates(self) -> list[dt.date]:
        """Days with posting."""
        return [self.first + dt.timedelta(days=day - BEFORE) for day in range(self.span)]

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """Weekday of each day with posting, Monday being 0."""
        return np.array([day.weekday() for day in self.dates], dtype=np.int64)

    def instant(self, day: dt.date, hour: float) -> dt.datetime:
        """Return a local hour of a day as an instant."""
        local = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=round(hour * 3600))
        return local.replace(tzinfo=self.zone).astimezone(dt.UTC)

    def readings(self) -> list[dt.datetime]:
        """Return the instants of the readings."""
        days = self.dates[BEFORE : BEFORE + self.days]
        return [self.instant(day, self.read_hour) for day in days]

    def write(self, channel: str, rate: Floats | float, hour: float = 14, at_most: int = 9) -> None:
        """Add posts of one channel: so many a day on average, around a local hour.

        Days differ in how much time the author has, beyond what chance alone gives.
        """
        leisure = self.rng.gamma(4, 1 / 4, self.span) if at_most > 1 else np.ones(self.span)
        means = np.clip(np.broadcast_to(rate, self.span), 0, None) * leisure
        if at_most == 1:
            counts = (self.rng.random(self.span) < means).astype(int)
        else:
            counts = np.minimum(self.rng.poisson(means), at_most)
        entries = self.posts.setdefault(channel, [])
        for day, count in zip(self.dates, counts, strict=True):
            for _ in range(count):
                when = float(np.clip(self.rng.normal(hour, 3), 8.05, 23.5))
                entries.append(self.entry(channel, self.instant(day, when)))
        entries.sort(key=lambda each: each.at)

    def blog(self, rate: Floats | float, hour: float = 11) -> None:
        """Add blog posts, at most one a day."""
        self.write("blog", rate, hour, at_most=1)

    def entry(self, channel: str, at: dt.datetime, link: str = "") -> Entry:
        """Return a post with words of its own."""
        words = " ".join(self.rng.choice(WORDS, 6))
        slug = f"{at:%Y%m%d%H%M%S}-{self.rng.integers(10**6):06d}"
        return Entry(at, words, f"https://{channel}.example.org/{at:%Y/%m}/{slug}/", link)

    def pass_on(self, channel: str, share: float) -> None:
        """Post links to some of the blog posts: mostly within hours, now and then a day later."""
        entries = self.posts.setdefault(channel, [])
        last = self.instant(self.dates[-1], 23.9)
        for post in self.posts["blog"]:
            if self.rng.random() >= share:
                continue
            wait = self.rng.gamma(2, 0.8) + 24 * (self.rng.random() < 0.08)
            at = post.at + dt.timedelta(seconds=round(wait * 3600))
            if at < last:
                entries.append(self.entry(channel, at, post.url))
        entries.sort(key=lambda each: each.at)

    def shares(self, channel: str) -> list[Entry]:
        """Return the posts of a channel that hold a link to the blog."""
        return [each for each in self.posts[channel] if each.link]
