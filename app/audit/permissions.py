"""What may be done with the audit log."""

from enum import StrEnum


class P(StrEnum):
    AUDIT_READ = "audit:read"
