"""Benchmarks: run by hand with `python3 run.py bench`, never timed asserts in the suite."""
