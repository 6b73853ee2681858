"""From open blogs and networks to ``raw/collected``: polite, resumable, every answer kept.

``fetcher`` asks one address at a time and obeys what hosts say; ``archive`` keeps each raw answer
as WARC; ``state`` remembers where a channel stands; the collectors know where each kind of site
keeps its posts. Nothing here reads posts: that is what ``formats`` does, from what was kept.
"""

from __future__ import annotations

from pathlib import PurePosixPath

COLLECTED = PurePosixPath("raw/collected")


def collected_folder(channel: str) -> str:
    """Return where a channel's raw answers stand, relative to the study's folder.

    Examples
    --------
    >>> collected_folder("blog")
    'raw/collected/blog'
    """
    return str(COLLECTED / channel)
