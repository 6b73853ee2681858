"""The command ``needle accounts report``."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(path_type=Path)


@click.command("report")
@click.argument("panel", type=_FOLDER)
@click.option("--out", metavar="FOLDER", type=_FOLDER, required=True, help="Of the page.")
@click.option(
    "--moments-only",
    is_flag=True,
    help="Do not read the readings again; each account's own errors are then the classical ones.",
)
def accounts_report(panel: Path, out: Path, moments_only: bool) -> None:
    """Write the page of the accounts in PANEL: the claims, on how many, who differs.

    One self-contained file, with results.json beside it. Accounts stand in it under the names
    that they have in PANEL; groups of fewer than 10 are not shown.

    \b
    Example:
      needle accounts report panels/agency --out reports/agency
    """  # noqa: D301
    from analysis.errors import one_line
    from analysis.report.accounts import write_report

    click.echo(one_line(write_report(panel, out, rows=not moments_only), 1000))
