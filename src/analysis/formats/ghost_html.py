"""The words and links of a Ghost post that is stored as Lexical or Mobiledoc, not as HTML.

Both are JSON in a string. Only what can be seen or followed is taken, in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from analysis.formats.javascript import items_of, section

_WORDS = ("text", "html", "markdown", "caption")
_MOST_NODES = 200_000


def html_of(stored: object) -> str:
    """Return HTML with the words and links of a Lexical or Mobiledoc document.

    Parameters
    ----------
    stored : object
        The document as a JSON string; anything else, or what cannot be read, gives "".
    """
    if not isinstance(stored, str):
        return ""
    try:
        document = section(json.loads(stored))
    except (ValueError, RecursionError):
        return ""
    if "root" in document:
        return "\n".join(_lexical(document["root"]))
    return "\n".join(_mobiledoc(document))


def _lexical(root: object) -> Iterator[str]:
    """Yield the pieces of a Lexical document, parents before children."""
    stack = [root]
    for _ in range(_MOST_NODES):
        if not stack:
            return
        node = section(stack.pop())
        url = node.get("url", node.get("href"))
        if isinstance(url, str):
            yield f'<a href="{escape(url)}"></a>'
        for key in _WORDS:
            value = node.get(key)
            if isinstance(value, str):
                yield value if key in ("html", "caption") else escape(value)
        stack.extend(reversed(items_of(node.get("children"))))


def _mobiledoc(document: dict[str, Any]) -> Iterator[str]:
    """Yield the pieces of a Mobiledoc document: links first, then words, then cards."""
    for markup in items_of(document.get("markups")):
        attributes = items_of(markup)[1:2]
        pairs = items_of(attributes[0]) if attributes else []
        if items_of(markup)[:1] == ["a"] and len(pairs) > 1 and isinstance(pairs[1], str):
            yield f'<a href="{escape(pairs[1])}"></a>'
    stack = list(reversed(items_of(document.get("sections"))))
    for _ in range(_MOST_NODES):
        if not stack:
            break
        node = stack.pop()
        if isinstance(node, list):
            is_text = len(node) == 4 and node[0] == 0 and isinstance(node[3], str)
            if is_text:
                yield escape(node[3])
            else:
                stack.extend(reversed(node))
    for card in items_of(document.get("cards")):
        payload = section(items_of(card)[1]) if len(items_of(card)) > 1 else {}
        for key in _WORDS:
            if isinstance(payload.get(key), str):
                yield payload[key]
