"""The raw tables to clean parts on disk, and what was found on the way."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ibis
import pandas as pd
from ibis import _
from ibis.expr.types import Table

from analysis import disk
from analysis.accounts import intake
from analysis.accounts.columns import MOST_CHANNELS, Columns
from analysis.accounts.engines import Engine, small
from analysis.accounts.faults import Name, row_errors_of, unreadable
from analysis.accounts.folder import Input
from analysis.accounts.panel import numbered
from analysis.accounts.storage import write_json
from analysis.errors import corrupt
from analysis.panel import CODINGS, Coding

ACCOUNTS_A_PART = 2_000
MOST_PARTS = 1_000
INTAKE = "intake.json"
ASIDE = "set_aside"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to build.

    Attributes
    ----------
    engine : {"duckdb", "spark"}
        Which engine.
    master : str
        Spark's master; unused by DuckDB.
    memory : str
        In all, as engines write it: a whole number and ``GB``.
    workers : int
        Parts at a time (DuckDB).
    key : bytes or None
        With it, accounts are known by their HMAC-SHA256 only.
    part_accounts : int
        Accounts of a part (DuckDB); one that was finished is not done again.
    """

    engine: Name = "duckdb"
    master: str = "local[*]"
    memory: str = "4GB"
    workers: int = 2
    key: bytes | None = None
    part_accounts: int = ACCOUNTS_A_PART


@dataclass(frozen=True, slots=True)
class Taken:
    """What the intake found.

    Attributes
    ----------
    columns : Columns
        Channels and codings.
    parts : int
        Into how many parts the accounts were put.
    seconds, days : tuple of int
        First and last event (seconds since 1970) and reading (days since 1970).
    rows : dict of str to int
        Good rows by table.
    aside : dict of str to dict of str to int
        Rows set aside, by table and reason.
    accounts : dict of str to int
        ``with both``, ``without posts``, ``without readings``.
    """

    columns: Columns
    parts: int
    seconds: tuple[int, int]
    days: tuple[int, int]
    rows: dict[str, int]
    aside: dict[str, dict[str, int]]
    accounts: dict[str, int]


def taken_in(engine: Engine, source: Input, work: Path, options: Options, say: Say) -> Taken:
    """Return what the intake found, doing it unless an earlier run did.

    Raises
    ------
    InputError
        A table without its columns or with nothing to use.
    """
    marker = work / INTAKE
    if marker.is_file():
        told = json.loads(marker.read_text(encoding="utf-8"))
        columns = Columns(tuple(told.pop("channels")), tuple(told.pop("codings")))
        return Taken(columns, **told)
    for name in ("intake", ASIDE):
        shutil.rmtree(work / name, ignore_errors=True)
    say("Reading the tables ...")
    taken = _take_in(engine, source, work, options)
    disk.sync_tree(work)
    told = {name: getattr(taken, name) for name in Taken.__slots__ if name != "columns"}
    write_json(
        marker, {**told, "channels": taken.columns.channels, "codings": taken.columns.codings}
    )
    return taken


def _take_in(engine: Engine, source: Input, work: Path, options: Options) -> Taken:
    label = source.folder.name
    raw = {name: engine.read(source.tables[name]) for name in ("activity", "score")}
    for name, table in raw.items():
        intake.check_columns(table, name, f"{label}/{name}")
    sides = {
        "activity": intake.clean_activity(raw["activity"]),
        "score": intake.clean_score(raw["score"]),
    }
    aside: dict[str, dict[str, int]] = {}
    for name, side in sides.items():
        aside[name] = _put_aside(engine, source, side.aside, name, work, options)
    score, posts = sides["score"].good, sides["activity"].good
    seen = _seen(engine, score, posts)
    names = _accounts(engine, *seen)
    both = names[names["has_posts"] & names["has_score"]]
    if both.empty:
        said = "expected accounts with readings and with posts, found none with both"
        raise corrupt(f"{label}/score", "", said)
    parts = 1
    if options.engine == "duckdb":
        parts = min(MOST_PARTS, -(-len(both) // options.part_accounts))
    known = _known(both, parts, options.key)
    score, posts = _of(score, known), _of(posts, known)
    readings, posted = (_of(table, known) for table in seen)
    channels = _channels(engine, posted, source)
    whole = {"low": _.low.min(), "high": _.high.max(), "n": _.n.sum()}
    span = engine.frame(readings.aggregate(**whole)).iloc[0]
    extent = engine.frame(posted.aggregate(**whole, shares=_.shares.sum())).iloc[0]
    codings: tuple[Coding, ...] = CODINGS if extent["shares"] else CODINGS[:1]
    engine.split(numbered(posts, channels), work / "intake" / "activity", "part")
    engine.split(score, work / "intake" / "score", "part")
    aside |= _attributes(engine, source, known, work, options)
    return Taken(
        columns=Columns(channels, codings),
        parts=parts,
        seconds=(int(extent["low"]), int(extent["high"])),
        days=(int(span["low"]), int(span["high"])),
        rows={"activity": int(extent["n"]), "score": int(span["n"])},
        aside=aside,
        accounts={
            "with both": len(both),
            "without posts": int((names["has_score"] & ~names["has_posts"]).sum()),
            "without readings": int((names["has_posts"] & ~names["has_score"]).sum()),
        },
    )


def _seen(engine: Engine, score: Table, posts: Table) -> tuple[Table, Table]:
    """Return what there is of each account, from one look at all rows; readings, then posts.

    The engine keeps it, not a file: names stand here as they came.
    """
    readings = score.group_by("account").agg(low=_.day.min(), high=_.day.max(), n=_.count())
    posted = posts.group_by("account", "channel").agg(
        low=_.sec.min(),
        high=_.sec.max(),
        n=_.count(),
        shares=(_.crosspost_of != "").cast("int64").sum(),
    )
    return engine.kept(readings), engine.kept(posted)


def _accounts(engine: Engine, score: Table, posts: Table) -> pd.DataFrame:
    """Return every account, sorted by name, and whether it has posts and readings."""
    every = (
        score.select("account", score=ibis.literal(1), posts=ibis.literal(0))
        .distinct()
        .union(posts.select("account", score=ibis.literal(0), posts=ibis.literal(1)).distinct())
        .group_by("account")
        .agg(has_score=_.score.max(), has_posts=_.posts.max())
    )
    found = engine.frame(every).sort_values("account", ignore_index=True)
    return found.astype({"has_score": bool, "has_posts": bool})


def _known(accounts: pd.DataFrame, parts: int, key: bytes | None) -> Table:
    """Return which part each account goes to, and the name it goes by."""
    names = accounts["account"].astype(str)
    shown = names if key is None else names.map(lambda name: hashed(name, key))
    order = shown.rank(method="first").astype(int) - 1
    return small(
        pd.DataFrame({"account": names, "shown": shown, "part": order * parts // len(names)})
    )


def hashed(account: str, key: bytes) -> str:
    """Return what stands for an account: HMAC-SHA256 with the key, in hexadecimal."""
    return hmac.new(key, account.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _of(table: Table, known: Table) -> Table:
    rest = [name for name in table.columns if name != "account"]
    joined = table.join(known, "account")
    return joined.select(*rest, account=joined["shown"], part=joined["part"])


def _channels(engine: Engine, posts: Table, source: Input) -> tuple[str, ...]:
    found = sorted(map(str, engine.frame(posts.select("channel").distinct())["channel"]))
    focal, label = source.settings.focal, f"{source.folder.name}/activity"
    if focal not in found:
        said = f"expected posts of the focal channel {focal!r}, found: {', '.join(found[:10])}"
        raise corrupt(label, "column channel", said)
    if len(found) > MOST_CHANNELS:
        said = f"expected at most {MOST_CHANNELS} channels, found {len(found):,}"
        raise corrupt(label, "column channel", said)
    return (focal, *(name for name in found if name != focal))


def _put_aside(
    engine: Engine, source: Input, rows: Table, name: str, work: Path, options: Options
) -> dict[str, int]:
    """Keep the rows that cannot be used, and return how many there are by reason."""
    kept = rows if options.key is None else rows.select("reason")
    try:
        engine.write(kept, work / ASIDE / name, kept.columns)
    except row_errors_of(engine.name) as error:
        if str(work) in str(error):  # what it could not write
            raise
        raise unreadable(source.tables[name], error) from None
    found = engine.frame(engine.parquet(work / ASIDE / name).reason.value_counts())
    return dict(sorted(zip(found.iloc[:, 0], map(int, found.iloc[:, 1]), strict=True)))


def _attributes(
    engine: Engine, source: Input, known: Table, work: Path, options: Options
) -> dict[str, dict[str, int]]:
    """Keep the accounts' attributes as text, under the names that accounts go by.

    Returns what was set aside: nothing where there is no such table.
    """
    if "accounts" not in source.tables:
        return {}
    raw = engine.read(source.tables["accounts"])
    label = f"{source.folder.name}/accounts"
    if "account" not in raw.columns:
        raise corrupt(label, "column account", "expected this column, found none of that name")
    side = intake.clean_accounts(raw, known)
    aside = _put_aside(engine, source, side.aside, "accounts", work, options)
    engine.write(side.good, work / "accounts", ["account"])
    return {"accounts": aside}
