"""The commands as a person runs them: what they print, where, and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from analysis import __version__, load
from analysis.cli import main
from tests.commands_doc import every
from tests.studies import TOML, small_study

COMMANDS = sorted(main.commands)
HEAVY = ("IPython", "ipykernel", "jupyter_client", "jupyter_core", "matplotlib", "nbformat")
HEAVY = (*HEAVY, "papermill", "seaborn", "statsmodels")
HOSTILE = r"\u001b]0;owned\u0007\u009b31m\u202eevil\u2028\u007f"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_study(tmp_path_factory.mktemp("cli") / "mine")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def process(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def needle(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return process(sys.executable, "-m", "analysis", *arguments, **environment)


def is_plain(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def test_help_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in result.stdout
    assert "Example" in result.stdout


def command_of(words: str) -> click.Command:
    """Return a command, or one of a group by its words: "accounts build"."""
    first, *inner = words.split()
    command: click.Command = main.commands[first]
    for name in inner:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    return command


@pytest.mark.parametrize("name", every()[1:])
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = run(*name.split(), "--help")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    start = next(n for n, line in enumerate(lines) if line.strip() in ("Example:", "Examples:"))
    assert lines[start + 1].strip().startswith(f"needle {name} ")
    command = command_of(name)
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert all(option.help for option in options)


@pytest.mark.parametrize("name", every()[1:])
def test_every_example_names_options_that_there_are(name: str) -> None:
    command = command_of(name)
    commands = command.commands.values() if isinstance(command, click.Group) else [command]
    known = {flag for one in commands for option in one.params for flag in option.opts}
    for line in (command.help or "").splitlines():
        if line.strip().startswith("needle "):
            assert {word for word in line.split() if word.startswith("--")} <= known


def test_the_version() -> None:
    assert run("--version").stdout == f"needle, version {__version__}\n"


def test_verdict_prints_the_question_and_every_claim(study: Path) -> None:
    result = run("verdict", study)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Is blogging the only thing that moves the Klout score?\n\n")
    shown = load(str(study)).results()
    for claim in shown["claims"]:
        assert f"{claim['verdict']}: {claim['statement']}\n" in result.stdout
    assert "SIMULATED" not in result.stdout


def test_verdict_says_when_data_are_simulated(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "mine", "simulated = true\n" + TOML)
    assert "SIMULATED DATA: they show the method, not a person." in run("verdict", folder).stdout


def test_verdict_json_is_what_notebooks_see(study: Path) -> None:
    result = run("verdict", study, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == load(str(study)).results()


def test_no_command_prints_characters_that_steer_a_terminal(tmp_path: Path) -> None:
    toml = TOML.replace("A small study", HOSTILE).replace("Klout score", HOSTILE)
    folder = small_study(tmp_path / "mine", toml + 'activity = "raw/activity.csv"\n')
    (folder / "raw/activity.csv").write_text(
        f"at,channel\n2012-01-05,{json.loads(chr(34) + HOSTILE + chr(34))[:-2]}\n", encoding="utf-8"
    )
    for arguments in (["check"], ["verdict"], ["verdict", "--json"]):
        result = run(*arguments, folder)
        assert result.exit_code == 0, result.output
        assert is_plain(result.output), arguments
        assert "evil" in result.stdout
    shown = json.loads(run("verdict", "--json", folder).stdout)
    assert shown["study"]["title"] == json.loads(f'"{HOSTILE}"')
    (folder / "raw/activity.csv").write_text("at,channel\n\x1b[2J,x\n")
    for arguments in (["check"], ["verdict"]):
        result = run(*arguments, folder)
        assert result.exit_code == 2
        assert is_plain(result.output)
        assert "found '\\x1b[2J'" in result.stderr


@pytest.mark.parametrize("name", ["check", "verdict"])
def test_a_missing_study_is_one_line(name: str, tmp_path: Path) -> None:
    result = run(name, tmp_path / "none")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "needle: none: expected a study: a folder with a study.toml in it\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["verdict"], "needle: Missing argument 'STUDY'. See: needle verdict --help\n"),
        (["verdict", "x", "--jso"], "needle: No such option '--jso'"),
        (["verdict", "x", "y"], "needle: Got unexpected extra argument (y)"),
        (["verdic", "x"], "needle: No such command 'verdic'"),
        (["simulate"], "needle: expected WORLD and OUT, or --list"),
        (["simulate", "nothing", "x", "--days", "3"], "needle: Invalid value for '--days'"),
        (["simulate", "\x1b[2J", "x"], r"needle: WORLD, \x1b[2J: expected one of nothing, "),
    ],
)
def test_a_slip_on_the_command_line_is_one_line(arguments: list[str], line: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1
    assert is_plain(result.stderr)


def fail(*_: object, **__: object) -> None:
    raise ValueError("a\nbug\x1b[2J")


def test_our_own_mistake_is_one_line_and_another_exit_code(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.workbench.load", fail)
    result = run("verdict", study)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "needle: internal error, please report it: ValueError: a\\nbug\\x1b[2J "
        "(NEEDLE_DEBUG=1 shows where)\n"
    )


def test_our_own_mistake_shows_where_when_asked(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.workbench.load", fail)
    monkeypatch.setenv("NEEDLE_DEBUG", "1")
    result = run("verdict", study)
    assert isinstance(result.exception, ValueError)


def test_simulate_writes_a_study_that_check_understands(tmp_path: Path) -> None:
    out = tmp_path / "world"
    result = run("simulate", "blog-only", out, "--seed", "1", "--days", "60")
    assert (result.exit_code, result.stderr) == (0, "")
    assert run("check", out).exit_code == 0
    assert run("simulate", "blog-only", out).exit_code == 2
    listed = run("simulate", "--list").stdout
    assert "\nblog-only " in listed


def test_the_module_is_the_command(study: Path) -> None:
    script = Path(sys.executable).with_name("needle")
    assert script.is_file()
    for command in ((sys.executable, "-m", "analysis"), (script,)):
        done = process(*command, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Usage: ")
    assert needle("verdict", study, "--json").stdout == run("verdict", study, "--json").stdout


def test_exit_codes_of_a_real_run(study: Path, tmp_path: Path) -> None:
    assert needle("check", study).returncode == 0
    done = needle("check", tmp_path / "none")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_stops_early_is_no_error(study: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "analysis", "verdict", str(study), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode in (0, 1)


def test_a_terminal_of_few_letters_is_enough(study: Path) -> None:
    done = needle("verdict", study, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Is blogging the only thing" in done.stdout


def test_a_verdict_needs_no_notebooks_and_no_pictures(study: Path) -> None:
    code = (
        "import sys\n"
        "from analysis.cli import main\n"
        f"main(['verdict', {str(study)!r}], standalone_mode=False)\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = process(sys.executable, "-c", code)
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_help_needs_nothing_heavy_at_all() -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from analysis.cli import main\n"
        "assert CliRunner().invoke(main, ['verdict', '--help']).exit_code == 0\n"
        f"print(sorted({{'numpy', 'pandas', 'scipy', *{HEAVY!r}}} & set(sys.modules)))\n"
    )
    assert process(sys.executable, "-c", code).stdout == "[]\n"
