"""What may be done with the upkeep."""

from enum import StrEnum


class P(StrEnum):
    UPKEEP_READ = "upkeep:read"
