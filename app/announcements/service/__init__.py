"""Writing to many people, and the column."""
