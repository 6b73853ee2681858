"""Notebooks run by papermill, assembled into one self-contained page a study."""
