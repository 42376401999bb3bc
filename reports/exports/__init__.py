"""A rendered report as files. They know no record: what they write is what the page shows."""
