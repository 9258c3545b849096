"""Keeping the district's registers."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.audit import service as audit
from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.kit.ids import new_id
from app.orgs.access import access_class, access_group, access_organization
from app.orgs.errors import (
    DayOutsideTerms,
    DayTaken,
    LeadNotMember,
    NotUnit,
    TermOutsideYear,
    TermOverlaps,
    UnitByVerb,
    UnitWrongState,
)
from app.orgs.kinds import STATE_NAMES, DayKind, OrgKind, OrgState
from app.orgs.models import (
    District,
    Headcount,
    Organization,
    OrgGroup,
    OrgGroupMember,
    SchoolClass,
    Term,
    TermDay,
)
from app.orgs.permissions import P
from app.orgs.queries import members_of


async def create_organization(ctx: Ctx, values: dict[str, Any]) -> Organization:
    """Add a member or a resource unit; two of one name are refused (`kit.duplicate`)."""
    if not ctx.require(P.ORGANIZATION_CREATE).district:
        raise Forbidden
    row = Organization(district_id=ctx.district_id, **values)
    return await add_row(ctx, row, "organization")


async def change_organization(
    ctx: Ctx, organization_id: UUID, change: dict[str, Any], seen: int | None
) -> Organization:
    """Change it where the actor may. Only the district suspends or renames."""
    row = await access_organization(ctx, organization_id, P.ORGANIZATION_EDIT)
    own_only = not ctx.reach(P.ORGANIZATION_EDIT).district
    if own_only and {"name", "state", "valid_until"} & change.keys():
        raise Forbidden
    if row.kind == OrgKind.RESOURCE_UNIT and change.get("state", row.state) != row.state:
        raise UnitByVerb
    return await change_row(ctx, row, change, seen, "organization")


# From which states each step of a unit may be taken; 启用 is also the way back.
_STEPS = {
    OrgState.ACTIVE: (OrgState.APPLIED, OrgState.SUSPENDED, OrgState.EXPIRED),
    OrgState.SUSPENDED: (OrgState.ACTIVE,),
    OrgState.EXPIRED: (OrgState.ACTIVE, OrgState.SUSPENDED),
}


async def open_unit(ctx: Ctx, name: str, address: str, feature: str) -> Organization:
    """A resource unit whose application was accepted: it can do nothing until it is activated."""
    values = {"name": name, "address": address, "feature": feature}
    row = Organization(
        district_id=ctx.district_id, kind=OrgKind.RESOURCE_UNIT, state=OrgState.APPLIED, **values
    )
    return await add_row(ctx, row, "organization")


async def step_unit(
    ctx: Ctx, organization_id: UUID, to: OrgState, **more: date | None
) -> Organization:
    """Bring a unit into a state; where it already is, only `more` changes. The caller has the right to.

    Refused for what is no resource unit (`orgs.not_unit`) and from a state
    that does not lead there (`orgs.unit_wrong_state`).
    """
    row = await ctx.db.get(Organization, (ctx.district_id, organization_id), with_for_update=True)
    if row is None:
        raise NotFound
    if row.kind != OrgKind.RESOURCE_UNIT:
        raise NotUnit
    if row.state != to and row.state not in _STEPS[to]:
        raise UnitWrongState(state=STATE_NAMES[OrgState(row.state)])
    return await change_row(ctx, row, {"state": to, **more}, None, "organization")


async def create_class(ctx: Ctx, values: dict[str, Any]) -> SchoolClass:
    """Open a class of a school year in an organization the actor reaches."""
    await access_organization(ctx, values["organization_id"], P.CLASS_EDIT)
    row = SchoolClass(district_id=ctx.district_id, **values)
    return await add_row(ctx, row, "school_class")


async def change_class(
    ctx: Ctx, class_id: UUID, change: dict[str, Any], seen: int | None
) -> SchoolClass:
    row = await access_class(ctx, class_id, P.CLASS_EDIT)
    return await change_row(ctx, row, change, seen, "school_class")


async def create_term(ctx: Ctx, values: dict[str, Any]) -> Term:
    """Add a term; deadlines are computed from its dates, so they never change afterwards.

    Refused when it leaves its school year (`orgs.term_outside_year`) or shares a
    day with another term (`orgs.term_overlaps`); the same term again is that term.
    """
    ctx.require(P.TERM_EDIT)
    year, starts_on, ends_on = values["school_year"], values["starts_on"], values["ends_on"]
    if starts_on < date(year, 8, 1) or ends_on > date(year + 1, 8, 31):
        raise TermOutsideYear(year=year)
    await _alone(ctx)
    stmt = select(Term).where(
        Term.district_id == ctx.district_id, Term.starts_on <= ends_on, Term.ends_on >= starts_on
    )
    for other in (await ctx.db.execute(stmt)).scalars():
        if all(getattr(other, name) == value for name, value in values.items()):
            return other
        raise TermOverlaps(name=other.name)
    return await add_row(ctx, Term(district_id=ctx.district_id, **values), "term")


async def _alone(ctx: Ctx) -> None:
    """Changes of the district's calendar and groups take turns, so that each sees the one before."""
    stmt = select(District.id).where(District.id == ctx.district_id)
    await ctx.conn.execute(stmt.with_for_update(key_share=True))


async def change_term(ctx: Ctx, term_id: UUID, change: dict[str, Any], seen: int | None) -> Term:
    ctx.require(P.TERM_EDIT)
    row = await ctx.db.get(Term, (ctx.district_id, term_id))
    if row is None:
        raise NotFound
    return await change_row(ctx, row, change, seen, "term")


async def mark_days(
    ctx: Ctx, starts_on: date, ends_on: date, kind: DayKind, name: str
) -> list[TermDay]:
    """Enter 放假 or 补课 for each day of a span; gives the days of the span.

    Refused as a whole when a day lies in no term (`orgs.day_outside_terms`) or is
    entered differently already (`orgs.day_taken`); what is entered alike stays.
    """
    ctx.require(P.TERM_EDIT)
    await _alone(ctx)
    days = [starts_on + timedelta(days=n) for n in range((ends_on - starts_on).days + 1)]
    spans = select(Term.starts_on, Term.ends_on).where(Term.district_id == ctx.district_id)
    terms = (await ctx.conn.execute(spans)).all()
    for day in days:
        if not any(term.starts_on <= day <= term.ends_on for term in terms):
            raise DayOutsideTerms(day=day)
    stmt = select(TermDay).where(TermDay.district_id == ctx.district_id, TermDay.day.in_(days))
    found = {row.day: row for row in (await ctx.db.execute(stmt)).scalars()}
    for day, row in found.items():
        if (row.kind, row.name) != (kind, name):
            raise DayTaken(day=day, name=row.name)
    for day in days:
        if day not in found:
            row = TermDay(district_id=ctx.district_id, day=day, kind=kind, name=name)
            found[day] = await add_row(ctx, row, "term_day")
    return [found[day] for day in days]


async def clear_day(ctx: Ctx, day_id: UUID) -> None:
    """Take an entry out: the day is again as its weekday says."""
    ctx.require(P.TERM_EDIT)
    row = await ctx.db.get(TermDay, (ctx.district_id, day_id))
    if row is None:
        raise NotFound
    before = {"day": row.day, "kind": row.kind, "name": row.name}
    await ctx.db.delete(row)
    await ctx.db.flush()
    await audit.record(ctx, "term_day:delete", "term_day", day_id, before=before)


async def create_group(ctx: Ctx, values: dict[str, Any]) -> OrgGroup:
    """Add a group (企业组, 综合组 … are data); two of one name are refused (`kit.duplicate`)."""
    if not ctx.require(P.GROUP_EDIT).district:
        raise Forbidden
    members = values["member_ids"]
    _check_lead(values["lead_id"], members)
    row = OrgGroup(district_id=ctx.district_id, name=values["name"], lead_id=values["lead_id"])
    row = await add_row(ctx, row, "org_group")
    await _set_members(ctx, row.id, members)
    return row


async def change_group(
    ctx: Ctx, group_id: UUID, change: dict[str, Any], seen: int | None
) -> OrgGroup:
    """Rename, lead, members; the lead is one of the members (`orgs.lead_not_member`).

    `member_ids` is the whole new list. An organization may be in several groups.
    """
    row = await access_group(ctx, group_id, P.GROUP_EDIT)
    before = await members_of(ctx, group_id)
    members = change.get("member_ids", before)
    _check_lead(change.get("lead_id", row.lead_id), members)
    fields = {name: value for name, value in change.items() if name != "member_ids"}
    if set(members) == set(before):
        return await change_row(ctx, row, fields, seen, "org_group")
    # The members are part of what is edited: their change moves the version as well.
    row = await change_row(ctx, row, fields, seen, "org_group")
    row.version += 1
    await ctx.db.flush()
    await _set_members(ctx, group_id, members)
    old, new = {"members": sorted(map(str, before))}, {"members": sorted(map(str, members))}
    await audit.record(ctx, "org_group:members", "org_group", group_id, before=old, after=new)
    return row


def _check_lead(lead_id: UUID | None, members: Sequence[UUID]) -> None:
    if lead_id is not None and lead_id not in members:
        raise LeadNotMember


async def _set_members(ctx: Ctx, group_id: UUID, members: Sequence[UUID]) -> None:
    await ctx.conn.execute(
        delete(OrgGroupMember).where(
            OrgGroupMember.district_id == ctx.district_id,
            OrgGroupMember.group_id == group_id,
            OrgGroupMember.organization_id.not_in(members),
        )
    )
    rows = [
        {"district_id": ctx.district_id, "group_id": group_id, "organization_id": one}
        for one in dict.fromkeys(members)
    ]
    if rows:
        await ctx.conn.execute(insert(OrgGroupMember).on_conflict_do_nothing(), rows)


async def report_headcount(ctx: Ctx, values: dict[str, Any]) -> Headcount:
    """Enter or correct the numbers of one organization and school year; the same again is harmless."""
    organization_id, year = values["organization_id"], values["school_year"]
    await access_organization(ctx, organization_id, P.HEADCOUNT_EDIT)
    numbers = {name: values[name] for name in ("pupils", "teachers", "local_pupils")}
    key = (ctx.district_id, organization_id, year)
    row = await ctx.db.get(Headcount, key, with_for_update=True)
    before = {name: getattr(row, name) for name in numbers} if row is not None else None
    if row is not None and before == numbers:
        return row
    found = dict(zip(("district_id", "organization_id", "school_year"), key, strict=True))
    stmt = insert(Headcount).values(**found, **numbers)
    keys = ["district_id", "organization_id", "school_year"]
    await ctx.conn.execute(stmt.on_conflict_do_update(index_elements=keys, set_=numbers))
    await audit.record(
        ctx,
        "headcount:report",
        "headcount",
        organization_id,
        before=before,
        after=numbers,
        detail={"school_year": year},
    )
    kept = await ctx.db.get(Headcount, key, populate_existing=True)
    if kept is None:
        raise NotFound
    return kept


async def open_office(ctx: Ctx, code: str, name: str) -> UUID:
    """The district itself (the context already carries its new id) and its office, 秘书处."""
    ctx.db.add(District(id=ctx.district_id, code=code, name=name))
    await ctx.db.flush()
    office = Organization(district_id=ctx.district_id, kind=OrgKind.OFFICE, name=f"{name}秘书处")
    await add_row(ctx, office, "organization")
    return office.id


async def open_classes(
    ctx: Ctx, organization_id: UUID, school_year: int, keys: Sequence[tuple[int, str]]
) -> dict[tuple[int, str] | None, UUID]:
    """The classes of these grades and names in a school year; missing ones are opened."""
    if keys:
        rows = [
            {
                "district_id": ctx.district_id,
                "id": new_id(),
                "organization_id": organization_id,
                "school_year": school_year,
                "grade": grade,
                "name": name,
            }
            for grade, name in keys
        ]
        await ctx.conn.execute(insert(SchoolClass).on_conflict_do_nothing(), rows)
    stmt = select(SchoolClass.grade, SchoolClass.name, SchoolClass.id).where(
        SchoolClass.district_id == ctx.district_id,
        SchoolClass.organization_id == organization_id,
        SchoolClass.school_year == school_year,
    )
    return {(row.grade, row.name): row.id for row in await ctx.conn.execute(stmt)}
