"""The page's own style and scripts, inlined, each named by its hash in the page's policy."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Inline:
    """Text that stands between a page's tags as it is.

    Attributes
    ----------
    text : Markup
        Our own, never anybody's data.
    digest : str
        Its SHA-256 in base64, as a Content-Security-Policy wants it.
    """

    text: Markup
    digest: str

    @classmethod
    def of(cls, text: str, tag: str) -> Inline:
        """Return ``text`` for the inside of ``tag``, which it must not close."""
        if f"</{tag}" in text.lower() or "<!--" in text:
            raise ValueError(f"text for <{tag}> that ends it")
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
        return cls(Markup(text), digest)


@functools.cache
def style() -> Inline:
    """Return ``style.css``, then ``styles/*.css`` in the order of their names."""
    own = (importlib.resources.files("analysis.report") / "style.css").read_text("utf-8")
    return Inline.of("\n".join([own, *_texts("styles", ".css")]), "style")


@functools.cache
def scripts() -> tuple[Inline, ...]:
    """Return ``scripts/*.js`` in the order of their names, each on its own.

    A page is whole without them: they only add.
    """
    return tuple(Inline.of(text, "script") for text in _texts("scripts", ".js"))


def _texts(folder: str, ending: str) -> list[str]:
    parent = importlib.resources.files("analysis.report") / folder
    if not parent.is_dir():
        return []
    files = [file for file in parent.iterdir() if file.name.endswith(ending)]
    return [file.read_text("utf-8") for file in sorted(files, key=lambda file: file.name)]
