"""The REST surface: every package's routes under /v1, and their contract."""
