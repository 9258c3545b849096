"""A class's passport cards on one sheet of labels: most children have no phone at the door."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Select, select

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.glyphs import boxed
from app.kit.ids import new_id, new_scene
from app.kit.printing import qr_svg, render_pdf
from app.orgs.models import SchoolClass
from app.passports.kinds import PassportState
from app.passports.models import Passport
from app.passports.permissions import P
from app.passports.rules import passport_number
from app.passports.service.stamping import CARD_SCENE_PREFIX, next_serial
from app.people.kinds import PersonState
from app.people.models import Enrollment, Person

TEMPLATE = Path(__file__).parents[1] / "print" / "cards.typ"


@dataclass(frozen=True)
class Cards:
    """The sheet, how many cards, and how many children got their passport just now."""

    pdf: bytes
    number: int
    issued: int
    class_name: str


async def print_cards(ctx: Ctx, class_id: UUID, base_url: str) -> Cards:
    """3 × 8 labels a page, by student number. Children without a passport get one first.

    Printing again gives the same codes: a card on paper stays good until it is revoked.
    """
    reach = ctx.require(P.PASSPORT_EDIT)
    row = await ctx.db.get(SchoolClass, (ctx.district_id, class_id))
    if row is None or not (reach.covers(row.organization_id) or row.id in reach.classes):
        raise NotFound
    issued = await _issue_missing(ctx, class_id)
    cards = await _cards(ctx, class_id)
    await audit.record_many(ctx, [("passport:print", "person", card.id) for card in cards])
    name = row.name

    def draw() -> bytes:
        """Codes cost milliseconds each: none of it where other requests wait."""
        shown = [
            {
                "name": boxed(card.name),
                "number": card.number,
                "qr": qr_svg(f"{base_url}/c/{card.scene}"),
            }
            for card in cards
        ]
        return render_pdf(TEMPLATE, "cards", {"class": name, "cards": shown})

    return Cards(await asyncio.to_thread(draw), len(cards), issued, name)


async def _issue_missing(ctx: Ctx, class_id: UUID) -> int:
    """Numbers are given one after the other: the district's row is the lock."""
    code, first = await next_serial(ctx)
    active = select(Passport.pupil_id).where(
        Passport.district_id == ctx.district_id, Passport.state == PassportState.ACTIVE
    )
    missing = _pupils(ctx, class_id).where(Person.id.not_in(active))
    pupils = list((await ctx.conn.execute(missing)).scalars())
    for serial, pupil_id in enumerate(pupils, start=first):
        number = passport_number(code, serial)
        scene = CARD_SCENE_PREFIX + new_scene()
        row = Passport(id=new_id(), pupil_id=pupil_id, number=number, scene=scene)
        row.district_id = ctx.district_id
        ctx.db.add(row)
    await ctx.db.flush()
    await audit.record_many(ctx, [("passport:issue", "person", pupil_id) for pupil_id in pupils])
    return len(pupils)


def _pupils(ctx: Ctx, class_id: UUID) -> Select[UUID]:
    return (
        select(Person.id)
        .join(
            Enrollment,
            (Enrollment.district_id == Person.district_id) & (Enrollment.pupil_id == Person.id),
        )
        .where(
            Person.district_id == ctx.district_id,
            Person.state == PersonState.ACTIVE,
            Enrollment.class_id == class_id,
            Enrollment.ends_on.is_(None),
        )
        .order_by(Enrollment.student_no, Person.id)
    )


async def _cards(ctx: Ctx, class_id: UUID) -> Sequence[AnyRow]:
    stmt = (
        _pupils(ctx, class_id)
        .with_only_columns(Person.id, Person.name, Passport.number, Passport.scene)
        .join(
            Passport,
            (Passport.district_id == Person.district_id)
            & (Passport.pupil_id == Person.id)
            & (Passport.state == PassportState.ACTIVE),
        )
    )
    return (await ctx.conn.execute(stmt)).all()
