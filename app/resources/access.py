"""Obtaining a base or course, or refusing."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true

from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.orgs.models import Organization, SchoolClass
from app.orgs.permissions import P as OrgP
from app.resources.kinds import NeedState
from app.resources.models import (
    Course,
    LearningBase,
    Mentor,
    Paper,
    SchoolNeed,
    UnitApplication,
    Venue,
    VisitOffer,
)
from app.resources.permissions import P


async def access_base(ctx: Ctx, base_id: UUID, permission: str) -> LearningBase:
    """The base, when the permission reaches its organization; else `kit.not_found`."""
    reach = ctx.require(permission)
    row = await ctx.db.get(LearningBase, (ctx.district_id, base_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def access_course(ctx: Ctx, course_id: UUID, permission: str) -> Course:
    reach = ctx.require(permission)
    row = await ctx.db.get(Course, (ctx.district_id, course_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def access_venue(ctx: Ctx, venue_id: UUID, permission: str) -> Venue:
    reach = ctx.require(permission)
    row = await ctx.db.get(Venue, (ctx.district_id, venue_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def access_application(
    ctx: Ctx, application_id: UUID, *, lock: bool = False
) -> UnitApplication:
    """An application, for whoever reviews the whole district; else `kit.not_found`."""
    reach = ctx.require(OrgP.UNIT_REVIEW)
    key = (ctx.district_id, application_id)
    row = await ctx.db.get(UnitApplication, key, with_for_update=lock or None)
    if row is None or not reach.district:
        raise NotFound
    return row


async def access_paper(ctx: Ctx, paper_id: UUID) -> Paper:
    reach = ctx.require(P.PAPER_EDIT)
    row = await ctx.db.get(Paper, (ctx.district_id, paper_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def access_mentor(ctx: Ctx, mentor_id: UUID, permission: str) -> Mentor:
    reach = ctx.require(permission)
    row = await ctx.db.get(Mentor, (ctx.district_id, mentor_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


def answers_for(ctx: Ctx, mentor: Mentor, permission: str) -> bool:
    """Whether the actor speaks for this mentor: the mentor in person, or the organization that lists it."""
    is_self = mentor.person_id is not None and mentor.person_id == ctx.actor.person_id
    return is_self or ctx.reach(permission).covers(mentor.organization_id)


def visible_offers(ctx: Ctx) -> ColumnElement[bool]:
    """On needs of the own school all; elsewhere those of the own organization and the own ones."""
    reach = ctx.require(P.NEED_READ)
    if reach.district:
        return true()
    mine = select(Mentor.id).where(
        Mentor.district_id == ctx.district_id, Mentor.person_id == ctx.actor.person_id
    )
    needs = select(SchoolNeed.id).where(
        SchoolNeed.district_id == ctx.district_id, _at_own_school(ctx)
    )
    return or_(
        VisitOffer.organization_id.in_(reach.organizations),
        VisitOffer.mentor_id.in_(mine),
        VisitOffer.need_id.in_(needs),
    )


def visible_needs(ctx: Ctx) -> ColumnElement[bool]:
    """Open ones are the whole district's; later ones belong to the school and to who offered."""
    return or_(SchoolNeed.state == NeedState.OPEN, involved_needs(ctx))


def involved_needs(ctx: Ctx) -> ColumnElement[bool]:
    """Needs of the own school, and those on which an own offer stands; for the district all."""
    if ctx.require(P.NEED_READ).district:
        return true()
    offered = select(VisitOffer.need_id).where(
        VisitOffer.district_id == ctx.district_id, visible_offers(ctx)
    )
    return or_(_at_own_school(ctx), SchoolNeed.id.in_(offered))


def _at_own_school(ctx: Ctx) -> ColumnElement[bool]:
    reach = ctx.require(P.NEED_READ)
    schools = select(SchoolClass.organization_id).where(
        SchoolClass.district_id == ctx.district_id, SchoolClass.id.in_(reach.classes)
    )
    return or_(
        SchoolNeed.organization_id.in_(reach.organizations), SchoolNeed.organization_id.in_(schools)
    )


async def access_school(ctx: Ctx, organization_id: UUID) -> Organization:
    """The school for which the actor may post needs: its own, or that of its class."""
    reach = ctx.require(P.NEED_CREATE)
    school = await ctx.db.get(Organization, (ctx.district_id, organization_id))
    taught = select(SchoolClass.id).where(
        SchoolClass.district_id == ctx.district_id,
        SchoolClass.organization_id == organization_id,
        SchoolClass.id.in_(reach.classes),
    )
    if school is None or not (
        reach.covers(school.id) or (await ctx.conn.execute(taught.limit(1))).first()
    ):
        raise NotFound
    return school


async def access_need(ctx: Ctx, need_id: UUID, *, lock: bool = False) -> SchoolNeed:
    """A need the actor may read; else `kit.not_found`."""
    stmt = select(SchoolNeed).where(
        SchoolNeed.district_id == ctx.district_id, SchoolNeed.id == need_id, visible_needs(ctx)
    )
    stmt = stmt.with_for_update(of=SchoolNeed) if lock else stmt
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def access_own_need(ctx: Ctx, need_id: UUID) -> SchoolNeed:
    """A need the actor may take back, locked: of its organization, or posted by itself."""
    reach = ctx.require(P.NEED_CREATE)
    row = await access_need(ctx, need_id, lock=True)
    if not (reach.covers(row.organization_id) or row.posted_by == ctx.actor.person_id):
        raise Forbidden
    return row


async def access_offer(ctx: Ctx, offer_id: UUID) -> tuple[VisitOffer, SchoolNeed]:
    """An offer the actor may read, with its need; both locked, the need first."""
    ctx.require(P.NEED_READ)
    shown = select(VisitOffer.need_id).where(
        VisitOffer.district_id == ctx.district_id, VisitOffer.id == offer_id, visible_offers(ctx)
    )
    need_id = (await ctx.conn.execute(shown)).scalar_one_or_none()
    if need_id is None:
        raise NotFound
    need = await ctx.db.get_one(SchoolNeed, (ctx.district_id, need_id), with_for_update=True)
    offer = await ctx.db.get_one(VisitOffer, (ctx.district_id, offer_id), with_for_update=True)
    return offer, need
