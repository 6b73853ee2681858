"""What comes of one case: rows, a clear line, or a fault of the reader."""

from __future__ import annotations

import datetime as dt
import math
import os
import shutil
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from analysis.activity import read_source
from analysis.cli import main
from analysis.errors import InputError, Problem
from analysis.files import Tree
from analysis.formats.base import KINDS, Extract, Readings, When
from analysis.formats.registry import POSTS, SCORES, read_scores
from analysis.formats.tables import ACTIVITY, DAILY
from analysis.urls.mapping import read_links
from tests.fuzzing.cases import Case, case_of
from tests.fuzzing.seeds import STUDY
from tests.fuzzing.watch import (
    BYTES,
    SECRET,
    HangError,
    UnsoundError,
    Watch,
    forget_peak,
    limited,
    resident,
)
from tests.studies import TOML, blog_json, score_csv

ROWS, LINE, TRACEBACK, SLOW, BIG, UNSOUND = "rows", "line", "traceback", "slow", "big", "unsound"
SECONDS = 10.0
_HANGS = 60
_LABEL = "raw/x"
_TABLES = ("activity", "daily")


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    Attributes
    ----------
    name, format : str
        The case and the format of its seed.
    result : str
        ``rows`` or ``line``; anything else is a fault.
    seconds : float
        Of the processor.
    bytes : int
        The memory that it took at its most.
    said : str
        The line, or the fault and where it is.
    """

    name: str
    format: str
    result: str
    seconds: float
    bytes: int
    said: str


def judge(name: str, watch: Watch) -> Outcome:
    """Read the case as a user would, and say what came of it."""
    case = case_of(name)
    place = watch.scratch / "case"
    root = _write(case, place, watch)
    forget_peak()
    before = resident("VmRSS")
    begun = time.process_time()

    def hung(*_: object) -> None:
        raise HangError

    signal.signal(signal.SIGALRM, hung)
    signal.alarm(_HANGS)
    watch.is_on = True
    try:
        with limited():
            result, said = _result(case, root, watch)
    finally:
        watch.is_on = False
        signal.alarm(0)
    seconds, size = time.process_time() - begun, max(0, resident("VmHWM") - before)
    if seconds > SECONDS and result in (ROWS, LINE):
        result, said = SLOW, f"{seconds:.1f} s"
    if size > BYTES and result in (ROWS, LINE):
        result, said = BIG, f"{size:,} bytes"
    shutil.rmtree(place)
    return Outcome(name, case.seed.format, result, seconds, size, said)


def _result(case: Case, root: Path, watch: Watch) -> tuple[str, str]:
    try:
        try:
            result, said = ROWS, _read(case, root)
        except InputError as error:
            result, said = LINE, str(error).partition("\n")[0]
            if not error.problems:
                raise UnsoundError("an error without a problem") from None
            sound_problems(error.problems, case.seed.format == STUDY)
        if case.is_checked:
            _check(case, root)
        watch.check()
    except HangError:
        return SLOW, _where(sys.exc_info()[2])
    except MemoryError:
        return BIG, _where(sys.exc_info()[2])
    except UnsoundError as error:
        return UNSOUND, str(error)
    except Exception as error:  # noqa: BLE001
        return (
            TRACEBACK,
            f"{type(error).__name__}: {str(error)[:120]} {_where(error.__traceback__)}",
        )
    return result, said


def _where(trace: Any) -> str:
    frames = [each for each in traceback.extract_tb(trace) if "/analysis/" in each.filename]
    return " < ".join(f"{Path(each.filename).name}:{each.lineno}" for each in reversed(frames[-4:]))


def _write(case: Case, place: Path, watch: Watch) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    is_study = case.seed.format == STUDY
    root = place / "study" if is_study else place / "study" / "raw" / "x"
    for name, data in case.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = data.replace(b"@CANARY@", os.fsencode(watch.canary))
        path.write_bytes(data.replace(b"@PORT@", str(watch.port).encode()))
    if not is_study and len(case.files) == 1 and "/" not in name:
        return path
    return root


def _read(case: Case, root: Path) -> str:
    if case.seed.format == STUDY:
        links = read_links(root / "links.csv", "links.csv")
        if not all(isinstance(text, str) for pair in links.items() for text in pair):
            raise UnsoundError("links that are no text")
        return f"{len(links)} links"
    tree = Tree.at(root, _LABEL)
    if case.seed.is_score:
        readings = read_scores(tree)[2]
        sound_readings(readings)
        return f"{len(readings)} readings"
    key = case.seed.name if case.seed.name in _TABLES else "blog"
    source = read_source(key, _LABEL, tree)
    sound_problems(source.problems)
    sound_extract(source.extract)
    return f"{len(source.extract.posts)} posts"


def sound_problems(problems: tuple[Problem, ...], is_any_file: bool = False) -> None:
    for problem in problems:
        said = str(problem)
        if not said.isprintable() or len(said) > 500:
            raise UnsoundError(f"no line: {said[:200]!r}")
        if not is_any_file and not problem.file.startswith(_LABEL):
            raise UnsoundError(f"names {problem.file!r}, not the file")
        if SECRET in said:
            raise UnsoundError("tells what stands in another file")


def _sound_when(when: When | None, first: int = 1970) -> None:
    if when is None:
        return
    if not isinstance(when, dt.date) or not first <= when.year <= 2100:
        raise UnsoundError(f"a time that cannot be: {when!r}")
    if isinstance(when, dt.datetime) and when.tzinfo is not None:
        when.astimezone(dt.UTC)


def sound_extract(extract: Extract) -> None:
    _sound_when(extract.since)
    _sound_when(extract.exported_at)
    sound_problems(extract.problems)
    if len(extract.drift) > 50 or len(extract.set_aside) > 60:
        raise UnsoundError("drift without a bound")
    for text in (*extract.notes, *extract.set_aside, *extract.drift):
        if not text.isprintable() or len(text) > 600 or SECRET in text:
            raise UnsoundError(f"no line: {text[:200]!r}")
    for post in extract.posts:
        _sound_when(post.when)
        _sound_when(post.seen_at)
        texts = (post.id, post.url, post.title, post.text, post.channel, post.via)
        texts = (*texts, *post.links, *post.shared_to, post.shared_from, post.member, post.pointer)
        if SECRET in "".join(texts):
            raise UnsoundError("reads another file")
        try:
            "".join(texts).encode()
        except UnicodeEncodeError:
            raise UnsoundError(f"text that cannot be written, in {post.pointer}") from None
        for number in (post.reactions, post.comments, post.shares, post.views):
            if number is not None and (type(number) is not int or not 0 <= number < 10**15):
                raise UnsoundError(f"a count that cannot be: {str(number)[:40]}")
        if post.kind not in KINDS:
            raise UnsoundError(f"a kind that is none: {post.kind!r}")
    for count in extract.counts:
        _sound_when(count.day)
        if count.posts is not None and not 0 <= count.posts < 10**9:
            raise UnsoundError(f"a count that cannot be: {str(count.posts)[:40]}")


def sound_readings(readings: Readings) -> None:
    for reading in readings:
        _sound_when(reading.when)
        if type(reading.value) is not float or not math.isfinite(reading.value):
            raise UnsoundError(f"a score that cannot be: {reading.value!r}")
    for note in readings.notes:
        if not note.isprintable():
            raise UnsoundError(f"no line: {note[:200]!r}")


def _check(case: Case, root: Path) -> None:
    """Run ``needle check`` on a study with this source, or on the source itself."""
    folder, seed = root, case.seed
    if seed.format != STUDY:
        folder = next(each for each in root.parents if each.name == "study")
        path = root.relative_to(folder).as_posix()
        (folder / "score.csv").write_text(score_csv())
        (folder / "blog.json").write_text(blog_json())
        key = seed.name if seed.name in _TABLES else "twitter"
        text = TOML.partition("[sources]")[0] + '[sources]\nblog = "blog.json"\n'
        text = text.replace("raw/score.csv", path if seed.is_score else "score.csv")
        (folder / "study.toml").write_text(
            text + ("" if seed.is_score else f'{key} = "{path}"\n'), encoding="utf-8"
        )
    for arguments in (["check", str(folder)], ["check", str(root), "--json"]):
        done = CliRunner().invoke(main, arguments)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        if done.exit_code not in (0, 2) or "Traceback" in done.output or SECRET in done.output:
            raise UnsoundError(f"needle check ended with {done.exit_code}: {done.output[-200:]!r}")


def known_formats() -> set[str]:
    """Return the names of all formats there are."""
    return {each.name for each in (*POSTS, *SCORES, ACTIVITY, DAILY)}
