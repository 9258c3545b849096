"""Keeping the conditions of a list under a name."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.people.errors import TooManyFilters
from app.people.models import SavedFilter
from app.people.queries import own_filters, own_id

MOST = 20


async def save_filter(ctx: Ctx, screen: str, name: str, query: str) -> None:
    """Keep it for the actor alone; the same name again replaces what it stood for."""
    kept = {row.name for row in await own_filters(ctx, screen)}
    if len(kept) >= MOST and name not in kept:
        raise TooManyFilters
    keys = {
        "district_id": ctx.district_id,
        "person_id": own_id(ctx),
        "screen": screen,
        "name": name,
    }
    stmt = insert(SavedFilter).values(id=new_id(), query=query, **keys)
    stmt = stmt.on_conflict_do_update(index_elements=list(keys), set_={"query": query})
    await ctx.conn.execute(stmt)
    await audit.record(ctx, "saved_filter:keep", "saved_filter", None, detail={"screen": screen})


async def drop_filter(ctx: Ctx, filter_id: UUID) -> None:
    """Forget one's own; anybody else's is not found."""
    row = await ctx.db.get(SavedFilter, (ctx.district_id, filter_id))
    if row is None or row.person_id != own_id(ctx):
        raise NotFound
    await ctx.db.delete(row)
    await ctx.db.flush()
    await audit.record(ctx, "saved_filter:drop", "saved_filter", filter_id)
