"""The command ``needle accounts report``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.accounts.command import CLUSTER, MOMENTS_ONLY

if TYPE_CHECKING:
    from analysis.accounts.answer import Cluster

_FOLDER = click.Path(path_type=Path)


@click.command("report")
@click.argument("panel", type=_FOLDER)
@click.option(
    "--account",
    metavar="ID",
    help="The full page of this one; PANEL is then INPUT, the folder of the tables.",
)
@click.option("--out", metavar="FOLDER", type=_FOLDER, required=True, help="Of the page.")
@MOMENTS_ONLY
@CLUSTER
def accounts_report(
    panel: Path, account: str | None, out: Path, moments_only: bool, cluster: Cluster
) -> None:
    """Write the page of the accounts in PANEL: the claims, on how many, who differs.

    One self-contained file, with results.json beside it. Accounts stand in it under the names
    that they have in PANEL; groups of fewer than 10 are not shown.

    With --account, the rows of one account are written to FOLDER/study, a study like any other,
    and its page to FOLDER/report.

    \b
    Examples:
      needle accounts report panels/agency --out reports/agency
      needle accounts report data/agency --account zoe --out one/zoe
    """  # noqa: D301
    from analysis.errors import one_line
    from analysis.report.accounts import write_report

    if account is not None:
        if moments_only or cluster != "account":
            said = "--moments-only and --cluster are for all accounts; --account is one of them."
            raise click.UsageError(said)
        _report_one(panel, account, out)
        return
    click.echo(one_line(write_report(panel, out, rows=not moments_only, cluster=cluster), 1000))


def _report_one(source: Path, account: str, out: Path) -> None:
    from analysis.accounts.folder import read_input
    from analysis.accounts.one import write_study
    from analysis.errors import one_line
    from analysis.report.build import build_reports

    study = write_study(read_input(source), account, out.resolve() / "study")
    (outcome,) = build_reports(
        [study], out / "report", progress=lambda line: click.echo(one_line(line), err=True)
    )
    click.echo(one_line(str(outcome)), err=outcome.status == "failed")
    if outcome.status == "failed":
        sys.exit(2 if outcome.users_mistake else 1)
