"""Content decides what is fresh; a new report takes the old one's place whole or not at all."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from report_samples import notebook_json

import analysis
from analysis.errors import InputError
from analysis.report import publishable, store
from analysis.report.build import Outcome, build_reports, find_notebooks

NAMES = ("activity", "upticks")
PARAMETERS = 'study_folder: str = "../data/x"\nshout: bool = False'
TELL = (
    "import pathlib; raw = pathlib.Path(study_folder) / 'raw'; "
    "print(study_folder, shout, (raw / 'score.csv').read_text())"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two notebooks and a study."""
    write_notebooks(tmp_path)
    write_study(tmp_path, "mine")
    (tmp_path / "requirements.lock").write_text("numpy==2.4.6\n")
    return tmp_path


def write_notebooks(root: Path, *cells: str) -> None:
    folder = root / "notebooks"
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        content = notebook_json("#!# " + name, *(cells or (TELL,)), parameters=PARAMETERS)
        (folder / f"{name}.ipynb").write_text(json.dumps(content))


def write_study(root: Path, name: str, score: str = "1,2,3") -> Path:
    study = root / "data" / name
    (study / "raw").mkdir(parents=True, exist_ok=True)
    (study / "study.toml").write_text('title = "Mine"\n')
    (study / "raw" / "score.csv").write_text(score)
    return study


def ingredients(project: Path, **changes: Any) -> store.Ingredients:
    parts: dict[str, Any] = {
        "study": project / "data" / "mine",
        "notebooks": tuple(project / "notebooks" / f"{name}.ipynb" for name in NAMES),
        "parameters": {},
        "lock": project / "requirements.lock",
    }
    return store.Ingredients(**{**parts, **changes})


def test_the_key_is_of_content_not_of_times(project: Path) -> None:
    key = store.content_key(ingredients(project))
    for path in project.rglob("*"):
        os.utime(path, (1, 1))
    assert store.content_key(ingredients(project)) == key
    elsewhere = project / "elsewhere"
    write_notebooks(elsewhere.parent)
    assert store.content_key(ingredients(project)) == key


@pytest.mark.parametrize(
    "change", ["study.toml", "raw/score.csv", "a new file", "notebook", "parameters", "lock"]
)
def test_every_ingredient_counts(project: Path, change: str) -> None:
    before = store.content_key(ingredients(project))
    study = project / "data" / "mine"
    made_from = ingredients(project)
    if change == "a new file":
        (study / "raw" / "blog.xml").write_text("x")
    elif change == "notebook":
        path = project / "notebooks" / "upticks.ipynb"
        path.write_bytes(path.read_bytes() + b"\n")
    elif change == "parameters":
        made_from = ingredients(project, parameters={"shout": True})
    elif change == "lock":
        (project / "requirements.lock").write_text("numpy==2.4.5\n")
    else:
        (study / change).write_text("1,2,4")
    assert store.content_key(made_from) != before


def test_the_package_and_the_environment_count(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store.content_key(ingredients(project))
    assert "report/style.css" in store.package_digests()
    assert not [name for name in store.package_digests() if "__pycache__" in name]
    assert set(store.installed_versions()) >= {"numpy", "papermill", "jinja2"}
    assert "pytest" not in store.installed_versions()
    with monkeypatch.context() as patch:
        patch.setattr(store, "installed_versions", lambda: {"numpy": "0"})
        assert store.content_key(ingredients(project)) != before
    with monkeypatch.context() as patch:
        patch.setattr(store.platform, "python_version", lambda: "3.99.0")
        assert store.content_key(ingredients(project)) != before
    for stands in (None, "0123456789ab", "0123456789ab+changes"):
        with monkeypatch.context() as patch:
            patch.setattr(store, "revision", lambda stands=stands: stands)
            assert store.content_key(ingredients(project)) != before
    copied = project / "package"
    copied.mkdir()
    (copied / "__init__.py").write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(analysis, "__file__", str(copied / "__init__.py"))
        assert store.content_key(ingredients(project)) != before


def test_what_a_lock_pins_counts_as_it_is_installed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "requirements.lock").write_text("far-off==1.0\n")
    keys = [store.content_key(ingredients(project))]
    for at, version in enumerate(("1.0", "2.0")):
        installed = project / f"installed {at}"
        (installed / f"Far_Off-{version}.dist-info").mkdir(parents=True)
        monkeypatch.syspath_prepend(str(installed))
        keys.append(store.content_key(ingredients(project)))
    assert len(set(keys)) == 3


def test_an_unchanged_page_is_found_fresh_without_what_computes(project: Path) -> None:
    probe = (
        "import sys; from pathlib import Path; from analysis.report import store;"
        "lock = Path('requirements.lock');"
        "store.content_key(store.Ingredients(Path('data/mine'), (), {}, lock));"
        "print(sorted({'pandas', 'numpy', 'matplotlib', 'papermill'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_environment_is_held_to_what_the_source_needs_now(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = project / "requirements.lock"
    lock.write_text("numpy==0.1\nnot-here==1.0 ; sys_platform == 'none'\nneeded==1.0\n")
    source = project / "pyproject.toml"
    head = '[project]\nname = "needle-analysis"\ndependencies = '
    monkeypatch.setattr(publishable, "installed_versions", lambda: {"dropped-since": "1.0"})
    found = importlib.metadata.version("numpy")
    assert list(publishable._differences(lock)) == [  # no source beside the lock
        "dropped-since is not pinned",
        f"numpy is {found}, not 0.1",
    ]
    source.write_text(f'{head}["NumPy>=2.1", "needed>=1", "un.pinned[x]~=1"]')
    assert list(publishable._differences(lock)) == [
        "un-pinned is not pinned",
        "needed is not installed",
        f"numpy is {found}, not 0.1",
    ]
    lock.write_text(f"numpy=={found}\n")
    source.write_text(f'{head}["numpy"]')
    assert list(publishable._differences(lock)) == []


def test_what_is_required_and_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["numpy>=2.1", "dropped-since>=1", "ruff; extra == 'dev'"]
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: needs)
    assert set(store.installed_versions()) == {"numpy"}


def built(folder: Path, page: str, *more: str) -> Path:
    new = folder / ".new"
    (new / "notebooks").mkdir(parents=True)
    (new / "index.html").write_text(page)
    (new / "results.json").write_text("{}")
    for name in more:
        (new / "notebooks" / name).write_text(page)
    return new


def test_publishing_keeps_what_it_did_not_make_and_drops_what_it_made(project: Path) -> None:
    out, made_from = project / "reports" / "mine", ingredients(project)
    key = store.content_key(made_from)
    store.publish(built(project, "old", "a.ipynb", "b.ipynb"), out, key, {})
    (out / "my notes.txt").write_text("keep me")
    shutil.rmtree(project / ".new")
    assert store.is_fresh(out, made_from, key)
    store.publish(built(project, "new", "a.ipynb"), out, "other", {})
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert names == [
        ".render.json",
        "index.html",
        "my notes.txt",
        "notebooks/a.ipynb",
        "results.json",
    ]
    assert (out / "index.html").read_text() == "new"
    assert not store.is_fresh(out, made_from, key)
    assert store.is_fresh(out, made_from, "other")


@pytest.mark.parametrize("harm", ["changed", "missing", "failed", "stamp", "linked"])
def test_a_report_that_is_not_whole_is_not_fresh(project: Path, harm: str) -> None:
    out, made_from = project / "reports" / "mine", ingredients(project)
    outside = project / "outside.csv"
    outside.write_text("1")
    (made_from.study / "link.csv").symlink_to(outside)
    inputs = {"link.csv": store.sha256_of(outside, "x")}
    key = store.content_key(made_from)
    store.publish(built(project, "page", "a.ipynb"), out, key, inputs)
    assert store.is_fresh(out, made_from, key)
    if harm == "changed":
        (out / "index.html").write_text("pagf")
    elif harm == "missing":
        (out / "notebooks" / "a.ipynb").unlink()
    elif harm == "failed":
        store.record_failure(out, ["x"])
    elif harm == "stamp":
        (out / store.STAMP).write_text('{"key": ')
    else:
        outside.write_text("2")
    assert not store.is_fresh(out, made_from, key)


def test_a_folder_of_something_else_is_refused(project: Path) -> None:
    store.check_ours(project / "nowhere")
    (project / "empty").mkdir()
    store.check_ours(project / "empty")
    with pytest.raises(InputError, match="data/mine: expected a folder that an earlier report"):
        store.check_ours(project / "data" / "mine")
    with pytest.raises(InputError, match="expected a folder"):
        store.check_ours(project / "requirements.lock")


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("banfield-2012", "banfield-2012"),
        ("a b<c>'\"&", "a-b-c"),
        ("blög.2012", "blög.2012"),
        ("..hidden", "hidden"),
        ("***", "study"),
        ("index.html", "study-index.html"),
        ("x" * 180, "x" * 100),
        ("CON", "study-CON"),
        ("nul.2012", "study-nul.2012"),
        ("Lpt1", "study-Lpt1"),
        ("console", "console"),
    ],
)
def test_folder_names_are_made_safe(tmp_path: Path, folder: str, name: str) -> None:
    assert store.safe_name(tmp_path / folder) == name


# The whole way, with real kernels.


@pytest.fixture
def package_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may be editing the package while this runs; its part of the key has its own test."""
    monkeypatch.setattr(store, "package_digests", dict)


def fake_results(results: dict[str, Any]) -> Any:
    def compute(study: Path) -> dict[str, Any]:
        score = (study / "raw" / "score.csv").read_text()
        if score == "corrupt":
            from analysis.errors import corrupt

            raise corrupt("raw/score.csv", "line 1", "expected a number")
        if score == "fault":
            raise ZeroDivisionError("ours")
        digest = store.sha256_of(study / "raw" / "score.csv", "raw/score.csv")
        about = {**results["study"], "folder": study.name}
        provenance = {**results["provenance"], "inputs": {"raw/score.csv": digest}}
        return {**results, "study": about, "provenance": provenance}

    return compute


def render(project: Path, *studies: str, **options: Any) -> list[Outcome]:
    return build_reports(
        [project / "data" / name for name in studies],
        project / "reports",
        notebooks=project / "notebooks",
        names=NAMES,
        cell_timeout=30,
        run_timeout=60,
        **options,
    )


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.usefixtures("package_at_rest")
def test_rendered_then_unchanged_then_only_what_changed(
    project: Path, results: dict[str, Any]
) -> None:
    compute = fake_results(results)
    write_study(project, "other")
    first = render(project, "mine", "other", results=compute, parameters={"shout": True})
    assert [outcome.status for outcome in first] == ["rendered", "rendered"]
    made = everything(project / "reports")
    assert sorted(made) == [
        "index.html",
        *(
            f"{name}/{file}"
            for name in ("mine", "other")
            for file in (
                ".render.json",
                "index.html",
                "notebooks/activity.ipynb",
                "notebooks/upticks.ipynb",
                "results.json",
            )
        ),
    ]
    assert "mine True 1,2,3" in made["mine/index.html"].decode()
    assert json.loads(made["mine/results.json"])["study"]["folder"] == "mine"
    assert b'href="other/index.html"' in made["index.html"]
    assert not [name for name, content in made.items() if str(project).encode() in content]

    def never(study: Path) -> dict[str, Any]:
        raise AssertionError(f"{study} was computed again")

    for path in (project / "data").rglob("*"):
        os.utime(path)
    again = render(project, "mine", "other", results=never, parameters={"shout": True})
    assert [outcome.status for outcome in again] == ["unchanged", "unchanged"]
    assert everything(project / "reports") == made
    write_study(project, "other", "1,2,4")
    told: list[str] = []
    third = render(
        project,
        "mine",
        "other",
        results=compute,
        parameters={"shout": True},
        progress=told.append,
    )
    assert [outcome.status for outcome in third] == ["unchanged", "rendered"]
    assert told[0] == "mine: unchanged"
    assert told[-1].endswith("(2 of 2)")
    assert "1,2,4" in (project / "reports" / "other" / "index.html").read_text()
    forced = render(project, "mine", results=compute, parameters={"shout": True}, force=True)
    assert forced[0].status == "rendered"
    after = everything(project / "reports")
    assert {name for name in made if after[name] != made[name]} == {
        "index.html",  # its last line says what it was made from
        "other/index.html",
        "other/results.json",
        "other/.render.json",
        "other/notebooks/activity.ipynb",
        "other/notebooks/upticks.ipynb",
    }


@pytest.mark.usefixtures("package_at_rest")
def test_a_failure_keeps_the_old_page_and_stops_no_other(
    project: Path, results: dict[str, Any]
) -> None:
    compute = fake_results(results)
    for name, score in (("bad", "corrupt"), ("ours", "fault")):
        write_study(project, name, score)
    assert render(project, "mine", results=compute)[0].status == "rendered"
    old = everything(project / "reports" / "mine")
    fails = "import pathlib\nassert study_folder != 'mine', 'not <b>mine</b>'"
    write_notebooks(project, "1 + 1", fails)
    write_study(project, "good")
    outcomes = render(project, "mine", "bad", "ours", "good", results=compute)
    assert [(one.status, one.users_mistake) for one in outcomes] == [
        ("failed", False),
        ("failed", True),
        ("failed", False),
        ("rendered", False),
    ]
    assert outcomes[0].message.splitlines() == [
        f"notebook {name}, code cell 3: AssertionError: not <b>mine</b>" for name in NAMES
    ]
    assert str(outcomes[0]).startswith("mine: failed; its old page stays: notebook activity")
    assert outcomes[1].message == "raw/score.csv, line 1: expected a number"
    assert outcomes[2].message == "ZeroDivisionError: ours"
    kept = everything(project / "reports" / "mine")
    assert {**old, store.FAILURE: kept[store.FAILURE]} == kept
    index = (project / "reports" / "index.html").read_text()
    assert "AssertionError: not &lt;b&gt;mine&lt;/b&gt;" in index
    assert "expected a number" in index
    assert "2 failed" in index
    assert not [path for path in (project / "reports").iterdir() if path.name.startswith(".")]
    write_notebooks(project)
    mended = render(project, "mine", results=compute)
    assert mended[0].status == "rendered"
    assert everything(project / "reports" / "mine") == old


def test_a_notebook_that_no_page_may_show_fails(project: Path, results: dict[str, Any]) -> None:
    write_notebooks(project, "object()")
    outcome = render(project, "mine", results=fake_results(results))[0]
    assert outcome.status == "failed"
    assert outcome.message.startswith("notebook activity, code cell 2: Output: an object")
    assert not outcome.page.exists()


def test_the_callers_mistakes_stop_it_before_anything_runs(
    project: Path, results: dict[str, Any], tmp_path: Path
) -> None:
    def never(study: Path) -> dict[str, Any]:
        raise AssertionError(study)

    other = write_study(tmp_path / "else", "mine")
    with pytest.raises(InputError, match="different folder names, found 'mine' twice"):
        build_reports(
            [project / "data" / "mine", other], project / "reports", notebooks=project / "notebooks"
        )
    for given, told in (
        ({"shoot": True}, "expected one of its parameters: shout"),
        ({"study_folder": "x"}, "expected one of its parameters: shout"),
        ({"shout": "yes"}, "expected bool, found str 'yes'"),
    ):
        with pytest.raises(InputError, match=told):
            render(project, "mine", results=never, parameters=given)
    assert not (project / "reports").exists()
    outcome = build_reports(
        [project / "data" / "mine"],
        project / "data",
        notebooks=project / "notebooks",
        names=NAMES,
        results=never,
    )[0]
    assert (outcome.status, outcome.users_mistake) == ("failed", True)
    assert sorted(path.name for path in (project / "data" / "mine").iterdir()) == [
        "raw",
        "study.toml",
    ]


def test_notebooks_are_found_around_the_current_folder(project: Path) -> None:
    assert find_notebooks(NAMES, project / "data" / "mine") == project / "notebooks"
    with pytest.raises(InputError, match=r"expected a folder with nowhere\.ipynb"):
        find_notebooks(("nowhere",), project)


def test_importing_the_build_is_quick() -> None:
    heavy = "{'pandas', 'papermill', 'nbformat', 'matplotlib'} & set(sys.modules)"
    code = f"import sys, analysis.report.build; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
