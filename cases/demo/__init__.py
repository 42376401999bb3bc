"""A believable Cologne of invented people, for demonstrations, screenshots and the benchmark. Nobody here exists."""
