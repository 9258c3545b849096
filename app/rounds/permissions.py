"""What may be done with rounds."""

from enum import StrEnum


class P(StrEnum):
    ROUND_EDIT = "round:edit"
    ROUND_READ = "round:read"
    WISH_CREATE = "wish:create"
