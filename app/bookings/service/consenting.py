"""家长同意: the answer of a guardian whose child somebody else booked, and what happens without one."""

from uuid import UUID

from sqlalchemy import func, select

from app.activities.kinds import SessionState
from app.activities.models import Activity, Session
from app.audit import service as audit
from app.bookings import rules
from app.bookings.access import access_booking
from app.bookings.errors import ConsentOutdated, ConsentOver, NothingAsked
from app.bookings.events import BookingConfirmed
from app.bookings.kinds import AHEAD, BookingState, Said
from app.bookings.models import Booking, BookingConsent
from app.bookings.queries import words_of
from app.bookings.service.booking import accept_offer
from app.bookings.service.classes import tell_refused
from app.bookings.service.ending import end_booking, give_back
from app.bookings.service.facts import about, ask_guardians, fact_fields
from app.bookings.service.queue import promote_waiting
from app.kit.context import Ctx
from app.people.access import access_own_pupil
from app.people.permissions import P as PeopleP

# Who holds a seat without a guardian's yes; who waits is asked when its turn has come.
SEATED = (BookingState.CONFIRMED, BookingState.OFFERED)


async def answer_consent(ctx: Ctx, booking_id: UUID, said: Said, seen: str) -> Booking:
    """A guardian says whether the child may come; `seen` is the digest of the words it read.

    Yes takes an offered place as well; no cancels, and the next in the queue has the
    seat. The same answer again changes nothing. Later the yes is withdrawn by
    cancelling. Never for the pupil itself, nor for staff.
    """
    row = await access_booking(ctx, booking_id, PeopleP.CONSENT_GIVE)
    access_own_pupil(ctx, row.pupil_id)
    if row.consent_asked_at is None or row.state not in AHEAD:
        return await _answered_before(ctx, row, said)
    activity = (
        select(Activity.consent_needed)
        .join(
            Session,
            (Session.district_id == Activity.district_id) & (Session.activity_id == Activity.id),
        )
        .where(Session.district_id == ctx.district_id, Session.id == row.session_id)
    )
    words = await words_of(ctx, (await ctx.conn.execute(activity)).scalar_one())
    if words is None or words.hash != seen:
        raise ConsentOutdated
    ctx.db.add(
        BookingConsent(
            district_id=ctx.district_id,
            booking_id=row.id,
            guardian_id=ctx.actor.person_id,
            said=said,
            sentence=words.sentence,
            text_id=words.text_id,
            words_hash=words.hash,
            channel=ctx.actor.channel,
        )
    )
    detail = {"said": said.value, "consent": words.hash}
    await audit.record(
        ctx, "booking:consent", "booking", row.id, pupil_id=row.pupil_id, detail=detail
    )
    return await (_agreed(ctx, row) if said is Said.YES else _refused(ctx, row))


async def _answered_before(ctx: Ctx, row: Booking, said: Said) -> Booking:
    stmt = (
        select(BookingConsent.said)
        .where(BookingConsent.district_id == ctx.district_id, BookingConsent.booking_id == row.id)
        .order_by(BookingConsent.at.desc())
    )
    before = (await ctx.conn.execute(stmt.limit(1))).scalar_one_or_none()
    if before == said and (said is Said.NO or row.state in AHEAD):
        return row
    raise NothingAsked if row.state in AHEAD else ConsentOver


async def _agreed(ctx: Ctx, row: Booking) -> Booking:
    row.consent_asked_at = None
    row.version += 1
    row.updated_at = ctx.now
    await ctx.db.flush()
    if row.state == BookingState.OFFERED:
        return await accept_offer(ctx, row.id)
    if row.state == BookingState.CONFIRMED:
        await ctx.emit(BookingConfirmed(**fact_fields(await about(ctx, row.id))))
    return row


async def _refused(ctx: Ctx, row: Booking) -> Booking:
    await ctx.db.flush()
    facts = await about(ctx, row.id)
    await give_back(ctx, row.session_id, facts, "家长不同意参加")
    if facts.class_booking_id is not None:
        await tell_refused(ctx, facts.class_booking_id)
    await ctx.db.refresh(row)
    return row


async def watch_consents(ctx: Ctx) -> int:
    """Remind families on the last day; let go of places without a yes at the limit. Says how many.

    The limit is the session's last moment to cancel, and without one its start; who
    was asked late has four hours of day time. Several workers at once do each once.
    """
    stmt = (
        select(
            Booking.id,
            Booking.session_id,
            Booking.consent_asked_at,
            Booking.consent_reminded,
            Session.cancel_until,
            Session.starts_at,
        )
        .join(
            Session,
            (Session.district_id == Booking.district_id) & (Session.id == Booking.session_id),
        )
        .where(
            Booking.district_id == ctx.district_id,
            Booking.consent_asked_at.is_not(None),
            Booking.state.in_(SEATED),
            Session.state == SessionState.PLANNED,
            func.coalesce(Session.cancel_until, Session.starts_at)
            <= func.now() + func.make_interval(0, 0, 0, 1),
        )
        .order_by(Booking.session_id, Booking.id)
        .with_for_update(of=Booking, skip_locked=True)
    )
    gone: dict[UUID, UUID] = {}
    for row in (await ctx.conn.execute(stmt)).all():
        until = rules.consent_until(row.consent_asked_at, row.cancel_until, row.starts_at)
        if until <= ctx.now:
            gone[row.id] = row.session_id
        elif not row.consent_reminded and rules.reminder_due(ctx.now, row.consent_asked_at, until):
            booking = await ctx.db.get_one(Booking, (ctx.district_id, row.id))
            booking.consent_reminded = True
            await ctx.db.flush()
            await ask_guardians(ctx, await about(ctx, row.id), reminder=True)
    await _let_go(ctx, gone)
    return len(gone)


async def _let_go(ctx: Ctx, bookings: dict[UUID, UUID]) -> None:
    classes = []
    for booking_id in bookings:
        facts = await about(ctx, booking_id)
        await end_booking(ctx, facts, "家长没有在期限前同意")
        classes.append(facts.class_booking_id)
    for class_booking_id in dict.fromkeys(classes):
        if class_booking_id is not None:
            await tell_refused(ctx, class_booking_id)
    for session_id in dict.fromkeys(bookings.values()):
        await promote_waiting(ctx, session_id)
