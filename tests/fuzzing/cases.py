"""One case: which export, in what it is packed, and how it is broken."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from tests.fuzzing import mutants, packing
from tests.fuzzing.seeds import STUDY, Seed, seeds

CHECKED = 0.06
"""The share of cases that ``needle check`` is run on too."""


@dataclass(frozen=True)
class Case:
    """One broken export.

    Attributes
    ----------
    seed : Seed
        What it was made from.
    files : dict of str to bytes
        What stands on disk.
    is_checked : bool
        Whether ``needle check`` is run on it too.
    """

    seed: Seed
    files: dict[str, bytes]
    is_checked: bool


@cache
def every_seed() -> dict[str, Seed]:
    return seeds()


def case_of(name: str) -> Case:
    """Return a case by its name.

    ``wxr:1:37`` is the 37th of ``wxr`` by the seed 1, ``wxr:whole:f`` and ``wxr:whole:z`` are the
    export itself, as files and as a zip.
    """
    seed = every_seed()[name.partition(":")[0]]
    if ":whole:" in name:
        is_zip = name.endswith("z") and seed.format != STUDY
        whole = packing.packed(random.Random(0), "zip" if is_zip else "plain", seed.files, False)
        return Case(seed, whole, True)
    random_ = random.Random(name)
    files = dict(seed.files)
    if seed.format == STUDY:
        wanted = "links.csv" if seed.name == "links" else "study.toml"
        files[wanted] = mutants.mutant(random_, wanted, files[wanted])
        return Case(seed, files, True)
    container = random_.choice(packing.CONTAINERS)
    way = random_.random() if container != "plain" else 0.0
    if way < 0.5:
        for member in random_.sample(sorted(files), random_.choice((1, 1, 1, len(files)))):
            files[member] = mutants.mutant(random_, member, files[member])
    on_disk = packing.packed(random_, container, files, 0.4 < way < 0.8)
    if way >= 0.8:
        member = max(on_disk, key=lambda each: len(on_disk[each]))
        on_disk[member] = mutants.raw(random_, on_disk[member])
    return Case(seed, on_disk, random_.random() < CHECKED)
