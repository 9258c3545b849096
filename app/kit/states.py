"""Closed lists of words that are stored: an enum in Python, a check in the database."""

from enum import StrEnum


class StoredEnum(StrEnum):
    """Stored as text; `check` gives the constraint that keeps the column honest."""

    @classmethod
    def check(cls, column: str) -> str:
        words = ", ".join(f"'{member.value}'" for member in cls)
        return f"{column} IN ({words})"
