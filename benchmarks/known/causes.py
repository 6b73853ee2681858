"""Why a bound is broken, by world and measure; each cause was looked for and measured."""

from __future__ import annotations

CAUSES: dict[tuple[str, str], str] = {}
