"""The posting plan: its rules, its files, its seal, and what it shows."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis import load
from analysis.claims.base import Claim, Wording
from analysis.claims.experiment import blogging_by_experiment, with_experiment
from analysis.cli import main
from analysis.errors import InputError
from analysis.experiment import Adherence, Experiment, Randomized, experiment_evidence
from analysis.experiment.planning import make_plan
from analysis.experiment.posting import habit
from analysis.experiment.power import Noise, arms, detectable_effect, noise_of, weeks_for
from analysis.experiment.rerandomization import (
    Trial,
    columns_t,
    critical,
    exposures,
    p_value,
    rerandomize,
    trial,
)
from analysis.inspection import plan_text
from analysis.model.ols import fit_hc3
from analysis.panel import Floats, Panel
from analysis.plan import FILES, PLAN, SEAL, Design, Plan, Rules, habitual_rules, read_plan
from analysis.plan.calendar import OCTETS, escaped, folded
from analysis.plan.file import seal_of
from analysis.plan.write import write_plan
from analysis.study import read_study
from tests.builders import days_from, panel_of, simulated_panel, write_study

MONDAY = dt.date(2012, 3, 5)
WORDS = Wording("blog", "points per post", 48)


def plan_of(weeks: int = 12, posts: int = 3, seed: int = 1, **changes: Any) -> Plan:
    rules = habitual_rules(changes.pop("start", MONDAY), weeks, posts)
    (days,) = Design(rules).draw(np.random.default_rng(seed), 1)
    content: dict[str, Any] = {
        "schema": 1,
        "made": dt.date(2012, 3, 1),
        "focal": "blog",
        "timezone": "America/Los_Angeles",
        "score_kind": "level",
        "observed_at": "24:00",
        "window_hours": 48,
        "alpha": 0.05,
        "smallest_effect": 0.1,
        "start": rules.start,
        "end": rules.start + dt.timedelta(days=rules.days - 1),
        "weeks": weeks,
        "posts_per_week": posts,
        "never": (),
        "longest_posting": rules.longest_posting,
        "longest_quiet": rules.longest_quiet,
        "seed": seed,
        "draws": 999,
        "detectable": None,
        "unit": "points per planned post",
        "analysis": (),
        "assignment": {
            rules.start + dt.timedelta(days=i): bool(post) for i, post in enumerate(days)
        },
    }
    return Plan(**(content | changes))


def sealed(folder: Path, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PLAN).write_bytes(content)
    (folder / SEAL).write_text(f"{seal_of(content)}  {PLAN}\n", encoding="ascii")
    return folder


def content_of(plan: Plan, **changes: Any) -> bytes:
    return json.dumps(json.loads(plan.model_dump_json(by_alias=True)) | changes).encode()


# --- the design -------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    weekday=st.integers(0, 6),
    weeks=st.integers(1, 30),
    posts=st.integers(1, 6),
    never=st.sets(st.integers(0, 6), max_size=5),
    seed=st.integers(0, 2**53 - 1),
)
def test_every_plan_obeys_the_rules(
    weekday: int, weeks: int, posts: int, never: set[int], seed: int
) -> None:
    rules = habitual_rules(MONDAY + dt.timedelta(days=weekday), weeks, posts, sorted(never))
    if posts > 6 - len(never):
        with pytest.raises(ValueError, match="choice of days"):
            Design(rules)
        return
    design = Design(rules)
    plans = design.draw(np.random.default_rng(seed), 20)
    assert plans.shape == (20, 7 * weeks)
    assert (plans.reshape(20, weeks, 7).sum(axis=2) == posts).all()
    for plan in plans:
        runs = [(post, len(list(run))) for post, run in itertools.groupby(plan.tolist())]
        assert max(n for post, n in runs if post) <= rules.longest_posting
        assert max(n for post, n in runs if not post) <= rules.longest_quiet
        weekdays = {(rules.start + dt.timedelta(days=int(i))).weekday() for i in plan.nonzero()[0]}
        assert not weekdays & never
        assert design.holds(plan)


def by_hand(rules: Rules) -> set[tuple[bool, ...]]:
    """Return every plan that obeys the rules, by trying all."""
    found = set()
    for plan in itertools.product([False, True], repeat=rules.days):
        weeks = [plan[i : i + 7] for i in range(0, rules.days, 7)]
        runs = [(post, len(list(run))) for post, run in itertools.groupby(plan)]
        if all(sum(week) == rules.posts_per_week for week in weeks) and all(
            n <= (rules.longest_posting if post else rules.longest_quiet) for post, n in runs
        ):
            found.add(plan)
    return found


def test_each_plan_is_as_likely_as_any_other() -> None:
    rules = Rules(MONDAY, 2, 5, (), 4, 2)
    every = by_hand(rules)
    design = Design(rules)
    assert design.size == len(every)
    draws = 100 * len(every)
    counts = Counter(tuple(plan) for plan in design.draw(np.random.default_rng(7), draws).tolist())
    assert set(counts) == every
    assert stats.chisquare([counts[plan] for plan in every]).pvalue > 1e-3
    assert len(set(counts.values())) > 1


def test_a_week_after_which_none_may_come_is_the_last_one() -> None:
    """A post on the earliest day leaves too many quiet days up to any day of the next week."""
    never = tuple(sorted(set(range(7)) - {3, 4, 5}))
    rules = Rules(MONDAY, 2, 1, never, 3, 5)
    allowed = {
        plan
        for plan in by_hand(rules)
        if not {day % 7 for day, post in enumerate(plan) if post} & set(never)
    }
    first = {plan[:7].index(True) for plan in allowed}
    assert first == {4, 5}, "Thursday may not be first"
    design = Design(rules)
    assert design.size == len(allowed)
    drawn = design.draw(np.random.default_rng(3), 400)
    assert {tuple(plan) for plan in drawn.tolist()} == allowed


@pytest.mark.parametrize(
    ("detectable", "smallest", "said"),
    [
        (None, 0.1, "What it could find is not known: the record so far has too few readings."),
        (0.08, 0.1, "it finds an effect of 0.0800 points per planned post with 80 % certainty"),
        (0.1, 0.1, "it finds an effect of 0.100 points per planned post with 80 % certainty"),
        (0.3, None, "it finds an effect of 0.300 points per planned post with 80 % certainty"),
        (0.2, 0.1, "For the smallest effect that matters, 0.100, it would take about "),
        (9.0, 0.1, "it would take more than two years."),
    ],
)
def test_what_a_plan_can_find_is_said_as_far_as_it_is_known(
    detectable: float | None, smallest: float | None, said: str
) -> None:
    plan = plan_of(detectable=detectable, smallest_effect=smallest)
    text = " ".join(plan_text(plan, "0" * 64).split())
    assert said in text
    assert ("smallest effect that matters" in text) == (
        detectable is not None and smallest is not None and detectable > smallest
    )


def test_what_breaks_a_rule_is_no_plan_of_the_design() -> None:
    rules = Rules(MONDAY, 2, 2, (6,), 1, 6)
    design = Design(rules)
    week = np.array([1, 0, 0, 1, 0, 0, 0], dtype=bool)
    good = np.concatenate([week, week])
    early = np.array([1, 0, 1, 0, 0, 0, 0], dtype=bool)
    late = np.array([0, 0, 0, 1, 0, 1, 0], dtype=bool)
    assert design.holds(good)
    assert design.holds(np.concatenate([early, week]))
    for wrong in (
        np.concatenate([week, ~week]),  # five posts
        np.concatenate([week, np.roll(week, 3)]),  # a Sunday
        np.concatenate([week, np.array([1, 1, 0, 0, 0, 0, 0], dtype=bool)]),  # two in a row
        np.concatenate([early, late]),  # seven quiet days in a row
        good[:-1],
    ):
        assert not design.holds(wrong)


# --- its files --------------------------------------------------------------------------------


def unfolded(content: bytes) -> list[str]:
    """Return a calendar's content lines, as RFC 5545, 3.1 has them."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= OCTETS
    for line in lines:
        line.decode("utf-8")  # no character is torn apart
    return content.removesuffix(b"\r\n").replace(b"\r\n ", b"").decode("utf-8").split("\r\n")


def unescaped(text: str) -> str:
    found, characters = "", iter(text)
    for character in characters:
        if character == "\\":
            character = next(characters)
            assert character in "\\;,"
        else:
            assert character not in ";,"
        found += character
    return found


def events(content: bytes) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    inside = False
    for line in unfolded(content):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            assert not inside
            inside = True
            found.append({})
        elif line == "END:VEVENT":
            inside = False
        elif inside:
            assert name not in found[-1]
            found[-1][name] = value
    assert not inside
    return found


HOSTILE = "A, B; C\\n\nBEGIN:VEVENT\r\nUID:evil\u202e\x1b]0;x\x07 =1+1 " + "ünï🎉" * 30


@pytest.mark.parametrize("title", ["A study", HOSTILE])
def test_calendar_holds_every_day_once(tmp_path: Path, title: str) -> None:
    plan = plan_of()
    seal = write_plan(plan, tmp_path, title)
    content = (tmp_path / "plan.ics").read_bytes()
    lines = unfolded(content)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert lines[1] == "VERSION:2.0"
    assert all(character.isprintable() for line in lines for character in line)
    found = events(content)
    assert len(found) == lines.count("BEGIN:VEVENT") == 84
    assert len({event["UID"] for event in found}) == 84
    assert all(seal[:32] in event["UID"] for event in found)
    for event, (day, post) in zip(found, plan.assignment.items(), strict=True):
        assert event["DTSTART;VALUE=DATE"] == f"{day:%Y%m%d}"
        assert event["DTEND;VALUE=DATE"] == f"{day + dt.timedelta(days=1):%Y%m%d}"
        assert event["DTSTAMP"] == "20120301T000000Z"
        assert unescaped(event["SUMMARY"]) == f"Planned: {'a' if post else 'no'} blog post today"
        assert unescaped(event["DESCRIPTION"])[:4] == title[:4]


@given(st.text(max_size=200))
def test_folding_loses_nothing(text: str) -> None:
    line = escaped(text)
    pieces = list(folded(line))
    assert all(len(piece) <= OCTETS for piece in pieces)
    assert all(piece.startswith(b" ") for piece in pieces[1:])
    assert b"".join([pieces[0], *(piece[1:] for piece in pieces[1:])]).decode() == line


def test_table_and_seal(tmp_path: Path) -> None:
    plan = plan_of(posts=2)
    seal = write_plan(plan, tmp_path, "A")
    lines = (tmp_path / "plan.csv").read_text(encoding="ascii").splitlines()
    assert lines[0] == "date,weekday,week,post"
    assert lines[1].startswith("2012-03-05,Monday,1,")
    assert lines[-1].startswith("2012-05-27,Sunday,12,")
    assert sum(line.endswith(",1") for line in lines) == 24
    assert (tmp_path / SEAL).read_text() == f"{seal}  plan.json\n"
    assert seal == seal_of((tmp_path / PLAN).read_bytes())
    assert read_plan(tmp_path) == plan


def test_a_plan_is_never_overwritten(tmp_path: Path) -> None:
    for name in FILES:
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        (folder / name).write_text("mine")
        with pytest.raises(InputError, match=r"expected no plan yet"):
            write_plan(plan_of(), folder, "A")
        assert [path.name for path in folder.iterdir()] == [name]
        assert (folder / name).read_text() == "mine"


def test_no_plan_is_no_plan(tmp_path: Path) -> None:
    assert read_plan(tmp_path) is None


def test_a_changed_plan_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    write_plan(plan_of(), folder, "A")
    whole = (folder / PLAN).read_bytes()
    (folder / PLAN).write_bytes(whole.replace(b"true", b"false", 1))
    with pytest.raises(InputError, match=r"^mine/plan\.json: expected the plan that was sealed"):
        read_plan(folder)
    (folder / PLAN).write_bytes(whole)
    assert read_plan(folder) == plan_of()
    (folder / SEAL).write_text("no seal")
    with pytest.raises(InputError, match=r"^mine/plan\.sha256: expected the sha256"):
        read_plan(folder)
    (folder / SEAL).unlink()
    with pytest.raises(InputError, match=r"^mine/plan\.sha256: expected this file"):
        read_plan(folder)


def test_a_seal_without_its_plan_is_refused(tmp_path: Path) -> None:
    (tmp_path / SEAL).write_text("0" * 64)
    with pytest.raises(InputError, match=r"plan\.json: expected this file"):
        read_plan(tmp_path)


def hostile_plans() -> dict[str, tuple[bytes, str]]:
    plan = plan_of()
    days = json.loads(content_of(plan))["assignment"]
    first, second = list(days)[:2]
    swapped = days | {first: not days[first]}
    late = {"start": "9999-12-28", "end": "9999-12-31"}
    return {
        "no JSON": (b"{", "Invalid JSON"),
        "not text": (b"\xff\xfe\x00", "Invalid JSON"),
        "deep": (b"[" * 100_000, "Invalid JSON"),
        "a list": (b"[]", "an object"),
        "too large": (b" " * 1_000_001, "at most a megabyte"),
        "unknown key": (content_of(plan, more=1), "key more"),
        "weeks as text": (content_of(plan, weeks="12"), "key weeks"),
        "too many weeks": (content_of(plan, weeks=10**9), "key weeks"),
        "endless seed": (content_of(plan, seed=10**400), "key seed"),
        "NaN": (content_of(plan, alpha=float("nan")), "key alpha"),
        "end of time": (content_of(plan, **late), "key start"),
        "another number of posts": (content_of(plan, assignment=swapped), "its own|plan's own"),
        "a day missing": (
            content_of(plan, assignment={k: v for k, v in days.items() if k != second}),
            "every day",
        ),
        "control characters": (content_of(plan, timezone="\x1b[31m"), "IANA"),
        "no choice": (content_of(plan, never=[0, 1, 2, 3, 4, 5]), "choice of days"),
    }


@pytest.mark.parametrize("name", hostile_plans())
def test_a_plan_of_another_hand_is_one_line(tmp_path: Path, name: str) -> None:
    content, expected = hostile_plans()[name]
    with pytest.raises(InputError, match=expected) as caught:
        read_plan(sealed(tmp_path / "mine", content))
    (problem,) = caught.value.problems
    assert str(problem).startswith("mine/plan.json")
    assert str(problem).isprintable()
    assert str(tmp_path) not in str(problem)


# --- re-randomization -------------------------------------------------------------------------


def record(plan: Plan, changes: Floats, effect: float = 0.0, before: int = 14) -> Panel:
    """Return a panel with ``before`` days before the plan; ``effect`` a planned post, in level."""
    days = np.concatenate([np.zeros(before), plan.days.astype(float)])
    moved = changes + effect / 2 * (days + np.concatenate([[0.0], days[:-1]]))
    start = (plan.start - dt.timedelta(days=before)).isoformat()
    return panel_of(50 + np.cumsum(moved), {"blog": days}, start=start)


def test_planned_posts_of_each_window() -> None:
    plan = plan_of(weeks=4)
    panel = record(plan, np.zeros(42))
    tried = trial(plan, panel)
    days = plan.days.astype(int)
    assert tried.rows.tolist() == list(range(15, 42))  # the first window begins before the plan
    assert (tried.planned[tried.rows] == days[1:] + days[:-1]).all()
    assert tried.planned[14] == days[0]
    assert (tried.planned[:14] == 0).all()
    again = exposures(plan, panel, tried.rows, np.stack([plan.days, ~plan.days]))
    assert (again[:, 0] == tried.planned[tried.rows]).all()
    assert (again.sum(axis=1) == 2).all()
    assert tried.exposed + tried.unexposed == 27


@pytest.mark.parametrize(("observed_at", "later"), [("00:00", 1), ("09:00", 1), ("18:00", 0)])
def test_the_window_follows_the_hour_of_the_reading(observed_at: str, later: int) -> None:
    plan = plan_of(weeks=4, observed_at=observed_at)
    tried = trial(plan, record(plan, np.zeros(42)))
    assert tried.rows[0] == 15 + later
    assert tried.rows[-1] == 41
    assert tried.planned[14 + later] == plan.days[0]


@pytest.mark.parametrize("seed", range(4))
def test_columns_t_is_that_of_a_full_fit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    others = np.column_stack([np.ones(50), rng.normal(size=(50, 4)), np.eye(50)[:, 3]])
    columns = rng.integers(0, 3, (50, 6)).astype(float)
    columns[:, 5] = 1.0  # nothing of its own
    y = rng.normal(size=50)
    basis = np.linalg.qr(others)[0]
    beta, t = columns_t(columns, basis, y)
    for i in range(5):
        fit = fit_hc3(np.column_stack([columns[:, i], others]), y)
        assert beta[i] == pytest.approx(fit.beta[0], rel=1e-9)
        assert t[i] == pytest.approx(fit.beta[0] / fit.standard_errors[0], rel=1e-9)
    assert np.isnan(t[5])


def wild_score(rng: np.random.Generator, days: int) -> Floats:
    """Return changes with jumps, a cycle and hidden events: as far from normal as can be."""
    return (
        rng.standard_cauchy(days) * 0.05
        + np.sin(np.arange(days) / 5)
        + 0.8 * (rng.random(days) < 0.1)
    )


def test_p_is_uniform_whatever_moves_the_score() -> None:
    """One fixed record, plans drawn anew: p must be uniform on 1/200, 2/200 … 1, exactly.

    400 plans: the count of p up to 5 % is binomial, and 8 to 34 holds all but one case in 1,000.
    """
    plan = plan_of(weeks=6)
    panel = record(plan, wild_score(np.random.default_rng(3), 56))
    tried = trial(plan, panel)
    y, basis = tried.without(0.0)
    plans = Design(plan.rules).draw(np.random.default_rng(4), 400 * 200)
    t = columns_t(exposures(plan, panel, tried.rows, plans), basis, y)[1].reshape(400, 200)
    p = np.array([p_value(float(row[0]), row[1:]) for row in t])
    assert 8 <= (p <= 0.05).sum() <= 34
    # p plus a uniform share of its own step is uniform on (0, 1)
    smooth = p - np.random.default_rng(5).random(400) / 200
    assert stats.kstest(smooth, "uniform").pvalue > 1e-3


def test_p_and_the_critical_value_agree() -> None:
    others = np.array(
        [0.1, -0.5, 2.0, np.nan, 1.0, -3.0, 0.2, 0.4, -0.9, 0.3, 0.6, -0.7, 1.1, 0, 1]
    )
    others = np.concatenate([others, np.linspace(-0.4, 0.4, 24)])
    assert p_value(10.0, others) == 2 / 40  # the one that is not identified counts as beyond
    assert critical(others, 0.05) == 3.0
    assert p_value(3.0, others) == 3 / 40
    assert critical(others, 0.01) == np.inf
    for t in np.linspace(-4, 4, 33):
        for alpha in (0.05, 0.1, 0.2):
            assert (p_value(t, others) <= alpha) == (abs(t) > critical(others, alpha))


def test_the_effect_is_found_where_there_is_little_noise() -> None:
    plan = plan_of(weeks=8)
    rng = np.random.default_rng(1)
    for effect in (0.0, 0.4, -0.7):
        panel = record(plan, rng.normal(0, 0.001, 70), effect)
        found = rerandomize(plan, trial(plan, panel))
        assert found is not None
        assert found.effect == pytest.approx(effect, abs=0.002)
        assert found.interval[0] < found.narrow[0] < found.effect
        assert found.effect < found.narrow[1] < found.interval[1]
        assert found.interval[1] - found.interval[0] < 0.01
        assert (found.p <= 0.05) == (effect != 0)
        assert found.draws == 999


def test_the_interval_holds_what_the_test_does_not_reject() -> None:
    """Also the truth, in 95 %: of 40, all but one case in 1,000 have at least 33."""
    held = 0
    for seed in range(40):
        plan = plan_of(weeks=8, seed=seed)
        panel = record(plan, np.random.default_rng(seed).normal(0, 0.25, 70), 0.2)
        found = rerandomize(plan, trial(plan, panel))
        assert found is not None
        low, high = found.interval
        held += low <= 0.2 <= high
        assert (found.p <= 0.05) == (not low <= 0 <= high)
    assert held >= 33


def test_a_flow_is_read_in_its_own_unit() -> None:
    plan = plan_of(weeks=8, score_kind="flow")
    days = np.concatenate([np.zeros(14), plan.days.astype(float)])
    rng = np.random.default_rng(2)
    score = 100 + rng.normal(0, 0.01, 70) + 3 * (days + np.concatenate([[0.0], days[:-1]]))
    start = (plan.start - dt.timedelta(days=14)).isoformat()
    panel = panel_of(score, {"blog": days}, kind="flow", start=start)
    found = rerandomize(plan, trial(plan, panel))
    assert found is not None
    assert found.effect == pytest.approx(3, abs=0.03)


def test_too_few_readings_are_not_judged() -> None:
    plan = plan_of(weeks=3)
    assert rerandomize(plan, trial(plan, record(plan, np.zeros(35)))) is None
    still = record(plan_of(weeks=8), np.zeros(70))
    assert rerandomize(plan_of(weeks=8), trial(plan_of(weeks=8), still)) is None


def test_masked_days_and_gaps_are_left_out() -> None:
    plan = plan_of(weeks=8)
    panel = record(plan, np.random.default_rng(0).normal(size=70))
    whole = trial(plan, panel)
    masked = panel.masked.copy()
    masked[40] = True
    assert set(whole.rows) - set(trial(plan, replace(panel, masked=masked)).rows) == {40}
    gap = panel.outcome.copy()
    gap[50] = np.nan
    unknown = {"bundle": {"blog": np.full(79, np.nan)}, "all posts": {"blog": np.full(79, np.nan)}}
    assert (trial(plan, replace(panel, posts=unknown)).rows == whole.rows).all()
    left = set(whole.rows) - set(trial(plan, replace(panel, outcome=gap)).rows)
    assert left == set(range(50, 58))  # the day, and the seven whose lags it was


# --- what it could find -----------------------------------------------------------------------


def test_detectable_effect_is_found_in_four_of_five() -> None:
    """Among 200 accounts the share found is within four standard errors (.113) of 80 %."""
    plan = plan_of(weeks=10)
    noise = Noise(
        np.random.default_rng(0).standard_t(5, 300) * 0.2, np.array([0.2] + [0.0] * 6), 2.2
    )
    effect = detectable_effect(noise, plan.days, 0, 2, 0.05, seed=1)
    assert effect is not None
    found = 0
    quiet = noise.draw(np.random.default_rng(9), 200, 84)
    design = Design(plan.rules)
    for account in range(200):
        rng = np.random.default_rng(account)
        days, *others = design.draw(rng, 300)
        planned = np.concatenate([np.zeros(14), np.convolve(days, [1, 1])[:70]])
        changes = quiet[account] + effect / noise.multiplier * noise.echo(planned[None])[0]
        panel = record(plan, changes)
        tried = Trial(panel, trial(plan, panel).rows, planned, 7)
        y, basis = tried.without(0.0)
        _, t = columns_t(exposures(plan, panel, tried.rows, np.array([days, *others])), basis, y)
        found += p_value(float(t[0]), t[1:]) <= 0.05
    assert 0.8 - 0.113 < found / 200 < 0.8 + 0.113


def test_detectable_effect_shrinks_with_weeks_and_grows_with_noise() -> None:
    residuals = np.random.default_rng(0).normal(0, 0.2, 300)
    noise = Noise(residuals, np.zeros(7), 2.0)
    short, long = (
        detectable_effect(noise, plan_of(weeks=weeks).days, 0, 2, 0.05, seed=1, accounts=150)
        for weeks in (8, 24)
    )
    assert short is not None
    assert long is not None
    assert 1.5 < short / long < 2.3  # about the root of three, and the lags cost the short one more
    loud = Noise(3 * residuals, np.zeros(7), 2.0)
    again = detectable_effect(loud, plan_of(weeks=8).days, 0, 2, 0.05, seed=1, accounts=150)
    assert again == pytest.approx(3 * short, rel=0.01)
    assert weeks_for(0.1, 12, 0.2) == 48


def test_noise_of_a_record_is_its_own() -> None:
    panel = simulated_panel(3, 240, {"blog": 0.8}, noise=0.25)
    noise = noise_of(panel)
    assert noise is not None
    assert noise.residuals.std() == pytest.approx(0.25, rel=0.15)
    assert noise.residuals.mean() == pytest.approx(0, abs=1e-12)
    assert noise_of(simulated_panel(3, 20)) is None


def test_a_record_that_explodes_is_calmed() -> None:
    score = 1.1 ** np.arange(80.0)
    noise = noise_of(panel_of(score, {"blog": np.arange(80) % 5 == 0}))  # type: ignore[dict-item]
    assert noise is not None
    assert np.isfinite(noise.draw(np.random.default_rng(0), 5, 700)).all()


def test_arms_count_windows() -> None:
    plans = np.array([[1, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1]], dtype=bool)
    assert arms(plans, 2).tolist() == [[3, 3], [1, 5]]


# --- planning for a study ---------------------------------------------------------------------


def study_of(
    folder: Path,
    *,
    weeks: int = 12,
    plan: Plan | None = None,
    effect: float = 0.0,
    simulated: bool = True,
    title: str = "A test",
) -> Path:
    """Write a study of 70 days before Monday 2012-03-05 and some weeks after.

    Before, posts fall on every third day; from then on, as planned.
    """
    total = 70 + (7 * weeks if plan else 0)
    days = days_from((MONDAY - dt.timedelta(days=70)).isoformat(), total)
    posted = np.arange(total) % 3 == 0
    if plan is not None:
        posted[70:] = plan.days
    both = posted.astype(float) + np.concatenate([[0.0], posted[:-1]])
    changes = np.random.default_rng(11).normal(0, 0.2, total) + effect / 2 * both
    activity = [(f"{day}T12:00:00", "blog") for day, post in zip(days, posted, strict=True) if post]
    activity += [(f"{day}T15:00:00", "twitter") for day in days]
    score = [(d, round(float(v), 3)) for d, v in zip(days, 50 + np.cumsum(changes), strict=True)]
    write_study(folder, score=score, activity=sorted(activity))
    toml = (folder / "study.toml").read_text()
    head = f"title = {json.dumps(title, ensure_ascii=False)}\n" + (
        "simulated = true\n" if simulated else ""
    )
    (folder / "study.toml").write_text(toml.replace('title = "A test"\n', head))
    return folder


def planned(folder: Path, **options: Any) -> Plan:
    study = load(folder)
    options = {"weeks": 12, "today": dt.date(2012, 3, 4), "seed": 5} | options
    return make_plan(study.data, study.arrays, **options)


def test_a_plan_by_habit(tmp_path: Path) -> None:
    folder = study_of(tmp_path / "mine")
    usual = habit(read_study(folder))
    assert usual == pytest.approx(7 / 3, abs=0.1)
    plan = planned(folder)
    assert (plan.start, plan.end) == (MONDAY, dt.date(2012, 5, 27))
    assert (plan.posts_per_week, plan.posting_days) == (2, 24)
    assert plan.smallest_effect == pytest.approx(0.05, rel=0.2)
    assert plan.detectable is not None
    assert 0.1 < plan.detectable < 0.6
    assert plan == planned(folder)
    assert plan.assignment != planned(folder, seed=6).assignment
    assert planned(folder, seed=None).seed != planned(folder, seed=None).seed
    assert planned(folder, today=MONDAY).start == MONDAY + dt.timedelta(days=7)
    sundays = planned(folder, never=[6, 5], posts_per_week=3)
    assert not any(post for day, post in sundays.assignment.items() if day.weekday() >= 5)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"start": dt.date(2012, 3, 4)}, r"--start: expected a day after today, 2012-03-04"),
        ({"start": dt.date(2012, 1, 1)}, r"--start: expected a day after today"),
        ({"weeks": 2}, r"--weeks: expected at least 10 readings with and 10 without"),
        ({"posts_per_week": 6}, r"fewer --posts-per-week"),
        ({"never": [0, 1, 2, 3, 4, 5]}, r"--never: expected at least two weekdays"),
        ({"never": [5, 6], "posts_per_week": 5}, r"--posts-per-week: expected at most 4"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    tmp_path: Path, options: dict[str, Any], expected: str
) -> None:
    folder = study_of(tmp_path / "mine", simulated=False)
    with pytest.raises(InputError, match=expected) as caught:
        planned(folder, **options)
    assert len(caught.value.problems) == 1


def test_a_simulated_study_may_begin_in_the_past(tmp_path: Path) -> None:
    folder = study_of(tmp_path / "mine")
    assert planned(folder, today=dt.date(2020, 1, 1), start=MONDAY).start == MONDAY


# --- from end to end --------------------------------------------------------------------------


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def lived(tmp_path: Path, effect: float, **options: Any) -> tuple[Path, Plan]:
    """Plan a study by the command, then let twelve weeks pass by that plan."""
    before = study_of(tmp_path / "before" / "mine", **options)
    arguments = ("--weeks", "12", "--start", "2012-03-05", "--seed", "5", "--posts-per-week", "3")
    result = run("plan", before, *arguments, "--never", "sun")
    assert result.exit_code == 0, result.output
    plan = read_plan(before)
    assert plan is not None
    after = study_of(tmp_path / "after" / "mine", plan=plan, effect=effect, **options)
    for name in FILES:
        (after / name).write_bytes((before / name).read_bytes())
    return after, plan


def blogging(folder: Path) -> dict[str, Any]:
    result = run("verdict", folder, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    (claim,) = [c for c in found["claims"] if c["id"] == "blogging-moves-score"]
    return {"claim": claim, "experiment": found["experiment"], **found}


def test_a_plan_decides(tmp_path: Path) -> None:
    folder, plan = lived(tmp_path, effect=0.5)
    found = blogging(folder)
    claim, experiment = found["claim"], found["experiment"]
    assert claim["verdict"] == "supported"
    assert claim["reason"].startswith("By experiment, on 84 days drawn by lot: after one more")
    assert "kept on 36 of 36 posting days and 48 of 48 quiet days" in claim["reason"]
    assert "From observation alone it would be supported" in claim["reason"]
    assert claim["unit"] == "points per planned post"
    assert claim["estimate"] == experiment["effect"] == pytest.approx(0.5, abs=0.15)
    assert claim["interval"][0] < 0.5 < claim["interval"][1]
    assert experiment["decides"]
    assert experiment["complete"]
    assert experiment["p"] == 1 / 5000
    assert experiment["draws"] == 4999
    assert experiment["readings"] == experiment["exposed"] + experiment["unexposed"] == 83
    assert experiment["plan"]["start"] == "2012-03-05"
    assert experiment["plan"]["seed"] == plan.seed == 5
    assert {PLAN, SEAL} <= set(found["provenance"]["inputs"])
    assert any(limit.startswith("But for the experiment on blog") for limit in found["limits"])
    text = run("check", folder).stdout
    assert "plan: 2012-03-05 to 2012-05-27, 36 posting days of 84" in text


def test_a_plan_that_finds_nothing(tmp_path: Path) -> None:
    folder, _ = lived(tmp_path, effect=0.0)
    claim = blogging(folder)["claim"]
    assert claim["verdict"] == "inconclusive"
    assert claim["reason"].startswith("By experiment, on 84 days drawn by lot: no effect was found")
    assert claim["p"] > 0.05


def test_a_plan_that_is_not_over_is_not_looked_at(tmp_path: Path) -> None:
    folder, _ = lived(tmp_path, effect=0.5)
    score = (folder / "raw/score.csv").read_text().splitlines()
    (folder / "raw/score.csv").write_text("\n".join(score[:-1]) + "\n")
    found = blogging(folder)
    assert found["claim"]["verdict"] == "supported"
    assert found["claim"]["reason"].endswith(
        "This is from observation: the plan of 2012-03-05 does not decide, because it is over "
        "with the last reading after 2012-05-27."
    )
    assert found["experiment"]["effect"] is None
    assert found["experiment"]["p"] is None
    assert not found["experiment"]["decides"]
    assert not any("experiment" in limit for limit in found["limits"])


def test_a_broken_seal_is_one_line(tmp_path: Path) -> None:
    folder, _ = lived(tmp_path, effect=0.5)
    content = (folder / PLAN).read_text()
    (folder / PLAN).write_text(content.replace('"seed": 5', '"seed": 6'))
    for command in ("verdict", "check"):
        result = run(command, folder)
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert line.startswith("needle: mine/plan.json: expected the plan that was sealed")


def test_another_question_than_the_sealed_one_is_refused(tmp_path: Path) -> None:
    folder, _ = lived(tmp_path, effect=0.5)
    toml = folder / "study.toml"
    toml.write_text(toml.read_text() + "\n[question]\nwindow_hours = 24\n")
    result = run("verdict", folder)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "key question.window_hours: expected 48, as in the sealed plan; found 24" in line


def test_how_the_plan_was_kept(tmp_path: Path) -> None:
    folder, plan = lived(tmp_path, effect=0.5)
    posting = next(day for day, post in plan.assignment.items() if post)
    quiet = next(day for day, post in plan.assignment.items() if not post)
    path = folder / "raw/activity.csv"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{posting}T12")]
    lines += [f"{quiet}T23:59:59,blog,late", f"{quiet}T08:00:00,blog,early"]
    path.write_text("\n".join(lines) + "\n")
    study = load(folder)
    found = experiment_evidence(study.data, study.arrays)
    assert found is not None
    assert found.adherence == Adherence(36, 35, 48, 47, 0)
    assert found.adherence.contrast == pytest.approx(35 / 36 - 1 / 48)
    assert study.experiment == found
    cut = folder / "study.toml"
    cut.write_text(cut.read_text() + "\n[coverage.blog]\nend = 2012-05-20\n")
    again = load(folder).experiment
    assert again is not None
    assert again.adherence.unknown == 7
    assert again.found is not None  # what was planned decides, not what was done
    assert found.found is not None
    assert again.found.p == found.found.p
    assert np.isnan(Adherence(0, 0, 5, 5, 0).contrast)


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    folder = study_of(tmp_path / "mine", title=HOSTILE[:120])
    result = run("plan", folder, "--weeks", "12", "--start", "2012-03-05", "--seed", "5")
    assert result.exit_code == 0, result.output
    seal = seal_of((folder / PLAN).read_bytes())
    assert seal in result.stdout
    assert "24 posting days (2 a week) and 60 quiet days" in result.stdout
    assert "80 % certainty" in result.stdout
    assert "Monday 2012-03-05 to 2012-05-27" in result.stdout
    assert len(events((folder / "plan.ics").read_bytes())) == 84
    again = run("plan", folder, "--weeks", "12")
    assert again.exit_code == 2
    (line,) = again.stderr.splitlines()
    assert line == (
        "needle: mine/plan.json: expected no plan yet: one that is sealed is not drawn again"
    )
    assert seal_of((folder / PLAN).read_bytes()) == seal


def test_a_real_study_begins_in_the_future(tmp_path: Path) -> None:
    folder = study_of(tmp_path / "mine", simulated=False)
    late = run("plan", folder, "--weeks", "12", "--start", "2012-03-05")
    assert late.exit_code == 2
    assert late.stderr.startswith("needle: mine, --start: expected a day after today, ")
    assert not any((folder / name).exists() for name in FILES)


# --- the verdict ------------------------------------------------------------------------------

KEPT = Adherence(36, 36, 48, 48, 0)
OBSERVED = Claim("blogging-moves-score", "supported", "Observed.", "t", 0.4, "points per post")


def experiment(found: Randomized | None, kept: Adherence = KEPT, why_not: str = "") -> Experiment:
    return Experiment(plan_of(), True, 83, 50, 33, kept, found, why_not)


def effect(value: float, half: float, p: float) -> Randomized:
    wide, narrow = (value - half, value + half), (value - 0.8 * half, value + 0.8 * half)
    return Randomized(value, wide, narrow, 2.0, p, 999, 1.4 * half)


@pytest.mark.parametrize(
    ("found", "kept", "verdict", "said"),
    [
        (effect(0.5, 0.2, 0.001), KEPT, "supported", "the score stands higher, +0.500 points"),
        (effect(-0.5, 0.2, 0.001), KEPT, "refuted", "the score is lower"),
        (effect(0.0, 0.1, 0.9), KEPT, "refuted", "anything beyond ±0.100 is ruled out"),
        (effect(0.0, 0.1, 0.9), Adherence(36, 30, 48, 40, 0), "inconclusive", "0.140 or more"),
        (effect(0.0, 0.1, 0.9), Adherence(0, 0, 0, 0, 84), "inconclusive", "does not tell"),
        (effect(0.1, 0.3, 0.4), KEPT, "inconclusive", "no effect was found"),
    ],
)
def test_verdicts_by_experiment(
    found: Randomized, kept: Adherence, verdict: str, said: str
) -> None:
    claim = blogging_by_experiment(experiment(found, kept), found, WORDS, 5.0)
    assert claim.verdict == verdict
    assert said in claim.reason
    assert (claim.estimate, claim.interval, claim.p) == (found.effect, found.interval, found.p)


def test_the_reason_says_which_evidence_decides() -> None:
    assert with_experiment(OBSERVED, None, WORDS, 0.1) == OBSERVED
    open_one = with_experiment(OBSERVED, experiment(None, why_not="it rains"), WORDS, 0.1)
    assert open_one.verdict == "supported"
    assert open_one.reason == (
        "Observed. This is from observation: the plan of 2012-03-05 does not decide, because it "
        "rains."
    )
    against = with_experiment(OBSERVED, experiment(effect(0.0, 0.1, 0.9)), WORDS, 0.1)
    assert against.verdict == "refuted"
    assert against.reason.endswith(
        "From observation alone it would be supported, at +0.400 points per post."
    )
