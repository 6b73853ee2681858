"""Disks that are full, flip bits or forbid; runs that are killed, or at work at the same place."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import gzip
import json
import os
import resource
import signal
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from tests.privileges import like_anyone

from analysis import disk
from analysis.collect.archive import Archive, Before, Capture
from analysis.collect.secrets import Secrets
from analysis.collect.state import FILE, State
from analysis.collect.transport import Raw
from analysis.errors import InputError
from analysis.report import store
from analysis.report.stamp import STAMP, read_stamp
from attacks import REFUSED, SURVIVED, Case, Lost, kind

START = dt.datetime(2012, 6, 22, 6, 0, tzinfo=dt.UTC)
FILES = ("index.html", "results.json", "notebooks/a.ipynb", "earlier.json")
SECONDS = 20.0
"""After which a child that hangs is given up."""


def need(is_so: bool, why: str) -> None:
    """Raise where something does not hold."""
    if not is_so:
        raise Lost(why)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def publish(case: Case, text: str) -> Path:
    """Put a report that says this in place, and return its folder."""
    built, out = case.folder / f"built-{text}", case.folder / "reports" / "mine"
    for name in FILES:
        (built / name).parent.mkdir(parents=True, exist_ok=True)
        (built / name).write_text(json.dumps({name: text}))
    store.publish(built, out, text, {})
    return out


def flipped(case: Case, path: Path) -> bytes:
    """Flip one bit in a file, and return what it was."""
    whole = path.read_bytes()
    data = bytearray(whole)
    data[case.random.randrange(len(data))] ^= 1 << case.random.randrange(8)
    path.write_bytes(data)
    return whole


def child(do: Callable[[], None], *, killed: bool = False) -> int:
    """Do something in a forked process; return its number."""
    number = os.fork()
    if number:
        return number
    code = 1
    with contextlib.suppress(BaseException):
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        do()
        code = 0
    if killed:
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(code)


def ended(number: int) -> int:
    """Return how a child ended; one that hangs is lost."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        found, status = os.waitpid(number, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)
    raise Lost("a process hangs")


@contextlib.contextmanager
def refused_at(number: int, code: int) -> Iterator[list[str]]:
    """Let the disk refuse from the n-th time on that something is put on it or renamed."""
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def count(name: str) -> None:
        done.append(name)
        if len(done) >= number:
            raise OSError(code, os.strerror(code))

    def synced(handle: int) -> None:
        count("fsync")
        fsync(handle)

    def renamed(self: Path, target: Path) -> Path:
        count("rename")
        return replace(self, target)

    os.fsync, Path.replace = synced, renamed  # type: ignore[assignment, method-assign]
    try:
        yield done
    finally:
        os.fsync, Path.replace = fsync, replace  # type: ignore[method-assign]


@kind()
def disk_full(case: Case) -> str:
    """Disks that are full, or fail, at any write while a report is put in place."""
    out = publish(case, "old")
    old = contents(out)
    try:
        with refused_at(1 + case.number % 24, case.turn((errno.ENOSPC, errno.EDQUOT, errno.EIO))):
            publish(case, "new")
        result = SURVIVED
    except OSError as error:
        told = disk.unwritable(error)
        need(told is not None and "\n" not in str(told), "no line says so")
        result = REFUSED
    for name, data in contents(out).items():
        whole = (old[name], json.dumps({name: "new"}).encode())
        need(name == STAMP or data in whole, f"{name} is neither the old nor the new")
    store.check_ours(out)
    need(read_stamp(out) is not None, "no stamp is left")
    publish(case, "newer")
    need(store.damage(out) == "", "the next one is not whole")
    need(sorted(contents(out)) == sorted(old), "something is left over")
    return result


@kind()
def file_too_large(case: Case) -> str:
    """Files that may grow no further while they are written."""
    path, size = case.folder / "file", case.random.randrange(200_000)
    disk.write(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        disk.write(path, b"n" * size)
        result = SURVIVED
    except OSError as error:
        need(disk.unwritable(error, "file") is not None, "no line says so")
        result = REFUSED
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    need(path.read_bytes() == (b"old" if result == REFUSED else b"n" * size), "neither old nor new")
    need([each.name for each in case.folder.iterdir()] == ["file"], "something is left over")
    return result


@kind()
def forbidden_folder(case: Case) -> str:
    """Folders that nobody may write to, or search."""
    folder = case.folder / "shut"
    folder.mkdir()
    disk.write(folder / "file", b"old")
    folder.chmod(case.turn((0o500, 0o400, 0o000)))
    try:
        with like_anyone():
            disk.write(folder / "file", b"new")
    except OSError as error:
        need(disk.unwritable(error) is not None, "no line says so")
    else:
        raise Lost("it was written all the same")
    finally:
        folder.chmod(0o700)
    need(contents(folder) == {"file": b"old"}, "it is not as it was")
    return REFUSED


@kind(seconds=30.0)
def killed_writer(case: Case) -> str:
    """Kills of a run that writes, with a lock and a scratch folder in its hands."""
    path, moment = case.folder / "file", case.random.random()
    disk.write(path, b"old")

    def write() -> None:
        held = disk.locked(case.folder / f".x{disk.LOCK}", "x")
        with held, disk.scratch(case.folder, "ndl") as made, disk.beside(path) as stream:
            disk.write(made / "file", b"x")
            for _ in range(int(moment * 20)):
                stream.write(b"n" * 5_000)
            stream.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    need(ended(child(write)) == -signal.SIGKILL, "it was not killed")
    need(path.read_bytes() == b"old", "half of it stands in its place")
    need(len(list(case.folder.iterdir())) > 3, "it left nothing, so this shows nothing")
    disk.sweep(case.folder)
    with disk.locked(case.folder / f".x{disk.LOCK}", "x", wait=0.0) as waited:
        need(not waited, "the dead still holds it")
        with disk.scratch(case.folder, "ndl"):
            disk.write(path, b"new")
    need([each.name for each in case.folder.iterdir()] == ["file"], "something is left over")
    return SURVIVED


@kind(seconds=30.0)
def runs_at_once(case: Case) -> str:
    """Three runs at once at one place."""
    path, log = case.folder / "file", case.folder / "log"
    texts = [bytes([65 + number]) * (50_000 + case.random.randrange(50_000)) for number in range(3)]

    def write(text: bytes) -> None:
        with disk.locked(case.folder / f".x{disk.LOCK}", "x", wait=SECONDS):
            for sign in ("+", "-"):
                with log.open("ab", buffering=0) as stream:
                    stream.write(sign.encode())
                disk.write(path, text, synced=False)

    runs = [child(lambda text=text: write(text)) for text in texts]  # type: ignore[misc]
    need([ended(each) for each in runs] == [0, 0, 0], "one of them failed")
    need(log.read_bytes() == b"+-+-+-", "two held the same")
    need(path.read_bytes() in texts, "a mixture of them is left")
    need({each.name for each in case.folder.iterdir()} == {"file", "log"}, "something is left over")
    return SURVIVED


@kind()
def flipped_report(case: Case) -> str:
    """Flipped bits in a report, and in what says whether it is fresh."""
    out = publish(case, "key")
    made_from = store.Ingredients(case.folder, (), {})
    name = case.turn((*FILES, STAMP))
    whole = flipped(case, out / name)
    if name == STAMP and _meaning((out / name).read_bytes()) == _meaning(whole):
        return SURVIVED  # a space, or a letter of the same meaning
    need(not store.is_fresh(out, made_from, "key"), "taken for fresh")
    damage = store.damage(out)
    need(damage == name or (name == STAMP and damage == ""), f"{damage!r} is said to be damaged")
    publish(case, "key")
    need(store.is_fresh(out, made_from, "key") and not store.damage(out), "it was not made anew")
    return SURVIVED


def _meaning(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None


@kind()
def flipped_state(case: Case) -> str:
    """Flipped bits in what a collection remembers of where it stands."""
    state = State(case.folder)
    state.cursor = {"page": 7, "modified": "2012-06-22T06:00:00", "seen": ["a", "b"]}
    state.stops = {"example.org": START}
    state.note(f"{number}" for number in range(30))
    state.save()
    known = {key for key in json.loads((case.folder / FILE).read_bytes()) if key != "digest"}
    whole = flipped(case, case.folder / FILE)
    again = State(case.folder)
    data = _meaning((case.folder / FILE).read_bytes())
    if again.damaged:
        need(again.cursor == {} and again.stops == {}, "half of it is believed")
        return SURVIVED
    told, was = (
        {key: each for key, each in dict(one).items() if key in known}  # type: ignore[call-overload]
        for one in (data, _meaning(whole))
    )
    need(told == was, "believed as if nothing was")
    return SURVIVED


def archive(case: Case, records: int = 4) -> tuple[Archive, list[bytes]]:
    """Keep some answers, the last of them twice the same; return them."""
    made = Archive(case.folder, "raw/collected/blog", START)
    bodies = [case.random.randbytes(case.random.randrange(10, 3000)) for _ in range(records)]
    at, place = START, None
    for number, body in enumerate(bodies):
        at = START + dt.timedelta(seconds=number)
        raw = Raw(200, "OK", [("Content-Type", "text/html")], body)
        place = made.append(f"https://example.org/{number}", at, raw)
    assert place is not None
    same = Raw(304, "Not Modified", [], b"")
    later = at + dt.timedelta(seconds=1)
    made.append(f"https://example.org/{records - 1}", later, same, Before(place, at, bodies[-1]))
    made.close()
    return made, [*bodies, bodies[-1]]


def told(made: Archive) -> list[Capture]:
    """Return what an archive holds."""
    return list(made.captures())


@kind()
def flipped_archive(case: Case) -> str:
    """Flipped bits in a web archive."""
    made, bodies = archive(case)
    (path,) = made.files()
    flipped(case, path)
    try:
        found = [each.body for each in told(made)]
    except InputError as error:
        need(len(error.problems) == 1 and path.name in str(error), "no line names it")
        return REFUSED
    need(found == bodies, "other answers are told, and nothing said")
    return SURVIVED


@kind()
def torn_archive(case: Case) -> str:
    """Web archives that break off at any byte, as a killed run leaves them."""
    made, bodies = archive(case)
    (path,) = made.files()
    whole = path.read_bytes()
    cut = case.random.randrange(len(whole))
    left = whole[:cut] + bytes(case.turn((0, 0, 512)))  # a length ends in zeros, which may be these
    path.write_bytes(left)
    kept = [each for each in _ends(whole) if left.startswith(whole[:each])]
    made.mend({})
    found = [each.body for each in told(made)]
    need(found == bodies[: max(0, len(kept) - 1)], "a whole answer is lost, or half of one kept")
    return SURVIVED


def _ends(data: bytes) -> list[int]:
    """Return where each gzip member ends."""
    ends, rest = [], data
    while rest:
        unpacker = zlib.decompressobj(31)
        unpacker.decompress(rest)
        rest = unpacker.unused_data
        ends.append(len(data) - len(rest))
    return ends


@kind()
def clock_back(case: Case) -> str:
    """Clocks that go back between runs, by seconds or years."""
    url, body, place, at = "https://example.org/", b"the same", None, START
    for _ in range(4):
        at = START + dt.timedelta(
            seconds=case.random.choice((-1, 1)) * case.random.randrange(10**8)
        )
        made = Archive(case.folder, "raw/collected/blog", at)
        if place is None:
            raw = Raw(200, "OK", [("Content-Type", "text/html")], body)
            place, first = made.append(url, at, raw), at
        else:
            made.append(url, at, Raw(304, "Not Modified", [], b""), Before(place, first, body))
        made.close()
        state = State(case.folder)
        need(not state.damaged, "its state is lost")
        late = {host: until - at for host, until in state.stops_by(at).items()}
        need(
            all(wait <= dt.timedelta(hours=2) for wait in late.values()), "a host is shut for years"
        )
        state.stops, state.saved = {"example.org": at + dt.timedelta(hours=2)}, at
        state.save()
    found = told(made)
    need([each.body for each in found] == [body] * 4, "an answer is lost")
    need([each.revisit for each in found] == [False, True, True, True], "out of order")
    return SURVIVED


@kind()
def secrets_echoed(case: Case) -> str:
    """Servers that say a token back: in a body, header, address or redirect, in any spelling."""
    letters = "abcXYZ0189+/=_-.~%&?"
    secret = "".join(case.random.choice(letters) for _ in range(case.random.randrange(8, 60)))
    secrets = Secrets({"NEEDLE_TOKEN_BLOG": secret})
    token = secrets.token("blog", ["example.org"])
    need(token is not None, "the token was not read")
    spellings = (secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1])
    spelled = case.turn(spellings)
    body = secrets.scrub_bytes(f"<p>You said {spelled} and {secret}</p>".encode())
    headers = secrets.scrub_headers(
        [
            ("X-Echo", f"Bearer {spelled}"),
            ("Location", f"https://me:{spelled}@example.org/?token={spelled}"),
            ("Set-Cookie", f"session={spelled}"),
        ]
    )
    made = Archive(case.folder, "raw/collected/blog", START)
    url = secrets.scrub(f"https://example.org/?page=2&access_token={spelled}")
    made.append(url, START, Raw(200, "OK", headers, body))
    made.close()
    state = State(case.folder, secrets.scrub)
    state.cursor = {"next": f"https://example.org/?token={spelled}"}
    state.note([spelled])
    state.save()
    (path,) = made.files()
    written = gzip.decompress(path.read_bytes()) + (case.folder / FILE).read_bytes()
    for each in spellings:
        need(each.encode() not in written, "the token is written")
    need(secret not in repr(token), "the token is shown")
    return SURVIVED
