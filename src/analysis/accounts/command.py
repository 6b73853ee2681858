"""The commands ``needle accounts``. Each imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from analysis.accounts.answer import Cluster
    from analysis.accounts.faults import Name

_FOLDER = click.Path(path_type=Path)
KEY = "NEEDLE_ACCOUNTS_KEY"

# Of the fit, and so of its page.
MOMENTS_ONLY = click.option(
    "--moments-only",
    is_flag=True,
    help="Do not read the readings again for each account's own errors; they are then the "
    "classical ones.",
)
CLUSTER = click.option(
    "--cluster",
    type=click.Choice(["account", "account-day"]),
    default="account",
    show_default=True,
    help="Of the pooled errors; by day, too, an engine reads the readings again.",
)


@click.group()
def accounts() -> None:
    """Ask the same of many accounts at once.

    \b
    Examples:
      needle accounts build data/agency --out panels/agency
      needle accounts fit panels/agency
    """  # noqa: D301


@accounts.command()
@click.argument("source", metavar="INPUT", type=_FOLDER)
@click.option("--out", metavar="PANEL", type=_FOLDER, required=True, help="A folder to make.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="DuckDB works on this machine, Spark where --master says.",
)
@click.option(
    "--master",
    default="local[*]",
    show_default=True,
    help="Where Spark runs: local[2], spark://host:7077, yarn, k8s://...",
)
@click.option(
    "--memory",
    type=click.IntRange(1, 100_000),
    metavar="GB",
    default=4,
    show_default=True,
    help="What the engine may use; DuckDB puts the rest on disk.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Parts at a time."
)
@click.option(
    "--part-accounts",
    type=click.IntRange(1),
    default=2_000,
    show_default=True,
    help="Accounts of a part, which is not done again when it was finished (DuckDB).",
)
@click.option(
    "--hashed",
    is_flag=True,
    help=f"Know accounts by a keyed hash only; the key is in ${KEY}.",
)
def build(
    source: Path,
    out: Path,
    engine: str,
    master: str,
    memory: int,
    workers: int,
    part_accounts: int,
    hashed: bool,
) -> None:
    """Make the PANEL of the accounts in INPUT.

    INPUT is a folder with study.toml (without sources), activity/ and score/ as Parquet or CSV,
    and optionally accounts/. What cannot be used is set aside by reason in PANEL/set_aside.
    Stopped and run again, it goes on where it was.

    \b
    Examples:
      needle accounts build data/agency --out panels/agency
      needle accounts build data/agency --out panels/agency --engine spark --master yarn
    """  # noqa: D301
    from analysis.accounts.build import build as run
    from analysis.accounts.folder import read_input
    from analysis.accounts.take_in import Options
    from analysis.errors import InputError, Problem

    key = os.environ.get(KEY, "").encode() if hashed else None
    if hashed and not key:
        said = "expected a key of some length in the environment for --hashed"
        raise InputError(Problem("absent", KEY, "", said))
    options = Options(
        engine,  # type: ignore[arg-type]
        master,
        f"{memory}GB",
        workers,
        key,
        part_accounts,
    )
    told = run(read_input(source), out, options, lambda text: click.echo(text, err=True))
    for line in _summary(told):
        click.echo(line)


def _summary(told: dict[str, Any]) -> list[str]:
    accounts_, rows, aside = told["accounts"], told["rows"], told["set_aside"]
    lines = [
        f"{accounts_['with both']:,} accounts with posts and readings: "
        f"{rows['activity']:,} posts, {rows['score']:,} readings"
    ]
    for name in ("without posts", "without readings"):
        if accounts_[name]:
            lines.append(f"{accounts_[name]:,} accounts {name}, left out")
    for table, reasons in aside.items():
        lines += [f"set aside: {count:,} {table}: {why}" for why, count in reasons.items()]
    return lines


@accounts.command()
@click.argument("panel", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@MOMENTS_ONLY
@CLUSTER
@click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), help="Which one.  [default: duckdb]"
)
@click.option("--master", metavar="TEXT", help="Where Spark runs.  [default: local[*]]")
def fit(
    panel: Path,
    as_json: bool,
    moments_only: bool,
    cluster: Cluster,
    engine: Name | None,
    master: str | None,
) -> None:
    """Judge the claims over the accounts of PANEL.

    \b
    Examples:
      needle accounts fit panels/agency
      needle accounts fit panels/agency --json > results.json
      needle accounts fit panels/agency --cluster account-day
    """  # noqa: D301
    from analysis.accounts.fit import fit as run
    from analysis.accounts.fit import lines, results
    from analysis.accounts.take_in import Options
    from analysis.display import to_json
    from analysis.errors import one_line

    if cluster == "account" and (engine or master):
        raise click.UsageError("--engine and --master are for --cluster account-day alone.")
    if master and engine != "spark":
        raise click.UsageError("--master is for --engine spark alone.")
    options = Options(engine or "duckdb", master or "local[*]")
    told = results(run(panel, rows=not moments_only, cluster=cluster, options=options))
    if as_json:
        sys.stdout.write(to_json(told))
        return
    for line in lines(told):
        click.echo(one_line(line, 1000))
