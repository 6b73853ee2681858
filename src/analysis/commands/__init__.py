"""Commands that have a module of their own, like those in `analysis.cli`."""
