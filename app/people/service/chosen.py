"""Which of several children does a guardian talk about in the chat? Asked by number, remembered."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.kit.context import Ctx
from app.people.errors import NoChildAsked
from app.people.queries import own_id, sole_or_all_pupils
from app.people.schemas import PupilBrief

ALL = 0  # the number that means every child again
MINUTES = 10  # how long a list of children waits for its number
_OFFER = text(
    """
INSERT INTO chosen_child AS c (district_id, person_id, offered, asked_at)
VALUES (:district, :person, :offered, now())
ON CONFLICT (district_id, person_id) DO UPDATE SET offered = excluded.offered, asked_at = now()
"""
)
_READ = text(
    f"""
SELECT pupil_id, offered, CASE WHEN asked_at > now() - interval '{MINUTES} minutes'
  THEN asked_at END AS asked_at
FROM chosen_child WHERE district_id = :district AND person_id = :person
"""  # noqa: S608 - a constant of this file
)
_CHOOSE = text(
    "UPDATE chosen_child SET pupil_id = :pupil WHERE district_id = :district AND person_id = :person"
)
_FORGET = text(
    "DELETE FROM chosen_child WHERE district_id = :district AND (person_id = ANY(:people) "
    "OR pupil_id = ANY(:people) OR offered && cast(:people AS uuid[]))"
)


async def chosen_pupils(ctx: Ctx) -> list[PupilBrief]:
    """The child chosen last, or all; one that is no longer the guardian's counts as not chosen."""
    pupils = await sole_or_all_pupils(ctx)
    if len(pupils) == 1:
        return pupils
    row = (await ctx.conn.execute(_READ, _key(ctx))).first()
    return [one for one in pupils if row and one.id == row.pupil_id] or pupils


async def offer_children(ctx: Ctx) -> tuple[list[PupilBrief], UUID | None]:
    """All children in their order, and the one chosen; of several the next number chooses."""
    pupils, now = await sole_or_all_pupils(ctx), await chosen_pupils(ctx)
    if len(pupils) > 1:
        await ctx.conn.execute(_OFFER, {**_key(ctx), "offered": [one.id for one in pupils]})
    return pupils, now[0].id if len(now) == 1 else None


async def asked_since(ctx: Ctx) -> datetime | None:
    """When the list of children that still waits for its number was shown."""
    row = (await ctx.conn.execute(_READ, _key(ctx))).first()
    found: datetime | None = row.asked_at if row else None
    return found


async def choose_child(ctx: Ctx, number: int) -> PupilBrief | None:
    """The child that this number meant in the list, remembered; None for all of them again.

    Without a list of the last ten minutes, or a number that is not on it: `people.no_child_asked`.
    """
    row = (await ctx.conn.execute(_READ, _key(ctx))).first()
    if row is None or row.asked_at is None or not ALL <= number <= len(row.offered):
        raise NoChildAsked
    wanted = row.offered[number - 1] if number != ALL else None
    found = {one.id: one for one in await sole_or_all_pupils(ctx)}
    if wanted is not None and wanted not in found:
        raise NoChildAsked
    await ctx.conn.execute(_CHOOSE, {**_key(ctx), "pupil": wanted})
    return found[wanted] if wanted is not None else None


async def forget_choices(ctx: Ctx, people: Sequence[UUID]) -> None:
    """Nobody's choice, and nobody's list, names these people any more."""
    await ctx.conn.execute(_FORGET, {"district": ctx.district_id, "people": list(people)})


def _key(ctx: Ctx) -> dict[str, UUID]:
    return {"district": ctx.district_id, "person": own_id(ctx)}
