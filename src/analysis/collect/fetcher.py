"""The one polite client: robots.txt, pace, Retry-After, conditional requests, every answer kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from email.message import Message
from urllib.parse import urlencode, urljoin

from analysis import __version__
from analysis.collect.addresses import Origin, origin, parsed, shown_host
from analysis.collect.archive import Archive, Before, Place
from analysis.collect.base import Answer, Clock, StoppedError
from analysis.collect.hosts import Hosts, exhausted_until, retry_after
from analysis.collect.robots import Robots
from analysis.collect.secrets import Secrets, Token
from analysis.collect.state import State, Validator
from analysis.collect.transport import Raw, Transport, UnfinishedError
from analysis.errors import InputError, invalid, one_line

AGENT = f"needle/{__version__} (+a private archive of its user's own posts)"
MAX_REDIRECTS = 5
PAUSES = (2.0, 8.0, 30.0)
"""Seconds before each repetition, after a network error or a 5xx."""

_REDIRECTS = (301, 302, 303, 307, 308)
_LINE = re.compile(r"\S[^\r\n]*")
"""What may be sent as a header; what came may go on over lines."""


class Fetcher:
    """Asks for addresses on behalf of one channel.

    Parameters
    ----------
    channel : str
        Whose token it may use.
    transport, hosts, clock, secrets
        What the channels of a run share.
    archive : Archive
        Where each answer is kept before it is returned.
    state : State
        The channel's validators and robots.txt; saved by whoever holds it.
    """

    def __init__(
        self,
        channel: str,
        *,
        transport: Transport,
        hosts: Hosts,
        clock: Clock,
        secrets: Secrets,
        archive: Archive,
        state: State,
    ) -> None:
        self.channel, self.clock, self.archive, self.state = channel, clock, archive, state
        self._transport, self._hosts, self._secrets = transport, hosts, secrets
        self.requests = 0
        self.unchanged = 0
        self._recent: Answer | None = None

    def token(self, *hosts: str) -> Token | None:
        """Return the channel's token, for these hosts alone, or None where the user gave none.

        It is the environment variable ``NEEDLE_TOKEN_<CHANNEL>``, or in the keyring the password
        of ``needle`` for the channel.
        """
        return self._secrets.token(self.channel, hosts)

    def token_for(self, base: str) -> Token | None:
        """Return the channel's token for the host of an address, as `token`."""
        return self.token(shown_host(base))

    def careful(self, url: str, seconds: float) -> None:
        """Ask a host at most every so many seconds, and never again once it answers 429."""
        self._hosts.careful(shown_host(url), seconds)

    def get(
        self,
        url: str,
        params: dict[str, str | int] | None = None,
        *,
        accept: str = "*/*",
        token: Token | None = None,
        token_in: str = "Bearer",
        follow: bool = True,
        is_api: bool = False,
    ) -> Answer:
        """Ask for an address; the answer has been kept when this returns.

        Redirects are followed (5 at most, each looked at like the first), what has been had before
        is asked for conditionally, and robots.txt, paces and pauses are obeyed. Any status is
        returned but 304 (then ``status`` is 200 and ``unchanged`` true), 429 and 5xx.

        Parameters
        ----------
        url : str
            http or https.
        params : dict, optional
            Appended to the query.
        accept : str
            The header.
        token : Token, optional
            Sent only to its own hosts, only over https or to an address that the study names.
        token_in : str
            The scheme of ``Authorization`` (``Bearer``, ``token``), or ``"?name"`` for a parameter
            of the query.
        follow : bool
            False: a redirect is the answer itself, its ``location`` among the headers.
        is_api : bool
            The address is of an API that its host documents for programs. robots.txt is for
            those that follow links, and is not asked here; the API's own limits are obeyed.

        Raises
        ------
        InputError
            The address may not be asked (scheme, private address, robots.txt), redirects lead
            nowhere, or the answer is too large: exit code 2.
        StoppedError
            The host or the budget allows no more, or three repetitions failed: exit code 1.
        """
        url = _with_query(url, params or {})
        if token is not None and token_in.startswith("?") and self._may_have(token, url):
            url = _with_query(url, {token_in[1:]: token.value})
        first, asked = origin(url), self.shown(url)
        passed = set()
        for _ in range(MAX_REDIRECTS + 1):
            if not is_api or origin(url) != first:
                self._ask_robots(url)
            headers = {"User-Agent": AGENT, "Accept": accept, "Accept-Encoding": "gzip, deflate"}
            if token is not None and not token_in.startswith("?") and self._may_have(token, url):
                headers["Authorization"] = f"{token_in} {token.value}"
            raw, answer = self._exchange(url, headers, first)
            location = raw.header("location")
            if raw.status not in _REDIRECTS or not location or not follow:
                self._recent = answer
                return answer
            passed.add(url)
            url = _next_hop(url, location)
            if url in passed:
                raise invalid(asked, "", "expected an answer, found redirects in a circle")
        expected = f"expected an answer after at most {MAX_REDIRECTS} redirects, found more"
        raise invalid(asked, "", expected)

    @property
    def is_over(self) -> bool:
        """Whether the time for this run is over."""
        return self._hosts.spent

    def recent(self, url: str) -> Answer | None:
        """Return the last answer of this run if it came from this address, to save a request."""
        last = self._recent
        return last if last is not None and last.url == url else None

    def shown(self, url: str) -> str:
        """Return an address as it may be written: without secrets."""
        return one_line(self._secrets.scrub(url), 2000)

    def _key(self, url: str) -> str:
        """Return what validators are remembered by: addresses that only look alike are not one."""
        shown = self.shown(url)
        if shown == url:
            return url
        return f"{shown}#{hashlib.sha256(url.encode()).hexdigest()[:16]}"

    def hide(self, secret: str) -> None:
        """Keep a secret that a page told (a key in its source) out of all that is written."""
        self._secrets.hide(secret)

    def sitemaps(self, url: str) -> list[str]:
        """Return the sitemaps that the robots.txt of this address names."""
        return self._robots(url).sitemaps()

    def _may_have(self, token: Token, url: str) -> bool:
        host, port = origin(url)
        named = self._transport.is_named((host, port))
        return (host in token.hosts or f"{host}:{port}" in token.hosts) and (
            parsed(url).scheme == "https" or named
        )

    def _ask_robots(self, url: str) -> None:
        """Raise where the host's robots.txt forbids the address; learn its pace.

        Raises
        ------
        InputError
            It does.
        StoppedError
            It cannot be had for now, which forbids everything (RFC 9309).
        """
        rules = self._robots(url)
        self._hosts.pace(shown_host(url), rules.pace())
        if not rules.allows(url):
            raise invalid(self.shown(url), "", "expected an address that robots.txt allows")

    def _robots(self, url: str) -> Robots:
        parts = parsed(url)
        where = f"{parts.scheme}://{parts.netloc}"
        found = self.state.robots.get(where)
        if found is None or not found.fresh(self.clock.now()):
            found = self.state.robots[where] = self._fetched_robots(where, shown_host(url))
        return found

    def _fetched_robots(self, where: str, host: str) -> Robots:
        url, headers = f"{where}/robots.txt", {"User-Agent": AGENT, "Accept": "text/plain"}
        first = origin(url)
        for _ in range(MAX_REDIRECTS + 1):
            try:
                raw, answer = self._exchange(url, headers, first)
            except StoppedError as stop:
                if stop.until is not None or stop.host != host or self._hosts.spent:
                    raise
                why = f"robots.txt could not be had ({stop.why}), so nothing is asked (RFC 9309)"
                self._hosts.stop(host, why)
            location = raw.header("location")
            if raw.status not in _REDIRECTS or not location:
                return Robots.of(answer.at, answer.status, answer.body)
            url = _next_hop(url, location)
        return Robots.of(self.clock.now(), 404, b"")

    def _exchange(self, url: str, headers: dict[str, str], first: Origin) -> tuple[Raw, Answer]:
        """Return what one address answers, after pauses and repetitions."""
        host, failures, has_waited = shown_host(url), 0, False
        before = self._before(url)
        if before is not None:
            headers = headers | self._validators(url)
        while True:
            self._hosts.wait(host)
            self.requests += 1
            try:
                raw = self._transport.get(url, headers, first=first)
            except UnfinishedError as fault:
                failures += 1
                self._repeat_or_stop(host, str(fault), failures if fault.again else len(PAUSES) + 1)
                continue
            now = self.clock.now()
            answer = self._keep(url, now, raw, before)
            until, is_limit = _told_to_wait(raw, now)
            if is_limit:
                if until is None or has_waited or self._hosts.is_careful(host):
                    self._hosts.stop(host, f"it answers {raw.status}", until)
                else:
                    has_waited = True
                    self._hosts.hold(host, until)
            elif raw.status >= 500:
                failures += 1
                self._repeat_or_stop(host, f"it answers {raw.status}", failures)
            else:
                if until is not None:
                    self._hosts.hold(host, until)
                return raw, answer

    def _repeat_or_stop(self, host: str, why: str, failures: int) -> None:
        if failures > len(PAUSES):
            self._hosts.stop(host, why)
        self._hosts.pause(host, PAUSES[failures - 1])

    def _clean(self, raw: Raw) -> Raw:
        """Return an answer without secrets, whatever a server echoes."""
        headers = self._secrets.scrub_headers(raw.headers)
        return Raw(raw.status, raw.reason, headers, self._secrets.scrub_bytes(raw.body))

    def _before(self, url: str) -> Before | None:
        """Return the last answer of an address, where the archive still holds it."""
        known = self.state.validators.get(self._key(url))
        if known is None:
            return None
        try:
            at = dt.datetime.fromisoformat(known.at)
        except ValueError:
            return None
        return self.archive.before(known.place, at, known.sha256)

    def _validators(self, url: str) -> dict[str, str]:
        known = self.state.validators[self._key(url)]
        pairs = (("If-None-Match", known.etag), ("If-Modified-Since", known.modified))
        return {name: value for name, value in pairs if value and _LINE.fullmatch(value)}

    def _keep(self, url: str, now: dt.datetime, raw: Raw, before: Before | None) -> Answer:
        """Put an answer into the archive, remember its validators, and return it."""
        headers = Message()
        for name, value in raw.headers:
            headers[name] = value
        raw, shown = self._clean(raw), self.shown(url)
        same = before is not None and (
            raw.status == 304 or (raw.status == 200 and raw.body == before.body)
        )
        place = self.archive.append(shown, now, raw, before if same else None)
        self.unchanged += same
        body = before.body if same and before else raw.body
        if same and before and before.content_type and "content-type" not in headers:
            headers["Content-Type"] = before.content_type
        if raw.status == 200 or same:
            self._remember(self._key(url), now, raw, body, before if same else None, place)
        return Answer(shown, now, 200 if same else raw.status, headers, body, same)

    def _remember(
        self,
        key: str,
        now: dt.datetime,
        raw: Raw,
        body: bytes,
        before: Before | None,
        place: Place,
    ) -> None:
        known = self.state.validators.get(key)
        etag, modified = raw.header("etag"), raw.header("last-modified")
        if raw.status == 304 and known is not None:
            etag, modified = etag or known.etag, modified or known.modified
        at, where = (before.at, before.place) if before else (now, place)
        digest = hashlib.sha256(body).hexdigest()
        self.state.validators[key] = Validator(
            etag, modified, digest, at.isoformat(), where.file, where.offset
        )


def _told_to_wait(raw: Raw, now: dt.datetime) -> tuple[dt.datetime | None, bool]:
    """Return until when a host wants to be left alone, and whether it refused this request."""
    asked, spent = retry_after(raw, now), exhausted_until(raw, now)
    if raw.status == 429 or (raw.status == 403 and (asked or spent)):
        return asked or spent, True
    if raw.status == 503 and asked:
        return asked, True
    return spent, False


def _with_query(url: str, params: dict[str, str | int]) -> str:
    if not params:
        return url
    base, mark, fragment = url.partition("#")
    joint = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    return f"{base}{joint}{urlencode(params)}{mark}{fragment}"


def _next_hop(url: str, location: str) -> str:
    """Return where a redirect leads.

    Raises
    ------
    InputError
        To no address.
    """
    try:
        return urljoin(url, location)
    except ValueError:
        raise invalid(url.split("?")[0], "", "expected a redirect to an address") from None


def host_names(urls: Iterable[str]) -> frozenset[Origin]:
    """Return the hosts and ports of addresses; what is no address is left out."""
    found = set()
    for url in urls:
        try:
            found.add(origin(url))
        except InputError:
            continue
    return frozenset(found)
