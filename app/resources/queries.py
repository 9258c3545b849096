"""Reading what the district has to offer."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.kit.search import occurs
from app.orgs.models import Organization
from app.orgs.permissions import P as OrgP
from app.resources import rules
from app.resources.access import (
    access_base,
    access_need,
    access_paper,
    involved_needs,
    visible_needs,
    visible_offers,
)
from app.resources.kinds import ApplicationState, NeedState, PaperKind, Vetting
from app.resources.models import (
    Course,
    CourseEdition,
    LearningBase,
    Mentor,
    Paper,
    SchoolNeed,
    UnitApplication,
    Venue,
    VisitOffer,
)
from app.resources.permissions import P

Resource = type[LearningBase] | type[Venue] | type[Course]
Listed = tuple[list[Any], str | None]


async def list_bases(
    ctx: Ctx, organization_id: UUID | None, cursor: str | None, limit: int
) -> Listed:
    return await _list(ctx, LearningBase, organization_id, cursor, limit)


async def list_venues(
    ctx: Ctx, organization_id: UUID | None, cursor: str | None, limit: int
) -> Listed:
    return await _list(ctx, Venue, organization_id, cursor, limit)


async def list_courses(
    ctx: Ctx,
    organization_id: UUID | None,
    cursor: str | None,
    limit: int,
    grade: int | None = None,
    words: str | None = None,
    theme: str | None = None,
) -> Listed:
    """Courses of the district; `words` stand anywhere in what a family reads."""
    stmt = _of_district(ctx, Course, organization_id)
    if grade is not None:
        stmt = stmt.where(Course.min_grade <= grade, Course.max_grade >= grade)
    if theme:
        stmt = stmt.where(occurs(theme, Course.theme))
    if words:
        fields = (Course.title, Course.summary, Course.feature, Course.culture, Course.place)
        stmt = stmt.where(occurs(words, *fields))
    return await fetch_page(ctx, stmt, Course.id, cursor, limit)


async def read_base(ctx: Ctx, base_id: UUID) -> LearningBase:
    found: LearningBase = await _read(ctx, LearningBase, base_id)
    return found


async def read_venue(ctx: Ctx, venue_id: UUID) -> Venue:
    found: Venue = await _read(ctx, Venue, venue_id)
    return found


async def read_course(ctx: Ctx, course_id: UUID) -> Course:
    found: Course = await _read(ctx, Course, course_id)
    return found


async def read_poster(ctx: Ctx, base_id: UUID) -> LearningBase:
    """What a poster carries: for those who may print it."""
    return await access_base(ctx, base_id, P.BASE_EDIT)


async def _list(
    ctx: Ctx, model: Resource, organization_id: UUID | None, cursor: str | None, limit: int
) -> Listed:
    stmt = _of_district(ctx, model, organization_id)
    return await fetch_page(ctx, stmt, model.id, cursor, limit)


def _of_district(ctx: Ctx, model: Resource, organization_id: UUID | None) -> Select[Any]:
    """Bases, venues or courses of the district: open to everybody in it."""
    ctx.require(P.RESOURCE_READ)
    stmt: Select[Any] = select(model).where(model.district_id == ctx.district_id)
    if organization_id:
        stmt = stmt.where(model.organization_id == organization_id)
    return stmt


async def _read(ctx: Ctx, model: Resource, row_id: UUID) -> Any:
    ctx.require(P.RESOURCE_READ)
    row = await ctx.db.get(model, (ctx.district_id, row_id))
    if row is None:
        raise NotFound
    return row


async def public_base_of_scene(conn: AsyncConnection, scene: str) -> AnyRow | None:
    """The base behind a poster's word, in any district: what hangs on the wall is public."""
    stmt = select(
        LearningBase.district_id, LearningBase.id, LearningBase.name, LearningBase.address
    ).where(LearningBase.scene == scene)
    return (await conn.execute(stmt)).first()


async def list_applications(
    ctx: Ctx, state: ApplicationState | None, cursor: str | None, limit: int
) -> tuple[list[UnitApplication], str | None]:
    """Who would like to become a resource unit, newest first; for whoever reviews the district."""
    reach = ctx.require(OrgP.UNIT_REVIEW)
    stmt = select(UnitApplication).where(UnitApplication.district_id == ctx.district_id)
    if not reach.district:
        raise NotFound
    if state:
        stmt = stmt.where(UnitApplication.state == state)
    return await fetch_page(ctx, stmt, UnitApplication.id, cursor, limit, newest_first=True)


async def count_applications(ctx: Ctx) -> int:
    """How many wait for a decision."""
    ctx.require(OrgP.UNIT_REVIEW)
    stmt = select(func.count()).where(
        UnitApplication.district_id == ctx.district_id,
        UnitApplication.state == ApplicationState.PENDING,
    )
    return int((await ctx.conn.execute(stmt)).scalar_one())


async def list_papers(
    ctx: Ctx, organization_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[Paper], str | None]:
    """Papers of the organizations whose papers the actor keeps."""
    reach = ctx.require(P.PAPER_EDIT)
    stmt = select(Paper).where(Paper.district_id == ctx.district_id)
    if not reach.district:
        stmt = stmt.where(Paper.organization_id.in_(reach.organizations))
    if organization_id:
        stmt = stmt.where(Paper.organization_id == organization_id)
    return await fetch_page(ctx, stmt, Paper.id, cursor, limit)


async def read_paper(ctx: Ctx, paper_id: UUID) -> Paper:
    return await access_paper(ctx, paper_id)


async def last_days_of(
    ctx: Ctx, organization_ids: Iterable[UUID]
) -> dict[UUID, dict[PaperKind, date]]:
    """The last day of each kind of paper of these organizations; a rule asks, not a person."""
    stmt = select(Paper).where(
        Paper.district_id == ctx.district_id, Paper.organization_id.in_(list(organization_ids))
    )
    papers: dict[UUID, list[Paper]] = defaultdict(list)
    for row in (await ctx.db.execute(stmt)).scalars():
        papers[row.organization_id].append(row)
    return {one: rules.last_days(rows) for one, rows in papers.items()}


async def count_alarms(ctx: Ctx) -> int:
    """Papers the actor keeps that run out within 30 days or have run out, each kind once a unit."""
    reach = ctx.require(P.PAPER_EDIT)
    newest = select(func.max(Paper.valid_until).label("last")).where(
        Paper.district_id == ctx.district_id
    )
    if not reach.district:
        newest = newest.where(Paper.organization_id.in_(reach.organizations))
    each = newest.group_by(Paper.organization_id, Paper.kind).subquery()
    left = each.c.last - ctx.today
    stmt = select(func.count()).where(left <= max(rules.ALARM_DAYS))
    return int((await ctx.conn.execute(stmt)).scalar_one())


async def read_papers_of(
    ctx: Ctx, organization_ids: Collection[UUID]
) -> dict[UUID, dict[PaperKind, date]]:
    """The same last days, for whoever keeps those papers; others see none."""
    reach = ctx.reach(P.PAPER_EDIT)
    return await last_days_of(ctx, [one for one in organization_ids if reach.covers(one)])


async def list_mentors(
    ctx: Ctx,
    organization_id: UUID | None,
    vetting: Vetting | None,
    words: str | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Mentor], str | None]:
    """Mentors of the district, for staff: schools look for one, units list theirs."""
    ctx.require(P.MENTOR_READ)
    stmt = select(Mentor).where(Mentor.district_id == ctx.district_id)
    if organization_id:
        stmt = stmt.where(Mentor.organization_id == organization_id)
    if vetting:
        stmt = stmt.where(Mentor.vetting == vetting)
    if words:
        fields = (Mentor.name, Mentor.skills)
        stmt = stmt.where(occurs(words, *fields))
    return await fetch_page(ctx, stmt, Mentor.id, cursor, limit)


async def read_mentor(ctx: Ctx, mentor_id: UUID) -> Mentor:
    ctx.require(P.MENTOR_READ)
    row = await ctx.db.get(Mentor, (ctx.district_id, mentor_id))
    if row is None:
        raise NotFound
    return row


async def read_mentor_of(ctx: Ctx, mentor_id: UUID) -> Mentor:
    """The mentor a row names; for messages and rules, nobody's right is asked."""
    row = await ctx.db.get(Mentor, (ctx.district_id, mentor_id))
    if row is None:
        raise NotFound
    return row


async def is_vetted(ctx: Ctx, mentor_id: UUID) -> bool:
    """Whether an activity may name this mentor; of whichever organization."""
    row = await ctx.db.get(Mentor, (ctx.district_id, mentor_id))
    return row is not None and row.vetting == Vetting.PASSED


async def list_editions(ctx: Ctx) -> list[CourseEdition]:
    """The frozen catalogues, newest first: one a year."""
    ctx.require(P.RESOURCE_READ)
    stmt = select(CourseEdition).where(CourseEdition.district_id == ctx.district_id)
    return list((await ctx.db.execute(stmt.order_by(CourseEdition.year.desc()))).scalars())


async def read_edition(ctx: Ctx, edition_id: UUID) -> CourseEdition:
    ctx.require(P.RESOURCE_READ)
    row = await ctx.db.get(CourseEdition, (ctx.district_id, edition_id))
    if row is None:
        raise NotFound
    return row


async def edition_of_year(ctx: Ctx, year: int) -> CourseEdition | None:
    stmt = select(CourseEdition).where(
        CourseEdition.district_id == ctx.district_id, CourseEdition.year == year
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


async def list_needs(
    ctx: Ctx,
    state: NeedState | None,
    organization_id: UUID | None,
    cursor: str | None,
    limit: int,
    *,
    mine: bool = False,
) -> tuple[list[SchoolNeed], str | None]:
    """Open needs of the whole district, and later ones of the own school or with an own offer.
    `mine` leaves out the open needs of others on which nothing was offered.
    """
    shown = involved_needs(ctx) if mine else visible_needs(ctx)
    stmt = select(SchoolNeed).where(SchoolNeed.district_id == ctx.district_id, shown)
    if state:
        stmt = stmt.where(SchoolNeed.state == state)
    if organization_id:
        stmt = stmt.where(SchoolNeed.organization_id == organization_id)
    return await fetch_page(ctx, stmt, SchoolNeed.id, cursor, limit, newest_first=True)


async def read_need(ctx: Ctx, need_id: UUID) -> SchoolNeed:
    return await access_need(ctx, need_id)


async def read_offer(ctx: Ctx, offer_id: UUID) -> VisitOffer:
    stmt = select(VisitOffer).where(
        VisitOffer.district_id == ctx.district_id, VisitOffer.id == offer_id, visible_offers(ctx)
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def offers_of(ctx: Ctx, need_ids: Collection[UUID]) -> list[VisitOffer]:
    """The offers on these needs that the actor may see, by date."""
    stmt = (
        select(VisitOffer)
        .where(
            VisitOffer.district_id == ctx.district_id,
            VisitOffer.need_id.in_(need_ids),
            visible_offers(ctx),
        )
        .order_by(VisitOffer.starts_at, VisitOffer.id)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def visit_facts(ctx: Ctx, offer_id: UUID) -> tuple[VisitOffer, SchoolNeed, str, str]:
    """(offer, need, name of the school, name of who offers), for messages; nobody's right is asked."""
    offer = await ctx.db.get(VisitOffer, (ctx.district_id, offer_id))
    if offer is None:
        raise NotFound
    need = await ctx.db.get_one(SchoolNeed, (ctx.district_id, offer.need_id))
    ids = (need.organization_id, offer.organization_id)
    stmt = select(Organization.id, Organization.name).where(
        Organization.district_id == ctx.district_id, Organization.id.in_(ids)
    )
    names = {row.id: row.name for row in await ctx.conn.execute(stmt)}
    return offer, need, names[ids[0]], names[ids[1]]


async def visit_of_session(ctx: Ctx, session_id: UUID) -> VisitOffer | None:
    """The accepted offer behind a session; a rule asks, not a person."""
    stmt = select(VisitOffer).where(
        VisitOffer.district_id == ctx.district_id, VisitOffer.session_id == session_id
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


async def visit_of_activity(ctx: Ctx, activity_id: UUID) -> tuple[VisitOffer, SchoolNeed] | None:
    """The accepted offer behind an activity, with its need; a rule asks, not a person."""
    stmt = select(VisitOffer).where(
        VisitOffer.district_id == ctx.district_id, VisitOffer.activity_id == activity_id
    )
    offer = (await ctx.db.execute(stmt.limit(1))).scalar_one_or_none()
    if offer is None:
        return None
    return offer, await ctx.db.get_one(SchoolNeed, (ctx.district_id, offer.need_id))
