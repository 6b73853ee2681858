"""Who differs: the focal effect by what is known of the accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import special

from analysis.accounts.effects import ChannelEffects
from analysis.accounts.gram import Floats
from analysis.accounts.meta import Meta, mean_of
from analysis.errors import corrupt, one_line
from analysis.evidence.channels import holm
from analysis.model.distributions import f_upper

SMALL_GROUP = 10
"""Groups of fewer accounts are not shown."""

MOST_VALUES = 20
"""An attribute of more values describes accounts, not groups."""

TEST = (
    "Q between groups: the groups' random-effects means about their weighted mean, each squared "
    "and divided by its variance. Q would follow a chi-square distribution if the variances were "
    "known; because small groups only estimate them, p is by Welch's F. Holm over the attributes."
)


@dataclass(frozen=True, slots=True)
class Group:
    """The accounts of one value.

    Attributes
    ----------
    value : str or None
        Of the attribute; None for values with too few accounts each, taken together.
    mean : Meta
        Of the effect.
    variance : float
        Of the mean: as large as its accounts' errors and spread say, and as Hartung and Knapp's.
    """

    value: str | None
    mean: Meta
    variance: float


@dataclass(frozen=True, slots=True)
class Between:
    """The test that groups have one mean.

    Attributes
    ----------
    q : float
        Cochran's Q of the groups' means.
    df : int
        Groups but one.
    q_p : float
        By the chi-square distribution, which takes the variances for known.
    f, df_within, p : float
        Welch's F, its second degrees of freedom, and its p.
    """

    q: float
    df: int
    q_p: float
    f: float
    df_within: float
    p: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute.

    Attributes
    ----------
    attribute : str
        Its name.
    groups : tuple of Group
        At least two, each of at least ``SMALL_GROUP`` accounts; the largest first.
    left_out : int
        Accounts with an effect of their own that are in none of them: without a value, or with
        a rare one.
    test : Between
        That the groups have one mean.
    p_adjusted : float
        Holm over the attributes.
    """

    attribute: str
    groups: tuple[Group, ...]
    left_out: int
    test: Between
    p_adjusted: float


@dataclass(frozen=True)
class Differences:
    """Every attribute of a population.

    Attributes
    ----------
    channel : str
        Whose effect is compared: the focal one.
    found : tuple of Difference
        By p.
    not_asked : dict of str to int
        Attributes that make no groups, by reason.
    """

    channel: str
    found: tuple[Difference, ...] = ()
    not_asked: dict[str, int] = field(default_factory=dict)


def read_attributes(panel: Path) -> pd.DataFrame | None:
    """Return what is known of each account, as text by account; None when nothing is.

    Raises
    ------
    InputError
        The panel's table cannot be read.
    """
    files = sorted((panel / "accounts").rglob("*.parquet"))
    if not files:
        return None
    try:
        frames = [pq.read_table(path, partitioning=None).to_pandas() for path in files]
        table: pd.DataFrame = pd.concat(frames).set_index("account")
        if not table.index.is_unique:
            raise ValueError("found an account twice")
    except (OSError, ValueError, KeyError) as error:
        told = one_line(str(error).replace(str(panel / "accounts"), "accounts"), 200)
        said = f"expected a table of this program with a row an account: {told}"
        raise corrupt(f"{panel.name}/accounts", "", said) from None
    return table


def who_differs(
    attributes: pd.DataFrame | None, accounts: NDArray[np.str_], channel: ChannelEffects
) -> Differences:
    """Compare a channel's effect between the groups that each attribute makes.

    Parameters
    ----------
    attributes : DataFrame or None
        Text by account.
    accounts : array (a,) of str
        The accounts that were fitted.
    channel : ChannelEffects
        Their effects.
    """
    if attributes is None:
        return Differences(channel.name)
    known = np.isfinite(channel.own) & np.isfinite(channel.error) & (channel.error > 0)
    mine = attributes.reindex(accounts[known])
    own, error = channel.own[known], channel.error[known]
    asked: list[Difference] = []
    why: Counter[str] = Counter()
    for name in mine.columns:
        text = mine[name].astype("string").str.strip()
        values = text.mask(text == "")
        count = int(values.nunique())
        if not 2 <= count <= MOST_VALUES:
            why["fewer than 2 values" if count < 2 else f"more than {MOST_VALUES} values"] += 1
            continue
        groups = _groups(values, own, error)
        if len(groups) < 2:
            why[f"fewer than 2 groups of {SMALL_GROUP} accounts"] += 1
            continue
        left_out = len(own) - sum(group.mean.accounts for group in groups)
        test = between(groups)
        asked.append(Difference(str(name), groups, left_out, test, test.p))
    return Differences(channel.name, _adjusted(asked), dict(sorted(why.items())))


def _groups(values: pd.Series, own: Floats, error: Floats) -> tuple[Group, ...]:
    """Return the groups that may be shown; values too rare for one are put together."""
    count = values.value_counts()
    common = sorted(count.index[count >= SMALL_GROUP], key=lambda value: (-count[value], value))
    rare = values.isin(count.index[count < SMALL_GROUP]).to_numpy(dtype=bool)
    members = [
        (str(value), (values == value).to_numpy(dtype=bool, na_value=False)) for value in common
    ]
    groups = [_group(value, own[inside], error[inside]) for value, inside in members]
    if rare.sum() >= SMALL_GROUP:
        groups.append(_group(None, own[rare], error[rare]))
    return tuple(groups)


def _group(value: str | None, own: Floats, error: Floats) -> Group:
    mean = mean_of(own, error)
    stated = 1 / float((1 / (error**2 + mean.tau**2)).sum())
    return Group(value, mean, max(stated, mean.error**2))


def between(groups: Sequence[Group]) -> Between:
    """Test that groups have one mean.

    Q is that of subgroup analysis in meta-analysis (Borenstein et al. 2009, ch. 19). Its
    variances are estimated, in small groups badly: with twenty groups of ten accounts that
    differ among themselves the chi-square test rejects a true null in over a quarter of cases.
    Welch (1951) divides the same Q so that it follows an F distribution.

    Parameters
    ----------
    groups : sequence of Group
        At least two.
    """
    means = np.array([group.mean.mean for group in groups])
    weight = 1 / np.array([group.variance for group in groups])
    spare = np.array([group.mean.accounts - 1 for group in groups])
    share = weight / weight.sum()
    q = float(weight @ (means - share @ means) ** 2)
    k = len(groups)
    unknown = float(((1 - share) ** 2 / spare).sum())
    f = q / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * unknown)
    within = (k**2 - 1) / (3 * unknown)
    return Between(q, k - 1, float(special.chdtrc(k - 1, q)), f, within, f_upper(f, k - 1, within))


def _adjusted(asked: list[Difference]) -> tuple[Difference, ...]:
    adjusted = holm([each.test.p for each in asked])
    told = [replace(each, p_adjusted=p) for each, p in zip(asked, adjusted, strict=True)]
    return tuple(sorted(told, key=lambda each: (each.test.p, each.attribute)))


def groups_record(found: Differences) -> dict[str, object]:
    """Return what stands in the results: plain, JSON-ready."""
    return {
        "channel": found.channel,
        "smallest_shown": SMALL_GROUP,
        "test": TEST,
        "attributes": [
            {
                "attribute": each.attribute,
                "q": each.test.q,
                "df": each.test.df,
                "q_p": each.test.q_p,
                "f": each.test.f,
                "df_within": each.test.df_within,
                "p": each.test.p,
                "p_adjusted": each.p_adjusted,
                "left_out": each.left_out,
                "groups": [
                    {
                        "value": group.value,
                        "merged": group.value is None,
                        "accounts": group.mean.accounts,
                        "effect": group.mean.mean,
                        "interval": list(group.mean.interval()),
                        "tau": group.mean.tau,
                    }
                    for group in each.groups
                ],
            }
            for each in found.found
        ],
        "not_asked": found.not_asked,
    }
