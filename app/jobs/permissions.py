"""What may be done with background work."""

from enum import StrEnum


class P(StrEnum):
    JOB_READ = "job:read"
