"""Append-only record of who did what, and who read a named child's record."""
