"""One notebook through papermill's Python API; only worker processes import this.

papermill's own verdict is not enough: a notebook counts when every code cell was executed, and
none wrote an error or a warning.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from analysis import disk

INJECTED_TAG = "injected-parameters"
_UNTOLD = {"CellExecutionError": "the cell failed and could not say why (out of memory?)"}
_VOLATILE_CELL_METADATA = ("papermill", "execution", "collapsed", "scrolled")


def execute(
    index: int, task: dict[str, Any], job: dict[str, Any], started: Callable[[int], None]
) -> dict[str, Any] | None:
    """Run ``in-INDEX.ipynb`` of the working folder into ``out-INDEX.ipynb``.

    Parameters
    ----------
    index : int
        Which task of the job.
    task, job : dict
        As :mod:`analysis.report.runner` wrote them.
    started : callable
        Told the number of every code cell as it starts.

    Returns
    -------
    dict or None
        None when all went well, and only then is there an output; else cell, error, message.
    """
    number: int | None = None

    def cell_started(cell: Any, **_: Any) -> None:
        nonlocal number
        if cell.cell_type == "code":
            number = cell_number(cell, task["parameters_cell"])
            started(number)

    try:
        notebook = papermill.execute_notebook(
            f"in-{index}.ipynb",
            None,
            parameters=task["parameters"],
            kernel_name="python3",
            language="python",
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            start_timeout=job["start_timeout"],
            execution_timeout=job["cell_timeout"],
            config=_transport(job["sockets"], index),
            resources={"metadata": {"path": task["cwd"]}},
            extra_arguments=["--InteractiveShell.ignore_cwd=True"],
            shutdown_kernel="immediate",
            force_raise_errors=True,
            coalesce_streams=True,
            record_timing=False,
            on_cell_start=cell_started,
        )
    except PapermillExecutionError as error:
        return _failure(number, error.ename, error.evalue or _UNTOLD.get(error.ename, ""))
    except CellTimeoutError:
        limit = job["cell_timeout"]
        return _failure(number, "CellTimeout", f"the cell ran longer than {limit} seconds")
    except DeadKernelError:
        return _failure(number, "DeadKernel", "the kernel died (killed, or out of memory)")
    failure = unfit(notebook, task["parameters_cell"])
    if failure is None:
        text = nbformat.writes(tidy(notebook))  # type: ignore[no-untyped-call]
        disk.write(Path(f"out-{index}.ipynb"), text.rstrip("\n") + "\n", synced=False)
    return failure


def _transport(sockets: str, index: int) -> Config:
    """Return how to reach the kernel: by a socket file of its own, under an absolute path.

    Over TCP ports race when kernels start together; the default file is shared by all kernels
    of a folder, and they cross-talk.
    """
    if os.name != "posix":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/{index}"}})


def unfit(notebook: Any, parameters_cell: int) -> dict[str, Any] | None:
    """Return why a notebook that ran to its end is no success, or None.

    Every code cell must have been executed, without an error and without a warning: text on
    stderr would be shown to readers.
    """
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        number = cell_number(cell, parameters_cell)
        if cell.execution_count is None:
            return _failure(number, "NotExecuted", "the cell was never executed")
        for output in cell.outputs:
            if output.output_type == "error":
                return _failure(number, output.ename, output.evalue)
            if output.output_type == "stream" and output.name == "stderr":
                return _failure(number, "Warning", output.text)
    return None


def cell_number(cell: Any, parameters_cell: int) -> int:
    """Return which code cell of the stored notebook this is, counted from 1."""
    if INJECTED_TAG in cell.metadata.get("tags", []):
        return parameters_cell
    return int(cell.id.removeprefix("code-"))


def tidy(notebook: Any) -> Any:
    """Return the notebook without what differs from run to run, or tells where it ran."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for key in _VOLATILE_CELL_METADATA:
            cell.metadata.pop(key, None)
        if INJECTED_TAG in cell.metadata.get("tags", []):
            cell.id = INJECTED_TAG
    return notebook


def _failure(cell: int | None, error: str, message: str) -> dict[str, Any]:
    return {"cell": cell, "error": error, "message": message}
