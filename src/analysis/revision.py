"""Which commit this code is, asked of Git: light, so that a page can be found fresh at once."""

from __future__ import annotations

import subprocess
from pathlib import Path


def revision() -> str | None:
    """Return the commit that this code stands at, with ``+changes`` when files differ from it.

    None when the code does not stand in a git checkout of its own.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{head}+changes" if changed else head


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=True
    )
    return done.stdout.strip()
