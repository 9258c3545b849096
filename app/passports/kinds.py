"""Closed lists of the passport."""

from app.kit.states import StoredEnum


class PassportState(StoredEnum):
    ACTIVE = "active"
    REVOKED = "revoked"
