"""What the coordinating office types about findings, measures and conferences, turned into valid values."""
