"""axe-core, one version of it by its hash, and what it has against a page."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from devtools import Browser

PACKAGE = "axe-core@4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
"""Of the packed file, in base64, as lock files of npm state it."""

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN = f"""
axe.run(document, {{runOnly: {json.dumps(RULES)}, resultTypes: ["violations"]}}).then(done =>
  done.violations.map(one => [one.id, one.nodes.map(node => node.html.slice(0, 200))]))
"""

# A section far below has its place but no layout until a reader comes near: all have been there.
LAID_OUT = """
for (const one of document.querySelectorAll("main > nav ~ section"))
  one.style.contentVisibility = "visible";
"""


def fetched(folder: Path) -> Path:
    """Return the script of axe-core, from ``folder`` if it is there, else fetched by npm."""
    script = folder / "axe.min.js"
    packed = next(iter(folder.glob("*.tgz")), None) or _packed(folder)
    digest = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode("ascii")
    if digest != SHA512:
        packed.unlink()
        pytest.fail(f"{PACKAGE} is not the file that it was when it was chosen")
    with tarfile.open(packed) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        script.write_bytes(member.read())
    return script


def _packed(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed here, so axe-core cannot be fetched")
    command = [npm, "pack", PACKAGE, "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode:
        pytest.skip(f"npm could not fetch axe-core: {done.stderr.strip()[:200]}")
    return next(folder.glob("*.tgz"))


def violations(browser: Browser, script: Path) -> list[Any]:
    """Return the rules that the open page breaks, each with the elements that do."""
    if not browser.run("'axe' in window"):
        browser.run(script.read_text(encoding="utf-8") + "; null")
    browser.run(LAID_OUT)
    found: list[Any] = browser.run(RUN)
    return found
