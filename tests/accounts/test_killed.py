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
    accounts = [(f"a{seed}", simulate("blog-only", seed=seed, days=100)) for seed in range(4)]
    source = inputs.write(tmp_path / "in", accounts)
    whole = start(source, tmp_path / "whole")
    _out, said = whole.communicate(timeout=300)
    assert whole.returncode == 0, said
    rng = np.random.default_rng(7)
    out, killed = tmp_path / "out", 0
    for _kill in range(KILLS):
        child = start(source, out)
        assert child.stderr is not None
        # A moment after it has told how far it is for the first, the second ... time.
        for _line in range(int(rng.integers(1, 5))):
            child.stderr.readline()
        time.sleep(float(rng.uniform(0, 0.4)))
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        killed += child.returncode == -signal.SIGKILL
        # Nothing but the whole is ever in its place.
        assert not out.exists() or contents(out) == contents(tmp_path / "whole")
    assert killed
    last = start(source, out)
    _out, said = last.communicate(timeout=300)
    assert last.returncode == 0, said
    assert contents(out) == contents(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out", "whole"]
