"""The regressions: least squares with HC3, and the primary design."""
