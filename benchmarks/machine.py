"""What the benchmarks of speed share: clocks, what is aimed at, and which machine it was.

A script makes its parser by `parser`, ends with ``return conclude(targets, options.json)``, and
so is one that `gather.py` (``make bench``) can put on the page.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

REPEAT = 5
LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "matplotlib",
    "seaborn",
    "papermill",
    "ipykernel",
    "nbconvert",
    "jupyterlab",
    "orjson",
    "duckdb",
    "pyfixest",
)
"""Whose versions the page tells, where they are installed."""


@dataclass(frozen=True)
class Target:
    """Something measured, and how far it may go.

    Attributes
    ----------
    what : str
        What was measured, in a few words.
    measured, bound : float
        The number, and what it is held against.
    unit : str
        Of both; empty for a ratio or an exponent.
    least : bool
        Whether ``bound`` is the least, instead of the most, that is aimed at.
    """

    what: str
    measured: float
    bound: float
    unit: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether the number is on the right side; one that is none is not."""
        if self.least:
            return bool(self.measured >= self.bound)
        return bool(self.measured <= self.bound)

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """What a table shows: what, measured, bound, whether it is met."""
        bound = f"at {'least' if self.least else 'most'} {number(self.bound)}"
        unit = f" {self.unit}" if self.unit else ""
        measured = f"{number(self.measured)}{unit}"
        return self.what, measured, bound + unit, "yes" if self.met else "no"


def number(value: float) -> str:
    """Return a number with three digits that count, never in powers of ten."""
    if value and abs(value) < 0.001:
        return f"{value:.1e}"
    digits = max(0, 2 - int(f"{value:e}".split("e")[1])) if value else 0
    return f"{value:,.{digits}f}"


def parser(doc: str | None, repeat: int = REPEAT) -> argparse.ArgumentParser:
    """Return a parser of ``--repeat`` and of ``--json``, where `conclude` writes."""
    made = argparse.ArgumentParser(description=str(doc).split("\n\n")[0])
    made.add_argument(
        "--repeat", type=int, default=repeat, help=f"runs of each; the median counts ({repeat})"
    )
    made.add_argument("--json", type=Path, help="write what is aimed at, and measured, as JSON")
    return made


def conclude(targets: Sequence[Target], path: Path | None = None) -> int:
    """Print the targets, write them where asked to, and return 1 where one is missed."""
    rows = [target.cells for target in targets]
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    print("\naimed at")
    for what, measured, bound, met in rows:
        cells = (what.ljust(widths[0]), measured.rjust(widths[1]), bound.ljust(widths[2]))
        print("  " + "   ".join((*cells, "" if met == "yes" else "MISSED")).rstrip())
    if path is not None:
        kept = [asdict(target) for target in targets]
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return int(not all(target.met for target in targets))


def read_targets(path: Path) -> list[Target]:
    """Return what `conclude` wrote; nothing where there is no such file."""
    if not path.exists():
        return []
    return [Target(**one) for one in json.loads(path.read_text(encoding="utf-8"))]


def paired(works: Mapping[str, Callable[[], Any]], repeat: int) -> dict[str, float]:
    """Return the median CPU seconds of each, run in turn so that a busy hour meets them all.

    Each runs once before, for what it imports, compiles or keeps.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(repeat):
        for name, work in works.items():
            start = time.process_time()
            work()
            taken[name].append(time.process_time() - start)
    return {name: statistics.median(each) for name, each in taken.items()}


def child_cpu(*command: str, env: Mapping[str, str] | None = None) -> float:
    """Return the CPU seconds, user and system, of a process and the children it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def paired_children(commands: Mapping[str, Sequence[str]], repeat: int) -> dict[str, float]:
    """Return the median CPU seconds of each command, run in turn, once before."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        child_cpu(*command)
    for _ in range(repeat):
        for name, command in commands.items():
            taken[name].append(child_cpu(*command))
    return {name: statistics.median(each) for name, each in taken.items()}


def python(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs this Python with ``arguments``."""
    return (sys.executable, *arguments)


def describe() -> dict[str, str]:
    """Return the machine and the versions, by what they are; no names of hosts or people."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "memory": _memory(),
        "system": _system(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "linear algebra": _blas(),
        "libraries": ", ".join(f"{name} {found}" for name, found in versions().items()),
    }


def versions() -> dict[str, str]:
    """Return the version of each of ``LIBRARIES`` that is installed."""
    found = {}
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def busy() -> str:
    """Return how many processes wanted a core in the last minute, and of how many cores."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    import psutil

    return f"{psutil.virtual_memory().total / 2**30:.1f} GiB"


def _system() -> str:
    with suppress(OSError):
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{platform.system()} {platform.release()}"


def _blas() -> str:
    import numpy as np

    built: Any = np.show_config(mode="dicts")
    blas = built["Build Dependencies"]["blas"]
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "as many as cores")
    return f"{blas['name']} {blas['version']}, threads: {threads}"
