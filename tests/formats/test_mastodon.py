from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from network_exports import (
    assert_rows_or_input_error,
    assert_same_when_zipped,
    broken,
    folder,
    read,
    shared,
)
from tests.archives import packed, record, response, tar_of

from analysis.errors import InputError
from analysis.files import Tree
from analysis.formats.base import Extract
from analysis.formats.mastodon import MASTODON, snowflake_time

EVERYBODY = "https://www.w3.org/ns/activitystreams#Public"
ME = "https://social.example/users/ada"
AT = dt.datetime(2023, 4, 5, 6, 7, 8, tzinfo=dt.UTC)


def id_at(when: dt.datetime) -> int:
    return (int(when.timestamp()) * 1000 << 16) + 77


ID = id_at(AT)


def note(number: int = ID, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{ME}/statuses/{number}",
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": "2023-04-05T06:07:08Z",
        "url": f"https://social.example/@ada/{number}",
        "attributedTo": ME,
        "to": [EVERYBODY],
        "cc": [f"{ME}/followers"],
        "content": "<p>hi</p>",
        "tag": [],
        **more,
    }


def create(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": f"{made['id']}/activity",
        "type": "Create",
        "actor": ME,
        "published": made["published"],
        "to": made["to"],
        "cc": made["cc"],
        "object": made,
        **more,
    }


def outbox(*items: object, **more: Any) -> str:
    return json.dumps(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": "outbox.json",
            "type": "OrderedCollection",
            "totalItems": len(items),
            "orderedItems": items,
            **more,
        }
    )


def status(number: int = ID, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "created_at": "2023-04-05T06:07:08.250Z",
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "spoiler_text": "",
        "visibility": "public",
        "uri": f"{ME}/statuses/{number}",
        "url": f"https://social.example/@ada/{number}",
        "replies_count": 1,
        "reblogs_count": 2,
        "favourites_count": 3,
        "content": "<p>hi</p>",
        "reblog": None,
        "application": {"name": "Tusky", "website": None},
        "account": {"id": "7", "acct": "ada", "url": "https://social.example/@ada"},
        "tags": [],
        "mentions": [],
        "card": None,
        **more,
    }


def archive(tmp_path: Path, *items: object, **more: Any) -> Extract:
    return read(MASTODON, folder(tmp_path, {"outbox.json": outbox(*items, **more)}))


def answers(tmp_path: Path, *statuses: object) -> Extract:
    return read(MASTODON, folder(tmp_path, {"page1.json": json.dumps(statuses)}))


def test_an_archived_post(tmp_path: Path) -> None:
    made = note(
        summary="on cats",
        content='<p>caf&eacute; <a href="https://blog.example/a/?x=1&amp;y=2">'
        '<span class="invisible">https://</span><span>blog.example/a</span></a> '
        '<a href="https://other.example/@bob" class="u-url mention">@<span>bob</span></a> '
        '<a href="https://s.example/t/cats" class="mention hashtag" rel="tag">#<b>cats</b></a></p>',
        likes={"type": "Collection", "totalItems": 4},
        shares={"type": "Collection", "totalItems": 2},
    )
    extract = archive(tmp_path, create(made))
    (post,) = extract.posts
    assert post.when == AT
    assert (post.kind, post.quality, post.id) == ("post", "exact", made["id"])
    assert post.url == f"https://social.example/@ada/{ID}"
    assert post.text == "on cats\ncafé https://blog.example/a @bob #cats"
    assert post.links == ("https://blog.example/a/?x=1&y=2",)
    assert (post.reactions, post.comments, post.shares, post.views) == (4, None, 2, None)
    assert (post.member, post.pointer) == ("outbox.json", "item 1")
    assert (extract.since, extract.exported_at, extract.notes) == (None, None, ())
    assert not extract.drift


def test_only_what_everybody_may_see_is_read(tmp_path: Path) -> None:
    followers = f"{ME}/followers"
    extract = archive(
        tmp_path,
        create(note()),
        create(note(ID + 1, to=[followers], cc=[EVERYBODY])),
        create(note(ID + 2, to=[followers], cc=[])),
        create(note(ID + 3, to=["https://other.example/users/bob"], cc=[])),
        create(note(ID + 4, to=[], cc=[]), to=[], cc=[]),
        create(note(ID + 5, to="as:Public", cc=None)),
    )
    numbers = [int(post.id.rpartition("/")[2]) - ID for post in extract.posts]
    assert numbers == [0, 1, 5]
    assert extract.set_aside == Counter({"private": 2, "not public": 1})
    assert extract.notes == (
        "1 post(s) are unlisted: everybody can see them, but they stand in no public timeline.",
    )


def test_replies_threads_boosts_and_polls_are_told_apart(tmp_path: Path) -> None:
    boost = {
        "id": f"{ME}/statuses/{ID + 9}/activity",
        "type": "Announce",
        "actor": ME,
        "published": "2023-04-05T06:07:08Z",
        "to": [EVERYBODY],
        "cc": [],
        "object": "https://other.example/users/bob/statuses/1",
    }
    extract = archive(
        tmp_path,
        create(note(inReplyTo="https://other.example/users/bob/statuses/1")),
        create(note(ID + 1, inReplyTo=f"{ME}/statuses/{ID - 5}")),
        create(note(ID + 2, type="Question", oneOf=[{"type": "Note", "name": "yes"}])),
        boost,
        {"type": "Like", "actor": ME, "object": "https://other.example/1"},
        create(note(ID + 3), object=f"{ME}/statuses/{ID + 3}"),
        "rubbish",
    )
    assert [post.kind for post in extract.posts] == ["reply", "post", "post", "repost"]
    assert extract.posts[-1].links == ("https://other.example/users/bob/statuses/1",)
    assert extract.set_aside == Counter({"not a post": 3})


def test_a_number_of_posts_that_is_not_met_is_a_note(tmp_path: Path) -> None:
    extract = archive(tmp_path, create(note()), totalItems=3)
    assert extract.notes == ("outbox.json says that the account has 3 post(s), and holds 1.",)


def test_a_status(tmp_path: Path) -> None:
    card = {"url": "https://blog.example/full/", "title": "t"}
    link = (
        '<p><a href="https://sho.rt/1">sho.rt</a> <a href="https://social.example/t/x">#x</a></p>'
    )
    tags = [{"name": "x", "url": "https://social.example/t/x"}]
    extract = answers(tmp_path, status(content=link, card=card, tags=tags, new_key=1))
    (post,) = extract.posts
    assert post.when == AT + dt.timedelta(milliseconds=250)
    assert post.links == ("https://sho.rt/1", "https://blog.example/full/")
    assert (post.reactions, post.comments, post.shares) == (3, 1, 2)
    assert (post.via, post.shared_from, post.quality) == ("Tusky", "", "exact")
    assert extract.since == post.when
    assert extract.drift == Counter({"statuses: status.new_key": 1})


def test_kinds_of_statuses(tmp_path: Path) -> None:
    other = status(5, content='<p>theirs <a href="https://x.example/">x</a></p>')
    other["url"] = "https://other.example/@bob/5"
    extract = answers(
        tmp_path,
        status(ID + 4, in_reply_to_id="1", in_reply_to_account_id="7"),
        status(ID + 3, in_reply_to_id="1", in_reply_to_account_id="8"),
        status(ID + 2, reblog=other, url=None, uri=f"{ME}/statuses/{ID + 2}/activity"),
        status(ID + 1, visibility="private"),
        status(ID, visibility="unlisted", application={"name": "Mastodon Twitter Crossposter"}),
        other,
        None,
    )
    assert [post.kind for post in extract.posts] == ["post", "reply", "repost", "post"]
    boost = extract.posts[2]
    assert (boost.reactions, boost.comments, boost.shares) == (None, None, None)
    assert boost.links == ("https://x.example/", "https://other.example/@bob/5")
    assert extract.posts[3].shared_from == "twitter"
    assert extract.set_aside == Counter({"private": 1, "another account": 1, "not a post": 1})


def test_an_archive_and_answers_of_one_account_count_each_post_once(tmp_path: Path) -> None:
    later = AT + dt.timedelta(days=1)
    new = status(id_at(later), created_at=later.isoformat())
    files = {
        "export/outbox.json": outbox(create(note())),
        "api/1.json": json.dumps([new, status()]),
    }
    extract = read(MASTODON, folder(tmp_path / "joined", files))
    assert [post.reactions for post in extract.posts] == [3, 3]
    assert extract.set_aside == Counter({"duplicate": 1})
    assert extract.since is None  # the pages reach back to the archive

    files["api/1.json"] = json.dumps([new])
    apart = read(MASTODON, folder(tmp_path / "apart", files))
    assert apart.since == later  # what lies between the archive and the page is not known


def test_answers_keep_when_they_were_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = {
        "1.json": dt.datetime(2023, 5, 1, tzinfo=dt.UTC),
        "2.json": dt.datetime(2023, 6, 1, tzinfo=dt.UTC),
    }
    monkeypatch.setattr(Tree, "seen_at", lambda _, name: times[name])
    files = {
        "1.json": json.dumps([status(), status()]),
        "2.json": json.dumps([status(favourites_count=9)]),
    }
    extract = read(MASTODON, folder(tmp_path, files))
    assert [(post.reactions, post.seen_at) for post in extract.posts] == [
        (3, times["1.json"]),
        (9, times["2.json"]),
    ]
    assert extract.set_aside == Counter({"duplicate": 1})
    assert extract.exported_at == times["2.json"]


def test_an_empty_page_is_known_by_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    when = dt.datetime(2023, 5, 1, tzinfo=dt.UTC)
    tree = folder(tmp_path, {"0001": "[]"})
    assert MASTODON.recognise(tree) is None
    address = "https://social.example/api/v1/accounts/7/statuses?limit=40"
    monkeypatch.setattr(Tree, "address", lambda *_: address)
    monkeypatch.setattr(Tree, "seen_at", lambda *_: when)
    extract = read(MASTODON, folder(tmp_path, {"0001": "[]"}))
    assert (extract.posts, extract.since, extract.exported_at) == ([], when, when)


def test_the_id_tells_when_a_post_was_stored(tmp_path: Path) -> None:
    old = note(ID + (1000 << 16), published="2012-01-01T00:00:00Z")
    none = note(ID + (2000 << 16), published="0001-01-01T00:00:00Z")
    extract = archive(tmp_path, create(note()), create(note(ID + 1)), create(old), create(none))
    assert [post.quality for post in extract.posts] == ["exact", "exact", "disputed", "derived"]
    assert extract.posts[2].when == AT + dt.timedelta(seconds=1)
    assert extract.posts[3].when == AT + dt.timedelta(seconds=2)
    assert "1 post(s) state another time" in extract.notes[0]


def test_ids_of_another_kind_are_not_believed(tmp_path: Path) -> None:
    wrong = [create(note(ID + n, published=f"2021-02-0{n}T00:00:00Z")) for n in (1, 2, 3)]
    no_time = create(note(ID + 4, published="0001-01-01T00:00:00Z"))
    extract = archive(tmp_path, *wrong, no_time)
    assert [post.when.year for post in extract.posts] == [2021] * 3
    assert {post.quality for post in extract.posts} == {"exact"}
    assert extract.set_aside == Counter({"impossible date": 1})
    assert extract.notes == ("The ids of this server tell no time that bears out the stated ones.",)


def test_without_a_time_in_the_id_the_stated_one_has_to_be_possible(tmp_path: Path) -> None:
    def of(number: int, published: str | None) -> dict[str, Any]:
        return create(note() | {"id": f"{ME}/statuses/own{number}", "published": published})

    stated = ("2023-04-05T06:07:08Z", "0001-01-01T00:00:00Z", None, "soon")
    extract = archive(tmp_path, *(of(n, when) for n, when in enumerate(stated)))
    assert [(post.when, post.quality) for post in extract.posts] == [(AT, "exact")]
    assert extract.set_aside == Counter({"impossible date": 1, "no date": 2})


def test_ids_that_tell_no_time_leave_the_others_as_they_are(tmp_path: Path) -> None:
    """Where most ids are of another kind, posts without such an id keep what they state."""
    wrong = [create(note(ID + n, published=f"2021-02-0{n}T00:00:00Z")) for n in (1, 2, 3)]
    own = create(note() | {"id": f"{ME}/statuses/own", "published": "2020-01-02T03:04:05Z"})
    hidden = create(note(ID + 9, to=[f"{ME}/followers"], cc=[]))
    extract = archive(tmp_path, *wrong, own, hidden)
    assert sorted(post.when.year for post in extract.posts) == [2020, 2021, 2021, 2021]
    assert {post.quality for post in extract.posts} == {"exact"}
    assert extract.set_aside.total() == 1


@pytest.mark.parametrize("number", ["1795384213011", "7", "", "abc", "9" * 19, "9" * 30])
def test_other_numbers_are_no_snowflakes(number: str) -> None:
    assert snowflake_time(f"https://x.example/@a/{number}") is None


def test_a_snowflake_holds_milliseconds() -> None:
    # The REST sample states 2024-03-30T18:43:59.932Z for this id.
    assert snowflake_time("112186113388236258") == dt.datetime(
        2024, 3, 30, 18, 43, 59, 932_000, tzinfo=dt.UTC
    )


def test_one_broken_file_among_several_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    whole = json.dumps([status()])
    files = {"1.json": whole, "2.json": json.dumps([status(ID + 1)])[:-30]}
    extract = read(MASTODON, folder(tmp_path / "one", files))
    assert len(extract.posts) == 1
    (problem,) = extract.problems
    assert (problem.kind, problem.file) == ("corrupt", "raw/2.json")

    with pytest.raises(InputError, match=r"raw/1\.json, line 1, column .*cut short"):
        read(MASTODON, folder(tmp_path / "all", {"1.json": whole[:-30]}))


def test_other_collections_and_lists_are_not_ours(tmp_path: Path) -> None:
    likes = {"id": "likes.json", "type": "OrderedCollection", "orderedItems": ["https://x.example"]}
    for number, content in enumerate((json.dumps(likes), "[]", "{}", '[{"visibility": 1}]')):
        tree = folder(tmp_path / str(number), {"likes.json": content})
        assert MASTODON.recognise(tree) is None


def test_unknown_keys_are_bounded(tmp_path: Path) -> None:
    extract = archive(tmp_path, create(note(**{f"new_{n}": n for n in range(80)})))
    assert len(extract.drift) == 50
    assert extract.drift["outbox.json: orderedItems.object.new_0"] == 1


def test_an_archive_tells_by_its_name_when_it_was_made_and_all_of_it_is_known(
    tmp_path: Path,
) -> None:
    content = {
        "outbox.json": outbox(create(note())).encode(),
        "actor.json": b"{}",
        "likes.json": b"cut",
        "media_attachments/files/1.png": b"x",
        "notes.txt": b"mine",
    }
    name = "archive-20240102030405-0123456789abcdef0123456789abcdef.tar.gz"
    extracts = []
    tar_of(tmp_path / name, content)
    for tree in (Tree.at(tmp_path, "raw"), Tree.at(tmp_path / name, f"raw/{name}")):
        found = MASTODON.recognise(tree)
        assert found is not None
        left = [member for member in tree.names if member not in found.members]
        assert [member.rpartition("/")[2] for member in left] == ["notes.txt"]
        extracts.append(MASTODON.read(tree, found))
    assert {extract.exported_at for extract in extracts} == {
        dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    }
    assert [len(extract.posts) for extract in extracts] == [1, 1]


def test_folder_and_zip_read_alike(tmp_path: Path) -> None:
    files = {"a/outbox.json": outbox(create(note())), "a/actor.json": "{}", "b/likes.json": "{}"}
    assert_same_when_zipped(MASTODON, folder(tmp_path / "a", files), tmp_path / "a.zip")


def test_a_real_outbox() -> None:
    path = shared("exports/parser_fixtures/mastodon/outbox.json")
    extract = read(MASTODON, Tree.at(path, "raw"))
    items = json.loads(path.read_text(encoding="utf-8"))["orderedItems"]
    answered = [
        item["object"]["inReplyTo"]
        for item in items
        if item["type"] == "Create" and item["object"]["inReplyTo"]
    ]
    to_others = [parent for parent in answered if "/users/dealingwith/" not in parent]
    assert Counter(post.kind for post in extract.posts) == Counter(
        {"repost": 20, "reply": len(to_others), "post": 100 - len(to_others)}
    )
    assert [f"{post.when:%Y-%m-%dT%H:%M:%SZ}" for post in extract.posts] == [
        item["published"] for item in items
    ]
    assert {post.quality for post in extract.posts} == {"exact"}
    assert not extract.drift
    assert not extract.set_aside
    linked = [post for post in extract.posts if any("daniel.industries" in x for x in post.links)]
    said = [i for i in items if "daniel.industries" in str(section_content(i))]
    assert len(linked) == len(said) > 0


def section_content(item: dict[str, Any]) -> str:
    made = item["object"]
    return made.get("content", "") if isinstance(made, dict) else ""


def test_real_answers_of_a_server_with_small_ids() -> None:
    path = shared("exports/native_samples/mastodon/rest/mastodon_mock_statuses.json")
    extract = read(MASTODON, Tree.at(path, "raw"))
    assert [post.links for post in extract.posts] == [
        ("https://blog.example.org/2012/05/post-44/",),
        ("https://blog.example.org/2012/05/post-43/",),
    ]
    assert extract.posts[0].when == dt.datetime(2026, 11, 22, 21, 50, 14, 460_917, tzinfo=dt.UTC)
    assert [(post.reactions, post.comments, post.shares) for post in extract.posts] == [
        (0, 0, 0)
    ] * 2
    assert not extract.drift


@settings(max_examples=150, deadline=None)
@given(broken(outbox(create(note(ID, summary="x")), create(note(ID + 1)), totalItems=2).encode()))
def test_a_broken_outbox_is_rows_or_one_line(content: bytes) -> None:
    assert_rows_or_input_error(MASTODON, "outbox.json", content)


@settings(max_examples=150, deadline=None)
@given(broken(json.dumps([status(), status(ID + 1, reblog=status(5))]).encode()))
def test_a_broken_answer_is_rows_or_one_line(content: bytes) -> None:
    assert_rows_or_input_error(MASTODON, "page.json", content)


def test_a_packed_archive_and_a_web_archive_read_as_they_are(tmp_path: Path) -> None:
    content = {"outbox.json": outbox(create(note())).encode(), "actor.json": b"{}"}
    tree = Tree.at(tar_of(tmp_path / "archive.tar.gz", content), "raw.tar.gz")
    assert [post.when for post in read(MASTODON, tree).posts] == [AT]

    address = "https://social.example/api/v1/accounts/7/statuses?limit=40"
    answered = [
        record(response(json.dumps(page).encode()), address, date=f"2023-0{month}-01T00:00:00Z")
        for month, page in ((5, [status()]), (6, [status(favourites_count=9)]), (7, []))
    ]
    (tmp_path / "pages.warc.gz").write_bytes(packed(*answered))
    extract = read(MASTODON, Tree.at(tmp_path / "pages.warc.gz", "raw.warc.gz"))
    assert [post.reactions for post in extract.posts] == [3, 9]
    assert [post.seen_at and post.seen_at.month for post in extract.posts] == [5, 6]
    assert extract.exported_at == dt.datetime(2023, 7, 1, tzinfo=dt.UTC)
