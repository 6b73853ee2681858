"""The shape of the package: data goes one way, modules stay small, what is public is described."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

# Each row may import the rows above it and its own; a module or sub-package is one name. A new
# one is one more name here.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "disk", "display", "files", "revision", "urls"),
    ("collect",),
    ("formats",),
    ("activity", "copies", "crossposts", "identity", "instants", "merge", "survey"),
    ("places", "settings", "study", "readings", "parts", "plan"),
    ("panel",),
    ("model",),
    ("evidence",),
    ("experiment",),
    ("claims",),
    ("calibration", "whatif"),
    ("provenance", "results", "inspection"),
    ("diff",),
    ("workbench",),
    ("worlds",),
    ("simulated",),
    ("accounts",),
    ("network",),
    ("figures",),
    ("explore",),
    ("report",),
    ("commands",),
    ("cli",),
)

# Stricter than its row: these import nothing else of the package.
ONLY: dict[str, frozenset[str]] = {
    "diff": frozenset({"display", "errors"}),  # what was published, years ago too, needs no study
    "disk": frozenset({"errors"}),  # everything else writes through it
    "display": frozenset({"errors"}),  # notebooks' tables need nothing that computes
    "worlds": frozenset({"disk", "errors"}),  # what judges the analysis must not be made of it
}

# The two doors stand outside the rows and open on one room each. Because the package itself opens
# `workbench`, a plain `import analysis` counts as importing that; `__version__` is for everyone.
DOORS: dict[str, frozenset[str]] = {
    "analysis": frozenset({"workbench"}),
    "analysis.__main__": frozenset({"cli"}),
}
LONGEST_MODULE = 400

PACKAGE = Path(__file__).parents[1] / "src" / "analysis"
ROW = {name: row for row, names in enumerate(LAYERS) for name in names}


def module_name(path: Path) -> str:
    """Return ``analysis.x.y`` for a file of the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES: dict[str, Path] = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of every import of this package, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "analysis" or alias.name.startswith("analysis."):
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "." * node.level + (node.module or "")
        elif isinstance(node, ast.ImportFrom) and node.module == "analysis":
            for alias in node.names:
                if alias.name != "__version__":
                    yield node.lineno, f"analysis.{alias.name}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("analysis."):
            yield node.lineno, str(node.module)


def unit(name: str) -> str:
    """Return the name in `LAYERS` that a dotted name falls under."""
    parts = name.split(".")
    if parts in (["analysis"], ["analysis", "load"]):
        return "workbench"
    return parts[1]


def fault(module: str, imported: str) -> str | None:
    """Return what is wrong with an import, or None."""
    if imported.startswith("."):
        return "relative imports are not used here"
    target = unit(imported)
    if target not in ROW:
        return f"{target} is in no row of LAYERS"
    if module in DOORS:
        return None if target in DOORS[module] else f"may import only {set(DOORS[module])}"
    source = unit(module)
    if source not in ROW or source == target:
        return None  # a module in no row has a test of its own
    if target not in ONLY.get(source, {target}):
        return f"{source} may import only {set(ONLY[source])} and itself"
    if ROW[target] > ROW[source]:
        return f"{source} stands before {target}: data goes one way"
    return None


def faults(module: str, source: str) -> list[str]:
    """Return one line for every import of ``source`` that goes the wrong way."""
    return [
        f"{module}, line {line}: imports {imported}: {wrong}"
        for line, imported in imports(ast.parse(source))
        if (wrong := fault(module, imported))
    ]


def undescribed(tree: ast.Module) -> list[str]:
    """Return the public functions, classes and methods without a docstring."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = []
    for node in tree.body:
        if not isinstance(node, definitions) or node.name.startswith("_"):
            continue
        members = node.body if isinstance(node, ast.ClassDef) else []
        public = [
            member
            for member in members
            if isinstance(member, definitions) and not member.name.startswith("_")
        ]
        found += [
            f"line {each.lineno}: {each.name}"
            for each in (node, *public)
            if not ast.get_docstring(each)
        ]
    return found


# Who writes without `analysis.disk`, and why that loses nothing.
WRITERS: dict[str, str] = {
    "analysis.collect.archive": "appends whole records, synced, and takes off what is torn",
    "analysis.report.nursery": "the log of a process, in a folder that goes with the run",
    "analysis.report.workers": "the same",
    "analysis.report.kernels": "a pipe",
}
WRITES = frozenset(
    (
        *("write_text", "write_bytes", "to_csv", "to_parquet", "to_excel", "savefig"),
        *("rename", "replace", "renames", "symlink_to", "hardlink_to", "touch"),
        *("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory"),
        *("copy", "copy2", "copyfile", "copytree"),
    )
)
"""Names of methods and functions that write a file, or move one."""

NOT_OF_FILES = frozenset({"replace", "rename", "copy"})
"""Those that texts and frames have too: only with one argument, or of a module, are they these."""


def writes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of every call that writes to the disk by itself."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        name = function.id if isinstance(function, ast.Name) else name
        modes = [*node.args, *(each.value for each in node.keywords if each.arg == "mode")]
        opened = name in ("open", "fdopen") and any(
            isinstance(each, ast.Constant)
            and isinstance(each.value, str)
            and len(each.value) <= 3
            and set(each.value) & set("wax+")
            for each in modes
        )
        if opened or (name in WRITES and _of_files(node, name)):
            yield node.lineno, name


def _of_files(node: ast.Call, name: str) -> bool:
    given = [each.arg for each in node.keywords]
    if name in ("to_csv", "to_parquet"):
        return bool(node.args)  # without a place, it gives back what it would write
    if name in NOT_OF_FILES:
        return len(node.args) == 1 and not given and not isinstance(node.args[0], ast.Constant)
    return True


def test_only_one_module_writes() -> None:
    found = {
        module: calls
        for module, path in MODULES.items()
        if not module.startswith("analysis.disk.")
        and (calls := list(writes(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert found.keys() == WRITERS.keys(), found


@pytest.mark.parametrize(
    "source",
    [
        "path.write_text('x')",
        "path.write_bytes(b'x')",
        "open(path, 'w')",
        "path.open('ab', buffering=0)",
        "io.open(path, mode='r+b')",
        "os.fdopen(handle, 'w')",
        "tempfile.mkstemp(dir=x)",
        "shutil.copyfile(a, b)",
        "frame.to_csv(path)",
        "temporary.replace(path)",
    ],
)
def test_a_write_past_the_one_module_is_found(source: str) -> None:
    assert list(writes(ast.parse(source)))


@pytest.mark.parametrize(
    "source", ["path.open('rb')", "text.replace('a', 'b')", "frame.to_csv()", "dict.copy()"]
)
def test_what_writes_nothing_passes(source: str) -> None:
    assert not list(writes(ast.parse(source)))


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str) -> None:
    found = faults(module, MODULES[module].read_text(encoding="utf-8"))
    assert not found, "\n".join(found)


def test_every_module_has_its_row() -> None:
    units = {unit(name) for name in MODULES if name not in DOORS}
    assert units <= ROW.keys(), f"in no row of LAYERS: {sorted(units - ROW.keys())}"
    assert len(ROW) == sum(map(len, LAYERS)), "a name stands in two rows of LAYERS"


def test_no_two_modules_need_each_other() -> None:
    needs: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        if module not in DOORS:
            found = {unit(name) for _, name in imports(ast.parse(path.read_text(encoding="utf-8")))}
            needs.setdefault(unit(module), set()).update(found - {unit(module)})
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        pytest.fail(f"they import each other: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_small(module: str) -> None:
    lines = len(MODULES[module].read_text(encoding="utf-8").splitlines())
    assert lines < LONGEST_MODULE, f"{module} has {lines} lines"


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_is_described(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert not undescribed(tree)
    assert ast.get_docstring(tree), f"{module} does not say what it is for"


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("analysis.panel", "from analysis.claims.base import Claim", "panel stands before claims"),
        ("analysis.panel", "def f():\n    import analysis.report.page", "stands before report"),
        ("analysis.panel", "from analysis import model", "panel stands before model"),
        ("analysis.panel", "import analysis", "panel stands before workbench"),
        ("analysis.panel", "from analysis import load", "panel stands before workbench"),
        ("analysis.panel", "from . import study", "relative imports"),
        ("analysis.panel", "from analysis.nowhere import x", "nowhere is in no row"),
        ("analysis.display", "from analysis.files import Tree", "display may import only"),
        ("analysis.worlds.write", "from analysis.panel import x", "worlds may import only"),
        ("analysis", "from analysis.cli import main", "may import only"),
    ],
)
def test_a_wrong_import_is_found(module: str, source: str, wrong: str) -> None:
    (found,) = faults(module, source)
    assert wrong in found
    assert found.startswith(f"{module}, line ")


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("analysis.claims.base", "from analysis.evidence.upticks import x"),
        ("analysis.files", "from analysis.errors import corrupt"),
        ("analysis.report.page", "from analysis import __version__"),
        ("analysis.worlds.write", "from analysis.worlds.clock import x"),
        ("analysis.__main__", "from analysis.cli import main"),
        ("analysis.panel", "import analysis_of_others\nimport numpy as np"),
    ],
)
def test_a_right_import_passes(module: str, source: str) -> None:
    assert not faults(module, source)


def test_a_missing_docstring_is_found() -> None:
    source = "class A:\n    'Yes.'\n    def b(self): ...\n    def _c(self): ...\ndef d(): ...\n"
    assert undescribed(ast.parse(source)) == ["line 3: b", "line 5: d"]
