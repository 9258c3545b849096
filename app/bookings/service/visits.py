"""科学家进校园: once the visit is published, the classes the school invited hold their places."""

from uuid import UUID

from app.activities.events import ActivityPublished
from app.activities.kinds import SessionState
from app.activities.models import Session
from app.bookings.service.classes import draft_for_visit
from app.kit.context import Ctx
from app.kit.db import savepoint
from app.kit.errors import DomainError
from app.resources.kinds import OfferState
from app.resources.queries import visit_of_activity
from app.resources.service.needs import tell_published


async def on_activity_published(ctx: Ctx, fact: ActivityPublished) -> None:
    """Draft a class booking for each invited class and tell the school, whose head confirms them.

    A class that cannot hold its places (its children are elsewhere, its school confirms too late)
    does not stop the publishing: the school hears that it books this one itself.
    """
    found = await visit_of_activity(ctx, fact.activity_id)
    if found is None or found[0].state != OfferState.ACCEPTED:
        return
    offer, need = found
    session = await ctx.db.get_one(Session, (ctx.district_id, offer.session_id))
    if session.state != SessionState.PLANNED:
        return
    left_out = 0
    for class_id in need.class_ids:
        try:
            async with savepoint(ctx.conn):
                await draft_for_visit(ctx, session, UUID(class_id), need.posted_by)
        except DomainError:
            left_out += 1
    await tell_published(ctx, offer, left_out)
