"""Raw tables to clean ones: what cannot be used is set aside by reason, never dropped."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import ibis
from ibis import _
from ibis.expr.types import BooleanColumn, IntegerColumn, StringColumn, Table, Value

from analysis.accounts.calendar import EPOCH
from analysis.errors import corrupt

FIRST_DAY, LAST_DAY = 0, 54_786
"""Days that are believed: from 1970 to 2119, counted from 1970-01-01."""

LARGEST = sys.float_info.max

LONGEST = 200
"""Characters of an account's or a channel's name."""

UNPRINTABLE = r"[\p{Cc}\p{Zl}\p{Zp}\x{061C}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
"""What no name may hold: control characters, line breaks, and what turns text around."""

_MOMENT = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"

NEEDED = {"activity": ("account", "at", "channel"), "score": ("account", "date", "score")}


@dataclass(frozen=True, slots=True)
class Sorted:
    """A raw table in two.

    Attributes
    ----------
    good : ibis Table
        What can be used, in its final types.
    aside : ibis Table
        The other rows as text, with the column ``reason``.
    """

    good: Table
    aside: Table


def check_columns(table: Table, name: str, label: str) -> None:
    """Raise InputError when a table lacks a column that it needs."""
    missing = [column for column in NEEDED[name] if column not in table.columns]
    if missing:
        found = ", ".join(table.columns[:20])
        raise corrupt(label, f"column {missing[0]}", f"expected this column, found: {found}")


def clean_activity(raw: Table) -> Sorted:
    """Return posts as account, channel, sec, url, crosspost_of; the last two may be empty.

    ``sec`` is seconds since 1970 UTC. Reposts are others' words and no posts. A time without
    a zone is taken for UTC, as in the activity table.
    """
    account, channel = _text(raw["account"]), _text(raw["channel"])
    at, valid = _moment(raw["at"])
    kind = _text(raw["kind"]) if "kind" in raw.columns else ibis.literal("post")
    reason = ibis.cases(
        *_wrong_name(account, "account"),
        *_wrong_name(channel, "channel"),
        (_missing(raw["at"]), "no time"),
        (~valid, "a time that is none"),
        (~_believed(at), "a time out of range"),
        (kind == "repost", "repost"),
        else_="",
    )
    full = raw.mutate(reason_=reason, account_=account, channel_=channel, at_=at)
    good = full.filter(_.reason_ == "").select(
        account="account_",
        channel="channel_",
        sec=_seconds(full["at_"]),
        url=_optional(full, "url"),
        crosspost_of=_optional(full, "crosspost_of"),
    )
    return Sorted(good, _aside(full, raw.columns))


def clean_score(raw: Table) -> Sorted:
    """Return readings as account, day, score: one a day and account.

    The same reading twice counts once. Two that differ say nothing: both are set aside.
    """
    account = _text(raw["account"])
    day, valid = _day(raw["date"])
    value, number = _number(raw["score"])
    reason = ibis.cases(
        *_wrong_name(account, "account"),
        (_missing(raw["date"]), "no date"),
        (~valid, "a date that is none"),
        (~day.between(FIRST_DAY, LAST_DAY), "a date out of range"),
        (_missing(raw["score"]), "no score"),
        (~number, "a score that is no finite number"),
        else_="",
    )
    full = raw.mutate(reason_=reason, account_=account, day_=day, score_=value)
    fine = full.filter(_.reason_ == "")
    days = fine.group_by(account=_.account_, day=_.day_).agg(
        score=_.score_.max(), lowest=_.score_.min(), copies=_.count()
    )
    good = days.filter(_.lowest == _.score).select("account", "day", "score", "copies")
    two = days.filter(_.lowest != _.score).select(account_="account", day_="day")
    disputed = fine.semi_join(two, ["account_", "day_"]).mutate(
        reason_=ibis.literal("two scores on one day")
    )
    aside = _aside(full, raw.columns).union(_aside(disputed, raw.columns))
    return Sorted(good, aside)


def clean_accounts(raw: Table, known: Table) -> Sorted:
    """Return the attributes of accounts as text, a row an account.

    The same row twice counts once. Two that differ say nothing: both are set aside.

    Parameters
    ----------
    raw : Table
        account, and any attributes.
    known : Table
        account and shown: the accounts of the panel, and the names they go by there.
    """
    names = known.select(account_="account", shown_="shown")
    wrong = ibis.cases(*_wrong_name(_text(raw["account"]), "account"), else_="")
    text = raw.select(reason_=wrong, **{name: _text(raw[name]) for name in raw.columns})
    once = text.filter(_.reason_ == "").distinct()
    rows = once.mutate(rows_=once.count().over(ibis.window(group_by="account")))
    joined = rows.left_join(names, rows.account == names.account_)
    disputed = joined.mutate(
        reason_=ibis.cases(
            (joined["rows_"] > 1, "two rows for one account that differ"),
            (joined["shown_"].isnull(), "an account without both posts and readings"),
            else_="",
        )
    )
    rest = [name for name in raw.columns if name != "account"]
    good = disputed.filter(_.reason_ == "").select(*rest, account="shown_")
    aside = _aside(text, raw.columns).union(_aside(disputed, raw.columns))
    return Sorted(good, aside)


def _aside(full: Table, columns: Sequence[str]) -> Table:
    """Return the rows with a reason; a column of their own named so is ``reason (given)``."""
    given = {("reason (given)" if name == "reason" else name): name for name in columns}
    return full.filter(_.reason_ != "").select(
        reason="reason_", **{shown: full[name].cast("string") for shown, name in given.items()}
    )


def _wrong_name(text: StringColumn, what: str) -> tuple[tuple[BooleanColumn, str], ...]:
    """Return what may be wrong with the name of an account or a channel, and how it is told."""
    article = "an" if what == "account" else "a"
    return (
        (_empty(text), f"no {what}"),
        (text.length() > LONGEST, f"{article} {what} of over {LONGEST} characters"),
        (text.re_search(UNPRINTABLE), f"{article} {what} with control characters"),
    )


def _text(column: Value) -> StringColumn:
    return column.cast("string")


def _empty(text: StringColumn) -> BooleanColumn:
    return text.isnull() | (text.strip() == "")


def _missing(column: Value) -> BooleanColumn:
    """Return where nothing stands; a NaN is something, and no number is made text for this."""
    kind = column.type()
    if kind.is_string():
        return _empty(column)
    nothing: BooleanColumn = column.isnull()
    return nothing & ~column.isnan().fill_null(False) if kind.is_floating() else nothing


def _optional(table: Table, name: str) -> StringColumn:
    return table[name].cast("string").fill_null("") if name in table.columns else ibis.literal("")


def _moment(column: Value) -> tuple[Value, BooleanColumn]:
    kind = column.type()
    if kind.is_timestamp():
        return column, column.notnull()
    text = _text(column).strip()
    at = ibis.ifelse(text.re_search(_MOMENT), text, None).try_cast("timestamp")
    return at, at.notnull()


def _believed(at: Value) -> BooleanColumn:
    begin = dt.datetime.combine(EPOCH, dt.time(), dt.UTC if at.type().timezone else None)
    first, end = (
        ibis.literal(begin + dt.timedelta(days=days), at.type())
        for days in (FIRST_DAY, LAST_DAY + 1)
    )
    inside: BooleanColumn = (at >= first) & (at < end)
    return inside


def _seconds(at: Value) -> IntegerColumn:
    """Return whole seconds since 1970; a fraction belongs to the second that it is in."""
    naive = at.cast("timestamp('UTC')").cast("timestamp") if at.type().timezone else at
    return naive.epoch_seconds().floor().cast("int64")


def _day(column: Value) -> tuple[IntegerColumn, BooleanColumn]:
    kind = column.type()
    if kind.is_date() or kind.is_timestamp():
        date = column.cast("date")
    else:
        text = _text(column).strip()
        date = ibis.ifelse(text.re_search(_DATE), text, None).try_cast("date")
    return date.delta(ibis.literal(EPOCH), unit="day"), date.notnull()


def _number(column: Value) -> tuple[Value, BooleanColumn]:
    kind = column.type()
    if kind.is_numeric():
        value = column.cast("float64")
    else:
        text = _text(column).strip()
        value = ibis.ifelse(text.re_search(_NUMBER), text, None).try_cast("float64")
    # Not isinf, which Ibis 12 makes false on Spark. NaN stands above every number.
    return value, (value.abs() <= LARGEST).fill_null(False)
