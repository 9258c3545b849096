"""Which records can be added and changed in the console, with which fields?"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.kit.context import Ctx
from app.orgs import service as orgs
from app.orgs.permissions import P as OrgP
from app.orgs.queries import read_class, read_organization, read_term
from app.orgs.schemas import (
    ClassChange,
    OrganizationChange,
    OrganizationIn,
    TermChange,
    TermIn,
)
from app.people.permissions import P as PeopleP
from app.people.schemas import PupilChange
from app.people.service.people import change_pupil
from app.registers import service as registers
from app.registers.permissions import P as RegisterP
from app.registers.queries import read_marker
from app.registers.routes import MarkerChange
from app.web import labels
from app.web.console import reading as console_reading
from app.web.console.editing import Editor
from app.web.console.forms import Field

Facts = Sequence[tuple[str, object]]
_NAME = Field("name", "名称", required=True)
_ADDRESS = Field("address", "地址", longest=200)
_ORGANIZATION = (
    _NAME,
    _ADDRESS,
    Field("culture", "文化理念", longest=200),
    Field("course_brand", "课程品牌", longest=200),
    Field("feature", "特色", longest=200),
    Field("valid_until", "有效期至", "day", hint="不填表示长期有效"),
)


async def _organization_facts(_: Ctx, row: Any) -> Facts:
    return [
        ("类别", labels.ORG_KINDS[row.kind]),
        ("状态", labels.ORG_STATES[row.state]),
        ("地址", row.address),
        ("文化理念", row.culture),
        ("课程品牌", row.course_brand),
        ("特色", row.feature),
        ("有效期至", row.valid_until or "长期"),
    ]


async def _marker_facts(_: Ctx, row: Any) -> Facts:
    return [
        ("阶段", row.stage),
        ("领域", labels.DOMAINS[row.domain]),
        ("负责", row.owner),
        ("状态", labels.MARKER_STATES[row.state]),
        ("证据", row.evidence),
    ]


async def _no_facts(_: Ctx, __: Any) -> Facts:
    return ()


async def _new_organization(_: Ctx) -> Sequence[Field]:
    kinds = Field("kind", "类别", "choice", True, list(labels.ORG_KINDS.items()))
    return (kinds, *_ORGANIZATION)


def _organization_links(ctx: Ctx, row: Any) -> Sequence[tuple[str, str]]:
    if not ctx.reach(PeopleP.CONTACT_READ).covers(row.id):
        return ()
    return (("联系人", f"/console/contacts/{row.id}"),)


async def _new_term(_: Ctx) -> Sequence[Field]:
    return (
        Field("school_year", "学年", "number", True, hint="起始年，2026 即 2026 学年"),
        Field("name", "名称", required=True, hint="例如 2026学年第一学期"),
        Field("starts_on", "开始", "day", True, hint="开始和结束以后不能改，期限都按它计算"),
        Field("ends_on", "结束", "day", True),
    )


def _owner_id(row: Any) -> UUID | None:
    found: UUID = row.organization_id
    return found


def _own_id(row: Any) -> UUID | None:
    found: UUID = row.id
    return found


def _name(row: Any) -> str:
    return str(row.name)


def _title(row: Any) -> str:
    return str(row.title)


EDITORS = (
    Editor(
        slug="organizations",
        title="成员单位",
        noun="单位",
        edit_permission=OrgP.ORGANIZATION_EDIT,
        name_of=_name,
        read=read_organization,
        change=orgs.change_organization,
        change_schema=OrganizationChange,
        change_fields=(
            *_ORGANIZATION,
            Field("state", "状态", "choice", True, list(labels.ORG_STATES.items())),
        ),
        facts=_organization_facts,
        owner_of=_own_id,
        create=orgs.create_organization,
        create_schema=OrganizationIn,
        create_fields=_new_organization,
        create_permission=OrgP.ORGANIZATION_CREATE,
        links=_organization_links,
    ),
    Editor(
        slug="terms",
        title="学期与校历",
        noun="学期",
        edit_permission=OrgP.TERM_EDIT,
        name_of=_name,
        read=read_term,
        change=orgs.change_term,
        change_schema=TermChange,
        change_fields=(_NAME,),
        facts=_no_facts,
        create=orgs.create_term,
        create_schema=TermIn,
        create_fields=_new_term,
        create_permission=OrgP.TERM_EDIT,
        own_page=False,
    ),
    Editor(
        slug="classes",
        title="班级",
        noun="班级",
        edit_permission=OrgP.CLASS_EDIT,
        name_of=_name,
        read=read_class,
        change=orgs.change_class,
        change_schema=ClassChange,
        change_fields=(
            Field("name", "名称", required=True, hint="例如 三（2）班"),
            Field("grade", "年级", "choice", True, list(labels.GRADES.items())),
        ),
        facts=_no_facts,
        own_page=False,
    ),
    Editor(
        slug="pupils",
        title="学生",
        noun="学生资料",
        edit_permission=PeopleP.PERSON_EDIT,
        name_of=_name,
        read=console_reading.read_pupil,
        change=change_pupil,
        change_schema=PupilChange,
        change_fields=(
            Field("name", "姓名", required=True),
            Field("student_no", "学籍号", longest=40, hint="只有字母、数字和短横；没有可以不填"),
        ),
        facts=_no_facts,
        own_page=False,
    ),
    Editor(
        slug="markers",
        title="达成标识",
        noun="达成标识",
        edit_permission=RegisterP.REGISTER_EDIT,
        name_of=_title,
        read=read_marker,
        change=registers.change_marker,
        change_schema=MarkerChange,
        change_fields=(
            Field("state", "状态", "choice", True, list(labels.MARKER_STATES.items())),
            Field("evidence", "证据", "long", longest=4000, hint="写明文件、数字或链接名称"),
        ),
        facts=_marker_facts,
    ),
)
