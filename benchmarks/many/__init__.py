"""What the benchmark of scale is made of."""
