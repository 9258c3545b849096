"""吾创吾品: the study-travel passport platform of a school cluster."""

import gc

# A start makes some hundred thousand objects that stay. At Python's own threshold (700) they are
# looked through again and again, which takes a fifth of the start of every process.
gc.set_threshold(50_000, 20, 50)
