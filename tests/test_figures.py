"""Pictures: the words tell the computed numbers, the table has them all, and nothing crashes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

import analysis
from analysis.claims.base import interval_words, number, percent
from analysis.display import Picture, Table, Words
from analysis.evidence.diagnostics import reference, residual_views
from analysis.evidence.path import mean_path
from analysis.evidence.placebo import circular_placebo
from analysis.figures import (
    activity,
    confirmation,
    headline,
    regression,
    residuals,
    statements,
    upticks,
    verdicts,
)
from analysis.figures.days import posts_by_day, runs
from analysis.figures.style import label, listed
from analysis.workbench import Study

Post = tuple[float, str]
Shown = Picture | Table | Words

DRAWN: dict[str, Callable[[Study], Picture | Words]] = {
    draw.__name__: draw
    for draw in (
        activity.score_and_posts,
        activity.calendar,
        activity.posts_per_week,
        activity.crossposts,
        upticks.upticks_and_posts,
        upticks.uptick_shares,
        upticks.path_around_a_post,
        regression.coefficients,
        regression.timing,
        residuals.residual_checks,
        headline.equivalence,
        headline.detectable,
        headline.shifted_calendars,
        verdicts.all_claims,
    )
}
TOLD: dict[str, Callable[[Study], Shown]] = {
    tell.__name__: tell
    for tell in (
        residuals.diagnostics_table,
        regression.effects_table,
        regression.model_words,
        confirmation.checks,
        confirmation.in_one_sentence,
        confirmation.provable,
        statements.about,
        statements.answer,
        statements.ledger_table,
        statements.limits,
        statements.sources_table,
    )
}
EVERY = DRAWN | TOLD
FIRST = dt.datetime(2020, 1, 1)
DAYS = 200


def make(
    folder: Path,
    score: Sequence[float | None],
    posts: Sequence[Post],
    *,
    kind: str = "level",
    observed_at: str = "06:00",
    extra: str = "",
) -> Path:
    """Write a study whose posts are (days since the start, channel); tweets share a blog post."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    lines = [
        f"{(FIRST + dt.timedelta(days=day)).date()},{value}"
        for day, value in enumerate(score)
        if value is not None
    ]
    (raw / "score.csv").write_text("\n".join(["date,score", *lines, ""]), encoding="utf-8")
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["at", "channel", "id", "url", "text"])
    for place, (day, channel) in enumerate(posts):
        url = f"https://blog.example/{day}" if channel == "blog" else ""
        text = f"Read https://blog.example/{day - 0.1}" if channel == "linkedin" else "Words"
        when = f"{FIRST + dt.timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}"
        writer.writerow([when, channel, place, url, text])
    (raw / "activity.csv").write_text(table.getvalue(), encoding="utf-8")
    (folder / "study.toml").write_text(
        'title = "A <test>"\ntimezone = "UTC"\nfocal = "blog"\n'
        f'[score]\nname = "Rank $1$"\npath = "raw/score.csv"\nkind = "{kind}"\n'
        f'observed_at = "{observed_at}"\n[sources]\nactivity = "raw/activity.csv"\n{extra}',
        encoding="utf-8",
    )
    return folder


def on_days(rng: np.random.Generator, count: int, channel: str) -> list[Post]:
    return [(int(day) + 0.5, channel) for day in rng.choice(DAYS, count, replace=False)]


def moved_by_blog(rng: np.random.Generator, posts: Sequence[Post], effect: float) -> list[float]:
    """Return a score that each blog post lifts by ``effect`` over the next two mornings."""
    change = rng.normal(0, 0.2, DAYS + 3)
    for day, channel in posts:
        if channel == "blog" and 0 <= day < DAYS:
            change[int(day) + 1 : int(day) + 3] += effect / 2
    return [float(value) for value in np.round(50 + np.cumsum(change)[:DAYS], 3)]


BREAK = '[[breaks]]\ndate = 2020-03-01\nlabel = "The $new$ scheme"\n'


def ordinary(folder: Path) -> Path:
    rng = np.random.default_rng(11)
    blog = on_days(rng, 45, "blog")
    shares = [(day + 0.1, "linkedin") for day, _ in blog[:30]]
    posts = [
        *blog,
        *shares,
        *on_days(rng, 12, "linkedin"),
        *on_days(rng, 70, "twitter"),
        *on_days(rng, 5, "rare"),
        *((DAYS + 1.0, name) for name in ("blog", "linkedin", "twitter", "rare")),
    ]
    return make(folder, moved_by_blog(rng, posts, 0.8), posts, extra=BREAK)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return analysis.load(str(ordinary(tmp_path_factory.mktemp("study") / "ordinary")))


@pytest.fixture(scope="module")
def drawn(study: Study) -> dict[str, Picture]:
    found = {name: draw(study) for name, draw in DRAWN.items()}
    assert all(isinstance(picture, Picture) for picture in found.values())
    return found  # type: ignore[return-value]


def column(table: Table, name: str) -> list[object]:
    place = table.columns.index(name)
    return [row[place] for row in table.rows]


def pixels(picture: Picture) -> np.ndarray:
    return np.asarray(plt.imread(io.BytesIO(picture.png)))


def colors(image: np.ndarray) -> int:
    """Return how many different colors a picture has, of every second pixel."""
    packed = np.ascontiguousarray((255 * image[::2, ::2]).astype(np.uint8)).view(np.uint32)
    return len(np.unique(packed))


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_whole(name: str, drawn: dict[str, Picture]) -> None:
    picture = drawn[name]
    image = pixels(picture)
    assert image.shape[:2] == (2 * picture.height, 2 * picture.width)
    assert colors(image) > 20
    assert 0.005 < (image[..., :3] < 0.95).any(axis=2).mean() < 0.9
    assert (image[:, 0, :3] > 0.95).all(axis=1).mean() > 0.5  # nothing is cut off at the left
    assert picture.data.rows
    assert "$" not in picture.title.replace("Rank $1$", "")


PHONE = 350
"""CSS pixels that a phone has for a picture."""


@pytest.mark.parametrize("name", DRAWN)
def test_type_is_legible_on_a_phone_and_none_is_cut_off(
    name: str, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, seen = FigureCanvasAgg.draw, []

    def look(canvas: FigureCanvasAgg) -> None:
        draw(canvas)
        figure = canvas.figure
        whole = figure.bbox.padded(1)
        beyond = {
            text
            for ax in figure.axes
            for tick, text in zip(ax.get_xticks(), ax.get_xticklabels(), strict=False)
            if not min(ax.get_xlim()) <= tick <= max(ax.get_xlim())
        }
        for text in set(figure.findobj(Text)) - beyond:
            if not (text.get_visible() and text.get_text()):
                continue
            box = text.get_window_extent()
            cut = not (whole.containsx(box.x0) and whole.containsx(box.x1))
            pixels = text.get_fontsize() / 72 * PHONE / figure.get_figwidth()
            seen.append((text.get_text(), cut, round(pixels, 2)))

    monkeypatch.setattr(FigureCanvasAgg, "draw", look)
    DRAWN[name](study)
    assert seen
    assert [text for text, cut, _ in seen if cut] == []
    assert [text for text, _, pixels in seen if pixels < 9] == []


@pytest.mark.parametrize("name", ["calendar", "coefficients", "shifted_calendars"])
def test_the_same_data_give_the_same_bytes(
    name: str, study: Study, drawn: dict[str, Picture]
) -> None:
    with plt.rc_context({"font.size": 31, "text.usetex": True, "axes.facecolor": "black"}):
        again = DRAWN[name](study)
    assert isinstance(again, Picture)
    assert again.png == drawn[name].png
    assert again.words == drawn[name].words


def test_drawing_leaves_nothing_behind(study: Study) -> None:
    before = dict(plt.rcParams)
    activity.calendar(study)
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == before


def test_score_and_posts_tells_the_score(study: Study, drawn: dict[str, Picture]) -> None:
    picture = drawn["score_and_posts"]
    score = study.score["score"]
    assert f"{DAYS} readings from 2020-01-01 to 2020-07-18, 0 days without one." in picture.words
    assert f"its lowest is {number(score.min())} on" in picture.words
    assert f"its highest {number(score.max())} on" in picture.words
    assert "Dashed line on 2020-03-01: The $new$ scheme." in picture.words
    shown = [value for value in column(picture.data, "score") if value is not None]
    assert shown == score.tolist()
    for name in study.channels:
        counted = study.results()["channels"][name]["posts"]
        assert f"{name}: {counted} posts on" in picture.words
        assert sum(value or 0 for value in column(picture.data, name)) == counted  # type: ignore[misc]


def test_posts_by_day_is_unknown_past_the_record(tmp_path: Path) -> None:
    posts = [(float(day), "blog") for day in range(0, 60, 3)] + [(150.0, "twitter")]
    days = posts_by_day(analysis.load(str(make(tmp_path / "s", [50.0] * DAYS, posts))))
    assert days["blog"].sum() == 20
    assert days.loc["2020-01-01":"2020-05-30"].notna().all(axis=None)
    assert days.loc["2020-05-31":].isna().all(axis=None)
    words = activity.score_and_posts(analysis.load(str(tmp_path / "s"))).words
    assert f"{int(days['blog'].isna().sum())} days not on record (hatched)" in words


def test_runs_are_unbroken() -> None:
    index = pd.date_range("2020-01-01", periods=6)
    found = runs(pd.Series([True, False, True, True, False, True], index=index))
    assert [(start.day, length) for start, length in found] == [(1, 1), (3, 2), (6, 1)]


def test_calendar_tells_the_longest_silence(study: Study, drawn: dict[str, Picture]) -> None:
    posts = posts_by_day(study)["blog"]
    longest = int(max(len(run) for run in "".join("x" if n else "-" for n in posts).split("x")))
    words = drawn["calendar"].words
    assert f"The longest silence is {longest} days" in words
    assert f"{int(posts.sum())} posts in blog on {int((posts > 0).sum())} of" in words
    cells = [value for row in drawn["calendar"].data.rows for value in row[1:]]
    assert sum(value for value in cells if value is not None) == posts.sum()  # type: ignore[misc]


def test_crossposts_tell_the_share(study: Study, drawn: dict[str, Picture]) -> None:
    rows = {row[0]: row[1:] for row in drawn["crossposts"].data.rows}
    assert set(rows) == {"linkedin", "twitter", "rare"}
    shares, posts = rows["linkedin"]
    assert shares == 30
    assert posts == study.results()["channels"]["linkedin"]["posts"]
    assert rows["twitter"][0] == 0
    said = f"{percent(30 / posts)} of the posts in linkedin (30 of {posts}) share a post in blog."  # type: ignore[operator]
    assert said in drawn["crossposts"].words
    assert f"Recognized by: address {percent(1)} (" in drawn["crossposts"].words


def test_upticks_tell_those_with_and_without_a_post(
    study: Study, drawn: dict[str, Picture]
) -> None:
    found = study.upticks()
    assert found is not None
    words, table = drawn["upticks_and_posts"].words, drawn["upticks_and_posts"].data
    assert words.startswith(
        f"{found.count} upticks: the rises of {number(found.threshold)} or more"
    )
    assert f"{found.followed} ({percent(found.share)}) have a blog post in the 48 hours" in words
    assert len(table.rows) == found.count
    follows, hours = column(table, "follows a post"), column(table, "hours before")
    assert [value is not None for value in hours] == follows
    assert all(0 < value <= 48 for value in hours if value is not None)  # type: ignore[operator]
    assert {value for value in column(table, "post") if value is not None} == {"Words"}


def test_uptick_shares_stand_beside_chance(study: Study, drawn: dict[str, Picture]) -> None:
    found = study.upticks()
    assert found is not None
    table = drawn["uptick_shares"].data
    assert table.rows[0] == ("upticks", found.share, *found.share_interval, found.count)
    assert table.rows[1][1] == found.base
    assert table.rows[2][2:4] == found.band
    band = f"{percent(found.band[0])} to {percent(found.band[1])}"
    assert f"it would be {band}" in drawn["uptick_shares"].words


def test_the_path_tells_its_peak(study: Study, drawn: dict[str, Picture]) -> None:
    path = mean_path(study.arrays)
    assert path is not None
    picture = drawn["path_around_a_post"]
    assert column(picture.data, "mean") == path.mean.tolist()
    assert number(float(path.mean[3:].max()), signed=True) in picture.words
    assert "This describes" in picture.words


def test_coefficients_tell_every_channel_in_both_codings(
    study: Study, drawn: dict[str, Picture]
) -> None:
    table = study.ledger.channels
    assert table is not None
    words, data = drawn["coefficients"].words, drawn["coefficients"].data
    assert len(data.rows) == 2 * len(study.channels)
    for channel in (table.focal, *table.others):
        values = [row[2] for row in data.rows if row[0] == channel.name]
        assert values == [channel.effect.value, channel.own.value]
        if channel.judged:
            for estimate in (channel.effect, channel.own):
                said = f"{channel.name} {number(estimate.value, signed=True)} "
                assert f"{said}({interval_words(estimate.interval())})" in words
        else:
            assert f"{channel.name} is drawn hollow and not judged: {channel.why_not}." in words
    assert f"±{number(study.ledger.margin)} are too small to matter" in words
    assert not all(channel.judged for channel in table.others)
    assert "both sides are the same" not in words


def test_timing_leaves_out_what_is_not_judged(study: Study, drawn: dict[str, Picture]) -> None:
    table = study.ledger.channels
    assert table is not None
    judged = {c.name for c in (table.focal, *table.others) if c.judged}
    data = drawn["timing"].data
    assert set(column(data, "channel")) == judged
    assert column(data, "day")[:5] == ["-3", "-2", "-1", "+1", "+2"]
    p = [row[5] for row in data.rows if row[1] in ("+1", "+2")]
    misses = sum(value < 0.05 for value in p)  # type: ignore[operator]
    assert f"{misses} of {len(p)} placebo days after the reading miss zero" in drawn["timing"].words


def test_residuals_are_all_in_the_table(study: Study, drawn: dict[str, Picture]) -> None:
    fit = study.fit()
    assert fit is not None
    views = residual_views(fit)
    assert views is not None
    picture = drawn["residual_checks"]
    assert column(picture.data, "residual") == fit.ols.residuals.tolist()
    assert (
        f"{fit.n} residuals with a standard deviation of {number(views.spread)}." in picture.words
    )
    assert f"{views.outside} of {len(views.autocorrelation)} autocorrelations" in picture.words


def test_equivalence_names_who_is_ruled_out(study: Study, drawn: dict[str, Picture]) -> None:
    table = study.ledger.channels
    assert table is not None
    picture = drawn["equivalence"]
    verdicts = dict(
        zip(column(picture.data, "channel"), column(picture.data, "verdict"), strict=True)
    )
    for channel in table.others:
        expected = headline.standing(channel, table)
        assert verdicts[channel.name] == expected
        if channel.judged and expected != headline.MOVES:
            assert (expected == headline.RULED_OUT) == channel.equivalent
    reach = max(headline.reach(channel, table.alpha) for channel in table.judged_others)
    assert f"±{number(reach)}, set by" in picture.words
    assert verdicts["rare"] == headline.ASIDE


def test_a_channel_that_moves_it_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    tweets, blog = on_days(rng, 60, "twitter"), on_days(rng, 40, "blog")
    score = moved_by_blog(rng, [(day, "blog") for day, _ in tweets], 1.0)
    posts = [*tweets, *blog, (DAYS + 1.0, "twitter"), (DAYS + 1.0, "blog")]
    picture = headline.equivalence(analysis.load(str(make(tmp_path / "s", score, posts))))
    assert isinstance(picture, Picture)
    assert column(picture.data, "verdict") == [headline.MOVES]
    assert "Moves it: twitter." in picture.words


def test_detectable_effects_are_those_of_the_fit(study: Study, drawn: dict[str, Picture]) -> None:
    table = study.ledger.channels
    assert table is not None
    every = [c for c in (table.focal, *table.others) if c.effect.known]
    sizes = [channel.effect.detectable(table.alpha) for channel in every]
    assert column(drawn["detectable"].data, "detectable") == sizes
    for channel, size in zip(every, sizes, strict=True):
        assert f"{channel.name} {number(size)}" in drawn["detectable"].words


def test_shifted_calendars_count_every_calendar(study: Study, drawn: dict[str, Picture]) -> None:
    placebo = circular_placebo(study.arrays)
    assert placebo is not None
    picture = drawn["shifted_calendars"]
    tried = len(placebo.shifted)
    assert tried == placebo.possible > DAYS
    assert sum(column(picture.data, "calendars")) == tried  # type: ignore[arg-type]
    assert "within each of 2 regimes of the score" in picture.words
    assert f"of {tried:,} shifted calendars give a t between" in picture.words
    assert f"t is {number(placebo.t)}." in picture.words
    assert f"; {placebo.beyond} are as far from zero" in picture.words


def test_all_claims_tell_every_estimate_in_half_widths(
    study: Study, drawn: dict[str, Picture]
) -> None:
    picture = drawn["all_claims"]
    rows = {row[0]: row for row in picture.data.rows}
    assert len(rows) == len(study.ledger.claims)
    for claim in study.ledger.claims:
        _, verdict, estimate, low, high, _, away = rows[claim.statement]
        assert verdict == claim.verdict
        assert estimate == claim.estimate
        if claim.interval is None:
            assert away is None
        else:
            assert (low, high) == claim.interval
            assert away == pytest.approx(2 * claim.estimate / (high - low))
            assert f"{number(claim.estimate, signed=True)} (" in picture.words


def test_the_ledger_is_the_study_s(study: Study) -> None:
    table = statements.ledger_table(study)
    claims = [study.ledger.claim(name) for name in statements.HEADLINE]
    assert column(table, "estimate") == [claim.estimate for claim in claims]
    verdicts = column(table, "verdict")
    for shown, claim in zip(verdicts, claims, strict=True):
        assert str(shown).endswith(claim.verdict)
    assert statements.answer(study).sentences == (study.ledger.sentence,)
    assert statements.limits(study).sentences == tuple(study.results()["limits"])
    found = statements.verdict(study, "upticks-follow-posts")
    assert study.ledger.claim("upticks-follow-posts").reason in found.sentences[0]


def test_sources_are_listed_with_what_is_set_aside(study: Study) -> None:
    (source,) = study.results()["sources"]
    (row,) = statements.sources_table(study).rows
    assert row[:5] == tuple(source[key] for key in ("path", "format", "posts", "first", "last"))


def test_the_checks_agree_with_statsmodels(study: Study) -> None:
    table = residuals.diagnostics_table(study)
    assert isinstance(table, Table)
    means = dict(zip(column(table, "check"), column(table, "what it means here"), strict=True))
    assert means["estimates, beside statsmodels'"] == "equal but for rounding"
    assert means["HC3 errors, beside statsmodels'"] == "equal but for rounding"


def test_a_disagreement_with_statsmodels_is_told(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = study.fit()
    assert fit is not None
    wrong = replace(reference(fit), estimates=0.002)
    monkeypatch.setattr(residuals, "reference", lambda _: wrong)
    table = residuals.diagnostics_table(study)
    assert isinstance(table, Table)
    assert any("they differ, by up to 0.00200" in str(cell) for row in table.rows for cell in row)


HOSTILE = (
    "<b>$x$</b>",
    "\u202egnol" + "a" * 90,
    "日本\U0001f469\u200d\U0001f469",
    r"$\frac{",
    "%s{0}_^",
)


def odd_studies() -> dict[str, Callable[[Path], Path]]:
    rng = np.random.default_rng(1)
    walk = moved_by_blog(rng, [], 0)
    blog, tweets = on_days(rng, 40, "blog"), on_days(rng, 60, "twitter")
    late = [(DAYS + 1.0, "blog"), (DAYS + 1.0, "twitter")]
    hostile = [(day + place / 100, name) for place, name in enumerate(HOSTILE) for day, _ in blog]
    every_day = [(day + 0.5, "blog") for day in range(-5, DAYS + 5)]
    holes = [value * 1e10 if rng.random() > 0.05 else None for value in walk]
    flow = [abs(value - 50) * 1e-9 for value in walk]
    return {
        "one reading": lambda at: make(at, [5.0], blog),
        "ten readings": lambda at: make(at, walk[:10], blog + tweets),
        "a constant score": lambda at: make(at, [50.0] * DAYS, blog + tweets + late),
        "no post in the period": lambda at: make(at, walk, [(400.0, "blog"), (401.0, "twitter")]),
        "only one focal post": lambda at: make(at, walk, [(50.0, "blog"), late[0]]),
        "a focal post every day": lambda at: make(at, walk, every_day + tweets),
        "a tiny flow": lambda at: make(at, flow, blog + late[:1], kind="flow", observed_at="24:00"),
        "huge, with gaps": lambda at: make(at, holes, blog + tweets + late),
        "hostile names": lambda at: make(at, walk, blog + hostile + late),
    }


@pytest.mark.parametrize("name", odd_studies())
def test_an_odd_study_is_shown_or_said(name: str, tmp_path: Path) -> None:
    odd = analysis.load(str(odd_studies()[name](tmp_path / "s")))
    for called, show in EVERY.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "vert: bool|The copy keyword")
            shown = show(odd)
        data, _ = shown._repr_mimebundle_()
        assert data["text/plain"], called
        if isinstance(shown, Picture):
            assert colors(pixels(shown)) > 10, called
            assert "nan" not in shown.words.lower(), called


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    studies = odd_studies()
    one = analysis.load(str(studies["one reading"](tmp_path / "one")))
    for name in ("coefficients", "timing", "residual_checks", "equivalence", "shifted_calendars"):
        assert isinstance(EVERY[name](one), Words)
    flat = analysis.load(str(studies["a constant score"](tmp_path / "flat")))
    said = upticks.upticks_and_posts(flat)
    assert isinstance(said, Words)
    assert "no uptick" in said.sentences[0]
    alone = analysis.load(str(studies["only one focal post"](tmp_path / "alone")))
    assert headline.equivalence(alone) == Words.of(
        "No other channel was collected, so there is nothing to rule out."
    )


def test_words_and_tables_keep_hostile_names_whole(tmp_path: Path) -> None:
    odd = analysis.load(str(odd_studies()["hostile names"](tmp_path / "s")))
    assert set(HOSTILE) < set(odd.channels)
    picture = activity.posts_per_week(odd)
    assert isinstance(picture, Picture)
    assert set(HOSTILE) < set(picture.data.columns)
    assert all(f"{name}: " in picture.words for name in HOSTILE)
    data, _ = picture._repr_mimebundle_()
    assert "\u202e" not in data["text/plain"]


@given(st.text(max_size=200), st.integers(6, 40))
def test_a_label_is_short_plain_and_drawable(text: str, most: int) -> None:
    shown = label(text, most)
    assert len(shown) <= most
    assert "\n" not in shown
    assert not any("\u202a" <= character <= "\u202e" for character in shown)
    if text.isascii() and text.isalnum() and len(text) <= most:
        assert shown == text


def test_names_that_differ_at_the_end_stay_different() -> None:
    assert label("a-rather-long-name-one") != label("a-rather-long-name-two")
    assert label("日本") == "□□"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
