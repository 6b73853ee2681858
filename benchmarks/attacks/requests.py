"""Addresses, names and redirects that lead inside, and answers that never end."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import string
import zlib

from tests.fuzzing.judge import sound_problems

from analysis.collect.addresses import kind_of, origin, parsed
from analysis.collect.base import Answer, StoppedError
from analysis.collect.fetcher import Fetcher
from analysis.errors import InputError
from attacks import REFUSED, SURVIVED, Case, Lost, kind
from attacks._wire import Server, fetcher, serving, wired

_INSIDE = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
    *("169.254.169.254/32", "100.64.0.0/10", "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4"),
    *("192.0.0.0/29", "198.18.0.0/15", "255.255.255.255/32", "192.0.2.0/24", "203.0.113.0/24"),
    *("::1/128", "::/128", "fe80::/10", "fc00::/7", "fd00:ec2::254/128", "ff00::/8"),
    *("2001:db8::/32", "64:ff9b:1::/48", "100::/64", "fec0::/10"),
)
_PUBLIC = ("93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "8.8.8.8")


def _inside(case: Case) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    network = ipaddress.ip_network(case.turn(_INSIDE))
    return network[case.random.randrange(min(network.num_addresses, 2**64))]


def _v4(case: Case) -> ipaddress.IPv4Address:
    """Return a private, loopback, link-local or metadata address of four bytes."""
    network = ipaddress.IPv4Network(case.turn(_INSIDE[:8]))
    return network[case.random.randrange(network.num_addresses)]


def _url(host: str) -> str:
    return f"http://[{host}]/a" if ":" in host else f"http://{host}/a"


def _refused(client: Fetcher, url: str) -> str:
    """Ask, and expect one line."""
    try:
        client.get(url, is_api=True)
    except InputError as error:
        sound_problems(error.problems, True)
        return REFUSED
    except StoppedError as error:
        if not str(error).isprintable():
            raise Lost(f"no line: {error!s}") from None
        return REFUSED
    return SURVIVED


def _nobody_inside(case: Case, url: str, names: dict[str, list[list[str]]] | None = None) -> str:
    """Ask for an address; no connection may begin to what is not public."""
    with wired(names) as wire, fetcher(case) as client:
        result = _refused(client, url)
    for address in wire.connected:
        if (found := kind_of(ipaddress.ip_address(address.split("%")[0]))) != "public":
            raise Lost(f"{url} was connected to {address}, a {found} one")
    return result


@kind(watched=False)
def addresses_inside(case: Case) -> str:
    """Private, loopback, link-local, metadata, multicast and reserved addresses."""
    result = _nobody_inside(case, _url(str(_inside(case))))
    if result != REFUSED:
        raise Lost("it was asked")
    return result


@kind(watched=False)
def addresses_in_addresses(case: Case) -> str:
    """IPv4 inside IPv6: mapped, compatible, 6to4, NAT64, Teredo, and with a zone."""
    inner = int(_v4(case))
    six = case.random.choice(
        (
            0xFFFF << 32 | inner,
            inner,
            0x2002 << 112 | inner << 80 | 1,
            0x64FF9B << 96 | inner,
            0x20010000 << 96 | 0x5DB8D70E << 64 | (inner ^ 0xFFFFFFFF),
            0x64FF9B0001 << 80 | inner,
        )
    )
    host = str(ipaddress.IPv6Address(six))
    if case.random.random() < 0.3:
        host = f"{host}%25{case.random.choice(('eth0', '1', 'lo'))}"
    if case.random.random() < 0.3:
        host = ipaddress.IPv6Address(six).exploded.upper()
    return _nobody_inside(case, _url(host))


_DOTS = ("\u3002", "\uff0e", "\uff61", ".")


def _spelled(case: Case, address: ipaddress.IPv4Address) -> str:
    """Return a spelling of an address that systems take for it."""
    parts = [int(each) for each in str(address).split(".")]
    ways = (
        str(int(address)),
        hex(int(address)),
        f"0{int(address):o}",
        ".".join(f"0{each:o}" for each in parts),
        ".".join(hex(each) for each in parts),
        f"{parts[0]}.{int(address) & 0xFFFFFF}",
        f"{parts[0]}.{parts[1]}.{int(address) & 0xFFFF}",
        ".".join(f"{each:04d}" for each in parts),
        str(address) + ".",
        str(address).translate({48 + n: 0xFF10 + n for n in range(10)}),
        str(address).replace(".", case.random.choice(_DOTS)),
        "".join(f"%{ord(each):02x}" for each in str(address)),
        f"{int(address) + 2**32 * case.random.randrange(3)}",
        f"0x{int(address):016x}",
    )
    return case.random.choice(ways)


@kind(watched=False)
def addresses_spelled(case: Case) -> str:
    """Addresses inside as one number, in octal, hexadecimal, short, wide or with other dots."""
    host = _spelled(case, _v4(case))
    return _nobody_inside(case, f"{case.random.choice(('http', 'https', 'HTTP'))}://{host}/a")


@kind(watched=False)
def names_inside(case: Case) -> str:
    """Names that DNS leads inside, alone, beside a public address, or only the next time."""
    inside, public = str(_inside(case)), case.random.choice(_PUBLIC)
    if "%" in inside:
        inside = "::1"
    answers = case.random.choice(
        (
            [[inside]],
            [[public, inside]],
            [[inside, public]],
            [[public], [inside]],
            [[public], [public], [inside]],
            [[inside], [public]],
        )
    )
    name = case.random.choice(("rebind.example", "localhost", "Metadata.google.internal", "a-b.c"))
    with wired({name.lower(): answers}) as wire, fetcher(case) as client:
        for _ in range(3):
            _refused(client, _url(name))
            client = _again(client)
    checked = {each for answer in answers for each in answer} - {inside}
    if wrong := set(wire.connected) - checked:
        raise Lost(f"{answers} was connected to {wrong}")
    if [inside] not in answers and not wire.connected:
        raise Lost("the public address was not tried")
    return SURVIVED if wire.connected else REFUSED


def _again(client: Fetcher) -> Fetcher:
    """Let a host that was stopped be asked again."""
    client._hosts.stops.clear()
    return client


_PARTS = (
    *(
        "http://",
        "https://",
        "HTTP://",
        "//",
        "http:/",
        "http:\\\\",
        "ftp://",
        "file://",
        "gopher://",
    ),
    *(
        "user:pw@",
        "@",
        "%40",
        "example.org",
        "127.0.0.1",
        "[::1]",
        "localhost",
        ":80",
        ":0",
        ":99999",
    ),
    *("#", "?", "/", "\\", "\r\nHost: x", "\t", " ", "%0d%0aX: y", "\0", "..", ";", "&", "\u2100"),
    *(
        "example.org#@127.0.0.1",
        "example.org\\@127.0.0.1",
        "data:text/html,x",
        "javascript:1",
        "[",
        "]",
    ),
    *(
        "%2f%2f",
        "127.0.0.1:80@example.org",
        "xn--",
        "\u0130",
        "\ud83d",
        "a" * 300,
        ".",
        "*",
        "jar:",
    ),
)


@kind(watched=False)
def addresses_torn(case: Case) -> str:
    """Addresses with users, controls, backslashes and halves: asked is who was looked at."""
    url = case.turn(("http://", "https://", "", "http:")) + "".join(
        case.random.choice(_PARTS) for _ in range(case.random.randrange(1, 6))
    )
    names = {each: [["93.184.215.14"]] for each in ("example.org",)}
    with wired(names) as wire, fetcher(case) as client:
        try:
            host, _ = origin(url)
        except InputError as error:
            sound_problems(error.problems, True)
            host = ""
        result = _refused(client, url)
    if wire.looked_up and set(wire.looked_up) != {host}:
        raise Lost(f"{url!r} is {host!r} and {wire.looked_up} was looked up")
    if any(kind_of(ipaddress.ip_address(each)) != "public" for each in wire.connected):
        raise Lost(f"{url!r} was connected to {wire.connected}")
    if host and any(each in (parsed(url).url or "") for each in "\r\n\0\t "):
        raise Lost(f"{url!r} goes on the wire with controls")
    return result


def _answer(*lines: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    head = "\r\n".join((f"HTTP/1.1 {status}", "Connection: close", *lines))
    return head.encode("utf-8", "surrogatepass") + b"\r\n\r\n" + body


def _leads(case: Case, inner: Server) -> str:
    """Return where a redirect leads: inside, by any spelling and scheme."""
    port = inner.port
    return case.turn(
        (
            *(f"http://127.0.0.1:{port}/x", f"//127.0.0.1:{port}/x", f"http://0x7f.1:{port}/x"),
            *(
                f"http://localhost:{port}/x",
                f"http://[::ffff:127.0.0.1]:{port}/",
                f"http://0:{port}",
            ),
            *(
                f"http://user@127.0.0.1:{port}/",
                f"http://127.1:{port}/",
                f"HTTP://127.0.0.1:{port}",
            ),
            *("file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "data:text/plain,x", "ftp://x/"),
            *(
                "http://169.254.169.254/latest/meta-data/",
                "http://[fd00:ec2::254]/",
                "http://10.0.0.1",
            ),
            *(f"http://2130706433:{port}/", f"http://127.0.0.1:{port}\\@a.example/", "http://["),
            *(f"\thttp://127.0.0.1:{port}/", f"http://127.0.0.1:{port}#@a.example", "javascript:1"),
        )
    )


@kind(watched=False)
def redirects_inside(case: Case) -> str:
    """Redirects to addresses inside, other ports, files and other schemes."""
    status = case.random.choice(("301 x", "302 x", "303 x", "307 x", "308 x"))
    with serving(lambda path: _answer("Content-Length: 2", body=b"no")) as inner:
        to = _leads(case, inner)
        hops = case.random.randrange(3)

        def say(path: str) -> bytes:
            at = int(path[1:]) if path[1:].isdigit() else 0
            return _answer(f"Location: {to if at == hops else f'/{at + 1}'}", status=status)

        with serving(say) as outer, fetcher(case, outer) as client:
            result = _refused(client, f"{outer.url}/0")
        if inner.asked:
            raise Lost(f"{to} was asked for")
    if result != REFUSED:
        raise Lost(f"a redirect to {to} gave an answer")
    return result


@kind(watched=False)
def redirects_without_end(case: Case) -> str:
    """Redirects in circles, in chains, to addresses of a megabyte, and to nowhere."""
    ways = (
        "/{n}",
        "/0",
        "/{n}?" + "x" * 60_000,
        "?{n}",
        "",
        "/%2e%2e/{n}",
        "/{n}#x",
        "./{n}/..;/{n}",
    )
    to = case.turn(ways)
    asked = 0

    def say(path: str) -> bytes:
        nonlocal asked
        asked += 1
        return _answer(f"Location: {to.format(n=asked)}", "Content-Length: 0", status="302 x")

    with serving(say) as server, fetcher(case, server) as client:
        result = _refused(client, f"{server.url}/0")
    if asked > 6:
        raise Lost(f"asked {asked} times")
    if (result == REFUSED) != bool(to):
        raise Lost(f"redirects to {to[:20]!r} are {result}")
    return result


@kind(watched=False)
def tokens_elsewhere(case: Case) -> str:
    """Redirects that would carry a token, or cookies, to another host or port."""
    token = "".join(case.random.choices(string.ascii_letters, k=20))
    with serving(lambda path: _answer("Content-Length: 2", body=b"ok")) as other:
        where = f"http://127.0.0.1:{other.port}/x?{case.random.randrange(100)}"
        cookie = f"Set-Cookie: s={token}; Domain=127.0.0.1; Path=/"

        def say(path: str) -> bytes:
            return _answer(f"Location: {where}", cookie, "Content-Length: 0", status="302 x")

        environ = {"NEEDLE_TOKEN_BLOG": token}
        with serving(say) as first, fetcher(case, first, other, environ=environ) as client:
            known = client.token(f"127.0.0.1:{first.port}")
            scheme = case.turn(("Bearer", "token", "?access_token"))
            with contextlib.suppress(InputError, StoppedError):
                client.get(f"{first.url}/a", token=known, token_in=scheme, is_api=True)
            if not any(token.encode() in each for each in first.asked):
                raise Lost("the token did not reach its own host")
        if any(token.encode() in each for each in other.asked):
            raise Lost("the token went to another port")
    kept = [each.read_bytes() for each in case.folder.rglob("*") if each.is_file()]
    texts = [gzip.decompress(each) if each.startswith(b"\x1f\x8b") else each for each in kept]
    if any(token.encode() in each for each in texts):
        raise Lost("the token was written")
    return SURVIVED


@kind(watched=False)
def answers_too_large(case: Case) -> str:
    """Answers without end, larger than they say, and packed a thousand times."""
    most = 50_000
    long = b"x" * (most + case.random.choice((1, 100_000)))
    packed = zlib.compress(bytes(3_000_000))
    says = case.turn(
        (
            _answer(body=long),
            _answer(f"Content-Length: {len(long)}", body=long),
            _answer("Content-Length: 10", body=long),
            _answer("Content-Encoding: gzip", body=gzip.compress(bytes(3_000_000))),
            _answer("Content-Encoding: deflate", body=packed),
            _answer(
                "Content-Encoding: gzip, gzip", body=gzip.compress(gzip.compress(bytes(10**7)))
            ),
            _answer(
                "Transfer-Encoding: chunked",
                body=b"%x\r\n%b\r\n" % (len(long), long) + b"0\r\n\r\n",
            ),
            _answer("Transfer-Encoding: chunked", body=b"f" * 70_000),
            _answer("X: " + "y" * 200_000, body=b"x"),
            _answer(*(f"X{n}: y" for n in range(5_000)), body=b"x"),
            _answer("Content-Length: -5", body=b"x"),
            _answer("Content-Length: 99999999999999999999", body=b"x"),
        )
    )
    with serving(lambda path: says) as server, fetcher(case, server, max_bytes=most) as client:
        try:
            answer: Answer | object = client.get(f"{server.url}/a", is_api=True)
        except InputError as error:
            sound_problems(error.problems, True)
            return REFUSED
        except StoppedError:
            return REFUSED
    if len(answer.body) > most:  # type: ignore[attr-defined]
        raise Lost(f"{len(answer.body)} bytes were taken")  # type: ignore[attr-defined]
    return SURVIVED


@kind(watched=False)
def answers_too_slow(case: Case) -> str:
    """Answers that come drop by drop: in the first line, the headers, the body, or never."""
    whole = _answer("Content-Length: 9999", "X: " + "y" * 500, body=b"x" * 9_999)
    start = case.turn((0, 20, 120, 700))
    says = (lambda path: whole) if start == 0 else (lambda path: whole[: start + 400])
    with serving(says, drip=0.02) as server, fetcher(case, server, total_seconds=0.15) as client:
        result = _refused(client, f"{server.url}/a")
    if result != REFUSED:
        raise Lost("an answer was taken that never ended")
    return result


@kind(watched=False)
def answers_broken(case: Case) -> str:
    """Answers that are no HTTP, cut, or changed anywhere."""
    body = gzip.compress(b"words" * 50)
    whole = bytearray(
        _answer("Content-Encoding: gzip", f"Content-Length: {len(body)}", "ETag: x", body=body)
    )
    for _ in range(case.random.choice((1, 2, 8))):
        place = case.random.randrange(len(whole))
        put = case.random.choice((b"", b"\0", b"\r\n", b"\xff", case.random.randbytes(3)))
        whole[place : place + case.random.choice((0, 1, 5))] = put
    if case.number % 4 == 0:
        whole = whole[: case.random.randrange(len(whole))]
    says = bytes(whole)
    with serving(lambda path: says) as server, fetcher(case, server, total_seconds=5) as client:
        return _refused(client, f"{server.url}/a")


@kind(watched=False)
def rules_inside(case: Case) -> str:
    """Sitemaps and robots.txt of addresses inside."""
    inside = str(_v4(case))
    urls = (f"http://{inside}/robots.txt", f"http://{inside}/sitemap.xml", f"http://{inside}/?u=1")
    url = case.turn(urls)
    with wired() as wire, fetcher(case) as client, contextlib.suppress(InputError, StoppedError):
        client.get(url, is_api=False)
    if wire.connected:
        raise Lost(f"{url} was asked for")
    return REFUSED
