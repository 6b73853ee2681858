"""From what became of simulated populations to rates, and to the page that tells them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis.evidence.upticks import wilson
from people import CHANNELS, World

LEAST, MOST = 0.936, 0.064
"""How often a 95 % interval has to hold its truth, and how often a 5 % test may reject a null."""
ENOUGH = 400
"""Populations of a cell without which nothing is held against a bound."""
SAME = 1e-9
"""What a number through files and one through memory may differ by, relative to its size."""
RECOGNIZED = 0.95
"""How often it has to be said that some respond, where a tenth of 1,000 accounts do."""

EQUAL = World("equal effects")
VARYING = World("varying effects", spread=0.2, memory_spread=0.1)
NONE = World("nobody responds", effect=0.0)
TENTH = World("a tenth responds", responding=0.1)
RELATED = World("who gains more blogs more", spread=0.2, memory_spread=0.1, related=1.0)
WORLDS = (EQUAL, VARYING, NONE, TENTH, RELATED)


@dataclass
class Kept:
    """What was measured of a cell.

    Attributes
    ----------
    rows : list of dict
        Of each population, by seed.
    xx, xy : list
        Sums of the accounts' products, and of these with their true coefficients: what the pooled
        regression estimates in a population without end.
    files : list of float
        Largest difference of each population that went through files.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    xx: Any = 0.0
    xy: Any = 0.0
    files: list[float] = field(default_factory=list)


def name_of(world: World, accounts: int) -> str:
    """Return the name of a cell."""
    return f"{world.name}, {accounts:,}"


Rates = dict[str, Any]


def rates(world: World, accounts: int, kept: Mapping[str, Kept]) -> Rates:
    """Return the counts of one cell.

    The pooled truth comes from all populations of a world, of both sizes.
    """
    mine = kept[name_of(world, accounts)]
    rows = mine.rows
    truth, mean_truth = pooled_truth(world, kept), world.effect * world.responding
    pooled = np.array([row["pooled"] for row in rows])
    plain = np.array([row["plain"] for row in rows])
    mean = np.array([row["mean"] for row in rows])
    least = np.array([row["least"] for row in rows])
    named = np.array([row["named"] for row in rows])
    return {
        "world": world.name,
        "accounts": accounts,
        "populations": len(rows),
        "files": len(mine.files),
        "files_differ": max(mine.files, default=None),
        "pooled_truth": truth,
        "mean_truth": mean_truth,
        "pooled_holds": _holds(pooled[:, 1:], truth),
        "pooled_holds_mean": _holds(pooled[:, 1:], mean_truth),
        "plain_holds": _holds(plain, truth),
        "pooled_bias": float(pooled[:, 0].mean() - truth),
        "pooled_spread": float(pooled[:, 0].std(ddof=1)),
        "mean_holds": _holds(mean[:, 1:], mean_truth),
        "mean_bias": float(mean[:, 0].mean() - mean_truth),
        "mean_spread": float(mean[:, 0].std(ddof=1)),
        "prediction": float(np.mean([row["prediction"] for row in rows])),
        "joint": _rejects(rows, "joint"),
        "joint_plain": _rejects(rows, "joint_plain"),
        "differs": _rejects(rows, "differs"),
        "recognized": int(((named > 0) | (least[:, 1] > 0)).sum()),
        "share_below": int((least[:, 1] <= (world.responding if world.effect else 0.0)).sum()),
        "share": float(least[:, 0].mean()),
        "named": float(named.mean()),
        "responding": float(np.mean([row["rightly"] for row in rows])),
        "others": [int(np.sum([row["others"] for row in rows])), 2 * len(rows)],
        "verdicts": {
            claim: _counted([row["verdicts"][place] for row in rows])
            for place, claim in enumerate(("blogging-moves-score", "nothing-else-correlates"))
        },
    }


def pooled_truth(world: World, kept: Mapping[str, Kept]) -> float:
    """Return what the pooled regression estimates where there is no end of accounts.

    Each account's true coefficients, weighted by its products; then from coefficient to effect.
    """
    mine = f"{world.name}, "
    cells = [one for name, one in kept.items() if name.startswith(mine) and one.rows]
    xx, xy = sum(one.xx for one in cells), sum(one.xy for one in cells)
    beta = np.linalg.lstsq(np.asarray(xx), np.asarray(xy), rcond=None)[0]
    return float(beta[0] * (2 + beta[len(CHANNELS)]))


def _holds(intervals: np.ndarray, truth: float) -> int:
    return int(((intervals[:, 0] <= truth) & (truth <= intervals[:, 1])).sum())


def _rejects(rows: Sequence[dict[str, Any]], name: str) -> list[int]:
    asked = [row[name] for row in rows if row[name] is not None]
    return [int(np.sum(np.array(asked) < 0.05)), len(asked)]


def _counted(verdicts: Sequence[str]) -> dict[str, int]:
    return {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))}


def missed(cells: Sequence[Rates]) -> list[str]:
    """Return what is beyond its bound, in words."""
    found = []
    for cell in cells:
        n, where = cell["populations"], name_of_cell(cell)
        if cell["files"] and not cell["files_differ"] <= SAME:
            found.append(f"{where}: files and memory differ by {cell['files_differ']:.1e}")
        if n < ENOUGH:
            found.append(f"{where}: only {n:,} populations, too few to be held against a bound")
            continue
        for what, hits in _held(cell).items():
            if hits / n < LEAST:
                found.append(f"{where}: the {what} holds {hits / n:.3f}")
        for what, (hits, asked) in _false(cell).items():
            if asked and hits / asked > MOST:
                found.append(f"{where}: {what} false in {hits / asked:.3f}")
        recognized = cell["recognized"] / n
        if (cell["world"], cell["accounts"]) == (TENTH.name, 1000) and recognized < RECOGNIZED:
            found.append(f"{where}: recognized in {recognized:.3f}")
    return found


def _held(cell: Rates) -> dict[str, int]:
    """Return how often each interval holds its truth, where a bound is held against it."""
    if cell["world"] == RELATED.name:
        return {}
    return {"pooled interval": cell["pooled_holds"], "interval of the mean": cell["mean_holds"]}


def _false(cell: Rates) -> dict[str, list[int]]:
    """Return how often what is true was rejected, and how often it was asked."""
    false = {
        "joint test": cell["joint"],
        "test of the teams": cell["differs"],
        "another channel's responders": cell["others"],
    }
    if cell["world"] == NONE.name:
        false["responders"] = [cell["recognized"], cell["populations"]]
    return false


def name_of_cell(cell: Rates) -> str:
    """Return the name of a cell, as in the tables."""
    return f"{cell['world']}, {cell['accounts']:,}"


def share(hits: int, n: int) -> str:
    """Return a share with its 95 % interval."""
    if not n:
        return "not asked"
    low, high = wilson(hits, n)
    return f"{hits / n:.3f} ({low:.3f}–{high:.3f})"


Column = tuple[str, Callable[[Rates], str]]


def _of(name: str) -> Callable[[Rates], str]:
    """Return the cell of a table for a count of all populations, or for a pair of counts."""

    def text(cell: Rates) -> str:
        value = cell[name]
        return share(*value) if isinstance(value, list) else share(value, cell["populations"])

    return text


FIRST: tuple[Column, ...] = (
    ("world, accounts", name_of_cell),
    ("populations", lambda cell: f"{cell['populations']:,}"),
)
INTERVALS: tuple[Column, ...] = (
    *FIRST,
    ("truth of the pooled effect", lambda cell: f"{cell['pooled_truth']:.4f}"),
    ("pooled interval holds it", _of("pooled_holds")),
    ("CR1 would", _of("plain_holds")),
    ("true mean", lambda cell: f"{cell['mean_truth']:.4f}"),
    ("interval of the mean holds it", _of("mean_holds")),
    ("pooled interval holds the mean", _of("pooled_holds_mean")),
    ("prediction interval holds", lambda cell: f"{cell['prediction']:.3f}"),
)
SIZES: tuple[Column, ...] = (
    *FIRST,
    ("pooled: bias", lambda cell: f"{cell['pooled_bias']:+.4f}"),
    ("standard deviation", lambda cell: f"{cell['pooled_spread']:.4f}"),
    ("mean: bias", lambda cell: f"{cell['mean_bias']:+.4f}"),
    ("standard deviation ", lambda cell: f"{cell['mean_spread']:.4f}"),
)
FALSE: tuple[Column, ...] = (
    *FIRST,
    ("joint test of the other channels", _of("joint")),
    ("by CR1 it would", _of("joint_plain")),
    ("teams differ", _of("differs")),
    ("another channel has responders", _of("others")),
)
RESPONDING: tuple[Column, ...] = (
    *FIRST,
    ("said that some respond", _of("recognized")),
    ("true responders with posts enough", lambda cell: f"{cell['responding']:.1f}"),
    ("named", lambda cell: f"{cell['named']:.1f}"),
    ("share that responds, estimated", lambda cell: f"{cell['share']:.3f}"),
    ("lower end of its interval is not above the truth", _of("share_below")),
    ("blogging-moves-score", lambda cell: _verdicts(cell["verdicts"]["blogging-moves-score"])),
)


def _verdicts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{verdict} {count:,}" for verdict, count in counts.items())


def table(cells: Sequence[Rates], columns: Sequence[Column]) -> str:
    """Return a table."""
    lines = ["| " + " | ".join(name for name, _ in columns) + " |", "|---" * len(columns) + "|"]
    lines += ["| " + " | ".join(text(cell) for _, text in columns) + " |" for cell in cells]
    return "\n".join(lines)


INTRO = """\
A population is drawn, its truth is known, and `needle accounts` judges it. Shares have their 95 %
interval in brackets (Wilson). Aimed at: intervals hold their truth in at least {least}, nulls are
rejected in at most {most}. Rows say how many populations they are of; the script makes it 1,000
of each.

**The populations.** Each account has 180 to 365 readings and begins on a day of its own. It posts
in bursts (weeks differ by a gamma distribution of shape 2), less on weekends, and some accounts
post many times as much as others: the logarithm of the rate has a standard deviation of 0.7
around 0.2 blog posts, 0.35 photos and 1 tweet a day. The score's changes come back by 0.2 the day
after (with varying effects: by an account's own memory, standard deviation 0.1), follow the
weekday, and have shocks with heavy tails (t with 5 degrees of freedom), larger in some accounts
than in others. A blog post has added 0.3 points when its 48 hours have passed; with varying
effects 0.3 ± 0.2; photos and tweets add nothing. *A tenth responds*: exactly 10 % gain 0.3, the
others nothing.

**Through files.** {files} of these populations were written as CSV or Parquet and went through
`needle accounts build` and `fit`. The same ones went as arrays through the functions that come
after the engine: products within accounts, own estimates with HC3, pooled fit, random effects,
shares. The largest difference of any number was {worst}, relative to its size. All rates below
are from arrays.
"""

TRUTHS = """\
**Which truth.** The *mean* is held to the mean effect of all accounts that could have been drawn:
that is what a random-effects mean estimates, and its interval counts how accounts differ. The
*pooled* effect is one number for all, and where accounts differ it is another one: the true
coefficients of each account, weighted by its sums of products, so that those who post much and
unevenly count more; from coefficient to effect by the pooled memory. With varying effects this
truth is not the mean, because memories differ, too (Pesaran and Smith 1995): its interval is held
to its own truth, and how often it holds the mean stands beside. The claims are decided by the
mean.

**Who gains more blogs more** is where an effect goes with activity: its correlation with the
logarithm of the rate is 0.57. The pooled effect is then that of busy accounts; of 20, two or three
decide it, and no error by clusters knows how they were come by. Random effects weigh precise
accounts a little more, too. So in that world no interval is held to a bound; the rows show what
becomes of them.

The *prediction interval* column is the share of all accounts whose true effect lies inside, on
average over populations; no bound is held against it.
"""

SMALL = """\
**What is left.** In a regression with constants of accounts, own lags are pulled down by the
order of one over the readings (Nickell 1981), and the effects with them: see the bias, in points
per post. It does not shrink with more accounts, while intervals do: over many thousands of
accounts the intervals may miss by that much, which is less than anybody would ask for.
"""

NULLS = """\
**Tests whose null is true**: that photos and tweets do nothing, and that teams, drawn by lot, do
not differ (two on 20 accounts, asked only where both have 10 with posts enough; five on 1,000).
*Another channel has responders* counts each of the two channels. No test is made of a funnel: its
page quotes how many accounts lie outside of the lines, and no p.
"""

WHO = """\
**Who responds.** That some do is said where one is named at a false discovery rate of 5 %, or
where the interval of the share stays above zero. What is weak is not seen: the share is a lower
estimate. Where nobody responds, the first column is how often it is said falsely. To be named
among 1,000, p has to be below 0.00005, and so far out p is too small where few posts decide the
error of an account: residual degrees of freedom promise more than they do. One account named of
1,000 is no proof; a share of them is.
"""


def page(cells: Sequence[Rates], beyond: Sequence[str]) -> str:
    """Return the document."""
    files = [cell for cell in cells if cell["files"]]
    compared = sum(cell["files"] for cell in files)
    worst = max((cell["files_differ"] for cell in files), default=float("nan"))
    words = {"least": LEAST, "most": MOST, "files": compared}
    words["worst"] = f"{worst:.1e}"

    def said(text: str) -> str:
        parts = text.format(**words).strip().split("\n\n")
        return "\n\n".join(textwrap.fill(part, 98, break_on_hyphens=False) for part in parts)

    listed = "\n".join(f"- {one}" for one in beyond)
    verdict = (
        f"Beyond what is aimed at:\n\n{listed}" if beyond else "Nothing is beyond what is aimed at."
    )
    parts = [
        "# How often many accounts are judged wrongly",
        "Written by `python benchmarks/populations.py --write docs/populations.md`.",
        said(INTRO),
        verdict,
        "## Intervals",
        table(cells, INTERVALS),
        said(TRUTHS),
        "## Bias",
        table(cells, SIZES),
        said(SMALL),
        "## Nulls",
        table(cells, FALSE),
        said(NULLS),
        "## Responding",
        table(cells, RESPONDING),
        said(WHO),
    ]
    return "\n\n".join(parts) + "\n"
