"""Ghost's content API: longer than a run, by the user's own key, and answers that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.collect import ghost
from analysis.collect.secrets import Secrets
from tests.collect.conftest import Collect
from tests.collect.networks import serve
from tests.collect.test_collect import KEY, captures, page
from tests.collect.test_collect import ghost as site_with_key
from tests.collect.test_collect import serve as serve_page

pytestmark = pytest.mark.usefixtures("no_robots")


def test_more_pages_than_a_run_may_ask_are_gone_on_with(
    httpserver: HTTPServer, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ghost, "MAX_PAGES", 2)
    site_with_key(httpserver, 5)
    table = {"blog": {"url": httpserver.url_for("/")}}
    (found,) = collect(table)
    assert (found.status, found.new) == ("done", 4)
    assert found.notes == ("there are more than 2 pages; the next run goes on",)
    (found,) = collect(table)
    assert (found.status, found.new, found.notes) == ("done", 1, ())
    asked = [each.args["page"] for each, _ in httpserver.log if each.path.endswith("/posts/")]
    assert asked == ["1", "2", "3"]


def test_the_users_own_key_where_the_page_shows_none(
    httpserver: HTTPServer, collect: Collect, tmp_path: Path
) -> None:
    serve_page(httpserver, "/", page("", '<meta name="generator" content="Ghost 5">'))

    def answer(request: Request) -> Response:
        is_known = request.args.getlist("key") == [KEY]
        return Response(json.dumps({"posts": [{"id": "1"}]}), 200 if is_known else 401)

    serve(httpserver, "/ghost/api/content/posts/", answer)
    secrets = Secrets({"NEEDLE_TOKEN_BLOG": KEY})
    (found,) = collect({"blog": {"url": httpserver.url_for("/")}}, secrets=secrets)
    assert (found.status, found.kind, found.new) == ("done", "ghost", 1)
    (kept,) = [each for each in captures(tmp_path, "blog") if "/posts/" in each.url]
    assert "key=REDACTED" in kept.url
    written = [each for each in (tmp_path / "mine").rglob("*") if each.is_file()]
    assert written
    assert not any(KEY.encode() in each.read_bytes() for each in written)


@pytest.mark.parametrize("body", [[], {}, {"posts": {}}, {"posts": ["text"]}, {"posts": None}])
def test_what_is_no_page_of_posts_is_one_line(
    httpserver: HTTPServer, collect: Collect, body: Any
) -> None:
    serve_page(httpserver, "/", page("", f'<script data-ghost="/" data-key="{KEY}"></script>'))
    serve(httpserver, "/ghost/api/content/posts/", lambda request: body)
    (found,) = collect({"blog": {"url": httpserver.url_for("/")}})
    assert found.status == "failed"
    (problem,) = found.problems
    assert str(problem).endswith("posts: expected a list of posts")
    assert KEY not in str(problem)
