"""A built panel to its results: what ``needle accounts fit`` prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from analysis import __version__
from analysis.accounts.answer import Cluster, answer_of, limits_of
from analysis.accounts.build import read_manifest
from analysis.accounts.columns import Columns
from analysis.accounts.curve import RegressorCurve, curve_words, curves_of
from analysis.accounts.effects import ChannelEffects, Population, population
from analysis.accounts.gram import Grams, enough, whole
from analysis.accounts.groups import Differences, groups_record, read_attributes, who_differs
from analysis.accounts.judge import judge, spread_words
from analysis.accounts.take_in import Options
from analysis.accounts.wild import WildEffect
from analysis.claims.base import Claim, interval_words, number, p_words
from analysis.errors import InputError, Problem
from analysis.panel import Coding
from analysis.results import claim_record, cleaned, estimate_record, question_of


@dataclass(frozen=True)
class Fitted:
    """A population with its claims.

    Attributes
    ----------
    manifest : dict
        Of the panel.
    codings : dict of str to Population
        The primary model in each coding.
    margin : float
        The smallest effect that matters.
    margin_from : str
        Where that comes from.
    unit : str
        Of an effect.
    claims : tuple of Claim
        The three of the headline.
    rows : bool
        Whether the accounts' own errors are HC3.
    groups : Differences
        Who differs, by attributes of the accounts.
    cluster : {"account", "account-day"}
        Of the pooled errors.
    curves : tuple of RegressorCurve or None
        By channel: the pooled effect under every choice of regressors.
    """

    manifest: dict[str, Any]
    codings: dict[Coding, Population] = field(repr=False)
    margin: float
    margin_from: str
    unit: str
    claims: tuple[Claim, Claim, Claim]
    rows: bool
    groups: Differences
    cluster: Cluster = "account"
    curves: tuple[RegressorCurve | None, ...] = field(default=(), repr=False)

    @property
    def bundle(self) -> Population:
        """The coding that decides the claims."""
        return self.codings["bundle"]


def fit(
    panel: Path,
    *,
    rows: bool = True,
    cluster: Cluster = "account",
    options: Options | None = None,
) -> Fitted:
    """Fit a panel of many accounts.

    Parameters
    ----------
    panel : Path
        What ``needle accounts build`` wrote.
    rows : bool
        Whether the accounts' own errors are HC3, for which the readings are read again.
    cluster : {"account", "account-day"}
        Of the pooled errors; by day, too, the engine reads the readings again.
    options : Options, optional
        That engine; DuckDB unless said otherwise.

    Raises
    ------
    InputError
        No panel, or no account in it with readings enough.
    """
    manifest = read_manifest(panel)
    columns = Columns(tuple(manifest["channels"]), tuple(manifest["codings"]))
    question, score = manifest["settings"]["question"], manifest["settings"]["score"]
    grams, thin = _fittable(panel, columns)
    codings = {
        coding: population(
            panel,
            grams,
            columns,
            coding=coding,
            days=question["window_hours"] // 24,
            kind=score["kind"],
            rows=rows,
            thin=thin,
            by_day=(options or Options()) if cluster == "account-day" else None,
        )
        for coding in columns.codings
    }
    margin, origin = question["smallest_effect"], "study.toml"
    if margin is None:
        margin, origin = _margin(grams), "a quarter of the usual spread of an account's outcome"
    unit = "points per post" if score["kind"] == "level" else "a day per post"
    claims = judge(codings["bundle"], margin, question["alpha"], unit)
    bundle = codings["bundle"]
    groups = who_differs(read_attributes(panel), bundle.grams.accounts, bundle.channels[0])
    curves = curves_of(bundle, question["window_hours"] // 24, score["kind"])
    return Fitted(manifest, codings, margin, origin, unit, claims, rows, groups, cluster, curves)


def _fittable(panel: Path, columns: Columns) -> tuple[Grams, int]:
    """Return the accounts that have readings enough, and how many have not."""
    every = whole(panel, columns)
    fine = enough(every.chosen(columns.chosen("bundle")))
    if not fine.any():
        said = f"expected an account with readings enough for a fit, found none in {len(every):,}"
        raise InputError(Problem("invalid", panel.name, "", said))
    return every if fine.all() else every.only(fine), int((~fine).sum())


def _margin(grams: Grams) -> float:
    """Return a quarter of the median account's standard deviation of the outcome."""
    return float(np.median(np.sqrt(grams.yy / np.maximum(grams.n - 1, 1)))) / 4


def results(fitted: Fitted) -> dict[str, Any]:
    """Return what ``needle accounts fit --json`` prints: plain, JSON-ready, NaN as None."""
    manifest, bundle = fitted.manifest, fitted.bundle
    settings = manifest["settings"]
    joint = bundle.joint()
    accounts = len(bundle.grams)
    shown = {
        "schema": 1,
        "kind": "needle accounts",
        "needle": __version__,
        "study": {
            "title": settings["title"],
            "simulated": settings["simulated"],
            "focal": settings["focal"],
            "timezone": settings["timezone"],
            "score": {"name": settings["score"]["name"], "kind": settings["score"]["kind"]},
        },
        "question": {
            "window_hours": settings["question"]["window_hours"],
            "alpha": settings["question"]["alpha"],
            "text": question_of(settings["focal"], settings["score"]["name"]),
            "smallest_effect": fitted.margin,
            "smallest_effect_from": fitted.margin_from,
        },
        "accounts": {
            **manifest["accounts"],
            "fitted": accounts,
            "with too few readings": bundle.thin,
        },
        "readings": int(bundle.grams.n.sum()),
        "rows": manifest["rows"],
        "set_aside": manifest["set_aside"],
        "channels": {
            channel.name: {
                **_channel(channel),
                "all_posts": _channel(fitted.codings["all posts"].channels[number])
                if "all posts" in fitted.codings
                else None,
                "curve": _curve(fitted.curves[number], settings["question"]["alpha"]),
            }
            for number, channel in enumerate(bundle.channels)
        },
        "joint_other": None
        if joint is None
        else {"f": joint[0], "df": list(joint[1]), "p": joint[2]},
        "claims": [claim_record(claim) for claim in fitted.claims],
        "answer": answer_of(fitted.claims[2]),
        "groups": groups_record(fitted.groups),
        "limits": limits(fitted),
        "pooled_errors": _pooled_errors(fitted),
        "own_errors": "HC3" if fitted.rows else "classical",
        "hashed": manifest["hashed"],
        "provenance": {"inputs": manifest["inputs"], "engine": manifest["engine"]},
    }
    return dict(cleaned(shown))


def limits(fitted: Fitted) -> list[str]:
    """Return what these data cannot show, a sentence or two each."""
    return limits_of(fitted.manifest, fitted.bundle, rows=fitted.rows, cluster=fitted.cluster)


def _pooled_errors(fitted: Fitted) -> dict[str, Any]:
    pooled = fitted.bundle.pooled
    return {
        "clustered_by": fitted.cluster,
        "accounts": pooled.clusters,
        "days": pooled.days,
        "mended": any(each.mended for each in fitted.codings.values()),
    }


def _channel(channel: ChannelEffects) -> dict[str, Any]:
    mean, share = channel.mean, channel.share
    told: dict[str, Any] = {
        "pooled": {
            **estimate_record(channel.pooled),
            "df": channel.pooled.df,
            "plain": {**estimate_record(channel.plain), "wild": _wild(channel.wild)},
        },
        "mean": None,
        "share": {
            "accounts": share.accounts,
            "too_few_posts": channel.few,
            "found": share.found,
            "up": share.up,
            "down": share.down,
            "at_least": share.least,
            "interval": list(share.interval),
        },
        "words": spread_words(channel),
    }
    if mean is not None:
        told["mean"] = {
            **estimate_record(channel.estimate),
            "detectable": channel.estimate.detectable(),
            "prediction": list(mean.prediction()),
            "tau": mean.tau,
            "i2": mean.i2,
            "heterogeneity_p": mean.q_p,
        }
    return told


def _curve(found: RegressorCurve | None, alpha: float) -> dict[str, Any] | None:
    if found is None:
        return None
    told = found.summary(alpha)
    return {**told, "words": curve_words(told)}


def _wild(found: WildEffect | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "interval": [found.low, found.high],
        "p": found.p,
        "draws": found.draws,
        "every_combination": found.exact,
        "weights": found.weights,
    }


def _effect(value: float | None) -> str:
    """Return an effect in words, a dash for one that is not known."""
    return "–" if value is None else number(value, signed=True)


def _p(value: float | None) -> str:
    return "p = –" if value is None else p_words(value)


def _interval(ends: list[float | None]) -> str:
    low, high = ends
    return "–" if low is None or high is None else interval_words((low, high))


def lines(told: dict[str, Any]) -> list[str]:
    """Return results as lines to print."""
    entered = told["accounts"]
    shown = [
        f"{entered['fitted']:,} accounts, {told['readings']:,} readings; "
        f"{entered['with too few readings']:,} accounts with too few readings",
    ]
    errors = told["pooled_errors"]
    if errors["days"] is not None:
        mended = ", negative eigenvalues set to zero" if errors["mended"] else ""
        shown.append(
            f"pooled errors by {errors['accounts']:,} accounts and {errors['days']:,} days{mended}"
        )
    for claim in told["claims"]:
        shown.append(f"{claim['verdict']}: {claim['statement']} {claim['reason']}")
    for name, channel in told["channels"].items():
        mean = channel["mean"]
        if mean is None:
            shown.append(f"{name}: posts enough on fewer than 3 accounts")
            continue
        pooled = channel["pooled"]
        shown.append(
            f"{name}: mean {_effect(mean['effect'])} "
            f"({_interval(mean['interval'])}, {_p(mean['p'])}), "
            f"spread {number(mean['tau'])}, "
            f"pooled {_effect(pooled['effect'])} "
            f"({_interval(pooled['interval'])}). {channel['words']}"
        )
    focal = told["study"]["focal"]
    curve = told["channels"][focal]["curve"]
    if curve is not None:
        shown.append(f"{focal} under other regressors: {curve['words']}")
    for each in told["groups"]["attributes"]:
        means = ", ".join(
            f"{'smaller groups' if group['merged'] else group['value']} {_effect(group['effect'])}"
            for group in each["groups"]
        )
        shown.append(f"by {each['attribute']} ({p_words(each['p_adjusted'])}, Holm): {means}")
    return shown
