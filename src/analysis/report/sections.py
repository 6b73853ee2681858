"""An executed notebook as a section of the page: its prose, its own outputs, its code folded.

Nothing that a notebook says is trusted to be markup: prose goes through a Markdown reader
without HTML, outputs are accepted only as the payloads of :mod:`analysis.display` or as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from analysis.display import (
    PICTURE_MIME,
    TABLE_MIME,
    WORDS_MIME,
    Picture,
    Table,
    Words,
    visible,
)
from analysis.report.parameters import source_of
from analysis.report.tasks import Failure

LAB_ONLY = "lab-only"
"""A cell with this tag is for the notebook's reader; the page says the same elsewhere."""

BESIDE_VERDICT = "beside-verdict"
"""What a cell with this tag says in words stands under the ledger, too."""

EVIDENCE = "evidence:"
"""A cell tagged with this and a claim's id shows what the claim rests on; they link each other."""

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")


class UnfitNotebook(Exception):  # noqa: N818 - named for what it is
    """A notebook shows something that no page may show.

    Attributes
    ----------
    failure : Failure
        The notebook, the code cell and why.
    """

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(str(failure))


@dataclass(frozen=True, slots=True)
class Block:
    """One thing of a section.

    Attributes
    ----------
    kind : {"prose", "picture", "table", "words", "text", "code"}
        How the template shows it.
    content : Markup, Picture, Table, Words or str
        What it is.
    anchor : str
        Its id on the page; empty when nothing links to it.
    claims : tuple of str
        Ids of the claims that it is evidence for.
    """

    kind: str
    content: Any
    anchor: str = ""
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A notebook's part of the page.

    Attributes
    ----------
    name : str
        The notebook's, and the section's id.
    title : str
        Its first heading.
    blocks : tuple of Block
        In the order of the notebook; code comes right after what it showed, and what ran
        silently before it comes with it.
    beside : tuple of str
        Sentences that stand under the ledger, too.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    beside: tuple[str, ...] = ()


def read_section(name: str, notebook: Mapping[str, Any]) -> Section:
    """Return the section of an executed notebook.

    Parameters
    ----------
    name : str
        The notebook's name, without the ending.
    notebook : mapping
        Its JSON.

    Raises
    ------
    UnfitNotebook
        An output is an error, a warning, a picture without words, or of no kind that the page
        knows.
    """
    title = ""
    blocks: list[Block] = []
    pending: list[str] = []
    beside: list[str] = []
    number, level = 0, 2
    for cell in notebook["cells"]:
        tags = cell.get("metadata", {}).get("tags", [])
        if cell["cell_type"] == "code":
            number += "injected-parameters" not in tags
            claims = tuple(tag.removeprefix(EVIDENCE) for tag in tags if tag.startswith(EVIDENCE))
            shown = [replace(block, claims=claims) for block in _outputs(name, number, cell)]
            pending.append(visible(source_of(cell)).strip())
            if BESIDE_VERDICT in tags:
                beside += [said for block in shown for said in _sentences(block)]
            if shown and LAB_ONLY not in tags:
                blocks += [*shown, *_folded(pending)]
                pending = []
        elif cell["cell_type"] == "markdown" and LAB_ONLY not in tags:
            heading, prose, level = _prose(source_of(cell), level, keep_title=bool(title))
            title = title or heading
            if prose:
                blocks.append(Block("prose", prose))
    blocks += _folded(pending)
    return Section(name, title or name.replace("-", " ").capitalize(), tuple(blocks), tuple(beside))


def _sentences(block: Block) -> tuple[str, ...]:
    return block.content.sentences if block.kind == "words" else ()


def _folded(sources: Sequence[str]) -> list[Block]:
    code = "\n\n".join(source for source in sources if source)
    return [Block("code", code)] if code else []


def _outputs(name: str, number: int, cell: Mapping[str, Any]) -> Iterator[Block]:
    """Yield what a code cell showed."""
    for at, output in enumerate(cell.get("outputs", []), 1):
        anchor = f"{name}-{number}-{at}"
        kind = output["output_type"]
        if kind == "error":
            raise _unfit(name, number, str(output["ename"]), str(output["evalue"]))
        if kind == "stream":
            text = _text(output["text"])
            if output["name"] != "stdout":
                raise _unfit(name, number, "Warning", text)
            yield Block("text", _lasting(name, number, text), anchor)
            continue
        try:
            yield _displayed(name, number, output.get("data", {}), anchor)
        except ValueError as error:
            raise _unfit(name, number, "Output", str(error)) from None


def _displayed(name: str, number: int, data: Mapping[str, Any], anchor: str) -> Block:
    """Return one displayed output as a block; a ValueError says why it cannot be one."""
    if PICTURE_MIME in data:
        return Block("picture", Picture.from_bundle(data), anchor)
    if TABLE_MIME in data:
        return Block("table", Table.from_payload(data[TABLE_MIME]), anchor)
    if WORDS_MIME in data:
        return Block("words", Words.from_payload(data[WORDS_MIME]), anchor)
    if any(kind.startswith("image/") for kind in data):
        raise ValueError("a picture without words; show an analysis.display.Picture")
    if "text/plain" not in data:
        raise ValueError(f"nothing that a page can show ({', '.join(data) or 'empty'})")
    return Block("text", _lasting(name, number, _text(data["text/plain"])), anchor)


def _lasting(name: str, number: int, text: str) -> str:
    """Return text that is the same on every run."""
    if _ADDRESS.search(text):
        raise _unfit(name, number, "Output", "an object without a text of its own, by its address")
    return visible(text)


def _text(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _unfit(name: str, number: int, error: str, message: str) -> UnfitNotebook:
    first = next((line.strip() for line in message.splitlines() if line.strip()), "")
    return UnfitNotebook(Failure(name, number, error, first))


def _prose(source: str, level: int, *, keep_title: bool) -> tuple[str, Markup, int]:
    """Return a Markdown cell's title, its HTML and the level of its last heading.

    Parameters
    ----------
    source : str
        Markdown; HTML in it is text, links keep their words only, pictures their alt text.
    level : int
        The level of the heading before it: none may skip one.
    keep_title : bool
        Whether a first-level heading is one more heading, not the section's title.
    """
    tokens = _MARKDOWN.parse(visible(source))
    title = ""
    kept: list[Token] = []
    skip = 0
    for at, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        if token.type == "heading_open":
            if token.tag == "h1" and not keep_title and not title:
                title, skip = _inline_text(tokens[at + 1]), 2
                continue
            level = min(max(3, int(token.tag[1]) + 1), level + 1, 6)
            token.tag = tokens[at + 2].tag = f"h{level}"
        if token.type == "inline":
            token.children = list(_harmless(token.children or []))
        kept.append(token)
    html = _MARKDOWN.renderer.render(kept, _MARKDOWN.options, {}).strip()
    return title, Markup(html), level


def _harmless(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield a line's tokens without links or pictures: a page asks nothing of any host."""
    for token in tokens:
        if token.type == "image":
            yield Token("text", "", 0, content=token.content)
        elif token.type not in ("link_open", "link_close"):
            yield token


def _inline_text(token: Token) -> str:
    breaks = ("softbreak", "hardbreak")
    return "".join(" " if child.type in breaks else child.content for child in token.children or [])
