"""Clean tables to the panel of every account, as expressions for any engine.

The same panel as that of one account (`analysis.panel`, `analysis.model.design`): the posts in
the window before each reading, own lags, weekday, masks, and which readings enter. Tests hold
the two together.
"""

from __future__ import annotations

import ibis
from ibis import _
from ibis.expr.types import Table

from analysis.accounts.calendar import DAY
from analysis.accounts.columns import MOST_LAGS, Columns
from analysis.crossposts import EARLY
from analysis.model.design import SHORT
from analysis.settings import Settings

FEW_LAGS = 7


def numbered(activity: Table, channels: tuple[str, ...]) -> Table:
    """Return posts with the number of their channel in place of its name."""
    number = ibis.cases(
        *((activity["channel"] == name, place) for place, name in enumerate(channels)), else_=-1
    )
    return activity.mutate(channel=number.cast("int64"))


def bundled(posts: Table, settings: Settings) -> Table:
    """Return posts with ``bundled``: 1 where one shares a focal post of the last window.

    Parameters
    ----------
    posts : Table
        account, channel (0 is the focal one), sec, url, crosspost_of.
    settings : Settings
        The window.
    """
    own = posts.filter(_.channel == 0, _.url != "").group_by("account", "url").agg(born=_.sec.min())
    joined = posts.left_join(own, [posts.account == own.account, posts.crosspost_of == own.url])
    age = joined["sec"] - joined["born"]
    early = int(EARLY.total_seconds())
    inside = age.between(-early, settings.question.days * DAY) & (joined["crosspost_of"] != "")
    return joined.select(
        account=posts.account,
        channel=posts.channel,
        sec=posts.sec,
        bundled=ibis.ifelse(inside.fill_null(False), 1, 0),
    )


def counts(posts: Table, bins: Table, columns: Columns) -> Table:
    """Return posts by account and day of the reading that follows them.

    Parameters
    ----------
    posts : Table
        account, channel, sec, bundled.
    bins : Table
        See `analysis.accounts.calendar.bins_by_utc_day`.
    columns : Columns
        The counts are named as its windows.
    """
    dated = posts.mutate(utc_day=(posts.sec / DAY).floor().cast("int64")).join(bins, "utc_day")
    later = (_.sec >= _.edge_1).cast("int64") + (_.sec >= _.edge_2).cast("int64")
    return (
        dated.mutate(day=_.base + later)
        .group_by("account", "day")
        .agg(
            **{
                name: ibis.ifelse(
                    (dated["channel"] == number)
                    & ((dated["bundled"] == 0) | (coding == "all posts")),
                    1,
                    0,
                )
                .sum()
                .cast("int64")
                for coding, number, name in columns.windows
            }
        )
    )


def panel_of(
    score: Table, counted: Table, days: Table, columns: Columns, settings: Settings
) -> Table:
    """Return the panel: a row a calendar day of each account, from its first reading to its last.

    Parameters
    ----------
    score : Table
        account, day, score.
    counted : Table
        See `counts`.
    days : Table
        See `analysis.accounts.calendar.days_table`.
    columns : Columns
        The regressors.
    settings : Settings
        The window, and the kind of score.

    Returns
    -------
    Table
        account, day, score, outcome, weekday, masked, the windows, ``steady`` (the outcome as
        a lag, at its account's mean where not known or moved by a break), ``middle`` (that
        mean), ``lags`` (7 or 14), ``used`` (1 where the reading enters) and ``reason`` (why
        not).
    """
    rows = _with_outcome(_spine(score, counted, days, columns, settings), settings)
    return _entering(rows, columns, settings)


def _spine(
    score: Table, counted: Table, days: Table, columns: Columns, settings: Settings
) -> Table:
    spans = score.group_by("account").agg(
        first=_.day.min(),
        last=_.day.max(),
        readings=_.count(),
        largest=_.score.abs().max(),
    )
    back = settings.question.days - 1
    spine = spans.mutate(day=ibis.range(spans.first - back, spans.last + 1).unnest())
    joined = (
        spine.left_join(score.select("account", "day", "score"), ["account", "day"])
        .drop("account_right", "day_right")
        .left_join(counted, ["account", "day"])
        .drop("account_right", "day_right")
        .join(days, "day")
    )
    whole = joined.mutate(
        **{
            name: ibis.ifelse(joined[f"known_{number}"] == 1, joined[name].fill_null(0), None)
            for _coding, number, name in columns.windows
        }
    )
    order = ibis.window(group_by="account", order_by="day")
    sums = {}
    for _coding, _number, name in columns.windows:
        total = whole[name]
        for lag in range(1, settings.question.days):
            total = total + whole[name].lag(lag).over(order)
        sums[name] = total
    return whole.mutate(**sums)


def _with_outcome(rows: Table, settings: Settings) -> Table:
    order = ibis.window(group_by="account", order_by="day")
    each = ibis.window(group_by="account")
    lags = ibis.ifelse(rows["readings"] < SHORT, FEW_LAGS, MOST_LAGS)
    if settings.score.kind == "flow":
        outcome, moved = rows["score"], ibis.literal(0)
    else:
        digits = 14 - ibis.ifelse(rows["largest"] > 0, rows["largest"].log10().ceil(), 0)
        unit = ibis.literal(10.0) ** digits.clip(-250, 250).cast("float64")
        change = rows["score"] - rows["score"].lag(1).over(order)
        outcome, moved = (change * unit).round() / unit, rows["masked"]
    told = rows.mutate(outcome=outcome, lags=lags, moved=moved)
    known = told.mutate(known=ibis.ifelse(told["outcome"].notnull(), 1, 0))
    steady = ibis.ifelse((known["known"] == 1) & (known["moved"] == 0), known["outcome"], None)
    middle = steady.mean().over(each).fill_null(0.0)
    centered = known.mutate(middle=middle, steady_=steady)
    return centered.mutate(steady=centered["steady_"].fill_null(centered["middle"]))


def _entering(rows: Table, columns: Columns, settings: Settings) -> Table:
    each = ibis.window(group_by="account")
    before = {
        lags: ibis.window(group_by="account", order_by="day", preceding=(lags, 1))
        for lags in (FEW_LAGS, MOST_LAGS)
    }
    earlier = ibis.ifelse(
        rows["lags"] == FEW_LAGS,
        rows["known"].sum().over(before[FEW_LAGS]),
        rows["known"].sum().over(before[MOST_LAGS]),
    ).fill_null(0)
    begin = rows["lags"] + (1 if settings.score.kind == "level" else 0)
    reached = rows["day"] - rows["first"] >= begin
    covered = ibis.literal(True)
    for _coding, _number, name in columns.windows:
        covered = covered & rows[name].notnull()
    could = (rows["known"] == 1) & (rows["masked"] == 0) & covered & reached
    told = rows.mutate(
        earlier=earlier,
        could=ibis.ifelse(could, 1, 0),
        whole=ibis.ifelse(could & (earlier == rows["lags"]), 1, 0),
        covered=ibis.ifelse(covered, 1, 0),
        reached=ibis.ifelse(reached, 1, 0),
    )
    half = told["whole"].sum().over(each) * 2 < told["could"].sum().over(each)
    enough = ibis.ifelse(half, told["earlier"] * 2 >= told["lags"], told["earlier"] == told["lags"])
    used = (told["could"] == 1) & enough
    reason = ibis.cases(
        (told["score"].isnull() | used, ""),
        (told["masked"] == 1, "at a known change of the scoring model"),
        (told["reached"] == 0, "at the beginning, with too few days before them"),
        (told["known"] == 0, "without a reading the day before"),
        (~enough, "with a missing reading among the days before"),
        else_="where the record of a channel does not reach",
    )
    return (
        told.mutate(used=ibis.ifelse(used, 1, 0), reason=reason)
        .filter(_.day >= _.first)
        .select(
            "account",
            "day",
            "score",
            "outcome",
            "weekday",
            "masked",
            *(name for _coding, _number, name in columns.windows),
            "steady",
            "middle",
            "lags",
            "used",
            "reason",
        )
    )
