"""Pictures and words of many accounts: computed from the data, whatever accounts are called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.accounts.fit import Fitted
from analysis.accounts.meta import random_effects, shrunken
from analysis.accounts.sample import fitted_panel
from analysis.claims.base import interval_words, number, percent
from analysis.display import Picture, Table, Words
from analysis.figures import accounts as pictures
from analysis.figures import accounts_words as words
from analysis.figures.style import label

DRAWN = (pictures.funnel, pictures.spread, pictures.forest)
TOLD = (
    words.about,
    words.answer_words,
    words.limit_words,
    words.channels_table,
    words.differences_words,
    words.differences_table,
)
HOSTILE = ("=cmd|' /C calc'!A0", "$\\alpha$", "<script>alert(1)</script>", "a\u202eb\n" + "x" * 150)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fitted_panel()


def with_effects(fitted: Fitted, own: np.ndarray, error: np.ndarray) -> Fitted:
    """Return the same population with other focal effects."""
    population = fitted.bundle
    first = replace(population.channels[0], own=own, error=error, mean=random_effects(own, error))
    other = replace(population, channels=(first, *population.channels[1:]))
    return replace(fitted, codings={**fitted.codings, "bundle": other})


def called(fitted: Fitted, names: tuple[str, ...]) -> Fitted:
    """Return the same population, its first accounts under other names."""
    population = fitted.bundle
    renamed = np.array([*names, *population.grams.accounts[len(names) :]])
    other = replace(population, grams=replace(population.grams, accounts=renamed))
    return replace(fitted, codings={**fitted.codings, "bundle": other})


@pytest.mark.parametrize("draw", DRAWN)
def test_a_picture_is_the_same_every_time(draw, fitted) -> None:
    one, two = draw(fitted), draw(fitted)
    assert isinstance(one, Picture)
    assert one == two


@pytest.mark.parametrize("tell", TOLD)
def test_words_and_tables_tell_something(tell, fitted) -> None:
    assert isinstance(tell(fitted), Words | Table)


def test_the_funnel_tells_how_many_lie_outside(fitted) -> None:
    channel = fitted.bundle.channels[0]
    shown = pictures.funnel(fitted)
    outside = np.abs(channel.own - channel.mean.mean) > 1.959964 * channel.error
    assert f"outside of the dashed lines; {percent(outside.mean())} do" in shown.words
    assert number(channel.mean.mean, signed=True) in shown.words
    assert interval_words(channel.mean.interval()) in shown.words
    assert sum(row[2] for row in shown.data.rows) == len(channel.own)
    inside = sum(row[2] * row[4] for row in shown.data.rows)
    assert inside == pytest.approx(outside.sum())
    assert min(row[2] for row in shown.data.rows) >= 10


def test_effects_drawn_to_the_mean_are_counted(fitted) -> None:
    channel = fitted.bundle.channels[0]
    drawn = shrunken(channel.own, channel.error, channel.mean)
    shown = pictures.spread(fitted)
    assert f"{percent((drawn > fitted.margin).mean())} lie above" in shown.words
    assert number(float(np.median(drawn)), signed=True) in shown.words
    assert sum(row[2] for row in shown.data.rows) == sum(row[3] for row in shown.data.rows) == 60


def test_the_forest_shows_the_strongest_and_a_fixed_sample(fitted) -> None:
    channel = fitted.bundle.channels[0]
    drawn = shrunken(channel.own, channel.error, channel.mean)
    order = fitted.bundle.grams.accounts[np.argsort(drawn)]
    rows = pictures.forest(fitted).data.rows
    assert [row[0] for row in rows if row[1] == "lowest"] == list(order[:15])
    assert [row[0] for row in rows if row[1] == "highest"] == list(order[-15:])
    lot = [row[0] for row in rows if row[1] == "drawn by lot"]
    assert len(set(lot)) == 15
    assert set(lot) <= set(order[15:-15])
    assert lot != [row[0] for row in pictures.forest(fitted, seed=2).data.rows[15:30]]


def test_an_interval_of_the_forest_is_the_accounts_own(fitted) -> None:
    population = fitted.bundle
    channel = population.channels[0]
    at = {name: place for place, name in enumerate(population.grams.accounts)}
    for name, _, own, low, high, _ in pictures.forest(fitted).data.rows:
        place = at[name]
        assert (low + high) / 2 == pytest.approx(own)
        assert (low > 0 or high < 0) == (channel.p[place] < 0.05)


def test_few_accounts_are_all_shown(fitted) -> None:
    own = np.where(np.arange(60) < 20, fitted.bundle.channels[0].own, np.nan)
    shown = pictures.forest(with_effects(fitted, own, fitted.bundle.channels[0].error))
    assert {row[1] for row in shown.data.rows} == {"every account"}
    assert len(shown.data.rows) == 20


@pytest.mark.parametrize("draw", DRAWN)
def test_with_two_accounts_there_is_nothing_to_draw(draw, fitted) -> None:
    own = np.where(np.arange(60) < 2, fitted.bundle.channels[0].own, np.nan)
    shown = draw(with_effects(fitted, own, fitted.bundle.channels[0].error))
    assert isinstance(shown, Words)
    assert words.channels_table(fitted).rows


def test_accounts_that_do_not_differ_stand_at_the_mean(fitted) -> None:
    rng = np.random.default_rng(2)
    own = 0.3 + 0.001 * rng.standard_normal(60)
    shown = pictures.spread(with_effects(fitted, own, np.full(60, 0.1)))
    assert "differ no more than chance makes them" in shown.words
    assert isinstance(pictures.forest(with_effects(fitted, own, np.full(60, 0.1))), Picture)


def test_many_accounts_are_drawn_as_cells(fitted, monkeypatch) -> None:
    monkeypatch.setattr(pictures, "MOST_DOTS", 50)
    assert isinstance(pictures.funnel(fitted), Picture)


def test_names_of_accounts_are_text_only(fitted, monkeypatch) -> None:
    kept: list[Figure] = []
    real = Picture.of

    def keeps(figure, *arguments, **options):
        kept.append(figure)
        return real(figure, *arguments, **options)

    monkeypatch.setattr(Picture, "of", keeps)
    own = np.where(np.arange(60) < 20, fitted.bundle.channels[0].own, np.nan)
    hostile = called(fitted, HOSTILE)
    shown = pictures.forest(with_effects(hostile, own, fitted.bundle.channels[0].error))
    drawn = {text.get_text() for text in kept[0].axes[0].get_yticklabels()}
    assert {label(name) for name in HOSTILE} <= drawn
    assert set(HOSTILE) <= {row[0] for row in shown.data.rows}
    assert "<script>" not in shown.data._repr_mimebundle_()[0]["text/html"]


def test_attributes_are_told_apart_or_not(fitted) -> None:
    said = " ".join(words.differences_words(fitted).sentences)
    assert "Accounts differ by planted (p < 0.001 after Holm)" in said
    assert "By team no difference is told from chance." in said
    assert len(words.differences_table(fitted).rows) == 5


def test_no_attributes_are_said(fitted) -> None:
    without = replace(fitted, groups=replace(fitted.groups, found=(), not_asked={}))
    assert isinstance(words.differences_table(without), Words)
    assert "Nothing is known" in words.differences_words(without).sentences[0]


def test_limits_count_who_was_left_out(fitted) -> None:
    entered = {"with both": 60, "without posts": 7, "without readings": 0}
    manifest = {**fitted.manifest, "accounts": entered}
    said = " ".join(words.limit_words(replace(fitted, manifest=manifest)).sentences)
    assert "60 accounts were fitted. Left out: 7 without posts." in said
    assert "activity: repost" in said
    assert "classical" not in said
    assert "classical" in " ".join(words.limit_words(replace(fitted, rows=False)).sentences)
