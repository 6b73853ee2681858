"""The environment that notebooks run in: the same for everybody who runs them."""

from __future__ import annotations

import os
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from analysis import disk

_INHERITED = (
    # Where programs, libraries and this package are found, and nothing else.
    "PATH",
    "HOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "USERPROFILE",
    "APPDATA",
    # How coverage.py finds its settings; set only while it measures the tests.
    "COVERAGE_PROCESS_CONFIG",
)
_FIXED = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONSAFEPATH": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "JUPYTER_PREFER_ENV_PATH": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
    # One thread for linear algebra: the sums come out the same on every number of cores, and
    # two notebooks at a time do not fight over them.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_PREFIX = "ndl"
_LONGEST_SOCKET_FOLDER = 80
"""A socket's path may have about 100 bytes (macOS: 104, Linux: 108)."""


def clean_environment(scratch: Path) -> dict[str, str]:
    """Return the variables for a worker and its kernels.

    A person's IPython start-up files, Jupyter settings and matplotlibrc must not change a
    report, and their tokens must not reach it.

    Parameters
    ----------
    scratch : Path
        A folder of this run, for what Jupyter and IPython want to write.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    if "PYTHONPATH" in os.environ:
        folders = os.environ["PYTHONPATH"].split(os.pathsep)
        inherited["PYTHONPATH"] = os.pathsep.join(
            str(Path(one).resolve()) for one in folders if one
        )
    private = {
        name: str(scratch / "jupyter")
        for name in (
            "IPYTHONDIR",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
        )
    }
    # What Jupyter leaves in the system's folder when it is killed goes with this one.
    private["TMPDIR"] = str(scratch)
    return inherited | _FIXED | private | {"MPLCONFIGDIR": font_cache()}


def font_cache() -> str:
    """Return the folder of matplotlib's font cache, which is made here if need be.

    Two kernels that find none both make it, wait for each other, and say so on stderr.
    """
    import matplotlib

    folder = matplotlib.get_cachedir()
    if not any(Path(folder).glob("fontlist-*.json")):
        import matplotlib.font_manager
    return folder


def socket_folder() -> AbstractContextManager[Path]:
    """Give a new folder whose path is short enough for sockets, as `analysis.disk.scratch`."""
    return disk.scratch(_sockets_parent(), _PREFIX)


def sweep_sockets() -> None:
    """Remove the folders of runs that were killed."""
    disk.sweep_folders(_sockets_parent(), _PREFIX)


def _sockets_parent() -> Path:
    short = len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_SOCKET_FOLDER - 12
    return Path(tempfile.gettempdir() if short else "/tmp")
