"""robots.txt, by RFC 9309: what a host forbids is not asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from protego import Protego

MAX_AGE = dt.timedelta(hours=24)
MAX_BYTES = 512_000
AGENT = "needle"


@dataclass(frozen=True, slots=True)
class Robots:
    """What one origin's robots.txt says.

    Attributes
    ----------
    at : datetime
        When it was had.
    text : str
        Its text; empty where there is none (any 4xx), which allows everything.
    """

    at: dt.datetime
    text: str

    @classmethod
    def of(cls, at: dt.datetime, status: int, body: bytes) -> Robots:
        """Return the rules in an answer: 2xx has them, 4xx has none."""
        text = body[:MAX_BYTES].decode("utf-8-sig", "replace") if status < 300 else ""
        return cls(at, text)

    def fresh(self, now: dt.datetime) -> bool:
        """Whether it may still be used."""
        return dt.timedelta() <= now - self.at < MAX_AGE

    def allows(self, url: str) -> bool:
        """Whether an address may be fetched."""
        return bool(Protego.parse(self.text).can_fetch(url, AGENT))

    def pace(self) -> float | None:
        """Return the seconds that it wants between two requests, or None."""
        rules = Protego.parse(self.text)
        asked = [float(rules.crawl_delay(AGENT) or 0)]
        rate = rules.request_rate(AGENT)
        if rate and rate.requests:
            asked.append(float(rate.seconds) / float(rate.requests))
        slowest = max(asked)
        return slowest if 0 < slowest < float("inf") else None

    def sitemaps(self) -> list[str]:
        """Return the sitemaps that it names."""
        return [str(url) for url in Protego.parse(self.text).sitemaps]
