"""What may be done with channel accounts."""

from enum import StrEnum


class P(StrEnum):
    CHANNEL_EDIT = "channel:edit"
    CHANNEL_READ = "channel:read"
