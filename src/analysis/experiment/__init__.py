"""The way out of hidden events: posting days drawn by lot, and what they show."""

from analysis.experiment.evidence import Experiment, experiment_evidence
from analysis.experiment.posting import Adherence
from analysis.experiment.rerandomization import Randomized

__all__ = ["Adherence", "Experiment", "Randomized", "experiment_evidence"]
