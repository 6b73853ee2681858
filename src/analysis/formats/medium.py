"""Medium's export (Settings, Download your information): an HTML file a story in ``posts/``.

A story that was published has its time and its address in the footer; a draft has neither, and
its file's name begins with ``draft_``. Responses to others stand among the stories, unmarked.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePosixPath

from lxml import etree
from lxml import html as lxml_html

from analysis.errors import corrupt
from analysis.files import Tree
from analysis.formats.base import Extract, Format, Post, Recognition
from analysis.formats.pages import Rows, each, first_when
from analysis.formats.sniff import candidates
from analysis.formats.text import hrefs, parse_iso, parse_rfc822, plain_text, well_formed

MAX_STORY_BYTES = 20 * 1024**2

_NAME = re.compile(r"(?:draft|[0-9]{4}-[0-9]{2}-[0-9]{2})_.*-[0-9a-f]{6,14}\.html?", re.IGNORECASE)
_OWN = re.compile(rb'<article\s+class="h-entry">.{0,2000}?class="p-name"', re.DOTALL)
_HEAD = 65_536
_HASH = re.compile(r"([0-9a-f]{6,14})$")
_EXPORTED = re.compile(r"\bon\s+([A-Z][a-z]+)\s+([0-9]{1,2}),\s+([0-9]{4})")


def _recognise(tree: Tree) -> Recognition | None:
    named = [name for name in candidates(tree, (".html", ".htm")) if _is_named(name)]
    if not any(_OWN.search(tree.head(name, _HEAD)) for name in named[:20]):
        return None
    members = tuple(name for name in tree.names if _is_named(name))
    return Recognition(0.93, members, f"{len(members)} story file(s) of Medium's export")


def _is_named(name: str) -> bool:
    path = PurePosixPath(name)
    return _NAME.fullmatch(path.name) is not None and path.parent.name in ("posts", "")


def _read(tree: Tree, recognition: Recognition) -> Extract:
    rows = Rows()
    exported: list[dt.datetime] = []
    untitled = 0
    stories = each(
        recognition.members, lambda name: (name, *_story(tree, name, exported)), rows.problems
    )
    for _, row, is_titled in stories:
        rows.add(row)
        untitled += isinstance(row, Post) and not is_titled
    notes: tuple[str, ...] = ()
    if untitled:
        notes = (
            f"{untitled:,} of the stories have no heading in their text, as responses to others "
            "have none; Medium's export does not tell them apart, so they count as posts.",
        )
    return Extract(
        posts=rows.posts,
        set_aside=rows.set_aside,
        exported_at=max(exported, default=None),
        notes=notes,
        problems=tuple(rows.problems),
    )


MEDIUM = Format("Medium export (posts/*.html)", _recognise, _read)


def _story(tree: Tree, name: str, exported: list[dt.datetime]) -> tuple[Post | str, bool]:
    """Return one story as a post, or why it is none, and whether its text has a heading."""
    where = tree.where(name)
    data = tree.head(name, MAX_STORY_BYTES + 1)
    if len(data) > MAX_STORY_BYTES:
        raise corrupt(where, "", f"expected at most {MAX_STORY_BYTES // 1024**2} MB")
    if not _OWN.search(data):
        raise corrupt(where, "", "expected a story as Medium exports it, with its title")
    if b"</article>" not in data[-4096:]:
        raise corrupt(where, "", "expected the rest of the story; the file ends in the middle")
    text = data.decode("utf-8", "replace").replace("\0", "")
    try:
        page = lxml_html.document_fromstring(text, parser=lxml_html.HTMLParser(no_network=True))
        return _post(page, name, exported)
    except (etree.LxmlError, ValueError, AssertionError, RecursionError) as error:
        raise corrupt(where, "", f"expected HTML: {error}") from None


def _post(
    page: lxml_html.HtmlElement, member: str, exported: list[dt.datetime]
) -> tuple[Post | str, bool]:
    body = next(iter(page.xpath('//section[@data-field="body"]')), None)
    words = "" if body is None else lxml_html.tostring(body, encoding="unicode")
    is_titled = body is not None and bool(body.xpath(".//h1|.//h2|.//h3|.//h4"))
    path = PurePosixPath(member)
    footer = " ".join(page.xpath("string(//footer)").split())
    if day := _EXPORTED.search(footer.rpartition("Exported from")[2]):
        moment = first_when(parse_rfc822, f"{day[2]} {day[1][:3]} {day[3]} 12:00:00 +0000")
        exported += [moment] if isinstance(moment, dt.datetime) else []
    if path.name.lower().startswith("draft_"):
        return "draft", is_titled
    title = " ".join(page.xpath('string(//*[contains(@class, "p-name")])').split())
    if not title:
        return "response", is_titled
    stamp = str(page.xpath('string(//time[contains(@class, "dt-published")]/@datetime)'))
    when = first_when(parse_iso, stamp)
    if when is None:
        return "no date", is_titled
    url = str(page.xpath('string(//a[contains(@class, "p-canonical")]/@href)')).strip()
    found = _HASH.search(path.stem)
    post = Post(
        when=when,
        id=found[1] if found else path.stem,
        url=url,
        title=well_formed(title),
        text="\n".join(filter(None, (well_formed(title), plain_text(words)))),
        links=hrefs(words, url),
        member=member,
    )
    return post, is_titled
