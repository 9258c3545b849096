"""What may be done with the district's registers."""

from enum import StrEnum


class P(StrEnum):
    CLASS_EDIT = "class:edit"
    GROUP_EDIT = "group:edit"
    HEADCOUNT_EDIT = "headcount:edit"
    ORGANIZATION_CREATE = "organization:create"
    ORGANIZATION_EDIT = "organization:edit"
    ORGANIZATION_READ = "organization:read"
    TERM_EDIT = "term:edit"
    UNIT_REVIEW = "unit:review"
