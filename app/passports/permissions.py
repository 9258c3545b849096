"""What may be done with passports."""

from enum import StrEnum


class P(StrEnum):
    PASSPORT_EDIT = "passport:edit"
    PASSPORT_READ = "passport:read"
    RULE_SET_EDIT = "rule_set:edit"
    RULE_SET_READ = "rule_set:read"
