"""Collecting what has not changed: it is known for longer, and its numbers were counted again."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.cli import main
from analysis.collect import collected_folder
from analysis.files import Tree
from analysis.formats.registry import read_posts
from analysis.study import StudyData, read_study
from tests.collect.conftest import START, Collect, FakeClock
from tests.studies import TOML, small_study

pytestmark = pytest.mark.usefixtures("no_robots")

DAY = dt.timedelta(days=1)


def rss(comments: int, *ids: str) -> str:
    """Return a feed of dated posts with counts, and of one without a date."""
    items = "".join(
        f"<item><title>{each}</title><guid>{each}</guid><link>http://blog.example/{each}</link>"
        f"<pubDate>0{number} Jun 2012 06:00:00 +0000</pubDate>"
        f"<slash:comments>{comments}</slash:comments></item>"
        for number, each in enumerate(ids, 1)
    )
    space = 'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
    undated = "<item><title>x</title><guid>x</guid></item>"
    return f'<rss version="2.0" {space}><channel><title>B</title>{items}{undated}</channel></rss>'


class Site:
    """A feed that is answered with 304 to those who have it, or with its bytes again."""

    def __init__(self, server: HTTPServer, *, says_304: bool) -> None:
        self.text, self.says_304, self.statuses = rss(3, "a", "b"), says_304, list[int]()
        server.expect_request("/feed").respond_with_handler(self.answer)
        self.url = server.url_for("/feed")

    def answer(self, request: Request) -> Response:
        etag = f'"{abs(hash(self.text))}"'
        if self.says_304 and request.headers.get("If-None-Match") == etag:
            self.statuses.append(304)
            return Response(status=304, headers={"ETag": etag})
        self.statuses.append(200)
        return Response(self.text, content_type="text/xml", headers={"ETag": etag})


def study(folder: Path, url: str) -> Path:
    """Return a study whose blog is collected from an address, and from nowhere else."""
    toml = TOML.replace('blog = "raw/blog.json"\n', "").replace("America/Los_Angeles", "UTC")
    made = small_study(folder / "mine", toml + f'\n[collect.blog]\nurl = "{url}"\n')
    (made / "raw/blog.json").unlink()
    return made


def seen(data: StudyData) -> list[tuple[str, int, dt.datetime]]:
    """Return the observations of the blog: post, number and when."""
    blog = data.activity.query("channel == 'blog'")
    mine = data.observations[data.observations["id"].isin(blog.index)]
    return [
        (str(blog.loc[row.id, "id"]), int(row.value), row.seen_at.to_pydatetime())
        for row in mine.itertuples()
    ]


def checked(folder: Path) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["check", str(folder), "--json"])
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("says_304", [True, False])
def test_a_day_without_change_is_a_day_that_is_known(
    httpserver: HTTPServer, collect: Collect, clock: FakeClock, tmp_path: Path, says_304: bool
) -> None:
    site = Site(httpserver, says_304=says_304)
    folder, table = study(tmp_path, site.url), {"blog": {"url": site.url}}
    collect(table)
    before = read_study(folder)
    assert before.coverage()["blog"] == (dt.date(2012, 6, 1), START.date())
    clock.time = START + DAY
    collect(table)
    after = read_study(folder)
    assert site.statuses == [200, 304 if says_304 else 200]
    assert after.coverage()["blog"] == (dt.date(2012, 6, 1), (START + DAY).date())
    blog = after.activity.query("channel == 'blog'")
    assert (blog["id"].tolist(), blog["copies"].tolist()) == (["a", "b"], [1, 1])
    assert seen(after) == [
        ("a", 3, START), ("a", 3, START + DAY), ("b", 3, START), ("b", 3, START + DAY),
    ]  # fmt: skip
    first, last = sorted(path.name for path in (folder / "raw/collected/blog").glob("*.warc.gz"))
    at = ["20120622060000", "20120623060000"]
    assert [member.rpartition("/")[0].split("/")[:2] for member in after.observations["member"]][
        :2
    ] == [[first, at[0]], [last, at[1]]]
    assert before.activity.equals(after.activity)
    blogs = before.inputs.keys() ^ after.inputs.keys()
    assert blogs == {f"raw/collected/blog/{last}"}


def test_needle_check_counts_what_is_there_once(
    httpserver: HTTPServer, collect: Collect, clock: FakeClock, tmp_path: Path
) -> None:
    site = Site(httpserver, says_304=True)
    folder, table = study(tmp_path, site.url), {"blog": {"url": site.url}}
    for _ in range(4):
        collect(table)
        clock.time += DAY
    (blog,) = [each for each in checked(folder)["sources"] if each["channel"] == "blog"]
    (part,) = blog["parts"]
    assert (part["files"], part["rows"]) == (1, {"post": 2})
    assert blog["set_aside"] == {"no date": 1}
    assert blog["unread"] == {"data": [], "others": {}}
    assert "this one has 3 items; posts before 2012-06-01 are not known." in blog["notes"][0]
    site.text = rss(5, "a", "b", "c")
    collect(table)
    clock.time += DAY
    collect(table)
    data = read_study(folder)
    assert [one for one in seen(data) if one[0] != "b"] == [
        ("a", 3, START),
        ("a", 3, START + 3 * DAY),
        ("a", 5, START + 4 * DAY),
        ("a", 5, START + 5 * DAY),
        ("c", 5, START + 4 * DAY),
        ("c", 5, START + 5 * DAY),
    ]
    assert data.activity.query("channel == 'blog'")["comments"].tolist() == [5, 5, 5]
    (blog,) = [each for each in checked(folder)["sources"] if each["channel"] == "blog"]
    assert "this one has 5 items" in blog["notes"][0]  # one without a date in either


def test_what_leads_to_the_posts_is_not_unknown(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    server = httpserver.url_for("").rstrip("/")
    did, home = "did:plc:" + "a" * 24, {"id": "#atproto_pds", "serviceEndpoint": server}
    answers: dict[str, Any] = {
        "/xrpc/com.atproto.identity.resolveHandle": {"did": did},
        f"/{did}": {"id": did, "service": [home]},
        "/xrpc/app.bsky.feed.getAuthorFeed": {"feed": []},
        "/xrpc/com.atproto.repo.listRecords": {
            "records": [
                {
                    "uri": f"at://{did}/app.bsky.feed.post/3l3qo2vuowo2b",
                    "value": {"text": "Hi", "createdAt": "2024-09-09T19:46:02.102Z"},
                }
            ]
        },
    }
    for path, body in answers.items():
        httpserver.expect_request(path).respond_with_json(body)
    url = "https://bsky.app/profile/me.example.org"
    (found,) = collect({"b": {"url": url, "kind": "bluesky", "api": server}})
    assert (found.status, found.problems) == ("done", ())
    tree = Tree.at(tmp_path / "mine" / collected_folder("b"))
    reading = read_posts(tree)
    assert [len(part.extract.posts) for part in reading.parts] == [1]
    assert (reading.unclaimed, reading.problems) == ((), ())
    kept = {tree.address(name).removeprefix(server).partition("?")[0] for name in tree.names}
    assert kept == answers.keys()


def test_a_run_that_only_remembers_changes_no_input(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    site = Site(httpserver, says_304=True)
    folder = study(tmp_path, site.url)
    collect({"blog": {"url": site.url}})
    where = folder / collected_folder("blog")
    before = Tree.at(folder, "mine").digests(), read_study(folder).inputs
    state = json.loads((where / "state.json").read_text())
    (where / "state.json").write_text(json.dumps(state | {"stops": {"x": "2012-06-22T06:00:00"}}))
    assert (Tree.at(folder, "mine").digests(), read_study(folder).inputs) == before
