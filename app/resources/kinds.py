"""Closed lists of the resource tables."""

from app.kit.states import StoredEnum


class VenueKind(StoredEnum):
    CLASSROOM = "classroom"
    GYM = "gym"
    LAB = "lab"
    LIBRARY = "library"
    THEATRE = "theatre"


class BaseMark(StoredEnum):
    """What a base is recognised as: 劳动岗位, 爱国主义教育基地, 认定的社会实践基地, 职业院校."""

    LABOUR_POST = "labour_post"
    PATRIOTIC = "patriotic"
    RECOGNISED = "recognised"
    VOCATIONAL_SCHOOL = "vocational_school"


MARK_NAMES = {
    BaseMark.LABOUR_POST: "劳动岗位",
    BaseMark.PATRIOTIC: "爱国主义教育基地",
    BaseMark.RECOGNISED: "认定的社会实践基地",
    BaseMark.VOCATIONAL_SCHOOL: "职业院校",
}


class PosterForm(StoredEnum):
    """A4 海报 for the wall, or 桌牌: four cards to cut."""

    CARDS = "cards"
    POSTER = "poster"


POSTER_NAMES = {PosterForm.POSTER: "签到海报", PosterForm.CARDS: "签到桌牌"}


class ApplicantKind(StoredEnum):
    """Who would like to open their doors."""

    ASSOCIATION = "association"
    COMPANY = "company"
    INSTITUTE = "institute"
    OTHER = "other"
    PUBLIC_VENUE = "public_venue"
    SCHOOL = "school"


class ApplicationState(StoredEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    PENDING = "pending"


class PaperKind(StoredEnum):
    """协议, 保险, 安全责任人, 其他."""

    AGREEMENT = "agreement"
    INSURANCE = "insurance"
    OTHER = "other"
    SAFETY_CONTACT = "safety_contact"


# As people read them, in messages too.
PAPER_NAMES = {
    PaperKind.AGREEMENT: "合作协议",
    PaperKind.INSURANCE: "公众责任险",
    PaperKind.SAFETY_CONTACT: "安全责任人",
    PaperKind.OTHER: "其他证照",
}
# Without these two, valid, no unit receives children.
BINDING_PAPERS = (PaperKind.AGREEMENT, PaperKind.INSURANCE)


class Vetting(StoredEnum):
    """A mentor meets children: nobody is named before somebody has looked."""

    PASSED = "passed"
    PENDING = "pending"
    REFUSED = "refused"


class NeedState(StoredEnum):
    """A school looks for a visitor: 征集中 → 已约定; 已撤回, 无人应约."""

    LAPSED = "lapsed"
    MATCHED = "matched"
    OPEN = "open"
    WITHDRAWN = "withdrawn"


NEED_WORDS = {
    NeedState.OPEN: "征集中",
    NeedState.MATCHED: "已约定",
    NeedState.WITHDRAWN: "已撤回",
    NeedState.LAPSED: "已过期",
}


class OfferState(StoredEnum):
    """等学校选定 → 学校已选定; 没有选上, 单位撤回, 约定后取消."""

    ACCEPTED = "accepted"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    MADE = "made"
    WITHDRAWN = "withdrawn"


OFFER_WORDS = {
    OfferState.MADE: "等学校选定",
    OfferState.ACCEPTED: "学校已选定",
    OfferState.DECLINED: "这次没有选上",
    OfferState.WITHDRAWN: "单位已撤回",
    OfferState.CANCELLED: "已取消",
}
