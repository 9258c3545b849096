"""Rights of families over their children's data, and the district's duties about it."""
