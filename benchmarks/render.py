"""Time the making of pages beside the commands that people run notebooks with.

The same notebooks, with the same parameters, in the same environment: ``needle report`` beside
``papermill`` and ``jupyter nbconvert --to html``, one command after the other, with papermill's
repeated saves switched off. What every cell showed has to be the same. Then: eight studies;
``make reports`` with nothing changed, which may start no process but git and import no pandas; one
changed study of eight; and the memory of all processes of a render together.

Every render begins with an empty folder. The other commands share nothing with each other, so
eight studies take them the sum of eight: the bundled one is timed every round, each of the
seven others once. Seconds are of the clock, with those of the processors beside them.

Run::

    python benchmarks/render.py                       # this Python's environment
    python benchmarks/render.py --user LAB/bin/python --lean LEAN/bin/python
    python benchmarks/render.py --repeat 1 --studies 1
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from machine import Target, conclude, parser

ROOT = Path(__file__).parents[1]
BUNDLED = ROOT / "data" / "banfield-2012"
NOTEBOOKS = ("activity", "upticks", "regression", "only-blogging", "calibration")
HEAVY = ("numpy", "pandas", "matplotlib", "scipy", "IPython", "papermill")
PSS_SECONDS = 0.05
WITH_LAB = "with JupyterLab"
"""The environment of a user; limits are held to it."""

UNCHANGED = """
import sys
started = []
def heed(event, about):
    if event == "subprocess.Popen":
        started.append(str(about[0]).rpartition("/")[2])
    elif event in ("os.fork", "os.forkpty", "os.posix_spawn", "os.exec"):
        started.append(event)
sys.addaudithook(heed)
from analysis.cli import main
main(sys.argv[1:], standalone_mode=False)
heavy = [name for name in {heavy!r} if name in sys.modules]
print("FOUND", " ".join(started + heavy), file=sys.stderr)
"""


@dataclass(frozen=True)
class Spent:
    """Seconds of the clock, and of the processors in all processes."""

    wall: float
    cpu: float

    def __add__(self, other: Spent) -> Spent:
        """Return one after the other."""
        return Spent(self.wall + other.wall, self.cpu + other.cpu)


@dataclass
class Environment:
    """A Python with this package, and what was timed in it."""

    name: str
    python: str
    html: bool
    ours: list[Spent] = field(default_factory=list)
    theirs: list[Spent] = field(default_factory=list)
    others: list[Spent] = field(default_factory=list)
    eight: list[Spent] = field(default_factory=list)

    @classmethod
    def of(cls, python: str) -> Environment:
        """Return the environment of an interpreter, by what is in it."""
        ask = "import importlib.util as u; print(*[u.find_spec(n) is not None for n in {!r}])"
        asked = ("jupyterlab", "nbconvert", "papermill", "analysis")
        done = subprocess.run(
            [python, "-c", ask.format(asked)], check=True, capture_output=True, text=True
        )
        lab, html, papermill, ours = (word == "True" for word in done.stdout.split())
        if not (papermill and ours):
            raise SystemExit(f"{python}: expected papermill and this package in its environment")
        return cls(WITH_LAB if lab else "without JupyterLab", python, html)

    def script(self, name: str) -> str:
        """Return a command of this environment."""
        return str(Path(self.python).parent / name)


def adopt_orphans() -> None:
    """Become who waits for processes whose parent was killed: their seconds count, too."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER, on Linux


def run(*commands: Sequence[str], cwd: Path | None = None) -> Spent:
    """Run commands one after the other, each of which must succeed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")
    wall = time.perf_counter() - began
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def middle(each: Sequence[Spent]) -> Spent:
    """Return the medians."""
    return Spent(
        statistics.median(one.wall for one in each), statistics.median(one.cpu for one in each)
    )


def ours(environment: Environment, studies: Sequence[Path], out: Path) -> list[str]:
    """Return our command."""
    return [environment.script("needle"), "report", *map(str, studies), "--out", str(out)]


def theirs(environment: Environment, study: Path, out: Path) -> Iterator[list[str]]:
    """Yield their commands for one study, in order."""
    for name in NOTEBOOKS:
        made = str(out / f"{name}.ipynb")
        stored = str(ROOT / "notebooks" / f"{name}.ipynb")
        yield [
            *(environment.script("papermill"), stored, made, "-p", "study_folder", study.name),
            *("-k", "python3", "--cwd", str(study.parent), "--no-progress-bar"),
            *("--no-request-save-on-cell-execute", "--log-level", "ERROR"),
        ]
        if environment.html:
            yield [environment.script("jupyter"), "nbconvert", "--to", "html", "--no-input", made]


def shown(notebook: Path) -> list[Any]:
    """Return what each cell showed, without where and when."""
    cells = json.loads(notebook.read_bytes())["cells"]
    return [
        [
            {key: "".join(value) for key, value in output["data"].items() if key != "metadata"}
            if "data" in output
            else "".join(output.get("text", output.get("evalue", "")))
            for output in cell["outputs"]
        ]
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def same_outputs(mine: Path, other: Path) -> int:
    """Return how many outputs there are, which must be the same in both folders."""
    count = 0
    for name in NOTEBOOKS:
        one, two = shown(mine / f"{name}.ipynb"), shown(other / f"{name}.ipynb")
        if one != two:
            raise SystemExit(f"{name}.ipynb shows something else when run by papermill")
        count += sum(map(len, one))
    return count


def time_theirs(environment: Environment, study: Path, out: Path) -> Spent:
    """Run their commands on one study, from nothing."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    return run(*theirs(environment, study, out))


def time_ours(environment: Environment, studies: Sequence[Path], out: Path) -> Spent:
    """Run ours, from nothing."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(ROOT / ".cache", ignore_errors=True)
    return run(ours(environment, studies, out))


def compare(environment: Environment, studies: Sequence[Path], repeat: int, scratch: Path) -> int:
    """Time both in turn; return how many outputs were found the same."""
    mine, other = scratch / "ours", scratch / "theirs"
    count, rest = 0, list(studies[1:])
    for turn in range(repeat):
        environment.ours.append(time_ours(environment, studies[:1], mine))
        environment.theirs.append(time_theirs(environment, studies[0], other))
        count += same_outputs(mine / studies[0].name / "notebooks", other)
        if rest:
            environment.eight.append(time_ours(environment, studies, mine))
        for study in rest[turn::repeat]:
            environment.others.append(time_theirs(environment, study, other))
            count += same_outputs(mine / study.name / "notebooks", other)
    return count


def told(environment: Environment, studies: int) -> dict[str, float]:
    """Print the times of one environment, and return the ratios of the clock."""
    peer = "papermill, nbconvert" if environment.html else "papermill alone (no nbconvert here)"
    one, by_hand = middle(environment.ours), middle(environment.theirs)
    rows = {"one study: needle report": one, f"one study: {peer}": by_hand}
    pairs = {"one": (one, by_hand)}
    if environment.eight:
        total = by_hand
        for spent in environment.others:
            total += spent
        eight = middle(environment.eight)
        rows |= {f"{studies} studies: needle report": eight, f"{studies} studies: {peer}": total}
        pairs["all"] = (eight, total)
    print(f"\n{environment.name}: seconds of the clock, and of the processors")
    for name, spent in rows.items():
        print(f"  {name:<50} {spent.wall:8.2f} {spent.cpu:8.2f}")
    for name, (a, b) in pairs.items():
        print(f"  ratio, {name:<43} {a.wall / b.wall:8.3f} {a.cpu / b.cpu:8.3f}")
    return {name: a.wall / b.wall for name, (a, b) in pairs.items()}


def peak_memory(command: Sequence[str]) -> float:
    """Return the most megabytes that a command and all below it held at a time.

    A page that several share is counted once in all: its size is divided between them (PSS).
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak, ended = 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(PSS_SECONDS):
            held = 0
            with suppress(psutil.Error):
                root = psutil.Process(process.pid)
                for one in (root, *root.children(recursive=True)):
                    with suppress(psutil.Error, OSError):
                        full = one.memory_full_info()
                        held += getattr(full, "pss", full.uss)
            peak = max(peak, held / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    ended.set()
    watcher.join()
    if code:
        raise SystemExit(f"{' '.join(command)}: exit code {code}")
    return peak


def unchanged(environment: Environment, study: Path, out: Path) -> list[str]:
    """Return what an unchanged report started, and imported of what it should not."""
    code = UNCHANGED.format(heavy=HEAVY)
    command = [environment.python, "-c", code, "report", str(study), "--out", str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    if "unchanged" not in done.stdout:
        raise SystemExit(f"expected an unchanged report, found: {done.stdout.strip()}")
    return done.stderr.rsplit("FOUND", 1)[1].split()


def time_make(repeat: int, out: Path) -> list[Spent] | None:
    """Time ``make reports`` with nothing changed; None where .venv is not this folder's own."""
    stamp = ROOT / ".venv" / ".stamp"
    if not stamp.exists() or not stamp.read_text().strip().endswith(f", {ROOT.resolve()}"):
        return None
    command = ["make", "-C", str(ROOT), "reports", f"ARGS=--out {out}"]
    run(command)
    return [run(command) for _ in range(max(repeat, 5))]


def one_changed(environment: Environment, studies: Sequence[Path], out: Path) -> tuple[str, Spent]:
    """Change a word of one study, render all; return which were rendered, and the time."""
    settings = studies[-1] / "study.toml"
    settings.write_text(settings.read_text("utf-8") + "# another word\n", "utf-8")
    spent = run(ours(environment, studies, out))
    done = subprocess.run(
        ours(environment, studies, out), check=True, capture_output=True, text=True
    )
    if "rendered" in done.stdout:
        raise SystemExit("a report was rendered twice")
    stamps = {study.name: (out / study.name / ".render.json").stat().st_mtime for study in studies}
    newest = max(stamps.values())
    return " ".join(name for name, at in stamps.items() if at > newest - spent.wall), spent


def make_studies(environment: Environment, count: int, folder: Path) -> list[Path]:
    """Return a copy of the bundled study, and others of the same length simulated beside it."""
    folder.mkdir()
    shutil.copytree(BUNDLED, folder / BUNDLED.name)
    studies = [folder / BUNDLED.name]
    for seed in range(1, count):
        studies.append(folder / f"account-{seed}")
        world = ["simulate", "blog-only", str(studies[-1]), "--seed", str(seed), "--days", "365"]
        run([environment.script("needle"), *world])
    return studies


def main() -> int:
    """Print times, ratios and memory; exit 1 where a limit is passed."""
    about = parser(__doc__)
    about.add_argument("--user", help="the Python of an environment with JupyterLab, as users have")
    about.add_argument("--lean", help="the Python of one with nbconvert but without JupyterLab")
    about.add_argument("--studies", type=int, default=8, help="how many at once (8)")
    options = about.parse_args()
    adopt_orphans()
    given = [path for path in (options.user, options.lean) if path] or [sys.executable]
    environments = [Environment.of(str(Path(path).absolute())) for path in given]
    targets = []
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        studies = make_studies(environments[0], options.studies, scratch / "data")
        for environment in environments:
            count = compare(environment, studies, options.repeat, scratch)
            ratios = told(environment, len(studies))
            print(f"  {count} outputs compared, all the same")
            if environment.html and environment.name == WITH_LAB:
                what = f"{environment.name}, in times of papermill and nbconvert"
                targets.append(Target(f"cold render, {what}", ratios["one"], 0.35))
                if "all" in ratios:
                    targets.append(Target(f"{len(studies)} studies, {what}", ratios["all"], 0.25))
        first, out = environments[0], scratch / "again"
        targets += rest(first, studies, out, options.repeat)
    if not any(one.name == WITH_LAB and one.html for one in environments):
        print("left out: the environment of a user (--user: no Python with JupyterLab was given)")
    return conclude(targets, options.json)


def rest(first: Environment, studies: list[Path], out: Path, repeat: int) -> list[Target]:
    """Measure what has no peer: memory, nothing changed, one changed."""
    held = peak_memory(ours(first, studies[:1], out))
    targets = [Target("memory of all processes of a render", held, 700.0, "MB")]
    spent = middle([run(ours(first, studies[:1], out)) for _ in range(max(repeat, 5))])
    found = unchanged(first, studies[0], out)
    print(f"\nneedle report, nothing changed: {spent.wall:.3f} s, {spent.cpu:.3f} of processors;")
    print(f"  processes started, or imported of {', '.join(HEAVY)}: {' '.join(found) or 'none'}")
    other = float(len([name for name in found if name != "git"]))
    targets.append(Target("an unchanged report's processes but git, and heavy imports", other, 0))
    again = time_make(repeat, out.with_name("made"))
    if again is None:
        print("left out: make reports (.venv was not set up by make in this folder)")
        targets.append(Target("needle report, nothing changed", spent.wall, 0.3, "s"))
    else:
        made = middle(again)
        print(f"make reports, nothing changed: {made.wall:.3f} s, {made.cpu:.3f} of processors")
        targets.append(Target("make reports, nothing changed", made.wall, 0.3, "s"))
    if len(studies) > 1:
        run(ours(first, studies, out))
        names, took = one_changed(first, studies, out)
        print(f"one changed of {len(studies)}: rendered {names} only, in {took.wall:.2f} s")
        targets.append(
            Target("rendered when one study changed", float(len(names.split())), 1, "studies")
        )
    return targets


if __name__ == "__main__":
    sys.exit(main())
