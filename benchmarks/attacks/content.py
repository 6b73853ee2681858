"""XML, JSON, CSV and YAML that explode, reach out, nest without end or say one thing twice."""

from __future__ import annotations

import re

from tests.fuzzing.cases import every_seed
from tests.studies import score_csv

from attacks import REFUSED, Case, Lost, kind
from attacks._reading import BLOG, POSTS, held, put, score_held

_XML = ("rss", "atom", "wxr", "blogger", "takeout")
_DAYS = 90


def _xml(case: Case) -> bytes:
    """Return one of the exports in XML, without its declaration."""
    (data,) = every_seed()[case.turn(_XML)].files.values()
    return re.sub(rb"^\s*<\?xml.*?\?>", b"", data)


def _with(case: Case, data: bytes, doctype: bytes, uses: bytes) -> bytes:
    """Return XML with a document type, and entities in some of its texts."""
    texts = list(re.finditer(rb">[^<>]{1,300}<", data))
    for match in case.random.sample(texts, min(len(texts), case.random.choice((1, 3, 9)))):
        data = data.replace(match.group(), b">" + uses + b"<", 1)
    return b'<?xml version="1.0"?>' + doctype + data


@kind()
def xml_bombs(case: Case) -> str:
    """Entities of entities: a billion laughs, quadratic ones, and one that names itself."""
    depth, width = case.random.choice((3, 9, 30)), case.random.choice((2, 10, 50))
    way = case.random.randrange(4)
    names = [b'<!ENTITY e0 "hahahahaha">']
    names += [b'<!ENTITY e%d "%b">' % (n, b"&e%d;" % (n - 1) * width) for n in range(1, depth)]
    if way == 1:
        names = [b'<!ENTITY e%d "%b">' % (depth - 1, b"x" * 300_000)]
    if way == 2:
        names = [b'<!ENTITY e%d "&e%d;">' % (depth - 1, depth - 1)]
    if way == 3:
        names = [b'<!ENTITY %% p "&#37;q;&#37;q;"> <!ENTITY %% q "&#37;p;"> %p;']
    uses = b"&e%d;" % (depth - 1) * case.random.choice((1, 1, 2_000))
    doctype = b"<!DOCTYPE x [%b]>" % b"".join(names)
    return held(case, put(case, "x.xml", _with(case, _xml(case), doctype, uses)), None)


_REACHING = (
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file://{0}">]>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "{0}">]>',
    '<!DOCTYPE x [<!ENTITY e PUBLIC "-//x" "file://{0}">]>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:{1}/e">]>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "ftp://127.0.0.1:{1}/e">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:{1}/x.dtd">',
    '<!DOCTYPE x SYSTEM "file://{0}">',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:{1}/p"> %p;]>',
    '<!DOCTYPE x [<!ENTITY % f SYSTEM "file://{0}"><!ENTITY e "%f;">]>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "php://filter/read=convert.base64-encode/resource={0}">]>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "jar:file://{0}!/x"><!ATTLIST x y ENTITY #IMPLIED>]>',
    '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:{1}/x.xsl"?>',
    '<!DOCTYPE x [<!NOTATION n SYSTEM "file://{0}"><!ENTITY e SYSTEM "{0}" NDATA n>]>',
)
_INCLUDE = (
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="file://{0}"/>'
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="http://127.0.0.1:{1}/i"/>'
)


@kind()
def xml_reaching_out(case: Case) -> str:
    """External entities, document types, stylesheets and includes: no file read, nobody asked."""
    told = case.watch.canary, case.watch.port
    doctype = case.turn(_REACHING).replace("{0}", str(told[0])).replace("{1}", str(told[1]))
    data = _with(case, _xml(case), doctype.encode(), b"&e;")
    if case.random.random() < 0.3:
        place = data.index(b">", data.rindex(b"<?xml") + len(doctype) + 10) + 1
        data = data[:place] + _INCLUDE.format(*told).encode() + data[place:]
    if case.random.random() < 0.3:
        data = data.decode("utf-8", "replace").encode("utf-16")
    return held(case, put(case, "x.xml", data), None)


@kind()
def xml_deep(case: Case) -> str:
    """XML nested a hundred thousand deep, or with a hundred thousand attributes."""
    data = _xml(case)
    count = case.random.choice((300, 5_000, 100_000))
    ways = (
        b"<a>" * count,
        b"<a>" * count + b"</a>" * count,
        b"<a " + b" ".join(b"a%d='1'" % n for n in range(count)) + b"/>",
        b"<![CDATA[" + b"]]]]><![CDATA[>" * count + b"]]>",
        b"<!--" + b"-" * count + b"-->",
        b"<b>" + b"&amp;lt;" * count + b"</b>",
    )
    ends = [match.end() for match in re.finditer(rb"<[a-z][^<>]*>", data)]
    place = case.random.choice(ends)
    return held(case, put(case, "x.xml", data[:place] + ways[case.number % 6] + data[place:]), None)


def _json_export(case: Case, value: str) -> bytes:
    """Return one of the exports in JSON with a value of one of its keys replaced."""
    names = ("json_feed", "ghost", "tumblr", "wp_rest", "blogger_json", "twitter", "snapshots")
    known = [name for name in names if name in every_seed()]
    data = next(iter(every_seed()[case.turn(known)].files.values())).decode()
    values = list(re.finditer(r'(?<=: )("[^"\\]*"|[\d.]+|null|true|false)(?=[,}])', data))
    place = case.random.choice(values)
    return (data[: place.start()] + value + data[place.end() :]).encode()


@kind()
def json_deep(case: Case) -> str:
    """JSON nested up to a hundred thousand deep, closed or not."""
    count = case.random.choice((200, 900, 1_100, 5_000, 100_000))
    begin, end = case.random.choice((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")))
    closed = case.random.random() < 0.7
    value = begin * count + "1" + end * count * closed
    if case.number % 5 == 4:
        return held(case, put(case, "x.json", value.encode()), None)
    return held(case, put(case, "x.json", _json_export(case, value)), None)


@kind()
def json_long(case: Case) -> str:
    """JSON with texts, numbers and lists of up to ninety megabytes in one value."""
    size = case.turn((100_000, 1_000_000, 100_000, 30_000_000, 90_000_000))
    piece = case.random.choice(("x", "\\u0041", "\\\\", "é", "\\ud83d"))
    ways = (f'"{piece * (size // len(piece))}"', "9" * min(size, 10**6), f"[{'0,' * (size // 4)}0]")
    return held(case, put(case, "x.json", _json_export(case, case.random.choice(ways))), None)


_NUMBERS = (
    *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "1" * 400, "9" * 5_000),
    *("-0", "0x10", "01", "1.", ".5", "+1", "1e5", "9223372036854775808", "18446744073709551616"),
    *("1e308", "1_000", "\u0661", "-9223372036854775809", "4.9e-324", "[]", '"NaN"', '"inf"'),
)


@kind()
def json_numbers(case: Case) -> str:
    """NaN, infinite, huge and malformed numbers in JSON."""
    return held(case, put(case, "x.json", _json_export(case, case.turn(_NUMBERS))), None)


@kind()
def json_twice(case: Case) -> str:
    """JSON objects with a key that stands twice, or ten thousand keys."""
    way = case.number % 3
    data = BLOG["blog.json"].decode()
    key = case.random.choice(("items", "id", "date_published", "version", "url"))
    value = case.random.choice(("null", '"x"', "[]", "7", '{"items": []}'))
    if way == 2:
        many = ",".join(f'"k{n}": {n}' for n in range(case.random.choice((100, 10_000))))
        data = data.replace('"title"', f'{many}, "title"', 1)
        return held(case, put(case, "x.json", data.encode()))
    place = case.random.choice([match.start() for match in re.finditer(f'"{key}"', data)])
    made = f'{data[:place]}"{key}": {value}, {data[place:]}'
    return held(case, put(case, "x.json", made.encode()))  # as everywhere, the last one counts


@kind()
def csv_nuls(case: Case) -> str:
    """CSV with NULs, controls and bytes that are no text."""
    data = bytearray(score_csv().encode())
    for _ in range(case.random.choice((1, 3))):
        odd = (b"\0", b"\x1a", b"\xff", b"\xed\xa0\x80", b"\x1b[2J", b"\x85", b"\xc0\x80")
        place = case.random.randrange(12, len(data))
        data[place:place] = case.turn(odd)
    return score_held(case, put(case, "x.csv", bytes(data)), _DAYS)


@kind()
def csv_quotes(case: Case) -> str:
    """CSV with quotes that are bare, never closed or in the middle of a value."""
    rows = score_csv().splitlines()
    place = case.random.randrange(1, len(rows))
    row = rows[place]
    ways = (f'"{row}', f'{row}"', row.replace(",", ',"'), f'"{row}"', row.replace(",", '"",'))
    rows[place] = case.turn((*ways, f"'{row}'", row.replace(",", ";")))
    return score_held(case, put(case, "x.csv", "\n".join(rows).encode()), _DAYS)


@kind()
def csv_wide(case: Case) -> str:
    """CSV of up to a million columns, or a cell of thirty megabytes."""
    count = case.turn((1_000, 30_000, 1_000_000, 200_000))
    way = case.random.randrange(4)
    rows = score_csv().splitlines()
    if way == 0:
        rows[0] += "," + ",".join(f"c{n}" for n in range(count))
    elif way == 1:
        rows[7] += "," * count
    elif way == 2:
        rows[7] += "x" * min(30 * count, 30_000_000)
    else:
        rows = ["date," + ",".join(f"c{n}" for n in range(count)), "2012-01-02" + ",1" * count]
        return held(case, put(case, "x.csv", "\n".join(rows).encode()), None)
    result = score_held(case, put(case, "x.csv", "\n".join(rows).encode()), _DAYS)
    if result != REFUSED:
        raise Lost(f"a table of {count} columns in one row was read")
    return result


@kind()
def csv_twice(case: Case) -> str:
    """Tables in which a column, a day or a post stands twice, or a row is too short or long."""
    rows = score_csv().splitlines()
    place = case.random.randrange(1, len(rows))
    ways = (
        [f"{row},{row.partition(',')[2]}" for row in rows],
        [*rows[:place], rows[place], *rows[place:]],
        [*rows[:place], rows[place] + ",5", *rows[place:]],
        [*rows[:place], rows[place].partition(",")[0], *rows[place:]],
    )
    result = score_held(case, put(case, "x.csv", "\n".join(case.turn(ways)).encode()), _DAYS)
    if result != REFUSED:
        raise Lost("a table that says a thing twice was read")
    return result


_CHARSETS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037", "utf-8-sig", "gb18030")


@kind()
def encodings(case: Case) -> str:
    """Tables and exports in other encodings, or said to be in another than they are."""
    charset = case.turn(_CHARSETS)
    if case.number % 2:
        text = score_csv().replace("score", "score") + "\n"
        return score_held(case, put(case, "x.csv", text.encode(charset)), _DAYS)
    data = _xml(case).decode("utf-8", "replace")
    odd = ("utf-8", "x-user-defined", "none", "base64", "idna", "rot13", "unicode_escape")
    told = case.random.choice((*_CHARSETS, *odd))
    data = f'<?xml version="1.0" encoding="{told}"?>{data}'
    return held(case, put(case, "x.xml", data.encode(charset, "replace")), None)


_NINE = [f"k{n}: &k{n} [{','.join([f'*k{n - 1}'] * 9)}]\n" for n in range(1, 10)]
_YAML = (
    "k0: &k0 [x,x,x]\n" + "".join(_NINE),
    "title: !!python/object/apply:os.system ['touch planted']\n",
    "title: !!python/name:os.system\n",
    "title: !!python/object/new:os.system ['touch planted']\n",
    "title: !<tag:yaml.org,2002:python/object/apply:subprocess.Popen> [[touch, planted]]\n",
    "title: &t [*t]\n",
    "<<: *nobody\n",
    "? [a, b]\n: x\n",
    "title: " + "[" * 5_000 + "\n",
    "title: " + "{a: " * 3_000 + "\n",
    "title: !!binary " + "QUJD" * 10 + "\n",
    "title: !!timestamp 9999-99-99\n",
    "date: !!int 99999999999999999999\n",
    "%TAG ! tag:yaml.org,2002:python/\n---\ntitle: !name:os.system\n",
    'title: "\\x00\\U0010FFFF"\n',
)


@kind()
def yaml_code(case: Case) -> str:
    """Front matter in YAML with objects of Python, aliases of aliases and loops."""
    lines = case.turn(_YAML)
    slug = f"s{case.random.random()}"
    text = f"---\n{lines}date: 2012-05-06 21:30:00 -0400\nslug: {slug}\n---\n\nWords\n"
    fine = "---\ntitle: T\ndate: 2012-05-07 21:30:00 -0400\nslug: t\n---\n\nWords\n"
    files = {"_posts/2012-05-06-a.md": text.encode(), "_posts/2012-05-07-b.md": fine.encode()}
    return held(case, put(case, "x", files), (2, 1))


@kind()
def pickles(case: Case) -> str:
    """Pickled code under the names of exports and beside them: nothing is unpickled."""
    code = b"cos\nsystem\n(S'touch planted'\ntR."
    names = ("blog.pkl", "data.pickle", "posts.npy", "a.joblib", "__init__.py", "x.parquet", "x.db")
    files = {case.turn(names): code, "blog.json": BLOG["blog.json"]}
    if case.number % 4 == 3:
        return held(case, put(case, case.random.choice(("x.json", "x.zip", "x.csv")), code), None)
    return held(case, put(case, "x", files), POSTS)
