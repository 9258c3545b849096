"""The lists of resource units, applications, mentors and yearly catalogues."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from app.kit.clock import say_moment, school_day
from app.kit.context import Ctx
from app.orgs.kinds import OrgKind, OrgState
from app.orgs.permissions import P as OrgP
from app.orgs.queries import list_organizations, read_organization
from app.resources import rules
from app.resources.kinds import ApplicationState, PaperKind, Vetting
from app.resources.permissions import P
from app.resources.queries import (
    list_applications,
    list_editions,
    list_mentors,
    read_papers_of,
)
from app.resources.service.mentors import vet_mentor
from app.resources.service.units import accept_application, decline_application
from app.web import labels, reading
from app.web.console.listing import Badge, Bulk, Chosen, Filter, Line, Listing, Options

Lines = tuple[list[Line], str | None]
STATE_TONES = {
    OrgState.ACTIVE: "good",
    OrgState.APPLIED: "warn",
    OrgState.SUSPENDED: "bad",
    OrgState.EXPIRED: "bad",
}
_VETTING_TONES = {Vetting.PASSED: "good", Vetting.PENDING: "warn", Vetting.REFUSED: "bad"}


def papers_badge(days: Mapping[PaperKind, date], today: date) -> Badge:
    """How the two binding papers stand, in one word."""
    if rules.expired(days, today):
        return Badge("有证照过期", "bad")
    if rules.missing(days, today):
        return Badge("证照不全", "warn")
    soon = [last for kind, last in days.items() if (last - today).days <= max(rules.ALARM_DAYS)]
    return Badge("30 天内到期", "warn") if soon else Badge("齐全有效", "good")


async def _units(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    """The whole register for the district; a unit sees its own line."""
    reach, name = ctx.require(P.PAPER_EDIT), chosen.text("name")
    if reach.district:
        rows, following = await list_organizations(ctx, OrgKind.RESOURCE_UNIT, name, cursor, limit)
    else:
        rows = [await read_organization(ctx, one) for one in sorted(reach.organizations)]
        rows, following = [row for row in rows if not name or name in row.name], None
    papers = await read_papers_of(ctx, [row.id for row in rows])
    lines = []
    for row in rows:
        state = Badge(labels.ORG_STATES[row.state], STATE_TONES[row.state])
        until = row.valid_until.isoformat() if row.valid_until else "长期"
        cells = (
            row.name,
            row.feature,
            state,
            until,
            papers_badge(papers.get(row.id, {}), ctx.today),
        )
        lines.append(Line(str(row.id), cells, href=f"/console/units/{row.id}"))
    return lines, following


async def _applications(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", ApplicationState)
    rows, following = await list_applications(ctx, state, cursor, limit)
    lines = []
    for row in rows:
        tone = "warn" if row.state == ApplicationState.PENDING else "plain"
        contact = f"{row.contact_name} {row.contact_phone}"
        kind = labels.APPLICANT_KINDS[row.kind]
        badge = Badge(labels.APPLICATION_STATES[row.state], tone)
        cells = (row.name, kind, contact, row.offer, say_moment(row.created_at), badge, row.reason)
        href = f"/console/units/{row.organization_id}" if row.organization_id else None
        lines.append(Line(str(row.id), cells, href=href))
    return lines, following


async def _accept(ctx: Ctx, application_id: UUID, _reason: str) -> object:
    return await accept_application(ctx, application_id)


async def _decline(ctx: Ctx, application_id: UUID, reason: str) -> object:
    return await decline_application(ctx, application_id, reason)


async def _mentors(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_mentors(
        ctx,
        chosen.uuid("organization_id"),
        chosen.one_of("vetting", Vetting),
        chosen.text("words"),
        cursor,
        limit,
    )
    owners = await reading.organization_names(ctx, [row.organization_id for row in rows])
    lines = []
    for row in rows:
        badge = Badge(labels.VETTINGS[row.vetting], _VETTING_TONES[row.vetting])
        days = "、".join(labels.WEEKDAYS[day] for day in sorted(row.weekdays))
        free = "；".join(part for part in (days, row.availability) if part)
        vetted = row.vetted_on.isoformat() if row.vetted_on else None
        cells = (row.name, owners.get(row.organization_id), row.skills, free, badge, vetted)
        lines.append(Line(str(row.id), cells, href=f"/console/mentors/{row.id}"))
    return lines, following


async def _pass(ctx: Ctx, mentor_id: UUID, _reason: str) -> object:
    return await vet_mentor(ctx, mentor_id, "", passed=True)


async def _refuse(ctx: Ctx, mentor_id: UUID, reason: str) -> object:
    return await vet_mentor(ctx, mentor_id, reason, passed=False)


async def _editions(ctx: Ctx, _: Chosen, _cursor: str | None, _limit: int) -> Lines:
    return [
        Line(
            str(row.id),
            (
                row.title,
                len({entry["unit"] for entry in row.entries}),
                len(row.entries),
                school_day(row.frozen_at).isoformat(),
                row.digest[:16],
            ),
            more=(("下载 PDF", f"/console/editions/{row.id}/pdf"),),
        )
        for row in await list_editions(ctx)
    ], None


async def _organizations(ctx: Ctx) -> Options:
    return await reading.all_organizations(ctx)


UNITS = Listing(
    slug="units",
    title="资源单位",
    group="资源",
    permission=P.PAPER_EDIT,
    columns=("单位", "特色", "状态", "有效期至", "协议和保险"),
    load=_units,
    filters=(Filter("name", "单位名称"),),
    empty="没有资源单位。受理入驻申请后，单位会出现在这里。",
    hint="协议和保险到期前 30 天、7 天和当天，单位和秘书处会收到提醒；过期后不能发布新场次。",
)
APPLICATIONS = Listing(
    slug="applications",
    title="入驻申请",
    group="资源",
    permission=OrgP.UNIT_REVIEW,
    columns=("单位", "类别", "联系人", "能提供什么", "申请时间", "状态", "原因"),
    load=_applications,
    filters=(Filter("state", "状态", labels.APPLICATION_STATES),),
    bulk=(
        Bulk("accept", "受理", OrgP.UNIT_REVIEW, _accept, "已受理"),
        Bulk("decline", "不通过", OrgP.UNIT_REVIEW, _decline, "未通过", "danger", "不通过的原因"),
    ),
    district_only=True,
    empty="没有入驻申请。可以把网址 /apply 发给有意向的单位，不用注册就能填。",
    hint="受理后单位成为“申请中”，登记好协议和保险再启用。结果请打电话告诉申请人。",
)
MENTORS = Listing(
    slug="mentors",
    title="筑梦导师",
    group="资源",
    permission=P.MENTOR_READ,
    columns=("导师", "单位", "专长", "可约时间", "审核", "审核日期"),
    load=_mentors,
    filters=(
        Filter("words", "姓名或专长"),
        Filter("organization_id", "单位", _organizations),
        Filter("vetting", "审核", labels.VETTINGS),
    ),
    bulk=(
        Bulk("pass", "审核通过", P.MENTOR_VET, _pass, "已通过"),
        Bulk("refuse", "不通过", P.MENTOR_VET, _refuse, "未通过", "danger", "不通过的原因"),
    ),
    new=("新增导师", P.MENTOR_EDIT),
    empty="没有符合条件的导师。单位和学校登记后，由秘书处审核。",
    hint="审核通过的导师才能写进活动。改了姓名或专长要重新审核。",
)
EDITIONS = Listing(
    slug="editions",
    title="课程汇编",
    group="资源",
    permission=P.RESOURCE_READ,
    columns=("汇编", "单位数", "课程数", "定稿日期", "校验码"),
    load=_editions,
    new=("定稿新一年", P.EDITION_FREEZE),
    empty="还没有定稿的汇编。每学年课程登记齐以后，由秘书处定稿一次。",
    hint="定稿以后不再变动；课程以后的修改进入下一年的汇编。",
)
