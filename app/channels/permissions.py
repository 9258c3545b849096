"""What may be done with channel accounts, and with what they need of people."""

from enum import StrEnum


class P(StrEnum):
    CHANNEL_EDIT = "channel:edit"
    CHANNEL_READ = "channel:read"
    OPERATION_READ = "operation:read"
    OPERATION_SETTLE = "operation:settle"
