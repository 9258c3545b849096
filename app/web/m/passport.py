"""The passport as a child opens it: cover, levels, the wall of stamps, one stamp."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.evaluations.queries import own_sheets
from app.kit.art import as_image, cover_svg, stamp_image
from app.kit.clock import platform_time
from app.kit.errors import NotFound
from app.kit.http import download
from app.passports.kinds import CATEGORY_WORDS, EVIDENCE_WORDS, LevelState, NeedKind
from app.passports.queries import Booklet, InForce, booklet, own_stamp
from app.passports.rules.ladder import LevelProgress, Progress, say_number
from app.passports.service.signing import export_badge
from app.web import labels
from app.web.feeds import base_url
from app.web.m.family import Family, FamilyHot, children, family_page
from app.web.qr import qr_image

router = APIRouter(include_in_schema=False)
OTHER_THEME = "其他"
BADGE = "application/jwt"


@dataclass(frozen=True)
class BaseOnWall:
    """All stamps of one base, under one picture."""

    name: str
    theme: str
    art: str
    stamps: list[Any]


@router.get("/passport")
async def show_passport(request: Request, ctx: FamilyHot) -> HTMLResponse:
    """Everything on one page with at most five statements, however many stamps there are."""
    pupils, chosen = await children(request, ctx)
    try:
        found = await booklet(ctx, chosen.id)
    except NotFound:
        return family_page(request, "passport.html", pupils, chosen, {"booklet": None})
    context = {
        "booklet": found,
        "seal": as_image(cover_svg(chosen.name[:1])),
        "minutes": sum(row.minutes for row in found.stamps),
        "bases": len({row.base_id for row in found.stamps}),
        "wall": _wall(found.stamps),
        "ladders": [_ladder(found, one, got) for one, got in found.progress if not _is_table(one)],
        "tables": [_table(one, got) for one, got in found.progress if _is_table(one)],
        "kept": [level for level in found.levels if level[3] == LevelState.OLD_RULES],
        "say_number": say_number,
    }
    return family_page(request, "passport.html", pupils, chosen, context)


def _wall(stamps: list[Any]) -> list[BaseOnWall]:
    """One picture a base; bases of one theme, which share a colour, hang side by side."""
    bases: dict[UUID, list[Any]] = {}
    for row in stamps:
        bases.setdefault(row.base_id, []).append(row)
    found = [
        BaseOnWall(
            rows[0].base_name,
            rows[0].theme or OTHER_THEME,
            stamp_image(rows[0].base_name, rows[0].theme, rows[0].stamp_look),
            rows,
        )
        for rows in bases.values()
    ]
    return sorted(found, key=lambda base: (base.theme == OTHER_THEME, base.theme))


def _is_table(one: InForce) -> bool:
    """Rules of one level made of hours are a table of hours; others are a ladder."""
    levels = one.body.levels
    return len(levels) == 1 and any(need.kind is NeedKind.HOURS for need in levels[0].needs)


def _ladder(found: Booklet, one: InForce, got: Progress) -> dict[str, Any]:
    """The steps with their days, how full the next one is, and what is missing in words."""
    days = {level: day for key, level, _, _, day in found.levels if key == one.key}
    steps = [
        # A certificate exists for what is on record, a minute after the stamp.
        (step.level.name, step.reached, days.get(step.level.code), _printable(days, step))
        for step in got.levels
    ]
    reached = [step.level.name for step in got.levels if step.reached]
    return {
        "key": one.key,
        "title": one.body.title,
        "steps": steps,
        "now": reached[-1] if reached else "",
        "upcoming": got.upcoming,
        "sentence": got.sentence,
    }


def _printable(days: dict[str, str], step: LevelProgress) -> str:
    return step.level.code if step.level.code in days else ""


def _table(one: InForce, got: Progress) -> dict[str, Any]:
    level = got.levels[0]
    return {"title": one.body.title, "needs": level.needs, "sentence": level.sentence}


@router.get("/passport/stamps/{stamp_id}")
async def show_stamp(request: Request, ctx: Family, stamp_id: UUID) -> HTMLResponse:
    """One stamp: where, when, how it is known, and the code with which anybody checks it."""
    pupils, chosen = await children(request, ctx)
    row = await own_stamp(ctx, stamp_id)
    address = f"{base_url(request)}/verify/{row.code}"
    sheets = await own_sheets(ctx, row.pupil_id)
    context = {
        "row": row,
        "sheet": next((one for one in sheets if one.session_id == row.session_id), None),
        "when": platform_time(row.awarded_at),
        "art": stamp_image(row.base_name, row.theme, row.stamp_look),
        "category": CATEGORY_WORDS[row.category],
        "evidence": EVIDENCE_WORDS[row.evidence],
        "address": address,
        "qr": qr_image(address),
        "guardian": ctx.actor.person_id not in ctx.actor.pupil_ids,
        "labels": labels,
    }
    return family_page(request, "stamp.html", pupils, chosen, context)


@router.post("/passport/stamps/{stamp_id}/badge")
async def export(request: Request, ctx: Family, stamp_id: UUID) -> Response:
    """The stamp as an Open Badges 3.0 credential, for the guardian to keep."""
    sealer = request.app.state.sealer
    name, content = await export_badge(ctx, stamp_id, sealer, base_url(request))
    return download(content.encode(), name, BADGE)
