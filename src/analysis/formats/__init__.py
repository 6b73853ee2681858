"""Formats: a raw file in, rows out.

To add a format: write one module with a `Format` (or `ScoreFormat`) in it, and name it in
``POSTS`` (or ``SCORES``) of ``analysis.formats.registry``. Nothing else needs to know.
"""
