"""Files that are never half there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from analysis import disk


def write_json(path: Path, value: Any) -> None:
    """Write a file beside its place, on disk, then move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    disk.write(path, json.dumps(value, indent=1, sort_keys=True))


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
