"""Spark with real executors gives the numbers of DuckDB, and leaves no process behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from analysis.accounts import spark
from analysis.accounts.build import build, read_manifest
from analysis.accounts.fit import fit, results
from analysis.accounts.folder import read_input
from analysis.accounts.take_in import Options
from analysis.errors import InputError
from analysis.worlds import simulate
from tests.accounts import inputs

MASTER = "local-cluster[2,1,2048]"
WORLDS = (("blog-only", 300), ("blog-only", 120), ("missing-readings", 260), ("whole-points", 90))


def java() -> int:
    """Return the version of Java that Spark would run on; 0 where there is none."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if program is None:
        return 0
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', said.stderr)
    return int(found[1]) if found else 0


needs_java = pytest.mark.skipif(java() < 17, reason="Spark needs Java 17 or newer")


def spoiled(folder: Path) -> Path:
    """Add rows that cannot be used, a day that is told twice, and accounts known by half."""
    posts = pd.read_parquet(folder / "activity" / "part.parquet").astype(object)
    posts["at"] = posts["at"].astype(str)
    bad = [
        {"account": None, "at": "2012-01-05T00:00:00Z", "channel": "blog"},
        {"account": "account 00", "at": "yesterday", "channel": "blog"},
        {"account": "account 00", "at": "1890-01-05T00:00:00Z", "channel": "blog"},
        {"account": "account 00", "at": "2012-02-05T07:00:00+02:00", "channel": "blog"},
        {"account": "account 01", "at": "2012-02-05 07:00", "channel": "blog", "kind": "repost"},
        {"account": "only posts", "at": "2012-02-05T07:00:00Z", "channel": "blog"},
    ]
    (folder / "activity" / "part.parquet").unlink()
    pd.concat([posts, pd.DataFrame(bad)]).to_csv(folder / "activity" / "a.csv", index=False)
    score = pd.read_parquet(folder / "score" / "part.parquet").astype(str)
    more = [
        {"account": "account 02", "date": score.date[9], "score": "-1"},
        {"account": "account 02", "date": "2012-02-30", "score": "5"},
        {"account": "account 03", "date": score.date[9], "score": "1e999"},
        {"account": "only readings", "date": "2012-02-05", "score": "5"},
    ]
    (folder / "score" / "part.parquet").unlink()
    pd.concat([score, pd.DataFrame(more)]).to_csv(folder / "score" / "s.csv", index=False)
    return folder


def in_session(leader: int) -> list[psutil.Process]:
    """Return the processes of a session that run; one that has ended may wait to be fetched."""
    found = []
    for process in psutil.process_iter():
        try:
            ended = process.status() == psutil.STATUS_ZOMBIE
            if os.getsid(process.pid) == leader and not ended:
                found.append(process)
        except (ProcessLookupError, psutil.Error):
            continue
    return found


def run_apart(
    *arguments: str, printed: Path = Path(os.devnull)
) -> tuple[int, list[psutil.Process], str]:
    """Run ``needle accounts`` in a session of its own; return what is left of that afterwards."""
    command = [sys.executable, "-m", "analysis", "accounts", *arguments]
    with printed.open("wb") as out:
        child = subprocess.Popen(
            command, start_new_session=True, stdout=out, stderr=subprocess.PIPE, text=True
        )
    try:
        _out, said = child.communicate(timeout=400)
        _ended, left = psutil.wait_procs(in_session(child.pid), timeout=10)
    finally:
        for process in in_session(child.pid):
            process.send_signal(signal.SIGKILL)
    return child.returncode, left, said


def table(panel: Path, name: str, by: list[str]) -> pd.DataFrame:
    parts = map(pd.read_parquet, sorted((panel / name).rglob("*.parquet")))
    return pd.concat(parts).sort_values(by, ignore_index=True)


@pytest.fixture(scope="module")
def panels(tmp_path_factory) -> tuple[Path, Path]:
    """The panels of one input by DuckDB and by Spark."""
    folder = tmp_path_factory.mktemp("engines")
    accounts = []
    for seed in range(12):
        world, days = WORLDS[seed % 4]
        accounts.append((f"account {seed:02}", simulate(world, seed=seed, days=days)))
    source = spoiled(inputs.write(folder / "in", accounts))
    build(read_input(source), folder / "duckdb", Options(), lambda _text: None)
    out = folder / "spark"
    code, left, said = run_apart(
        "build", str(source), "--out", str(out), "--engine", "spark", "--master", MASTER
    )
    assert code == 0, said
    assert not left
    return folder / "duckdb", out


@needs_java
@pytest.mark.slow
@pytest.mark.parametrize(("name", "by"), [("panel", ["account", "day"]), ("moments", ["account"])])
def test_panel_and_moments_are_those_of_duckdb(panels, name, by) -> None:
    ours, theirs = (table(panel, name, by) for panel in panels)
    assert list(ours.columns) == list(theirs.columns)
    assert len(ours) == len(theirs) > 0
    for column in ours.columns:
        one, other = ours[column], theirs[column]
        if isinstance(one[0], np.ndarray):
            np.testing.assert_allclose(
                np.stack(list(one)), np.stack(list(other)), rtol=1e-9, atol=1e-9, err_msg=column
            )
        elif pd.api.types.is_numeric_dtype(one):
            np.testing.assert_allclose(
                one.astype(float), other.astype(float), rtol=1e-9, atol=1e-9, err_msg=column
            )
        else:
            assert list(one) == list(other), column


@needs_java
@pytest.mark.slow
def test_manifests_are_alike(panels) -> None:
    ours, theirs = map(read_manifest, panels)
    assert (ours.pop("engine"), theirs.pop("engine")) == ("duckdb", "spark")
    assert ours == theirs
    assert ours["accounts"] == {"with both": 12, "without posts": 1, "without readings": 1}
    assert ours["set_aside"]["score"] == {
        "a date that is none": 1,
        "a score that is no finite number": 1,
        "two scores on one day": 2,
    }
    assert ours["set_aside"]["activity"]["repost"] > 1
    assert ours["codings"] == ["bundle", "all posts"]


@needs_java
@pytest.mark.slow
@pytest.mark.parametrize("rows", [True, False])
def test_fits_are_alike(panels, rows) -> None:
    ours, theirs = (
        dict(leaves(json.loads(json.dumps(results(fit(panel, rows=rows)))))) for panel in panels
    )
    assert ours.keys() == theirs.keys()
    numbers = 0
    for place, value in ours.items():
        if isinstance(value, float):
            numbers += 1
            assert theirs[place] == pytest.approx(value, rel=1e-9, abs=1e-9), place
        elif not place.endswith("/engine"):
            assert theirs[place] == value, place
    assert numbers > 50


@needs_java
@pytest.mark.slow
def test_sums_by_day_are_alike(panels, tmp_path) -> None:
    printed = tmp_path / "results.json"
    asked = ("--moments-only", "--cluster", "account-day", "--json")
    spark = ("--engine", "spark", "--master", "local[2]")
    code, left, said = run_apart("fit", str(panels[1]), *asked, *spark, printed=printed)
    assert code == 0, said
    assert not left
    theirs = json.loads(printed.read_text())
    ours = json.loads(json.dumps(results(fit(panels[0], rows=False, cluster="account-day"))))
    assert ours["pooled_errors"] == theirs["pooled_errors"]
    assert ours["pooled_errors"]["days"] > 200
    for name in ours["channels"]:
        for key in ("effect", "interval", "p"):
            one, other = (told["channels"][name]["pooled"][key] for told in (ours, theirs))
            assert other == pytest.approx(one, rel=1e-9, abs=1e-9), (name, key)
    for key in ("f", "p"):
        assert theirs["joint_other"][key] == pytest.approx(ours["joint_other"][key], rel=1e-9)


def leaves(value: object, place: str = "") -> list[tuple[str, object]]:
    """Return every number and text of a tree with its place."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], f"{place}/{key}")]
    if isinstance(value, list):
        return [leaf for n, part in enumerate(value) for leaf in leaves(part, f"{place}/{n}")]
    return [(place, value)]


def test_what_suits_small_data_on_one_machine_is_not_for_a_cluster() -> None:
    quick = set(spark.LOCAL_AND_SMALL)
    assert quick <= set(spark.settings("local[2]", "4GB", Path("scratch"), 1000))
    assert not quick & set(spark.settings("local[2]", "4GB", Path("scratch"), spark.SMALL + 1))
    assert not quick & set(spark.settings("local[2]", "4GB", Path("scratch"), None))
    far = spark.settings("spark://host:7077", "4GB", Path("scratch"), 1000)
    assert not (quick | set(spark.LOCAL) | {"spark.local.dir"}) & set(far)
    assert far["spark.driver.memory"] == "4g"


@needs_java
@pytest.mark.slow
def test_one_line_for_a_line_that_is_no_row(panels, tmp_path) -> None:
    source = tmp_path / "in"
    shutil.copytree(panels[0].parent / "in", source)
    path = source / "score" / "s.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:300], 'account 00,2012-02-01,"5', *lines[300:], ""]))
    code, left, said = run_apart(
        "build",
        str(source),
        "--out",
        str(tmp_path / "x"),
        "--engine",
        "spark",
        "--master",
        "local[1]",
    )
    assert code == 2, said
    assert not left
    assert "score/s.csv, line 301: expected a quote that is closed" in said
    assert [entry.name for entry in tmp_path.iterdir()] == ["in"]


@needs_java
@pytest.mark.slow
def test_one_line_for_a_master_that_is_none(panels, tmp_path) -> None:
    source = panels[0].parent / "in"
    code, left, said = run_apart(
        "build", str(source), "--out", str(tmp_path / "x"), "--engine", "spark", "--master", "moon"
    )
    assert code == 2
    assert not left
    assert "engine spark, --master moon: expected Spark to start there" in said
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())


def test_a_spark_that_is_not_ours_is_left_alone(monkeypatch) -> None:
    context = pytest.importorskip("pyspark").SparkContext
    monkeypatch.setattr(context, "_active_spark_context", object())
    with (
        pytest.raises(InputError, match="no other Spark"),
        spark.session("local[1]", {}),
    ):
        pass
