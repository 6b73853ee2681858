"""Runs ``needle collect`` again and again without importing it each time.

Reads a study's folder a line, forks, prints the child's number, and prints its status when it is
over. The child is a whole ``needle collect`` process of its own, to be killed at any moment.
"""

from __future__ import annotations

import os
import sys

import analysis.collect.run
import analysis.settings  # noqa: F401 - imported here, once
from analysis.cli import main


def serve() -> None:
    """Answer every line of standard input."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            try:
                main(["collect", line.strip()], standalone_mode=False)
            except SystemExit as end:
                os._exit(int(end.code or 0))
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
