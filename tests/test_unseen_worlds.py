"""The generator that knows of no method: same bytes for a seed, and a page that tells the truth."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import unseen_worlds  # noqa: E402
from unseen.worlds import write_study  # noqa: E402


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.parametrize("name", ["vacations", "restated", "everything-visits"])
def test_a_seed_gives_the_same_bytes_and_another_seed_others(name, tmp_path):
    for folder, seed in (("one", 3), ("again", 3), ("other", 4)):
        write_study(unseen_worlds.CATALOG[name], seed, tmp_path / folder)
    one, again, other = (files(tmp_path / each) for each in ("one", "again", "other"))
    assert one == again
    assert one["raw/score.csv"] != other["raw/score.csv"]


@pytest.mark.parametrize("name", unseen_worlds.CATALOG)
def test_every_world_is_written(name, tmp_path):
    world = unseen_worlds.CATALOG[name]
    written = write_study(world, 1, tmp_path / "study")
    assert 200 <= written.readings <= world.days <= 800
    assert 2 <= len(world.forms) <= 6
    assert min(written.posts.values()) > 20


@pytest.mark.parametrize("name", ["rise-and-fall", "slow-sine", "blog-seasonal", "weekly"])
def test_a_study_is_read_as_written(name, tmp_path):
    judged = unseen_worlds.judge(name, 0, str(tmp_path))
    assert judged.misread == ""
    assert set(judged.verdicts) == set(unseen_worlds.CLAIMS)


def test_nothing_of_the_package_and_of_the_other_generators_is_used():
    for path in (BENCHMARKS / "unseen").glob("*.py"):
        lines = [line.split() for line in path.read_text("utf-8").splitlines()]
        imports = {line[1].split(".")[0] for line in lines if line[:1] in (["import"], ["from"])}
        assert not imports & {"analysis", "fresh", "known"}


def test_wrong_verdicts_are_counted_over_the_studies_where_they_are_wrong():
    names = ["weekly", "blog-at-once", "tweets-only"]
    said = {
        "weekly": ("supported", "supported", "supported"),
        "blog-at-once": ("supported", "refuted", "refuted"),
        "tweets-only": ("inconclusive", "supported", "refuted"),
    }
    judged = [
        unseen_worlds.Judged(name, 0, dict(zip(unseen_worlds.CLAIMS, said[name], strict=True)), "")
        for name in names
    ]
    lines = [line.split(" (")[0] for line in unseen_worlds.wrong_ones(names, judged)]
    assert lines == [
        "- blogging-moves-score *supported*: 1/2 = 50.0 %",
        "- blogging-moves-score *refuted*: 0/1 = 0.0 %",
        "- nothing-else-correlates *supported*: 1/1 = 100.0 %",
        "- nothing-else-correlates *refuted*: 1/2 = 50.0 %",
        "- only-blogging *supported*: 1/2 = 50.0 %",
        "- only-blogging *refuted*: 1/1 = 100.0 %",
    ]


def test_the_interval_is_wilsons():
    assert unseen_worlds.interval(0, 20) == pytest.approx((0.0, 0.161125), abs=1e-6)
    assert unseen_worlds.interval(7, 20) == pytest.approx((0.181192, 0.567149), abs=1e-5)


def test_an_unknown_world_is_one_line():
    command = [sys.executable, str(BENCHMARKS / "unseen_worlds.py"), "--worlds", "nowhere"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no world nowhere; there are rising-together" in done.stderr
