"""Sentences, for notebooks and for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.display.text import Bundle, escaped, visible

WORDS_MIME = "application/vnd.needle.words+json"


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence or a few, each a paragraph of the page.

    Attributes
    ----------
    sentences : tuple of str
        At least one, none empty.
    """

    sentences: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse to say nothing."""
        if not self.sentences or not all(sentence.strip() for sentence in self.sentences):
            raise ValueError("words need at least one sentence, and none empty")

    @classmethod
    def of(cls, *sentences: str) -> Words:
        """Return these sentences as words to show."""
        return cls(sentences)

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        data = {
            "text/html": "".join(f"<p>{escaped(sentence)}</p>" for sentence in self.sentences),
            "text/plain": "\n".join(visible(sentence) for sentence in self.sentences),
            WORDS_MIME: {"sentences": [visible(sentence) for sentence in self.sentences]},
        }
        return data, {}

    @classmethod
    def from_payload(cls, payload: Any) -> Words:
        """Return the words of a notebook's output.

        Raises
        ------
        ValueError
            The payload is of another shape.
        """
        try:
            return cls(tuple(str(sentence) for sentence in payload["sentences"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the payload of words: {error!r}") from None
