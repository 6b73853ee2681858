"""Exports broken on purpose, by the thousand: see ``benchmarks/fuzz.py``."""
