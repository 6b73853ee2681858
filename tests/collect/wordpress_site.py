"""A real WordPress on loopback: its own database and web server, seeded, and stopped again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path("/usr/share/wordpress")
PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb", "php")
POSTS = 113
"""Published posts, more than a page of the REST API holds."""

CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'wp'); define('DB_PASSWORD', 'wp');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true); define('WP_DEBUG', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""

ROUTER = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (is_file(__DIR__ . $path)) return false;
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = __DIR__ . '/index.php';
require __DIR__ . '/index.php';
"""

INSTALL = """
define('WP_INSTALLING', true);
require ABSPATH_ . 'wp-load.php';
require ABSPATH_ . 'wp-admin/includes/upgrade.php';
wp_install('Of needles', 'admin', 'a@example.org', true, '', 'a-password');
update_option('timezone_string', 'America/New_York');
update_option('permalink_structure', '/%year%/%monthnum%/%postname%/');
"""

SEED = """
wp_delete_post(1, true);
function post($title, $date, $more = []) {
    $made = wp_insert_post($more + ['post_title' => $title, 'post_date' => $date,
        'post_status' => 'publish', 'post_author' => 1,
        'post_content' => '<p>' . $title . ' & <a href="https://example.org/x">x</a></p>'], true);
    if (is_wp_error($made)) { fwrite(STDERR, $made->get_error_message()); exit(1); }
    return $made;
}
$start = strtotime('2011-05-06 21:30:00 UTC');
for ($n = 0; $n < COUNT; $n++) {
    post("Post no. $n – ☃", gmdate('Y-m-d H:i:s', $start + $n * 100000));
}
post('A draft', '2012-01-01 10:00:00', ['post_status' => 'draft']);
post('A private one', '2012-01-02 10:00:00', ['post_status' => 'private']);
post('A page', '2012-01-03 10:00:00', ['post_type' => 'page']);
post('Of the future', '2999-01-03 10:00:00', ['post_status' => 'future']);
flush_rewrite_rules();
"""


def missing() -> list[str]:
    """Return what is not installed."""
    found = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
    return found + ([] if SOURCE.is_dir() else ["wordpress"])


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """A WordPress that runs."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "site"
        self.socket = folder / "s"
        self.data = folder / "db"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = (folder / "log").open("wb")
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str, given: str = "") -> str:
        """Run a program to its end and return what it prints."""
        done = subprocess.run(
            command,
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=os.environ | {"PATH": _path()},
            timeout=120,
            check=False,
        )
        if done.returncode:
            self.log.flush()
            said = Path(self.log.name).read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{command[0]} failed with {done.returncode}: {said}")
        return done.stdout.decode()

    def php(self, code: str, load: bool = True) -> str:
        """Run code inside of WordPress and return what it prints."""
        script = self.root / "needle-test.php"
        head = f"define('ABSPATH_', '{self.root}/'); $_SERVER['HTTP_HOST'] = '127.0.0.1';"
        load_it = "require ABSPATH_ . 'wp-load.php';" if load else ""
        script.write_text(f"<?php {head} {load_it} {code}", encoding="utf-8")
        return self.run("php", "-d", "sendmail_path=/bin/true", str(script))

    def start(self) -> None:
        """Start the database and the server, install and seed."""
        me = ["--user=root"] if os.geteuid() == 0 else []
        self.run(
            "mariadb-install-db",
            *me,
            f"--datadir={self.data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        )
        self._spawn(
            "mariadbd",
            "--no-defaults",
            *me,
            f"--datadir={self.data}",
            f"--socket={self.socket}",
            f"--pid-file={self.data}/pid",
            "--skip-networking",
            "--innodb-buffer-pool-size=32M",
            "--innodb-flush-log-at-trx-commit=0",
        )
        self._until(self.socket.exists)
        self.run(
            "mariadb",
            "--no-defaults",
            f"--socket={self.socket}",
            "-uroot",
            given="CREATE DATABASE wp CHARACTER SET utf8mb4; CREATE USER wp@localhost IDENTIFIED BY"
            " 'wp'; GRANT ALL ON wp.* TO wp@localhost;",
        )
        shutil.copytree(SOURCE, self.root)
        config = CONFIG.replace("{socket}", str(self.socket)).replace("{url}", self.url)
        (self.root / "wp-config.php").unlink(missing_ok=True)
        (self.root / "wp-config.php").write_text(config, encoding="utf-8")
        (self.root / "router.php").write_text(ROUTER, encoding="utf-8")
        self.php(INSTALL, load=False)
        self.php(SEED.replace("COUNT", str(POSTS)))
        where = self.url.removeprefix("http://")
        self._spawn("php", "-S", where, "-t", str(self.root), str(self.root / "router.php"))
        self._until(self._answers)

    def stop(self) -> None:
        """Stop what was started: each by its own number, and nothing else."""
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)
        self.log.close()

    def _spawn(self, *command: str) -> None:
        environment = {
            key: value for key, value in os.environ.items() if key != "PHP_CLI_SERVER_WORKERS"
        }
        self.processes.append(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=self.log,
                env=environment | {"PATH": _path()},
            )
        )

    def _until(self, happens: object) -> None:
        assert callable(happens)
        for _ in range(600):
            if self.processes[-1].poll() is not None:
                break
            if happens():
                return
            time.sleep(0.05)
        self.log.flush()
        raise RuntimeError(Path(self.log.name).read_text(errors="replace")[-2000:])

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/robots.txt", timeout=20) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def running() -> Iterator[Site]:
    """Give a WordPress that runs; stop it and leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="wp") as folder:  # short: a socket's path is limited
        site = Site(Path(folder))
        try:
            site.start()
            yield site
        finally:
            site.stop()
