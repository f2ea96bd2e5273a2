"""A whole collection of clips: find its files, check, prepare, and mine it."""
