"""Which records of the resources can be added and changed in the console, with which fields?"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.kit.context import Ctx
from app.people.queries import staff_of
from app.resources import queries
from app.resources.kinds import MARK_NAMES, BaseMark
from app.resources.permissions import P
from app.resources.schemas import (
    BaseChange,
    BaseIn,
    CourseChange,
    CourseIn,
    MentorChange,
    MentorIn,
    VenueChange,
    VenueIn,
)
from app.resources.service import keeping, mentors
from app.web import labels, reading
from app.web.console.editing import Editor
from app.web.console.forms import Field

Facts = Sequence[tuple[str, object]]
GRADE_FIELDS = (
    Field("min_grade", "最低年级", "choice", required=True, options=list(labels.GRADES.items())),
    Field("max_grade", "最高年级", "choice", required=True, options=list(labels.GRADES.items())),
)
_NAME = Field("name", "名称", required=True)
_ADDRESS = Field("address", "地址", longest=200)
_MARKS = Field(
    "marks",
    "认定",
    "many",
    options=list(MARK_NAMES.items()),
    hint="由秘书处填写；护照规则据此计算学时",
)
_PLACE = Field(
    "place",
    "坐标",
    longest=40,
    hint="纬度,经度，例如 31.3756,121.2508，可在地图上查到。填了以后，家长扫码时手机只报远近，不报位置",
)
_BASE = (_NAME, Field("theme", "主题"), _ADDRESS, _PLACE, _MARKS)
_COURSE = (
    Field("title", "课程名称", required=True),
    Field("culture", "特色文化", hint="单位或学校的文化，例如 “和美”文化"),
    Field("feature", "特色项目", longest=120),
    Field("theme", "主题", hint="例如 传统文化、科技、自然"),
    *GRADE_FIELDS,
    Field("place", "地点"),
    Field("leader", "负责人"),
    Field("summary", "简介", "long", longest=4000),
)
_CAPACITY = Field("capacity", "容纳人数", "number", required=True)
_MENTOR = (
    Field("name", "姓名", required=True),
    Field("skills", "专长", longest=200, hint="例如 陶艺、非遗竹编、天文观测"),
    Field("weekdays", "哪几天有空", "many", options=list(labels.WEEKDAYS.items())),
    Field("availability", "可约时间说明", longest=200, hint="例如 每周三下午，需提前两周约"),
)


async def _owner(ctx: Ctx, row: Any) -> tuple[str, object]:
    names = await reading.organization_names(ctx, [row.organization_id])
    return "单位", names.get(row.organization_id)


async def owner_field(ctx: Ctx, permission: str) -> Field:
    options = await reading.own_organizations(ctx, permission)
    return Field("organization_id", "单位", "choice", required=True, options=options)


async def _base_facts(ctx: Ctx, row: Any) -> Facts:
    code = "已生成" if row.qr_url else "正在生成，通常一分钟内完成"
    return [
        await _owner(ctx, row),
        ("主题", row.theme),
        ("地址", row.address),
        ("坐标", row.place),
        ("认定", "、".join(MARK_NAMES[BaseMark(mark)] for mark in row.marks)),
        ("签到二维码", code),
    ]


def _base_links(ctx: Ctx, row: Any) -> Sequence[tuple[str, str]]:
    reach = ctx.reach(P.BASE_EDIT)
    mine = reach.district or reach.covers(row.organization_id)
    return [("设计印章", f"/console/bases/{row.id}/stamp")] if mine else []


async def _course_facts(ctx: Ctx, row: Any) -> Facts:
    grades = labels.say_grades(row.min_grade, row.max_grade)
    return [
        await _owner(ctx, row),
        ("特色文化", row.culture),
        ("特色项目", row.feature),
        ("主题", row.theme),
        ("对象", grades),
        ("地点", row.place),
        ("负责人", row.leader),
        ("简介", row.summary),
    ]


async def _venue_facts(ctx: Ctx, row: Any) -> Facts:
    kind = labels.VENUE_KINDS[row.kind]
    return [await _owner(ctx, row), ("类别", kind), ("容纳人数", row.capacity)]


async def _new_base(ctx: Ctx) -> Sequence[Field]:
    return (await owner_field(ctx, P.BASE_EDIT), *_BASE)


async def _new_course(ctx: Ctx) -> Sequence[Field]:
    return (await owner_field(ctx, P.COURSE_EDIT), *_COURSE)


async def _new_venue(ctx: Ctx) -> Sequence[Field]:
    kinds = Field("kind", "类别", "choice", True, list(labels.VENUE_KINDS.items()))
    return (await owner_field(ctx, P.VENUE_EDIT), kinds, _NAME, _CAPACITY)


async def _mentor_facts(ctx: Ctx, row: Any) -> Facts:
    days = "、".join(labels.WEEKDAYS[day] for day in sorted(row.weekdays))
    return [
        await _owner(ctx, row),
        ("专长", row.skills),
        ("哪几天有空", days),
        ("可约时间", row.availability),
        ("审核", labels.VETTINGS[row.vetting]),
        ("审核日期", row.vetted_on),
        ("审核说明", row.vetting_note),
    ]


def _mentor_links(_: Ctx, row: Any) -> Sequence[tuple[str, str]]:
    return [("服务时长", f"/console/mentors/{row.id}/service")]


async def _new_mentor(ctx: Ctx) -> Sequence[Field]:
    """Colleagues can be chosen where the actor lists mentors of one organization."""
    owner = await owner_field(ctx, P.MENTOR_EDIT)
    if len(owner.options) != 1:
        return (owner, *_MENTOR)
    staff = await staff_of(ctx, UUID(owner.options[0][0]))
    people = [(str(one.id), one.name) for one in staff]
    hint = "本单位的人请选，外请的导师不选"
    return (owner, Field("person_id", "工作人员", "choice", options=people, hint=hint), *_MENTOR)


def _owner_id(row: Any) -> UUID | None:
    found: UUID = row.organization_id
    return found


def _name(row: Any) -> str:
    return str(row.name)


def _title(row: Any) -> str:
    return str(row.title)


RESOURCES = (
    Editor(
        slug="bases",
        title="基地",
        noun="基地",
        edit_permission=P.BASE_EDIT,
        name_of=_name,
        read=queries.read_base,
        change=keeping.change_base,
        change_schema=BaseChange,
        change_fields=_BASE,
        facts=_base_facts,
        links=_base_links,
        owner_of=_owner_id,
        create=keeping.register_base,
        create_schema=BaseIn,
        create_fields=_new_base,
        create_permission=P.BASE_EDIT,
    ),
    Editor(
        slug="courses",
        title="课程",
        noun="课程",
        edit_permission=P.COURSE_EDIT,
        name_of=_title,
        read=queries.read_course,
        change=keeping.change_course,
        change_schema=CourseChange,
        change_fields=_COURSE,
        facts=_course_facts,
        owner_of=_owner_id,
        create=keeping.add_course,
        create_schema=CourseIn,
        create_fields=_new_course,
        create_permission=P.COURSE_EDIT,
    ),
    Editor(
        slug="venues",
        title="场馆",
        noun="场馆",
        edit_permission=P.VENUE_EDIT,
        name_of=_name,
        read=queries.read_venue,
        change=keeping.change_venue,
        change_schema=VenueChange,
        change_fields=(_NAME, _CAPACITY),
        facts=_venue_facts,
        owner_of=_owner_id,
        create=keeping.register_venue,
        create_schema=VenueIn,
        create_fields=_new_venue,
        create_permission=P.VENUE_EDIT,
    ),
    Editor(
        slug="mentors",
        title="筑梦导师",
        noun="导师",
        edit_permission=P.MENTOR_EDIT,
        name_of=_name,
        read=queries.read_mentor,
        change=mentors.change_mentor,
        change_schema=MentorChange,
        change_fields=_MENTOR,
        facts=_mentor_facts,
        owner_of=_owner_id,
        create=mentors.add_mentor,
        create_schema=MentorIn,
        create_fields=_new_mentor,
        create_permission=P.MENTOR_EDIT,
        links=_mentor_links,
    ),
)
