"""Closed lists of the resource tables."""

from app.kit.states import StoredEnum


class VenueKind(StoredEnum):
    CLASSROOM = "classroom"
    GYM = "gym"
    LAB = "lab"
    LIBRARY = "library"
    THEATRE = "theatre"
