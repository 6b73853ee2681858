"""Simulated accounts whose truth is known, written as studies in native formats.

A world says what drives posting and what moves the score. `simulate` runs an account through
it in memory; `write_world` writes that account as the exports its owner would download.
"""

from analysis.worlds.account import Account, Break, Posts
from analysis.worlds.banfield import find_seed, write_banfield
from analysis.worlds.catalog import describe, get, names
from analysis.worlds.simulate import simulate
from analysis.worlds.world import World
from analysis.worlds.write import TIMEZONE, truth, write_account, write_world

__all__ = [
    "TIMEZONE",
    "Account",
    "Break",
    "Posts",
    "World",
    "describe",
    "find_seed",
    "get",
    "names",
    "simulate",
    "truth",
    "write_account",
    "write_banfield",
    "write_world",
]
