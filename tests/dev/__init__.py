"""Tests of the bootstrap, the launcher and the private PostgreSQL."""
