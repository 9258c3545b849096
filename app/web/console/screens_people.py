"""The lists of member organizations, classes, pupils and granted roles."""

from uuid import UUID

from app.kit.context import Ctx
from app.orgs.kinds import OrgKind, OrgState
from app.orgs.permissions import P as OrgP
from app.orgs.queries import list_classes, list_organizations
from app.orgs.rules import say_grade
from app.people.permissions import P
from app.people.queries import list_pupil_lines, list_roles, pupil_briefs
from app.people.service.delegation import end_delegation
from app.people.service.people import end_role
from app.web import labels, reading
from app.web.console.listing import Badge, Bulk, Chosen, Filter, Line, Listing, Options

Lines = tuple[list[Line], str | None]


async def _organizations(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_organizations(
        ctx, chosen.one_of("kind", OrgKind), chosen.text("name"), cursor, limit
    )
    lines = [
        Line(
            str(row.id),
            (
                row.name,
                labels.ORG_KINDS[row.kind],
                row.address,
                row.course_brand,
                row.feature,
                Badge(
                    labels.ORG_STATES[row.state], "good" if row.state == OrgState.ACTIVE else "warn"
                ),
            ),
            href=f"/console/organizations/{row.id}",
        )
        for row in rows
    ]
    return lines, following


async def _classes(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_classes(ctx, chosen.uuid("organization_id"), cursor, limit)
    schools = await reading.organization_names(ctx, [row.organization_id for row in rows])
    reach = ctx.reach(P.PERSON_READ)
    lines = [
        Line(
            str(row.id),
            (
                row.name,
                schools.get(row.organization_id),
                say_grade(row.grade),
                f"{row.school_year} 学年",
            ),
            href=f"/console/classes/{row.id}",
            more=(("学生", f"/console/pupils?class_id={row.id}"),)
            if reach.covers(row.organization_id) or row.id in reach.classes
            else (),
        )
        for row in rows
    ]
    return lines, following


async def _pupils(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    purpose = chosen.text("purpose") or "查看名单"
    rows, following = await list_pupil_lines(
        ctx, chosen.uuid("class_id"), chosen.text("name"), cursor, limit, purpose
    )
    passports = "passport:read" in ctx.actor.permissions
    lines = []
    for row in rows:
        links = (("护照", f"/console/pupils/{row.id}/passport"),) if passports else ()
        state = Badge("在册", "good") if row.state == "active" else Badge("已离开", "warn")
        cells = (row.name, row.organization_name, row.class_name, state)
        href = f"/console/pupils/{row.id}" if row.was_pupil else None
        lines.append(Line(str(row.id), cells, href, links if row.class_name else ()))
    return lines, following


async def _class_options(ctx: Ctx) -> Options:
    return await reading.visible_classes(ctx, P.PERSON_READ)


async def _school_options(ctx: Ctx) -> Options:
    rows, _ = await list_organizations(ctx, None, None, None, 500)
    schools = (OrgKind.SCHOOL, OrgKind.KINDERGARTEN)
    return [(str(row.id), row.name) for row in rows if row.kind in schools]


async def _roles(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_roles(ctx, chosen.uuid("person_id"), cursor, limit)
    named = [row.person_id for row in rows] + [row.granted_by for row in rows if row.granted_by]
    people = await pupil_briefs(ctx, named)
    places = await reading.organization_names(ctx, [row.organization_id for row in rows])
    classes = await reading.class_names(ctx, [row.class_id for row in rows])
    lines = []
    for row in rows:
        place = f"{places.get(row.organization_id, '')} {classes.get(row.class_id, '') if row.class_id else ''}".strip()
        over = row.ends_on is not None and row.ends_on < ctx.today
        state = Badge("已结束") if over else Badge("有效", "good")
        until = row.ends_on.isoformat() if row.ends_on else "长期"
        title = labels.ROLE_TITLES.get(row.role, row.role)
        by = people[row.granted_by].name if row.granted_by in people else "系统"
        begin = row.starts_on.isoformat()
        cells = (people[row.person_id].name, title, place, begin, until, by, state)
        lines.append(Line(str(row.id), cells))
    return lines, following


async def _end(ctx: Ctx, grant_id: UUID, _reason: str) -> object:
    if P.ROLE_EDIT in ctx.actor.permissions:
        return await end_role(ctx, grant_id)
    return await end_delegation(ctx, grant_id)


ORGANIZATIONS = Listing(
    slug="organizations",
    title="成员单位",
    group="学区",
    permission=OrgP.ORGANIZATION_READ,
    columns=("单位", "类别", "地址", "课程品牌", "特色", "状态"),
    load=_organizations,
    filters=(Filter("name", "单位名称"), Filter("kind", "类别", labels.ORG_KINDS)),
    new=("新增单位", OrgP.ORGANIZATION_CREATE),
    empty="没有符合条件的单位。可以清除筛选条件再查。",
)
CLASSES = Listing(
    slug="classes",
    title="班级",
    group="学区",
    permission=OrgP.ORGANIZATION_READ,
    columns=("班级", "学校", "年级", "学年"),
    load=_classes,
    filters=(Filter("organization_id", "学校", _school_options),),
    empty="没有班级。学校联系人导入名册后，班级会出现在这里。",
)
PUPILS = Listing(
    slug="pupils",
    title="学生",
    group="学区",
    permission=P.PERSON_READ,
    columns=("姓名", "学校", "班级", "状态"),
    load=_pupils,
    filters=(Filter("name", "姓名"), Filter("class_id", "班级", _class_options)),
    purpose=True,
    children=(0,),
    empty="没有符合条件的学生。请检查姓名，或选择别的班级。",
    hint="查看学生信息会连同目的记入审计日志。",
)
ROLES_GRANTED = Listing(
    slug="roles",
    title="角色授权",
    group="系统",
    permission=P.ROLE_READ,
    columns=("人员", "角色", "范围", "开始", "结束", "授予人", "状态"),
    load=_roles,
    bulk=(
        Bulk(
            "end", "收回授权", P.ROLE_EDIT, _end, "已收回", "danger", or_permission=P.ROLE_DELEGATE
        ),
    ),
    new=("授予角色", P.ROLE_EDIT, P.ROLE_DELEGATE),
    empty="还没有授予过角色。",
    hint="家长和学生的身份来自监护关系和学籍，不在这里授予。",
)
