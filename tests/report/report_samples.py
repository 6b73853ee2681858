"""Tiny notebooks, and a results.json that has one of everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

PARAMETERS = 'study: str = "somewhere"\nwindow_hours: int = 48'

MakeNotebook = Callable[..., Path]


def notebook_json(
    *cells: str, parameters: str | None = PARAMETERS, minor: int = 5
) -> dict[str, Any]:
    """Return a notebook; a cell that begins with ``#!`` is markdown."""
    listed = [code_cell(parameters, ["parameters"])] if parameters is not None else []
    for source in cells:
        markdown = source.startswith("#!")
        listed.append(
            {"cell_type": "markdown", "metadata": {}, "source": source[2:]}
            if markdown
            else code_cell(source)
        )
    if minor >= 5:
        listed = [{**cell, "id": f"old-{at}"} for at, cell in enumerate(listed)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "nbformat": 4,
        "nbformat_minor": minor,
        "metadata": {"kernelspec": kernel},
        "cells": listed,
    }


def code_cell(source: str, tags: list[str] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": tags} if tags else {},
        "outputs": [],
        "source": source,
    }


def _claim(id_: str, statement: str, verdict: str, reason: str, **numbers: Any) -> dict[str, Any]:
    blank = {
        "estimate": None,
        "unit": "",
        "interval": None,
        "level": 0.95,
        "p": None,
        "detectable": None,
    }
    return {
        "id": id_,
        "statement": statement,
        "verdict": verdict,
        "reason": reason,
        **blank,
        **numbers,
    }


def _channel(posts: int, effect: float | None, **others: Any) -> dict[str, Any]:
    about = None if effect is None else [effect - 0.13, effect + 0.13]
    return {
        "posts": posts,
        "crossposts": 12,
        "effect": effect,
        "interval": about,
        "p": None if effect is None else 0.4271,
        "p_adjusted": None if effect is None else 0.8542,
        "equivalent_to_zero": effect is not None and abs(effect) < 0.05,
        "detectable": None if effect is None else 0.1934,
        "judged": effect is not None,
        "note": "",
        "all_posts": {"effect": effect, "interval": about, "p": None if effect is None else 0.41},
        **others,
    }


RESULTS: dict[str, Any] = {
    "schema": 1,
    "needle": "0.1.0",
    "study": {
        "title": "Does Klout actually have any?",
        "folder": "banfield-2012",
        "simulated": True,
        "focal": "blog",
        "timezone": "America/Los_Angeles",
        "score": {"name": "Klout score", "kind": "level"},
    },
    "question": {
        "text": "Is blogging the only thing that moves your Klout score?",
        "window_hours": 48,
        "alpha": 0.05,
        "smallest_effect": 0.15,
        "smallest_effect_from": "a quarter of the standard deviation of the daily change",
    },
    "period": {
        "start": "2011-03-28",
        "end": "2012-06-22",
        "readings": 453,
        "gaps": 2,
        "used": 430,
        "set_aside": {
            "first readings, needed as lags": 14,
            "known change of the scoring model": 7,
        },
    },
    "channels": {
        "blog": _channel(66, 0.6137, p=3.2e-12, p_adjusted=3.2e-12, interval=[0.4821, 0.7453]),
        "twitter": _channel(812, 0.0213),
        "facebook": _channel(240, 0.1432),
        "instagram": _channel(121, -0.0311),
        "linkedin": _channel(4, None, note="under 10 posts: a control without a verdict"),
    },
    "joint_other": {"f": 0.9134, "df": [4, 210], "p": 0.4561},
    "claims": [
        _claim(
            "blogging-moves-score",
            "Blogging, with the links posted to the profiles, moves the score up within 48 hours",
            "supported",
            "The score rose by 0.61 points for every post in the 48 hours before a reading.",
            estimate=0.6137,
            unit="points per post",
            interval=[0.4821, 0.7453],
            p=3.2e-12,
            detectable=0.1934,
        ),
        _claim(
            "nothing-else-correlates",
            "Nothing else seems to correlate",
            "inconclusive",
            "No other channel stands out, but an effect of Facebook above 0.15 is not ruled out.",
            estimate=0.1432,
            unit="points per post",
            interval=[0.0132, 0.2732],
            p=0.4561,
            detectable=0.2511,
        ),
        _claim(
            "only-blogging",
            "Blogging is the only thing that moves the score",
            "inconclusive",
            "Blogging moves it; whether anything else does is not known well enough.",
        ),
        _claim(
            "silence-lowers-score",
            "Leave the blog alone for a few days, and the score trends downward",
            "refuted",
            "After 4 silent days the score was 0.2 points higher, not lower.",
            estimate=0.2071,
            unit="points in 4 days",
            interval=[0.0312, 0.383],
            p=0.0213,
            detectable=0.3,
        ),
        _claim(
            "sharing-matters",
            "It takes the links posted to the profiles, not the blog post alone",
            "untestable",
            "Not built yet.",
        ),
    ],
    "answer": {
        "claim": "only-blogging",
        "verdict": "inconclusive",
        "sentence": "Blogging moves the score by 0.61 points a post (0.48 to 0.75), but these data "
        "cannot rule out that Facebook moves it too.",
    },
    "limits": [
        "These are observations, not an experiment: what makes you post may also move the score.",
        "Three tests of other channels were corrected for by Holm's method.",
    ],
    "sources": [
        {
            "channel": "blog",
            "path": "raw/blog.xml",
            "format": "WordPress export",
            "posts": 66,
            "set_aside": {"draft": 3, "page": 2},
            "first": "2011-03-29",
            "last": "2012-06-21",
            "notes": ["2 posts without a time of day"],
        },
        {
            "channel": "twitter",
            "path": "raw/twitter",
            "format": "Twitter archive",
            "posts": 812,
            "set_aside": {},
            "first": "2011-03-28",
            "last": "2012-06-22",
            "notes": [],
        },
    ],
    "provenance": {
        "inputs": {"study.toml": "ab" * 32, "raw/blog.xml": "cd" * 32},
        "parameters": {"window_hours": 48},
        "versions": {"python": "3.11.7", "numpy": "2.4.6"},
        "revision": "673022f",
    },
}
