"""One account of many as a study of its own."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import disk
from analysis.accounts.calendar import EPOCH
from analysis.accounts.engines import Limits, duckdb_engine
from analysis.accounts.folder import Input
from analysis.accounts.intake import check_columns, clean_activity, clean_score
from analysis.errors import InputError, Problem, one_line
from analysis.settings import FILE, read_toml

ACTIVITY, SCORE = "raw/activity.csv", "raw/score.csv"


def write_study(source: Input, account: str, folder: Path) -> Path:
    """Write one account's posts and readings as a study, and return its folder.

    The settings are those of all accounts. As there, posts are taken to be complete for the days
    of the readings unless ``[coverage]`` says otherwise. A share of a focal post holds that post's
    address as its text, which is how a study knows it.

    Parameters
    ----------
    source : Input
        The folder of many accounts.
    account : str
        As its tables name it.
    folder : Path
        A folder that is not there yet, or an empty one.

    Raises
    ------
    InputError
        The account has no posts or no readings, a table cannot be read, or the folder holds
        something. Nothing is written then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        said = "expected a folder that is not there yet, or an empty one"
        raise InputError(Problem("invalid", folder.name, "", said))
    posts, readings = rows_of(source, account)
    days = pd.to_timedelta(readings["day"], unit="D") + pd.Timestamp(EPOCH)
    score = pd.DataFrame({"date": days.dt.strftime("%Y-%m-%d"), "score": readings["score"]})
    at = pd.to_datetime(posts["sec"], unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    activity = pd.DataFrame(
        {
            "at": at,
            "channel": posts["channel"],
            "url": posts["url"],
            "text": posts["crosspost_of"],
        }
    )
    window = source.settings.question.days
    first, last = days.min().date() - dt.timedelta(days=window), days.max().date()
    text = study_toml(read_toml(source.folder), account, sorted(set(posts["channel"])), first, last)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with disk.scratch(folder.parent, ".study-") as half:
        made = half / "study"
        (made / "raw").mkdir(parents=True)
        disk.write(made / ACTIVITY, activity.to_csv(index=False), synced=False)
        disk.write(made / SCORE, score.to_csv(index=False), synced=False)
        disk.write(made / FILE, text, synced=False)
        disk.sync_tree(made)
        disk.move(made, folder)
    return folder


def rows_of(source: Input, account: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return an account's posts and readings, cleaned as for the panel, in order of time.

    Raises
    ------
    InputError
        It has none of either, or a table cannot be read.
    """
    found = []
    with duckdb_engine(Limits()) as engine:
        for name, clean in (("activity", clean_activity), ("score", clean_score)):
            raw = engine.read(source.tables[name])
            check_columns(raw, name, f"{source.folder.name}/{name}")
            mine = raw.filter(raw["account"].cast("string") == account)
            table = engine.frame(clean(mine).good)
            if table.empty:
                said = f"expected rows of account {one_line(account, 80)!r}, found none of use"
                raise InputError(Problem("absent", f"{source.folder.name}/{name}", "", said))
            found.append(table)
    posts, readings = found
    by = ["sec", "channel", "url", "crosspost_of"]
    return posts.sort_values(by, ignore_index=True), readings.sort_values("day", ignore_index=True)


def study_toml(
    raw: Mapping[str, Any], account: str, channels: list[str], first: dt.date, last: dt.date
) -> str:
    """Return the study.toml of one account.

    Parameters
    ----------
    raw : mapping
        study.toml of all accounts.
    account : str
        Its name, for the title.
    channels : list of str
        Those it has posts in.
    first, last : date
        Days for which the posts are complete, where ``raw`` does not say.
    """
    kept = {key: value for key, value in raw.items() if key not in ("tables", "coverage")}
    given = raw.get("coverage", {})
    whole = {"start": first, "end": last}
    made = {
        **kept,
        "title": f"{raw.get('title', '')}: {account}",
        "score": {**kept.get("score", {}), "path": SCORE},
        "sources": {"activity": ACTIVITY},
        "coverage": {name: {**whole, **given.get(name, {})} for name in channels},
    }
    return "\n".join(_lines(made, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield a table of TOML: its own values first, then its tables."""
    inner = {key: value for key, value in table.items() if _is_table(value)}
    for key, value in table.items():
        if key not in inner:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        name = ".".join(map(_key, (*path, key)))
        for each in value if isinstance(value, list) else [value]:
            yield f"\n[[{name}]]" if isinstance(value, list) else f"\n[{name}]"
            yield from _lines(each, (*path, key))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _text(text: str) -> str:
    """Return a basic string of TOML, which escapes as JSON does, and one character more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
