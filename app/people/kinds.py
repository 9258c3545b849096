"""Closed lists of the people tables."""

from app.kit.states import StoredEnum


class Act(StoredEnum):
    """What a line of a roster leads to."""

    ENROL = "enrol"
    ERROR = "error"
    LEAVE = "leave"
    MOVE = "move"
    RETURN = "return"
    SAME = "same"


class IdentityKind(StoredEnum):
    """How a person proves who they are; every identity can be taken off the person again."""

    MINIPROGRAM = "miniprogram"
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    SERVICE_ACCOUNT = "service_account"


class ImportKind(StoredEnum):
    """Where a mass change of enrolments came from: a school's list, or 升级与毕业."""

    PROMOTION = "promotion"
    ROSTER = "roster"


class ImportState(StoredEnum):
    """等待检查 → 已检查 → 正在导入 → 已导入 → 已撤销; 无法读取 when the file is refused."""

    WAITING = "waiting"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDONE = "undone"
    REFUSED = "refused"


class Proof(StoredEnum):
    """How well a login was proved: one secret, or two things of different kinds."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    TOTP = "totp"
    WECHAT = "wechat"


class Purpose(StoredEnum):
    """What a guardian may agree to, each by itself; VISIT (参加活动) anew with each booking."""

    HEALTH_NOTE = "health_note"
    PHOTO = "photo"
    PUPIL_WECHAT = "pupil_wechat"
    VISIT = "visit"


class RequestState(StoredEnum):
    """等待班主任 → 已确认 / 已拒绝; 已撤回 when the family bound by itself meanwhile, or left."""

    APPROVED = "approved"
    DECLINED = "declined"
    PENDING = "pending"
    WITHDRAWN = "withdrawn"


class Relation(StoredEnum):
    FATHER = "father"
    GRANDPARENT = "grandparent"
    MOTHER = "mother"
    OTHER = "other"


class PersonState(StoredEnum):
    ACTIVE = "active"
    LEFT = "left"
