"""The child process that runs notebooks: ``python -m analysis.report.worker JOB.json NUMBER``.

It takes the notebooks of a job one after another (several workers may share a job), so that
papermill is imported once for all of them. What came of each is written to a file of its own;
the parent believes that file and nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any


def main(job_file: str, number: str) -> None:
    """Run what is left of a job.

    Parameters
    ----------
    job_file : str
        What :mod:`analysis.report.runner` wrote; all other files stand beside it.
    number : str
        Which worker of the job this is.
    """
    # Compiling this grammar takes a second of every start where jupyterlab is installed; it is
    # used to check the "iri" format only, which no notebook has, and its absence is allowed for.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from analysis.report.execute import execute

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    os.chdir(Path(job_file).parent)
    for index, task in enumerate(job["tasks"]):
        if os.getppid() != job["parent"] or not _claim(index, number):
            continue

        def started(cell: int, index: int = index) -> None:
            write_json(f"current-{number}.json", {"task": index, "cell": cell})

        write_json(f"result-{index}.json", {"failure": execute(index, task, job, started)})


def write_json(name: str, content: dict[str, Any]) -> None:
    """Write a small file whole: a reader sees the old content, or the new."""
    temporary = Path(f"{name}.part")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    temporary.replace(name)


def _claim(index: int, number: str) -> bool:
    """Whether task ``index`` is now this worker's: only one can move the file."""
    try:
        Path(f"todo-{index}").rename(f"claim-{index}-{number}")
    except FileNotFoundError:
        return False
    return True


if __name__ == "__main__":
    # What stands on stderr goes to the parent's log; its last line explains a crash.
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
