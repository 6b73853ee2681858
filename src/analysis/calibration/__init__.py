"""The method's own error rates, measured on simulated accounts like the one at hand."""

from analysis.calibration.accounts import Accounts, accounts_like
from analysis.calibration.rates import Calibration, Rate, TruthRates, Worst
from analysis.calibration.run import DRAWS, Progress, calibrate
from analysis.calibration.truths import CLAIMS, Truth
from analysis.calibration.words import KEPT, UNSEEN, failings, plain_text, sentence, tenths

__all__ = [
    "CLAIMS",
    "DRAWS",
    "KEPT",
    "UNSEEN",
    "Accounts",
    "Calibration",
    "Progress",
    "Rate",
    "Truth",
    "TruthRates",
    "Worst",
    "accounts_like",
    "calibrate",
    "failings",
    "plain_text",
    "sentence",
    "tenths",
]
