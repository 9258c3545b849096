"""Use cases of people, one file per group."""
