"""A process that judges the cases named on its input, a line of JSON for each."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import socket
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from tests.fuzzing import judge
from tests.fuzzing.cases import every_seed


def main() -> None:
    warnings.simplefilter("error")
    if sys.argv[1:2] == ["--fault"]:
        plant(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        os.chdir(folder)
        watch = judge.Watch(Path(folder).resolve())
        formats = {name: seed.format for name, seed in every_seed().items()}
        _tell({"seeds": formats, "known": sorted(judge.known_formats())})
        for line in sys.stdin:
            _tell(dataclasses.asdict(judge.judge(line.strip(), watch)))
        watch.server.close()
        os.chdir("/")


def plant(kind: str) -> None:
    """Let the reader of feeds have a fault, to see that it is found."""
    from analysis import activity
    from analysis.errors import corrupt

    def faulty(key: str, path: str, tree: Any) -> Any:
        if kind == "raise":
            raise KeyError("x")
        if kind == "hang":
            while True:
                pass
        if kind == "grow":
            return len(bytearray(2 * 1024**3))
        if kind == "write":
            with contextlib.suppress(OSError):
                Path("/no such folder/x").touch()
        if kind == "connect":
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", 9), timeout=1)
        if kind == "lines":
            raise corrupt("elsewhere", "", "expected this file")
        if kind == "die":
            os._exit(3)
        source = activity.read_source(key, path, tree)
        if kind == "year":
            post = dataclasses.replace(source.extract.posts[0], when=dt.date(3000, 1, 1))
            extract = dataclasses.replace(source.extract, posts=[post])
            return dataclasses.replace(source, extract=extract)
        return source

    judge.read_source = faulty
    judge._HANGS = 2


def _tell(value: object) -> None:
    sys.__stdout__.write(json.dumps(value) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
