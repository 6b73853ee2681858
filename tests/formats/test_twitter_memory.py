"""A large archive needs the memory of its posts, not that of the parsed file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from twitter_exports import ID, tweet

STATUS = Path("/proc/self/status")

_READ = """
import json, sys
from pathlib import Path
from analysis.files import Tree
{imports}
def most():  # ru_maxrss begins with that of the process which started this one
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
before = most()
{read}
print(count, most() - before)
"""
_OURS = _READ.format(
    imports="from analysis.formats.twitter_archive import ARCHIVE",
    read=(
        "tree = Tree.at(Path(sys.argv[1]))\n"
        "count = len(ARCHIVE.read(tree, ARCHIVE.recognise(tree)).posts)"
    ),
)
_WHOLE = _READ.format(
    imports="",
    read="count = len(json.loads(Path(sys.argv[1]).read_text().partition('=')[2]))",
)


def peak(program: str, path: Path) -> tuple[int, int]:
    """Return how many tweets a child process read, and by how many bytes it grew for that."""
    run = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    count, grown = run.stdout.split()
    return int(count), int(grown)


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="the most memory is read from Linux's /proc")
def test_a_hundred_megabytes_are_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "tweets.js"
    mention = {"name": "Somebody", "screen_name": "some", "indices": ["0", "4"], "id_str": "12345"}
    entities = {"urls": [], "hashtags": [], "symbols": [], "user_mentions": [mention] * 4}
    count = 0
    with path.open("w") as file:
        file.write("window.YTD.tweets.part0 = [")
        while file.tell() < 100_000_000:
            one = tweet("words " * 10, str(int(ID) + count), entities=entities)
            file.write(",\n" * bool(count) + json.dumps({"tweet": one}, indent=2))
            count += 1
        file.write("]")
    ours, whole = peak(_OURS, path), peak(_WHOLE, path)
    assert ours[0] == whole[0] == count
    assert ours[1] < 100_000_000  # less than the file itself
    assert ours[1] < whole[1] / 4
