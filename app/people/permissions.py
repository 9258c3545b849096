"""What may be done with people."""

from enum import StrEnum


class P(StrEnum):
    ACCOUNT_EDIT = "account:edit"
    API_KEY_EDIT = "api_key:edit"
    BINDING_CODE_CREATE = "binding_code:create"
    CONSENT_EDIT = "consent:edit"
    CONSENT_GIVE = "consent:give"
    CONSENT_READ = "consent:read"
    CONTACT_EDIT = "contact:edit"
    CONTACT_READ = "contact:read"
    EXPORT_NAMED = "export:named"
    GUARDIANSHIP_APPROVE = "guardianship:approve"
    GUARDIANSHIP_EDIT = "guardianship:edit"
    PERSON_EDIT = "person:edit"
    PERSON_READ = "person:read"
    ROLE_DELEGATE = "role:delegate"
    ROLE_EDIT = "role:edit"
    ROLE_READ = "role:read"
    STAFF_READ = "staff:read"
