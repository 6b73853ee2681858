"""Captures that came from a web archive: when they were made, and of which address."""

from __future__ import annotations

import datetime as dt
import re

_PLAYBACK = re.compile(r"https?://[^/?#]+/web/([0-9]{14})id_/(https?://.+)", re.DOTALL)


def original(address: str, at: dt.datetime) -> tuple[str, dt.datetime]:
    """Return the address and the time of a capture as they were when it was made.

    Parameters
    ----------
    address : str
        Where it was had: an archive's own (``…/web/20120622060000id_/https://…``), or any other,
        which stays as it is.
    at : datetime
        When it was had (aware).

    Examples
    --------
    >>> now = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    >>> original("https://web.archive.org/web/20120622060000id_/http://a.org/", now)
    ('http://a.org/', datetime.datetime(2012, 6, 22, 6, 0, tzinfo=datetime.timezone.utc))
    """
    match = _PLAYBACK.fullmatch(address)
    if match is None:
        return address, at
    try:
        when = dt.datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return address, at
    return match[2], when
