"""A forked kernel is the same as one that was started, to everything that a notebook can see."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from report_samples import MakeNotebook
from tests.studies import small_study

from analysis.errors import InputError
from analysis.report.build import NOTEBOOKS, STUDY_PARAMETER
from analysis.report.computing import compute
from analysis.report.runner import FORKS, Crew, run_notebooks
from analysis.report.tasks import Run, Task

ROOT = Path(__file__).parents[2]
FAST: dict[str, Any] = {"cell_timeout": 60, "run_timeout": 120}

pytestmark = pytest.mark.skipif(not FORKS, reason="kernels are forked on Linux only")

# What a process is, and what libraries found out about it while they were imported. What has to
# differ (process ids, the kernel's own files) is named and left out.
STATE = (
    "import os, sys, signal, warnings, locale, gc\n"
    "print({k: v for k, v in sorted(os.environ.items()) if k != 'JPY_PARENT_PID'})",
    "print(sys.argv[0], sys.argv[1:2], sys.argv[3:], sys.path, sys.flags, sys._xoptions)\n"
    "print(sys.warnoptions, sys.executable, sys.prefix, os.getcwd())\n"
    "print(sys.stdin, sys.stdout.encoding, sys.stderr.encoding, os.stat('/dev/fd/0').st_mode)",
    "print([(s, str(signal.getsignal(s))[:40].split(' at ')[0]) for s in signal.valid_signals()\n"
    "       if s not in (signal.SIGKILL, signal.SIGSTOP)])\n"
    "print(os.getpgid(0) == os.getpid(), os.getsid(0) == os.getpid(), os.umask(0o022))\n"
    "print(gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit(), locale.getlocale())",
    "import analysis.workbench, analysis.figures.regression, seaborn, statsmodels.api\n"
    # In another order: the shell's own come last in a fork. None of them meets one of another.
    "print(sorted(str(one) for one in warnings.filters))",
    "import pandas as pd, numpy as np, matplotlib as mpl, decimal, random\n"
    "with warnings.catch_warnings(action='ignore'):\n"
    "    options = sorted(pd._config.config._registered_options)\n"
    "    print({k: pd.get_option(k) for k in options})\n"
    "print(np.get_printoptions(), np.geterr(), decimal.getcontext())",
    "print({k: str(mpl.rcParams[k]) for k in sorted(mpl.rcParams)})\nprint(mpl.get_backend())",
    "import logging\n"
    "print(logging.root.level, [type(h).__name__ for h in logging.root.handlers])\n"
    "print(sorted(k for k in dir(__builtins__)), sorted(globals()))",
    "print(sorted(m for m in sys.modules if m.split('.')[0] in ('papermill', 'nbclient')))",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 4])\nplt.show()",
    "pd.DataFrame({f'column number {i}': range(3) for i in range(30)})",
    "print(pd.DataFrame({f'column number {i}': range(3) for i in range(30)}).describe())",
    "print(mpl.get_backend())\n"
    "import threading; print(sorted(type(t).__name__ for t in threading.enumerate()))",
    "import subprocess; print(subprocess.check_output(['echo', 'from a child'], text=True))",
)


def shown(run: Run) -> list[list[Any]]:
    assert run.failure is None
    cells = json.loads(run.task.output.read_bytes())["cells"]
    return [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]


def both(tasks: list[Task], folder: Path, study: Path | None = None) -> tuple[list[Run], list[Run]]:
    """Run tasks in forked kernels, which have the study in memory, and in started ones."""
    runs = []
    for name, fork in (("forked", True), ("started", False)):
        placed = [
            Task(task.notebook, folder / name / task.notebook.name, task.cwd, task.parameters)
            for task in tasks
        ]
        with Crew(fork) as crew:
            if study is not None:
                staffs = crew.staff.compute(study, skip_corrupt=False)
                mine = compute(study, skip_corrupt=False)
                assert (staffs.json, staffs.network) == (mine.json, mine.network)
                assert staffs.whatif is not None
                assert staffs.whatif.said
                assert staffs.whatif == mine.whatif
            runs.append(run_notebooks(placed, crew=crew, **FAST))
    return runs[0], runs[1]


def test_what_a_kernel_is_and_what_libraries_make_of_it(
    make_notebook: MakeNotebook, tmp_path: Path
) -> None:
    task = Task(make_notebook("state", *STATE), tmp_path / "x", tmp_path, {})
    (forked,), (started,) = both([task], tmp_path)
    one, two = shown(forked), shown(started)
    assert len(one) == len(STATE) + 1 == len(two)
    for number, (mine, theirs) in enumerate(zip(one, two, strict=True)):
        mine, theirs = (
            re.sub(r"/ndl\w+", "", json.dumps(each).replace(f"/{name}/", "/"))
            for each, name in ((mine, "forked"), (theirs, "started"))
        )
        assert mine == theirs, f"code cell {number}"
    assert "image/png" in one[9][-1]["data"]


def test_two_forked_kernels_draw_different_numbers(
    make_notebook: MakeNotebook, tmp_path: Path
) -> None:
    draw = (
        "import random, numpy as np, uuid\n"
        "print(np.random.random(), random.random(), uuid.uuid4(), np.random.default_rng().random())"
    )
    tasks = [Task(make_notebook(n, draw), tmp_path / f"{n}.ipynb", tmp_path) for n in ("a", "b")]
    one, two = ("".join(shown(run)[1][0]["text"]).split() for run in run_notebooks(tasks, **FAST))
    assert not set(one) & set(two)


@pytest.mark.slow
def test_every_output_of_every_notebook(tmp_path: Path) -> None:
    study = ROOT / "data" / "banfield-2012"
    tasks = []
    for name in NOTEBOOKS:
        parameters: dict[str, Any] = {STUDY_PARAMETER: study.name}
        if name == "calibration":
            parameters["draws"] = 50
        tasks.append(
            Task(ROOT / "notebooks" / f"{name}.ipynb", tmp_path / "x", study.parent, parameters)
        )
    forked, started = both(tasks, tmp_path, study)
    for one, two in zip(forked, started, strict=True):
        assert shown(one) == shown(two), one.task.notebook.stem
        assert one.task.output.read_bytes() == two.task.output.read_bytes()


def test_an_import_that_says_something_says_it_in_the_notebook(
    make_notebook: MakeNotebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noisy = tmp_path / "noisy" / "seaborn"
    noisy.mkdir(parents=True)
    (noisy / "__init__.py").write_text("import sys; sys.stderr.write('seaborn is not well')")
    monkeypatch.setenv("PYTHONPATH", str(noisy.parent), prepend=os.pathsep)
    task = Task(make_notebook("any", "import seaborn"), tmp_path / "any.ipynb", tmp_path)
    run = run_notebooks([task], **FAST)[0]
    assert run.failure is not None
    assert (run.failure.cell, run.failure.error) == (2, "Warning")
    assert run.failure.message == "seaborn is not well"


def test_a_killed_nursery_loses_what_ran_and_the_rest_goes_on(
    make_notebook: MakeNotebook, tmp_path: Path
) -> None:
    kill = (
        "import os, psutil, time",
        "psutil.Process().parent().parent().kill()\ntime.sleep(60)",
    )
    lost = Task(make_notebook("lost", *kill), tmp_path / "lost.ipynb", tmp_path)
    good = Task(make_notebook("good", "print('fine')"), tmp_path / "good.ipynb", tmp_path)
    runs = run_notebooks([lost, good], jobs=1, **FAST)
    assert runs[0].failure is not None
    assert (runs[0].failure.cell, runs[0].failure.error) == (3, "DeadWorker")
    assert runs[1].failure is None
    assert psutil.Process().children(recursive=True) == []


def test_a_killed_run_leaves_no_process(make_notebook: MakeNotebook, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    hang = make_notebook(
        "hang",
        f"import os, pathlib\npathlib.Path({str(told)!r}).write_text(str(os.getpid()))",
        "import time; time.sleep(120)",
    )
    code = f"""
        from pathlib import Path
        from analysis.report.runner import run_notebooks
        from analysis.report.tasks import Task
        run_notebooks([Task(Path({str(hang)!r}), Path("x.ipynb"), Path("."))])
    """
    runner = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=tmp_path)
    try:
        late = time.monotonic() + 60
        while not (told.exists() and told.read_text()):
            assert time.monotonic() < late
            time.sleep(0.05)
        below = psutil.Process(runner.pid).children(recursive=True)
        assert int(told.read_text()) in {process.pid for process in below}
        runner.send_signal(signal.SIGKILL)
        runner.wait(10)
        _, alive = psutil.wait_procs(below, timeout=30)
        zombies = {one for one in alive if one.status() == psutil.STATUS_ZOMBIE}
        assert set(alive) == zombies
    finally:
        runner.kill()
        runner.wait(10)


def test_a_study_is_read_again_when_a_file_was_touched(
    make_notebook: MakeNotebook, tmp_path: Path
) -> None:
    study = small_study(tmp_path / "study")
    kept = "import analysis.workbench\nprint(len(analysis.workbench._SHARED))"
    tell = "print(analysis.load('study').title)"
    task = Task(make_notebook("tell", kept, tell, tell), tmp_path / "tell.ipynb", tmp_path)
    with Crew() as crew:
        title = crew.staff.compute(study, skip_corrupt=False).results["study"]["title"]
        settings = study / "study.toml"
        settings.write_text(settings.read_text().replace(title, "Another"))
        (run,) = run_notebooks([task], crew=crew, **FAST)
    assert ["".join(cell[0]["text"]) for cell in shown(run)[1:]] == ["1\n", *["Another\n"] * 2]


def test_what_is_wrong_with_a_study_comes_back_as_it_was(tmp_path: Path) -> None:
    for fork in (True, False):
        with Crew(fork) as crew, pytest.raises(InputError, match=r"study\.toml"):
            crew.staff.compute(tmp_path, skip_corrupt=False)


def test_a_run_that_stops_early_ends_what_it_had_just_begun() -> None:
    with Crew() as crew:
        staff = crew.staff
        while staff.read("ready.json") is None:
            time.sleep(0.02)
        os.mkfifo(staff.scratch / "job.json")  # so that the worker waits for its job
        assert staff.start(0) is not None
        while (began := staff.read("began-0.json")) is None:
            time.sleep(0.02)
        process = psutil.Process(began["pid"])
        below = [process, *process.children(recursive=True)]
    _, alive = psutil.wait_procs(below, timeout=10)
    assert all(one.status() == psutil.STATUS_ZOMBIE for one in alive)
    assert psutil.Process().children(recursive=True) == []
    assert not staff.scratch.exists()
