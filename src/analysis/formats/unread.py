"""The note on files of an export that are known and not read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

MOST = 8
"""Names that the note tells; of the others it tells the number."""


def unread_note(members: Iterable[str], why: str) -> tuple[str, ...]:
    """Return the note that these members are not read because of ``why``, none for no member."""
    names = list(dict.fromkeys(PurePosixPath(name).name for name in members))
    if not names:
        return ()
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return (f"{why}, so not read: {', '.join(names[:MOST])}{more}.",)
