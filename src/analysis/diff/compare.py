"""Two snapshots side by side: what flipped, what moved, and what was changed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from analysis.diff.snapshot import Estimate, Snapshot

SAME = 1e-6
"""Relative difference up to which two estimates are the same: other machines round otherwise."""

How = Literal["added", "gone", "changed"]
Subject = Literal["claim", "channel", "channel, every post by itself", "experiment"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that has a name, and stands in one of the two only, or in each differently."""

    name: str
    how: How
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Flip:
    """A claim whose verdict is another one now."""

    id: str
    statement: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """An estimate that is not what it was.

    Attributes
    ----------
    about : str
        What it is of: a claim, a channel (with its crossposts, or every post by itself), or the
        experiment.
    name : str
        The claim's id, or the channel's name.
    old, new : Estimate
        Before and after.
    beyond : bool or None
        Whether the new estimate lies outside of the old interval; None when that cannot be said,
        because one of them is not known, has no interval, or is in another unit.
    """

    about: Subject
    name: str
    old: Estimate
    new: Estimate
    beyond: bool | None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that is different.

    Attributes
    ----------
    old, new : Snapshot
        What was compared.
    warnings : tuple of str
        Why the two may not be of the same study.
    flips : tuple of Flip
        Claims with another verdict.
    claims : tuple of Change
        Claims that only one of them decides on.
    moves : tuple of Move
        Estimates that are not what they were.
    posts : tuple of Change
        Channels with more or fewer posts, or that only one of them has.
    data : tuple of Change
        Inputs by sha256; what stood under another name counts as gone and added.
    same_data : int
        Inputs that are the same.
    parameters, code, environment : tuple of Change
        Settings; needle's version and commit; Python and packages.
    """

    old: Snapshot
    new: Snapshot
    warnings: tuple[str, ...]
    flips: tuple[Flip, ...]
    claims: tuple[Change, ...]
    moves: tuple[Move, ...]
    posts: tuple[Change, ...]
    data: tuple[Change, ...]
    same_data: int
    parameters: tuple[Change, ...]
    code: tuple[Change, ...]
    environment: tuple[Change, ...]

    @property
    def beyond(self) -> tuple[Move, ...]:
        """Estimates that moved beyond their interval."""
        return tuple(move for move in self.moves if move.beyond)

    @property
    def matters(self) -> bool:
        """Whether a verdict flipped or an estimate moved beyond its interval."""
        return bool(self.flips or self.beyond)

    @property
    def of_substance(self) -> bool:
        """Whether anything but the code and the environment is different."""
        told = (self.flips, self.claims, self.moves, self.posts, self.data, self.parameters)
        return any(told) or self.grown != 0

    @property
    def grown(self) -> int | None:
        """By how many readings the period has grown; None when one of them does not say."""
        if self.old.readings is None or self.new.readings is None:
            return None
        return self.new.readings - self.old.readings


def compare(old: Snapshot, new: Snapshot) -> Difference:
    """Return what is different in ``new``."""
    shared = [path for path in new.inputs if old.inputs.get(path) == new.inputs[path]]
    return Difference(
        old=old,
        new=new,
        warnings=tuple(_warnings(old, new)),
        flips=tuple(_flips(old, new)),
        claims=tuple(_changes(dict.fromkeys(old.claims, ""), dict.fromkeys(new.claims, ""))),
        moves=tuple(_moves(old, new)),
        posts=tuple(_changes(_posts(old), _posts(new))),
        data=tuple(_changes(old.inputs, new.inputs)),
        same_data=len(shared),
        parameters=tuple(_settings(old, new)),
        code=tuple(_changes(old.code, new.code)),
        environment=tuple(_changes(old.versions, new.versions)),
    )


def _warnings(old: Snapshot, new: Snapshot) -> Iterator[str]:
    if old.folder and new.folder and old.folder != new.folder:
        yield f"these are two studies: {old.folder} and {new.folder}"


def _flips(old: Snapshot, new: Snapshot) -> Iterator[Flip]:
    for name, claim in new.claims.items():
        before = old.claims.get(name)
        if before is not None and before.verdict != claim.verdict:
            yield Flip(name, claim.statement, before.verdict, claim.verdict, claim.reason)


def _settings(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    yield from _changes(old.parameters, new.parameters)
    if old.smallest is not None and new.smallest is not None and old.smallest != new.smallest:
        before, after = (f"{value:g}" for value in (old.smallest, new.smallest))
        yield Change("smallest effect, as applied", "changed", before, after)


def _posts(snapshot: Snapshot) -> dict[str, str]:
    return {
        name: "unknown" if channel.posts is None else str(channel.posts)
        for name, channel in snapshot.channels.items()
    }


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    """Yield what is different; nothing where one of the two does not tell at all."""
    if not old or not new:
        return
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        how: How = "added" if before is None else "gone" if after is None else "changed"
        yield Change(name, how, before, after)


def _moves(old: Snapshot, new: Snapshot) -> Iterator[Move]:
    """Yield every estimate of both that moved, once: claims share theirs with channels."""
    seen = set()
    for about, name, before, after in _pairs(old, new):
        if _same(before, after):
            continue
        numbers = (before.value, before.low, before.high, after.value, after.low, after.high)
        if numbers not in seen:
            seen.add(numbers)
            yield Move(about, name, before, after, _beyond(before, after))


def _pairs(old: Snapshot, new: Snapshot) -> Iterator[tuple[Subject, str, Estimate, Estimate]]:
    for name, claim in new.claims.items():
        if name in old.claims:
            yield "claim", name, old.claims[name].estimate, claim.estimate
    for name, channel in new.channels.items():
        if name in old.channels:
            before = old.channels[name]
            yield "channel", name, before.effect, channel.effect
            yield "channel, every post by itself", name, before.alone, channel.alone
    if old.experiment is not None and new.experiment is not None:
        yield "experiment", "planned posts", old.experiment, new.experiment


def _same(one: Estimate, other: Estimate) -> bool:
    if one.value is None or other.value is None:
        return one.value is other.value
    return one.alike(other) and math.isclose(one.value, other.value, rel_tol=SAME)


def _beyond(old: Estimate, new: Estimate) -> bool | None:
    comparable = old.alike(new) and old.bounded
    if old.value is None or new.value is None or not comparable:
        return None
    return not old.holds(new.value)
