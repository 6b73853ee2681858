"""Real kernels, tiny notebooks: what succeeds, and each way to fail."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from report_samples import MakeNotebook, notebook_json

from analysis.errors import InputError
from analysis.report.runner import run_notebooks
from analysis.report.tasks import Failure, Run, Task, numbered

FAST: dict[str, Any] = {"cell_timeout": 30, "run_timeout": 60}


def task(notebook: Path, tmp_path: Path, **parameters: Any) -> Task:
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    return Task(notebook, tmp_path / "out" / notebook.name, work, parameters)


def outputs(executed: Path) -> list[str]:
    cells = json.loads(executed.read_bytes())["cells"]
    return [
        "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
        for cell in cells
        for output in cell.get("outputs", [])
    ]


def descendants() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Run], Path]:
    """Three notebooks that run, two at a time; minor 4 has no cell ids of its own."""
    folder = tmp_path_factory.mktemp("good {name}")
    (folder / "work").mkdir()
    tell = (
        "import os, sys\n"
        "print(repr(study), window_hours, os.path.basename(os.getcwd()), os.environ['TZ'],\n"
        "      os.environ.get('NEEDLE_TEST_TOKEN'), hash('needle'), '' in sys.path)"
    )
    for name, minor in (("one", 4), ("two", 5), ("three", 5)):
        content = json.dumps(notebook_json("#!# Title", tell, "", minor=minor))
        (folder / f"{name}.ipynb").write_text(content)
    tasks = [
        Task(
            folder / f"{name}.ipynb",
            folder / "out" / f"{name}.ipynb",
            folder / "work",
            {"study": "007"},
        )
        for name in ("one", "two", "three")
    ]
    before = descendants()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEEDLE_TEST_TOKEN", "secret")
        patch.setenv("PYTHONHASHSEED", "77")
        told: list[int] = []
        runs = run_notebooks(tasks, on_done=lambda index, _: told.append(index), **FAST)
    assert sorted(told) == [0, 1, 2]
    assert descendants() == before
    return runs, folder


def test_success_in_order_with_a_text_that_stays_a_text(good: tuple[list[Run], Path]) -> None:
    runs, folder = good
    assert [run.failure for run in runs] == [None, None, None]
    assert [run.task.notebook.stem for run in runs] == ["one", "two", "three"]
    said = outputs(folder / "out" / "one.ipynb")[0]
    assert said.startswith("'007' 48 work UTC None ")
    assert said.strip().endswith("False")


def test_executed_notebooks_are_the_same_bytes_and_tell_nothing(
    good: tuple[list[Run], Path],
) -> None:
    _, folder = good
    one, two, three = (
        (folder / "out" / f"{name}.ipynb").read_bytes() for name in ("one", "two", "three")
    )
    assert one == two == three
    text = one.decode()
    assert "papermill" not in text
    assert "start_time" not in text
    assert "iopub" not in text
    assert str(folder) not in text
    ids = [cell["id"] for cell in json.loads(one)["cells"]]
    assert ids == ["code-1", "injected-parameters", "text-1", "code-2", "code-3"]


def test_nothing_but_the_output_is_written(good: tuple[list[Run], Path]) -> None:
    _, folder = good
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "one.ipynb",
        "three.ipynb",
        "two.ipynb",
    ]
    assert list((folder / "work").iterdir()) == []


def test_a_raising_cell_is_named_and_the_old_output_stays(
    make_notebook: MakeNotebook, tmp_path: Path
) -> None:
    raising = task(
        make_notebook("raises", "#!# T", "x = 1", "x / 0\nprint('never')", "y = 2"), tmp_path
    )
    leaving = task(make_notebook("leaves", "raise SystemExit", "print('never')"), tmp_path)
    warning = task(make_notebook("warns", "import sys; sys.stderr.write('careful now')"), tmp_path)
    raising.output.parent.mkdir()
    raising.output.write_text("the old one")
    runs = run_notebooks([raising, leaving, warning], **FAST)
    assert runs[0].failure == Failure("raises", 3, "ZeroDivisionError", "division by zero")
    assert (
        str(runs[0].failure) == "notebook raises, code cell 3: ZeroDivisionError: division by zero"
    )
    assert runs[1].failure is not None
    assert (runs[1].failure.cell, runs[1].failure.error) == (2, "SystemExit")
    assert runs[2].failure == Failure("warns", 2, "Warning", "careful now")
    assert raising.output.read_text() == "the old one"
    assert [path.name for path in raising.output.parent.iterdir()] == ["raises.ipynb"]


def test_a_hanging_cell_is_stopped_after_its_time(
    make_notebook: MakeNotebook, tmp_path: Path
) -> None:
    hanging = task(make_notebook("hangs", "x = 1", "import time; time.sleep(60)"), tmp_path)
    started = time.monotonic()
    run = run_notebooks([hanging], cell_timeout=2, run_timeout=60)[0]
    assert run.failure == Failure("hangs", 3, "CellTimeout", "the cell ran longer than 2 seconds")
    assert time.monotonic() - started < 30
    assert not hanging.output.exists()


def test_the_deadline_of_the_run_kills_all_of_it_and_the_next_notebook_still_runs(
    make_notebook: MakeNotebook, tmp_path: Path
) -> None:
    endless = make_notebook(
        "endless",
        "import os, subprocess; grand = subprocess.Popen(['sleep', '61'])",
        "with open('pids', 'w') as file: file.write(f'{os.getpid()} {os.getppid()} {grand.pid}')",
        "import time; time.sleep(60)",
    )
    good = task(make_notebook("good", "print('fine')"), tmp_path)
    late = task(endless, tmp_path)
    runs = run_notebooks([late, good], jobs=1, cell_timeout=60, run_timeout=6)
    assert runs[0].failure == Failure(
        "endless", 4, "RunTimeout", "the notebook ran longer than 6 seconds"
    )
    assert runs[1].failure is None
    assert outputs(good.output) == ["fine\n"]
    pids = [int(pid) for pid in (tmp_path / "work" / "pids").read_text().split()]
    assert len(pids) == 3
    assert not [pid for pid in pids if _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_killed_kernel_is_no_success(make_notebook: MakeNotebook, tmp_path: Path) -> None:
    killed = task(
        make_notebook("killed", "import os", "os.kill(os.getpid(), 9)", "print(1)"), tmp_path
    )
    at_the_end = task(
        make_notebook("last", "import os, threading\nos.kill(os.getpid(), 9)"), tmp_path
    )
    runs = run_notebooks([killed, at_the_end], **FAST)
    failures = [run.failure for run in runs]
    assert [(why.cell, why.error) for why in failures if why] == [
        (3, "DeadKernel"),
        (2, "DeadKernel"),
    ]
    assert not killed.output.exists()
    assert not at_the_end.output.exists()


def test_a_killed_worker_is_no_success_and_others_go_on(
    make_notebook: MakeNotebook, tmp_path: Path
) -> None:
    kill = "import os, time", "os.kill(os.getppid(), 9)\ntime.sleep(60)"
    lost = task(make_notebook("lost", *kill), tmp_path)
    good = task(make_notebook("good", "print('fine')"), tmp_path)
    runs = run_notebooks([lost, good], jobs=1, **FAST)
    assert runs[0].failure is not None
    assert (runs[0].failure.cell, runs[0].failure.error) == (3, "DeadWorker")
    assert "-9" in runs[0].failure.message
    assert runs[1].failure is None


def test_a_worker_that_cannot_start_is_told_in_one_line(
    make_notebook: MakeNotebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "papermill.py").write_text("raise ImportError('no papermill here')")
    monkeypatch.setenv("PYTHONPATH", str(broken), prepend=os.pathsep)
    run = run_notebooks([task(make_notebook("any", "1"), tmp_path)], **FAST)[0]
    assert run.failure is not None
    assert run.failure.error == "DeadWorker"
    assert "ImportError: no papermill here" in run.failure.message


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"acount": "x"}, "one of its parameters: study, window_hours"),
        ({"window_hours": "48"}, "expected int, found str '48'"),
    ],
)
def test_parameters_are_checked_before_anything_runs(
    make_notebook: MakeNotebook, tmp_path: Path, given: dict[str, Any], told: str
) -> None:
    good = task(make_notebook("good", "print(1)"), tmp_path)
    bad = task(make_notebook("bad", "print(1)"), tmp_path, **given)
    with pytest.raises(InputError, match=told):
        run_notebooks([good, bad], **FAST)
    assert not good.output.exists()


def test_cells_are_numbered_and_old_outputs_dropped() -> None:
    stored = notebook_json("#!# T", "1", minor=4)
    stored["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "stale"}]
    ready = numbered(stored)
    assert [cell["id"] for cell in ready["cells"]] == ["code-1", "text-1", "code-2"]
    assert ready["cells"][2]["outputs"] == []
    assert stored["cells"][2]["outputs"] != []
