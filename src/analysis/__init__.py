"""Answer: is blogging the only thing that moves my score? Honestly, from one's own exports.

``load`` is what notebooks use::

    import analysis

    study = analysis.load("data/banfield-2012")
    study.panel

Nothing heavy is imported until a study is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.workbench import Study

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(folder: str | Path, **options: Any) -> Study:
    """Read a study folder; see :func:`analysis.workbench.load`."""
    from analysis.workbench import load as load_study

    return load_study(folder, **options)
