"""One effect for all accounts, in a table: with the bootstrap where accounts are few."""

from __future__ import annotations

import math

import pandas as pd

from analysis.accounts.fit import Fitted
from analysis.accounts.wild import FEW_ACCOUNTS, WildEffect
from analysis.display import Table


def pooled_table(fitted: Fitted) -> Table:
    """Return the pooled effect of every channel, and for few accounts the wild bootstrap's."""
    rows = [
        {
            "channel": channel.name,
            "effect": channel.pooled.value,
            "low": channel.pooled.interval()[0],
            "high": channel.pooled.interval()[1],
            "p": channel.pooled.p,
            "plain": channel.plain.value,
            "plain p": channel.plain.p,
            **_bootstrapped(channel.wild),
        }
        for channel in fitted.bundle.channels
    ]
    few = any(channel.wild for channel in fitted.bundle.channels)
    frame = pd.DataFrame(rows)
    formats = {**dict.fromkeys(("effect", "low", "high", "plain", *_ENDS), "+.3g")}
    formats |= dict.fromkeys(("p", "plain p", _P), ".2g")
    if not few:
        frame = frame.drop(columns=[*_ENDS, _P])
        formats = {name: shape for name, shape in formats.items() if name in frame}
    return Table.of(
        frame, "One effect for all accounts", formats=formats, notes=_notes(fitted, few=few)
    )


_ENDS, _P = ("bootstrap low", "bootstrap high"), "bootstrap p"


def _bootstrapped(found: WildEffect | None) -> dict[str, float | None]:
    ends = (None, None) if found is None else (found.low, found.high)
    shown = [None if end is None or math.isinf(end) else end for end in ends]
    return {**dict(zip(_ENDS, shown, strict=True)), _P: None if found is None else found.p}


def _notes(fitted: Fitted, *, few: bool) -> str:
    pooled = fitted.bundle.pooled
    by = f"account ({pooled.clusters:,})"
    if pooled.days is not None:
        by += f" and day ({pooled.days:,})"
    said = (
        "What one more post does if it does the same to every account. Low and high bound the "
        f"95 % interval; errors are clustered by {by}. Plain is what other programs print: least "
        "squares."
    )
    wild = next((each.wild for each in fitted.bundle.channels if each.wild), None)
    if few and wild is not None:
        drawn = (
            f"all {wild.draws:,} combinations of signs"
            if wild.exact
            else f"{wild.draws:,} draws of signs"
        )
        said += (
            f" With fewer than {FEW_ACCOUNTS} accounts such errors tend to be too small: beside "
            "the plain effect stands the wild cluster bootstrap by account, the null imposed, of "
            f"{drawn}. A dash stands where an interval has no end."
        )
    return said
