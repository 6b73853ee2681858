"""Bluesky's own servers on loopback (npm: @atproto/dev-env), installed, started and stopped."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.collect.wordpress_site import free_port

CACHE = "NEEDLE_BLUESKY_CACHE"
"""Names a folder where what is installed stays for the next time (half a gigabyte)."""

DEV_ENV, NODE = "0.6.7", "22.23.3"
PROGRAMS = ("npm", "initdb", "postgres", "redis-server")
SCRIPT = Path(__file__).with_name("bluesky_network.mjs")
_INSTALL_SECONDS, _START_SECONDS = 900, 180
_CPUS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_LOOPBACK = {"NO_PROXY": "*", "no_proxy": "*", "LOG_ENABLED": "false"}


class NotInstalledError(Exception):
    """The servers cannot be had here; its words say why."""


def _path() -> str:
    debian = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    return os.pathsep.join([os.environ.get("PATH", ""), *debian, "/usr/sbin"])


def _program(name: str) -> str:
    found = shutil.which(name, path=_path())
    if found is None:
        raise NotInstalledError(f"not installed here: {name}")
    return found


def _node_package() -> str:
    cpu = _CPUS.get(platform.machine().lower())
    if sys.platform not in ("linux", "darwin") or cpu is None:
        raise NotInstalledError(f"npm has no Node {NODE} for {sys.platform} {platform.machine()}")
    return f"node-{sys.platform}-{cpu}"


def installed(folder: Path) -> Path:
    """Return the Node that runs the servers, installed with them in a folder if need be.

    Raises
    ------
    NotInstalledError
        npm cannot install them, or is not there.
    """
    for name in PROGRAMS:
        _program(name)
    home = folder / "node_modules" / _node_package()
    node = home / "bin" / "node"
    done = folder / f"dev-env-{DEV_ENV}-node-{NODE}"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        # Node first: the native parts of the servers are built for it.
        _npm(folder, "install", f"{_node_package()}@{NODE}")
        _npm(folder, "install", f"@atproto/dev-env@{DEV_ENV}", f"{_node_package()}@{NODE}")
        _npm(folder, "rebuild", "better-sqlite3", f"--nodedir={home}")
        done.touch()
    return node


def _npm(folder: Path, *command: str) -> None:
    first = folder / "node_modules" / _node_package() / "bin"
    try:
        done = subprocess.run(
            [_program("npm"), *command, "--no-audit", "--no-fund"],
            cwd=folder,
            env=os.environ | {"PATH": f"{first}{os.pathsep}{os.environ.get('PATH', '')}"},
            capture_output=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"npm {command[0]} took over {_INSTALL_SECONDS} s") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
        raise NotInstalledError(f"npm {' '.join(command[:2])} failed: {said[0][:200]}")


class _Started:
    """The processes of one network, each ended by its own id."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack

    def spawn(self, name: str, *command: str, **more: Any) -> subprocess.Popen[bytes]:
        log = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        out = more.pop("stdout", log)
        process = subprocess.Popen(command, stdout=out, stderr=log, cwd=self.folder, **more)
        self.stack.callback(_end, process)
        return process

    def said(self, name: str) -> str:
        """Return the end of what a process has said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]

    def wait(self, name: str, process: subprocess.Popen[bytes], port: int) -> None:
        """Wait until a process listens."""
        until = time.monotonic() + _START_SECONDS
        while not _listens(process.pid, port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{name} does not run: {self.said(name)}")
            time.sleep(0.1)


def _listens(pid: int, port: int) -> bool:
    try:
        found = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in found)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here: as it likes to be asked, or at once."""
    if process.stdin is not None:
        process.stdin.close()
    else:
        process.send_signal(signal.SIGINT)  # to PostgreSQL: now, whoever is connected
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running() -> Iterator[dict[str, Any]]:
    """Run the network, and give what ``bluesky_network.mjs`` prints of it.

    Raises
    ------
    NotInstalledError
        It cannot be installed here.
    """
    with ExitStack() as stack:
        # Not below pytest's own folder, which a database of another user cannot enter.
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="needle-bluesky-")))
        kept = os.environ.get(CACHE)
        cache = Path(kept).resolve() if kept else scratch / "npm"
        node = installed(cache)
        scratch.chmod(0o711)
        started = _Started(scratch, stack)
        database, redis = _database(started), free_port()
        bind = ("--bind", "127.0.0.1", "--port", str(redis), "--save", "")
        process = started.spawn("redis", _program("redis-server"), *bind)
        started.wait("redis", process, redis)
        environment = (
            os.environ
            | _LOOPBACK
            | {
                "DB_POSTGRES_URL": database,
                "DB_POSTGRES_SCHEMA": "needle",
                "REDIS_HOST": f"127.0.0.1:{redis}",
                "TMPDIR": str(scratch),
            }
        )
        process = started.spawn(
            "network",
            *(str(node), str(SCRIPT), str(cache)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        assert process.stdout is not None
        line = stack.enter_context(process.stdout).readline()
        if not line:
            raise RuntimeError(f"the network does not run: {started.said('network')}")
        yield json.loads(line)


def _database(started: _Started) -> str:
    """Start a database that trusts whoever is on this machine; return its address."""
    folder, port = started.folder / "pg", free_port()
    folder.mkdir()
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        user = {"user": "postgres", "group": "postgres", "extra_groups": ()}
        shutil.chown(folder, "postgres", "postgres")
    initdb = [_program("initdb"), "-A", "trust", "-U", "pg", "-D", str(folder)]
    done = subprocess.run(initdb, cwd="/", capture_output=True, check=False, **user)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr.decode(errors='replace')[-2000:]}")
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
    settings = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
    command = [_program("postgres"), "-D", str(folder), "-p", str(port), *settings]
    started.wait("postgres", started.spawn("postgres", *command, **user), port)
    return f"postgresql://pg@127.0.0.1:{port}/postgres"
