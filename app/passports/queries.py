"""Reading passports."""

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.orgs.models import SchoolClass
from app.passports import statements
from app.passports.access import access_rule_set
from app.passports.kinds import LevelState, PassportState, RuleState
from app.passports.models import Passport, PrintOrder, RuleSet, Stamp
from app.passports.permissions import P
from app.passports.rules.builtin import BUILT_IN
from app.passports.rules.crediting import Visited, applies
from app.passports.rules.ladder import Progress, progress
from app.passports.rules.signing import digest_of_code
from app.passports.schemas import (
    LevelOut,
    NeedOut,
    PassportOut,
    PassportPage,
    ProgressOut,
    RuleBody,
    StampOut,
)
from app.people.access import access_pupil, visible_pupils
from app.people.models import Person


async def list_passports(
    ctx: Ctx, pupil_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[Passport], str | None]:
    pupils = select(Person.id).where(
        Person.district_id == ctx.district_id, visible_pupils(ctx, P.PASSPORT_READ)
    )
    stmt = select(Passport).where(
        Passport.district_id == ctx.district_id, Passport.pupil_id.in_(pupils)
    )
    if pupil_id:
        stmt = stmt.where(Passport.pupil_id == pupil_id)
    rows, following = await fetch_page(ctx, stmt, Passport.id, cursor, limit)
    await audit.record_reads(ctx, "passport", [row.pupil_id for row in rows], "查看护照名单")
    return rows, following


async def passport_page(ctx: Ctx, pupil_id: UUID) -> PassportPage:
    """A child's passport with all its stamps, newest first."""
    pupil = await access_pupil(ctx, pupil_id, P.PASSPORT_READ)
    stmt = select(Passport).where(
        Passport.district_id == ctx.district_id,
        Passport.pupil_id == pupil_id,
        Passport.state == PassportState.ACTIVE,
    )
    passport = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if passport is None:
        raise NotFound
    stamps_stmt = (
        select(Stamp)
        .where(
            Stamp.district_id == ctx.district_id,
            Stamp.pupil_id == pupil_id,
            Stamp.revoked_at.is_(None),
        )
        .order_by(Stamp.id.desc())
    )
    stamps = [StampOut.model_validate(row) for row in (await ctx.db.execute(stamps_stmt)).scalars()]
    await audit.record_reads(ctx, "passport", [pupil_id], "查看护照")
    return PassportPage(
        **PassportOut.model_validate(passport).model_dump(),
        pupil_name=pupil.name,
        stamps=stamps,
        total_minutes=sum(stamp.minutes for stamp in stamps),
    )


async def read_card(ctx: Ctx, passport_id: UUID) -> Passport:
    """The secret word of a card: only for those who print cards, and the family itself."""
    row = await ctx.db.get(Passport, (ctx.district_id, passport_id))
    if row is None:
        raise NotFound
    if row.pupil_id not in ctx.actor.pupil_ids:
        await access_pupil(ctx, row.pupil_id, P.PASSPORT_EDIT)
        await audit.record_reads(ctx, "passport", [row.pupil_id], "打印护照卡")
    return row


async def count_stamps(ctx: Ctx, pupil_id: UUID) -> int:
    """How many stamps a child has; the caller has just dealt with this child."""
    stmt = select(func.count()).where(
        Stamp.district_id == ctx.district_id,
        Stamp.pupil_id == pupil_id,
        Stamp.revoked_at.is_(None),
    )
    return int((await ctx.conn.execute(stmt)).scalar_one())


@dataclass(frozen=True)
class InForce:
    """One rule set as it is in force; `id` is None while the built-in one has no row yet."""

    id: UUID | None
    key: str
    number: int
    body: RuleBody


@dataclass(frozen=True)
class Booklet:
    """A child's own passport as the family opens it."""

    cover: Any
    levels: list[list[str]]
    stamps: list[Any]
    progress: list[tuple[InForce, Progress]]


@lru_cache(maxsize=256)
def _body(text: str) -> RuleBody:
    """What is in force never changes, so its shape is checked once a process."""
    return RuleBody.model_validate_json(text)


@lru_cache(maxsize=1024)
def _marks(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


async def rules_in_force(ctx: Ctx, day: date | None = None) -> list[InForce]:
    """The newest version of each set, and the built-in ones where a district has none yet."""
    params = {"district": ctx.district_id, "day": day or ctx.today}
    rows = await statements.IN_FORCE.rows(ctx.conn, params)
    found = {row.key: InForce(row.id, row.key, row.number, _body(row.body)) for row in rows}
    builtin = {key: InForce(None, key, 0, body) for key, body in BUILT_IN.items()}
    return [one for _, one in sorted((builtin | found).items(), reverse=True)]


def as_visited(row: Any) -> Visited:
    """A row of `statements.VISITS` or `WALL` as the rules see it."""
    return Visited(
        row.base_id,
        row.theme,
        row.category,
        row.minutes,
        row.day,
        _marks(row.marks),
        row.has_sheet,
        row.lacks_sheet,
    )


async def booklet(ctx: Ctx, pupil_id: UUID) -> Booklet:
    """Cover, levels, stamps and what comes next, for the family alone: three statements."""
    ctx.require(P.PASSPORT_READ)
    if pupil_id not in ctx.actor.pupil_ids:
        raise NotFound
    params = {"district": ctx.district_id, "pupil": pupil_id}
    cover = await statements.COVER.first(ctx.conn, params)
    if cover is None or cover.passport_id is None:
        raise NotFound
    stamps = await statements.WALL.rows(ctx.conn, params)
    visits = [as_visited(row) for row in stamps]
    rules = [one for one in await rules_in_force(ctx) if applies(one.body, cover.grade)]
    found = [(one, progress(one.body, visits, cover.grade, ctx.today)) for one in rules]
    return Booklet(cover, json.loads(cover.levels), stamps, found)


async def pupil_levels(ctx: Ctx, pupil_id: UUID) -> list[ProgressOut]:
    """How far a child is under each rule set, with 为什么还没有 in words; staff's look is logged."""
    await access_pupil(ctx, pupil_id, P.PASSPORT_READ)
    params = {"district": ctx.district_id, "pupil": pupil_id}
    cover = await statements.COVER.first(ctx.conn, params)
    if cover is None:
        raise NotFound
    visits = [as_visited(row) for row in await statements.WALL.rows(ctx.conn, params)]
    states = {(key, level): state for key, level, _, state, _ in json.loads(cover.levels)}
    rules = [one for one in await rules_in_force(ctx) if applies(one.body, cover.grade)]
    await audit.record_reads(ctx, "level_reached", [pupil_id], "查看护照等级")
    return [
        _progress_out(one, progress(one.body, visits, cover.grade, ctx.today), states)
        for one in rules
    ]


def _progress_out(one: InForce, found: Progress, states: dict[tuple[str, str], str]) -> ProgressOut:
    levels = [
        LevelOut(
            code=level.level.code,
            name=level.level.name,
            reached=level.reached,
            state=LevelState(state) if (state := states.get((one.key, level.level.code))) else None,
            needs=[
                NeedOut(
                    words=need.words,
                    have=need.have,
                    at_least=need.need.at_least,
                    met=need.met,
                    missing=need.missing,
                )
                for need in level.needs
            ],
            sentence=level.sentence,
        )
        for level in found.levels
    ]
    return ProgressOut(
        key=one.key,
        title=one.body.title,
        number=one.number,
        levels=levels,
        sentence=found.sentence,
    )


async def own_stamp(ctx: Ctx, stamp_id: UUID) -> Any:
    """One stamp of an own child, with how it was seen; absent and foreign answer alike."""
    ctx.require(P.PASSPORT_READ)
    params = {"district": ctx.district_id, "stamp": stamp_id}
    row = await statements.ONE_STAMP.first(ctx.conn, params)
    if row is None or row.pupil_id not in ctx.actor.pupil_ids:
        raise NotFound
    return row


async def list_rule_sets(
    ctx: Ctx, cursor: str | None, limit: int
) -> tuple[list[RuleSet], str | None]:
    """All versions, newest first; drafts for those who write rules only."""
    ctx.require(P.RULE_SET_READ)
    stmt = select(RuleSet).where(RuleSet.district_id == ctx.district_id)
    if not ctx.reach(P.RULE_SET_EDIT).district:
        stmt = stmt.where(RuleSet.state == RuleState.IN_FORCE)
    return await fetch_page(ctx, stmt, RuleSet.id, cursor, limit, newest_first=True)


async def read_rule_set(ctx: Ctx, rule_set_id: UUID) -> RuleSet:
    return await access_rule_set(ctx, rule_set_id, P.RULE_SET_READ)


async def stamp_of_code(conn: AsyncConnection, code: str) -> Any:
    """What anybody may know of a stamp; None when there is none. No child is named."""
    return (await conn.execute(text(statements.OF_CODE), {"code": code})).first()


async def certificate_of_code(conn: AsyncConnection, code: str) -> Any:
    """What anybody may know of a printed certificate; None when there is none. No child is named."""
    return (await conn.execute(text(statements.OF_CERTIFICATE), {"code": code})).first()


async def list_prints(
    ctx: Ctx, cursor: str | None, limit: int
) -> tuple[list[PrintOrder], str | None]:
    """Orders for the classes within reach, newest first; no child is named here."""
    reach = ctx.require(P.PASSPORT_READ)
    stmt = select(PrintOrder).where(PrintOrder.district_id == ctx.district_id)
    if not reach.district:
        rooms = select(SchoolClass.id).where(
            SchoolClass.district_id == ctx.district_id,
            SchoolClass.organization_id.in_(reach.organizations)
            | SchoolClass.id.in_(reach.classes),
        )
        stmt = stmt.where(PrintOrder.class_id.in_(rooms))
    return await fetch_page(ctx, stmt, PrintOrder.id, cursor, limit, newest_first=True)


async def published_keys(conn: AsyncConnection) -> dict[str, Any]:
    """The keys as JWK with their dates, and the digests of revoked stamps' codes."""
    keys = (await conn.execute(text(statements.PUBLISHED_KEYS))).all()
    revoked = (await conn.execute(text(statements.REVOKED_CODES))).scalars()
    return {
        "keys": [
            {
                "kid": row.kid,
                "kty": "OKP",
                "crv": "Ed25519",
                "x": row.public,
                "created_at": row.created_at.isoformat(),
                "retired_at": row.retired_at.isoformat() if row.retired_at else None,
                "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
            }
            for row in keys
        ],
        "revoked": [digest_of_code(code) for code in revoked],
    }
