"""Real accounts: what an independent fit of the same model gave, we give."""

from __future__ import annotations

from pathlib import Path

import pytest

import analysis


def test_points_of_a_blogger(shared: Path) -> None:
    results = analysis.load(str(shared / "studies/simonw-2022-points")).results()
    entry = results["channels"]["entry"]
    assert results["period"]["used"] == 825
    assert entry["effect"] == pytest.approx(0.758, abs=0.0005)
    assert entry["coefficient"] / entry["standard_error"] == pytest.approx(8.1, abs=0.05)
    every = results["joint_other"]["with_rare_channels"]
    assert every["f"] == pytest.approx(1.12, abs=0.005)
    assert every["p"] == pytest.approx(0.35, abs=0.005)
    verdicts = {claim["id"]: claim["verdict"] for claim in results["claims"]}
    assert verdicts["blogging-moves-score"] == "supported"


def test_attention_of_a_blogger(shared: Path) -> None:
    results = analysis.load(str(shared / "studies/simonw-2022-attention")).results()
    verdicts = {claim["id"]: claim["verdict"] for claim in results["claims"]}
    assert verdicts["blogging-moves-score"] == "supported"
    museum = results["channels"]["museum"]
    assert museum["judged"] is False
    assert museum["p"] < 0.001  # seven posts and HC3: exactly what must not be believed
    assert "museum" not in results["joint_other"]["channels"]
    assert verdicts["nothing-else-correlates"] != "refuted"


@pytest.mark.parametrize("name", ["followers-kawalcovid19", "followers-prasastipagi"])
def test_followers_are_not_moved_by_tweets(shared: Path, name: str) -> None:
    results = analysis.load(str(shared / "studies" / name)).results()
    verdicts = {claim["id"]: claim["verdict"] for claim in results["claims"]}
    assert verdicts["blogging-moves-score"] != "supported"
    assert results["period"]["gaps"] == 38
