"""What may be done with resources."""

from enum import StrEnum


class P(StrEnum):
    BASE_EDIT = "base:edit"
    COURSE_EDIT = "course:edit"
    RESOURCE_READ = "resource:read"
    VENUE_EDIT = "venue:edit"
