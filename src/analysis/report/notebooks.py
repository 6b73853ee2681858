"""Which notebooks a report runs, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.errors import absent

NOTEBOOKS = ("activity", "upticks", "regression", "only-blogging", "calibration")


def find_notebooks(names: Sequence[str] = NOTEBOOKS, start: Path | None = None) -> Path:
    """Return the folder of the notebooks: the project's around ``start``, or the package's own.

    Parameters
    ----------
    names : sequence of str
        The notebooks that must be in it.
    start : Path, optional
        The current folder when not given; its parents are looked at too.

    Raises
    ------
    InputError
        They are nowhere.
    """
    here = (Path.cwd() if start is None else start).resolve()
    roots = [here, *here.parents, Path(__file__).resolve().parents[3]]
    for root in roots:
        if all((root / "notebooks" / f"{name}.ipynb").is_file() for name in names):
            return root / "notebooks"
    wanted = ", ".join(f"{name}.ipynb" for name in names)
    raise absent("notebooks", f"expected a folder with {wanted} in this folder or one above it")
