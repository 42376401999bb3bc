"""Changes that touch several records or must leave a trace: atomic, keyword-only, `by=`."""
