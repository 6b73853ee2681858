"""Accounts that no method can judge, or that break arithmetic, through `needle verdict`."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from click.testing import CliRunner
from tests.builders import write_study
from tests.results_schema import violations

from analysis.cli import main
from attacks import REFUSED, SURVIVED, Case, Lost, kind

Readings = list[tuple[str, Any]]
Posts = list[tuple[str, str]]
START = dt.date(2012, 1, 2)
CONFIDENT = ("supported", "refuted")
_ABOUT_ALGORITHM = ("algorithm-change",)
_OF_BLOG_ALONE = (*_ABOUT_ALGORITHM, "silence-lowers-score", "upticks-follow-posts")


def _days(count: int, start: dt.date = START, step: int = 1) -> list[dt.date]:
    return [start + dt.timedelta(days=step * n) for n in range(count)]


def _walk(case: Case, days: Sequence[dt.date], size: float = 1.0) -> Readings:
    value, found = 50.0, []
    for day in days:
        value += case.random.gauss(0, 0.3) * size
        found.append((day.isoformat(), f"{value:.6g}"))
    return found


def _posts(case: Case, days: Sequence[dt.date], channel: str, share: float = 0.3) -> Posts:
    hour = case.random.randrange(24)
    chosen = [day for day in days if case.random.random() < share]
    return [(f"{day}T{hour:02}:30:00", channel) for day in chosen]


def _verdict(case: Case, readings: Readings, posts: Posts, **more: Any) -> dict[str, Any] | None:
    """Return the results of `needle verdict`, or None where it is one clear line.

    Raises
    ------
    Lost
        It ends with a traceback, with other lines, or with results that are none.
    """
    folder = case.folder / "mine"
    write_study(folder, score=readings, activity=posts, **more)
    done = CliRunner().invoke(main, ["verdict", str(folder), "--json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    if done.exit_code == 2:
        lines = done.stderr.splitlines()
        if not lines or not all(
            line.startswith("needle: ") and line.isprintable() for line in lines
        ):
            raise Lost(f"no clear line: {done.stderr[:300]!r}")
        return None
    if done.exit_code != 0:
        raise Lost(f"ended with {done.exit_code}: {done.output[-300:]!r}")
    results: dict[str, Any] = json.loads(done.stdout, parse_constant=_no_number)
    if wrong := violations(results):
        raise Lost(f"results against the schema: {wrong[:2]}")
    return results


def _no_number(text: str) -> None:
    raise Lost(f"{text} stands in the results")


def _floats(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _floats(each)
    elif isinstance(value, float):
        yield value


def _unsure(results: dict[str, Any] | None, allowed: Sequence[str] = ()) -> str:
    """Return whether it was refused, or survived without any confident verdict.

    Raises
    ------
    Lost
        A claim is supported or refuted, has no reason, or a number is none.
    """
    if results is None:
        return REFUSED
    for claim in results["claims"]:
        if claim["verdict"] in CONFIDENT and claim["id"] not in allowed:
            raise Lost(f"{claim['id']} is {claim['verdict']}: {claim['reason'][:120]}")
        if not claim["reason"].strip():
            raise Lost(f"{claim['id']} has no reason")
    if not all(map(math.isfinite, _floats(results))):
        raise Lost("a number that is none")
    return SURVIVED


@kind(starts=("git",))
def score_constant(case: Case) -> str:
    """Scores that never move."""
    days = _days(case.random.choice((40, 120, 300)))
    value = case.turn(("50", "0", "1", "-3.25", "1e-12", "99999999"))
    posts = _posts(case, days, "blog") + _posts(case, days, "twitter", 0.6)
    kind_ = case.random.choice(("level", "flow"))
    return _unsure(_verdict(case, [(f"{day}", value) for day in days], posts, kind=kind_))


@kind(starts=("git",))
def channel_of_zeros(case: Case) -> str:
    """Channels without any post in the period, or with all of them on one day."""
    days = _days(case.random.choice((60, 150)))
    away = [days[0] - dt.timedelta(days=400)] if case.number % 2 else [days[5]]
    blog = [(f"{day}T10:00:00", "blog") for day in away * case.random.choice((1, 30, 300))]
    posts = blog + _posts(case, days, "twitter", 0.5)
    results = _verdict(case, _walk(case, days), posts)
    return _about(results, "blog")


def _about(results: dict[str, Any] | None, channel: str) -> str:
    """Return `REFUSED` or `SURVIVED`; a channel of no posts must have no effect of its own."""
    if results is None:
        return REFUSED
    if not all(map(math.isfinite, _floats(results))):
        raise Lost("a number that is none")
    sure = [each["id"] for each in results["claims"] if each["verdict"] in CONFIDENT]
    about = {"blogging-moves-score", "only-blogging", "upticks-follow-posts", "sharing-matters"}
    if about & set(sure):
        raise Lost(f"{sorted(about & set(sure))} with no usable post of {channel}")
    return SURVIVED


@kind(starts=("git",))
def channels_collinear(case: Case) -> str:
    """Channels whose posts are the same, to the second or in sum."""
    days = _days(case.random.choice((80, 200)))
    blog = _posts(case, days, "blog")
    other = [(at, "twitter") for at, _ in blog] * case.random.choice((1, 2))
    third = [(at, "facebook") for at, _ in blog + other] if case.number % 2 else []
    results = _verdict(case, _walk(case, days), blog + other + third)
    return _unsure(results, _OF_BLOG_ALONE)


@kind(starts=("git",))
def readings_few(case: Case) -> str:
    """No reading, one, a few, one a year, or all on one day."""
    count = case.turn((0, 1, 2, 3, 7, 12))
    step = case.random.choice((1, 30, 365))
    days = _days(count, step=step)
    posts = _posts(case, _days(400), "blog") + _posts(case, _days(400), "twitter", 0.5)
    return _unsure(_verdict(case, _walk(case, days), posts))


_CHANGES = ("America/Los_Angeles", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca")
_CHANGES = (*_CHANGES, "America/Sao_Paulo", "Asia/Tehran", "America/St_Johns", "Pacific/Apia")


@kind(starts=("git",))
def days_of_change(case: Case) -> str:
    """Hours that a zone skips or has twice, and days that it never had."""
    zone = case.turn(_CHANGES)
    start = dt.date(case.random.choice((2010, 2011, 2012, 2016)), case.random.choice((2, 9, 11)), 1)
    days = _days(120, start)
    hours = ("00:30:00", "01:30:00", "02:00:00", "02:30:00", "23:59:59", "24:00:00")
    posts = [(f"{day}T{case.random.choice(hours[:5])}", "blog") for day in days[::3]]
    posts += [(f"{day}T02:30:00", "twitter") for day in days if case.random.random() < 0.5]
    at = case.random.choice(("00:00", "02:30", "01:59", "24:00"))
    results = _verdict(case, _walk(case, days), posts, timezone=zone, observed_at=at)
    return _sane(results, len(days))


def _sane(results: dict[str, Any] | None, readings: int) -> str:
    """Return `REFUSED` or `SURVIVED`; every reading is counted, and a guess is no confidence."""
    if results is None:
        return REFUSED
    if results["period"]["readings"] != readings:
        raise Lost(f"{results['period']['readings']} readings of {readings}")
    if not all(map(math.isfinite, _floats(results))):
        raise Lost("a number that is none")
    return SURVIVED


_ZONES = (
    "Asia/Pyongyang",
    "Europe/Moscow",
    "America/Caracas",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
)
_ZONES = (
    *_ZONES,
    "Africa/Monrovia",
    "Europe/Dublin",
    "Antarctica/Troll",
    "Etc/GMT+12",
    "Etc/GMT-14",
)


@kind(starts=("git",))
def zones_of_old(case: Case) -> str:
    """Zones that changed their rules, at the ends of the world, or with odd minutes."""
    year = case.random.choice((1971, 1975, 1986, 2007, 2014, 2018, 2037))
    days = _days(90, dt.date(year, case.random.choice((1, 4, 8)), 1))
    posts = _posts(case, days, "blog") + _posts(case, days, "twitter", 0.5)
    results = _verdict(case, _walk(case, days), posts, timezone=case.turn(_ZONES))
    return _sane(results, len(days))


@kind(starts=("git",))
def days_of_leap(case: Case) -> str:
    """Leap days, where there is one and where there is none, and the second 60."""
    year = case.turn((2000, 2012, 2024, 2100, 1900, 2011))
    days = list(_days(90, dt.date(year, 1, 10)))
    readings = _walk(case, days)
    posts = [*_posts(case, days, "blog"), (f"{year}-02-29T23:59:60", "twitter")]
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    results = _verdict(case, readings, posts)
    if results is not None and not is_leap:
        raise Lost(f"a post on {year}-02-29 was read")
    return _sane(results, len(days))


@kind(starts=("git",))
def years_far_away(case: Case) -> str:
    """Days before 1970 and after 2038, in order and not."""
    year = case.turn((1, 1583, 1901, 1969, 1970, 2037, 2038, 2039, 2099, 2100, 2101, 9990))
    days = _days(80, dt.date(year, 1, 1))
    posts = _posts(case, days, "blog") + _posts(case, days, "twitter", 0.5)
    results = _verdict(case, _walk(case, days), posts)
    if results is not None and not 1970 <= year <= 2100:
        raise Lost(f"the year {year} was taken")
    return _sane(results, len(days))


_VALUES = ("1e300", "-1e300", "1e308", "inf", "-inf", "nan", "NaN", "Infinity", "1e400", "1e-320")
_VALUES = (*_VALUES, "0x1p3", "1,5", "1_000", "\u0665\u0660", "", "None", "1e15", "-0.0", "9" * 400)


@kind(starts=("git",))
def scores_beyond(case: Case) -> str:
    """Scores of 1e300, infinite, no number, or a number only to Python."""
    days = _days(case.random.choice((60, 150)))
    readings = _walk(case, days)
    value = case.turn(_VALUES)
    for _ in range(case.random.choice((1, 1, 3, len(days)))):
        at = case.random.randrange(len(days))
        readings[at] = (readings[at][0], value if "," not in value else f'"{value}"')
    posts = _posts(case, days, "blog") + _posts(case, days, "twitter", 0.5)
    results = _verdict(case, readings, posts, kind=case.random.choice(("level", "flow")))
    if results is not None and value not in ("", "1e15", "-0.0", "1e-320"):
        raise Lost(f"a score of {value} was taken")
    return _sane(results, results["period"]["readings"] if results else 0)


@kind(starts=("git",))
def scores_of_other_sizes(case: Case) -> str:
    """Scores of 1e-200 to 1e280 points, all of one kind."""
    days = _days(120)
    size = case.turn((1e-200, 1e-12, 1e12, 1e150, 1e200, 1e280))
    value, plain = 50.0, []
    for _ in days:
        value += case.random.gauss(0, 0.3)
        plain.append(value)
    posts = _posts(case, days, "blog") + _posts(case, days, "twitter", 0.5)
    results = _verdict(
        case, [(f"{day}", repr(v * size)) for day, v in zip(days, plain, strict=True)], posts
    )
    return _sane(results, len(days))


@kind(starts=("git",))
def counts_beyond(case: Case) -> str:
    """Daily counts that are negative, fractions, endless or no numbers."""
    days = _days(90)
    folder = case.folder / "mine"
    write_study(folder, score=_walk(case, days), activity=_posts(case, days, "blog"))
    values = (
        "-1",
        "1.5",
        "1e5",
        "nan",
        "inf",
        "9" * 30,
        "1000001",
        "x",
        "",
        "-0",
        "\u0663",
        "1 000",
    )
    value = case.turn(values)
    rows = [f"{day},{case.random.randrange(4)}" for day in days]
    for _ in range(case.random.choice((1, 5))):
        rows[case.random.randrange(90)] = f"{days[case.random.randrange(90)]},{value}"
    chosen = {row.partition(",")[0]: row for row in rows}
    text = "\n".join(["date,twitter", *(chosen[each] for each in sorted(chosen)), ""])
    (folder / "raw/daily.csv").write_text(text, encoding="utf-8")
    toml = folder / "study.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8") + 'daily = "raw/daily.csv"\n', encoding="utf-8"
    )
    return _of_folder(folder, 90, "daily" in toml.read_text(encoding="utf-8"))


def _of_folder(folder: Any, readings: int, is_whole: bool) -> str:
    done = CliRunner().invoke(main, ["verdict", str(folder), "--json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    if done.exit_code == 2 and done.stderr.startswith("needle: mine/raw/daily.csv"):
        return REFUSED
    if done.exit_code != 0 or not is_whole:
        raise Lost(f"ended with {done.exit_code}: {done.output[-300:]!r}")
    results = json.loads(done.stdout, parse_constant=_no_number)
    posts = results["channels"]["twitter"]["posts"]
    if not 0 <= posts <= 90 * 1_000_000 or posts != int(posts):
        raise Lost(f"{posts} posts")
    return _sane(results, readings)


@kind(seconds=30, starts=("git",))
def channels_many(case: Case) -> str:
    """Fifty to two hundred channels, more than there are readings."""
    days = _days(case.random.choice((60, 120)))
    count = case.turn((50, 100, 200))
    posts = _posts(case, days, "blog")
    for number in range(count - 1):
        posts += _posts(case, days, f"c{number:03}", case.random.choice((0.05, 0.3)))
    results = _verdict(case, _walk(case, days), posts)
    if results is not None and len(results["channels"]) < count * 0.9:
        raise Lost(f"{len(results['channels'])} channels of {count}")
    return _unsure(results, _ABOUT_ALGORITHM)


@kind(starts=("git",))
def posts_on_few_days(case: Case) -> str:
    """Hundreds of posts on one day or two, alone or beside a few single ones."""
    days = _days(case.turn((60, 90, 300)))
    crowds = case.random.sample(days[12:-2], case.random.choice((1, 1, 2)))
    single = case.random.sample(days, case.random.choice((0, 5)))
    posts = [(f"{day}T10:{n // 60:02}:{n % 60:02}", "blog") for day in crowds for n in range(300)]
    posts += [(f"{day}T09:00:00", "blog") for day in single]
    results = _verdict(case, _walk(case, days), posts + _posts(case, days, "twitter", 0.5))
    every = [] if results is None else [claim["id"] for claim in results["claims"]]
    return _unsure(results, [claim for claim in every if claim != "blogging-moves-score"])


@kind(starts=("git",))
def posts_endless(case: Case) -> str:
    """Channels that post every hour, every day, or only after the last reading."""
    days = _days(90)
    ways: tuple[Callable[[], Posts], ...] = (
        lambda: [(f"{day}T{hour:02}:00:00", "blog") for day in days for hour in range(24)],
        lambda: [(f"{day + dt.timedelta(days=400)}T10:00:00", "blog") for day in days],
        lambda: [(f"{day}", "blog") for day in days],
    )
    posts = case.turn(ways)() + _posts(case, days, "twitter", 0.5)
    return _about(_verdict(case, _walk(case, days), posts), "blog")
