"""Fetch visible rows, ask a form, call one action, render or redirect."""
