"""Kinds of site that an address tells by itself."""

from __future__ import annotations

import re

from analysis.collect.settings import Kind

BY_ADDRESS: tuple[tuple[re.Pattern[str], Kind], ...] = ()
"""First come, first served, as `re.match` sees the address.

What none of them matches is asked for, and told by its answer: `analysis.collect.discover`.
"""


def kind_by_address(url: str) -> Kind | None:
    """Return the kind that an address tells by itself, or None."""
    return next((kind for pattern, kind in BY_ADDRESS if pattern.match(url)), None)
