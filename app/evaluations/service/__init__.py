"""Use cases of evaluations: handing in, reviewing and printing task sheets."""
