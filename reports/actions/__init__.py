"""Changes of findings, measures and conferences: atomic, keyword-only, `by=`, each with its line in the log."""
