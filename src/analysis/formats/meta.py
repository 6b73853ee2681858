r"""What Facebook's and Instagram's exports share: broken text, unix times, labelled values.

Both write the UTF-8 bytes of every non-ASCII character as one character each
(``caf\u00c3\u00a9`` for café), and both come as JSON or as HTML, whichever was asked for.

Newer files hold ``label_values``, a list of what the network would show and the words that it
would show it under, in the owner's language. No label is read. The words of a post are found
by a property of the whole file: of the labels that stand over words (no address, number,
date, place on the map, true or false), the message is the one that most text stands under.
Where the network names the field itself (``ent_field_name``), that decides.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from analysis.formats.javascript import items_of, section, sound, string

_BYTES_AS_CHARACTERS = re.compile(
    "[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_WHOLE_SECONDS = re.compile(r"-?[0-9]{1,12}")
_LAST_YEAR = 2100
_WEB = ("http:", "https:")
_NO_WORDS = re.compile(r"[\W\d_]*|true|false|\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|UTC)?", re.IGNORECASE)
_MESSAGE_FIELDS = frozenset({"text", "message", "caption"})
_SUBTITLES = (".srt", ".vtt")


def repaired_text(text: str) -> str:
    """Return ``text`` with characters that stand for UTF-8 bytes put together again.

    Each sequence of two to four such characters that is UTF-8 becomes what it spells; what
    is none (a cut emoji, text that was right already) stays as it is.
    """
    return text if text.isascii() else sound(_BYTES_AS_CHARACTERS.sub(_spelled, text))


def _spelled(match: re.Match[str]) -> str:
    try:
        return match.group().encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match.group()


def repaired(value: Any) -> Any:
    """Return a JSON value with the text of all its keys and values repaired."""
    if isinstance(value, str):
        return repaired_text(value)
    if isinstance(value, list):
        return [repaired(item) for item in value]
    if isinstance(value, dict):
        return {repaired_text(key): repaired(item) for key, item in value.items()}
    return value


def unix_time(value: object, first_year: int) -> dt.datetime | None:
    """Return the moment (UTC) of a number of seconds since 1970.

    Returns
    -------
    datetime or None
        None where it is no such number, or lies before the network existed: exports hold
        -62169958800 and milliseconds.
    """
    if isinstance(value, str) and _WHOLE_SECONDS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        when = dt.datetime.fromtimestamp(value, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return when if first_year <= when.year <= _LAST_YEAR else None


def _labelled(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for item in items_of(record.get("label_values")) if (entry := section(item))]


def _label(entry: dict[str, Any]) -> str:
    """Return what tells an entry from the others of its record, whatever language it is in."""
    return string(entry, "ent_field_name") or string(entry, "label", "title")


def _words(entry: dict[str, Any]) -> str:
    """Return an entry's value where it can be somebody's words, else ""."""
    value = entry.get("value")
    if not isinstance(value, str) or value.startswith(_WEB) or _NO_WORDS.fullmatch(value):
        return ""
    return value


def message_label(records: Iterable[dict[str, Any]]) -> str:
    """Return the label that a file's messages stand under: the one over most text."""
    lengths: Counter[str] = Counter()
    for record in records:
        for entry in _labelled(record):
            label = _label(entry)
            if string(entry, "ent_field_name").lower() in _MESSAGE_FIELDS:
                return label
            if words := _words(entry):
                lengths[label] += len(words)
    return max(lengths, key=lambda label: lengths[label], default="")


def labelled_message(record: dict[str, Any], label: str) -> str:
    """Return the words that stand under ``label`` in a record, "" where none do."""
    return next(filter(None, (_words(e) for e in _labelled(record) if _label(e) == label)), "")


def labelled_links(record: dict[str, Any]) -> tuple[str, ...]:
    """Return the web addresses among a record's labelled values, each once."""
    addresses = (string(entry, key) for entry in _labelled(record) for key in ("value", "href"))
    return tuple(dict.fromkeys(url for url in addresses if url.startswith(_WEB)))


def draft_flag(record: dict[str, Any]) -> bool | None:
    """Return whether a record says that it is a draft; None where it says nothing readable.

    The flag is known by the network's own name for the field, or by its English label; in
    another language it cannot be told from the other yes-or-no values.
    """
    for entry in _labelled(record):
        value = entry.get("value")
        if "draft" not in _label(entry).lower() or not isinstance(value, str | bool):
            continue
        if str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
    return None


def attachments(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is attached to a record, as one flat list that holds no empty object."""
    return [
        data
        for attachment in items_of(record.get("attachments"))
        for item in items_of(section(attachment).get("data"))
        if (data := section(item))
    ]


def media_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a record's pictures and videos, wherever it keeps them.

    Labelled values nest the pictures of a carousel in one another; of the files that go with a
    video (subtitles) none is a picture.
    """
    media = [*items_of(record.get("media")), *(data.get("media") for data in attachments(record))]
    found = [medium for item in media if (medium := section(item))]
    if not found:
        found = list(_nested_media(record.get("label_values")))
    return [one for one in found if not string(one, "uri").lower().endswith(_SUBTITLES)]


def _nested_media(value: object) -> Iterator[dict[str, Any]]:
    """Yield the media within a value from top to bottom, each file once."""
    seen: set[str] = set()
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            uri = string(item, "uri")
            if uri and uri not in seen:
                seen.add(uri)
                yield item
            waiting.extend(reversed(list(item.values())))


def media_files(record: dict[str, Any]) -> tuple[str, ...]:
    """Return the file of each of a record's pictures and videos."""
    return tuple(uri for medium in media_of(record) if (uri := string(medium, "uri")))
