"""The worlds: what is true in each, and how its account and its score come about.

Sizes are stated against the *usual move*: the standard deviation of the score's own daily
surprise (for visits, of the day's count around its course). A post that matters adds 0.5 to
1.5 usual moves on average; nothing was changed after verdicts had been seen.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from unseen import exports
from unseen.diary import Diary, Floats


@dataclass
class Score:
    """Readings as they will stand in the file: NaN is a missing one."""

    values: Floats
    decimals: int = 2
    breaks: list[dt.date] = field(default_factory=list)


@dataclass(frozen=True)
class World:
    """One kind of account, and what is true of it.

    Attributes
    ----------
    name, says : str
        Its key, and one phrase for the reader.
    focal_moves : bool
        Whether a blog post, with the links to it on other channels, raises the score.
    others_move : bool
        Whether posts of another channel that do not pass on a blog post raise it.
    days : int
        From the first reading to the last.
    zone : str
        Where the author lives.
    read_hour : int
        Local hour of the reading; 24 is the end of the day.
    kind : str
        ``level`` or ``flow``.
    forms : dict
        The form of each channel's file.
    make : callable
        Fills the diary and returns the score.
    """

    name: str
    says: str
    focal_moves: bool
    others_move: bool
    days: int
    zone: str
    read_hour: int
    kind: str
    forms: dict[str, str]
    make: Callable[[Diary], Score]


@dataclass(frozen=True)
class Written:
    """What a study's files hold: posts by source (a table is one source) and readings."""

    posts: dict[str, int]
    readings: int


def chance(name: str, seed: int) -> np.random.Generator:
    """Return the source of chance of one study, which hangs on its world's name and number."""
    digest = hashlib.sha256(f"unseen:{name}:{seed}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def write_study(world: World, seed: int, folder: Path) -> Written:
    """Write one account as a study's folder and return what is in it."""
    rng = chance(world.name, seed)
    first = dt.date(2012, 1, 1) + dt.timedelta(days=int(rng.integers(0, 3000)))
    diary = Diary(rng, ZoneInfo(world.zone), first, world.days, world.read_hour)
    score = world.make(diary)
    if set(diary.posts) != set(world.forms):
        raise ValueError(f"{world.name}: posts of {set(diary.posts)}, files of {set(world.forms)}")
    raw = folder / "raw"
    raw.mkdir(parents=True)
    named = exports.sources(raw, diary, world.forms)
    readings = exports.score(raw / "score.csv", diary, score.values, score.decimals)
    text = exports.settings(diary, world.name, world.kind, named, score.breaks)
    (folder / "study.toml").write_text(text, "utf-8")
    posts: Counter[str] = Counter()
    for channel, form in world.forms.items():
        posts[exports.SEVERAL.get(form, channel)] += len(diary.posts[channel])
    return Written(dict(posts), readings)
