"""Tokens from the system's keyring, which is an extra: here a module of its shape stands for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from pytest_httpserver import HTTPServer

from analysis.collect.secrets import Secrets, Token
from analysis.errors import InputError
from tests.collect.conftest import Maker

SECRET = "kept-in-the-keyring"
Asked = list[tuple[str, str]]
Ring = Callable[..., Asked]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    """Return what puts passwords into a keyring; what that is asked for is written down."""

    def put(passwords: dict[tuple[str, str], str], error: Exception | None = None) -> Asked:
        asked: Asked = []

        def get_password(service: str, user: str) -> str | None:
            asked.append((service, user))
            if error is not None:
                raise error
            return passwords.get((service, user))

        module = ModuleType("keyring")
        module.get_password = get_password  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "keyring", module)
        return asked

    return put


@pytest.mark.usefixtures("no_robots")
def test_a_token_of_the_keyring_is_sent_and_never_written(
    ring: Ring, httpserver: HTTPServer, channel: Maker
) -> None:
    asked = ring({("needle", "my blog"): SECRET, ("other", "my blog"): "not-this-one"})
    httpserver.expect_request("/a").respond_with_data(f"you said {SECRET}")
    made = channel("my blog")
    made.fetch.get(httpserver.url_for("/a"), token=made.fetch.token(httpserver.host))
    assert asked == [("needle", "my blog")]
    (sent,) = [each for each, _ in httpserver.log if each.path == "/a"]
    assert sent.headers["Authorization"] == f"Bearer {SECRET}"
    (kept,) = [capture for capture in made.captures() if capture.url.endswith("/a")]
    assert kept.body == b"you said REDACTED"
    assert SECRET not in repr(kept)


def test_the_environment_goes_first(ring: Ring) -> None:
    asked = ring({("needle", "blog"): SECRET})
    token = Secrets({"NEEDLE_TOKEN_BLOG": "of-the-environment"}).token("blog", ["example.org"])
    assert token == Token("of-the-environment", frozenset({"example.org"}))
    assert asked == []


def test_a_keyring_without_the_password_is_no_token(ring: Ring) -> None:
    asked = ring({("needle", "other"): SECRET})
    assert Secrets({}).token("blog", ["example.org"]) is None
    assert asked == [("needle", "blog")]


def test_a_keyring_that_cannot_be_asked_is_no_token(ring: Ring) -> None:
    ring({("needle", "blog"): SECRET}, RuntimeError("no backend"))
    assert Secrets({}).token("blog", ["example.org"]) is None


def test_no_keyring_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert Secrets({}).token("blog", ["example.org"]) is None


def test_a_password_that_is_too_short_is_refused_by_its_place(ring: Ring) -> None:
    ring({("needle", "blog"): "short"})
    with pytest.raises(InputError) as caught:
        Secrets({}).token("blog", ["example.org"])
    assert str(caught.value) == (
        "keyring, needle blog: expected 8 or more printable ASCII characters"
    )


def test_what_an_address_carries_is_hidden_where_it_is_no_common_word() -> None:
    """A value of three letters stands in every other text: only the address loses it."""
    secrets = Secrets({})
    address = "https://example.org/?key=and&token=a-long-secret"
    secrets.hide_in(address)
    assert secrets.scrub("and a-long-secret and") == "and REDACTED and"
    assert secrets.scrub(address) == "https://example.org/?key=REDACTED&token=REDACTED"
