"""What several tests need: the real inputs beside the project, where they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# What a busy machine takes for one example says nothing about the code. Examples that failed are
# kept in the checkout, where that can be written to.
settings.register_profile("needle", deadline=None)
settings.register_profile("read-only", deadline=None, database=None)
settings.load_profile("needle" if os.access(ROOT, os.W_OK) else "read-only")

# Small matrices on busy cores: threads of the linear algebra library only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real studies and exports; skip where it is not."""
    folder = Path(os.environ.get("NEEDLE_SHARED", ROOT.parent / "shared"))
    if not (folder / "studies").is_dir():
        pytest.skip("the real studies and exports are not beside this checkout (NEEDLE_SHARED)")
    return folder


@pytest.fixture(scope="session", autouse=True)
def results_as_published() -> Iterator[None]:
    """Hold every results.json that any test makes to docs/results.schema.json."""
    from analysis import workbench
    from tests.results_schema import violations

    def held(*given: Any) -> dict[str, Any]:
        results = results_of(*given)
        assert violations(results) == []
        return results

    results_of = workbench.results_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbench, "results_of", held)
        yield
