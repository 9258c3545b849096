"""What may be done with notifications."""

from enum import StrEnum


class P(StrEnum):
    DELIVERY_READ = "delivery:read"
    DELIVERY_RETRY = "delivery:retry"
    NOTIFICATION_READ = "notification:read"
    UNREACHED_READ = "unreached:read"
    UNREACHED_SETTLE = "unreached:settle"
