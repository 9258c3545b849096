"""What may be done with texts that wait."""

from enum import StrEnum


class P(StrEnum):
    MODERATION_DECIDE = "moderation:decide"
