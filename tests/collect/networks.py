"""What the tests of the networks' collectors share: a server, and the way to the posts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from analysis.collect import collected_folder
from analysis.files import Tree
from analysis.formats.base import Extract, Post
from analysis.formats.registry import read_posts

Answers = Callable[[Request], Any]


def serve(server: HTTPServer, path: str, answers: Answers) -> list[Request]:
    """Let a path answer what a function gives, as JSON or as a whole response."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        found = answers(request)
        if isinstance(found, Response):
            return found
        return Response(json.dumps(found), content_type="application/json")

    server.expect_request(path).respond_with_handler(answer)
    return asked


def extract(folder: Path, channel: str) -> Extract:
    """Return what the study reads from a channel's folder."""
    path = folder / "mine" / collected_folder(channel)
    (part,) = read_posts(Tree.at(path, collected_folder(channel))).parts
    return part.extract


def posts(folder: Path, channel: str) -> dict[str, list[Post]]:
    """Return every observation of every post, by the post's id, in the order of time."""
    found: dict[str, list[Post]] = {}
    for post in extract(folder, channel).posts:
        found.setdefault(post.id, []).append(post)
    for seen in found.values():
        seen.sort(key=lambda post: str(post.seen_at))
    return found


HTML = Response("<!DOCTYPE html><p>Just a moment...</p>", content_type="text/html")
