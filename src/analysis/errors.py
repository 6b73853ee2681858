"""What can be wrong with an input, told in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ProblemKind = Literal["absent", "corrupt", "unknown", "invalid"]

_PORTS = (f"{port}{number}" for port in ("com", "lpt") for number in "0123456789\xb9\xb2\xb3")
_DEVICES = frozenset(("con", "prn", "aux", "nul", "conin$", "conout$", *_PORTS))


def one_line(text: object, limit: int = 300) -> str:
    """Return ``text`` as one printable line of at most ``limit`` characters.

    Scraped text reaches error messages; control characters (terminal escapes, line breaks,
    right-to-left overrides) are shown as escapes that name their code, never sent on.
    """
    spaced = str(text).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in spaced
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def is_device(name: str) -> bool:
    """Return whether Windows takes a file's name, whatever its ending, for a device."""
    stem = name.partition(".")[0].rstrip().casefold()
    return stem in _DEVICES


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one input.

    Attributes
    ----------
    kind : {"absent", "corrupt", "unknown", "invalid"}
        A file that is not there, one that cannot be read, one of no known format, and a
        setting or value that breaks its rule are four different things.
    file : str
        The file, as the study names it (never an absolute path).
    place : str
        Where in the file: a key, a line, a member of an archive. May be empty.
    expected : str
        What was expected there, and what was found.
    """

    kind: ProblemKind
    file: str
    place: str
    expected: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        file = one_line(self.file, 160)
        where = f"{file}, {one_line(self.place, 100)}" if self.place else file
        return one_line(f"{where}: {self.expected}", 500)


class InputError(Exception):
    """An input that the user can mend: one line a problem, exit code 2.

    Attributes
    ----------
    problems : tuple of Problem
        At least one.
    """

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(problems)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


def corrupt(file: str, place: str, expected: str) -> InputError:
    """Return the error for a file that cannot be read as what it claims to be."""
    return InputError(Problem("corrupt", file, place, expected))


def absent(file: str, expected: str) -> InputError:
    """Return the error for a file that is not there."""
    return InputError(Problem("absent", file, "", expected))


def unknown(file: str, expected: str) -> InputError:
    """Return the error for a file whose format nothing here knows."""
    return InputError(Problem("unknown", file, "", expected))


def invalid(file: str, place: str, expected: str) -> InputError:
    """Return the error for a setting or value that breaks its rule."""
    return InputError(Problem("invalid", file, place, expected))
