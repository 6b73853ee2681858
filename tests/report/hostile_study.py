"""A study whose every text is hostile: titles, posts, addresses, channels, files, labels."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path

import numpy as np

from analysis.worlds.clock import snowflake

START = dt.date(2012, 1, 2)
DAYS = 150
LONG = 10_000_000
"""Characters of one title."""

EVIL = (
    "</script><script>window.pwned=1</script></style></title></textarea>"
    '<img class=planted src=x onerror="window.pwned=1"><b class=planted>'
    "{{ 7*191 }}{% raw %}<!-- &lt;i class=planted&gt;"
)
TURNED = "\u202egnp.exe\u202c \u2067txt\u2069"
BROKEN = "a\x00b\x1b[31mc\ud83dd\u2028e"
FORMULAS = ('=HYPERLINK("http://elsewhere.invalid","x")', "+1+cmd", "-1+cmd", "@SUM(1)", "\t=1")
TEXTS = (EVIL, TURNED, BROKEN, *FORMULAS)


def text_of(number: int) -> str:
    return TEXTS[number % len(TEXTS)]


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def address(number: int) -> str:
    return f'https://blog.example/{number}?p="><script>window.pwned=1</script>'


def hostile_study(folder: Path) -> Path:
    """Write 150 days of a blog, a Twitter archive, a table, and a score that follows the blog."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(3)
    posted = np.sort(rng.choice(DAYS - 2, 40, replace=False))
    _score(raw / "score.csv", posted, rng)
    _blog(raw / "<img src=x onerror=pwned> & {{ 7*191 }}.json", posted)
    _twitter(raw / "twitter.zip", posted, rng)
    _table(raw / "=activity.csv", rng)
    told = {
        "title": f"{TURNED} \x00 {EVIL}",
        "score": f"={EVIL}",
        "label": f"@{EVIL}{TURNED}",
        "blog": "raw/<img src=x onerror=pwned> & {{ 7*191 }}.json",
    }
    quoted = {key: json.dumps(value) for key, value in told.items()}
    focal = json.dumps(EVIL)
    (folder / "study.toml").write_text(
        f'title = {quoted["title"]}\ntimezone = "Asia/Jerusalem"\nfocal = {focal}\n'
        f'[score]\nname = {quoted["score"]}\npath = "raw/score.csv"\n'
        f'[sources]\n{focal} = {quoted["blog"]}\ntwitter = "raw/twitter.zip"\n'
        f'activity = "raw/=activity.csv"\n'
        f"[[breaks]]\ndate = {day(70)}\nlabel = {quoted['label']}\n",
        encoding="utf-8",
    )
    return folder


def _score(path: Path, posted: np.ndarray, rng: np.random.Generator) -> None:
    steps = rng.normal(0, 0.2, DAYS)
    for number in posted:
        steps[number + 1 : number + 3] += 0.4
    value = 40 + np.cumsum(steps - steps.mean())
    lines = [f"{day(number)},{value[number]:.2f}" for number in range(DAYS)]
    path.write_text("\n".join(["date,score", *lines, ""]), encoding="utf-8")


def _blog(path: Path, posted: np.ndarray) -> None:
    items = [
        {
            "id": f"{number}{EVIL}",
            "url": address(int(number)),
            "external_url": "javascript:window.pwned=1",
            "title": text_of(at),
            "date_published": f"{day(int(number))}T10:00:00Z",
            "content_html": f"<p onclick='window.pwned=1'>{text_of(at)}</p>",
        }
        for at, number in enumerate(posted)
    ]
    items[5]["title"] = "long " * (LONG // 5)
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": EVIL, "items": items}
    path.write_text(json.dumps(feed), encoding="utf-8")


def _twitter(path: Path, posted: np.ndarray, rng: np.random.Generator) -> None:
    def tweet(number: int, minute: int, link: str) -> dict[str, object]:
        when = dt.datetime(2012, 1, 2, 11, minute) + dt.timedelta(days=number)
        urls = [{"url": "https://t.co/a", "expanded_url": link}] if link else []
        return {
            "id_str": str(snowflake(when.replace(tzinfo=dt.UTC), minute)),
            "created_at": when.strftime("%a %b %d %H:%M:%S +0000 %Y"),
            "full_text": text_of(number + minute) + " https://t.co/a",
            "source": f"<a href='javascript:window.pwned=1'>{EVIL}</a>",
            "entities": {"urls": urls},
        }

    shared = [tweet(int(n), 0, address(int(n))) for n in posted[::2]]
    own = [tweet(int(n), 30, "") for n in rng.choice(DAYS, 60, replace=False)]
    tweets = [{"tweet": one} for one in sorted(shared + own, key=lambda one: str(one["id_str"]))]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/tweets.js", "window.YTD.tweets.part0 = " + json.dumps(tweets))


def _table(path: Path, rng: np.random.Generator) -> None:
    lines = ["at,channel,id,url,text"]
    for place, channel in enumerate((FORMULAS[0], FORMULAS[3], f"-{EVIL}")):
        for number in sorted(rng.choice(DAYS, 30, replace=False)):
            cells = (channel, f"{place}-{number}", "javascript:window.pwned=1", text_of(number))
            quoted = ('"' + _plain(cell).replace('"', '""') + '"' for cell in cells)
            lines.append(f"{day(int(number))}T15:00:00Z,{','.join(quoted)}")
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _plain(text: str) -> str:
    """Return a text as a table can hold it: no NUL, no half of a pair."""
    return text.replace("\x00", "").replace("\ud83d", "")
