"""Answer: is blogging the only thing that moves my score? Honestly, from one's own exports.

``load`` is what notebooks use::

    import analysis

    study = analysis.load("data/banfield-2012")
    study.panel

Nothing heavy is imported until a study is loaded.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# The matrices are small: threads of the linear algebra library would only wait for each other,
# and one thread adds in one order, so the same inputs give the same last digit everywhere. It is
# read when numpy is first imported; who wants another number sets it before.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.workbench import Study

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(folder: str | Path, **options: Any) -> Study:
    """Read a study folder; see :func:`analysis.workbench.load`."""
    from analysis.workbench import load as load_study

    return load_study(folder, **options)
