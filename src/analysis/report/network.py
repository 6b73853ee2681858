"""The network on the page: a picture that stands still, its words and table, and its data.

The picture needs no script. ``scripts/network.js`` draws the same layout so that it can be moved,
from the JSON that stands beside it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from analysis.claims.base import number, percent
from analysis.display import Table
from analysis.network import LANE_HEIGHT, LONGEST, SCORE_TOP, Mark, Network, short
from analysis.report.network_picture import Drawing, narrow, wide

TEXT_BYTES = 90_000
"""All different texts together; beyond that, those of posts without an edge are cut shorter."""

_CUTS = (LONGEST, 100, 80, 60, 40, 20)
_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
_LINES = {0x2028: "\\u2028", 0x2029: "\\u2029"}
_HALVES = {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}


@dataclass(frozen=True, slots=True)
class NetworkPart:
    """What the template ``network.html.j2`` shows.

    Attributes
    ----------
    words : str
        What the picture shows, computed from its data.
    wide, narrow : Drawing
        The picture for a wide and for a narrow page.
    table : Table
        Every uptick with the posts before it.
    notes : tuple of str
        What was left out, and how to read it.
    json : Markup
        The data for the script, fit to stand in its element.
    """

    words: str
    wide: Drawing = field(repr=False)
    narrow: Drawing = field(repr=False)
    table: Table = field(repr=False)
    notes: tuple[str, ...]
    json: Markup = field(repr=False)


def network_part(network: Network | None) -> NetworkPart | None:
    """Return what the page shows of a network; None without one."""
    if network is None:
        return None
    return NetworkPart(
        words(network),
        wide(network),
        narrow(network),
        uptick_table(network),
        tuple(_notes(network)),
        embedded(data(network)),
    )


def words(network: Network) -> str:
    """Return what the picture shows, for who cannot see it."""
    focal = network.lanes[0].name
    by_lane = ", ".join(
        f"{lane.name} {lane.posts:,}{' days with posts' if lane.counted else ''}"
        for lane in network.lanes
    )
    shared = Counter(network.nodes[share.post].lane for share in network.shares)
    where = ", ".join(f"{network.lanes[row].name} {shared[row]:,}" for row in sorted(shared))
    own = sum(node.lane == 0 for node in network.nodes)
    passed_on = len({share.of for share in network.shares})
    followed = sum(mark.follows for mark in network.upticks)
    leading = len({post for mark in network.upticks for post in mark.posts})
    total = len(network.upticks)
    drawn = f"{len(network.nodes):,} posts"
    if network.left_out:
        drawn = (
            f"the newest {len(network.nodes):,} of {len(network.nodes) + network.left_out:,} posts"
        )
    said = [
        f"The {network.score_name} from {network.first} to {network.last}, and under it "
        f"{drawn} by channel: {by_lane}."
    ]
    if network.shares:
        said.append(
            f"{passed_on:,} of {own:,} {focal} posts are joined to the {len(network.shares):,} "
            f"posts that share them: {where}."
        )
    else:
        said.append(f"No post was found to share one of the {own:,} {focal} posts.")
    if total:
        said.append(
            f"Of {total:,} upticks, {followed:,} ({percent(followed / total)}) have a {focal} "
            f"post in the {network.hours} hours before them, and {total - followed:,} are bare."
        )
        said.append(f"{leading:,} of the {own:,} {focal} posts are joined to an uptick.")
    else:
        said.append("There are 0 upticks.")
    return " ".join(said)


def _notes(network: Network) -> list[str]:
    focal = network.lanes[0]
    said = [
        "An uptick is a rise among the top 15\u202f% of the daily changes. That a post stands "
        "before one shows order in time, not cause: what chance gives is told under Upticks."
    ]
    if network.left_out:
        said.append(
            f"Only the newest {len(network.nodes):,} posts are drawn, those since "
            f"{network.local(network.since):%Y-%m-%d}; {network.left_out:,} older ones are left "
            "out, upticks before that day have no lines, and what shares an older post looks like "
            "any other."
        )
    if focal.counted:
        said.append(
            f"Of {focal.name} only counts by day are known: each node is a day, set at its noon."
        )
    if any(lane.unknown for lane in network.lanes):
        said.append("Hatched: no source tells of these days, so that no post is not silence.")
    return said


def uptick_table(network: Network) -> Table:
    """Return every uptick with the focal posts before it, and where those were shared."""
    focal = network.lanes[0].name
    shared: dict[int, Counter[str]] = {}
    for share in network.shares:
        lane = network.lanes[network.nodes[share.post].lane].name
        shared.setdefault(share.of, Counter())[lane] += 1
    rows = []
    for mark in network.upticks:
        last = mark.posts[-1] if mark.posts else None
        before = None if last is None else (mark.at - network.nodes[last].at) / 60
        through: Counter[str] = sum((shared.get(post, Counter()) for post in mark.posts), Counter())
        rows.append(
            (
                mark.date,
                mark.change,
                _posts_before(network, mark),
                None if last is None else short(network.nodes[last].text, 80),
                before,
                ", ".join(f"{name} {count}" for name, count in sorted(through.items())) or None,
            )
        )
    columns = ("uptick", "change", "posts before", "last post", "hours before", "shared on")
    return Table(
        f"Every uptick, and the {focal} posts in the {network.hours} hours before it",
        columns,
        tuple(rows),
        formats={"change": "+.3g", "hours before": ".1f"},
    )


def _posts_before(network: Network, mark: Mark) -> int | None:
    """Return how many posts stand in the window; None where some may not be drawn."""
    cut = network.left_out > 0 and mark.at - 60 * network.hours < network.since
    return None if cut or (mark.follows and not mark.posts) else len(mark.posts)


def data(network: Network) -> dict[str, Any]:
    """Return the layout as plain JSON, a column an array.

    Times are differences to the one before, heights are counted from the top of the lane; a text
    that was said before is the position of the post that said it first.
    """
    looks = sorted({(node.lane, node.kind) for node in network.nodes})
    place = {look: at for at, look in enumerate(looks)}
    proofs = sorted({share.evidence for share in network.shares})
    times = [node.at for node in network.nodes]
    return {
        "score": network.score_name,
        "zone": network.zone,
        "epoch": network.epoch,
        "minutes": network.minutes,
        "height": network.height,
        "laneHeight": LANE_HEIGHT,
        "scoreTop": SCORE_TOP,
        "offsets": network.offsets,
        "hours": network.hours,
        "since": network.since,
        "lanes": [[lane.name, lane.top, lane.posts, lane.unknown] for lane in network.lanes],
        "looks": looks,
        "evidence": proofs,
        "t": [now - before for now, before in zip(times, [0, *times], strict=False)],
        "y": [node.y - network.lanes[node.lane].top for node in network.nodes],
        "look": [place[node.lane, node.kind] for node in network.nodes],
        "text": _said_once(_texts(network)),
        "shares": [
            [share.of, share.post, proofs.index(share.evidence), share.confidence]
            for share in network.shares
        ],
        "upticks": [_uptick(mark) for mark in network.upticks],
        "line": network.line,
        "levels": [[number(value), y] for value, y in network.levels],
        "breaks": network.breaks,
    }


def _uptick(mark: Mark) -> list[Any]:
    change, score = number(mark.change, signed=True), number(mark.score)
    return [mark.at, mark.y, mark.date, change, score, int(mark.follows), mark.posts]


def _texts(network: Network) -> list[str]:
    """Return the posts' texts; where they are too much together, the unjoined ones shorter."""
    joined = {end for share in network.shares for end in (share.of, share.post)}
    texts: list[str] = []
    for cut in _CUTS:
        texts = [
            node.text if place in joined or node.lane == 0 else short(node.text, cut)
            for place, node in enumerate(network.nodes)
        ]
        if sum(len(text.encode()) for text in set(texts)) <= TEXT_BYTES:
            break
    return texts


def _said_once(texts: Sequence[str]) -> list[str | int]:
    first: dict[str, int] = {}
    found: list[str | int] = []
    for place, text in enumerate(texts):
        before = first.setdefault(text, place)
        found.append(text if before == place else before)
    return found


def embedded(value: Any) -> Markup:
    """Return JSON that can stand in an element: nothing in it ends that, or is markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_HTML | _LINES | _HALVES))
