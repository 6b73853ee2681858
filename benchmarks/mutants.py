"""Ask the tests whether they notice: change one thing in the numbers' code, and run them.

The mutants are those of cosmic-ray's operators, in the packages that make numbers and verdicts:
places are drawn by a seed, and at each of them one of its mutants, so that an operator with eleven
replacements does not count eleven times. Cosmic-ray itself writes each mutant to the file and
starts the tests anew, which here takes seconds a mutant before the first test begins. This forks a
process in which pytest has collected everything, and puts the mutant's code into the functions that
are there; only what runs at import (constants, defaults, decorators) is imported and collected
anew. A mutant meets the tests that reach its line, the quickest and closest first, until one fails.

A survivor that no test could kill has its reason in ``benchmarks/survivors/reasons.json``.

Run (needs a system that forks)::

    python benchmarks/mutants.py --places 1500 --seed 8 --write docs/mutants.md
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import ast
import gc
import hashlib
import importlib.abc
import importlib.util
import json
import pickle
import resource
import selectors
import signal
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

import machine

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
REASONS = ROOT / "benchmarks" / "survivors" / "reasons.json"
PACKAGES = ("panel", "model", "evidence", "claims")
LEAST = 0.85
"""The share of mutants that the tests have to notice."""

SLOW = 3.0
"""Seconds (CPU, watched line by line) above which a test is not asked."""

BUDGET = 4.0
"""Seconds of tests, the quickest and closest first, that a mutant meets at most."""

NOTICED, LIVING = ("killed", "out of time"), ("survived", "not reached", "broken")
BROKEN = "broken"
CONTROL = "nothing changed"
"""The operator of a module as it is, imported anew: its tests have to pass."""


ONLY_ON = {
    "ReplaceBinaryOperator": ("operator",),
    "ReplaceComparisonOperator": ("comparison",),
    "ReplaceUnaryOperator": ("factor", "not_test"),
}
"""The nodes that most of the operators change, so that the others need not be asked."""

WARM = ("numpy", "pandas", "scipy.stats", "statsmodels.api", "matplotlib.pyplot", "seaborn")
TESTS = (
    *("calibration", "checks", "claims", "confirm", "crosspost_evidence", "curve", "drift"),
    *("engine", "experiment", "figures", "kinds", "ols", "panel", "primary", "reference"),
    *("results", "robustness", "sensitivity", "simulated", "whatif", "whatif_bands"),
    *("values", "claim_limits", "evidence_limits", "model_limits", "ways_limits"),
    *("accounts/test_panels", "report/test_numbers"),
)
"""The files of tests that reach the packages without starting processes."""

OUTSIDE = "test_values.py"
"""Looks at modules as they were imported: for what no function does."""


@dataclass(frozen=True)
class Mutant:
    """One change of one place.

    Attributes
    ----------
    module : str
        Dotted name.
    operator : str
        What cosmic-ray calls it.
    node, index : int
        The how manieth node of the tree, and of its changes by this operator.
    line, column : int
        Where, from 1 and 0.
    before, after : str
        The line as it is and as it would be; nothing where it is taken away.
    code : CodeType
        The whole module, compiled.
    nth : int
        The how manieth line of the module that reads so.
    """

    module: str
    operator: str
    node: int
    index: int
    line: int
    column: int
    before: str = ""
    after: str = ""
    code: CodeType | None = field(default=None, repr=False, compare=False)

    nth: int = 0

    @property
    def key(self) -> str:
        """What it is called wherever lines move to."""
        return f"{self.module}: {self.change} ({self.column}, {self.nth})"

    @property
    def change(self) -> str:
        """The line before and after."""
        return f"{self.before} → {self.after}"


def path_of(module: str) -> Path:
    """Return the file of a module of the package."""
    folder = SOURCE / module.replace(".", "/")
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def modules(names: Iterable[str] = PACKAGES) -> list[str]:
    """Return the modules of the packages, in order; those named in full as they are."""
    found = []
    for name in names:
        folder = SOURCE / "analysis" / name.replace(".", "/")
        files = sorted(folder.glob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
        found += [
            ".".join(one.relative_to(SOURCE).with_suffix("").parts)
            for one in files
            if one.name != "__init__.py"
        ]
    return found


def unread(source: str) -> set[tuple[int, int]]:
    """Return where annotations are (line, column of each node), which nothing evaluates."""
    spots = set()
    for node in ast.walk(ast.parse(source)):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if part is not None:
                for line in range(part.lineno, part.end_lineno + 1):
                    first = part.col_offset if line == part.lineno else 0
                    last = part.end_col_offset if line == part.end_lineno else 200
                    spots |= {(line, column) for column in range(first, last)}
    return spots


@cache
def operators() -> dict[str, Any]:
    """Return cosmic-ray's operators that need no arguments, by name."""
    from cosmic_ray.operators.provider import OperatorProvider

    every = OperatorProvider()
    return {name: every[name]() for name in every if not every[name].arguments()}


@cache
def nodes(module: str) -> list[Any]:
    """Return the nodes of a module's tree, its root first."""
    from cosmic_ray.ast import ast_nodes, get_ast

    return list(ast_nodes(get_ast(path_of(module).read_text(encoding="utf-8"))))


def places(module: str) -> dict[tuple[int, int], list[Mutant]]:
    """Return every place of a module with its mutants; some may be no Python."""
    skipped = unread(path_of(module).read_text(encoding="utf-8"))
    found: dict[tuple[int, int], list[Mutant]] = defaultdict(list)
    for name, operator in operators().items():
        types = next((each for start, each in ONLY_ON.items() if name.startswith(start)), None)
        for number, node in enumerate(nodes(module)):
            if types is None or node.type in types:
                for index, ((line, column), _) in enumerate(operator.mutation_positions(node)):
                    if (line, column) not in skipped:
                        mutant = Mutant(module, name, number, index, line, column)
                        found[line, column].append(mutant)
    return found


def changed(mutant: Mutant) -> str:
    """Return the source with the mutation; the tree is as it was afterwards."""
    from cosmic_ray.ast import ast_nodes

    tree = nodes(mutant.module)
    node = tree[mutant.node]
    siblings = node.parent.children
    place, before = next(at for at, one in enumerate(siblings) if one is node), list(siblings)
    states = [
        (one, name, list(value) if isinstance(value := getattr(one, name), list) else value)
        for one in ast_nodes(node)
        for name in ("children", "value")
        if hasattr(one, name)
    ]
    try:
        new = operators()[mutant.operator].mutate(node, mutant.index)
        siblings[place : place + 1] = [] if new is None else [new]
        return str(tree[0].get_code())
    finally:
        siblings[:] = before
        for one, name, value in states:
            setattr(one, name, value)


def compiled(mutant: Mutant) -> Mutant | None:
    """Return a mutant with its code, or None where Python refuses it or warns of it."""
    path = path_of(mutant.module)
    source = path.read_text(encoding="utf-8")
    with warnings.catch_warnings(), suppress(SyntaxError, AttributeError):
        warnings.simplefilter("error", SyntaxWarning)
        # AttributeError: cosmic-ray 8.7 on an exception with a dot in its name.
        text = changed(mutant)
        if text != source:
            return told(mutant, source, text, compile(text, str(path), "exec", dont_inherit=True))
    return None


def told(mutant: Mutant, source: str, text: str, code: CodeType) -> Mutant:
    """Return a mutant with its code and the line that it changes."""
    old, new = source.splitlines(), text.splitlines()
    index = mutant.line - 1
    before = old[index].strip()
    after = new[index].strip() if len(old) == len(new) else ""
    nth = [one.strip() for one in old[:index]].count(before)
    return replace(mutant, before=before, after=after, code=code, nth=nth)


def rank(seed: int, *about: object) -> str:
    """Return a place in an order drawn by a seed, the same whatever else there is."""
    return hashlib.sha256(repr((seed, *about)).encode()).hexdigest()


def draw(names: Sequence[str], count: int | None, seed: int) -> tuple[list[Mutant], int]:
    """Return one mutant at each of ``count`` places (all for None), and how many places are."""
    spots = []
    for name in names:
        lines = path_of(name).read_text(encoding="utf-8").splitlines()
        for (line, column), each in places(name).items():
            text = lines[line - 1].strip()
            nth = [one.strip() for one in lines[:line]].count(text)
            spots.append((rank(seed, name, text, nth, column), each))
    chosen: list[Mutant] = []
    for name, each in sorted(spots, key=lambda spot: spot[0]):
        each.sort(key=lambda one: rank(seed, name, one.operator))
        valid = next(filter(None, map(compiled, each)), None)
        if valid is not None:
            chosen.append(valid)
        if count is not None and len(chosen) >= count:
            break
    return chosen, len(spots)


def pairs(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    """Return the functions whose code differs; None where what runs at import does."""
    parts = [[one for one in code.co_consts if isinstance(one, CodeType)] for code in (old, new)]
    rest = [[one for one in code.co_consts if not isinstance(one, CodeType)] for code in (old, new)]
    same = (old.co_code, old.co_names, list(map(repr, rest[0]))) == (
        new.co_code,
        new.co_names,
        list(map(repr, rest[1])),
    )
    if not same or len(parts[0]) != len(parts[1]):
        return None
    found: list[tuple[CodeType, CodeType]] = []
    for one, other in zip(*parts, strict=True):
        if one == other:
            continue
        if one.co_flags & 0x1:  # CO_OPTIMIZED: a function, not the body of a class
            found.append((one, other))
            continue
        inner = pairs(one, other)
        if inner is None:
            return None
        found += inner
    return found


class Anew(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from the mutant's code."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return where the mutant's module comes from: here."""
        if name == self.mutant.module:
            return importlib.util.spec_from_loader(name, self, origin=str(path_of(name)))
        return None

    def exec_module(self, module: Any) -> None:
        """Run the mutant's code as the module."""
        module.__file__ = str(path_of(module.__name__))
        assert self.mutant.code is not None
        exec(self.mutant.code, module.__dict__)


def in_child(work: Callable[[], Any], cpu: float) -> tuple[int, int]:
    """Fork, and return the child's id and the end to read what ``work`` returned, pickled."""
    reads, writes = os.pipe()
    child = os.fork()
    if child:
        os.close(writes)
        return child, reads
    status = 70
    try:
        os.close(reads)
        os.setsid()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        seconds = max(1, round(cpu))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
        said = pickle.dumps(work())
        with os.fdopen(writes, "wb") as stream:
            stream.write(said)
        status = 0
    finally:
        os._exit(status)


def run_all(
    works: Iterable[tuple[Any, Callable[[], Any], float]], at_once: int
) -> Iterator[tuple[Any, Any]]:
    """Yield (name, what its work returned): None out of time, ``BROKEN`` by a fault of our own."""
    waiting = iter(works)
    running: dict[int, tuple[Any, int, bytearray, float]] = {}
    with selectors.DefaultSelector() as ends:
        while True:
            while len(running) < at_once:
                job = next(waiting, None)
                if job is None:
                    break
                name, work, cpu = job
                child, end = in_child(work, cpu)
                running[end] = (name, child, bytearray(), time.monotonic() + 8 * cpu + 30)
                ends.register(end, selectors.EVENT_READ)
            if not running:
                return
            for key, _ in ends.select(timeout=1):
                end = int(key.fd)
                name, child, said, _ = running[end]
                if got := os.read(end, 1 << 16):
                    said += got
                    continue
                ends.unregister(end)
                os.close(end)
                with suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
                _, status = os.waitpid(child, 0)
                del running[end]
                broken = os.WIFEXITED(status) and os.WEXITSTATUS(status)
                yield name, pickle.loads(said) if said else BROKEN if broken else None
            for _, child, _, until in running.values():
                if time.monotonic() > until:
                    with suppress(ProcessLookupError):
                        os.killpg(child, signal.SIGKILL)


def passes(items: Sequence[pytest.Item]) -> bool:
    """Run tests in this process until one fails; return whether none did."""
    from _pytest.runner import runtestprotocol

    for item, following in zip(items, [*items[1:], None], strict=True):
        for report in runtestprotocol(item, nextitem=following, log=False):
            if report.failed:
                return False
    return True


Watched = tuple[float, set[tuple[str, int]], dict[str, str]]
"""CPU seconds of a test, the lines that it ran, and the hashes of their files."""


def watched(item: pytest.Item) -> Watched | None:
    """Run a test and return what it ran; None where it does not pass."""
    from _pytest.runner import runtestprotocol

    ran: set[tuple[str, int]] = set()
    inside = tuple(str(SOURCE / "analysis" / name) + os.sep for name in PACKAGES)
    above = len(str(SOURCE)) + 1

    def local(frame: Any, event: str, arg: Any) -> Any:
        ran.add((frame.f_code.co_filename[above:], frame.f_lineno))
        return local

    def call(frame: Any, event: str, arg: Any) -> Any:
        return local if frame.f_code.co_filename.startswith(inside) else None

    start = time.process_time()
    sys.settrace(call)
    try:
        reports = runtestprotocol(item, nextitem=None, log=False)
    finally:
        sys.settrace(None)
    if not all(report.passed for report in reports):
        return None
    return time.process_time() - start, ran, {path: digest(path) for path, _ in ran}


@cache
def digest(path: str) -> str:
    """Return a hash of a file of the package."""
    return hashlib.sha256((SOURCE / path).read_bytes()).hexdigest()


def valid(told: Watched | None) -> bool:
    """Return whether the modules that a test ran are still as they were when it did."""
    return told is None or all(digest(path) == one for path, one in told[2].items())


class Driver:
    """A pytest plugin: with everything collected, it forks instead of running tests.

    Attributes
    ----------
    verdicts : dict of Mutant to str
        ``killed``, ``out of time``, ``survived`` or ``not reached``.
    """

    def __init__(self, mutants: Sequence[Mutant], at_once: int, keep: Path | None) -> None:
        self.mutants, self.at_once, self.keep = mutants, at_once, keep
        self.done = False
        self.breadth: dict[pytest.Item, int] = {}
        self.controls = [Mutant(one, CONTROL, 0, 0, 0, 0) for one in {m.module for m in mutants}]
        self.verdicts: dict[Mutant, str] = {}
        self.functions: dict[tuple[str, str, int], list[FunctionType]] = defaultdict(list)
        self.originals = {
            name: compile(
                path_of(name).read_text(encoding="utf-8"),
                str(path_of(name)),
                "exec",
                dont_inherit=True,
            )
            for name in {one.module for one in mutants}
        }

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Watch every test once, then let the mutants meet those that reach them."""
        begun = time.monotonic()
        self.reached: dict[tuple[str, int], list[tuple[float, pytest.Item]]] = defaultdict(list)
        count = 0
        for one in gc.get_objects():
            if type(one) is FunctionType:
                code = one.__code__
                self.functions[code.co_filename, code.co_qualname, code.co_firstlineno].append(one)
        self.outside = [item for item in session.items if item.path.name == OUTSIDE]
        gc.collect()
        gc.freeze()
        for item, told in self.watch(session.items):
            count += told is not None and bool(told[1])
            for spot in told[1] if told else ():
                self.reached[spot].append((told[0], item))
            self.breadth[item] = len(told[1]) if told else 0
        note(f"{count} tests reach the packages ({time.monotonic() - begun:.0f} s)")
        self.meet()
        unsound = [one.module for one in self.controls if self.verdicts[one] in NOTICED]
        self.done = True
        if unsound:
            raise SystemExit(f"without any change the tests fail of {', '.join(unsound)}")
        return True

    def watch(self, items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, Any]]:
        """Yield each test with what `watched` tells of it, now or in an earlier run."""
        seen = self.keep and self.keep.with_suffix(".seen")
        before = pickle.loads(seen.read_bytes()) if seen and seen.exists() else {}
        keys = {item: rank(0, item.nodeid, item.path.read_bytes()) for item in items}
        found = {key: before[key] for key in keys.values() if key in before and valid(before[key])}
        works = (
            (item, lambda item=item: watched(item), SLOW)
            for item, key in keys.items()
            if key not in found
        )
        for item, told in run_all(works, self.at_once):
            found[keys[item]] = None if told == BROKEN else told
            if seen and len(found) % 50 == 0:
                note(f"{len(found)} of {len(keys)} watched")
                seen.write_bytes(pickle.dumps(before | found))
        if seen:
            seen.write_bytes(pickle.dumps(before | found))
        return ((item, found[key]) for item, key in keys.items())

    def meet(self) -> None:
        """Run each mutant's tests."""
        begun = time.monotonic()
        for done, (mutant, told) in enumerate(run_all(self.works(), self.at_once), 1):
            said = {None: "out of time", True: "survived", False: "killed", BROKEN: BROKEN}
            self.verdicts[mutant] = said[told]
            if self.keep and mutant.operator != CONTROL:
                with self.keep.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps([mutant.key, said[told]], ensure_ascii=False) + "\n")
            if done % 50 == 0:
                note(f"{done} of {len(self.mutants)} ({time.monotonic() - begun:.0f} s)")

    def works(self) -> Iterator[tuple[Mutant, Callable[[], bool], float]]:
        """Yield each mutant that a test reaches, with what to do in its process."""
        for mutant in (*self.controls, *self.mutants):
            tests = self.tests_of(mutant)
            if not tests:
                self.verdicts[mutant] = "not reached"
                continue
            if mutant.operator == CONTROL:
                tests = tests[:5]
            seconds = sum(taken for taken, _ in tests)
            items = [item for _, item in tests]
            yield mutant, lambda m=mutant, i=items: self.outcome(m, i), 10 + 5 * seconds

    def tests_of(self, mutant: Mutant) -> list[tuple[float, pytest.Item]]:
        """Return the tests that run its line, else its function, else its module.

        The quick ones that run little else first, as far as the budget goes.
        """
        file = path_of(mutant.module)
        path = str(file.relative_to(SOURCE))
        around = {mutant.line}
        found = self.at(path, around)
        if not found:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                    if first <= mutant.line <= node.end_lineno:
                        around |= set(range(node.body[0].lineno, node.end_lineno + 1))
            found = self.at(path, around)
        if len(around) == 1 and not found:
            found = self.at(path, {line for name, line in self.reached if name == path})
        outside = self.outside if len(around) == 1 and not self.at(path, {mutant.line}) else []
        chosen = [(0.0, item) for item in outside]
        total = 0.0
        for item, taken in sorted(
            found.items(), key=lambda one: (one[1] * self.breadth[one[0]], one[0].nodeid)
        ):
            total += taken
            if total > BUDGET and len(chosen) > len(outside):
                break
            chosen.append((taken, item))
        return chosen

    def at(self, path: str, lines: set[int]) -> dict[pytest.Item, float]:
        """Return the tests that run one of some lines, with their seconds."""
        return {item: taken for line in lines for taken, item in self.reached.get((path, line), ())}

    def outcome(self, mutant: Mutant, items: Sequence[pytest.Item]) -> bool:
        """Become the mutant, and return whether the tests still pass; in a forked process."""
        if mutant.operator == CONTROL:
            mutant = replace(mutant, code=self.originals[mutant.module])
        assert mutant.code is not None
        changed = pairs(self.originals[mutant.module], mutant.code)
        if changed:
            for old, new in changed:
                key = (old.co_filename, old.co_qualname, old.co_firstlineno)
                if not self.functions.get(key):
                    break
                for function in self.functions[key]:
                    function.__code__ = new
            else:
                return passes(items)
        for name in list(sys.modules):
            if name.split(".")[0] in ("analysis", "tests"):
                del sys.modules[name]
        sys.meta_path.insert(0, Anew(mutant))
        return pytest.main([*OPTIONS, "-x", *(item.nodeid for item in items)]) == 0


OPTIONS = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0")


def wilson(share: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % interval of a share of ``n`` (Wilson)."""
    middle = share + z * z / (2 * n)
    half = z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def kept(path: Path | None) -> dict[str, str]:
    """Return what an earlier run found, by the key of the mutant."""
    if path is None or not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {str(key): str(one) for key, one in map(json.loads, lines)}


def judge(
    mutants: Sequence[Mutant],
    keep: Path | None,
    at_once: int,
    tests: Sequence[str],
    again: bool = True,
) -> dict[Mutant, str]:
    """Return the verdict on each mutant; those that an earlier run killed are not run again.

    Nor are those that survived, where not ``again``.
    """
    earlier = kept(keep)
    done = NOTICED if again else (*NOTICED, *LIVING)
    verdicts = {one: earlier[one.key] for one in mutants if earlier.get(one.key) in done}
    left = [one for one in mutants if one not in verdicts]
    if not left:
        return verdicts
    note(f"{len(left)} of them to be run")
    driver = Driver(left, at_once, keep)
    for name in WARM:
        importlib.import_module(name)
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(SOURCE)]
    with redirect_stdout(sys.stderr):
        code = pytest.main([*OPTIONS, *tests], plugins=[driver])
    if code not in (0, pytest.ExitCode.NO_TESTS_COLLECTED) or not driver.done:
        raise SystemExit(f"pytest could not collect the tests: exit code {code}")
    for one, verdict in driver.verdicts.items():
        # Other tests may have reached it before, to no more avail.
        verdicts[one] = earlier.get(one.key, verdict) if verdict == "not reached" else verdict
    return {one: verdicts[one] for one in mutants}


def note(*said: object) -> None:
    """Tell how far it is."""
    print(*said, file=sys.stderr, flush=True)


def reasons() -> dict[str, dict[str, str]]:
    """Return why a survivor survives, by module and change."""
    if not REASONS.exists():
        return {}
    found: dict[str, dict[str, str]] = json.loads(REASONS.read_text(encoding="utf-8"))
    return found


def table(verdicts: dict[Mutant, str]) -> list[str]:
    """Return the score by package and module."""
    lines = [
        "| module | mutants | noticed | of these out of time | survived | not reached | score |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    groups = {"**all**": list(verdicts)}
    for one in sorted(verdicts, key=lambda one: one.module):
        _, package, *rest = one.module.split(".")
        groups.setdefault(f"**{package}**", []).append(one)
        groups.setdefault(".".join((package, *rest)), []).append(one)
    for name, mutants in groups.items():
        told = [verdicts[one] for one in mutants]
        noticed = sum(one in NOTICED for one in told)
        late, silent = told.count("out of time"), told.count("not reached")
        cells = (len(told), noticed, late, len(told) - noticed - silent, silent)
        score = f"{noticed / len(told):.1%}"
        lines.append(f"| {name} | {' | '.join(f'{cell:,}' for cell in cells)} | {score} |")
    return lines


def cell(text: str) -> str:
    """Return code for a cell of a table."""
    return "`" + text.replace("|", "\\|") + "`" if text else "(taken away)"


def page(verdicts: dict[Mutant, str], spots: int, seed: int, command: str) -> Iterator[str]:
    """Yield the lines of the page."""
    noticed = sum(one in NOTICED for one in verdicts.values())
    low, high = wilson(noticed / len(verdicts), len(verdicts))
    yield "# Mutation tests\n"
    yield f"Written by `{command}`.\n"
    yield from str(__doc__).split("\nRun (")[0].splitlines()[2:]
    yield (
        f"\n**{noticed:,} of {len(verdicts):,} mutants are noticed: "
        f"{noticed / len(verdicts):.1%}** (95 % interval of the share at all {spots:,} places: "
        f"{low:.1%} to {high:.1%}; aimed at: "
        f"at least {LEAST:.0%}). Places are drawn by seed {seed}. A mutant whose tests take more "
        "than five times as long, and ten seconds more, is noticed by that. With `--keep` a mutant "
        "that was noticed is not run again when tests are added. Tests were written with the "
        "survivors of this draw at hand: ask another seed for a score that they have not seen."
    )
    yield "\n## By module\n"
    yield from table(verdicts)
    yield "\n## Survivors\n"
    yield "| module | line | would be | why it survives |\n|---|---|---|---|"
    why = reasons()
    for one in sorted(verdicts, key=lambda one: (one.module, one.line, one.column)):
        if verdicts[one] in LIVING:
            reason = why.get(one.module, {}).get(one.change, "**no test notices**")
            module = one.module.removeprefix("analysis.")
            yield f"| {module} | {cell(one.before)} | {cell(one.after)} | {reason} |"


def main() -> int:
    asked = machine.parser(__doc__)
    asked.add_argument("--places", type=int, help="how many places are drawn (default: all)")
    asked.add_argument("--seed", type=int, default=8, help="of the draw (8)")
    asked.add_argument("--only", nargs="+", default=PACKAGES, help="packages, or package.module")
    asked.add_argument("--at-once", type=int, default=os.cpu_count() or 1, help="processes")
    asked.add_argument("--tests", nargs="+", help="files of tests (default: those that reach)")
    asked.add_argument(
        "--keep", type=Path, help="keep verdicts there; killed ones are not run again"
    )
    asked.add_argument("--once", action="store_true", help="nor are those that survived")
    asked.add_argument("--write", type=Path, help="write the page there instead of printing it")
    options = asked.parse_args()
    mutants, spots = draw(modules(options.only), options.places, options.seed)
    note(f"{len(mutants)} mutants at {spots} places")
    tests = options.tests or [f"tests/{'' if '/' in one else 'test_'}{one}.py" for one in TESTS]
    verdicts = judge(mutants, options.keep, options.at_once, tests, not options.once)
    command = f"python benchmarks/mutants.py --places {options.places} --seed {options.seed}"
    text = "\n".join(page(verdicts, spots, options.seed, f"{command} --write docs/mutants.md"))
    if options.write:
        options.write.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    noticed = sum(one in NOTICED for one in verdicts.values())
    why = reasons()
    open_ = [
        one
        for one, verdict in verdicts.items()
        if verdict in LIVING and one.change not in why.get(one.module, {})
    ]
    aims = [
        machine.Target("mutants noticed", noticed / len(verdicts), LEAST, least=True),
        machine.Target("survivors without a reason", len(open_), 0),
    ]
    return machine.conclude(aims, options.json)


if __name__ == "__main__":
    sys.exit(main())
