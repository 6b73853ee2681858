"""The widgets of `explore.ipynb`: they choose, `fit_choice` computes, and they show."""

from __future__ import annotations

import base64
from dataclasses import fields
from pathlib import Path
from typing import Any

from analysis.display import Picture, Words
from analysis.display.text import escaped
from analysis.errors import InputError, one_line
from analysis.explore.choice import ERRORS, Choice, Options, options_of, own_choice
from analysis.explore.fit import Exploration, fit_choice, panel_of
from analysis.explore.picture import draw_exploration
from analysis.explore.tally import WARNING, session_tally
from analysis.model.primary import PrimaryFit
from analysis.panel import Panel
from analysis.workbench import Study, load


class WidgetsMissingError(ImportError):
    """The extra ``lab`` is not installed; a notebook shows this as one line."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


try:
    import ipywidgets
except ImportError:
    raise WidgetsMissingError(
        "Exploring needs ipywidgets, which is not installed here: run `make lab-setup`, or "
        '.venv/bin/pip install -e ".[lab]"'
    ) from None


class Explorer:
    """Choices on the one hand, and what they give on the other.

    Attributes
    ----------
    study : Study
        What is explored now.
    controls : dict of str to Widget
        By what they choose: ``study`` and every field of `Choice`, and ``reset``, a button. Set
        their ``value`` in Python, or by hand.
    warning, problem, sentence, table, picture : HTML
        What is shown: always, when there is no fit, and when there is one.
    found : Exploration or None
        The fit that is shown; None when there is none.
    """

    def __init__(self, study: Study, *, skip_corrupt: bool = False) -> None:
        self.study = study
        self.found: Exploration | None = None
        self.drawn: Picture | None = None
        self._skip_corrupt = skip_corrupt
        self._quiet = False
        self._line = ""
        self._folders = _folders(study)
        self.warning, self.problem, self.sentence, self.table, self.picture = (
            ipywidgets.HTML() for _ in range(5)
        )
        self.controls: dict[str, Any] = _controls(options_of(study.arrays))
        self.controls["study"].options = list(self._folders)
        self.controls["study"].value = study.data.folder.name
        self._begin(study)
        self.controls["study"].observe(self._study_chosen, "value")
        for name in _FIELDS:
            self.controls[name].observe(self._chosen, "value")
        self.controls["reset"].on_click(lambda _: self.reset())
        self.box = self._laid_out()

    def _laid_out(self) -> Any:
        which = [self.controls[name] for name in ("study", "channels", "coding", "posts")]
        how = [control for control in self.controls.values() if control not in which]
        columns = [ipywidgets.VBox(which), ipywidgets.VBox(how)]
        choices = ipywidgets.HBox(columns, layout={"flex_flow": "row wrap"})
        shown = [self.problem, self.sentence, self.table, self.picture]
        return ipywidgets.VBox([self.warning, choices, *shown])

    @property
    def choice(self) -> Choice:
        """What the controls say."""
        value = {name: self.controls[name].value for name in _FIELDS}
        chosen = value.pop("channels")
        return Choice(tuple(name for name in self.own.channels if name in chosen), **value)

    def reset(self) -> None:
        """Go back to the study's own choices."""
        self._set(self.own)
        self._show()

    def _begin(self, study: Study) -> None:
        """Take up a study: its channels, what its score allows, its own choices."""
        self.study = study
        self._panels: dict[int, Panel] = {}
        self._known: dict[Choice, tuple[Exploration, Picture]] = {}
        self._primary: PrimaryFit | None = study.fit()
        self.own = own_choice(study.arrays)
        self.tally = session_tally(study.data.folder, self.own, study.data.settings.question.alpha)
        options = options_of(study.arrays)
        self._quiet = True
        self.controls["channels"].options = options.channels
        self.controls["outcome"].options = options.outcomes
        self._set(self.own)
        self._show()

    def _set(self, choice: Choice) -> None:
        """Set every control at once, as one change."""
        self._quiet = True
        for name in _FIELDS:
            self.controls[name].value = getattr(choice, name)
        self._quiet = False

    def _study_chosen(self, change: dict[str, Any]) -> None:
        if self._quiet:
            return
        try:
            study = load(self._folders[change["new"]], skip_corrupt=self._skip_corrupt)
        except InputError as error:
            # The other controls are still those of the study before: so is this one.
            self._quiet = True
            self.controls["study"].value = change["old"]
            self._quiet = False
            self._fail(f"{change['new']}: {error.problems[0]}")
            return
        self._begin(study)

    def _chosen(self, _: dict[str, Any]) -> None:
        if not self._quiet:
            self._show()

    def _show(self) -> None:
        """Show what the choice gives, or one line that says why it gives nothing."""
        choice = self.choice
        try:
            self.found, self.drawn = self._looked_up(choice)
        except InputError as error:
            self.tally.add(choice, None)
            self._fail(str(error.problems[0]))
            return
        except (ArithmeticError, ValueError) as error:
            self.tally.add(choice, None)
            self._fail(f"no fit: {type(error).__name__}: {one_line(error)}")
            return
        self.tally.add(choice, self.found.effects[self.found.spoken_of].p)
        self._line = self.problem.value = ""
        self.sentence.value = _paragraph(self.found.sentence)
        self.table.value = self.found.table._repr_mimebundle_()[0]["text/html"]
        self.picture.value = _image(self.drawn)
        self._warn()

    def _looked_up(self, choice: Choice) -> tuple[Exploration, Picture]:
        if choice not in self._known:
            if choice.window_hours not in self._panels:
                self._panels[choice.window_hours] = panel_of(self.study, choice.window_hours)
            found = fit_choice(self._panels[choice.window_hours], choice, self._primary)
            name = self.study.data.settings.score.name
            self._known[choice] = found, draw_exploration(found, name)
        return self._known[choice]

    def _fail(self, line: str) -> None:
        self.found = self.drawn = None
        self.sentence.value = self.table.value = self.picture.value = ""
        self._line, self.problem.value = line, _paragraph(line)
        self._warn()

    def _warn(self) -> None:
        self.warning.value = (
            f"<p><strong>{escaped(WARNING)}</strong></p>{_paragraph(self.tally.words())}"
        )

    def _repr_mimebundle_(self, **_: Any) -> Any:
        """Return the widgets and, for who cannot show them, the picture or the line."""
        said = [WARNING, self.tally.words()]
        still = self.drawn or Words.of(*said, self._line)
        data, look = still._repr_mimebundle_()
        data |= self.box._repr_mimebundle_()
        said.append(self.found.sentence if self.found else self._line)
        data["text/plain"] = "\n".join(said)
        return data, look


_FIELDS = tuple(field.name for field in fields(Choice))


def _controls(options: Options) -> dict[str, Any]:
    """Return the controls, each under the name of what it chooses."""
    look = {"style": {"description_width": "9em"}, "layout": {"width": "27em"}}
    slider = look | {"continuous_update": False}
    return {
        "study": ipywidgets.Dropdown(description="study", **look),
        "channels": ipywidgets.SelectMultiple(
            description="channels", tooltip="Ctrl and a click choose several", rows=6, **look
        ),
        "coding": ipywidgets.Dropdown(
            options=[("a post with its shares", "bundle"), ("every post by itself", "all posts")],
            description="a post",
            **look,
        ),
        "posts": ipywidgets.Dropdown(
            options=[("their number", "counts"), ("log(1 + number)", "logarithm")],
            description="posts count as",
            **look,
        ),
        "outcome": ipywidgets.Dropdown(description="score, as its", **look),
        "window_hours": ipywidgets.SelectionSlider(
            options=options.window_hours, description="window, hours", **slider
        ),
        "delay_hours": ipywidgets.SelectionSlider(
            options=options.delay_hours,
            description="delay, hours",
            tooltip="From the end of the window to the reading",
            **slider,
        ),
        "own_lags": ipywidgets.SelectionSlider(
            options=options.own_lags, description="own lags, days", **slider
        ),
        "errors": ipywidgets.Dropdown(options=ERRORS, description="covariance", **look),
        "weekday": ipywidgets.Checkbox(description="weekdays held fixed", indent=True, **look),
        "reset": ipywidgets.Button(description="back to the primary", layout={"width": "14em"}),
    }


def _folders(study: Study) -> dict[str, Path]:
    """Return the study's folder and those of the studies beside it, by name."""
    here = study.data.folder
    beside = (path.parent for path in sorted(here.parent.glob("*/study.toml")))
    return {folder.name: folder for folder in sorted({here, *beside})}


def _paragraph(text: str) -> str:
    return f'<p role="status" style="line-height: 1.5">{escaped(text)}</p>'


def _image(picture: Picture) -> str:
    source = base64.b64encode(picture.png).decode("ascii")
    return (
        f'<img src="data:image/png;base64,{source}" alt="{escaped(picture.words)}" '
        f'width="{picture.width}" height="{picture.height}">'
    )


def explore(study: Study, *, skip_corrupt: bool = False) -> Explorer:
    """Return widgets that choose how to ask, and show what each choice gives.

    What is tried is counted, over all of a session, and shown with every fit.

    Parameters
    ----------
    study : Study
        Where to begin; the studies in the folders beside it can be chosen.
    skip_corrupt : bool
        As in `load`, for those.
    """
    return Explorer(study, skip_corrupt=skip_corrupt)
