"""Write a simulated account as a study: its exports, its settings, and the truth."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from analysis import disk
from analysis.errors import InputError, invalid
from analysis.worlds import catalog, native, twitter
from analysis.worlds.account import Account
from analysis.worlds.simulate import simulate

TwitterArchive = Literal["grailbird", "archive"]

TIMEZONE = "America/Los_Angeles"
_SOURCES = ("blog.xml", "twitter", "facebook", "instagram", "linkedin")


def write_world(
    world: str,
    out: Path,
    *,
    seed: int | None = None,
    days: int | None = None,
    start: dt.date | None = None,
    timezone: str = TIMEZONE,
    twitter: TwitterArchive = "grailbird",
) -> Path:
    """Simulate a world and write it as a study that `needle` can read.

    The folder appears whole or not at all. It holds ``study.toml``, ``raw/`` with an export
    of each network in its own format, and ``truth.json``. The same arguments give the same
    bytes, on any day and machine.

    Parameters
    ----------
    world : str
        One of `catalog.names`.
    out : Path
        A folder that does not exist yet, or is empty.
    seed : int, optional
        0, but the world's own where it has one.
    days : int, optional
        Daily readings, see `simulate`.
    start : date, optional
        Day of the first reading, see `simulate`.
    timezone : str
        IANA name of the author's zone.
    twitter : {"grailbird", "archive"}
        Which of Twitter's formats: of 2012 to 2018, or the current one.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    InputError
        ``out`` holds something; no such world or zone; a number out of range.
    """
    own = catalog.get(world).period
    if seed is None:
        seed = own.seed if own is not None else 0
    zone = _zone(timezone)
    _require_free(out)
    account = simulate(world, seed=seed, days=days, start=start)
    whole = out.resolve()
    try:
        whole.parent.mkdir(parents=True, exist_ok=True)
        with disk.scratch(whole.parent, f".{whole.name[:40]}.") as beside:
            part = beside / "study"
            part.mkdir()
            write_account(account, part, zone=zone, archive=twitter)
            disk.sync_tree(part)
            if out.exists():
                out.rmdir()
            disk.move(part, whole)
    except OSError as error:
        expected = f"expected a folder that can be written: {error.strerror}"
        raise invalid(str(out), "", expected) from None
    return out


def write_account(
    account: Account, folder: Path, *, zone: ZoneInfo, archive: TwitterArchive = "grailbird"
) -> None:
    """Write an account into an existing folder as a study.

    Parameters
    ----------
    account : Account
        As `simulate` gives it.
    folder : Path
        An empty folder.
    zone : ZoneInfo
        The author's time zone: the account's local times become instants by it.
    archive : {"grailbird", "archive"}
        Which of Twitter's formats.
    """
    raw = folder / "raw"
    raw.mkdir()
    native.write_score(account, raw / "score.csv")
    native.write_wxr(account, raw / "blog.xml", zone)
    tweets = twitter.write_archive if archive == "archive" else twitter.write_grailbird
    tweets(account, raw / "twitter", zone)
    native.write_facebook(account, raw / "facebook", zone)
    native.write_instagram(account, raw / "instagram", zone)
    native.write_linkedin(account, raw / "linkedin", zone)
    _write(folder / "study.toml", study_toml(account, zone.key))
    truth_text = json.dumps(truth(account), indent=2, ensure_ascii=False)
    _write(folder / "truth.json", f"{truth_text}\n")


def study_toml(account: Account, timezone: str) -> str:
    """Return the text of the account's study.toml."""
    world = account.world
    title = world.title or f"Simulated world: {world.name}"
    lines = [
        f"# Simulated. {world.description}",
        f'title = "{title}"',
        f'timezone = "{timezone}"',
        f'focal = "{world.focal}"',
        "simulated = true",
        "",
        "[score]",
        f'name = "{world.score_name}"',
        'path = "raw/score.csv"',
        'kind = "level"',
        f'observed_at = "{world.observed_at}"',
        "",
        "[sources]",
        *(f'{name.removesuffix(".xml")} = "raw/{name}"' for name in _SOURCES),
    ]
    question = []
    if world.smallest_effect is not None:
        question.append(f"smallest_effect = {world.smallest_effect}")
    if world.negative_control is not None:
        question.append(f'negative_control = "{world.negative_control}"')
    if question:
        lines += ["", "[question]", *question]
    for change in account.breaks:
        lines += ["", "[[breaks]]", f"date = {change.date}", f'label = "{change.label}"']
    return "\n".join(lines) + "\n"


def truth(account: Account) -> dict[str, object]:
    """Return what is true of the account, for ``truth.json``.

    ``effects`` are points on the published score within two readings, per post of the
    channel, however it came about; ``share_effects`` come on top for posts that share a blog
    post; ``bundle`` is a blog post together with its shares. ``posts`` counts what exists.
    ``identifiable`` is told where these data cannot tell the truth.
    """
    world = account.world
    channels = list(world.rates)
    return {
        "world": world.name,
        "description": world.description,
        "seed": account.seed,
        "engine": account.engine,
        "focal": world.focal,
        "focal_moves": world.focal_moves,
        "others_move": list(world.others_move),
        "only_focal_moves": world.focal_moves and not world.others_move,
        **({} if world.identifiable else {"identifiable": False}),
        "effects": {name: round(account.effects.get(name, 0.0), 4) for name in channels},
        "share_effects": {
            name: round(account.share_effects.get(name, 0.0), 4) for name in world.sharing
        },
        "bundle": round(account.bundle_effect, 4),
        "breaks": [
            {"date": change.date.isoformat(), "label": change.label} for change in account.breaks
        ],
        "posts": {
            name: {
                "own": int((posts.counts & (posts.crosspost_of < 0)).sum()),
                "shares": int((posts.crosspost_of >= 0).sum()),
                "reposts": int((~posts.counts).sum()),
            }
            for name, posts in account.posts.items()
        },
    }


def _write(path: Path, text: str) -> None:
    disk.write(path, text, synced=False)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise invalid("timezone", name, "expected an IANA time zone, as Europe/Berlin") from None


def _require_free(out: Path) -> None:
    problem: InputError = invalid(
        str(out), "", "expected a folder that is empty or does not exist yet; nothing was written"
    )
    if out.is_dir():
        if any(out.iterdir()):
            raise problem
    elif out.exists() or out.is_symlink():
        raise problem
