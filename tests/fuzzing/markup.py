"""Mutants of XML and HTML."""

from __future__ import annotations

import random
import re

from tests.fuzzing import weird

_TEXT = re.compile(rb">([^<>]{1,300})<|CDATA\[(.*?)\]\]>|=(?:'([^']*)'|\"([^\"]*)\")", re.DOTALL)
_TAG = re.compile(rb"</?[A-Za-z][^<>]*>")


def _bomb(kind: int) -> bytes:
    if kind == 0:
        names = [b'<!ENTITY e0 "hahahahaha">']
        names += [b'<!ENTITY e%d "%b">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12)]
        return b"<!DOCTYPE x [%b]>" % b"".join(names)
    if kind == 1:
        return b'<!DOCTYPE x [<!ENTITY e11 "%b">]>' % (b"x" * 200_000)
    if kind == 2:
        return b'<!DOCTYPE x [<!ENTITY e11 SYSTEM "file://@CANARY@">]>'
    if kind == 3:
        return b'<!DOCTYPE x SYSTEM "http://127.0.0.1:@PORT@/x.dtd">'
    if kind == 4:
        return b'<!DOCTYPE x [<!ENTITY %% p SYSTEM "http://127.0.0.1:@PORT@/p"> %%p;]>'
    if kind == 5:
        return b'<!DOCTYPE x [<!ENTITY e11 "&e11;">]>'
    return b'<!DOCTYPE x [<!ENTITY e11 SYSTEM "http://127.0.0.1:@PORT@/e">]>'


def declared(random_: random.Random, data: bytes) -> bytes:
    """Declare entities that are bombs or lead out, or an encoding that is none."""
    if random_.random() < 0.3:
        name = random_.choice(weird.ENCODINGS).encode("utf-8", "replace")
        head = b'<?xml version="1.0" encoding="%b"?>' % name
        return head + re.sub(rb"^\s*<\?xml.*?\?>", b"", data)
    kind = random_.randrange(7)
    bomb = _bomb(kind)
    body = re.sub(rb"^\s*<\?xml.*?\?>", b"", data)
    texts = list(re.finditer(rb">([^<>]{1,300})<", body))
    uses = b"&e11;" * (1000 if kind == 1 else 1)
    for match in random_.sample(texts, min(len(texts), random_.choice((1, 3)))):
        body = body.replace(match.group(), b">" + uses + b"<", 1)
    return b'<?xml version="1.0"?>' + bomb + body


def edited(random_: random.Random, data: bytes) -> bytes:
    """Change a text or an attribute, or drop, double, nest or rename an element."""
    kind = random_.randrange(8)
    texts, tags = list(_TEXT.finditer(data)), list(_TAG.finditer(data))
    if kind <= 3 and texts:
        match = random_.choice(texts)
        group = next(n for n in (1, 2, 3, 4) if match.group(n) is not None)
        put = random_.choice(weird.STRINGS).encode("utf-8", "surrogatepass")
        if random_.random() < 0.3:
            put = put.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
        return data[: match.start(group)] + put + data[match.end(group) :]
    if not tags:
        return data + b"<x>"
    match = random_.choice(tags)
    if kind == 4:
        return data[: match.start()] + data[match.end() :]
    if kind == 5:
        return data[: match.end()] + match.group() + data[match.end() :]
    if kind == 6:
        put = random_.choice(
            (
                *(b"<a>" * 100_000, b"<a>" * 300 + b"</a>" * 300, b"<?php x ?>", b"<!-- -- -->"),
                *(b"<![CDATA[", b"]]>", b"&#0;", b"&#x110000;", b"&#99999999999999999999;", b"<!"),
                *(b"&nobody;", b"<a b='1' b='2'/>", b"<x:y/>", b"\x01", b"<a xmlns:x=''/>", b"<!x"),
                *(
                    b"<wp:postmeta/>",
                    b"<item/>" * 2000,
                    b"<entry/>",
                    b"<wp:comment/>",
                    b"<![if x]>",
                ),
                *(b"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='@CANARY@'/>",),
            )
        )
        return data[: match.end()] + put + data[match.end() :]
    other = random_.choice(tags)
    return data[: match.start()] + other.group() + data[match.end() :]
