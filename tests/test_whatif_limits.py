"""What is said of a path in every case: of a flow, of no rest, of every way to hold a score."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.whatif import Fan, Hold, Rest, WhatIf, hold, redraw, seen_rates
from analysis.whatif.redraw import corrected, drawable, is_stable
from analysis.whatif.words import (
    assumptions,
    hold_sentence,
    plain_text,
    rest_sentence,
    sentences,
)
from tests.builders import panel_of
from tests.posting import account
from tests.test_whatif import SEEN, model_of, straight, told


@pytest.fixture(scope="module")
def level() -> WhatIf:
    return told(account(1))


@pytest.fixture(scope="module")
def flow() -> WhatIf:
    return told(account(2, "flow"))


def test_a_flow_is_told_by_its_average_day_alone(flow: WhatIf) -> None:
    rest = flow.rest(2.0)
    middle, half = flow.fan.expected(2.0)[-1], flow.fan.half(2.0)[-1]
    assert rest == Rest(middle, (middle - half, middle + half))
    assert rest_sentence(flow, 2.0) == ""
    first = sentences(flow, 2.0)[0]
    assert first.startswith("At 2 blog posts a week, kept up, the fit expects the Score to be ")
    assert first.endswith(").")
    assert " on an average day (95 % band " in first
    text = plain_text(flow, 2.0)
    assert "after 4 weeks" not in text
    assert " ".join(text.split()).startswith(first)
    assert not any("drawn back to a usual place" in each for each in assumptions(flow))
    assert hold_sentence(flow, hold(flow.fan, flow.seen, 1e6)).startswith(
        "For 1,000,000 on an average day: out of reach."
    )


def test_where_a_level_comes_to_rest_is_said_as_far_as_it_is_known(
    level: WhatIf, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[str, Rest | None] = {}
    monkeypatch.setattr(WhatIf, "rest", lambda _, rate: found["rest"])
    for rest, said in (
        (
            None,
            "In the fit the score comes to rest nowhere: what it would come to cannot be told.",
        ),
        (
            Rest(51.0, None),
            "Where it would come to rest in the long run cannot be told: the record is too short "
            "for so slow a score.",
        ),
        (
            Rest(51.04, (49.5, 52.0)),
            "In the long run it would come to rest at 51.04 (49.50 to 52.00).",
        ),
    ):
        found["rest"] = rest
        assert rest_sentence(level, 2.0) == said
        assert said in sentences(level, 2.0)


@pytest.mark.parametrize(
    ("fan", "target", "said"),
    [
        (
            straight(50, 1, 0.5),
            52,
            "To hold 52 after 8 weeks the fit asks for 2 blog posts a week; the band allows it "
            "from 1.5 on, and lies above it from 2.5 on.",
        ),
        (
            straight(50, 1, 1.5),
            53,
            "To hold 53 after 8 weeks the fit asks for 3 blog posts a week; from 1.5 on the band "
            "allows it, and no rate up to 4 makes it sure.",
        ),
        (
            straight(50, 1, 0.5),
            54.2,
            "To hold 54.2 after 8 weeks: out of reach. At no rate from 0 to 4 a week does the fit "
            "expect it, at most 54.00; the band allows it from 3.7 a week on.",
        ),
        (
            straight(50, 1, 0.5),
            55,
            "To hold 55 after 8 weeks: out of reach. At no rate from 0 to 4 a week does the fit "
            "expect it, at most 54.00; the band is below it at all of them.",
        ),
        (
            straight(50, 1, 9.0),
            52,
            "To hold 52 after 8 weeks: cannot tell. At every rate from 0 to 4 a week the band "
            "holds 52.",
        ),
    ],
)
def test_every_answer_to_how_often_is_a_sentence(
    level: WhatIf, fan: Fan, target: float, said: str
) -> None:
    found = replace(level, fan=fan, seen=SEEN)
    asked = hold(fan, SEEN, target)
    assert isinstance(asked, Hold)
    assert hold_sentence(found, asked) == said


def test_no_week_that_is_known_whole_gives_no_rates() -> None:
    blog = np.ones(60)
    blog[::5] = np.nan
    assert seen_rates(panel_of(np.arange(60.0), {"blog": blog})) is None
    assert seen_rates(panel_of(np.arange(5.0), {"blog": blog[1:6]})) is None


def test_lags_under_which_shocks_grow_are_shrunk_alike() -> None:
    model = model_of(account(12))
    theta = model.beta.copy()
    lags = slice(model.first_lag, model.first_lag + model.lags)
    theta[lags] = 0.9
    assert not is_stable(model, theta)
    near = drawable(model, theta)
    assert is_stable(model, near)
    assert np.ptp(near[lags]) == pytest.approx(0, abs=1e-12)
    assert 0 < near[lags][0] < 0.9
    np.testing.assert_array_equal(near[: model.first_lag], theta[: model.first_lag])


@pytest.mark.parametrize("times", [1.5, 1e9])
def test_as_much_is_taken_out_as_leaves_the_score_coming_back(
    monkeypatch: pytest.MonkeyPatch, times: float
) -> None:
    """Fits that miss the pull by so much that without all of it the score would run away."""
    panel = account(10)
    model = model_of(panel)
    assert is_stable(model, model.beta)
    miss = np.zeros(model.moving)
    miss[-1] = times * model.beta[-1]

    def drawn(_panel: object, _model: object, truth: np.ndarray, *_: int) -> list[SimpleNamespace]:
        return [SimpleNamespace(beta=np.tile(truth + miss, (3, 1)))]

    monkeypatch.setattr(redraw, "_drawn", drawn)
    theta = corrected(panel, model)
    assert is_stable(model, theta)
    np.testing.assert_allclose(theta[:-1], model.beta[:-1], rtol=1e-12)
    if times > 10:
        assert theta[-1] == model.beta[-1]  # nothing can be taken out
    else:
        assert model.beta[-1] < theta[-1] < 0
