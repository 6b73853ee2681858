"""Looking around after the verdict: other choices of the model, each beside the primary.

The logic (`choice`, `fit`, `picture`, `tally`) needs nothing but the package; only `widgets`, which
the notebook `explore.ipynb` opens, needs the extra ``lab``.
"""

from analysis.explore.choice import Choice, Options, options_of, own_choice
from analysis.explore.fit import Exploration, fit_choice, panel_of
from analysis.explore.picture import draw_exploration
from analysis.explore.tally import WARNING, Tally

__all__ = [
    "WARNING",
    "Choice",
    "Exploration",
    "Options",
    "Tally",
    "draw_exploration",
    "fit_choice",
    "options_of",
    "own_choice",
    "panel_of",
]
