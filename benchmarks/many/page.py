"""What was measured as a table to print and as the page ``docs/scale.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from machine import Target, number
from many.estimate import Cluster, estimate
from many.runs import Peer, Run, exponent
from many.spark import Tasks

WANTED, GOAL = 100_000_000, 100_000

HEAD = """\
# How far it goes

Written by `python benchmarks/accounts_scale.py --write docs/scale.md` (`make bench-long` prints the
same), on the machine below. Made-up accounts with five channels and shares among them, a reading
every day. `needle accounts build` and `fit` run as commands with their defaults, from Parquet on a
disk of this machine; the clock counts start and end of each. Memory is that of the whole tree of
processes. CPU seconds are of all cores together: the clock depends on what else the machine does.
"""

PEERS = """\
The others start from the same tables, in a process of their own: pandas makes the panel;
statsmodels then fits each account (HC3) and all of them (within, clustered by account), pyfixest
only all of them (constants absorbed, CRV1). They get populations of growing size as long as they
keep within the same memory, and within the CPU seconds that ours took for the largest. Ours builds
and fits two codings, the others one. On the largest that each did, every estimate and every error
was compared with ours.
"""

FAR = """\
Spark kept a record of the tasks of one build ({accounts:,} accounts, {rows:,} account-days, on this
machine). What is below is that record times {times:,.0f}, and arithmetic; nothing of it was run.
"""

NOT_SAID = """\
CPU seconds of a small build are high: much of them is the JVM getting warm, and with under 64 MB
of tables needle leaves out Spark's code generation. Against that, sorting grows a little faster
than rows, and an account with very many posts keeps one task busy. Neither is in the arithmetic.

Two things do not spread over executors. The driver keeps the names of all accounts during the
build, see [accounts.md](accounts.md). And `needle accounts fit` works on one machine: for each more
account it took {bytes:,.0f} bytes of memory and {milliseconds:.2f} ms of CPU time, so that 64 GB of
memory are enough for {fits:.1f} million accounts, and {wanted:,} would ask for {terabytes:.1f} TB:
fit them in groups, or a sample of them.
"""


SMALLER = "**Up to {most:,} accounts this time, of the {goal:,} that are aimed at.**"
NO_SPARK = "Spark was not measured this time, so there is no estimate for {wanted:,} accounts."


def table(runs: Sequence[Run], start: Run, peers: Sequence[Peer]) -> str:
    """Return the measured numbers as text."""
    return "\n\n".join((_runs(runs), _growth(runs, start), _peers(peers, runs))) + "\n"


def page(
    runs: Sequence[Run],
    start: Run,
    peers: Sequence[Peer],
    spark: tuple[int, Tasks] | None,
    cluster: Cluster,
    aimed: Sequence[Target],
    about: Mapping[str, str],
    load: str,
) -> str:
    """Return the page."""
    most = max(one.accounts for one in runs)
    smaller = [f"{SMALLER.format(most=most, goal=GOAL)}\n"] if most < GOAL else []
    parts = [HEAD, *smaller, "## Machine\n", "| | |\n|---|---|"]
    parts += [f"| {name} | {value} |" for name, value in about.items()]
    parts += [f"| wanting a core when it began | {load} |", "\n## What is aimed at\n"]
    parts += ["| what | measured | aimed at | met |\n|---|---:|---|---|"]
    parts += [f"| {' | '.join(target.cells)} |" for target in aimed]
    parts += ["\n## Accounts\n", _runs(runs), "", _growth(runs, start)]
    if peers:
        parts += ["\n## Beside others\n", PEERS, _peers(peers, runs)]
    if spark is None:
        parts.append(f"\n{NO_SPARK.format(wanted=WANTED)}")
    else:
        parts += [f"\n## {WANTED:,} accounts\n", _far(runs, start, spark, cluster)]
    return "\n".join(parts) + "\n"


def _runs(runs: Sequence[Run]) -> str:
    rows: list[tuple[str, ...]] = [
        ("accounts", *(f"{one.accounts:,}" for one in runs)),
        ("account-days", *(f"{one.rows:,}" for one in runs)),
        ("posts", *(f"{one.posts:,}" for one in runs)),
        ("tables, MB", *(number(one.source / 1e6) for one in runs)),
    ]
    for what in ("build", "fit"):
        mine = [getattr(one, what) for one in runs]
        rows += [
            (f"{what}, CPU seconds", *(number(taken.cpu) for taken in mine)),
            (f"{what}, seconds on the clock", *(number(taken.seconds) for taken in mine)),
            (f"{what}, largest memory, GB", *(number(taken.peak / 1e9) for taken in mine)),
        ]
    rows += [
        ("account-days a CPU second, both", *(number(one.rows / one.cpu) for one in runs)),
        ("account-days a second, both", *(number(one.rows / one.clock) for one in runs)),
        ("panel, MB written", *(number(one.panel / 1e6) for one in runs)),
        ("sums and products, MB written", *(number(one.moments / 1e6) for one in runs)),
        ("most on disk while building, MB", *(number(one.build.disk / 1e6) for one in runs)),
    ]
    return _lines(rows)


def _growth(runs: Sequence[Run], start: Run) -> str:
    said = f"{start.accounts} accounts take {number(start.cpu)} CPU seconds: that is the start."
    if len(runs) < 2:
        return said
    return (
        f"{said} CPU seconds of both grow with accounts to the power of "
        f"{exponent(runs):.3f}, and less the start to that of {exponent(runs, start.cpu):.3f}."
    )


def _peers(peers: Sequence[Peer], runs: Sequence[Run]) -> str:
    ours = {one.accounts: one for one in runs}
    rows = [("", "accounts", "CPU seconds", "ours", "memory, GB", "differs by", "")]
    for one in peers:
        for accounts, taken in one.runs.items():
            last = accounts == one.largest
            rows.append(
                (
                    one.name,
                    f"{accounts:,}",
                    number(taken.cpu),
                    number(ours[accounts].cpu),
                    number(taken.peak / 1e9),
                    f"{one.differ:.1e}" if last else "",
                    taken.ended,
                )
            )
    return _lines(rows)


def _far(runs: Sequence[Run], start: Run, spark: tuple[int, Tasks], cluster: Cluster) -> str:
    rows, measured = spark
    days = runs[-1].days
    told = estimate(measured, rows, WANTED * days, cluster)
    assumed = [
        ("assumed", ""),
        ("executors", f"{cluster.executors}"),
        ("cores of each", f"{cluster.cores}"),
        ("share of the time that a core works", f"{cluster.busy:g}"),
        ("storage, MB/s of an executor", f"{cluster.storage / 1e6:,.0f}"),
        ("network, MB/s of an executor", f"{cluster.network / 1e6:,.0f}"),
    ]
    result = [
        ("", "an account-day", "all"),
        ("account-days", "", f"{told.rows:,.0f}"),
        ("read, all passes", f"{measured.read / rows:,.1f} bytes", _terabytes(told.read)),
        ("shuffled", f"{measured.shuffled / rows:,.1f} bytes", _terabytes(told.shuffled)),
        ("written", f"{measured.written / rows:,.1f} bytes", _terabytes(told.written)),
        (
            "CPU",
            f"{measured.cpu / rows * 1e6:,.1f} µs",
            f"{told.cpu_hours:,.0f} hours of a core",
        ),
        ("computing", "", f"{told.computing:.1f} hours of the cluster"),
        ("reading and writing", "", f"{told.storing:.1f} hours"),
        ("shuffling (out and in)", "", f"{told.shuffling:.1f} hours"),
        ("one after the other", "", f"{told.hours:.1f} hours"),
    ]
    more = runs[-1].accounts - start.accounts
    each = (runs[-1].fit.peak - start.fit.peak) / more
    far = FAR.format(accounts=rows // days, rows=rows, times=told.rows / rows)
    said = NOT_SAID.format(
        bytes=each,
        milliseconds=(runs[-1].fit.cpu - start.fit.cpu) / more * 1e3,
        fits=64e9 / each / 1e6,
        wanted=WANTED,
        terabytes=each * WANTED / 1e12,
    )
    return "\n".join((far, _lines(assumed), "", _lines(result), "", said.rstrip()))


def _terabytes(size: float) -> str:
    return f"{number(size / 1e12)} TB"


def _lines(rows: Sequence[Sequence[str]]) -> str:
    """Return a table; its first row is the head."""
    head, *rest = rows
    lines = [head, ["---", *("---:" for _ in head[1:])], *rest]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
