"""Background work: rows in the caller's transaction, run by the worker. Knows ids, not people."""
