"""Simulated accounts as the tables of many accounts."""

from analysis.accounts.sample import tables, write

__all__ = ["tables", "write"]
