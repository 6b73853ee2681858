"""What a build costs on Spark, by its own record of every task."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

SWITCHES = {
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "false",
}


@dataclass(frozen=True)
class Tasks:
    """Sums over all tasks of a session.

    Attributes
    ----------
    cpu : float
        CPU seconds of the tasks, without what the driver plans and compiles.
    read, shuffled, written, spilled : int
        Bytes from storage, between tasks, to storage, and to disk for want of memory.
    """

    cpu: float
    read: int
    shuffled: int
    written: int
    spilled: int


def submit_args(log: Path) -> str:
    """Return ``PYSPARK_SUBMIT_ARGS`` under which Spark keeps its record in a folder."""
    switches = {**SWITCHES, "spark.eventLog.dir": log.absolute().as_uri()}
    told = " ".join(f"--conf {name}={value}" for name, value in switches.items())
    return f"{told} pyspark-shell"


def tasks(log: Path) -> Tasks:
    """Return the sums over the tasks that a folder has records of."""
    cpu = read = shuffled = written = spilled = 0
    for path in sorted(path for path in log.rglob("*") if path.is_file()):
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                if '"SparkListenerTaskEnd"' not in line:
                    continue
                one = json.loads(line).get("Task Metrics", {})
                cpu += one["Executor CPU Time"] + one["Executor Deserialize CPU Time"]
                read += one["Input Metrics"]["Bytes Read"]
                shuffled += one["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                written += one["Output Metrics"]["Bytes Written"]
                spilled += one["Disk Bytes Spilled"]
    return Tasks(cpu / 1e9, read, shuffled, written, spilled)
