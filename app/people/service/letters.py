"""Printing a class's binding letters: fresh codes, old unused ones void."""

import asyncio
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update

from app.audit import service as audit
from app.kit.clock import school_day
from app.kit.context import Ctx
from app.kit.printing import qr_svg, render_pdf
from app.orgs.access import access_class
from app.orgs.models import Organization
from app.people.errors import EmptyClass
from app.people.kinds import PersonState, Relation
from app.people.models import BindingCode, Enrollment, Person
from app.people.permissions import P
from app.people.service.binding import new_code

TEMPLATE = Path(__file__).parents[1] / "print" / "letters.typ"
CODES_A_LETTER = 2  # one for each of two guardians
ACCOUNT_NAME = "吾创吾品"


async def print_letters(ctx: Ctx, class_id: UUID, base_url: str) -> bytes:
    """One A4 letter a pupil as PDF, each with two one-time codes.

    Printing again voids the unused codes of the last print, so that a lost
    letter is worth nothing. The codes stand on paper only; we keep digests.
    """
    school_class = await access_class(ctx, class_id, P.BINDING_CODE_CREATE)
    school = await ctx.db.get(Organization, (ctx.district_id, school_class.organization_id))
    pupils = await _pupils(ctx, class_id)
    if not pupils:
        raise EmptyClass
    await _void_unused(ctx, [pupil.id for pupil in pupils])
    letters = []
    for pupil in pupils:
        codes = [new_code(ctx, pupil.id, Relation.OTHER) for _ in range(CODES_A_LETTER)]
        letters.append(
            {
                "name": pupil.name,
                "class": school_class.name,
                "school": school.name if school else "",
                "codes": [
                    {
                        "code": code,
                        "expires": school_day(row.expires_at).isoformat(),
                        "qr": qr_svg(f"{base_url}/m/bind?code={code}"),
                    }
                    for row, code in codes
                ],
            }
        )
    await ctx.db.flush()
    await audit.record_many(ctx, [("binding_code:print", "person", pupil.id) for pupil in pupils])
    data = {"account": ACCOUNT_NAME, "letters": letters}
    return await asyncio.to_thread(render_pdf, TEMPLATE, "letters", data)


async def _pupils(ctx: Ctx, class_id: UUID) -> list[Person]:
    stmt = (
        select(Person)
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
    return list((await ctx.db.execute(stmt)).scalars())


async def _void_unused(ctx: Ctx, pupil_ids: list[UUID]) -> None:
    await ctx.conn.execute(
        update(BindingCode)
        .where(
            BindingCode.district_id == ctx.district_id,
            BindingCode.pupil_id.in_(pupil_ids),
            BindingCode.used_at.is_(None),
        )
        .values(expires_at=ctx.now)
    )
