"""Accounts and scores written from the wording of the claims alone.

Nothing here knows how a verdict is reached: this package imports neither ``analysis`` nor the
other generators of this folder, and the truth of each world is stated before any study is judged.
"""
