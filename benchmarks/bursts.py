"""Measure how often posts that do nothing are judged, when they crowd into few days.

Posts of the focal channel come in bursts, a second channel posts every day, and the score moves
by itself: whatever is told from zero is a mistake. Every calendar of posts is written as files and
read by ``needle``; its score is then drawn again and again, and the claim judged each time.

Run::

    python benchmarks/bursts.py                          # 40 calendars a row, minutes
    python benchmarks/bursts.py --calendars 5
    python benchmarks/bursts.py --write docs/bursts.md
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

import analysis
from analysis.claims.headline import blogging_moves_score
from analysis.claims.ledger import margin_of, wording_of
from analysis.evidence.channels import MIN_READINGS, channel_table
from analysis.evidence.upticks import wilson
from analysis.model.primary import fit_primary
from analysis.panel import Panel, outcome

LENGTHS = (60, 90, 365)
SCORES = 50
"""Scores to each calendar; the first one is that of its files."""
ALPHA, MOST = 0.05, 0.075
ENOUGH = 400
"""Accounts without which nothing is held against a bound."""
FIRST = dt.date(2021, 1, 4)

STUDY = """\
title = "Posts in bursts"
timezone = "UTC"
focal = "blog"

[score]
name = "score"
path = "raw/score.csv"
observed_at = "24:00"

[sources]
daily = "raw/daily.csv"
"""


@dataclass(frozen=True)
class Bursts:
    """How the focal channel posts.

    Attributes
    ----------
    days, posts : int
        So many days, drawn by lot, with so many posts each, and
    single : int
        so many others with one.
    steady : float
        Posts a day beside them, as they come (Poisson).
    uneven : float
        With it, ``posts`` is the mean of a day's number, which is negative binomial of this size.
    """

    days: int = 0
    posts: int = 1
    single: int = 0
    steady: float = 0.0
    uneven: float = 0.0

    def __str__(self) -> str:
        """Say it in words."""
        if self.uneven:
            return f"{self.posts} a day on average, negative binomial of size {self.uneven:g}"
        beside = [f"{self.single} days of one"] if self.single else []
        beside += [f"{self.steady:g} a day"] if self.steady else []
        crowd = f"{self.posts} on {'one day' if self.days == 1 else f'each of {self.days} days'}"
        return " and ".join([crowd, *beside])

    def drawn(self, days: int, lot: np.random.Generator) -> NDArray[np.int64]:
        """Return the posts of each day."""
        if self.uneven:
            return lot.negative_binomial(
                self.uneven, self.uneven / (self.uneven + self.posts), days
            )
        found = lot.poisson(self.steady, days)
        found[lot.choice(days, self.days, replace=False)] += self.posts
        found[lot.choice(days, self.single, replace=False)] += 1
        return found


KINDS = (
    Bursts(1, 300),
    Bursts(1, 300, single=9),
    Bursts(1, 30, single=20),
    Bursts(1, 100, steady=1),
    Bursts(2, 30),
    Bursts(3, 20),
    Bursts(3, 20, single=20),
    Bursts(5, 10),
    Bursts(5, 10, single=20),
    Bursts(10, 1),
    Bursts(10, 10),
    Bursts(20, 1),
    Bursts(posts=1, uneven=0.1),
    Bursts(posts=1, uneven=0.5),
)


@dataclass(frozen=True)
class Row:
    """What became of the accounts of one kind and length.

    Attributes
    ----------
    kind, days
        Which.
    accounts : int
        Those with ten posts, and ten readings without one.
    rests_on : float
        Readings that the effect rests on, the middle calendar.
    rejected : int
        Those whose p is below 5 %.
    judged, wrong : int
        Those that got a verdict of their own, and those of them that were told from zero.
    """

    kind: str
    days: int
    accounts: int
    rests_on: float
    rejected: int
    judged: int
    wrong: int


def wandering(days: int, lot: np.random.Generator) -> NDArray[np.float64]:
    """Return a score that nothing moves: it wanders by shocks with heavy tails."""
    return 50 + np.cumsum(0.3 * lot.standard_t(5, days))


def written(
    posts: NDArray[np.int64], score: NDArray[np.float64], lot: np.random.Generator
) -> Panel:
    """Return the panel that comes of the files of an account."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "study" / "raw"
        raw.mkdir(parents=True)
        dates = [FIRST + dt.timedelta(days=place) for place in range(len(posts))]
        tweets = lot.poisson(1.0, len(posts))
        lines = [f"{d},{b},{t}" for d, b, t in zip(dates, posts, tweets, strict=True)]
        (raw / "daily.csv").write_text("\n".join(["date,blog,twitter", *lines]) + "\n")
        lines = [f"{d},{float(s)!r}" for d, s in zip(dates, score, strict=True)]
        (raw / "score.csv").write_text("\n".join(["date,score", *lines]) + "\n")
        raw.with_name("study.toml").write_text(STUDY)
        return analysis.load(str(raw.parent)).arrays


def measured(job: tuple[Bursts, int, int]) -> Row:
    """Judge accounts of one kind and length."""
    kind, days, calendars = job
    rests, rejected, judged, wrong, accounts = [], 0, 0, 0, 0
    for calendar in range(calendars):
        lot = np.random.default_rng([zlib.crc32(str(kind).encode()), days, calendar])
        posts, score = kind.drawn(days, lot), wandering(days, lot)
        panel = written(posts, score, lot)
        if not np.array_equal(panel.score, score):
            raise ValueError("the score that was read is not the one that was written")
        for _ in range(SCORES):
            bundle, own = fit_primary(panel, "bundle"), fit_primary(panel, "all posts")
            if bundle is None or own is None:
                raise ValueError(f"{days} readings are too few")
            table = channel_table(bundle, own, margin_of(panel, None)[0], ALPHA)
            focal = table.focal
            if focal.posts >= 10 and focal.quiet >= 10:
                accounts += 1
                rests.append(focal.effect.rests_on)
                rejected += focal.effect.p < ALPHA
                verdict = blogging_moves_score(table, wording_of(panel)).verdict
                judged += focal.judged
                wrong += verdict != "inconclusive" and focal.effect.p < ALPHA
            score = wandering(days, lot)
            panel = replace(panel, score=score, outcome=outcome(score, panel.kind))
    middle = float(np.median(rests)) if rests else float("nan")
    return Row(str(kind), days, accounts, middle, rejected, judged, wrong)


def _percent(hits: int, n: int) -> str:
    if not n:
        return "–"
    low, high = wilson(hits, n)
    return f"{100 * hits / n:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def page(rows: Sequence[Row]) -> str:
    """Return the rates as Markdown."""
    lines = [
        "| posts | readings | accounts | an effect rests on | p below 5 %: | gets a verdict | "
        "wrongly told from zero, of these |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        wrong = _percent(row.wrong, row.judged)
        lines.append(
            f"| {row.kind} | {row.days} | {row.accounts:,} | {row.rests_on:.1f} readings | "
            f"{_percent(row.rejected, row.accounts)} | {100 * row.judged / row.accounts:.0f} | "
            f"{f'**{wrong}**' if missed(row) else wrong} |"
            if row.accounts
            else f"| {row.kind} | {row.days} | 0 | – | – | – | – |"
        )
    worst = max(
        (row for row in rows if row.accounts >= ENOUGH), key=lambda row: row.rejected / row.accounts
    )
    held = max(
        (row for row in rows if row.judged >= ENOUGH), key=lambda row: row.wrong / row.judged
    )
    return (
        "# Posts that crowd into few days\n\n"
        "Written by `python benchmarks/bursts.py --write docs/bursts.md`.\n\n"
        "HC3 and t take for granted that many readings decide an effect. Where one burst of posts "
        "does, p is too small, however many posts there are. So an effect is judged only where it "
        f"rests on {MIN_READINGS} readings with a post in their window, or more: as many as would "
        "decide it if all of these weighed alike, `(sum w²)² / sum w⁴` over the weights with which "
        "it sums up their outcomes.\n\n"
        "Below, posts do nothing. *p below 5 %* is how often the test would reject without that "
        "rule, in percent with its 95 % interval (Wilson): at worst "
        f"{_percent(worst.rejected, worst.accounts)} ({worst.kind}, {worst.days} readings). The "
        "last column is how often a verdict said so, of accounts that got one: at most "
        f"{_percent(held.wrong, held.judged)} ({held.kind}, {held.days} readings); "
        f"{100 * MOST:g} are allowed, beyond what chance gives, where {ENOUGH} got one. Accounts "
        "with fewer than ten posts, or readings without one, are not counted.\n\n"
        f"{chr(10).join(lines)}\n"
    )


def missed(row: Row) -> bool:
    """Return whether verdicts are certainly wrong too often."""
    return row.judged >= ENOUGH and wilson(row.wrong, row.judged)[0] > MOST


def main() -> int:
    """Measure, write the page, and return 1 where verdicts are wrong too often."""
    about = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    about.add_argument("--calendars", type=int, default=40, help="of each kind and length")
    about.add_argument("--workers", type=int, default=2)
    about.add_argument("--write", type=Path, help="write the page here")
    options = about.parse_args()
    jobs = [(kind, days, options.calendars) for kind in KINDS for days in LENGTHS]
    with ProcessPoolExecutor(options.workers) as pool:
        rows = list(pool.map(measured, jobs))
    text = page(rows)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return int(any(missed(row) for row in rows))


if __name__ == "__main__":
    sys.exit(main())
