"""Holds the results of many accounts to what is published of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session", autouse=True)
def accounts_results_as_published() -> Iterator[None]:
    """Hold all that ``results`` makes, in any test, to docs/accounts-results.schema.json."""
    from analysis.accounts import fit
    from tests.accounts.results_schema import violations

    def held(shown: Any) -> Any:
        told = cleaned(shown)
        assert violations(told) == []
        return told

    cleaned = fit.cleaned
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "cleaned", held)
        yield
