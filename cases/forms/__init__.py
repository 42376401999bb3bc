"""What people type, turned into valid values. What depends on the user comes in as a keyword, never as a request."""
