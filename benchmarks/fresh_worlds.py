"""Error rates of the verdicts on simulated accounts that were made apart from the package.

Each account is written as files and read by the way that `needle verdict` takes.

    python benchmarks/fresh_worlds.py
    python benchmarks/fresh_worlds.py --write docs/fresh-worlds.md
    python benchmarks/fresh_worlds.py --worlds bursts,next-day --seeds 2 --keep /tmp/fresh
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from fresh.catalogue import BY_NAME, WORLDS, World, write_study

SEEDS = 20
NOMINAL = 0.05
BLOG, ELSE, ONLY = "blogging-moves-score", "nothing-else-correlates", "only-blogging"


@dataclass(frozen=True)
class Outcome:
    """What one study gave: verdicts by claim, and what was counted otherwise than written."""

    world: str
    seed: int
    verdicts: dict[str, str]
    miscounts: tuple[str, ...]


def judge(name: str, seed: int, keep: Path) -> Outcome:
    """Write one study, load it, and return its verdicts."""
    import analysis

    folder = keep / f"{name}-{seed:02d}"
    account = write_study(BY_NAME[name], seed, folder)
    results = analysis.load(str(folder)).results()
    verdicts = {claim["id"]: claim["verdict"] for claim in results["claims"]}
    said = {source["channel"]: source["posts"] for source in results["sources"]}
    wrong = []
    if said != account.posts:
        wrong.append(f"posts written {account.posts}, read {said}")
    if results["period"]["readings"] != account.readings:
        found = results["period"]["readings"]
        wrong.append(f"readings written {account.readings}, read {found}")
    return Outcome(name, seed, verdicts, tuple(wrong))


def run(
    worlds: Iterable[World], seeds: int, keep: Path, jobs: int
) -> tuple[list[Outcome], list[str]]:
    """Judge every seed of every world in worker processes; return outcomes and failures."""
    outcomes, failures = [], []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = {
            pool.submit(judge, world.name, seed, keep): f"{world.name}, seed {seed}"
            for world in worlds
            for seed in range(seeds)
        }
        for done, future in enumerate(as_completed(waiting), 1):
            error = future.exception()
            if error is None:
                outcomes.append(future.result())
            else:
                failures.append(f"{waiting[future]}: {type(error).__name__}: {error}")
            if sys.stderr.isatty():
                print(f"\r{done} of {len(waiting)} studies", end="", file=sys.stderr)
    return sorted(outcomes, key=lambda each: (each.world, each.seed)), sorted(failures)


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    z = 1.959963984540054
    share, scale = hits / total, 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / scale
    return max(middle - half, 0.0), min(middle + half, 1.0)


def spoken(hits: int, total: int) -> str:
    """Return a count with the interval of its share, as a cell of the table."""
    if not total:
        return "none"
    low, high = wilson(hits, total)
    return f"{hits} ({100 * low:.0f}–{100 * high:.0f})"


def row(world: World, outcomes: list[Outcome]) -> str:
    """Return the row of one world."""
    mine = [each.verdicts for each in outcomes if each.world == world.name]
    count = Counter((claim, verdict) for each in mine for claim, verdict in each.items())
    asked = [
        *((BLOG, verdict) for verdict in ("supported", "refuted", "inconclusive")),
        *((ELSE, verdict) for verdict in ("supported", "refuted")),
        *((ONLY, verdict) for verdict in ("supported", "refuted")),
    ]
    cells = [world.name, world.says, world.truth, *(spoken(count[key], len(mine)) for key in asked)]
    return "| " + " | ".join(cells) + " |"


@dataclass(frozen=True)
class Total:
    """One kind of error, over the worlds in which it can be made."""

    says: str
    worlds: Callable[[World], bool]
    claim: str
    verdict: str
    gates: bool = False


def _is_null(world: World) -> bool:
    return world.identifiable and not world.focal_moves and not world.others_move


TOTALS = (
    Total("nothing moves the score: blogging *supported*", _is_null, BLOG, "supported", True),
    Total("nothing moves the score: nothing else *refuted*", _is_null, ELSE, "refuted", True),
    Total(
        "the blog does not: blogging *supported*",
        lambda world: world.identifiable and not world.focal_moves,
        BLOG,
        "supported",
    ),
    Total(
        "no other channel does: nothing else *refuted*",
        lambda world: world.identifiable and not world.others_move,
        ELSE,
        "refuted",
    ),
    Total("the blog does: blogging *refuted*", lambda world: world.focal_moves, BLOG, "refuted"),
    Total(
        "another channel does: nothing else *supported*",
        lambda world: world.others_move,
        ELSE,
        "supported",
    ),
    Total(
        "it is not only the blog: only blogging *supported*",
        lambda world: world.identifiable and (world.others_move or not world.focal_moves),
        ONLY,
        "supported",
    ),
    Total(
        "it is only the blog: only blogging *refuted*",
        lambda world: world.focal_moves and not world.others_move,
        ONLY,
        "refuted",
    ),
)


def tally(total: Total, outcomes: list[Outcome]) -> tuple[int, int]:
    """Return how often an error was made, and how often it could have been."""
    mine = [each for each in outcomes if total.worlds(BY_NAME[each.world])]
    return sum(each.verdicts.get(total.claim) == total.verdict for each in mine), len(mine)


HEAD = """\
# Error rates on fresh worlds

Simulated accounts whose truth is known, made from the wording of the claims alone: their generator
(`benchmarks/fresh/`) shares no line with the package, nor with the worlds that it simulates.
Every account is written as files and read back by the way that `needle verdict` takes.

Written by `python benchmarks/fresh_worlds.py --write docs/fresh-worlds.md`; the same command gives
the same table. Seeds a world: {seeds}. Each cell is how many of them, and in brackets the 95 %
interval (Wilson) of the share in percent. ✓ is supported, ✗ refuted, ? inconclusive.

No effect, noise or calendar was changed after it was run. `spiky-blog` and `faint-blog` were added
after the first run, to ask harder questions: in the worlds before them every effect was found.
These worlds are no longer untouched: that a finding has to survive slow movements of the score was
made after seeing what *shared-rise* did, and that viral days do not set what matters after
*spiky-blog*. [unseen-worlds.md](unseen-worlds.md) has worlds that came later.

| world | what is special | what moves the score | blogging ✓ | blogging ✗ | blogging ? | \
nothing else ✓ | nothing else ✗ | only blogging ✓ | only blogging ✗ |
|---|---|---|---|---|---|---|---|---|---|
"""

MIDDLE = """
## What misses, and why

- **shared-rise**: posting rises over the record and the score's daily change drifts as smoothly.
  Before a finding had to survive slow movements of the score, 5 of 20 were wrong.
- **holidays**: what stops the posts lowers the views as well. Nothing computed from the record can
  tell that from an effect.
- **spiky-blog**: the few wrong or open verdicts are those of views in which a handful of viral days
  hide an effect of half a day's views.

## Wrong verdicts in all

Over the worlds in which the verdict would be wrong; worlds with a hidden cause count only where
their truth leaves no doubt. The first two rows are tests at 5 %: the command fails when the lower
end of an interval lies above that.

| what is true, and the verdict that is wrong | wrong | of | share, 95 % interval |
|---|---|---|---|
"""


def page(worlds: Iterable[World], outcomes: list[Outcome], seeds: int) -> str:
    """Return the tables as Markdown."""
    text = HEAD.format(seeds=seeds) + "".join(row(world, outcomes) + "\n" for world in worlds)
    text += MIDDLE
    for total in TOTALS:
        hits, trials = tally(total, outcomes)
        if trials:
            low, high = wilson(hits, trials)
            share = f"{hits / trials:.1%} ({low:.1%} to {high:.1%})"
            text += f"| {total.says} | {hits} | {trials} | {share} |\n"
    return text


def exceeded(outcomes: list[Outcome]) -> list[str]:
    """Return the tests that err too often in worlds where nothing moves the score."""
    found = []
    for total in TOTALS:
        hits, trials = tally(total, outcomes)
        if total.gates and trials and wilson(hits, trials)[0] > NOMINAL:
            found.append(f"{total.says}: {hits} of {trials} is more than {NOMINAL:.0%}")
    return found


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Error rates on worlds made apart.")
    parser.add_argument("--worlds", default="", help="names, with commas between; default: all")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="studies a world")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 4))
    parser.add_argument("--write", type=Path, help="write the tables to this file too")
    parser.add_argument("--keep", type=Path, help="keep the studies in this folder")
    arguments = parser.parse_args(given)
    names = [name for name in arguments.worlds.split(",") if name]
    unknown = sorted(set(names) - BY_NAME.keys())
    if unknown:
        parser.error(f"unknown world {', '.join(unknown)}; there are {', '.join(BY_NAME)}")
    arguments.chosen = [world for world in WORLDS if not names or world.name in names]
    return arguments


def main(given: list[str] | None = None) -> int:
    """Run, print the tables, and return the exit code."""
    arguments = _arguments(given)
    with tempfile.TemporaryDirectory() as temporary:
        keep = arguments.keep or Path(temporary)
        outcomes, failures = run(arguments.chosen, arguments.seeds, keep, arguments.jobs)
    text = page(arguments.chosen, outcomes, arguments.seeds)
    print(text, end="")
    wrong = [
        f"{each.world}, seed {each.seed}: {said}" for each in outcomes for said in each.miscounts
    ]
    problems = [*failures, *wrong, *exceeded(outcomes)]
    for problem in problems:
        print(f"fresh_worlds: {problem}", file=sys.stderr)
    if arguments.write and not failures:
        arguments.write.write_text(text, encoding="utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
