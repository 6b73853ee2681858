"""What the fitted model expects of the score at another rate of posts, and how surely."""

from analysis.whatif.answer import Rest, WhatIf, what_if
from analysis.whatif.fan import Fan, Hold, Seen, hold, seen_rates
from analysis.whatif.model import PathModel, fit_path_model
from analysis.whatif.path import HORIZON
from analysis.whatif.words import as_dict, cannot_tell, plain_text, why_sentence

__all__ = [
    "HORIZON",
    "Fan",
    "Hold",
    "PathModel",
    "Rest",
    "Seen",
    "WhatIf",
    "as_dict",
    "cannot_tell",
    "fit_path_model",
    "hold",
    "plain_text",
    "seen_rates",
    "what_if",
    "why_sentence",
]
