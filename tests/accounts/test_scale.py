"""The benchmark of scale, on few accounts: what it runs, compares, adds up and writes."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from tests.benchmark_modules import of_the_benchmark
from tests.test_benchmarks import ROOT


@pytest.fixture(scope="module")
def runs() -> ModuleType:
    return of_the_benchmark("many.runs")


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    return of_the_benchmark("many.measure")


def made_up(runs: ModuleType, measure: ModuleType, accounts: int, cpu: float):
    taken = measure.Taken(2 * cpu, cpu, 10**9 + 1000 * accounts, 10**6, "")
    none = measure.Taken(0.0, 0.0, 0, 0, "")
    return runs.Run(accounts, 365, 900, 10, 20, 30, none, taken, Path())


@pytest.mark.slow
def test_the_command_runs_ours_beside_pandas_and_writes_its_page(tmp_path: Path) -> None:
    page, kept = tmp_path / "scale.md", tmp_path / "kept.json"
    command = [sys.executable, "benchmarks/accounts_scale.py", "--accounts", "16", "--days", "260"]
    command += ["--peers", "statsmodels", "--spark", "0", "--write", str(page), "--json", str(kept)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    targets = {one["what"]: one["measured"] for one in json.loads(kept.read_text("utf-8"))}
    assert 0.05 < targets["largest memory of build and fit"] < 8
    assert 0 < targets["largest difference from statsmodels, 16 accounts"] < 1e-8
    text = page.read_text("utf-8")
    assert "| account-days | 4,160 |" in text
    assert "## 100,000,000 accounts" not in text, "nothing is said of what was not measured"
    assert "Up to 16 accounts this time" in text


def test_a_population_is_the_start_of_a_larger_one(tmp_path: Path, monkeypatch) -> None:
    population = of_the_benchmark("many.population")
    monkeypatch.setattr(population, "CHUNK", 5)
    for name, accounts in (("small", 5), ("large", 8)):
        population.write(tmp_path / name, accounts, 20)
    for table in ("activity", "score"):
        small, large = (pd.read_parquet(tmp_path / name / table) for name in ("small", "large"))
        pd.testing.assert_frame_equal(small, large[large.account.isin(small.account)])
        assert large.account.nunique() == 8
    large = pd.read_parquet(tmp_path / "large" / "activity")
    shares = large[large.crosspost_of != ""]
    assert set(shares.channel) == {"facebook", "linkedin", "twitter"}
    assert set(shares.crosspost_of) <= set(large.url)


def test_growth_is_told_with_and_without_the_start(runs: ModuleType, measure: ModuleType) -> None:
    sizes = (1_000, 10_000, 100_000)
    found = [made_up(runs, measure, n, 5 + 0.01 * n) for n in sizes]
    assert runs.exponent(found, 5.0) == pytest.approx(1.0, abs=1e-12)
    assert runs.exponent(found) < 0.95


def test_what_takes_too_much_is_ended(measure: ModuleType, tmp_path: Path) -> None:
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    hungry = "x = b'1' * 300_000_000\nwhile True: pass"
    command = (sys.executable, "-c", child, hungry)
    taken = measure.watched(command, tmp_path / "log", memory=2e8)
    assert taken.ended == "over 0 GB"
    assert taken.peak > 2e8
    endless = (sys.executable, "-c", "while True: pass")
    assert measure.watched(endless, tmp_path / "log", memory=8e9, cpu=0.3).ended == "over 0 s"
    wrong = (sys.executable, "-c", "import sys; sys.exit('no such thing')")
    failed = measure.watched(wrong, tmp_path / "log", memory=8e9)
    assert failed.ended == "exit code 1: no such thing"


def test_the_estimate_is_arithmetic_on_what_spark_recorded(tmp_path: Path) -> None:
    spark, estimates = of_the_benchmark("many.spark"), of_the_benchmark("many.estimate")
    one = {
        "Event": "SparkListenerTaskEnd",
        "Task Metrics": {
            "Executor CPU Time": 1_500_000_000,
            "Executor Deserialize CPU Time": 500_000_000,
            "Input Metrics": {"Bytes Read": 1_000},
            "Output Metrics": {"Bytes Written": 500},
            "Shuffle Write Metrics": {"Shuffle Bytes Written": 2_000},
            "Disk Bytes Spilled": 0,
        },
    }
    lines = [json.dumps({"Event": "SparkListenerJobEnd"}), json.dumps(one), json.dumps(one)]
    (tmp_path / "record").write_text("\n".join(lines), encoding="utf-8")
    found = spark.tasks(tmp_path)
    assert found == spark.Tasks(4.0, 2_000, 4_000, 1_000, 0)
    cluster = estimates.Cluster(10, 4, 0.5, 100.0, 50.0)
    told = estimates.estimate(found, 100, 90_000_000, cluster)
    assert told.cpu_hours == pytest.approx(1000)
    assert told.computing == pytest.approx(50)
    assert told.storing == pytest.approx(3_000 * 900_000 / (10 * 100 * 3600))
    assert told.shuffling == pytest.approx(2 * 4_000 * 900_000 / (10 * 50 * 3600))
    assert told.hours == pytest.approx(told.computing + told.storing + told.shuffling)


def test_the_page_says_what_was_measured_and_what_was_not(
    runs: ModuleType, measure: ModuleType
) -> None:
    pages, spark = of_the_benchmark("many.page"), of_the_benchmark("many.spark")
    cluster = of_the_benchmark("many.estimate").Cluster()
    found = [made_up(runs, measure, n, 5 + 0.01 * n) for n in (1_000, 2_000)]
    start = made_up(runs, measure, 10, 5.0)
    over = measure.Taken(9.0, 9.0, 9 * 10**9, 0, "over 8 GB")
    peer = runs.Peer("statsmodels", {1_000: found[0].fit, 2_000: over}, 2e-13)
    assert peer.largest == 1_000
    tasks = (365_000, spark.Tasks(36.5, 3_650_000, 7_300_000, 365_000, 0))
    text = pages.page(found, start, [peer], tasks, cluster, [], {"Python": "x"}, "1.0 on 2 cores")
    assert "| statsmodels | 1,000 | 15.0 | 15.0 | 1.00 | 2.0e-13 |  |" in text
    assert "| statsmodels | 2,000 | 9.00 | 25.0 | 9.00 |  | over 8 GB |" in text
    assert "| account-days a CPU second, both | 24,333 | 29,200 |" in text
    assert "| CPU | 100.0 µs | 1,014 hours of a core |" in text
    assert "| shuffled | 20.0 bytes | 0.730 TB |" in text
    assert "nothing of it was run" in text
    never = runs.Peer("pyfixest", {1_000: over}, math.nan)
    assert "nan" not in pages.page(
        found, start, [never], None, cluster, [], {"Python": "x"}, "1.0 on 2 cores"
    )
