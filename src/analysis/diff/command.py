"""The command ``needle diff``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

_RESULTS = click.Path(path_type=Path)


@click.command()
@click.argument("old", type=_RESULTS)
@click.argument("new", type=_RESULTS)
@click.option("--all", "everything", is_flag=True, help="Show smaller moves and whole lists, too.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def diff(old: Path, new: Path, everything: bool, as_json: bool) -> None:
    """Show what changed between two results.json, OLD and NEW.

    Each is such a file or a folder with one. Told are verdicts that flipped, estimates that
    moved beyond their interval (the new one lies outside of the old interval), and what else is
    different: readings, posts, data, settings, code, environment.

    Exit code 0: nothing that matters. 1: a verdict flipped, or an estimate moved beyond its
    interval. 2: one of the two cannot be compared.

    \b
    Examples:
      needle diff last-month/results.json reports/mine
      needle diff last-month reports/mine --all
    """  # noqa: D301
    from analysis.diff import as_data, compare, lines, read
    from analysis.errors import one_line

    found = compare(read(old), read(new))
    for warning in found.warnings:
        click.echo(f"needle: warning: {one_line(warning)}", err=True)
    if as_json:
        click.echo(json.dumps(as_data(found), indent=2))
    else:
        for line in lines(found, everything=everything):
            click.echo(line)
    if found.matters:
        sys.exit(1)
