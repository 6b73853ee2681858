"""What is different between two results.json, in words, as data, and by exit code."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import load
from analysis.cli import main
from analysis.diff import Difference, Snapshot, as_data, compare, lines, read
from analysis.display import to_json
from analysis.errors import InputError
from tests.studies import forbid, small_study

HOSTILE = "\u001b[31m\u202eevil\u2028</script>"


def claim(name: str, verdict: str, estimate: float | None, *ends: float | None) -> dict[str, Any]:
    return {
        "id": name,
        "statement": f"Statement of {name}",
        "verdict": verdict,
        "reason": f"Reason of {name}.",
        "estimate": estimate,
        "unit": "points per post",
        "interval": list(ends) or None,
    }


OLD: dict[str, Any] = {
    "schema": 1,
    "needle": "0.1.0",
    "study": {"title": "Mine", "folder": "mine"},
    "question": {"smallest_effect": 0.1},
    "period": {"start": "2012-01-02", "end": "2012-03-31", "readings": 90},
    "channels": {
        "blog": {"posts": 15, "effect": 0.6, "interval": [0.4, 0.8]},
        "twitter": {
            "posts": 40,
            "effect": 0.02,
            "interval": [-0.1, 0.14],
            "all_posts": {"effect": 0.2, "interval": [0.1, 0.3]},
        },
    },
    "experiment": {"effect": 0.5, "interval": [0.1, None], "unit": "points per planned post"},
    "claims": [
        claim("blogging", "supported", 0.6, 0.4, 0.8),
        claim("silence", "inconclusive", -0.1, -0.3, 0.1),
        claim("sharing", "untestable", None),
    ],
    "provenance": {
        "inputs": {"study.toml": "a" * 64, "raw/blog.xml": "b" * 64, "raw/old.csv": "c" * 64},
        "parameters": {
            "title": "Mine",
            "question": {"alpha": 0.05, "smallest_effect": None},
            "breaks": [{"date": "2011-10-26", "label": "new"}],
        },
        "versions": {"python": "3.11.7", "needle": "0.1.0", "numpy": "2.4.6"},
        "revision": "673022f",
    },
}


@pytest.fixture
def new() -> dict[str, Any]:
    return copy.deepcopy(OLD)


def difference(new: dict[str, Any], old: dict[str, Any] = OLD) -> Difference:
    return compare(Snapshot.of(old), Snapshot.of(new))


def told(found: Difference, *, everything: bool = False) -> str:
    return "\n".join(lines(found, everything=everything))


def test_the_same_is_no_difference(new: dict[str, Any]) -> None:
    found = difference(new)
    assert not found.matters
    assert not found.of_substance
    assert told(found, everything=True) == (
        "mine: no verdict flipped and no estimate moved beyond its interval.\n"
        "Period: 2012-01-02 to 2012-03-31; as many readings (90)"
    )


def test_a_flip_matters_and_gives_its_reason(new: dict[str, Any]) -> None:
    new["claims"][1] |= {"verdict": "refuted", "reason": "It fell less than " + "x " * 60 + "end."}
    found = difference(new)
    assert found.matters
    text = told(found)
    assert text.startswith("mine: 1 verdict flipped.\n")
    assert "  silence: inconclusive, now refuted\n    It fell less than" in text
    assert "end." in text


def test_beyond_is_outside_of_the_old_interval(new: dict[str, Any]) -> None:
    new["claims"][0] |= {"estimate": 0.81, "interval": [0.7, 0.92]}
    new["channels"]["blog"] |= {"effect": 0.81, "interval": [0.7, 0.92]}
    found = difference(new)
    # The claim's estimate is the channel's: told once.
    assert [(move.about, move.name) for move in found.beyond] == [("claim", "blogging")]
    assert found.matters
    assert "blogging: 0.6 (0.4 to 0.8), now 0.81 (0.7 to 0.92) points per post" in told(found)
    assert told(found).startswith("mine: 1 estimate moved beyond its interval.\n")


def test_a_narrower_interval_without_the_old_estimate_is_not_beyond(new: dict[str, Any]) -> None:
    new["claims"][0] |= {"estimate": 0.45, "interval": [0.42, 0.48]}
    found = difference(new)
    assert [move.beyond for move in found.moves] == [False]
    assert not found.matters
    assert "now 0.45" not in told(found)
    assert "1 estimate moved; --all shows them" in told(found)
    assert "now 0.45 (0.42 to 0.48)" in told(found, everything=True)


def test_an_interval_open_at_one_end_has_an_end(new: dict[str, Any]) -> None:
    new["experiment"] |= {"effect": 99.0, "interval": [1.0, None]}
    assert not difference(new).matters
    new["experiment"] |= {"effect": 0.05}
    assert difference(new).matters
    assert "planned posts: 0.5 (0.1 to no bound), now 0.05 (1 to no bound)" in told(difference(new))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"estimate": None, "interval": None}, "0.6 (0.4 to 0.8), now not estimable"),
        (
            {"unit": "points a day", "estimate": 9.0},
            "points per post, now 9 (0.4 to 0.8) points a day",
        ),
    ],
)
def test_what_cannot_be_compared_says_so(
    new: dict[str, Any], changes: dict[str, Any], words: str
) -> None:
    new["claims"][0] |= changes
    found = difference(new)
    assert [move.beyond for move in found.moves] == [None]
    assert not found.matters
    assert "Estimates that cannot be compared:\n  blogging: 0.6 (0.4 to 0.8)" in told(found)
    assert words in told(found)


def test_an_older_layout_without_units_is_comparable(new: dict[str, Any]) -> None:
    old = copy.deepcopy(OLD)
    del old["claims"][0]["unit"]
    assert difference(new, old).moves == ()
    new["claims"][0]["estimate"] = 0.9
    assert [move.beyond for move in difference(new, old).moves] == [True]


def test_an_estimate_without_an_interval_is_never_beyond(new: dict[str, Any]) -> None:
    old = copy.deepcopy(OLD)
    old["claims"][0]["interval"] = None
    new["claims"][0] |= {"estimate": 50.0}
    assert [move.beyond for move in difference(new, old).moves] == [None]


def test_every_post_by_itself_is_compared_too(new: dict[str, Any]) -> None:
    new["channels"]["twitter"]["all_posts"] = {"effect": 0.31, "interval": [0.2, 0.4]}
    assert "twitter, every post by itself: 0.2 (0.1 to 0.3), now 0.31" in told(difference(new))


def test_the_last_digits_of_another_machine_are_the_same(new: dict[str, Any]) -> None:
    new["claims"][0]["estimate"] = 0.6 * (1 + 1e-9)
    assert difference(new).moves == ()
    new["claims"][0]["estimate"] = 0.6 * (1 + 1e-4)
    assert len(difference(new).moves) == 1


def test_all_else_that_changed_is_told_by_kind(new: dict[str, Any]) -> None:
    new["period"] = {"start": "2012-01-02", "end": "2012-04-06", "readings": 96}
    new["channels"]["blog"]["posts"] = 16
    new["channels"]["facebook"] = {"posts": 3, "crossposts": 0}
    made = new["provenance"]
    made["inputs"] = {"study.toml": "a" * 64, "raw/blog.xml": "d" * 64, "raw/new.csv": "e" * 64}
    made["parameters"]["question"]["alpha"] = 0.01
    made["parameters"]["breaks"].append({"date": "2012-08-14", "label": "newer"})
    made["versions"]["numpy"] = "2.5.0"
    made["revision"] = "0123456+changes"
    new["needle"] = "0.2.0"
    new["question"]["smallest_effect"] = 0.2
    del new["claims"][2]
    found = difference(new)
    assert not found.matters
    assert found.of_substance
    assert found.grown == 6
    assert told(found).splitlines()[1:] == [
        "Period: 2012-01-02 to 2012-03-31, now 2012-01-02 to 2012-04-06; 6 more readings "
        "(90, now 96)",
        "",
        "Claims:",
        "  sharing: gone",
        "",
        "Posts:",
        "  blog: 15, now 16",
        "  facebook: 3 (not told before)",
        "",
        "Data:",
        "  changed: raw/blog.xml",
        "  added: raw/new.csv",
        "  gone: raw/old.csv",
        "",
        "Settings:",
        '  breaks 2.date: "2012-08-14" (not told before)',
        '  breaks 2.label: "newer" (not told before)',
        "  question.alpha: 0.05, now 0.01",
        "  smallest effect, as applied: 0.1, now 0.2",
        "",
        "Code:",
        "  needle: 0.1.0, now 0.2.0",
        "  revision: 673022f, now 0123456+changes",
        "",
        "Environment:",
        "  numpy: 2.4.6, now 2.5.0",
    ]
    data = as_data(found)
    assert data["data"] == {
        "added": ["raw/new.csv"],
        "gone": ["raw/old.csv"],
        "changed": ["raw/blog.xml"],
        "same": 1,
    }
    assert data["more_readings"] == 6


def test_only_code_and_environment_are_not_of_substance(new: dict[str, Any]) -> None:
    new["provenance"]["revision"] = None
    new["provenance"]["versions"]["python"] = "3.13.1"
    assert not difference(new).of_substance
    assert "revision: was 673022f" in told(difference(new))


def test_long_lists_are_cut_and_say_so(new: dict[str, Any]) -> None:
    new["provenance"]["inputs"] |= {f"raw/{n:03}.json": "f" * 64 for n in range(50)}
    text = told(difference(new))
    assert "and 30 more; --all shows them" in text
    assert "raw/049.json" not in text
    assert "raw/049.json" in told(difference(new), everything=True)


@pytest.mark.parametrize("key", [key for key in OLD if key not in ("schema", "claims")])
def test_an_older_layout_is_read_as_far_as_it_goes(new: dict[str, Any], key: str) -> None:
    old = copy.deepcopy(OLD)
    del old[key]
    text = told(difference(new, old), everything=True)
    assert "added" not in text
    assert "not told before" not in text.partition("Code:\n")[0]
    assert ("not known of both" in text) == (key == "period")
    assert "gone" not in told(difference(old, new))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"mine/results\.json: expected a results\.json, or a folder with one"),
        (b"", "expected JSON"),
        (b'{"schema": 1', "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (b"\xff\xfe\x00", "expected JSON"),
        (b'{"schema": 1, "key": "x"}', "expected a results.json, with the keys"),
        (b"[1]", "expected a results.json, with the keys"),
        (b'{"schema": 2, "claims": []}', "schema: expected 1, the layout .*, found 2"),
        (b'{"schema": true, "claims": []}', "schema: expected 1, .*, found true"),
        (b'{"schema": 1, "claims": {}}', "claims: expected a list"),
        (b'{"schema": 1, "claims": [3]}', r"claims\[0\]: expected an object, found 3"),
        (b'{"schema": 1, "claims": [{"id": "a"}]}', r"claims\[0\]\.verdict: expected a text"),
        (
            b'{"schema": 1, "claims": [{"id": "a", "verdict": "b", "estimate": "0.3"}]}',
            r'claims\[0\]\.estimate: expected a number or null, found "0\.3"',
        ),
        (
            b'{"schema": 1, "claims": [], "channels": {"b": {"effect": 1, "interval": [1]}}}',
            r"channels\.b\.interval: expected two numbers",
        ),
        (b'{"schema": 1, "claims": [], "period": {"readings": 1.5}}', "expected a whole number"),
        (
            b'{"schema": 1, "claims": [{"id": "a", "verdict": "b", "estimate": 1e999}]}',
            "expected a number or null",
        ),
    ],
)
def test_what_is_no_results_json_is_one_line(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    if content is not None:
        (folder / "results.json").write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read(folder)
    assert str(tmp_path) not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    done = run(folder, folder)
    assert (done.exit_code, done.stdout) == (2, "")


def test_what_is_no_file_or_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "results.json").mkdir(parents=True)
    with pytest.raises(InputError) as caught:
        read(folder)
    said = "mine/results.json: expected a results.json, found something that is no file"
    assert str(caught.value) == said
    other = tmp_path / "other.json"
    other.write_text("{}")
    with forbid(other), pytest.raises(InputError, match=r"other\.json: cannot be read: Permission"):
        read(other)


def test_settings_without_end_are_refused(new: dict[str, Any]) -> None:
    deep: dict[str, Any] = {"alpha": 0.05}
    for _ in range(25):
        deep = {"in": deep}
    new["provenance"]["parameters"] = deep
    with pytest.raises(InputError, match="expected less deep settings") as caught:
        Snapshot.of(new)
    assert len(str(caught.value)) < 200


def test_an_estimate_without_an_interval_is_told_without_one(new: dict[str, Any]) -> None:
    old = copy.deepcopy(OLD)
    old["claims"][0]["interval"] = None
    assert "blogging: 0.6, now 0.7 (0.4 to 0.8) points per post" in told(
        difference({**new, "claims": [{**new["claims"][0], "estimate": 0.7}]}, old)
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = (*(key for key in OLD if key != "schema"), "other")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.sampled_from(KEYS), JSON)
def test_whatever_stands_in_it_it_is_compared_or_refused(
    some: dict[str, Any], key: str, value: Any
) -> None:
    for content in ({**OLD, **some}, {**OLD, key: value}):
        try:
            snapshot, said = Snapshot.of(content), ""
        except InputError as error:
            said = str(error)
        assert said.isprintable()
        if said:
            continue
        for found in (compare(snapshot, Snapshot.of(OLD)), compare(Snapshot.of(OLD), snapshot)):
            assert all(line.isprintable() for line in lines(found, everything=True))
            json.dumps(as_data(found), allow_nan=False)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["diff", *(str(argument) for argument in arguments)])


def test_hostile_text_never_reaches_the_terminal(tmp_path: Path, new: dict[str, Any]) -> None:
    new["claims"][0] |= {"verdict": f"refuted{HOSTILE}", "reason": HOSTILE}
    new["channels"][HOSTILE] = {"posts": 3}
    new["provenance"]["inputs"][HOSTILE] = "0" * 64
    new["study"] = {"folder": HOSTILE, "title": HOSTILE}
    for name, content in (("a.json", OLD), ("b.json", new)):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    for options in ((), ("--all",), ("--json",)):
        done = run(tmp_path / "a.json", tmp_path / "b.json", *options)
        assert done.exit_code == 1
        assert all(line.isprintable() for line in (done.stdout + done.stderr).split("\n"))
        assert "evil" in done.stdout
    assert "warning: these are two studies: mine and " in done.stderr


def test_the_command_on_a_study_that_grew(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "data" / "mine")
    before, after = tmp_path / "before.json", tmp_path / "after"
    after.mkdir()
    before.write_text(to_json(load(str(folder)).results()), encoding="utf-8")
    same = run(before, before)
    assert (same.exit_code, same.stderr) == (0, "")
    assert "as many readings (90)" in same.stdout
    path = folder / "raw" / "score.csv"
    changed = path.read_text().replace("2012-02-10,", "2012-02-10,4")
    path.write_text(changed + "2012-04-01,41.07\n2012-04-02,40.93\n")
    (after / "results.json").write_text(to_json(load(str(folder)).results()), encoding="utf-8")
    done = run(before, after, "--json")
    data = json.loads(done.stdout)
    assert done.exit_code == (1 if data["matters"] else 0)
    assert data["more_readings"] == 2
    assert data["data"] | {"same": 0} == {
        "added": [],
        "gone": [],
        "changed": ["raw/score.csv"],
        "same": 0,
    }
    assert data["estimates"]
    assert "2 more readings (90, now 92)" in run(before, after).stdout
