"""A mentor's hours of service: corrected with a reason, and thanked for on paper."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.activities.errors import NoService, ServiceBelowZero
from app.activities.models import ServiceCorrection, ThanksCertificate
from app.activities.queries import Service, service_of
from app.activities.rules import say_hours
from app.audit.changes import add_row
from app.kit.context import Ctx
from app.kit.ids import new_id
from app.kit.printing import render_pdf
from app.orgs.models import District, Organization
from app.resources.access import access_mentor
from app.resources.models import Mentor
from app.resources.permissions import P

TEMPLATE = Path(__file__).parents[1] / "print" / "thanks.typ"


async def correct_service(ctx: Ctx, mentor_id: UUID, values: dict[str, Any]) -> ServiceCorrection:
    """Add or take minutes of a school year, with the reason; what stands there is never changed.

    Refused below zero (`activity.service_below_zero`).
    """
    await access_mentor(ctx, mentor_id, P.MENTOR_EDIT)
    await ctx.db.get(Mentor, (ctx.district_id, mentor_id), with_for_update={"key_share": True})
    now = await service_of(ctx, mentor_id, values["school_year"])
    if now.minutes + values["minutes"] < 0:
        raise ServiceBelowZero
    row = ServiceCorrection(
        district_id=ctx.district_id,
        id=new_id(),
        mentor_id=mentor_id,
        person_id=ctx.actor.person_id,
        **values,
    )
    return await add_row(ctx, row, "service_correction")


async def print_thanks(ctx: Ctx, mentor_id: UUID, year: int) -> tuple[ThanksCertificate, bytes]:
    """The certificate with the hours as they stand today; its number is given once and stays.

    Refused without any hours (`activity.no_service`).
    """
    mentor = await access_mentor(ctx, mentor_id, P.MENTOR_EDIT)
    service = await service_of(ctx, mentor_id, year)
    if service.minutes <= 0:
        raise NoService(year=year)
    district = await ctx.db.get_one(District, ctx.district_id, with_for_update={"key_share": True})
    certificate = await _certificate(ctx, district.code, mentor_id, year)
    unit = await ctx.db.get_one(Organization, (ctx.district_id, mentor.organization_id))
    data = _printed(ctx, certificate, service) | {
        "district": district.name,
        "mentor": mentor.name,
        "unit": unit.name,
    }
    return certificate, await asyncio.to_thread(render_pdf, TEMPLATE, "thanks", data)


async def _certificate(ctx: Ctx, code: str, mentor_id: UUID, year: int) -> ThanksCertificate:
    """The district is locked, so that no number is given twice."""
    of_year = (
        ThanksCertificate.district_id == ctx.district_id,
        ThanksCertificate.school_year == year,
    )
    stmt = select(ThanksCertificate).where(*of_year, ThanksCertificate.mentor_id == mentor_id)
    standing = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if standing is not None:
        return standing
    given = (await ctx.conn.execute(select(func.count()).where(*of_year))).scalar_one()
    row = ThanksCertificate(
        district_id=ctx.district_id,
        id=new_id(),
        mentor_id=mentor_id,
        school_year=year,
        number=f"{code}-DS-{year}-{given + 1:04}",
    )
    return await add_row(ctx, row, "thanks_certificate")


def _printed(ctx: Ctx, certificate: ThanksCertificate, service: Service) -> dict[str, Any]:
    return {
        "number": certificate.number,
        "year": f"{certificate.school_year}—{certificate.school_year + 1} 学年",
        "visits": len(service.visits),
        "hours": say_hours(service.minutes),
        "until": f"{ctx.today.year} 年 {ctx.today.month} 月 {ctx.today.day} 日",
    }
