"""The tables of many accounts to their panel and moments; killed and run again, it goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis import __version__, disk
from analysis.accounts import calendar
from analysis.accounts.engines import Engine, Limits, duckdb_engine, small, spark_engine
from analysis.accounts.faults import in_one_line
from analysis.accounts.folder import Input
from analysis.accounts.moments import moments_of, reasons_of
from analysis.accounts.panel import bundled, counts, panel_of
from analysis.accounts.storage import remove, write_json
from analysis.accounts.take_in import INTAKE, Options, Say, Taken, taken_in
from analysis.errors import InputError, Problem

MANIFEST = "manifest.json"


def build(source: Input, out: Path, options: Options, say: Say) -> dict[str, Any]:
    """Build the panel of every account.

    Parameters
    ----------
    source : Input
        The folder's tables.
    out : Path
        Where the panel goes: a folder that is not there yet, or a panel to replace.
    options : Options
        Engine, memory, key.
    say : callable
        Is told of progress.

    Returns
    -------
    dict
        The manifest that stands in ``out``.

    Raises
    ------
    InputError
        A table that cannot be read, or in which nothing can be used; ``out`` holds something
        else; the engine or the disk fails. Nothing is written to ``out`` then.
    """
    _refuse_foreign(out)
    work = out.with_name(out.name + ".building")
    with in_one_line(options.engine, work, INTAKE):
        return _build(source, out, work, options, say)


def _build(source: Input, out: Path, work: Path, options: Options, say: Say) -> dict[str, Any]:
    stamp = _stamp(source, options)
    try:
        _resume_or_clear(work, stamp, say)
        with _engine(options, work, options.workers, source.size()) as engine:
            taken = taken_in(engine, source, work, options, say)
            if options.engine == "spark":
                _part(engine, source, taken, work, work / "panel", work / "moments", "*")
    except Exception:
        if options.engine == "spark" or not (work / INTAKE).is_file():
            shutil.rmtree(work, ignore_errors=True)
        raise
    if options.engine == "duckdb":
        _parts(source, taken, work, options, say)
    manifest = _manifest(source, taken, work, options)
    write_json(work / MANIFEST, manifest)
    # First what tells that there is something to go on with: without it, all is made anew.
    for name in ("stamp", INTAKE, "intake", "reasons", "scratch"):
        remove(work / name)
    _into_place(work, out)
    return manifest


def read_manifest(panel: Path) -> dict[str, Any]:
    """Return the manifest of a built panel.

    Raises
    ------
    InputError
        The folder is no panel.
    """
    path = panel / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and found.get("kind") == "needle accounts":
            return found
    except (OSError, ValueError):
        pass
    said = "expected the panel that 'needle accounts build' makes"
    raise InputError(Problem("absent", panel.name, MANIFEST, said))


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or _is_panel(out))):
        said = "expected a folder that is not there yet, or a panel to replace"
        raise InputError(Problem("invalid", out.name, "", said))


def _is_panel(out: Path) -> bool:
    try:
        read_manifest(out)
    except InputError:
        return False
    return True


def _stamp(source: Input, options: Options) -> str:
    """Return what the result depends on."""
    key = hashlib.sha256(options.key).hexdigest() if options.key else None
    asked = [__version__, options.engine, key, options.part_accounts, source.digests()]
    return json.dumps([*asked, {n: t.files for n, t in source.tables.items()}], sort_keys=True)


def _resume_or_clear(work: Path, stamp: str, say: Say) -> None:
    file = work / "stamp"
    if work.exists():
        if file.is_file() and file.read_text(encoding="utf-8") == stamp:
            say("Going on where an earlier run stopped.")
            return
        shutil.rmtree(work)
    work.mkdir(parents=True)
    disk.write(file, stamp)


@contextmanager
def _engine(
    options: Options, work: Path, threads: int, size: int | None = None
) -> Iterator[Engine]:
    scratch = work / "scratch"
    scratch.mkdir(exist_ok=True)
    limits = Limits(options.memory, threads, scratch, size)
    chosen = (
        duckdb_engine(limits)
        if options.engine == "duckdb"
        else spark_engine(options.master, limits)
    )
    with chosen as engine:
        yield engine


def _parts(source: Input, taken: Taken, work: Path, options: Options, say: Say) -> None:
    done = 0

    def one(number: int) -> None:
        nonlocal done
        moments = work / "moments" / f"part-{number:05}"
        if not moments.exists():
            panel = work / "panel" / f"part-{number:05}"
            with _engine(_share(options), work, 1) as engine:
                _part(engine, source, taken, work, panel, moments, str(number))
        done += 1
        say(f"Part {done} of {taken.parts}: {done * 100 // taken.parts} %")

    with ThreadPoolExecutor(options.workers) as pool:
        try:
            for finished in [pool.submit(one, number) for number in range(taken.parts)]:
                finished.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _share(options: Options) -> Options:
    """Return the options of one of several workers."""
    whole = int(options.memory.upper().removesuffix("GB")) * 1024
    each = max(512, whole // options.workers)
    return replace(options, memory=f"{each}MB", workers=1, key=None)


def _part(
    engine: Engine,
    source: Input,
    taken: Taken,
    work: Path,
    panel: Path,
    moments: Path,
    number: str,
) -> None:
    settings, columns = source.settings, taken.columns
    first, last = taken.days
    days = calendar.days_table(settings, columns.channels, first - settings.question.days, last)
    low, high = (second // calendar.DAY for second in taken.seconds)
    posts = engine.parquet_parts(work / "intake" / "activity", number)
    score = engine.parquet_parts(work / "intake" / "score", number)
    bins = small(calendar.bins_by_utc_day(settings, low, high))
    counted = counts(bundled(posts, settings), bins, columns)
    whole = panel_of(score, counted, small(days), columns, settings)
    for path in (panel, moments, moments.with_suffix(".half")):
        shutil.rmtree(path, ignore_errors=True)
    engine.write(whole, panel, ["account", "day"])
    rows = engine.parquet(panel)
    reasons = engine.frame(reasons_of(rows))
    engine.write(moments_of(rows, columns), moments.with_suffix(".half"), ["account"])
    told = dict(sorted(zip(reasons["reason"], map(int, reasons["readings"]), strict=True)))
    write_json(work / "reasons" / f"{panel.name}.json", told)
    disk.sync_tree(panel)
    disk.sync_tree(moments.with_suffix(".half"))
    disk.move(moments.with_suffix(".half"), moments)


def _manifest(source: Input, taken: Taken, work: Path, options: Options) -> dict[str, Any]:
    reasons: Counter[str] = Counter()
    for path in sorted((work / "reasons").glob("*.json")):
        reasons.update(json.loads(path.read_text(encoding="utf-8")))
    settings = source.settings
    return {
        "kind": "needle accounts",
        "schema": 1,
        "needle": __version__,
        "engine": options.engine,
        "settings": settings.model_dump(mode="json", exclude={"sources", "collect"}),
        "channels": list(taken.columns.channels),
        "codings": list(taken.columns.codings),
        "accounts": taken.accounts,
        "rows": taken.rows,
        "set_aside": {**taken.aside, "readings": dict(sorted(reasons.items()))},
        "hashed": options.key is not None,
        "inputs": source.digests(),
    }


def _into_place(work: Path, out: Path) -> None:
    """Move the finished panel to its place; an older one goes only then."""
    old = out.with_name(out.name + ".old")
    remove(old)
    disk.sync_tree(work)
    if out.exists():
        disk.move(out, old)
    disk.move(work, out)
    remove(old)
