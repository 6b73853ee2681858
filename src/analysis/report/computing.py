"""A study's results and its network, by whichever process computes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.network import Network

if TYPE_CHECKING:
    from analysis.whatif import WhatIf


@dataclass(frozen=True, slots=True)
class Computed:
    """What the page says of a study beside its notebooks.

    Attributes
    ----------
    results : mapping of str to object
        Content of results.json.
    json : str
        The same as text.
    network : Network or None
        Posts and their shares over time; None where nobody asked for it.
    whatif : WhatIf, str or None
        Paths at other rates, or why there are none; None likewise.
    """

    results: Mapping[str, Any]
    json: str
    network: Network | None
    whatif: WhatIf | str | None = None


def compute(study: Path, *, skip_corrupt: bool, share: bool = False) -> Computed:
    """Return what the page says of a study.

    Parameters
    ----------
    study : Path
        Its folder.
    skip_corrupt : bool
        Leave corrupt sources out instead of refusing.
    share : bool
        Keep the study for processes that are forked from this one.

    Raises
    ------
    InputError
        Something is wrong with its files.
    """
    from analysis import workbench
    from analysis.network.build import network_of
    from analysis.results import to_json

    load = workbench.share if share else workbench.load
    loaded = load(study, skip_corrupt=skip_corrupt)
    results = loaded.results()
    return Computed(results, to_json(results), network_of(loaded), loaded.what_if())


def given(results: Mapping[str, Any]) -> Computed:
    """Return results that somebody else computed."""
    from analysis.results import to_json

    return Computed(results, to_json(dict(results)), None)
