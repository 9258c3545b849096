"""The last way of a message: the school's list, and a person who telephones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.audit import service as audit
from app.channels.kinds import ItemKind
from app.channels.rules import said
from app.channels.service.operations import keep_tally
from app.kit.clock import school_day
from app.kit.context import Ctx, Reach
from app.kit.db import AnyRow
from app.kit.errors import BadCursor, NotFound
from app.kit.paging import decode_cursor, encode_cursor
from app.notifications.kinds import MATTERS, DeliveryState, Kind
from app.notifications.permissions import P
from app.notifications.rules import plain_words
from app.notifications.statements import TOLD, UNREACHED
from app.people.permissions import P as PeopleP
from app.people.rules import mask_name

MOST = 2000
CLOSED = "都已告知，或者已经过时"


@dataclass(frozen=True)
class Unreached:
    """One family that one message did not reach; `id` is the first of its lines, `kin` all."""

    id: UUID
    kin: tuple[UUID, ...]
    pupil_id: UUID
    pupil_name: str
    class_id: UUID
    class_name: str
    school_id: UUID
    school: str
    kind: Kind
    words: str
    why: str
    since: Any
    told_at: Any = None
    told_by: str = ""


async def list_unreached(ctx: Ctx, school_id: UUID | None = None) -> list[Unreached]:
    """What still matters, by school and class; also what was told already. The caller masks names."""
    return await _within(ctx, ctx.require(P.UNREACHED_READ), school_id)


async def page_unreached(
    ctx: Ctx,
    school_id: UUID | None,
    purpose: str | None,
    cursor: str | None,
    limit: int,
    *,
    told: bool,
) -> tuple[list[Unreached], str | None]:
    """Those told already or those still to be told, what came first first, named as the reader may."""
    after = _after(cursor) if cursor else None
    rows = [
        row for row in await list_unreached(ctx, school_id) if (row.told_at is not None) is told
    ]
    rest = sorted((row for row in rows if after is None or row.id > after), key=lambda row: row.id)
    shown = rest[:limit]
    following = encode_cursor([shown[-1].id]) if len(rest) > limit else None
    return await name_them(ctx, shown, purpose), following


def _after(cursor: str) -> UUID:
    try:
        return UUID(decode_cursor(cursor)[0])
    except (ValueError, IndexError) as exc:
        raise BadCursor from exc


async def name_them(ctx: Ctx, rows: Sequence[Unreached], purpose: str | None) -> list[Unreached]:
    """Names masked; whole where the actor may read them and says why, which the log keeps."""
    reach = ctx.reach(PeopleP.PERSON_READ)

    def is_open(row: Unreached) -> bool:
        return bool(purpose) and (reach.covers(row.school_id) or row.class_id in reach.classes)

    if purpose:
        seen = [row.pupil_id for row in rows if is_open(row)]
        await audit.record_reads(ctx, "unreached", seen, purpose)
    return [
        row if is_open(row) else replace(row, pupil_name=mask_name(row.pupil_name)) for row in rows
    ]


async def _within(ctx: Ctx, reach: Reach, school_id: UUID | None = None) -> list[Unreached]:
    params = {
        "district": ctx.district_id,
        "kinds": [kind.value for kind in MATTERS],
        "days": [matter.days for matter in MATTERS.values()],
        "untils": [matter.until for matter in MATTERS.values()],
        "everywhere": reach.district,
        "schools": list(reach.organizations),
        "classes": list(reach.classes),
        "school": school_id,
        "most": MOST,
    }
    return [_shown(row) for row in await ctx.conn.execute(UNREACHED, params)]


def _shown(row: AnyRow) -> Unreached:
    return Unreached(
        id=row.id,
        kin=tuple(row.kin),
        pupil_id=row.pupil_id,
        pupil_name=row.pupil_name,
        class_id=row.class_id,
        class_name=row.class_name,
        school_id=row.organization_id,
        school=row.school,
        kind=Kind(row.kind),
        words=plain_words(Kind(row.kind), row.fields),
        why=_why(row),
        since=row.created_at,
        told_at=row.told_at,
        told_by=row.told_name or "",
    )


def _why(row: AnyRow) -> str:
    if row.state == DeliveryState.UNKNOWN:
        return "不确定有没有送到"
    if list(row.family) == [row.pupil_id] and row.person_id == row.pupil_id:
        return "孩子还没有家长绑定微信"
    return said(row.reason).partition("（")[0] or "没有送到手机"


async def mark_told(ctx: Ctx, ids: Iterable[UUID]) -> int:
    """已电话告知: these families know it now. Says how many were not marked before.

    Twice is once: who said it first stays. What has left the list meanwhile (read, or over) is
    passed over; when nothing of it is on the actor's own list it is `kit.not_found`.
    """
    wanted = set(ids)
    rows = await _within(ctx, ctx.require(P.UNREACHED_SETTLE))
    chosen = [row for row in rows if wanted.intersection(row.kin)]
    if not chosen:
        raise NotFound
    fresh = [row for row in chosen if row.told_at is None]
    if fresh:
        lines = [line for row in fresh for line in row.kin]
        params = {"district": ctx.district_id, "person": ctx.actor.person_id, "ids": lines}
        await ctx.conn.execute(TOLD, params)
        acts = [("unreached:told", "notification", row.pupil_id) for row in fresh]
        await audit.record_many(ctx, acts)
        await tally_unreached(ctx)
    return len(fresh)


async def tally_unreached(ctx: Ctx) -> None:
    """One line a school and day in the operations inbox, as long as somebody is still to be told."""
    rows = await _within(ctx, Reach(district=True))
    counts: dict[tuple[UUID, str, date], list[int]] = {}
    for row in rows:
        both = counts.setdefault((row.school_id, row.school, school_day(row.since)), [0, 0])
        both[0] += 1
        both[1] += row.told_at is not None
    tally = [
        (f"{school}:{day}", whole, _say(name, day, whole, told))
        for (school, name, day), (whole, told) in counts.items()
        if told < whole
    ]
    await keep_tally(ctx.conn, ctx.district_id, ItemKind.NOT_REACHED, tally, CLOSED)


def _say(school: str, day: date, whole: int, told: int) -> str:
    known = f"，已告知 {told} 家" if told else ""
    return f"{school} {day.month}月{day.day}日：{whole} 家没有收到{known}"
