"""What `known_truth.py` makes of its verdicts."""
