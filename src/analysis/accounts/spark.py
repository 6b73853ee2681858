"""The Spark session: how it starts, on this machine or on a cluster, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analysis.errors import InputError, Problem, one_line

SMALL = 64_000_000
"""Bytes of input up to which Spark on this machine spends its time on getting ready."""

_QUICK_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

ALWAYS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.csv.parser.columnPruning.enabled": "false",  # a row is judged whole
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
LOCAL_AND_SMALL = {
    # Compiling takes longer than running: neither Spark's own code generation nor the second
    # tier of the JVM's compiler pays off.
    "spark.driver.extraJavaOptions": _QUICK_JVM,
    "spark.executor.extraJavaOptions": _QUICK_JVM,
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}


def is_local(master: str) -> bool:
    """Return whether Spark runs on this machine alone: ``local[2]``, ``local-cluster[...]``."""
    return master.startswith("local")


def settings(master: str, memory: str, scratch: Path | None, size: int | None) -> dict[str, str]:
    """Return Spark's settings.

    Parameters
    ----------
    master : str
        As Spark writes it.
    memory : str
        The driver's: ``"4GB"``.
    scratch : Path or None
        Where a local Spark puts what does not fit; a cluster has its own places.
    size : int or None
        Bytes of the input; None where not known.
    """
    found = {**ALWAYS, "spark.driver.memory": memory.lower().removesuffix("b")}
    if is_local(master):
        found |= LOCAL
        if size is not None and size <= SMALL:
            found |= LOCAL_AND_SMALL
        if scratch is not None:
            found["spark.local.dir"] = str(scratch)
    return found


@contextmanager
def session(master: str, asked: dict[str, Any]) -> Iterator[Any]:
    """Start Spark at ``master`` and end it, with the Java process that it runs in.

    Raises
    ------
    InputError
        Spark does not start, or one runs in this process already.
    """
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    if SparkContext._active_spark_context is not None:
        raise _not_started(master, "expected no other Spark in this process")
    builder = SparkSession.builder.master(master).appName("needle").config(map=asked)
    try:
        started = builder.getOrCreate()
    except Exception as error:  # noqa: BLE001 - Java's and Python's have nothing in common
        _end_gateway()
        said = one_line(str(error).strip().split("\n", maxsplit=1)[0], 200)
        raise _not_started(
            master, f"expected Spark to start there (it needs Java 17): {said}"
        ) from None
    try:
        yield started
    finally:
        started.stop()
        _end_gateway()


def _not_started(master: str, said: str) -> InputError:
    return InputError(Problem("invalid", "engine spark", f"--master {master}", said))


def _end_gateway() -> None:
    """End the Java process: it would live as long as this one, with the settings of its start."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    SparkContext._gateway = SparkContext._jvm = None
    if gateway is None:
        return
    gateway.shutdown()
    process = getattr(gateway, "proc", None)
    if process is not None:
        process.stdin.close()
        process.wait()
