"""Which role may do what? The one table; absent means forbidden.

A secretary can read it: each role has its Chinese title, how far it reaches,
and what it may do. `docs/roles.md` is generated from here.
"""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """DISTRICT: everything of the district. ORGANIZATION, CLASS: where it was granted. SELF: own children."""

    CLASS = "class"
    DISTRICT = "district"
    ORGANIZATION = "organization"
    SELF = "self"


class Role(StrEnum):
    AUDITOR = "auditor"
    BUREAU_VIEWER = "bureau_viewer"
    CLASS_TEACHER = "class_teacher"
    COUNCIL = "council"
    DISTRICT_ADMIN = "district_admin"
    DOOR_STAFF = "door_staff"
    GUARDIAN = "guardian"
    PUPIL = "pupil"
    SCHOOL_ADMIN = "school_admin"
    SECRETARIAT = "secretariat"
    UNIT_PUBLISHER = "unit_publisher"


@dataclass(frozen=True)
class RoleRow:
    title: str
    scope: Scope
    permissions: frozenset[str]


_FAMILY = frozenset(
    {
        "activity:read",
        "attendance:self",
        "booking:create",
        "booking:read",
        "city_record:object",
        "consent:give",
        "consent:read",
        "data_request:create",
        "data_request:read",
        "evaluation:write",
        "notification:read",
        "organization:read",
        "passport:read",
        "resource:read",
        "round:read",
        "rule_set:read",
        "sheet:read",
        "sheet:submit",
        "wish:create",
    }
)
_LOOK = frozenset(
    {
        "activity:read",
        "mentor:read",
        "need:read",
        "notification:read",
        "organization:read",
        "register:read",
        "resource:read",
        "round:read",
        "rule_set:read",
    }
)
_ROSTER = frozenset({"attendance:read", "attendance:record", "consent:read"})

ROLES: dict[Role, RoleRow] = {
    Role.GUARDIAN: RoleRow("家长（监护人）", Scope.SELF, _FAMILY),
    Role.PUPIL: RoleRow("学生", Scope.SELF, _FAMILY),
    Role.CLASS_TEACHER: RoleRow(
        "班主任",
        Scope.CLASS,
        _LOOK
        | _ROSTER
        | {
            "binding_code:create",
            "booking:create",
            "booking:read",
            "class_booking:create",
            "class_booking:read",
            "evaluation:read",
            "evaluation:write",
            "guardianship:approve",
            "leave:decide",
            "need:create",
            "passport:read",
            "person:read",
            "sheet:print",
            "sheet:read",
            "sheet:review",
            "sheet:submit",
            "unreached:read",
            "unreached:settle",
            "wish:create",
        },
    ),
    Role.SCHOOL_ADMIN: RoleRow(
        "学校联系人",
        Scope.ORGANIZATION,
        _LOOK
        | _ROSTER
        | {
            "access_digest:read",
            "account:edit",
            "activity:edit",
            "announcement:read",
            "base:edit",
            "binding_code:create",
            "booking:create",
            "booking:read",
            "city_record:edit",
            "city_record:read",
            "class:edit",
            "class_booking:confirm",
            "class_booking:create",
            "class_booking:read",
            "column:edit",
            "column:read",
            "contact:edit",
            "contact:read",
            "course:edit",
            "data_request:read",
            "data_request:settle",
            "delivery:read",
            "evaluation:read",
            "evaluation:write",
            "guardianship:approve",
            "export:named",
            "guardianship:edit",
            "headcount:edit",
            "leave:decide",
            "mentor:edit",
            "need:create",
            "need:decide",
            "organization:edit",
            "passport:edit",
            "passport:read",
            "person:edit",
            "person:read",
            "role:delegate",
            "role:read",
            "sheet:print",
            "sheet:read",
            "sheet:review",
            "sheet:submit",
            "staff:read",
            "unreached:read",
            "unreached:settle",
            "venue:edit",
            "visit:offer",
            "wish:create",
        },
    ),
    Role.UNIT_PUBLISHER: RoleRow(
        "资源单位发布员",
        Scope.ORGANIZATION,
        _LOOK
        | _ROSTER
        | {
            "activity:edit",
            "activity:publish",
            "base:edit",
            "booking:read",
            "class_booking:read",
            "class_booking:settle",
            "course:edit",
            "evaluation:answer",
            "evaluation:read",
            "evaluation:write",
            "mentor:edit",
            "paper:edit",
            "role:delegate",
            "role:read",
            "sheet:print",
            "sheet:read",
            "staff:read",
            "visit:offer",
        },
    ),
    Role.DOOR_STAFF: RoleRow("资源单位现场人员", Scope.ORGANIZATION, _LOOK | _ROSTER),
    Role.SECRETARIAT: RoleRow(
        "秘书处",
        Scope.DISTRICT,
        _LOOK
        | {
            "activity:publish",
            "activity:review",
            "announcement:approve",
            "announcement:edit",
            "announcement:read",
            "api_key:edit",
            "base:edit",
            "booking:read",
            "booking_rule:edit",
            "channel:read",
            "city_record:read",
            "class:edit",
            "class_booking:read",
            "column:edit",
            "column:read",
            "column:review",
            "compliance:read",
            "consent:edit",
            "contact:edit",
            "contact:read",
            "course:edit",
            "delivery:read",
            "delivery:retry",
            "edition:freeze",
            "evaluation:read",
            "evaluation:watch",
            "incident:edit",
            "group:edit",
            "headcount:edit",
            "job:read",
            "mentor:edit",
            "mentor:vet",
            "moderation:decide",
            "operation:read",
            "operation:settle",
            "organization:create",
            "organization:edit",
            "paper:edit",
            "register:edit",
            "round:edit",
            "rule_set:edit",
            "staff:read",
            "term:edit",
            "unit:review",
            "unreached:read",
            "unreached:settle",
            "upkeep:read",
            "venue:edit",
        },
    ),
    Role.COUNCIL: RoleRow(
        "理事会成员",
        Scope.DISTRICT,
        _LOOK
        | {
            "announcement:approve",
            "announcement:read",
            "column:read",
            "column:review",
        },
    ),
    Role.DISTRICT_ADMIN: RoleRow(
        "学区管理员",
        Scope.DISTRICT,
        _LOOK
        | {
            "access_digest:read",
            "account:edit",
            "api_key:edit",
            "audit:read",
            "channel:edit",
            "channel:read",
            "compliance:read",
            "contact:edit",
            "contact:read",
            "delivery:read",
            "export:named",
            "group:edit",
            "guardianship:edit",
            "incident:edit",
            "headcount:edit",
            "job:read",
            "operation:read",
            "operation:settle",
            "organization:create",
            "organization:edit",
            "person:edit",
            "person:read",
            "role:edit",
            "role:read",
            "staff:read",
            "term:edit",
            "unreached:read",
            "unreached:settle",
            "upkeep:read",
        },
    ),
    Role.BUREAU_VIEWER: RoleRow("教委（只看汇总）", Scope.DISTRICT, _LOOK),
    Role.AUDITOR: RoleRow(
        "审计员",
        Scope.DISTRICT,
        _LOOK | {"access_digest:read", "audit:read", "compliance:read", "role:read"},
    ),
}


@dataclass(frozen=True)
class RoleTag:
    """A tag of the service account that followers with one of these roles carry."""

    key: str
    name: str
    roles: frozenset[Role]


# An account has 100 tags, a follower 20. A tag for each school and role would take 5 x 14 = 70 and
# end at 20 schools; roles and schools apart take 4 + 14 = 18 and end at 96. A menu asks for the role
# only; an article goes to a school; nobody is written to by both. Pupils carry none: that a phone is
# a child's is nothing to tell a platform. Later ones win where somebody has several menus.
ROLE_TAGS = (
    RoleTag("guardian", "家长", frozenset({Role.GUARDIAN})),
    RoleTag("teacher", "学校老师", frozenset({Role.CLASS_TEACHER, Role.SCHOOL_ADMIN})),
    RoleTag("unit", "资源单位", frozenset({Role.UNIT_PUBLISHER, Role.DOOR_STAFF})),
    RoleTag("office", "秘书处", frozenset({Role.SECRETARIAT, Role.DISTRICT_ADMIN})),
)

# Who may hand which role on, at the organization where the own role was granted, dated and for a
# year at most. Never wider than the own role (a test compares them). What was handed on stays until
# its own date when the grantor's role ends: a school's teachers must not lose their work because
# the contact changed. The successor sees it in the list of roles and may take it back.
DELEGABLE: dict[Role, frozenset[Role]] = {
    Role.SCHOOL_ADMIN: frozenset({Role.CLASS_TEACHER, Role.DOOR_STAFF}),
    Role.UNIT_PUBLISHER: frozenset({Role.DOOR_STAFF}),
}

# These see or steer a whole district: a password alone is not enough for them.
SECOND_FACTOR_ROLES = frozenset({Role.AUDITOR, Role.COUNCIL, Role.DISTRICT_ADMIN, Role.SECRETARIAT})
STAFF_ROLES = frozenset(role for role, row in ROLES.items() if row.scope is not Scope.SELF)
