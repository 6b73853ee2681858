"""What kinds that attack readers share: a small export, and whether reading it came out right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from click.testing import CliRunner
from tests.fuzzing.judge import sound_extract, sound_problems, sound_readings
from tests.fuzzing.watch import SECRET
from tests.studies import TOML, blog_json, score_csv

from analysis.activity import read_source
from analysis.cli import main
from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.registry import read_scores
from attacks import REFUSED, SURVIVED, Case, Lost

BLOG = {"blog.json": blog_json().encode()}
"""An export of `POSTS` posts."""

POSTS = 15
LABEL = "raw/x"
_CHECKED = 8
"""One case in so many is given to ``needle check`` too."""


def put(case: Case, name: str, data: bytes | Mapping[str, bytes]) -> Path:
    """Write a file, or a folder of files, as a source; return its path."""
    root = case.folder / "study" / "raw" / name
    files = {"": data} if isinstance(data, bytes) else data
    for inner, content in files.items():
        path = root / inner if inner else root
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def held(case: Case, root: Path, posts: int | Sequence[int] | None = POSTS) -> str:
    """Read a source of posts; it is refused in one line, or read whole, or its gaps are told.

    Raises
    ------
    Lost
        There are other posts than ``posts``, and nothing is said.
    """
    if case.number % _CHECKED == 0:
        check(case, root)
    try:
        source = read_source("blog", LABEL, Tree.at(root, LABEL))
    except InputError as error:
        sound_problems(error.problems)
        return REFUSED
    sound_problems(source.problems)
    sound_extract(source.extract)
    found = len(source.extract.posts)
    if posts is None or found in ((posts,) if isinstance(posts, int) else posts):
        return SURVIVED
    if source.problems:
        return REFUSED
    raise Lost(f"read {found} posts of {posts}, and nothing is said")


def score_held(case: Case, root: Path, readings: int) -> str:
    """Read a score; it is refused in one line, or has as many readings."""
    if case.number % _CHECKED == 0:
        check(case, root, is_score=True)
    try:
        found = read_scores(Tree.at(root, LABEL))[2]
    except InputError as error:
        sound_problems(error.problems)
        return REFUSED
    sound_readings(found)
    if len(found) != readings:
        raise Lost(f"read {len(found)} readings of {readings}")
    return SURVIVED


def check(case: Case, root: Path, is_score: bool = False) -> None:
    """Run ``needle check`` on a study of it, and on itself: an answer or one line, no control."""
    folder = case.folder / "study"
    path = root.relative_to(folder).as_posix()
    (folder / "score.csv").write_text(score_csv(), encoding="utf-8")
    (folder / "blog.json").write_bytes(BLOG["blog.json"])
    text = TOML.partition("[sources]")[0] + '[sources]\nblog = "blog.json"\n'
    text = text.replace("raw/score.csv", path if is_score else "score.csv")
    text += "" if is_score else f'twitter = "{path}"\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    for arguments in (["check", str(folder)], ["check", str(root), "--json"]):
        needle(*arguments)


def needle(*arguments: str) -> str:
    """Run a command of needle in this process, and return what it printed.

    Raises
    ------
    Lost
        It ended with a traceback, told another file's text, or printed a control character.
    """
    done = CliRunner().invoke(main, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    said = done.output
    if done.exit_code not in (0, 2) or "Traceback" in said or SECRET in said:
        raise Lost(f"{arguments[0]} ended with {done.exit_code}: {said[-200:]!r}")
    if not all(each.isprintable() or each == "\n" for each in said):
        raise Lost(f"{arguments[0]} prints controls: {said[:200]!r}")
    return said
