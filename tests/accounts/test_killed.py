"""A build that is killed at any moment and run again is the one that nothing disturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from analysis.worlds import simulate
from tests.accounts import inputs
from tests.accounts.test_building import contents

KILLS = 10


def start(source: Path, out: Path) -> subprocess.Popen[bytes]:
    arguments = ["build", str(source), "--out", str(out), "--part-accounts", "1"]
    return subprocess.Popen(
        [sys.executable, "-m", "analysis", "accounts", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


@pytest.mark.slow
def test_killed_at_random_and_run_again_is_the_same_byte_for_byte(tmp_path) -> None:
    accounts = [(f"a{seed}", simulate("blog-only", seed=seed, days=100)) for seed in range(6)]
    source = inputs.write(tmp_path / "in", accounts)
    begin = time.monotonic()
    whole = start(source, tmp_path / "whole")
    _out, said = whole.communicate(timeout=300)
    took = time.monotonic() - begin
    assert whole.returncode == 0, said
    rng = np.random.default_rng(7)
    out, killed, begun = tmp_path / "out", 0, 0
    # From when the libraries are there to when all is done, and each run begins where the last
    # one was ended; so the late moments come first.
    for share in np.sort(rng.uniform(0.2, 1.0, KILLS)):
        child = start(source, out)
        try:
            child.communicate(timeout=float(share) * took)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.communicate()
            killed += 1
            begun += (tmp_path / "out.building").exists()
            # Nothing but the whole is ever in its place.
            assert not out.exists() or contents(out) == contents(tmp_path / "whole")
    assert killed >= 3
    assert begun >= 1
    last = start(source, out)
    _out, said = last.communicate(timeout=300)
    assert last.returncode == 0, said
    assert contents(out) == contents(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out", "whole"]
