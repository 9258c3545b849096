"""Which template carries which kind of message, and does every field fit the platform's rules?

Templates are chosen once in the account's console; their ids go into
WECHAT_TEMPLATE_IDS (kind → id). The keys are those of our category's templates.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.notifications.kinds import FAMILY, KINDS, Kind

_LIMITS = {"thing": 20, "name": 10, "phrase": 5, "character_string": 32, "number": 32}
_NOT_CHINESE = re.compile(r"[^\u4e00-\u9fff]")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_LATIN = re.compile(r"[A-Za-z .·]+")
_NAME_LETTERS = 20  # a name may be longer when all of it is Latin
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_PRINTED = re.compile(r"[^!-~ ]")
_DAY = r"\d{4}(?:年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2})"
_ONE = rf"(?:{_DAY}(?: ?\d{{1,2}}:\d\d)?|\d{{1,2}}:\d\d)"
_MOMENT = re.compile(rf"{_ONE}(?: ?~ ?{_ONE})?")
EMPTY = "无"


@dataclass(frozen=True)
class Template:
    """`keys`: our field → the platform's key, whose prefix is its type."""

    demo_id: str
    title: str
    keys: dict[str, str]


_VISIT = {"pupil": "name1", "title": "thing2", "place": "thing3", "time": "time4"}

TEMPLATES: dict[Kind, Template] = {
    Kind.BOOKING_CONFIRMED: Template("demo-booking-confirmed", "预约成功通知", _VISIT),
    Kind.BOOKING_PROMOTED: Template("demo-booking-promoted", "候补成功通知", _VISIT),
    Kind.BOOKING_WAITLISTED: Template(
        "demo-booking-waitlisted", "候补登记通知", {**_VISIT, "position": "number5"}
    ),
    Kind.BOOKING_OFFERED: Template(
        "demo-booking-offered", "候补名额待确认通知", {**_VISIT, "until": "time5"}
    ),
    Kind.BOOKING_LAPSED: Template(
        "demo-booking-lapsed", "名额保留到期通知", {**_VISIT, "reason": "thing5"}
    ),
    Kind.BOOKING_CANCELLED: Template(
        "demo-booking-cancelled", "预约取消通知", {**_VISIT, "reason": "thing5"}
    ),
    Kind.ARRIVED: Template("demo-arrived", "到达通知", _VISIT),
    Kind.LEFT: Template("demo-left", "离开通知", _VISIT),
    Kind.LEVEL_REACHED: Template(
        "demo-level-reached",
        "等级达成通知",
        {"pupil": "name1", "level": "thing2", "rules": "thing3", "following": "thing4"},
    ),
    Kind.RECORD_PUBLISHED: Template(
        "demo-record-published",
        "学时公示通知",
        {"pupil": "name1", "title": "thing2", "until": "time3"},
    ),
    Kind.OBJECTION_SETTLED: Template(
        "demo-objection-settled",
        "异议答复通知",
        {"pupil": "name1", "title": "thing2", "result": "thing3"},
    ),
    Kind.STAMP_AWARDED: Template(
        "demo-stamp-awarded", "护照盖章通知", {**_VISIT, "total": "number5"}
    ),
    Kind.SHEET_DUE: Template(
        "demo-sheet-due",
        "任务单提交提醒",
        {"pupil": "name1", "title": "thing2", "until": "time3"},
    ),
    Kind.SHEET_PASSED: Template(
        "demo-sheet-passed",
        "任务单评阅结果通知",
        {"pupil": "name1", "title": "thing2", "result": "phrase3", "comment": "thing4"},
    ),
    Kind.SHEET_RETURNED: Template(
        "demo-sheet-returned",
        "任务单退回通知",
        {"pupil": "name1", "title": "thing2", "comment": "thing3"},
    ),
    Kind.EVALUATION_ASKED: Template(
        "demo-evaluation-asked",
        "活动评价邀请",
        {"pupil": "name1", "title": "thing2", "until": "time3"},
    ),
    Kind.EVALUATION_LOW: Template(
        "demo-evaluation-low",
        "低分评价提醒",
        {"title": "thing1", "unit": "thing2", "time": "time3", "reason": "thing4"},
    ),
    Kind.TEXT_REFUSED: Template(
        "demo-text-refused", "内容审核结果通知", {"what": "thing1", "reason": "thing2"}
    ),
    Kind.ACTIVITY_APPROVED: Template(
        "demo-activity-approved", "活动审核结果通知", {"title": "thing1", "result": "phrase2"}
    ),
    Kind.ACTIVITY_RETURNED: Template(
        "demo-activity-returned", "活动退回通知", {"title": "thing1", "reason": "thing2"}
    ),
    Kind.ROUND_RESULT: Template(
        "demo-round-result",
        "选课结果通知",
        {"pupil": "name1", "round": "thing2", "result": "thing3", "reason": "thing4"},
    ),
    Kind.SWAP_DONE: Template(
        "demo-swap-done", "选课交换通知", {"pupil": "name1", "title": "thing2", "time": "time3"}
    ),
    Kind.ACTIVITY_CHANGED: Template(
        "demo-activity-changed", "活动变动通知", {**_VISIT, "change": "thing5"}
    ),
    Kind.PAPER_EXPIRING: Template(
        "demo-paper-expiring",
        "证照到期提醒",
        {"unit": "thing1", "paper": "thing2", "until": "time3", "left": "thing4"},
    ),
    Kind.CLASS_BOOKING_DUE: Template(
        "demo-class-booking-due",
        "整班预约待办通知",
        {"class": "thing1", "title": "thing2", "what": "thing3", "until": "time4"},
    ),
    Kind.CLASS_BOOKING_SETTLED: Template(
        "demo-class-booking-settled",
        "整班预约结果通知",
        {"class": "thing1", "title": "thing2", "time": "time3", "result": "thing4"},
    ),
    Kind.VISIT_NEWS: Template(
        "demo-visit-news",
        "进校园进展通知",
        {"title": "thing1", "party": "thing2", "time": "time3", "result": "thing4"},
    ),
    Kind.NEED_DUE: Template(
        "demo-need-due",
        "学校需求待办通知",
        {"title": "thing1", "what": "thing2", "until": "time3"},
    ),
    Kind.MENTOR_INVITED: Template(
        "demo-mentor-invited",
        "导师邀请通知",
        {"mentor": "name1", "title": "thing2", "unit": "thing3", "message": "thing4"},
    ),
    Kind.MENTOR_ANSWERED: Template(
        "demo-mentor-answered",
        "导师答复通知",
        {"mentor": "name1", "title": "thing2", "result": "thing3"},
    ),
    Kind.CONSENT_ASKED: Template(
        "demo-consent-asked", "活动参加确认通知", {**_VISIT, "until": "time5"}
    ),
    Kind.DATA_REQUESTED: Template(
        "demo-data-requested",
        "申请受理通知",
        {"pupil": "name1", "what": "thing2", "due": "time3"},
    ),
    Kind.DATA_SETTLED: Template(
        "demo-data-settled", "申请结果通知", {"pupil": "name1", "result": "thing2"}
    ),
    Kind.ACCESS_REVIEWED: Template(
        "demo-access-reviewed",
        "资料查看周报",
        {"week": "thing1", "summary": "thing2", "reads": "number3"},
    ),
}


# Where a tap on a family's message leads; staff get none, their console wants a login of its own.
PAGES: dict[Kind, str] = {
    **dict.fromkeys(FAMILY, "/m/notices"),
    Kind.ACTIVITY_CHANGED: "/m/bookings",
    Kind.BOOKING_CANCELLED: "/m/bookings",
    Kind.BOOKING_CONFIRMED: "/m/bookings",
    Kind.BOOKING_LAPSED: "/m/bookings",
    Kind.BOOKING_OFFERED: "/m/bookings",
    Kind.BOOKING_PROMOTED: "/m/bookings",
    Kind.BOOKING_WAITLISTED: "/m/bookings",
    Kind.CONSENT_ASKED: "/m/bookings",
    Kind.LEVEL_REACHED: "/m/passport",
    Kind.ROUND_RESULT: "/m/rounds",
    Kind.SHEET_DUE: "/m/sheets",
    Kind.SHEET_RETURNED: "/m/sheets",
    Kind.STAMP_AWARDED: "/m/passport",
}


def fit(key: str, value: str) -> str:
    """The value as the platform accepts it for this key: one line, never empty, shortened with ….

    Field rules: wechat-platform 4.2. What cannot be repaired (a time that is no time) is caught by
    `misfits` before a kind is used, and by the tests; the platform would park it with 47003.
    """
    kind = key.rstrip("0123456789")
    value = _BREAKS.sub(" ", value).strip()
    if kind == "name" and _LATIN.fullmatch(value):
        value = value[:_NAME_LETTERS].strip()  # cut without …, which would make it a mixed name
    elif kind == "phrase":
        value = _NOT_CHINESE.sub("", value)[: _LIMITS[kind]]
    elif kind == "number":
        found = _NUMBER.search(value)
        value = found[0][: _LIMITS[kind]].rstrip(".") if found else "0"
    elif kind == "character_string":
        value = _NOT_PRINTED.sub("", value).strip()[: _LIMITS[kind]].strip() or "-"
    elif kind not in ("time", "date") and len(value) > _LIMITS.get(kind, 20):
        value = value[: _LIMITS.get(kind, 20) - 1] + "…"
    return value or EMPTY


def misfits(kind: Kind, fields: Mapping[str, str]) -> list[str]:
    """The fields that no cutting makes acceptable: times and dates that are none."""
    return [
        name
        for name, key in TEMPLATES[kind].keys.items()
        if key.startswith(("time", "date"))
        and not _MOMENT.fullmatch(fit(key, fields.get(name, "")))
    ]


def data_of(kind: Kind, fields: dict[str, str]) -> dict[str, dict[str, str]]:
    """The `data` object of a template message."""
    return {
        key: {"value": fit(key, str(fields.get(name, "")))}
        for name, key in TEMPLATES[kind].keys.items()
    }


def demo_templates() -> dict[str, dict[str, object]]:
    """The templates as the simulator's console has them: id → title, and key → label.

    A family's kinds stand there twice: as template messages and as subscription messages.
    """
    shown: dict[str, dict[str, object]] = {}
    for kind, template in TEMPLATES.items():
        fields = {key: KINDS[kind].fields[name] for name, key in template.keys.items()}
        shown[template.demo_id] = {"title": template.title, "fields": fields}
        if kind in FAMILY:
            once = {"title": template.title, "fields": fields, "one_time": True}
            shown[subscribe_demo_id(kind)] = once
    return shown


def subscribe_demo_id(kind: Kind) -> str:
    return TEMPLATES[kind].demo_id.replace("demo-", "demo-sub-", 1)


@dataclass(frozen=True)
class Chosen:
    """The account's templates, kind → id: those that are told, and those that a tap allows once."""

    told: Mapping[str, str]
    tapped: Mapping[str, str]


NONE_CHOSEN = Chosen({}, {})


def chosen(told: Mapping[str, str], tapped: Mapping[str, str], *, demo: bool) -> Chosen:
    """As the settings name them; the demonstration has all."""
    return Chosen(template_ids(told, demo=demo), subscribe_ids(tapped, demo=demo))


def template_ids(given: Mapping[str, str], *, demo: bool) -> dict[str, str]:
    """Kind → template of the account; the demonstration has one for every kind."""
    shown = {kind.value: template.demo_id for kind, template in TEMPLATES.items()} if demo else {}
    return shown | dict(given)


def subscribe_ids(given: Mapping[str, str], *, demo: bool) -> dict[str, str]:
    """Kind → subscription template, for those that a person can allow by a tap."""
    shown = {kind.value: subscribe_demo_id(kind) for kind in FAMILY} if demo else {}
    return shown | dict(given)


def kinds_tapped(given: Mapping[str, str], *, demo: bool) -> dict[str, Kind]:
    """Subscription template → kind, for the platform's events; an unknown kind is nobody's."""
    return {
        template: Kind(kind)
        for kind, template in subscribe_ids(given, demo=demo).items()
        if kind in set(Kind)
    }


@dataclass(frozen=True)
class Preview:
    """A message as WeChat shows it: title and lines, each at its longest."""

    title: str
    lines: list[tuple[str, str]]


_LONGEST = {
    "name": "阿卜杜热西提买买提江艾合买提",
    "number": "9" * 40,
    "phrase": "已经通过了审核",
    "time": "2026年12月31日 23:59",
}


def longest(key: str) -> str:
    """More than the platform takes for this key, so that the cut is seen."""
    return _LONGEST.get(key.rstrip("0123456789"), "上海市第一中学生游学护照梦想课程与科学家进校园")


def previews() -> dict[Kind, Preview]:
    """Every kind, filled to the limit and past it, through the same cutting as a real message."""
    shown = {}
    for kind, template in TEMPLATES.items():
        data = data_of(kind, {name: longest(key) for name, key in template.keys.items()})
        labels = KINDS[kind].fields
        lines = [(labels[name], data[key]["value"]) for name, key in template.keys.items()]
        shown[kind] = Preview(template.title, lines)
    return shown
