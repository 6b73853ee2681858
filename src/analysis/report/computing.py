"""A study's results and its network, by whichever process computes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.network import Network

if TYPE_CHECKING:
    from analysis.report.whatif_part import WhatIfPart


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
    whatif : WhatIfPart or None
        What the page shows of paths at other rates; None likewise. It is made where they are
        computed: the process that writes the page need not load what computes.
    """

    results: Mapping[str, Any]
    json: str
    network: Network | None
    whatif: WhatIfPart | None = None


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
    from analysis.display import to_json
    from analysis.network.build import network_of
    from analysis.report.whatif import whatif_part

    load = workbench.share if share else workbench.load
    loaded = load(study, skip_corrupt=skip_corrupt)
    results = loaded.results()
    return Computed(results, to_json(results), network_of(loaded), whatif_part(loaded.what_if()))


def given(results: Mapping[str, Any]) -> Computed:
    """Return results that somebody else computed."""
    from analysis.display import to_json

    return Computed(results, to_json(dict(results)), None)
