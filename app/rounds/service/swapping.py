"""Two families exchange what their children got in the same round."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.activities.models import Activity, Session
from app.audit import service as audit
from app.bookings.kinds import BookingState
from app.bookings.models import Booking
from app.bookings.service import exchange
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.people.access import access_own_pupil, access_pupil
from app.rounds import statements
from app.rounds.access import access_round, require_state
from app.rounds.errors import NothingToSwap, WishClashes, WishGrade
from app.rounds.events import SwapDone
from app.rounds.kinds import RoundState, SwapState
from app.rounds.models import BookingRound, SwapOffer
from app.rounds.permissions import P
from app.rounds.queries import grade_of, round_sessions
from app.rounds.service.wishing import clashes


async def offer_swap(ctx: Ctx, round_id: UUID, pupil_id: UUID, wanted_id: UUID) -> SwapOffer:
    """Offer what one's own child got for another session of the round.

    When another family offers the reverse, both change at once and both are
    told; until then nothing changes. A new offer replaces the child's open one.
    """
    row = await access_round(ctx, round_id, P.WISH_CREATE)
    access_own_pupil(ctx, pupil_id)
    require_state(row, RoundState.PUBLISHED)
    await ctx.conn.execute(statements.ONE_ROUND, {"round": str(round_id)})
    mine = await _held(ctx, round_id, pupil_id)
    await _check_wanted(ctx, row, pupil_id, wanted_id, mine)
    await _withdraw_open(ctx, round_id, pupil_id)
    offer = SwapOffer(
        district_id=ctx.district_id,
        round_id=round_id,
        pupil_id=pupil_id,
        given_id=mine.session_id,
        wanted_id=wanted_id,
    )
    ctx.db.add(offer)
    await ctx.db.flush()
    await audit.record(ctx, "swap:offer", "swap_offer", offer.id, pupil_id=pupil_id)
    await _match(ctx, row, offer)
    await ctx.db.refresh(offer)
    return offer


async def _held(ctx: Ctx, round_id: UUID, pupil_id: UUID) -> AnyRow:
    """The child's confirmed booking in a session of the round that has not begun."""
    sessions = [one.id for one in await round_sessions(ctx, round_id) if one.open]
    stmt = (
        select(Booking.id, Booking.session_id)
        .where(
            Booking.district_id == ctx.district_id,
            Booking.pupil_id == pupil_id,
            Booking.session_id.in_(sessions),
            Booking.state == BookingState.CONFIRMED,
        )
        .with_for_update()
    )
    row: AnyRow | None = (await ctx.conn.execute(stmt)).first()
    if row is None:
        raise NothingToSwap
    return row


async def _check_wanted(
    ctx: Ctx, row: BookingRound, pupil_id: UUID, wanted_id: UUID, mine: AnyRow
) -> None:
    found = {one.id: one for one in await round_sessions(ctx, row.id) if one.open}
    wanted = found.get(wanted_id)
    if wanted is None or wanted_id == mine.session_id:
        raise NothingToSwap
    grade = await grade_of(ctx, pupil_id)
    if grade is None or not wanted.min_grade <= grade <= wanted.max_grade:
        raise WishGrade(title=wanted.title)
    params = {"district": ctx.district_id, "pupils": [pupil_id]}
    busy = (await ctx.conn.execute(statements.BUSY, params)).all()
    others = [one for one in busy if one.session_id != mine.session_id]
    if clashes(wanted, others, row.gap_minutes):
        raise WishClashes(title=wanted.title, gap=row.gap_minutes)


async def _withdraw_open(ctx: Ctx, round_id: UUID, pupil_id: UUID) -> None:
    await ctx.conn.execute(
        update(SwapOffer)
        .where(
            SwapOffer.district_id == ctx.district_id,
            SwapOffer.round_id == round_id,
            SwapOffer.pupil_id == pupil_id,
            SwapOffer.state == SwapState.OPEN,
        )
        .values(state=SwapState.WITHDRAWN)
    )


async def _match(ctx: Ctx, row: BookingRound, offer: SwapOffer) -> None:
    """Look for the reverse offer; one whose holder has meanwhile changed plans is passed over."""
    params = {
        "district": ctx.district_id,
        "round": row.id,
        "given": offer.given_id,
        "wanted": offer.wanted_id,
        "pupil": offer.pupil_id,
    }
    while (other := (await ctx.conn.execute(statements.COUNTERPART, params)).first()) is not None:
        theirs = await _still_fits(ctx, row, other.pupil_id, offer)
        if theirs is None:
            await _withdraw_open(ctx, row.id, other.pupil_id)
            continue
        mine = await _held(ctx, row.id, offer.pupil_id)
        await exchange(ctx, mine.id, theirs.id)
        await _settle(ctx, [offer.id, other.id])
        await _tell(ctx, offer.id, offer.pupil_id, offer.wanted_id)
        await _tell(ctx, other.id, other.pupil_id, offer.given_id)
        return


async def _still_fits(
    ctx: Ctx, row: BookingRound, pupil_id: UUID, offer: SwapOffer
) -> AnyRow | None:
    """The other family's booking, unless it has meanwhile booked or cancelled otherwise."""
    try:
        theirs = await _held(ctx, row.id, pupil_id)
        await _check_wanted(ctx, row, pupil_id, offer.given_id, theirs)
    except (NothingToSwap, WishClashes, WishGrade):
        return None
    return theirs if theirs.session_id == offer.wanted_id else None


async def _settle(ctx: Ctx, swap_ids: list[UUID]) -> None:
    await ctx.conn.execute(
        update(SwapOffer)
        .where(SwapOffer.district_id == ctx.district_id, SwapOffer.id.in_(swap_ids))
        .values(state=SwapState.DONE)
    )


async def _tell(ctx: Ctx, swap_id: UUID, pupil_id: UUID, session_id: UUID) -> None:
    pupil = await ctx.conn.execute(
        statements.NAME, {"district": ctx.district_id, "pupil": pupil_id}
    )
    about = await ctx.conn.execute(
        select(Activity.title, Session.starts_at)
        .join(
            Session,
            (Session.district_id == Activity.district_id) & (Session.activity_id == Activity.id),
        )
        .where(Session.district_id == ctx.district_id, Session.id == session_id)
    )
    title, starts_at = about.one()
    when: datetime = starts_at
    await ctx.emit(SwapDone(swap_id, pupil_id, str(pupil.scalar_one()), title, when))


async def withdraw_swap(ctx: Ctx, swap_id: UUID) -> SwapOffer:
    """Take an open offer back; one that was carried out stays."""
    ctx.require(P.WISH_CREATE)
    offer = await ctx.db.get(SwapOffer, (ctx.district_id, swap_id), with_for_update=True)
    if offer is None or offer.pupil_id not in ctx.actor.pupil_ids:
        raise NotFound
    await access_pupil(ctx, offer.pupil_id, P.WISH_CREATE)
    if offer.state == SwapState.OPEN:
        offer.state = SwapState.WITHDRAWN
        await ctx.db.flush()
        await audit.record(ctx, "swap:withdraw", "swap_offer", swap_id, pupil_id=offer.pupil_id)
    return offer
