"""What may be done with activities."""

from enum import StrEnum


class P(StrEnum):
    ACTIVITY_EDIT = "activity:edit"
    ACTIVITY_PUBLISH = "activity:publish"
    ACTIVITY_READ = "activity:read"
    ACTIVITY_REVIEW = "activity:review"
