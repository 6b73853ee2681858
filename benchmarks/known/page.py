"""The page of error rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from analysis import worlds
from analysis.evidence.upticks import wilson
from known.causes import cause_of
from known.counts import MEASURES, UNTOLD, Cell, Measure, missed

PAGE_TEXT = """# Error rates on accounts of known truth

Written by `python benchmarks/known_truth.py --memory` in about eight minutes on two busy cores; its
counts are in [error-rates.json](error-rates.json). A small version through files:
`python benchmarks/known_truth.py --quick`.

{seeds} simulated accounts (seeds {first} to {last}) in every world at every length,
{accounts} in all, judged at 5 % without files. {files} of them were also written to disk as
native exports, read back and judged: verdicts, estimates and intervals were the same to the last
digit in {same}. What stands beside the misses was measured by `python benchmarks/causes.py --write`
and is in [error-causes.json](error-causes.json). All rates are percent; in brackets their 95 %
Monte Carlo interval (Wilson).

## The bounds

Fixed before anything was measured. The worst world of all lengths stands beside each.

{bounds}

## What misses, and why

No world, seed or threshold was changed after a miss. Where no bound is set, the data cannot tell
the truth, and nothing computed from them could.

{misses}

## What is seldom proved

“Only blogging” is hardly ever supported here, even where it is true: it asks that every other
channel's interval lies within the smallest effect that matters, which by default is a quarter of
the standard deviation of the daily change, {causes[proven_365][margin]:.3f} points in *blog-only*.
LinkedIn, with a post of its own in ten days, reaches {causes[proven_365][linkedin_reach]:.2f}
points after 365 readings and {causes[proven_730][linkedin_reach]:.2f} after 730. With
`smallest_effect = 0.15` in study.toml, {causes[proven_365][supported]:.0%} of
{causes[proven_365][accounts]:.0f} such accounts are supported after 365 readings and
{causes[proven_730][supported]:.0%} after 730.

## All rates

Empty cells: not an error there, or nothing to find. A rate in bold breaks its bound. *Found*,
*supported* and *refuted* are power: how often what is true was found. *Mean error* is estimate
minus truth in points per post, with its standard error. Where no post moves the score, about half
of the 5 % fall on the side of a harmful post: a false “blogging moves it” is expected in 2.5 %, and
the interval misses zero in the other half too. The same seeds are used in every world, so worlds
that differ little have rates that differ little.

{tables}

## The worlds

The truth that an interval must hold is what a blog post, shared as its author usually shares,
adds to the published score within 48 hours: with the score's own decay, and in *saturation* and
*reactions* as the mean over the account's posts.

{worlds}
"""


def percent(hits: int, n: int) -> str:
    """Return a share in percent with its 95 % Monte Carlo interval (Wilson)."""
    if not n:
        return "–"
    low, high = wilson(hits, n)
    return f"{100 * hits / n:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def true_of(place: worlds.World) -> str:
    """Return what truly moves the score in a world, in a word or two."""
    moving = [*(["blog"] if place.focal_moves else []), *place.others_move]
    seen = "all" if len(moving) == len(place.rates) else ", ".join(moving) or "nothing"
    return seen if place.identifiable else f"{seen}; cannot be told"


def table(cells: Sequence[Cell]) -> str:
    """Return the rates of one length as Markdown, one row a world; broken bounds in bold."""
    head = ["world", "what moves it", *(measure.name for measure in MEASURES), "mean error"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for cell in cells:
        rates = []
        for measure in MEASURES:
            text = percent(*measure.hits(cell)) if measure.applies(cell) else ""
            rates.append(f"**{text}**" if measure.missed(cell, False) else text)
        error = f"{cell.bias:+.3f} ± {cell.bias_error:.3f}".replace("-", "−")
        lines.append(f"| {cell.world} | {true_of(cell.place)} | {' | '.join(rates)} | {error} |")
    return "\n".join(lines)


def bounds_table(cells: Sequence[Cell]) -> str:
    """Return each bound with the cell that comes nearest to breaking it, or breaks it most."""
    lines = ["| what | bound | worst of all | where | kept |", "|---|---|---|---|---|"]
    for measure in MEASURES:
        by_bound: dict[float, list[Cell]] = defaultdict(list)
        for cell in cells:
            bound = measure.limit(cell)
            if bound is not None and measure.applies(cell) and measure.hits(cell)[1]:
                by_bound[bound].append(cell)
        for bound, held in sorted(by_bound.items()):
            worst = (max if measure.most else min)(held, key=lambda cell: _rate(measure, cell))
            broken = sum(measure.missed(cell, False) for cell in held)
            kept = "yes" if not broken else f"**no, in {broken} of {len(held)}**"
            sign = "≤" if measure.most else "≥"
            where = f"{worst.world}, {worst.days}"
            rate = percent(*measure.hits(worst))
            lines.append(
                f"| {measure.name} | {sign} {100 * bound:g} % | {rate} | {where} | {kept} |"
            )
    return "\n".join(lines)


def _rate(measure: Measure, cell: Cell) -> float:
    hits, n = measure.hits(cell)
    return hits / n


def misses_table(cells: Sequence[Cell], causes: dict[str, Any]) -> str:
    """Return every broken bound with its cause, and what no bound is set for because none could."""
    lines = [
        "| world | readings | what | measured, % | bound | cause |",
        "|---|---|---|---|---|---|",
    ]
    for measure, cell in [*missed(cells), *_untold(cells)]:
        bound = measure.limit(cell)
        sign = "≤" if measure.most else "≥"
        held = "none" if bound is None else f"{sign} {100 * bound:g} %"
        cause = cause_of(cell.world, measure.name, causes)
        rate = percent(*measure.hits(cell))
        lines.append(f"| {cell.world} | {cell.days} | {measure.name} | {rate} | {held} | {cause} |")
    return "\n".join(lines)


def _untold(cells: Sequence[Cell]) -> Iterator[tuple[Measure, Cell]]:
    """Yield the errors in worlds of which the data cannot tell the truth."""
    for cell in cells:
        if not cell.place.identifiable:
            told = (m for m in MEASURES if m.limit(cell) is None and m.applies(cell))
            yield from ((m, cell) for m in told if m.name in UNTOLD)


def page(kept: dict[str, Any], causes: dict[str, Any]) -> str:
    """Return the whole page from the counts that were kept, and what was measured of the causes."""
    cells = [Cell(**cell) for cell in kept["cells"]]
    lengths = sorted({cell.days for cell in cells})
    first, last = kept["seeds"]
    files = kept["through_files"]
    told = "\n".join(
        f"- **{name}**: {worlds.describe(name)}"
        for name in dict.fromkeys(cell.world for cell in cells)
    )
    tables = "\n\n".join(
        f"### {days} readings\n\n{table([cell for cell in cells if cell.days == days])}"
        for days in lengths
    )
    return PAGE_TEXT.format(
        seeds=f"{last - first + 1:,}",
        first=first,
        last=last,
        accounts=f"{sum(cell.accounts for cell in cells):,}",
        files=f"{files['accounts']:,}",
        same=f"{files['same']:,}",
        bounds=bounds_table(cells),
        misses=misses_table(cells, causes),
        causes=causes,
        tables=tables,
        worlds=told,
    )


def quick_table(cells: Sequence[Cell]) -> str:
    """Return the rates as Markdown for the terminal."""
    accounts = sum(cell.accounts for cell in cells)
    return f"{accounts:,} accounts, through files; percent, with 95 % intervals.\n\n{table(cells)}"
