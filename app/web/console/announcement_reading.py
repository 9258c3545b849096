"""What the pages of announcements show beside ids: classes and sessions to choose, an audience in words."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.activities.kinds import SessionState
from app.activities.models import Activity, Session
from app.announcements.kinds import ROLE_WORDS, AudienceRole
from app.announcements.models import Announcement
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.orgs.models import Organization, SchoolClass
from app.people.models import Person
from app.web import labels, reading

Options = list[tuple[str, str]]


async def all_classes(ctx: Ctx) -> Options:
    """Every class of the newest school year, school by school."""
    year = (
        select(SchoolClass.school_year)
        .where(SchoolClass.district_id == ctx.district_id)
        .order_by(SchoolClass.school_year.desc())
        .limit(1)
        .scalar_subquery()
    )
    stmt = (
        select(SchoolClass.id, SchoolClass.name, Organization.name.label("school"))
        .join(
            Organization,
            (Organization.district_id == SchoolClass.district_id)
            & (Organization.id == SchoolClass.organization_id),
        )
        .where(SchoolClass.district_id == ctx.district_id, SchoolClass.school_year == year)
        .order_by(Organization.name, SchoolClass.grade, SchoolClass.name)
    )
    rows = await ctx.conn.execute(stmt)
    return [(str(row.id), f"{row.school} {row.name}") for row in rows]


async def coming_sessions(ctx: Ctx) -> Options:
    """Sessions of the last week and of those to come, the nearest first."""
    stmt = (
        reading.sessions_with_activity(ctx, Session.id, Activity.title, Session.starts_at)
        .where(
            Session.state == SessionState.PLANNED,
            Session.starts_at > ctx.now - timedelta(days=7),
        )
        .order_by(Session.starts_at)
        .limit(200)
    )
    rows = await ctx.conn.execute(stmt)
    return [(str(row.id), f"{row.title} {say_moment(row.starts_at)}") for row in rows]


async def say_audience(ctx: Ctx, audience: dict[str, Any]) -> str:
    """`家长，叶城小学，三年级`: as one would tell somebody."""
    ids = {name: [UUID(one) for one in audience.get(name, [])] for name in ("schools", "classes", "sessions")}  # fmt: skip
    schools = await reading.organization_names(ctx, ids["schools"])
    classes = await reading.class_names(ctx, ids["classes"])
    sessions = await reading.session_titles(ctx, ids["sessions"])
    parts = [
        "、".join(ROLE_WORDS[AudienceRole(one)] for one in audience["roles"]),
        "、".join(schools.values()) or "全部学校",
        "、".join(labels.GRADES[str(one)] for one in audience.get("grades", [])),
        "、".join(classes.values()),
        "、".join(f"已录取“{one.title}”的" for one in sessions.values()),
    ]
    return "，".join(part for part in parts if part)


async def writer_names(ctx: Ctx, row: Announcement) -> list[str]:
    stmt = select(Person.name).where(
        Person.district_id == ctx.district_id, Person.id.in_([UUID(one) for one in row.writers])
    )
    return list((await ctx.conn.execute(stmt)).scalars())
