"""Tables of people and what ties them to children, organizations and phones."""

from app.people.models.consents import (
    Consent,
    ConsentText,
    GuardianRequest,
)
from app.people.models.logins import (
    ApiKey,
    BindingCode,
    CalendarFeed,
    ChosenChild,
    FailedTry,
    Identity,
    Invitation,
    LoginSession,
    ScanLogin,
    SecondFactor,
    StaffCode,
    WaitingScene,
)
from app.people.models.people import (
    Contact,
    Enrollment,
    Guardianship,
    Person,
    PersonGram,
    RoleGrant,
    SavedFilter,
)
from app.people.models.rosters import (
    RosterChange,
    RosterImport,
)

__all__ = [
    "ApiKey",
    "BindingCode",
    "CalendarFeed",
    "ChosenChild",
    "Consent",
    "ConsentText",
    "Contact",
    "Enrollment",
    "FailedTry",
    "GuardianRequest",
    "Guardianship",
    "Identity",
    "Invitation",
    "LoginSession",
    "Person",
    "PersonGram",
    "RoleGrant",
    "RosterChange",
    "RosterImport",
    "SavedFilter",
    "ScanLogin",
    "SecondFactor",
    "StaffCode",
    "WaitingScene",
]
