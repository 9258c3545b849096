"""Saying something to people, and getting it to their phones."""
