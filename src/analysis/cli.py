"""The commands. Each imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

import datetime as dt
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from analysis import __version__
from analysis.accounts.command import accounts
from analysis.commands.whatif import whatif
from analysis.diff.command import diff
from analysis.disk import unwritable
from analysis.errors import InputError, one_line
from analysis.report.accounts_command import accounts_report

FOLDER = click.Path(path_type=Path)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class _Commands(click.Group):
    """Turns what went wrong into one line: exit 2 for the user's mistake, 1 for ours."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            for problem in error.problems:
                click.echo(f"needle: {problem}", err=True)
            ctx.exit(2)
        except click.UsageError as error:
            path = error.ctx.command_path if error.ctx else ctx.command_path
            said = one_line(error.format_message())
            click.echo(f"needle: {said} See: {path} --help", err=True)
            ctx.exit(2)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(0)
        except Exception as error:
            if os.environ.get("NEEDLE_DEBUG"):
                raise
            if isinstance(error, OSError) and (refused := unwritable(error)):
                with suppress(OSError, ValueError):
                    sys.stdout.close()  # else it is tried again when the interpreter ends
                click.echo(f"needle: {refused}", err=True)
                ctx.exit(2)
            said = one_line(f"{type(error).__name__}: {error}")
            text = f"internal error, please report it: {said} (NEEDLE_DEBUG=1 shows where)"
            click.echo(f"needle: {text}", err=True)
            ctx.exit(1)


@click.group(
    cls=_Commands,
    name="needle",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="needle")
def main() -> None:
    """Answer whether blogging is the only thing that moves a score.

    A STUDY is a folder with a study.toml and raw exports; see data/README.md.

    \b
    Examples:
      needle check data/banfield-2012
      needle verdict data/banfield-2012
      needle report data/banfield-2012
    """  # noqa: D301
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@main.command()
@click.argument("path", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the same as JSON.")
def check(path: Path, as_json: bool) -> None:
    """Show what was recognized, read and set aside in PATH, and why.

    PATH is a study, or any folder, file or archive: without a study.toml, every export and
    score below it is shown. What is absent, corrupt and unknown is told apart, one line each.
    Exit code 2 if anything is corrupt, or anything is wrong with a study; what is unknown is
    no failure.

    \b
    Examples:
      needle check data/banfield-2012
      needle check ~/Downloads/exports --json
    """  # noqa: D301
    from analysis.display import to_json
    from analysis.inspection import as_data, describe, printable_json, survey_lines
    from analysis.settings import FILE
    from analysis.study import inspect
    from analysis.survey import survey

    place = path.resolve()
    if place.exists() and not (place / FILE).exists():
        surveyed = survey(place)
        lines, data = survey_lines(surveyed), surveyed.as_dict
        wrong = tuple(surveyed.of_kind("corrupt", "invalid"))
    else:
        found = inspect(place)
        lines, data = describe(found, place.name), lambda: as_data(found, place.name)
        wrong = found.problems
    if as_json:
        click.echo(printable_json(to_json(data())), nl=False)
    else:
        for line in lines:
            click.echo(one_line(line))
    if wrong:
        raise InputError(wrong)


@main.command()
@click.argument("study", type=FOLDER)
@click.option("--only", metavar="CHANNEL", multiple=True, help="This one; may be given again.")
@click.option(
    "--budget",
    type=click.FloatRange(0, 1440, min_open=True),
    default=10.0,
    show_default=True,
    help="Minutes that the run may take, waiting included.",
)
@click.option("--expand", is_flag=True, help="Ask for the short links in the posts, too.")
def collect(study: Path, only: tuple[str, ...], budget: float, expand: bool) -> None:
    """Ask the sites in [collect] of STUDY for what is new, and keep every answer.

    What comes stands in raw/collected/<channel>, as WARC. A run that is stopped or killed goes
    on the next time. Exit code 1 where a host wants to be left alone for now: the line says
    until when. A token is read from NEEDLE_TOKEN_<CHANNEL>, or from the keyring.

    \b
    Examples:
      needle collect data/mine
      needle collect data/mine --only blog --budget 30
      needle collect data/mine --expand
    """  # noqa: D301
    from analysis.collect.run import Run
    from analysis.settings import check_settings, read_toml

    folder = study.resolve()
    settings, problems = check_settings(read_toml(folder), f"{folder.name}/study.toml")
    if settings is None:
        raise InputError(problems)
    links: list[str] = []
    if expand:
        from analysis.study import inspect

        posts = (post for source in inspect(folder).sources for post in source.extract.posts)
        links = [link for post in posts for link in post.links]
    shows = sys.stderr.isatty()
    run = Run(
        folder,
        settings.collect,
        budget=budget * 60,
        tell=(lambda line: click.echo(one_line(line), err=True)) if shows else lambda line: None,
        warn=lambda line: click.echo(one_line(line), err=True),
        links=links,
    )
    outcomes = run.all(only)
    for outcome in outcomes:
        click.echo(one_line(outcome, 500), err=outcome.status == "stopped")
    if wrong := [problem for outcome in outcomes for problem in outcome.problems]:
        raise InputError(wrong)
    if any(outcome.status == "stopped" for outcome in outcomes):
        sys.exit(1)


@main.command()
@click.argument("study", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the content of results.json.")
@click.option("--skip-corrupt", is_flag=True, help="Leave corrupt sources out instead of refusing.")
def verdict(study: Path, as_json: bool, skip_corrupt: bool) -> None:
    """Print the ledger of claims for STUDY, without running a notebook.

    \b
    Examples:
      needle verdict data/banfield-2012
      needle verdict data/banfield-2012 --json
    """  # noqa: D301
    from analysis.display import to_json
    from analysis.inspection import ledger_text, printable_json
    from analysis.workbench import load

    results = load(study, skip_corrupt=skip_corrupt).results()
    text = printable_json(to_json(results)) if as_json else ledger_text(results)
    click.echo(text, nl=False)


@main.command()
@click.argument("study", type=FOLDER)
@click.option(
    "--draws",
    type=click.IntRange(1, 20_000),
    default=1000,
    show_default=True,
    help="Simulated accounts under each truth.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="The same seed, the same rates.",
)
@click.option("--json", "as_json", is_flag=True, help="Print every rate as JSON.")
@click.option("--skip-corrupt", is_flag=True, help="Leave corrupt sources out instead of refusing.")
def calibrate(study: Path, draws: int, seed: int, as_json: bool, skip_corrupt: bool) -> None:
    """Measure how often the verdicts on STUDY would be wrong, on accounts like it.

    Accounts with its calendar, gaps and rhythm are simulated, a truth is planted in each, and
    the verdict is run on it. Takes some seconds.

    \b
    Examples:
      needle calibrate data/banfield-2012
      needle calibrate data/banfield-2012 --draws 200 --json
    """  # noqa: D301
    from analysis.calibration import plain_text
    from analysis.display import to_json
    from analysis.inspection import printable_json
    from analysis.workbench import load

    asked = load(study, skip_corrupt=skip_corrupt)
    found = asked.calibrate(draws, seed, _counting if sys.stderr.isatty() else None)
    if found is None:
        text = to_json({"calibration": None, "why": asked.ledger.sentence})
        text = text if as_json else one_line(asked.ledger.sentence) + "\n"
    else:
        text = to_json(found.as_dict()) if as_json else plain_text(found)
    click.echo(printable_json(text) if as_json else text, nl=False)


def _counting(done: int, of: int) -> None:
    """Show on a terminal how far it has come, on a line that the end takes away."""
    line = f"calibrating: {done} of {of} truths" if done < of else ""
    click.echo(f"\r\x1b[K{line}", nl=False, err=True)


@main.command()
@click.argument("studies", metavar="STUDY...", nargs=-1, required=True, type=FOLDER)
@click.option(
    "--out", type=FOLDER, default=Path("reports"), show_default=True, help="Folder of the pages."
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Notebooks at a time."
)
@click.option("--force", is_flag=True, help="Run the notebooks even when nothing has changed.")
@click.option("--skip-corrupt", is_flag=True, help="Leave corrupt sources out instead of refusing.")
@click.option(
    "--cell-timeout",
    type=click.IntRange(1, 86_400),
    default=300,
    show_default="300",
    metavar="SECONDS",
    help="For one cell of a notebook.",
)
def report(
    studies: tuple[Path, ...],
    out: Path,
    jobs: int,
    force: bool,
    skip_corrupt: bool,
    cell_timeout: int,
) -> None:
    """Run the notebooks on each STUDY and write its page.

    The page is one self-contained file. A study whose data, notebooks, code and environment
    are unchanged is not run again. One that fails keeps its old page; the others go on, and
    the exit code is not zero.

    \b
    Examples:
      needle report data/banfield-2012
      needle report data/*/ --out reports
    """  # noqa: D301
    from analysis.report.build import build_reports
    from analysis.report.tasks import RUN_TIMEOUT

    outcomes = build_reports(
        [study.resolve() for study in studies],
        out,
        jobs=jobs,
        force=force,
        skip_corrupt=skip_corrupt,
        cell_timeout=cell_timeout,
        run_timeout=max(RUN_TIMEOUT, 3 * cell_timeout),
        progress=lambda line: click.echo(one_line(line), err=True),
    )
    for outcome in outcomes:
        click.echo(one_line(str(outcome)), err=outcome.status == "failed")
    if any(outcome.status == "failed" for outcome in outcomes):
        sys.exit(2 if all(o.users_mistake for o in outcomes if o.status == "failed") else 1)


@main.command()
@click.argument("study", type=FOLDER)
@click.option("--weeks", type=click.IntRange(1, 104), required=True, help="How long.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day, in the future unless the study is simulated.  [default: next Monday]",
)
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="Of the lot.  [default: secret]")
@click.option(
    "--posts-per-week",
    type=click.IntRange(1, 6),
    help="Posting days in each week.  [default: as many as so far]",
)
@click.option(
    "--never",
    type=click.Choice(DAYS, case_sensitive=False),
    multiple=True,
    help="A weekday without a planned post; may be given again.",
)
def plan(
    study: Path,
    weeks: int,
    start: dt.datetime | None,
    seed: int | None,
    posts_per_week: int | None,
    never: tuple[str, ...],
) -> None:
    """Draw by lot on which days to post, so that STUDY becomes an experiment.

    Writes plan.json, plan.csv, plan.ics (for a calendar) and plan.sha256 (the seal) into the
    study's folder, once. After the last day 'needle verdict' tells what it shows: the one way
    to rule out that something unseen makes you post and also lifts the score.

    \b
    Example:
      needle plan data/mine --weeks 12 --never Sun
    """  # noqa: D301
    from analysis.experiment.planning import make_plan
    from analysis.inspection import plan_text
    from analysis.plan.write import refuse_second, write_plan
    from analysis.workbench import load

    folder = study.resolve()
    refuse_second(folder)
    loaded = load(folder)
    made = make_plan(
        loaded.data,
        loaded.arrays,
        weeks=weeks,
        today=dt.datetime.now(loaded.data.settings.zone).date(),
        start=start.date() if start else None,
        seed=seed,
        posts_per_week=posts_per_week,
        never=[DAYS.index(day) for day in never],
    )
    seal = write_plan(made, folder, loaded.title)
    click.echo(plan_text(made, seal), nl=False)


@main.command()
@click.argument("world", required=False)
@click.argument("out", required=False, type=FOLDER)
@click.option("--seed", type=click.IntRange(0), default=None, help="The same seed, the same bytes.")
@click.option("--days", type=click.IntRange(30, 3650), default=None, help="Days with a reading.")
@click.option("--list", "list_worlds", is_flag=True, help="List the worlds.")
def simulate(
    world: str | None, out: Path | None, seed: int | None, days: int | None, list_worlds: bool
) -> None:
    """Write a simulated study of known truth to the folder OUT.

    Its raw files are in the networks' own export formats.

    \b
    Examples:
      needle simulate --list
      needle simulate blog-only /tmp/blog-only --seed 1 --days 240
    """  # noqa: D301
    from analysis import worlds

    if list_worlds:
        for name in worlds.names():
            click.echo(f"{name:24} {one_line(worlds.describe(name))}")
        return
    if world is None or out is None:
        raise click.UsageError("expected WORLD and OUT, or --list")
    written = worlds.write_world(world, out, seed=seed, days=days)
    click.echo(one_line(f"{written}: written"))


accounts.add_command(accounts_report)
main.add_command(accounts)
main.add_command(diff)
main.add_command(whatif)
