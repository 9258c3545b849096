"""What may be done with resources."""

from enum import StrEnum


class P(StrEnum):
    BASE_EDIT = "base:edit"
    COURSE_EDIT = "course:edit"
    EDITION_FREEZE = "edition:freeze"
    MENTOR_EDIT = "mentor:edit"
    MENTOR_READ = "mentor:read"
    MENTOR_VET = "mentor:vet"
    NEED_CREATE = "need:create"
    NEED_DECIDE = "need:decide"
    NEED_READ = "need:read"
    PAPER_EDIT = "paper:edit"
    RESOURCE_READ = "resource:read"
    VENUE_EDIT = "venue:edit"
    VISIT_OFFER = "visit:offer"
