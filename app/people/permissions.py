"""What may be done with people."""

from enum import StrEnum


class P(StrEnum):
    ACCOUNT_EDIT = "account:edit"
    API_KEY_EDIT = "api_key:edit"
    BINDING_CODE_CREATE = "binding_code:create"
    CONSENT_EDIT = "consent:edit"
    CONSENT_GIVE = "consent:give"
    CONSENT_READ = "consent:read"
    GUARDIANSHIP_EDIT = "guardianship:edit"
    PERSON_EDIT = "person:edit"
    PERSON_READ = "person:read"
    ROLE_EDIT = "role:edit"
    ROLE_READ = "role:read"
