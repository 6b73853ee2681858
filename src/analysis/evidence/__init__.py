"""What each claim rests on: numbers only, no verdicts."""
