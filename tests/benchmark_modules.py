"""The scripts in benchmarks/, which are no package, for the tests of them."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")


def of_the_benchmark(name: str) -> ModuleType:
    """Return a module of benchmarks/ by the name that scripts there import it by."""
    sys.path.insert(0, BENCHMARKS)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(BENCHMARKS)
