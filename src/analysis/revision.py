"""Which commit this code is, asked of Git: light, so that a page can be found fresh at once."""

from __future__ import annotations

import subprocess
from pathlib import Path

_STATUS = ("status", "--porcelain=v2", "--branch", "--untracked-files=no")


def revision() -> str | None:
    """Return the commit that this code stands at, with ``+changes`` when files differ from it.

    None when the code does not stand in a git checkout of its own.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *_STATUS], capture_output=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    told = done.stdout.decode("utf-8", "replace").splitlines()
    head = next((line.split()[2] for line in told if line.startswith("# branch.oid ")), "")
    changed = any(not line.startswith("#") for line in told)
    return None if head in ("", "(initial)") else head[:12] + "+changes" * changed
