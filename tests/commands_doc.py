"""Keeps the help texts in docs/commands.md as the commands print them.

Run ``python -m tests.commands_doc`` in the project's folder after changing a command.
"""

from __future__ import annotations

import re
from pathlib import Path

import click
from click.testing import CliRunner

from analysis.cli import main

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
_BLOCK = re.compile(r"(?P<start><!-- help: (?P<name>[\w -]*) -->\n).*?(?P<end><!-- end -->)", re.S)


def help_text(name: str) -> str:
    """Return what ``needle NAME --help`` prints, 88 columns wide; of needle itself for ""."""
    arguments = [*name.split(), "--help"]
    result = CliRunner().invoke(main, arguments, prog_name="needle", terminal_width=88)
    assert result.exit_code == 0, result.output
    return "\n".join(line.rstrip() for line in result.stdout.strip().splitlines())


def regenerated(page: str) -> str:
    """Return the page with the text between its marks as the commands print it now."""

    def block(match: re.Match[str]) -> str:
        return f"{match['start']}```text\n{help_text(match['name'])}\n```\n{match['end']}"

    return _BLOCK.sub(block, page)


def every() -> list[str]:
    """Return the commands, those of groups too; "" is needle itself."""
    names = ["", *main.commands]
    for name, command in main.commands.items():
        if isinstance(command, click.Group):
            names += [f"{name} {inner}" for inner in command.commands]
    return names


def named(page: str) -> list[str]:
    """Return the commands whose help stands in the page, in its order."""
    return [match["name"] for match in _BLOCK.finditer(page)]


if __name__ == "__main__":
    PAGE.write_text(regenerated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
