"""Measure what stands beside the misses of ``docs/error-rates.md``: why a bound is broken.

Every cause that the page tells is a claim, and here is what it was measured by. The numbers are
kept in ``docs/error-causes.json``, from which `known_truth.py --render` takes them.

Run::

    python benchmarks/causes.py                # prints them
    python benchmarks/causes.py --write        # and keeps them; about a minute on two cores
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from analysis import worlds
from analysis.claims.ledger import judge_headline, margin_of, wording_of
from analysis.model.primary import PrimaryFit, fit_design, fit_primary
from analysis.panel import BACK, Panel
from analysis.simulated import simulated_panel
from analysis.worlds import Account
from analysis.worlds.engines import post_response

KEPT = Path(__file__).parents[1] / "docs" / "error-causes.json"
TWO_DAYS = np.timedelta64(48, "h")
SEEDS, MANY = 600, 2000
ALPHA = 0.05

Numbers = dict[str, float]


def account_of(world: str, seed: int, days: int) -> tuple[Account, Panel]:
    """Return an account without words, and its panel."""
    account = worlds.simulate(world, seed=seed, days=days, worded=False)
    return account, simulated_panel(account)


def fitted(panel: Panel) -> PrimaryFit:
    """Return the primary, bundle coding, which every one of these accounts is long enough for."""
    fit = fit_primary(panel)
    assert fit is not None
    return fit


def within_two(account: Account) -> float:
    """Return what a point of effect adds to the published score within two readings."""
    return float(post_response(account.engine, 2, account.world.spread)[1])


def slow(seed: int) -> Numbers:
    """Fit *slow-blog* with the posts of the third to seventh day before beside the primary's."""
    account, panel = account_of("slow-blog", seed, 730)
    fit = fitted(panel)
    bins = panel.posts["bundle"]["blog"]
    n = len(panel.dates)
    earlier = sum(bins[BACK - lag : BACK - lag + n] for lag in range(2, 7))
    rows = fit.design.rows[np.isfinite(earlier[fit.design.rows])]
    keep = np.isin(fit.design.rows, rows)
    x = np.column_stack([fit.design.x[keep], earlier[rows]])
    wider = fit_design(replace(fit.design, x=x, y=fit.design.y[keep], rows=rows), "bundle", panel)
    assert wider is not None
    effect, truth = wider.effects["blog"], account.bundle_effect
    low, high = effect.interval()
    return {"error": effect.value - truth, "covered": float(low <= truth <= high)}


def saturated(seed: int) -> Numbers:
    """Hold *saturation*'s interval to what one more post adds less what it takes from the next."""
    account, panel = account_of("saturation", seed, 730)
    when = account.posts["blog"].when
    gaps = np.diff(when)
    alone = account.world.effects["blog"]
    rest = alone * (1 - account.world.second_adds)
    loss = np.zeros(len(when))
    for i in range(len(when) - 1):
        spared = i == 0 or when[i + 1] - when[i - 1] >= TWO_DAYS
        loss[i] = rest if gaps[i] < TWO_DAYS and spared else 0.0
    lost = float(loss.mean()) * within_two(account)
    effect = fitted(panel).effects["blog"]
    low, high = effect.interval()
    truth = account.bundle_effect
    return {
        "covered": float(low <= truth <= high),
        "covered_less_half": float(low <= truth - lost / 2 <= high),
        "covered_less_all": float(low <= truth - lost <= high),
    }


def reacted(seed: int) -> Numbers:
    """Hold *reactions*' interval to what the account's own shares of blog posts added."""
    account, panel = account_of("reactions", seed, 180)
    shares = account.posts["facebook"]
    mine = shares.crosspost_of >= 0
    per_reaction = account.world.per_reaction["facebook"]
    added = float(shares.reactions[mine].sum()) * per_reaction / max(len(account.posts["blog"]), 1)
    low, high = fitted(panel).effects["blog"].interval()
    own = added * within_two(account)
    return {
        "covered": float(low <= account.bundle_effect <= high),
        "covered_own": float(low <= own <= high),
    }


def proven(days: int, seed: int) -> Numbers:
    """Judge *blog-only* with a smallest effect of 0.15 points."""
    _, panel = account_of("blog-only", seed, days)
    bundle, own = fit_primary(panel, "bundle"), fit_primary(panel, "all posts")
    assert bundle is not None
    assert own is not None
    found = judge_headline(bundle, own, wording_of(panel), 0.15, ALPHA)
    linkedin = next(c for c in found.channels.others if c.name == "linkedin")
    low, high = linkedin.effect.interval(0.9)
    return {
        "supported": float(found.claims[2].verdict == "supported"),
        "margin": margin_of(panel, None)[0],
        "linkedin_reach": max(abs(low), abs(high)),
    }


def proven_365(seed: int) -> Numbers:
    """See `proven`."""
    return proven(365, seed)


def proven_730(seed: int) -> Numbers:
    """See `proven`."""
    return proven(730, seed)


CAUSES: dict[str, tuple[Callable[[int], Numbers], int]] = {
    "slow": (slow, SEEDS),
    "saturated": (saturated, SEEDS),
    "reacted": (reacted, MANY),
    "proven_365": (proven_365, SEEDS),
    "proven_730": (proven_730, SEEDS),
}


def measured(workers: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield each cause with the means of its numbers over its seeds, from 1 on."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for name, (work, seeds) in CAUSES.items():
            found = list(pool.map(work, range(1, seeds + 1), chunksize=20))
            means = {key: round(float(np.mean([one[key] for one in found])), 5) for key in found[0]}
            yield name, {"accounts": seeds, **means}


def main() -> int:
    """Print the numbers, and keep them where asked to."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"keep them in docs/{KEPT.name}")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    kept = dict(measured(options.workers))
    text = json.dumps(kept, indent=1) + "\n"
    print(text, end="")
    if options.write:
        KEPT.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
