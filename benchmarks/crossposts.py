"""Measure how many shares are found, how many of them are right, and how long it takes.

Posts made by hand (``shares/cases.py``) and, where the real exports are at hand, real ones
labelled by hand (``shares/real.py``). Labels were never made by what is measured.

Run::

    python benchmarks/crossposts.py                               # tables and speed
    python benchmarks/crossposts.py --write docs/crossposts.md    # the tables into the page
    python benchmarks/crossposts.py --exports ../shared/exports   # where real exports are
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from analysis.activity import SourceRead, event_table
from analysis.crossposts import KINDS, THRESHOLD, evidence_of, with_crossposts
from analysis.formats.base import Extract, Post
from shares import real
from shares.cases import CASES

ROOT = Path(__file__).parents[1]
THRESHOLDS = (0.0, 0.5, 0.7, 0.8, 0.95)
BEGIN, END = "<!-- measured -->", "<!-- end -->"
REAL = {"tweets of a programmer, 2010 and 2012": real.tweets, "LinkedIn of a teacher": real.shares}


@dataclass(frozen=True)
class Judged:
    """One post that could share something: what it shares, and what was found of it.

    Attributes
    ----------
    truth : str
        Slug of the post that it shares, "" for none, "a|b" where either is right.
    found, kind, confidence
        Slug, strongest evidence and its confidence, as found without a threshold.
    """

    truth: str
    found: str
    kind: str
    confidence: float

    def right(self) -> bool:
        """Return whether the post that was found is the one that it shares."""
        return self.found != "" and self.found in self.truth.split("|")


def judge(
    blog: Sequence[Post],
    others: dict[str, list[Post]],
    truth: dict[int, str],
    mapping: dict[str, str] | None = None,
    focal: str = "blog",
) -> list[Judged]:
    """Return what is found of every post of the other channels but reposts.

    ``truth`` is by ``id()`` of the post.
    """
    named = {focal: list(blog), **others}
    keyed = [
        SourceRead(name, name, name, "", Extract(_numbered(posts)), {})
        for name, posts in named.items()
    ]
    activity = event_table(keyed, ZoneInfo("UTC"))
    evidence = evidence_of(activity, focal, mapping)
    table = with_crossposts(activity, evidence, focal, threshold=0.0)
    judged = []
    rows = zip(
        table["channel"],
        table["pointer"],
        table["kind"],
        table["crosspost_of"],
        table["crosspost_evidence"],
        table["crosspost_confidence"],
        strict=True,
    )
    for channel, pointer, kind, url, evidence_kind, confidence in rows:
        if channel == focal or kind == "repost":
            continue
        post = named[channel][int(pointer)]
        slug = url.rstrip("/").rpartition("/")[2]
        judged.append(Judged(truth.get(id(post), ""), slug, evidence_kind, float(confidence)))
    return judged


def _numbered(posts: Sequence[Post]) -> list[Post]:
    return [replace(post, pointer=str(number)) for number, post in enumerate(posts)]


def by_hand() -> list[Judged]:
    """Judge the posts that were made by hand."""
    judged = []
    for case in CASES:
        truth = {id(post): post.id for posts in case.others.values() for post in posts}
        focal = "facebook" if "facebook.example" in case.blog[0].url else "blog"
        judged += judge(case.blog, case.others, truth, case.mapping, focal)
    return judged


def of_real(exports: Path) -> dict[str, list[Judged]]:
    """Judge the real posts, as far as the exports are at hand."""
    found = {}
    for name, read in REAL.items():
        if (exports / "sanand0").is_dir() and (exports / "soffes_2012").is_dir():
            blog, posts, slugs = read(exports)
            truth = {id(post): slugs.get(post.id, "") for post in posts}
            found[name] = judge(blog, {"other": posts}, truth)
    return found


def wilson(k: int, n: int) -> str:
    """Return a share in percent with its 95 % Wilson interval."""
    if not n:
        return "–"
    z = 1.959964
    middle, half = (
        k / n + z * z / (2 * n),
        z * math.sqrt(k / n * (1 - k / n) / n + (z / n / 2) ** 2),
    )
    low, high = ((middle + sign * half) / (1 + z * z / n) for sign in (-1, 1))
    return f"{100 * k / n:.0f} ({100 * max(low, 0):.0f}–{100 * min(high, 1):.0f})"


def table_of(sets: dict[str, list[Judged]]) -> str:
    """Return precision and recall of each set at several thresholds, as a table."""
    lines = [
        "| posts | threshold | share | found | right | precision, % | recall, % |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, judged in sets.items():
        for threshold in THRESHOLDS:
            found = [one for one in judged if one.found and one.confidence >= threshold]
            share, right = sum(bool(one.truth) for one in judged), sum(one.right() for one in found)
            lines.append(
                f"| {name} ({len(judged):,}) | {threshold:g} | {share} | {len(found)} | {right} "
                f"| {wilson(right, len(found))} | {wilson(right, share)} |"
            )
    return "\n".join(lines)


def kinds_table(sets: dict[str, list[Judged]]) -> str:
    """Return the kinds, their confidence and reason, and how often each was right."""
    lines = [
        "| evidence | confidence | found | right, % | why |",
        "|---|--:|--:|--:|---|",
    ]
    every = [one for judged in sets.values() for one in judged if one.found]
    for kind in KINDS.values():
        mine = [one for one in every if one.kind == kind.name]
        right = wilson(sum(one.right() for one in mine), len(mine))
        lines.append(f"| {kind.name} | {kind.confidence:g} | {len(mine)} | {right} | {kind.why} |")
    return "\n".join(lines)


def big_account(posts: int = 100_000, blog: int = 2_000) -> dict[str, list[Post]]:
    """Return an account of five years that says much, drawn with one seed."""
    draw = random.Random(2012)
    words = [f"word{number}" for number in range(5_000)]

    def when() -> dt.datetime:
        seconds = draw.randrange(5 * 365 * 86_400)
        return dt.datetime(2010, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)

    def text(n: int) -> str:
        return " ".join(words[int(draw.paretovariate(0.7)) % len(words)] for _ in range(n))

    def link() -> tuple[str, ...]:
        kind, number = draw.random(), draw.randrange(10**6)
        if kind < 0.05:
            return (f"http://www.blog.example.org/{number % blog}/x/?utm_source=t",)
        if kind < 0.4:
            return (f"http://bit.ly/{number}",)
        return (f"http://other.example/{number}",) if kind < 0.7 else ()

    own = [
        Post(when(), url=f"http://blog.example.org/{number}/x", title=text(6), shared_to=("x",))
        for number in range(blog)
    ]
    said = [Post(when(), text=text(14), links=link()) for _ in range(posts)]
    return {"blog": own, "twitter": said[: 4 * posts // 5], "facebook": said[4 * posts // 5 :]}


def speed() -> str:
    """Return how long a big account takes."""
    sources = [
        SourceRead(name, name, name, "", Extract(posts), {})
        for name, posts in big_account().items()
    ]
    activity = event_table(sources, ZoneInfo("UTC"))
    began = time.perf_counter()
    evidence = evidence_of(activity, "blog")
    spent = time.perf_counter() - began
    return f"100,000 posts against 2,000 blog posts: {spent:.1f} s, {len(evidence):,} pairs"


def page(text: str, sets: dict[str, list[Judged]]) -> str:
    """Return the page with its measured parts made anew."""
    pieces = text.split(BEGIN)
    for number, part in enumerate((kinds_table(sets), table_of(sets)), start=1):
        pieces[number] = f"\n\n{part}\n\n{END}{pieces[number].partition(END)[2]}"
    return BEGIN.join(pieces)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--exports", type=Path, default=ROOT.parent / "shared/exports")
    parser.add_argument("--write", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    sets = {"made by hand": by_hand(), **of_real(chosen.exports)}
    if len(sets) == 1:
        print("the real exports are not at hand: only posts made by hand", file=sys.stderr)
    if chosen.write is not None:
        if len(sets) == 1:
            return 1
        chosen.write.write_text(page(chosen.write.read_text("utf-8"), sets), "utf-8")
        return 0
    print(f"counted from a confidence of {THRESHOLD:g} on\n")
    print(kinds_table(sets), table_of(sets), speed(), sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
