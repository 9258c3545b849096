"""What may be done with announcements and the column."""

from enum import StrEnum


class P(StrEnum):
    ANNOUNCEMENT_APPROVE = "announcement:approve"
    ANNOUNCEMENT_EDIT = "announcement:edit"
    ANNOUNCEMENT_READ = "announcement:read"
    COLUMN_EDIT = "column:edit"
    COLUMN_READ = "column:read"
    COLUMN_REVIEW = "column:review"
