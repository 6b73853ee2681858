"""Tiny notebooks, and a results.json that has one of everything."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import PACKAGE, fetched
from devtools import Browser
from rendered import ROOT, STUDY, once, render, shared_folder
from report_samples import RESULTS, MakeNotebook, notebook_json


@pytest.fixture
def make_notebook(tmp_path: Path) -> MakeNotebook:
    def make(name: str, *cells: str, **options: Any) -> Path:
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.ipynb"
        path.write_text(json.dumps(notebook_json(*cells, **options)), encoding="utf-8")
        return path

    return make


@pytest.fixture
def results() -> dict[str, Any]:
    return copy.deepcopy(RESULTS)


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled study's reports, rendered once for all processes of this run."""
    folder = shared_folder(tmp_path_factory, "bundled")
    with once(folder) as missing:
        if missing:
            render(STUDY, folder / "reports", ROOT)
    return folder / "reports"


@pytest.fixture(params=["report", "index"])
def bundled_page(request: pytest.FixtureRequest, reports: Path) -> Path:
    return reports / ("index.html" if request.param == "index" else "banfield-2012/index.html")


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> Path:
    """The axe-core script, fetched once and kept in pytest's cache."""
    folder: Path = request.config.cache.mkdir(PACKAGE)  # type: ignore[union-attr]
    with once(folder) as missing:
        return fetched(folder) if missing else folder / "axe.min.js"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as tab:
        yield tab
