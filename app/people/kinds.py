"""Closed lists of the people tables."""

from app.kit.states import StoredEnum


class IdentityKind(StoredEnum):
    """How a person proves who they are; every identity can be taken off the person again."""

    MINIPROGRAM = "miniprogram"
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    SERVICE_ACCOUNT = "service_account"


class Relation(StoredEnum):
    FATHER = "father"
    GRANDPARENT = "grandparent"
    MOTHER = "mother"
    OTHER = "other"


class PersonState(StoredEnum):
    ACTIVE = "active"
    LEFT = "left"
