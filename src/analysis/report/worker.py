"""The child process that runs one notebook: ``python -m analysis.report.worker JOB.json INDEX``.

What came of it is written to a file of its own; the parent believes that file and nothing else.
Where processes can be forked, :mod:`analysis.report.nursery` forks this one with papermill
imported and a kernel in waiting.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from analysis import disk


def main(job_file: str, index: int) -> None:
    """Run one notebook of a job.

    Parameters
    ----------
    job_file : str
        What :mod:`analysis.report.runner` wrote; all other files stand beside it.
    index : int
        Which of its tasks.
    """
    execute = import_papermill()
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    os.chdir(Path(job_file).parent)

    def started(cell: int) -> None:
        write_json(f"current-{index}.json", {"cell": cell})

    failure = execute(index, job["tasks"][index], job, started)
    write_json(f"result-{index}.json", {"failure": failure})


def import_papermill() -> Any:
    """Return :func:`analysis.report.execute.execute`."""
    # Compiling this grammar takes a second of every start where jupyterlab is installed; it is
    # used to check the "iri" format only, which no notebook has, and its absence is allowed for.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from analysis.report.execute import execute

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    return execute


def write_json(name: str, content: dict[str, Any]) -> None:
    """Write a small file whole: a reader sees the old content, or the new."""
    disk.write(Path(name), json.dumps(content), synced=False)


if __name__ == "__main__":
    # What stands on stderr goes to the parent's log; its last line explains a crash.
    warnings.simplefilter("ignore")
    main(sys.argv[1], int(sys.argv[2]))
