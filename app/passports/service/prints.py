"""One child on paper: the passport, the summary of a year, the certificate of a level."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.glyphs import boxed
from app.kit.ids import new_id, spoken_code
from app.kit.printing import qr_svg, render_pdf
from app.passports import statements
from app.passports.errors import LevelNotStanding, NobodyToPrint, YearOutside
from app.passports.kinds import CATEGORY_WORDS, LevelState
from app.passports.models import Certificate, LevelReached, RuleSet
from app.passports.permissions import P
from app.passports.queries import InForce, rules_in_force
from app.passports.rules.crediting import school_year
from app.passports.service.pages import ladders_data, paper_name, passports_data, stamp_data
from app.people.access import access_pupil

FOLDER = Path(__file__).parents[1] / "print"
FIRST_YEAR = 2019
MOST_LINES = 24  # of visits on the one page of a year


@dataclass(frozen=True)
class Shelf:
    """Children with all that is printed of them, read in three statements."""

    booklets: list[Any]
    stamps: dict[UUID, list[Any]]
    rules: list[InForce]


async def shelf_of(ctx: Ctx, pupil_ids: Sequence[UUID]) -> Shelf:
    """Only children with a passport; in the order of their student numbers."""
    params = {"district": ctx.district_id, "pupils": list(pupil_ids)}
    booklets = [
        row._replace(levels=json.loads(row.levels))
        for row in await statements.BOOKLETS.rows(ctx.conn, params)
    ]
    stamps: dict[UUID, list[Any]] = {}
    for row in await statements.WALLS.rows(ctx.conn, params):
        stamps.setdefault(row.pupil_id, []).append(row)
    return Shelf(booklets, stamps, await rules_in_force(ctx))


async def _one(ctx: Ctx, pupil_id: UUID) -> tuple[Any, list[Any], list[InForce]]:
    await access_pupil(ctx, pupil_id, P.PASSPORT_READ)
    shelf = await shelf_of(ctx, [pupil_id])
    if not shelf.booklets:
        raise NobodyToPrint
    return shelf.booklets[0], shelf.stamps.get(pupil_id, []), shelf.rules


async def print_passport(ctx: Ctx, pupil_id: UUID, base_url: str) -> tuple[str, bytes]:
    """(child's name, A5 PDF) for the family, the class teacher and the school; staff are logged."""
    row, stamps, rules = await _one(ctx, pupil_id)
    await audit.record(ctx, "passport:print", "person", pupil_id, pupil_id=pupil_id)
    today = ctx.today

    def draw() -> bytes:
        data = passports_data([row], {pupil_id: stamps}, rules, today, base_url)
        return render_pdf(FOLDER / "passport.typ", "passports", data)

    return row.name, await asyncio.to_thread(draw)


async def print_year(ctx: Ctx, pupil_id: UUID, year: int, base_url: str) -> tuple[str, bytes]:
    """(child's name, one A4 page): hours by category, bases, levels and visits of a school year."""
    if not FIRST_YEAR <= year <= school_year(ctx.today):
        raise YearOutside
    row, stamps, rules = await _one(ctx, pupil_id)
    visits = [one for one in stamps if school_year(one.day) == year]
    minutes: dict[str, int] = {}
    for one in visits:
        minutes[one.category] = minutes.get(one.category, 0) + one.minutes
    shown, by_hand = paper_name(row.name)
    data = {
        "name": shown,
        "by_hand": by_hand,
        "place": boxed(f"{row.school or ''} {row.class_name or ''}".strip()),
        "number": row.number,
        "district": row.district,
        "year": f"{year}—{year + 1} 学年",
        "day": str(ctx.today),
        "categories": [
            [word, minutes[key], sum(one.category == key for one in visits)]
            for key, word in CATEGORY_WORDS.items()
            if key in minutes
        ],
        "count": len(visits),
        "minutes": sum(minutes.values()),
        "bases": len({one.base_id for one in visits}),
        "levels": [
            [boxed(name), day]
            for _, _, name, state, day in sorted(row.levels, key=lambda one: one[4])
            if state == LevelState.STANDING and school_year_of(day) == year
        ],
        "ladders": ladders_data(row, stamps, rules, ctx.today),
        "visits": [stamp_data(one) for one in visits[:MOST_LINES]],
        "more": max(0, len(visits) - MOST_LINES),
    }
    await audit.record(ctx, "passport:print_year", "person", pupil_id, pupil_id=pupil_id)
    address = f"{base_url}/c/{row.scene}"

    def draw() -> bytes:
        return render_pdf(FOLDER / "year.typ", "year", {**data, "qr": qr_svg(address)})

    return row.name, await asyncio.to_thread(draw)


def school_year_of(day: str) -> int:
    """Of a day written `2026-11-28`."""
    year, month, _ = day.split("-")
    return int(year) if int(month) >= 9 else int(year) - 1


async def print_certificate(
    ctx: Ctx, pupil_id: UUID, key: str, code: str, base_url: str
) -> tuple[str, bytes]:
    """(child's name, A4 PDF) of a level reached; its check code is given once and stays.

    Refused while a correction has taken the level back (`passport.level_not_standing`).
    """
    row, _, _ = await _one(ctx, pupil_id)
    level = await _level(ctx, pupil_id, key, code)
    if level.state == LevelState.CORRECTED:
        raise LevelNotStanding
    check = await _code_of(ctx, level)
    rules = await ctx.db.get_one(RuleSet, (ctx.district_id, level.rule_set_id))
    shown, by_hand = paper_name(row.name)
    address = f"{base_url}/verify/{check}"
    days = {(key, one): day for key, one, _, _, day in row.levels}
    data = {
        "name": shown,
        "by_hand": by_hand,
        "place": boxed(f"{row.school or ''} {row.class_name or ''}".strip()),
        "district": row.district,
        "rules": boxed(rules.title),
        "level": boxed(level.name),
        "because": boxed(level.explanation),
        "day": days.get((level.key, level.level), ""),
        "number": row.number,
        "code": check,
    }
    await audit.record(ctx, "certificate:print", "person", level.pupil_id, pupil_id=level.pupil_id)

    def draw() -> bytes:
        return render_pdf(
            FOLDER / "certificate.typ", "certificate", {**data, "qr": qr_svg(address)}
        )

    return row.name, await asyncio.to_thread(draw)


async def _level(ctx: Ctx, pupil_id: UUID, key: str, code: str) -> LevelReached:
    stmt = (
        select(LevelReached)
        .where(
            LevelReached.district_id == ctx.district_id,
            LevelReached.pupil_id == pupil_id,
            LevelReached.key == key,
            LevelReached.level == code,
        )
        .with_for_update()
    )
    level = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if level is None:
        raise NotFound
    return level


async def _code_of(ctx: Ctx, level: LevelReached) -> str:
    """The level's row is locked: two prints at once get the same code."""
    stmt = select(Certificate.code).where(
        Certificate.district_id == ctx.district_id, Certificate.level_id == level.id
    )
    code = (await ctx.conn.execute(stmt)).scalar_one_or_none()
    if code is None:
        code = spoken_code(16)
        ctx.db.add(
            Certificate(
                district_id=ctx.district_id,
                id=new_id(),
                level_id=level.id,
                pupil_id=level.pupil_id,
                code=code,
            )
        )
        await ctx.db.flush()
    return code
