"""Parameters, settings and planted files that would like to be code; paths that lead out."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from papermill.translators import PythonTranslator
from tests.fuzzing.judge import sound_problems
from tests.fuzzing.watch import SECRET
from tests.studies import TOML, small_study

from analysis.errors import InputError
from analysis.report.parameters import checked, declared
from analysis.settings import check_settings, read_toml
from analysis.study import inspect
from attacks import REFUSED, SURVIVED, Case, Lost, kind
from attacks._strings import PIECES, hostile

ROOT = Path(__file__).parents[2]
_CELL = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ""}


def _declared(source: str) -> dict[str, Any]:
    return declared({"cells": [_CELL | {"source": source}]}, "x.ipynb")


def _value(case: Case) -> Any:
    """Return a hostile value of any type that a parameter may have."""
    text = PIECES[case.number] if case.number < len(PIECES) else hostile(case.random)
    text = re.sub("[\ud800-\udfff]", "?", text)
    return case.random.choice((text, [text, [text]], {text: text, "n": [1, None, text]}))


@kind()
def parameters_as_code(case: Case) -> str:
    """Parameters of notebooks whose values or names are code: each is one literal assignment."""
    value = _value(case)
    types = {str: "str", list: "list", dict: "dict"}
    known = _declared(f"value: {types[type(value)]} = {type(value)()!r}\nn: int = 1")
    try:
        checked(known, {f"n\n{value}": 1}, "x.ipynb")
        raise Lost("a name that is code was taken")
    except InputError as error:
        sound_problems(error.problems, True)
    given = checked(known, {"value": value}, "x.ipynb")
    source = PythonTranslator.codify(given)
    body = ast.parse(source).body
    if len(body) != 1 or not isinstance(body[0], ast.Assign):
        raise Lost(f"{value!r} became {len(body)} statements")
    if ast.literal_eval(body[0].value) != value:
        raise Lost(f"{value!r} became {source!r}")
    return SURVIVED


_CELLS = (
    "n: int = __import__('os').getpid()",
    "n = [].append(1)",
    "import os\nn: int = 1",
    "n: int = 1; os.system('touch planted')",
    "n: int = (lambda: 1)()",
    "n: __import__('os').system('touch planted') = 1",
    "a, b = 1, 2",
    "n.x: int = 1",
    "n: int = f'{1}'",
    "n: int = 1 if True else 2",
    "%run x.py\nn: int = 1",
    "!touch planted",
    "n: int = " + "(" * 5_000 + "1" + ")" * 5_000,
    "n: int = " + "-" * 50_000 + "1",
    "n: list = " + "[" * 300 + "]" * 300,
    "n: int = 9" + "9" * 5_000,
    "n: str = '\\ud83d'",
    "@n\ndef f(): pass",
    "n: int = 1\0",
    "class n: pass",
    "n: int = yield",
    "del n",
    "n: dict = {**{}}",
    "n: str = 'a' 'b'",
    "n: int = 2 ** 99999999",
)


@kind()
def parameter_cells(case: Case) -> str:
    """Cells of parameters that hold code: none of it is run, or even looked up."""
    source = case.turn(_CELLS)
    if case.number >= len(_CELLS):
        source = f"n: str = {case.random.choice(PIECES)}"
    try:
        found = _declared(source)
    except InputError as error:
        sound_problems(error.problems, True)
        return REFUSED
    if any(
        not isinstance(each.default, str | int | float | list | dict) for each in found.values()
    ):
        raise Lost(f"{source[:80]!r} gave {found}")
    return SURVIVED


_OUT = (
    *(
        "../outside.csv",
        "/etc/passwd",
        "raw/../../outside.csv",
        "C:\\x",
        "..",
        "~/.ssh/id_rsa",
        "\\x",
    ),
    *("raw/\0", "file:///etc/passwd", "http://127.0.0.1/x", "raw\\..\\..\\outside.csv", ".", ""),
    *("//server/x", "\\\\server\\x", "raw/./../../outside.csv", "$HOME/x", "%TEMP%\\x"),
)
_TEMPLATES = ("notebook", "template", "notebooks", "kernel", "plugin", "style", "script", "include")


@kind()
def paths_that_lead_out(case: Case) -> str:
    """Studies that name a path, a link, a notebook or a template outside of themselves."""
    folder = small_study(case.folder / "mine")
    (case.folder / "outside.csv").write_text(SECRET, encoding="utf-8")
    path, way = case.turn(_OUT), case.number % 3
    if way == 0:
        text = TOML.replace("raw/twitter.zip", json.dumps(path)[1:-1])
    elif way == 1:
        text = TOML.replace("raw/score.csv", json.dumps(path)[1:-1])
    else:
        text = f"{case.random.choice(_TEMPLATES)} = {json.dumps(path)}\n{TOML}"
    if case.number % 5 == 4:
        text = TOML
        target = case.random.choice((case.folder / "outside.csv", case.watch.canary))
        (folder / "raw/twitter.zip").unlink()
        (folder / "raw/twitter.zip").symlink_to(target)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    problems = inspect(folder).problems
    sound_problems(tuple(problems), True)
    if not problems:
        raise Lost(f"{path!r} was taken")
    return REFUSED


@kind()
def settings_as_code(case: Case) -> str:
    """Values of study.toml that are templates, formulas, commands or code."""
    folder = small_study(case.folder / "mine")
    text = PIECES[case.number] if case.number < len(PIECES) else hostile(case.random)
    value = json.dumps(re.sub("[\ud800-\udfff]", "?", text)).replace("\x7f", "\\u007f")
    key = case.random.choice(("title", "timezone", "focal", "name", "path", "observed_at"))
    wanted = rf"(?m)^{key} = .*$"
    toml = re.sub(wanted, lambda _: f"{key} = {value}", TOML)
    if key == "observed_at":
        toml = TOML.replace("[sources]", f"observed_at = {value}\n\n[sources]")
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    try:
        raw = read_toml(folder)
    except InputError as error:
        sound_problems(error.problems, True)
        return REFUSED
    settings, problems = check_settings(raw, "mine/study.toml")
    sound_problems(tuple(problems), True)
    return REFUSED if settings is None else SURVIVED


_BAIT = "import pathlib, os\npathlib.Path({planted!r}).write_text('ran')\n"
_PLACES = (
    *("conftest.py", "sitecustomize.py", "usercustomize.py", "study.py", "__init__.py", "numpy.py"),
    *("analysis/__init__.py", "pandas.py", "json.py", "raw/conftest.py", "raw/__init__.py"),
    *("startup.py", "matplotlibrc.py", "setup.py", "code.py", "site.py", "antigravity.py"),
)
_CONFIGS = {
    ".ipython/profile_default/startup/00.py": _BAIT,
    ".ipython/profile_default/ipython_config.py": _BAIT,
    "ipython_config.py": _BAIT,
    "ipython_kernel_config.py": _BAIT,
    "jupyter_config.py": _BAIT,
    ".jupyter/jupyter_notebook_config.py": _BAIT,
    "evil.pth": "import pathlib; pathlib.Path({planted!r}).write_text('ran')\n",
    "matplotlibrc": "backend: module://conftest\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-p conftest'\n",
    ".git/config": "[core]\n\tfsmonitor = touch {planted}\n\thooksPath = .\n",
}


@kind(watched=False, seconds=60)
def files_planted(case: Case) -> str:
    """Modules, startup files and configurations in a study and beside it: none is run."""
    folder = small_study(case.folder / "data" / "mine")
    planted = case.folder / "planted"
    for place in (folder, folder.parent, case.folder):
        for name in _PLACES:
            _plant(place / name, _BAIT, planted)
        for name, text in _CONFIGS.items():
            _plant(place / name, text, planted)
        (place / "data.pkl").write_bytes(
            b"cos\nsystem\n(S'touch " + os.fsencode(planted) + b"'\ntR."
        )
    where = case.turn((folder, folder.parent, case.folder))
    command = case.random.choice(("check", "verdict"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "HOME": str(case.folder / "home")}
    asked = os.path.relpath(folder, where)
    done = subprocess.run(
        [_NEEDLE, command, asked], cwd=where, env=environment, capture_output=True, timeout=150
    )
    if planted.exists():
        raise Lost(f"{command} ran what was planted")
    if done.returncode not in (0, 2):
        raise Lost(f"{command} ended with {done.returncode}: {done.stderr[-200:]!r}")
    return SURVIVED if done.returncode == 0 else REFUSED


_NEEDLE = str(Path(sys.executable).with_name("needle"))


def _plant(path: Path, text: str, planted: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(
            text.replace("{planted!r}", repr(str(planted))).replace("{planted}", str(planted))
        )
