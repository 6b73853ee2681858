"""Simulated accounts of known truth, made from the claims alone, apart from the package."""
