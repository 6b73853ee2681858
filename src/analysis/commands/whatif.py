"""``needle whatif``."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.errors import one_line


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--posts-per-week", type=float, metavar="N", help="[default: the average so far]")
@click.option("--hold", type=float, metavar="SCORE", help="Tell how often it would take for it.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole path as JSON.")
@click.option("--skip-corrupt", is_flag=True, help="Leave corrupt sources out instead of refusing.")
def whatif(
    study: Path,
    posts_per_week: float | None,
    hold: float | None,
    as_json: bool,
    skip_corrupt: bool,
) -> None:
    """Tell what the fit expects of the score in STUDY at N posts a week, over eight weeks.

    With a band for the whole expected path. A rate that the record does not show is refused
    (exit code 2); where the record is too thin for any answer, it says why.

    \b
    Examples:
      needle whatif data/banfield-2012 --posts-per-week 3
      needle whatif data/banfield-2012 --posts-per-week 3 --hold 60 --json
    """  # noqa: D301
    from analysis.display import to_json
    from analysis.inspection import printable_json
    from analysis.whatif import as_dict, cannot_tell, plain_text, why_sentence
    from analysis.workbench import load

    found = load(study, skip_corrupt=skip_corrupt).what_if()
    if isinstance(found, str):
        data, text = cannot_tell(found), one_line(why_sentence(found)) + "\n"
    else:
        rate = found.seen.average if posts_per_week is None else posts_per_week
        found.seen.check(rate)
        data, text = as_dict(found, rate, hold), plain_text(found, rate, hold)
    click.echo(printable_json(to_json(data)) if as_json else text, nl=False)
