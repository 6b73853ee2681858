"""The engines: DuckDB in this process, Spark beyond one machine. Both are spoken to by Ibis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
from ibis.expr.types import Table

from analysis.accounts import folder, spark
from analysis.accounts.faults import Name, refuse_faults, unreadable
from analysis.errors import InputError, Problem

NEEDS = {
    "duckdb": "'pip install needle-analysis[accounts]'",
    "spark": "'pip install needle-analysis[spark]' and Java 17",
}


RFC_4180 = {"delim": ",", "quote": '"', "escape": '"'}


@dataclass(frozen=True, slots=True)
class Limits:
    """What an engine may use.

    Attributes
    ----------
    memory : str
        As engines write it: ``"4GB"``.
    threads : int
        Of one connection. One gives the same last digit every time: sums of fractions depend
        on their order.
    scratch : Path or None
        Where what does not fit into memory goes.
    size : int or None
        Bytes of the input, where known.
    """

    memory: str = "4GB"
    threads: int = 1
    scratch: Path | None = None
    size: int | None = None


@dataclass(frozen=True)
class Engine:
    """A connection.

    Attributes
    ----------
    name : {"duckdb", "spark"}
        Which engine.
    backend : ibis backend
        Its connection.
    """

    name: Name
    backend: Any

    def read(self, table: folder.Table) -> Table:
        """Return a raw table; columns of CSV are text.

        Raises
        ------
        InputError
            The engine cannot read it.
        """
        try:
            if table.kind == "csv":
                return self._csv(list(table.files))
            return self._parquet(list(table.files))
        except Exception as error:  # noqa: BLE001 - engines have no common error
            raise unreadable(table, error) from None

    def parquet(self, path: Path) -> Table:
        """Return a table that this package wrote: a folder of files, or of folders of files."""
        return self._parquet(sorted(map(str, path.rglob("*.parquet"))))

    def parquet_parts(self, path: Path, number: str) -> Table:
        """Return one part of what `split` wrote; ``*`` is all of it."""
        return self._parquet(sorted(map(str, path.glob(f"part={number}/*.parquet"))))

    def _csv(self, files: list[str]) -> Table:
        if self.name == "duckdb":
            return self.backend.read_csv(
                files, all_varchar=True, header=True, union_by_name=True, **RFC_4180
            )
        # Spark by itself cuts or fills rows of another width, takes the columns of every file in
        # the order of the first one, a line break within quotes for a row's end, and all up to
        # the end for the value where a quote is not closed. The last has no setting.
        refuse_faults(files)
        strict = {
            "mode": "FAILFAST",
            "enforceSchema": False,
            "multiLine": True,
            "sep": ",",
            "unescapedQuoteHandling": "RAISE_ERROR",
        }
        return self.backend.read_csv(
            files, header=True, inferSchema=False, quote='"', escape='"', **strict
        )

    def _parquet(self, files: list[str]) -> Table:
        if self.name == "duckdb":
            return self.backend.read_parquet(files, union_by_name=True)
        if len(files) > 1:
            frame = self.backend._session.read.option("mergeSchema", "true").parquet(*files)
            name = ibis.util.gen_name("parquet")
            frame.createOrReplaceTempView(name)
            return self.backend.table(name)
        return self.backend.read_parquet(files[0])

    def write(self, table: Table, path: Path, by: Sequence[str]) -> None:
        """Write a table, sorted by some columns, as a folder of Parquet files.

        DuckDB writes one file; Spark several, with all rows of one value of the first column
        in the same one.
        """
        if self.name == "duckdb":
            path.mkdir(parents=True, exist_ok=True)
            self._copy(table.order_by(*by), path / "part.parquet", "COMPRESSION zstd")
        else:
            frame = self._frame(table).repartitionByRange(by[0]).sortWithinPartitions(*by)
            frame.write.parquet(str(path))

    def split(self, table: Table, path: Path, by: str) -> None:
        """Write a table as folders ``<by>=<value>`` of Parquet files."""
        if self.name == "duckdb":
            path.parent.mkdir(parents=True, exist_ok=True)
            self._copy(table, path, f"PARTITION_BY ({by})")
        else:
            self._frame(table).write.partitionBy(by).parquet(str(path))

    def kept(self, table: Table) -> Table:
        """Return a table worked out once, which is gone when the connection is closed."""
        name = ibis.util.gen_name("kept")
        if self.name == "duckdb":
            return self.backend.create_table(name, table, temp=True)
        self._frame(table).cache().createOrReplaceTempView(name)
        return self.backend.table(name)

    def frame(self, table: Table) -> pd.DataFrame:
        """Return a small result as a frame."""
        return pd.DataFrame(self.backend.to_pyarrow(table).to_pandas())

    def _copy(self, table: Table, path: Path, options: str) -> None:
        self.backend._run_pre_execute_hooks(table)
        place = str(path).replace("'", "''")
        query = self.backend.compile(table)
        self.backend.raw_sql(f"COPY ({query}) TO '{place}' (FORMAT parquet, {options})").fetchall()

    def _frame(self, table: Table) -> Any:
        self.backend._run_pre_execute_hooks(table)
        return self.backend._session.sql(self.backend.compile(table))


def small(frame: pd.DataFrame) -> Table:
    """Return a small frame as a table that any engine can join to."""
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


@contextmanager
def duckdb_engine(limits: Limits) -> Iterator[Engine]:
    """Open DuckDB in memory, and close it."""
    needs("duckdb")
    options: dict[str, Any] = {
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "preserve_insertion_order": True,
        "autoinstall_known_extensions": False,
    }
    if limits.scratch is not None:
        options["temp_directory"] = str(limits.scratch)
    backend = ibis.duckdb.connect(":memory:", **options)
    try:
        backend.raw_sql("SET TimeZone = 'UTC'").fetchall()
        yield Engine("duckdb", backend)
    finally:
        backend.disconnect()


@contextmanager
def spark_engine(master: str, limits: Limits) -> Iterator[Engine]:
    """Open a Spark session at ``master``, and stop it.

    Parameters
    ----------
    master : str
        As Spark writes it: ``local[2]``, ``local-cluster[2,1,2048]``, ``spark://host:7077``.
    limits : Limits
        ``memory`` is the driver's.
    """
    needs("spark")
    asked = spark.settings(master, limits.memory, limits.scratch, limits.size)
    with spark.session(master, asked) as session:
        yield Engine("spark", ibis.pyspark.connect(session))


def needs(name: Name) -> None:
    """Raise InputError when an engine is not installed."""
    import importlib.util

    module = {"duckdb": "duckdb", "spark": "pyspark"}[name]
    if importlib.util.find_spec(module) is None:
        said = f"expected {name} to be installed: {NEEDS[name]}"
        raise InputError(Problem("absent", f"engine {name}", "", said))
