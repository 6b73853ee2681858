"""A kernel in waiting stands where a Popen does: its end is told, late or killed or unasked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import json, os, subprocess
from analysis.report.kernels import WaitingKernel

told = {}
late = WaitingKernel(())
told["runs"] = late.poll()
try:
    late.wait(0.2)
except subprocess.TimeoutExpired as error:
    told["late"] = error.timeout
late.terminate()
told["asked to end"] = late.wait(30)
late.kill()  # the number may be another program's by now
told["stays so"] = late.poll()

killed = WaitingKernel(())
killed.kill()
told["killed"] = killed.wait()

unasked = WaitingKernel(())
os.close(unasked._order)  # its parent goes without an order
told["unasked"] = unasked.wait(30)

elsewhere = WaitingKernel(())
os.close(elsewhere._order)
os.waitpid(elsewhere.pid, 0)
told["asked of elsewhere"] = elsewhere.poll()

broken = WaitingKernel(())
os.write(broken._order, b"no order")
os.close(broken._order)
told["no order"] = broken.wait(30)
print(json.dumps(told))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system")
def test_the_end_of_a_kernel_in_waiting_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "runs": None,
        "late": 0.2,
        "asked to end": -15,
        "stays so": -15,
        "killed": -9,
        "unasked": 0,
        "asked of elsewhere": 0,
        "no order": 1,
    }
    assert "JSONDecodeError" in done.stderr
