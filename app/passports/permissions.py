"""What may be done with passports."""

from enum import StrEnum


class P(StrEnum):
    PASSPORT_EDIT = "passport:edit"
    PASSPORT_READ = "passport:read"
