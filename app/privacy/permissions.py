"""What may be done about personal data."""

from enum import StrEnum


class P(StrEnum):
    ACCESS_DIGEST_READ = "access_digest:read"
    COMPLIANCE_READ = "compliance:read"
    DATA_REQUEST_CREATE = "data_request:create"
    DATA_REQUEST_READ = "data_request:read"
    DATA_REQUEST_SETTLE = "data_request:settle"
    INCIDENT_EDIT = "incident:edit"
