"""From study folders to pages: results, notebooks, one file a study, an index over all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from analysis import disk
from analysis.errors import InputError, one_line
from analysis.report.environment import sweep_sockets
from analysis.report.notebooks import NOTEBOOKS, find_notebooks
from analysis.report.overview import write_index
from analysis.report.parameters import Parameter, checked, declared, read_notebook
from analysis.report.store import (
    Ingredients,
    check_ours,
    content_key,
    damage,
    find_lock,
    holding,
    is_fresh,
    json_of,
    publish,
    record_failure,
    safe_name,
    same_names,
    surroundings,
)
from analysis.report.tasks import CELL_TIMEOUT, RUN_TIMEOUT, Run, Task

# What computes, runs and draws is imported when a report is not fresh.
if TYPE_CHECKING:
    from analysis.report.computing import Computed
    from analysis.report.runner import Crew

__all__ = ["NOTEBOOKS", "Outcome", "build_reports", "find_notebooks", "write_index"]

STUDY_PARAMETER = "study_folder"
SKIP_PARAMETER = "skip_corrupt"

Results = Callable[[Path], Mapping[str, Any]]
Progress = Callable[[str], None]
Status = Literal["rendered", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a study's report.

    Attributes
    ----------
    study : Path
        Its folder.
    status : {"rendered", "unchanged", "failed"}
        A failed one leaves the old page as it was.
    message : str
        One line a problem; empty when there is none.
    page : Path
        Where the page is, or would be.
    users_mistake : bool
        Whether what failed is the user's to mend.
    """

    study: Path
    status: Status
    message: str
    page: Path
    users_mistake: bool = False

    def __str__(self) -> str:
        """Return the outcome as one line."""
        name = self.study.resolve().name
        if self.status != "failed":
            return f"{name}: {self.status}, {self.page}"
        kept = "; its old page stays" if self.page.exists() else ""
        return f"{name}: failed{kept}: {'; '.join(self.message.splitlines())}"


@dataclass
class _Building:
    """A report on its way."""

    made_from: Ingredients
    name: str
    folder: Path
    key: str
    computed: Computed
    built: Path
    waiting: int
    runs: list[Run] = field(default_factory=list)


def build_reports(
    studies: Sequence[Path],
    out: Path,
    *,
    jobs: int = 2,
    parameters: Mapping[str, Any] | None = None,
    cell_timeout: float = CELL_TIMEOUT,
    run_timeout: float = RUN_TIMEOUT,
    force: bool = False,
    progress: Progress | None = None,
    notebooks: Path | None = None,
    names: Sequence[str] = NOTEBOOKS,
    results: Results | None = None,
    skip_corrupt: bool = False,
) -> list[Outcome]:
    """Render the pages of studies, and the index over all that stand in ``out``.

    A study that fails stops no other, and keeps its old page.

    Parameters
    ----------
    studies : sequence of Path
        Their folders.
    out : Path
        Where ``<study>/index.html`` and ``index.html`` go.
    jobs : int
        Notebooks to run at the same time.
    parameters : mapping of str to object, optional
        For the notebooks that declare them; one that none declares is an error.
    cell_timeout, run_timeout : float
        Seconds for one cell, and for one notebook.
    force : bool
        Render what has not changed, too.
    progress : callable, optional
        Told a line now and then.
    notebooks : Path, optional
        Their folder; looked for when not given.
    names : sequence of str
        Which notebooks, in the order of the page.
    results : callable, optional
        Gives results.json's content for a study's folder.
    skip_corrupt : bool
        Leave corrupt sources out instead of refusing, in the results and in the notebooks.

    Returns
    -------
    list of Outcome
        In the order of ``studies``.

    Raises
    ------
    InputError
        Something is wrong with the call as a whole: two studies of the same name, an unknown
        parameter, a notebook that is missing.
    """
    if problems := same_names(studies):
        raise InputError(problems)
    folder = find_notebooks(names) if notebooks is None else notebooks
    paths = tuple(folder / f"{name}.ipynb" for name in names)
    known = {path: declared(read_notebook(path), path.name) for path in paths}
    given = dict(parameters or {})
    _check_known(given, known)
    if skip_corrupt:
        given[SKIP_PARAMETER] = True
    lock = find_lock(folder)
    around = surroundings(lock)
    build = _Build(out, known, given, progress or (lambda _: None))
    try:
        out.mkdir(parents=True, exist_ok=True)
        disk.sweep(out)
        disk.sweep_folders(out, ".")
        sweep_sockets()
        stale = [study for study in studies if build.is_stale(study, lock, around, force=force)]
        with ExitStack() as held:
            stale = build.hold(stale, lock, around, held, force=force)
            if stale:
                from analysis.report.runner import Crew

                crew = held.enter_context(Crew())
                for study in stale:
                    build.begin(study, crew, results, held, skip_corrupt=skip_corrupt)
                build.run(crew, jobs, cell_timeout, run_timeout)
        write_index(out, around)
    except OSError as error:
        raise disk.unwritable(error) or error from None
    return [build.outcomes[study] for study in studies]


def _check_known(given: Mapping[str, Any], known: Mapping[Path, Mapping[str, Parameter]]) -> None:
    """Refuse a parameter that no notebook declares, and the one that is not the caller's."""
    everywhere = {name: one for parameters in known.values() for name, one in parameters.items()}
    everywhere.pop(STUDY_PARAMETER, None)
    checked(everywhere, given, "the notebooks")


class _Build:
    """One call of :func:`build_reports`."""

    def __init__(
        self,
        out: Path,
        notebooks: Mapping[Path, Mapping[str, Parameter]],
        given: Mapping[str, Any],
        progress: Progress,
    ) -> None:
        self.out = out
        self.notebooks = notebooks
        self.given = given
        self.progress = progress
        self.outcomes: dict[Path, Outcome] = {}
        self.stale: dict[Path, tuple[Ingredients, str]] = {}
        self.tasks: list[tuple[Task, _Building]] = []

    def is_stale(
        self, study: Path, lock: Path | None, around: Mapping[str, Any], *, force: bool
    ) -> bool:
        """Find out whether a study's report must be made; what cannot be made has failed."""
        folder = self.out / safe_name(study)
        made_from = Ingredients(study, tuple(self.notebooks), self.given, lock)
        try:
            check_ours(folder)
        except InputError as error:
            self.outcomes[study] = Outcome(study, "failed", str(error), _page(folder), True)
            return False
        try:
            key = content_key(made_from, around)
            if not force and is_fresh(folder, made_from, key):
                self.progress(f"{folder.name}: unchanged")
                self.outcomes[study] = Outcome(study, "unchanged", "", _page(folder))
                return False
        except InputError as error:
            self._fail(study, folder, str(error).splitlines(), mistake=True)
        except Exception as error:  # noqa: BLE001 - a fault in one study must not stop the others
            self._fault(study, folder, error)
        else:
            self.stale[study] = made_from, key
            return True
        return False

    def hold(
        self,
        studies: Sequence[Path],
        lock: Path | None,
        around: Mapping[str, Any],
        held: ExitStack,
        *,
        force: bool,
    ) -> list[Path]:
        """Hold the folder of each report, and return the studies that are stale still.

        All runs take the folders in the same order, so that no two wait for each other.
        """
        still = []
        for study in sorted(studies, key=safe_name):
            folder = self.out / safe_name(study)
            waited = held.enter_context(holding(folder, self.progress))
            disk.sweep(folder)
            if not waited or self.is_stale(study, lock, around, force=force):
                still.append(study)
                if bad := damage(folder):
                    self.progress(f"{folder.name}: {bad} is damaged; the report is made anew")
        return [study for study in studies if study in still]

    def begin(
        self,
        study: Path,
        crew: Crew,
        results: Results | None,
        held: ExitStack,
        *,
        skip_corrupt: bool,
    ) -> None:
        """Compute a study's results, and line up its notebooks."""
        made_from, key = self.stale[study]
        folder = self.out / safe_name(study)
        self.progress(f"{folder.name}: computing the results")
        try:
            if results is None:
                computed = crew.staff.compute(study, skip_corrupt=skip_corrupt)
            else:
                from analysis.report.computing import given

                computed = given(results(study))
        except InputError as error:
            self._fail(study, folder, str(error).splitlines(), mistake=True)
        except Exception as error:  # noqa: BLE001 - a fault in one study must not stop the others
            self._fault(study, folder, error)
        else:
            built = held.enter_context(disk.scratch(self.out, f".{folder.name[:40]}."))
            total = len(self.notebooks)
            building = _Building(made_from, folder.name, folder, key, computed, built, total)
            # The last notebook takes longest: begun first, none is left to run alone at the end.
            paths = reversed(list(self.notebooks))
            self.tasks += [(self._task(building, path), building) for path in paths]

    def run(self, crew: Crew, jobs: int, cell_timeout: float, run_timeout: float) -> None:
        """Run the notebooks of all studies in one queue; each page is made as its last ends."""
        from analysis.report.runner import run_notebooks

        run_notebooks(
            [task for task, _ in self.tasks],
            jobs=jobs,
            cell_timeout=cell_timeout,
            run_timeout=run_timeout,
            on_done=self._ended,
            crew=crew,
        )

    def _task(self, building: _Building, notebook: Path) -> Task:
        """Return the task of a notebook: it names the study as seen from the folder above.

        So the executed notebook tells no absolute path, and is the same on every machine.
        """
        study = building.made_from.study.resolve()
        own = {
            name: value for name, value in self.given.items() if name in self.notebooks[notebook]
        }
        parameters = {STUDY_PARAMETER: study.name, **own}
        output = building.built / "notebooks" / notebook.name
        return Task(notebook, output, study.parent, parameters)

    def _ended(self, index: int, run: Run) -> None:
        """Take in the end of one notebook."""
        building = self.tasks[index][1]
        building.runs.append(run)
        building.waiting -= 1
        done = len(self.notebooks) - building.waiting
        state = "failed" if run.failure else "done"
        notebook = run.task.notebook.stem
        self.progress(f"{building.name}: {notebook} {state} ({done} of {len(self.notebooks)})")
        if not building.waiting:
            self._finish(building)

    def _finish(self, building: _Building) -> None:
        """Assemble and publish a report whose notebooks have all ended."""
        study = building.made_from.study
        failures = [run.failure for run in building.runs if run.failure]
        if failures:
            order = [path.stem for path in self.notebooks]
            failures.sort(key=lambda failure: order.index(failure.notebook))
            mistake = all(failure.error == InputError.__name__ for failure in failures)
            messages = [str(failure) for failure in failures]
            self._fail(study, building.folder, messages, mistake=mistake)
            return
        from analysis.report.sections import UnfitNotebook

        try:
            self._assemble(building)
        except UnfitNotebook as error:
            self._fail(study, building.folder, [str(error)])
        except Exception as error:  # noqa: BLE001 - a fault in one study must not stop the others
            self._fault(study, building.folder, error)
        else:
            self.outcomes[study] = Outcome(study, "rendered", "", _page(building.folder))

    def _assemble(self, building: _Building) -> None:
        from analysis.report.changes import EARLIER, earlier_of
        from analysis.report.page import study_page
        from analysis.report.publishable import checks
        from analysis.report.sections import read_section

        results = building.computed.results
        executed = {
            path.stem: json.loads((building.built / "notebooks" / path.name).read_bytes())
            for path in self.notebooks
        }
        sections = [read_section(name, notebook) for name, notebook in executed.items()]
        disk.write(building.built / "results.json", building.computed.json, synced=False)
        earlier = earlier_of(building.folder, results)
        if earlier is not None:
            disk.write(building.built / EARLIER, earlier.read_bytes(), synced=False)
        page = study_page(
            results,
            sections,
            json_of(earlier) if earlier else None,
            checks(results, building.made_from, executed),
            building.computed.network,
            building.computed.whatif,
        )
        disk.write(building.built / "index.html", page, synced=False)
        inputs = results["provenance"]["inputs"]
        publish(building.built, building.folder, building.key, inputs)

    def _fail(
        self, study: Path, folder: Path, messages: Sequence[str], *, mistake: bool = False
    ) -> None:
        text = "\n".join(messages)
        self.outcomes[study] = Outcome(study, "failed", text, _page(folder), mistake)
        with suppress(OSError):  # the same disk that took no page; the outcome is told all the same
            record_failure(folder, messages)

    def _fault(self, study: Path, folder: Path, error: Exception) -> None:
        refused = disk.unwritable(error) if isinstance(error, OSError) else None
        text = str(refused) if refused else one_line(f"{type(error).__name__}: {error}")
        self._fail(study, folder, [text], mistake=refused is not None)


def _page(folder: Path) -> Path:
    return folder / "index.html"
