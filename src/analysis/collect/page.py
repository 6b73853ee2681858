"""A page with the score on it: kept whenever it is asked for, and the number read from it."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.collect.base import CollectPlan, Progress
from analysis.collect.fetcher import Fetcher
from analysis.collect.numbers import find_number
from analysis.collect.state import State


def collect_page(plan: CollectPlan, fetcher: Fetcher, state: State) -> Iterator[Progress]:
    """Keep a page; where the study says how, show the number on it.

    Raises
    ------
    InputError
        The page is not there, or the selector finds no number. The answer has been kept.
    """
    answer = fetcher.get(plan.url)
    answer.expect("the page")
    selectors = plan.settings.selectors
    if not selectors:
        yield Progress("the page", new=int(not answer.unchanged))
        return
    (key,) = selectors
    try:
        charset = answer.headers.get_content_charset()
        number = find_number(answer.body, charset, selectors, plan.settings.pattern)
    except ValueError as error:
        raise plan.wrong(key, str(error)) from None
    new = int(not answer.unchanged)
    yield Progress("the page", new, note=f"{number} on {answer.at:%Y-%m-%d %H:%M} UTC")
