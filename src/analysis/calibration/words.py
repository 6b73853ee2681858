"""What a calibration says, in sentences and as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from analysis.calibration.rates import Calibration, Rate, TruthRates
from analysis.calibration.truths import CLAIMS, Truth
from analysis.claims.base import STATEMENTS, VERDICTS, Verdict, number, percent
from analysis.errors import one_line

SURE = 0.999
"""Level at which a rate must miss its mark to be called a failing: many are looked at."""

WIDTH = 96

SHORT = {
    "blogging-moves-score": "it moves the score",
    "nothing-else-correlates": "nothing else does",
    "only-blogging": "only it does",
}
"""The claims as the head of a column."""

KEPT = (
    "Each simulated account keeps this study's posts, gaps and masked days, its own lags and "
    "weekdays, and the size of what the regression left over on each day; only its sign is drawn."
)
UNSEEN = (
    "What these accounts cannot show: an event that made both the posts and the rise, posts "
    "written because the score moved, or effects that come later than the window."
)


def tenths(rate: Rate) -> str:
    """Return a rate as "2.6 % (1.8 to 3.8)", with its Monte Carlo interval."""
    low, high = rate.interval()
    return f"{_share(rate)} ({100 * low:.1f} to {100 * high:.1f})"


def _share(rate: Rate) -> str:
    return f"{100 * rate.share:.1f}\u202f%"


def sentence(found: Calibration, claim: str = "only-blogging") -> str:
    """Return how often a claim's verdict is wrong on accounts like this one, for the page.

    The rates are those of the truth under which each is highest.

    Parameters
    ----------
    found : Calibration
        The rates.
    claim : str
        One of the three of the headline.
    """
    said = [each.says(claim, verdict) for each in found.rates for verdict in VERDICTS[:2]]
    accounts = f"On {found.draws:,} simulated accounts like this one, this method"
    if not any(rate.hits for rate in said):
        return f"{accounts} never says 'supported' or 'refuted', whatever is true."
    parts = [
        f"'{verdict}' wrongly in {_share(worst.rate)}"
        for verdict in VERDICTS[:2]
        if (worst := found.worst(claim, verdict)) is not None
    ]
    return f"{accounts} says {' and '.join(parts)} under the worst truth tried."


def failings(found: Calibration) -> tuple[str, ...]:
    """Return where the method fails for this very study, a sentence each; empty if nowhere."""
    return (
        *_no_verdict(found),
        *_weak(found),
        *_false_alarms(found),
        *_wrong(found),
        *_coverage(found),
        *_overlooked(found),
        *_lags(found),
    )


def _no_verdict(found: Calibration) -> Iterator[str]:
    for name, why in found.why_not.items():
        whose = " The headline stays open, whatever is true." if name == found.focal else ""
        yield f"{name} gets no verdict of its own ({why}).{whose}"
    if not found.others:
        yield "No other channel can be judged, so 'nothing else correlates' cannot be tested."


def _weak(found: Calibration) -> Iterator[str]:
    """Yield what the focal channel's power and the headline's leave to wish for."""
    if found.focal in found.why_not:
        return
    at_margin, strongest = found.under(Truth(1.0)), found.alone[-1]
    if at_margin.found.share < 0.5:
        yield (
            f"An effect of {found.focal} that just matters ({number(found.margin)} {found.unit}) "
            f"would be found in only {tenths(at_margin.found)} of accounts like this one."
        )
    said = strongest.says("only-blogging", "supported")
    if found.others and said.share < 0.5:
        yield (
            f"Even if {found.focal} alone moved the score, and by {strongest.truth.focal:g} times "
            f"what matters, 'only' could be supported in just {tenths(said)}: these data seldom "
            "rule out every other channel."
        )


def _false_alarms(found: Calibration) -> Iterator[str]:
    size = found.nothing.size
    if found.focal not in found.why_not and size.interval(SURE)[0] > found.alpha:
        yield (
            f"When nothing matters, the test of {found.focal} still rejects in {tenths(size)} "
            f"instead of {percent(found.alpha)}."
        )


def _wrong(found: Calibration) -> Iterator[str]:
    """Yield the claims on which a verdict is surely wrong more often than the tests' level."""
    for claim in CLAIMS:
        for verdict in VERDICTS[:2]:
            worst = found.worst(claim, verdict)
            if worst is not None and worst.rate.interval(SURE)[0] > found.alpha:
                yield (
                    f"“{STATEMENTS[claim]}” is {verdict} wrongly in {tenths(worst.rate)} "
                    f"when the truth is: {worst.truth.label(found.focal)}."
                )


def _coverage(found: Calibration) -> Iterator[str]:
    """Yield the lowest coverage that is surely under its level, and that of the odd truth."""
    low = [each for each in found.coverage() if each[2].interval(SURE)[1] < 0.95]
    usual = [each for each in low if not each[0].truth.on_top]
    if usual:
        rates, name, rate = min(usual, key=lambda each: each[2].share)
        yield (
            f"The 95\u202f% interval of {name} holds the true effect in only {tenths(rate)} "
            f"when the truth is: {rates.truth.label(found.focal)}."
        )
    for _, name, rate in low:
        if (_, name, rate) not in usual and name == found.focal:
            yield (
                f"If the score's own momentum did not pass on what a post in {name} does, the "
                f"95\u202f% interval would hold the true effect in only {tenths(rate)}."
            )


def _overlooked(found: Calibration) -> Iterator[str]:
    for name in found.others:
        named = found.under(Truth(0.0, name, 1.0)).names(name)
        if named.share < 0.5:
            yield (f"An effect of {name} that just matters would be named in only {tenths(named)}.")


def _lags(found: Calibration) -> Iterator[str]:
    if found.shortened:
        yield (
            "The score's own momentum was shortened a little in the simulated accounts: as "
            "fitted, they would have drifted away."
        )


def plain_text(found: Calibration) -> str:
    """Return a calibration as text for a terminal."""
    effect = f"δ is the smallest effect that matters, {number(found.margin)} {found.unit}."
    lines = [*_wrapped(sentence(found)), "", *_wrapped(f"{KEPT} {effect}"), ""]
    lines += [*_verdict_rows(found), ""]
    for claim in CLAIMS[:2]:
        lines += _wrapped(f"{STATEMENTS[claim]} {sentence(found, claim)}")
    lines += ["", f"Power and intervals of {found.focal}", "", *_power_rows(found), ""]
    missing = failings(found)
    lines += ["Where the method fails for this study", ""] if missing else []
    for failing in missing:
        lines += _wrapped(f"- {failing}", "  ")
    lines += [""] if missing else []
    lines += _wrapped(UNSEEN)
    return "\n".join(one_line(line) if line else line for line in lines) + "\n"


def _verdict_rows(found: Calibration) -> Iterator[str]:
    """Yield the shares of "supported" and "refuted" of every claim, a line a truth."""
    labels = [each.truth.label(found.focal) for each in found.rates]
    wide = max(map(len, ("what is true", *labels)))
    heads = (f"{SHORT[claim]:>22}" for claim in CLAIMS)
    yield f"{'':{wide}}{''.join(heads)}"
    yield f"{'what is true':{wide}}" + f"{'supported':>12}{'refuted':>10}" * len(CLAIMS)
    for each, label in zip(found.rates, labels, strict=True):
        cells = (
            f"{_cell(each, claim, verdict):>{width}}"
            for claim in CLAIMS
            for verdict, width in zip(VERDICTS[:2], (12, 10), strict=True)
        )
        yield f"{label:{wide}}{''.join(cells)}"
    yield "Shares in %; the rest is left open. * wrong to say under this truth."


def _cell(each: TruthRates, claim: str, verdict: Verdict) -> str:
    mark = "*" if each.truth.is_wrong(claim, verdict) else " "
    return f"{100 * each.says(claim, verdict).share:.1f}{mark}"


def _power_rows(found: Calibration) -> Iterator[str]:
    yield f"  {'true effect':>12}{'found':>24}{'interval holds it':>24}"
    for each in found.alone:
        size = f"{each.truth.focal:g} δ"
        held = tenths(each.coverage(found.focal)) if found.focal in each.covered else "–"
        yield f"  {size:>12}{tenths(each.found):>24}{held:>24}"


def _wrapped(text: str, further: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=further, break_on_hyphens=False)
