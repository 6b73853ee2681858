"""A process that judges the cases named on its input, a line of JSON for each."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path


def main() -> None:
    from tests.fuzzing import judge
    from tests.fuzzing.cases import every_seed

    warnings.simplefilter("error")
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


def _tell(value: object) -> None:
    sys.__stdout__.write(json.dumps(value) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
