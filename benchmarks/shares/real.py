"""Real posts, labelled by hand: ids and slugs are kept here, the texts stay where they are.

Whether a post shares a blog post was judged by reading it beside the titles of the eight days
before, never by running the search. Where that could not be told, it is in neither.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

from analysis.activity import read_source
from analysis.files import Tree
from analysis.formats.base import Post

SLUGS_OF_TWEETS = {
    "162944501604814848": "on-managing-money",
    "162842110918279168": "on-managing-money",
    "161590867533115393": "uitableviewcell-silly-magic",
    "154337364867682304": "the-worst-recruiters",
    "218383651359035392": "my-grid-system",
    "216203516065230849": "my-grid-system",
    "209719236078219267": "my-grid-system",
    "215956295197523968": "dealing-with-emoji",
    "164435420896169984": "custom-cloud-app-viso",
}
"""Tweets that point to a post of the writer's own blog, by reading the tweets of three months."""

DAYS_OF_SLUGS = {
    "the-worst-recruiters": "2012-01-03",
    "uitableviewcell-silly-magic": "2012-01-23",
    "on-managing-money": "2012-01-27",
    "custom-cloud-app-viso": "2012-01-30",
    "my-grid-system": "2012-06-04",
    "dealing-with-emoji": "2012-06-21",
}
_HIDES = ("soff.me", "bit.ly", "j.mp", "goo.gl", "is.gd", "t.co", "cl.ly", "df4.us", "mzl.la")

SLUGS_OF_SHARES = {
    "7345704252889059331": "how-to-control-smarter-intelligences",
    "7344940195856752642": "how-long-can-i-make-chatgpt-think",
    "7339558335588782081": "technology-efficiency-affects-jobs-differently",
    "7335146366681194496": "emotion-prompts-dont-help-reasoning-does",
    "7334089922317864960": "turning-walks-into-pull-requests",
    "7331951749966053376": "wage-rates-of-nations-and-llms",
    "7330549070744223745": "when-to-vibe-code-if-speed-beats-certainty",
    "7330437354899341312": "the-new-superpower-detailed-single-shot-prompt-for-instant-apps",
    "7329328769062580224": "how-to-create-a-technical-architecture-from-code-with-chatgpt",
    "7328332163890769921": "chatgpt-is-a-psephologist-and-data-analyst",
    "7326845800137789440": "how-to-double-check-personality-flaws-with-ai",
    "7326544867734540288": "automating-a-podcast-from-github-commits",
    "7326504476712808449": "ai-as-your-psychologist-personality-flaws-exposed",
    "7319699243496062976": "o3-is-now-my-personalized-learning-coach",
    "7319660778679062528": "how-to-use-the-new-o4-mini-for-data-visualization",
    "7318940431025614848": "the-magic-of-repeated-improve-it-prompts",
    "7317468993802366976": "how-to-visualize-data-stories-with-ai-lessons",
    "7316669035989946368": "a-game-of-bots-how-llms-betray-each-other",
    "7312066019299115008": "the-vcard-qr-code-is-the-new-business-card",
    "7312058859001430016": "llm-gpu-or-api-the-cost-will-surprise-you",
    "7311927915112251393": "its-so-easy-to-fool-yourself",
    "7311915131976785920": "ai-imagined-languages-unlock-new-thoughts",
    "7311066572113002497": "voice-chat-to-slides-my-new-ai-powered-workflow",
    "7311046614888890368": "its-not-what-you-know-its-how-you-learn",
    "7304025896686891008": "how-to-fake-data-that-tells-a-story",
    "7303644855425998848": "read-from-llms-but-dont-tell-people",
    "7300653532850884609": "nibbling",
    "7293881054694686720": "halving-a-deadline-costs-1-4-of-marks-each-time",
    "7284101490808442880": "the-sassy-ai-devils-advocate",
    "7283025621503356930": "wait-thats-my-mic-lessons-from-an-ai-co-host",
    "7282246443703148545": "launching-an-app-only-with-llms-and-failing",
    "7280198127012167680": "my-year-in-2024",
    "7279844496731729920": "books-in-2024",
    "7277974246138552321": "when-and-how-to-copy-assignments",
    "7277538117849391104": "windows-powertoys-is-my-new-favorite-tool",
    "7276062560095744002": "a-post-mortem-of-hacking-automated-project-evaluation",
    "7275384952614014978": "hacking-llms-a-teachers-guide-to-evaluating-with-chatgpt",
    "7268114370885279744": "introducing-students-to-ai-evaluators",
    "7267695636647407617": "chatgpt-beat-me-at-pictionary",
    "7265985626594775041": "why-dont-students-hack-exams-when-they-can",
    "7265628426697338881": "should-courses-be-hard-or-easy",
    "7263863104327884800": "hacking-an-obnoxious-unhelpful-llm-to-say-yes",
    "7258152478255243264": "llms-still-do-not-locate-bounding-boxes-well",
    "7255031509315657731": "clone-any-voice-with-a-15-second-sample",
    "7253716064579043329": "how-can-non-developers-learn-ai-coding",
    "7252166601628659712": "leaning-into-the-power-of-ai-coding",
    "7245839200917282816": "perl-1994-2011",
    "7241027913771278336": "what-do-you-need-to-interact-effectively-with-llms",
    "7234755248387432449": "how-do-llms-handle-conflicting-instructions",
    "7233813145264209921": "image-generation-gets-better-at-comics",
    "7232927387636678656": "weird-emergent-properties-on-llama-3-405b",
    "7230416605862621184": "the-llm-psychologist",
    "7216473340725592064": "ill-leave-tomorrows-problems-to-tomorrows-me",
    "7208371129764233217": "the-psychology-of-peer-reviews",
    "7189912291440496640": "a-quick-way-to-assess-llm-capabilities",
    "7179757488798404608": "from-laptops-to-chatbots-coding-at-30000-ft",
    "7178234528052703232": "from-calvin-hobbes-to-photo-tagging-excels-unexpected-image-capability",
    "7176434651060744193": "ai-makes-me-a-better-person",
    "7159386845674377216": "embeddings-similarity-threshold",
    "7156533153543688193": "auto-vs-gpt",
    "7152200600473030656": "what-does-gramener-ask-chatgpt",
    "7148634409527619584": "books-in-2023",
    "7147567282662125568": "my-year-in-2023",
}
UNSURE_SHARES = frozenset(
    {
        "7345023435502178304",
        "7342614627509313536",
        "7342489647257632769",
        "7326902628490059776",
        "7323922284618952705",
        "7323681185124012032",
        "7321858062711955457",
        "7302641698101174272",
        "7263543235552116736",
        "7253669433938714624",
    }
)
"""The same subject, but written before the blog post, or only akin to it."""

Labelled = tuple[list[Post], list[Post], dict[str, str]]
"""Blog posts, posts of another channel that can be judged, and slug by id of those that share."""


def tweets(exports: Path) -> Labelled:
    """Return a programmer's tweets of three months; those that hide their link are left out."""
    read = read_source("other", "tweets", Tree.at(exports / "soffes_2012/native")).extract
    judged = [
        post
        for post in read.posts
        if post.kind != "repost"
        and (post.id in SLUGS_OF_TWEETS or not any(name in post.text for name in _HIDES))
    ]
    blog = [
        Post(
            dt.date.fromisoformat(day),
            url=f"http://samsoff.es/posts/{slug}",
            title=slug.replace("-", " "),
        )
        for slug, day in DAYS_OF_SLUGS.items()
    ]
    return blog, judged, SLUGS_OF_TWEETS


def shares(exports: Path) -> Labelled:
    """Return a teacher's LinkedIn shares since 2024 and his blog, copies of shares left out."""
    read = read_source("other", "shares", Tree.at(exports / "sanand0/linkedin/Shares.csv")).extract
    judged = [
        post for post in read.posts if post.when.year >= 2024 and _number(post) not in UNSURE_SHARES
    ]
    with (exports / "sanand0/blog_posts.csv").open(encoding="utf-8", newline="") as stream:
        blog = [
            Post(
                dt.datetime.fromisoformat(row["date"]),
                url=f"https://www.s-anand.net/blog/{Path(row['path']).stem}/",
                title=row["title"],
            )
            for row in csv.DictReader(stream)
            if "linkedin" not in row["categories"] and row["date"] >= "2023-12"
        ]
    by_id = {post.id: SLUGS_OF_SHARES.get(_number(post), "") for post in judged}
    return blog, judged, {key: slug for key, slug in by_id.items() if slug}


def _number(post: Post) -> str:
    return post.id.rpartition(":")[2]
