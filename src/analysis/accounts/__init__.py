"""Many accounts at once: the primary model by an engine, one expression for every engine."""
