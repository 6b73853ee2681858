"""Findings that are nothing but two slow drifts."""

from __future__ import annotations

import numpy as np

from analysis.claims.ledger import judge
from analysis.evidence.drift import lost_beside_trend
from tests.builders import panel_of, simulated_panel


def test_two_drifts_without_an_effect_are_seen_through() -> None:
    lost = found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        day = np.arange(400)
        posts = {
            "blog": rng.poisson(0.2, 400).astype(float),
            "micro": rng.poisson(1 + 30 * day / 400).astype(float),
        }
        change = rng.normal(0.5 - 1.0 * day / 400, 0.5)
        ledger = judge(panel_of(50 + np.cumsum(change), posts))
        assert ledger.channels is not None
        assert ledger.bundle is not None
        named = [c for c in ledger.channels.others if c.p_adjusted < 0.05]
        found += bool(named)
        lost += "micro" in lost_beside_trend(ledger.bundle, ledger.channels)
    assert found >= 10
    assert lost >= 0.8 * found


def test_an_effect_stays_beside_a_trend() -> None:
    ledger = judge(simulated_panel(1, 365, {"blog": 0.6}))
    assert ledger.channels is not None
    assert ledger.bundle is not None
    assert lost_beside_trend(ledger.bundle, ledger.channels) == ()
