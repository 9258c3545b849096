"""The lists of bases, courses, venues and the plan's markers."""

from typing import Any

from app.kit.context import Ctx
from app.registers.kinds import Domain, MarkerState
from app.registers.permissions import P as RegisterP
from app.registers.queries import list_markers, marker_stages
from app.resources.permissions import P
from app.resources.queries import list_bases, list_courses, list_venues
from app.web import labels, reading
from app.web.console.listing import Badge, Cell, Chosen, Filter, Line, Listing, Options

Lines = tuple[list[Line], str | None]


async def _all_organizations(ctx: Ctx) -> Options:
    return await reading.all_organizations(ctx)


_OF = (Filter("organization_id", "单位", _all_organizations),)


async def _with_owners(ctx: Ctx, rows: list[Any], slug: str, cells: Any) -> list[Line]:
    owners = await reading.organization_names(ctx, [row.organization_id for row in rows])
    lines = []
    for row in rows:
        shown: tuple[Cell, ...] = cells(row, owners.get(row.organization_id))
        lines.append(Line(str(row.id), shown, href=f"/console/{slug}/{row.id}"))
    return lines


async def _bases(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_bases(ctx, chosen.uuid("organization_id"), cursor, limit)
    return await _with_owners(
        ctx, rows, "bases", lambda row, owner: (row.name, owner, row.theme, row.address)
    ), following


async def _courses(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_courses(
        ctx,
        chosen.uuid("organization_id"),
        cursor,
        limit,
        chosen.number("grade"),
        chosen.text("words"),
        chosen.text("theme"),
    )

    def cells(row: Any, owner: str | None) -> tuple[Cell, ...]:
        grades = labels.say_grades(row.min_grade, row.max_grade)
        return row.title, owner, row.culture, row.feature, row.theme, grades, row.leader

    return await _with_owners(ctx, rows, "courses", cells), following


async def _venues(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_venues(ctx, chosen.uuid("organization_id"), cursor, limit)

    def cells(row: Any, owner: str | None) -> tuple[Cell, ...]:
        return row.name, owner, labels.VENUE_KINDS[row.kind], row.capacity

    return await _with_owners(ctx, rows, "venues", cells), following


async def _stages(ctx: Ctx) -> Options:
    return [(stage, stage) for stage in await marker_stages(ctx)]


async def _markers(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_markers(
        ctx,
        cursor,
        limit,
        chosen.text("stage"),
        chosen.one_of("domain", Domain),
        chosen.one_of("state", MarkerState),
    )
    lines = [
        Line(
            str(row.id),
            (
                row.title,
                row.stage,
                labels.DOMAINS[row.domain],
                row.owner,
                Badge(
                    labels.MARKER_STATES[row.state],
                    "good" if row.state == MarkerState.REACHED else "plain",
                ),
                row.evidence[:120],
            ),
            href=f"/console/markers/{row.id}",
        )
        for row in rows
    ]
    return lines, following


BASES = Listing(
    slug="bases",
    title="基地",
    group="资源",
    permission=P.RESOURCE_READ,
    columns=("基地", "单位", "主题", "地址"),
    load=_bases,
    filters=_OF,
    new=("新增基地", P.BASE_EDIT),
    empty="没有基地。资源单位登记基地后，会自动生成签到二维码。",
)
COURSES = Listing(
    slug="courses",
    title="课程",
    group="资源",
    permission=P.RESOURCE_READ,
    columns=("课程", "单位", "特色文化", "特色项目", "主题", "对象", "负责人"),
    load=_courses,
    filters=(
        Filter("words", "课程名或内容"),
        Filter("theme", "主题"),
        Filter("grade", "年级", labels.GRADES),
        *_OF,
    ),
    new=("新增课程", P.COURSE_EDIT),
    empty="没有课程。可以新增一门课程，再据此发布活动。",
)
VENUES = Listing(
    slug="venues",
    title="场馆",
    group="资源",
    permission=P.RESOURCE_READ,
    columns=("场馆", "单位", "类别", "容纳人数"),
    load=_venues,
    filters=_OF,
    new=("新增场馆", P.VENUE_EDIT),
    empty="没有场馆。学校可以登记愿意共享的场馆和实验室。",
)
MARKERS = Listing(
    slug="markers",
    title="达成标识",
    group="学区",
    permission=RegisterP.REGISTER_READ,
    columns=("标识", "阶段", "领域", "负责", "状态", "证据"),
    load=_markers,
    filters=(
        Filter("stage", "阶段", _stages),
        Filter("domain", "领域", labels.DOMAINS),
        Filter("state", "状态", labels.MARKER_STATES),
    ),
    empty="没有符合条件的达成标识。",
)
