"""Printing the passports of a class or a school: ordered here, drawn in the background."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from app.audit import service as audit
from app.jobs.service import Arguments, Unit, enqueue
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.kit.printing import render_pdf
from app.orgs.models import Organization, SchoolClass
from app.passports import statements
from app.passports.errors import NobodyToPrint, NotDrawnYet
from app.passports.kinds import PrintState
from app.passports.models import PrintOrder
from app.passports.permissions import P
from app.passports.service.pages import passports_data
from app.passports.service.prints import FOLDER, shelf_of

DRAW = "passports.draw_prints"
MOST_CHILDREN = 50  # a file: some 300 pages, a second of drawing


async def order_prints(ctx: Ctx, place_id: UUID, base_url: str) -> int:
    """Order the passports of a class, or of all classes of a school; says how many files it makes.

    At most fifty children a file. Needs a fresh proof. Ordered again while it waits, it is the
    same order. Refused when nobody there has a passport (`passport.nobody_to_print`).
    """
    ctx.require(P.PASSPORT_READ)
    await _access_place(ctx, place_id)
    ctx.require_proof()
    params: dict[str, Any] = {"district": ctx.district_id, "place": place_id}
    places = [row for row in await statements.PRINTABLE.rows(ctx.conn, params) if row.passports]
    if not places:
        raise NobodyToPrint
    parts = [
        (row.id, part + 1) for row in places for part in range(-(-row.children // MOST_CHILDREN))
    ]
    wanted: dict[str, Any] = {
        "district": ctx.district_id,
        "person": ctx.actor.person_id,
        "ids": [new_id() for _ in parts],
        "classes": [class_id for class_id, _ in parts],
        "parts": [part for _, part in parts],
    }
    for row in await statements.ORDER.rows(ctx.conn, wanted):
        await enqueue(ctx, DRAW, order=row.id, base_url=base_url)
    await audit.record(ctx, "print:order", "print_order", place_id, detail={"files": len(parts)})
    return len(parts)


async def _access_place(ctx: Ctx, place_id: UUID) -> None:
    reach = ctx.reach(P.PASSPORT_READ)
    if await ctx.db.get(Organization, (ctx.district_id, place_id)) and reach.covers(place_id):
        return
    row = await ctx.db.get(SchoolClass, (ctx.district_id, place_id))
    if row is None or not (reach.covers(row.organization_id) or row.id in reach.classes):
        raise NotFound


async def draw_prints(unit: Unit, arguments: Arguments) -> None:
    """The job: read, draw with no transaction open, keep. Drawn already, it does nothing."""
    order_id = UUID(arguments["order"])
    async with unit() as ctx:
        order = await ctx.db.get(PrintOrder, (ctx.district_id, order_id))
        if order is None or order.state != PrintState.WAITING:
            return
        params = {"district": ctx.district_id, "class": order.class_id, "size": MOST_CHILDREN}
        params["after"] = (order.part - 1) * MOST_CHILDREN
        children = await statements.CLASS_CHILDREN.rows(ctx.conn, params)
        pupils = [row.pupil_id for row in children if row.has]
        shelf, today = await shelf_of(ctx, pupils), ctx.today
    content, handwritten = b"", 0
    if shelf.booklets:

        def draw() -> tuple[bytes, int]:
            data = passports_data(
                shelf.booklets, shelf.stamps, shelf.rules, today, arguments["base_url"]
            )
            pdf = render_pdf(FOLDER / "passport.typ", "passports", data)
            return pdf, sum(one["by_hand"] for one in data["passports"])

        content, handwritten = await asyncio.to_thread(draw)
    async with unit() as ctx:
        await ctx.conn.execute(
            update(PrintOrder)
            .where(
                PrintOrder.district_id == ctx.district_id,
                PrintOrder.id == order_id,
                PrintOrder.state == PrintState.WAITING,
            )
            .values(
                state=PrintState.DRAWN,
                drawn_at=ctx.now,
                content=content,
                size=len(content),
                pupils=[str(one) for one in pupils],
                handwritten=handwritten,
                left_out=len(children) - len(pupils),
            )
        )


async def take_print(ctx: Ctx, order_id: UUID) -> tuple[str, bytes]:
    """(name of the file, PDF): the children in it are logged one by one. Needs a fresh proof."""
    reach = ctx.require(P.PASSPORT_READ)
    stmt = (
        select(PrintOrder, SchoolClass)
        .join(
            SchoolClass,
            (SchoolClass.district_id == PrintOrder.district_id)
            & (SchoolClass.id == PrintOrder.class_id),
        )
        .where(PrintOrder.district_id == ctx.district_id, PrintOrder.id == order_id)
        .options(undefer(PrintOrder.content))
    )
    found = (await ctx.db.execute(stmt)).first()
    if found is None:
        raise NotFound
    order, room = found
    if not (reach.covers(room.organization_id) or room.id in reach.classes):
        raise NotFound
    if order.content is None:
        raise NotDrawnYet
    if not order.content:
        raise NobodyToPrint
    ctx.require_proof()
    await audit.record_many(
        ctx, [("passport:print", "person", UUID(pupil)) for pupil in order.pupils]
    )
    return f"游学护照{room.name}（{order.part}）.pdf", order.content
