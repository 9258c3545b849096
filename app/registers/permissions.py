"""What may be done with the registers."""

from enum import StrEnum


class P(StrEnum):
    REGISTER_EDIT = "register:edit"
    REGISTER_READ = "register:read"
