"""Printing a class's binding letters: fresh codes, old unused ones void."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.audit import service as audit
from app.kit.clock import school_day
from app.kit.context import Ctx
from app.kit.printing import qr_svg, render_pdf
from app.orgs.access import access_class
from app.orgs.models import Organization, SchoolClass
from app.people.errors import EmptyClass, OneSchoolOnly, TooManyLetters
from app.people.kinds import PersonState, Relation
from app.people.models import BindingCode, Enrollment, Person
from app.people.permissions import P
from app.people.service.binding import new_code

TEMPLATE = Path(__file__).parents[1] / "print" / "letters.typ"
MOST_LETTERS = 200  # some seconds of work while the transaction is open
CODES_A_LETTER = 2  # one for each of two guardians
ACCOUNT_NAME = "吾创吾品"


@dataclass(frozen=True)
class Letters:
    """A printed PDF: how many letters it holds, and how many older codes it voided."""

    pdf: bytes
    number: int
    voided: int


async def print_letters(ctx: Ctx, class_ids: Sequence[UUID], base_url: str) -> Letters:
    """One A4 letter a pupil as one PDF, class by class, each with two one-time codes.

    Printing again voids the unused codes of the last print, so that a lost
    letter is worth nothing. The codes stand on paper only; we keep digests.
    Refused without pupils, beyond 200 letters, and for classes of two schools.
    """
    classes = [await access_class(ctx, one, P.BINDING_CODE_CREATE) for one in class_ids]
    schools = {row.organization_id for row in classes}
    if len(schools) > 1:
        raise OneSchoolOnly
    pupils = [(row, pupil) for row in classes for pupil in await _pupils(ctx, row.id)]
    if not pupils:
        raise EmptyClass
    if len(pupils) > MOST_LETTERS:
        raise TooManyLetters(most=MOST_LETTERS)
    school = await ctx.db.get(Organization, (ctx.district_id, schools.pop()))
    voided = await _void_unused(ctx, [pupil.id for _, pupil in pupils])
    issued = [
        (row, pupil, [new_code(ctx, pupil.id, Relation.OTHER) for _ in range(CODES_A_LETTER)])
        for row, pupil in pupils
    ]
    await ctx.db.flush()
    await audit.record_many(
        ctx, [("binding_code:print", "person", pupil.id) for _, pupil in pupils]
    )
    name = school.name if school else ""

    def draw() -> bytes:
        """QR codes too cost milliseconds each: none of it where other requests wait."""
        letters = [_letter(row, pupil, name, codes, base_url) for row, pupil, codes in issued]
        return render_pdf(TEMPLATE, "letters", {"account": ACCOUNT_NAME, "letters": letters})

    return Letters(await asyncio.to_thread(draw), len(issued), voided)


def _letter(
    school_class: SchoolClass,
    pupil: Person,
    school: str,
    codes: list[tuple[BindingCode, str]],
    base_url: str,
) -> dict[str, Any]:
    return {
        "name": pupil.name,
        "class": school_class.name,
        "school": school,
        "codes": [
            {
                "code": code,
                "expires": school_day(row.expires_at).isoformat(),
                "qr": qr_svg(f"{base_url}/m/bind?code={code}"),
            }
            for row, code in codes
        ],
    }


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


async def _void_unused(ctx: Ctx, pupil_ids: list[UUID]) -> int:
    """How many codes were still good and are no longer."""
    gone = await ctx.conn.execute(
        update(BindingCode)
        .where(
            BindingCode.district_id == ctx.district_id,
            BindingCode.pupil_id.in_(pupil_ids),
            BindingCode.used_at.is_(None),
            BindingCode.expires_at > ctx.now,
        )
        .values(expires_at=ctx.now)
    )
    return gone.rowcount
