"""How does an empty installation get its invented districts, all of them or none?"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.audit.models import AuditEntry
from app.channels.kinds import MINIPROGRAM, PUSH_DECLARED, SERVICE_ACCOUNT
from app.channels.models import ChannelAccount
from app.demo.build_activities import build_activities
from app.demo.build_city import build_city
from app.demo.build_columns import build_columns
from app.demo.build_consents import build_consents
from app.demo.build_contacts import build_contacts
from app.demo.build_modes import build_modes
from app.demo.build_needs import build_needs
from app.demo.build_orgs import (
    build_district,
    build_members,
    build_regions,
    build_registers,
    build_terms,
    build_venues,
)
from app.demo.build_people import build_people
from app.demo.build_resources import build_resources
from app.demo.build_rounds import build_rounds
from app.demo.build_sheets import build_sheets
from app.demo.build_unreached import build_unreached
from app.demo.build_visits import build_visits
from app.demo.cast import (
    DISTRICT,
    JUNIOR_LOGIN,
    LOGINS,
    MINIPROGRAM_ACCOUNT,
    MINIPROGRAM_ORIGINAL_ID,
    OFFICE,
    OTHER_LOGIN,
    WECHAT,
)
from app.demo.draft import Draft, copy_rows
from app.demo.extras import Program
from app.demo.neighbours import HOME_REGION, NEIGHBOURS, REGIONS, build_neighbour
from app.jobs.service import enqueue_raw
from app.kit.clock import school_day
from app.kit.db import transaction
from app.kit.sealing import Sealer
from app.orgs.models import District
from app.people.kinds import IdentityKind
from app.people.models import Identity
from app.people.service.login import hash_password
from app.resources.jobs import BASE_CODE
from app.resources.models import LearningBase

# Two loaders at once: the second waits, and then finds the district.
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('demo:load'))")


async def load_demo(engine: AsyncEngine, sealer: Sealer) -> bool:
    """Load 南苑学区 with everybody in it, and its two small neighbours; False when it is there."""
    async with transaction(engine) as conn:
        await conn.execute(_ALONE)
        found = await conn.execute(select(District.id).where(District.code == DISTRICT))
        if found.first() is not None:
            return False
        now = (await conn.execute(text("SELECT now()"))).scalar_one()
        drafts = invent(school_day(now), now)
        _add_accounts(drafts[0], sealer)
        await _hash_passwords(drafts)
        for draft in drafts:
            await copy_rows(conn, draft.rows)
            await _record(conn, draft)
        await _order_platform_work(conn)
        await conn.execute(text("ANALYZE"))
    return True


async def _order_platform_work(conn: AsyncConnection) -> None:
    """What the verbs would have ordered: the menu, and the platform's code of each base."""
    accounts = select(ChannelAccount.district_id).where(ChannelAccount.kind == SERVICE_ACCOUNT)
    for (district_id,) in (await conn.execute(accounts)).all():
        await enqueue_raw(conn, district_id, PUSH_DECLARED)
    bases = select(LearningBase.district_id, LearningBase.id, LearningBase.scene)
    for district_id, base_id, scene in (await conn.execute(bases)).all():
        await enqueue_raw(conn, district_id, BASE_CODE, base=base_id, scene=scene)


def invent(today: date, now: datetime) -> list[Draft]:
    """All districts as rows, the large one first; no password hashes and no sealed secrets yet."""
    draft = Draft(DISTRICT, today, now)
    regions = build_regions(draft, REGIONS)
    office = build_district(draft, regions[HOME_REGION], "南苑学区", OFFICE)
    members = build_members(draft, office)
    build_terms(draft)
    build_venues(draft, members)
    build_registers(draft, members)
    crowd = build_people(draft, members)
    build_contacts(draft, members, crowd)
    visits = build_visits(draft, crowd, build_activities(draft, members, crowd))
    build_sheets(draft, crowd)
    program = Program(draft, members, crowd)
    build_rounds(program, crowd, visits)
    build_modes(program, members, crowd, visits)
    build_consents(draft, crowd)
    build_resources(draft, members, crowd)
    build_needs(draft, members)
    build_city(draft, members, crowd)
    build_columns(draft, members, crowd)
    build_unreached(draft, crowd)
    drafts = [draft]
    for neighbour in NEIGHBOURS:
        drafts.append(Draft(neighbour.code, today, now))
        build_neighbour(drafts[-1], neighbour, regions)
    return drafts


def _add_accounts(draft: Draft, sealer: Sealer) -> None:
    """The service account and the mini-program through which the district speaks."""
    for name, kind, appid, original_id, secret in (
        (
            WECHAT["account"],
            SERVICE_ACCOUNT,
            WECHAT["appid"],
            WECHAT["original_id"],
            WECHAT["secret"],
        ),
        (
            MINIPROGRAM_ACCOUNT,
            MINIPROGRAM,
            WECHAT["miniprogram_appid"],
            MINIPROGRAM_ORIGINAL_ID,
            WECHAT["miniprogram_secret"],
        ),
    ):
        draft.add(
            ChannelAccount,
            name=name,
            kind=kind,
            appid=appid,
            original_id=original_id,
            mode="safe",
            sealed_secret=sealer.seal(secret),
            sealed_token=sealer.seal(WECHAT["token"]),
            sealed_aes_key=sealer.seal(WECHAT["aes_key"]),
        )


async def _hash_passwords(drafts: list[Draft]) -> None:
    """Each hash takes a fifth of a second by design: they are made side by side."""
    passwords = {login.username: login.password for login in (*LOGINS, JUNIOR_LOGIN, OTHER_LOGIN)}
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=4, thread_name_prefix="demo-argon2") as pool:
        made = await asyncio.gather(
            *(loop.run_in_executor(pool, hash_password, word) for word in passwords.values())
        )
    hashes = dict(zip(passwords, made, strict=True))
    for draft in drafts:
        for row in draft.rows[Identity]:
            if row["kind"] is IdentityKind.PASSWORD:
                row["secret_hash"] = hashes[row["subject"]]


async def _record(conn: AsyncConnection, draft: Draft) -> None:
    await conn.execute(
        insert(AuditEntry).values(
            district_id=draft.district_id,
            id=draft.take_id(AuditEntry.__tablename__),
            at=draft.now,
            channel="system",
            action="demo:load",
            object_type="district",
            object_id=draft.district_id,
            detail={"rows": sum(len(rows) for rows in draft.rows.values())},
        )
    )
