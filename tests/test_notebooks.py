"""The notebooks: thin, stored bare, and they run untouched as JupyterLab runs them."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

from analysis.display import PICTURE_MIME, TABLE_MIME, WORDS_MIME
from analysis.report.build import NOTEBOOKS
from analysis.report.parameters import declared, read_notebook
from tests.builders import days_from, write_study

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
MANY = "accounts"
"""The one notebook that is not about a study."""
STUDIES = [name for name in NAMES if name != MANY]
LONGEST_CELL = 8
DEFAULT = "../data/banfield-2012"
FURTHER = {"calibration": {"draws": ("int", 1000), "seed": ("int", 1)}}


def read(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: Any) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_the_notebooks_of_the_report_are_there() -> None:
    assert set(NOTEBOOKS) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_bare(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)  # type: ignore[no-untyped-call]
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}, cell.id
    for cell in code_cells(notebook):
        assert cell.outputs == [], cell.id
        assert cell.execution_count is None, cell.id
        assert cell.source.strip(), cell.id


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_named_by_what_they_show(name: str) -> None:
    ids = [cell.id for cell in read(name).cells]
    assert all(re.fullmatch(r"[a-z][a-z-]{1,23}", each) for each in ids), ids
    assert len(set(ids)) == len(ids)
    assert ids[:4] == ["intro", "parameters-about", "parameters", "load"]
    assert ids[-2:] == ["end-about", "end"]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_asks_one_question_in_plain_words(name: str) -> None:
    notebook = read(name)
    text = prose(notebook)
    titles = re.findall(r"^# .*$", text, flags=re.MULTILINE)
    assert len(titles) == 1
    assert titles[0].endswith("?")
    assert notebook.cells[0].source.startswith(titles[0])
    assert "$" not in text  # formulas need a library that the page does not load
    assert not re.search(r"\d", text)  # a number in prose is one that no data can change
    assert not re.search(r"<[a-zA-Z/!]|https?:", text)


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_introduced(name: str) -> None:
    cells = read(name).cells
    for before, cell in pairwise(cells):
        if cell.cell_type == "code" and cell.id != "load":
            assert before.cell_type == "markdown", cell.id


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_thin(name: str) -> None:
    defining = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    flowing = (ast.For, ast.While, ast.If, ast.Try, ast.With)
    for cell in code_cells(read(name)):
        assert len(cell.source.splitlines()) <= LONGEST_CELL, cell.id
        tree = ast.parse(cell.source)
        assert not any(isinstance(node, defining + flowing) for node in ast.walk(tree)), cell.id
        for module in imported(tree):
            assert module.split(".")[0] == "analysis", f"{cell.id} imports {module}"


@pytest.mark.parametrize("name", STUDIES)
def test_the_parameters_are_the_same_everywhere(name: str) -> None:
    found = declared(read_notebook(FOLDER / f"{name}.ipynb"), name)
    values = {key: (parameter.kind, parameter.default) for key, parameter in found.items()}
    assert values == {
        "study_folder": ("str", DEFAULT),
        "skip_corrupt": ("bool", False),
        **FURTHER.get(name, {}),
    }


@pytest.mark.parametrize("name", NAMES)
def test_storing_a_notebook_again_changes_nothing(name: str, tmp_path: Path) -> None:
    copy = tmp_path / f"{name}.ipynb"
    shutil.copy(FOLDER / copy.name, copy)
    strip = [sys.executable, "-m", "nbstripout", "--keep-id", str(copy)]
    subprocess.run(strip, check=True, timeout=60)
    assert copy.read_bytes() == (FOLDER / copy.name).read_bytes()


def executed(name: str, folder: Path, kernel: Path, study: str | None = None) -> Any:
    """Run a notebook as JupyterLab would: top to bottom, from the folder it stands in.

    Only what is drawn a thousand times is drawn less often.
    """
    notebook = read(name)
    for cell in notebook.cells:
        cell.source = cell.source.replace("draws: int = 1000", "draws: int = 20")
    if study is not None:
        (cell,) = [each for each in notebook.cells if "parameters" in each.metadata.get("tags", [])]
        assert DEFAULT in cell.source
        cell.source = cell.source.replace(DEFAULT, study)
    # A socket file of its own: over TCP the kernel warns on stderr that it is not encrypted.
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        config=Config({"KernelManager": {"transport": "ipc", "ip": str(kernel / "k")}}),
    )
    client.execute()
    return notebook


def assert_shown(notebook: Any) -> set[str]:
    """Assert that every cell showed what the page accepts, and return the kinds shown."""
    known = {PICTURE_MIME, TABLE_MIME, WORDS_MIME}
    shown = set()
    for cell in code_cells(notebook):
        assert cell.execution_count is not None, cell.id
        for output in cell.outputs:
            assert output.output_type == "execute_result", f"{cell.id}: {output}"
            (kind,) = known & set(output.data)
            shown.add(kind)
        expected = 0 if cell.id == "parameters" else 1
        assert len(cell.outputs) == expected, cell.id
    return shown


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the notebooks beside a study of a few weeks, shorter than any fit needs."""
    folder = tmp_path_factory.mktemp("n")
    shutil.copytree(FOLDER, folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_*"))
    days = days_from("2020-01-01", 90)
    score = [(day, 50 + (place % 7) / 3 + (place % 5) / 7) for place, day in enumerate(days)]
    posts = [(f"{day}T09:00:00", "blog") for day in days[3::6]]
    posts += [(f"{day}T12:00:00", "tweets") for day in days[1::4]] + [("2020-04-05", "blog")]
    write_study(folder / "elsewhere" / "mine", score=score, activity=posts)
    return folder


@pytest.mark.parametrize("name", STUDIES)
def test_a_notebook_runs_on_another_study(name: str, project: Path) -> None:
    notebook = executed(name, project / "notebooks", project, "../elsewhere/mine")
    assert PICTURE_MIME in assert_shown(notebook)
    (load,) = [cell for cell in notebook.cells if cell.id == "load"]
    assert "90 readings" in load.outputs[0].data["text/plain"]


def test_many_accounts_run_untouched(tmp_path: Path) -> None:
    found = declared(read_notebook(FOLDER / f"{MANY}.ipynb"), MANY)
    assert {key: (each.kind, each.default) for key, each in found.items()} == {
        "panel_folder": ("str", "")
    }
    notebook = executed(MANY, FOLDER, tmp_path)
    assert assert_shown(notebook) == {PICTURE_MIME, TABLE_MIME, WORDS_MIME}
    (load,) = [cell for cell in notebook.cells if cell.id == "load"]
    assert "60 accounts" in load.outputs[0].data["text/plain"]


@pytest.mark.parametrize("name", STUDIES)
def test_a_notebook_runs_untouched(name: str, tmp_path: Path) -> None:
    if not (ROOT / "data" / "banfield-2012" / "study.toml").is_file():
        pytest.skip("the bundled study is not in data/")
    notebook = executed(name, FOLDER, tmp_path)
    assert PICTURE_MIME in assert_shown(notebook)
    assert all(
        PICTURE_MIME in cell.outputs[0].data
        for cell in code_cells(notebook)
        if cell.source.startswith("pictures.") and "model_words" not in cell.source
    )
