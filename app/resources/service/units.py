"""Resource units: application → review → active → suspended → expired, and their papers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from app.audit import service as audit
from app.audit.changes import add_row, change_row
from app.files.service import Cleaned, drop_files, keep_file, read_file
from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.orgs.access import access_organization
from app.orgs.kinds import OrgKind, OrgState
from app.orgs.models import Organization
from app.orgs.permissions import P as OrgP
from app.orgs.service import open_unit, step_unit
from app.resources import rules
from app.resources.access import access_application, access_paper
from app.resources.errors import (
    ApplicationDecided,
    DateNeeded,
    DecisionNeedsReason,
    PapersMissing,
    TooManyApplications,
)
from app.resources.events import PaperRunsOut
from app.resources.kinds import BINDING_PAPERS, PAPER_NAMES, ApplicationState, PaperKind
from app.resources.models import Paper, UnitApplication
from app.resources.permissions import P
from app.resources.queries import last_days_of

PHONE_A_DAY, DISTRICT_A_DAY = 3, 60


async def apply_as_unit(ctx: Ctx, values: dict[str, Any]) -> UnitApplication:
    """Keep what somebody without an account wrote on the public page.

    The same application again while it waits is that application. Refused
    (`resources.too_many_applications`) beyond three a day and number.
    """
    pending = select(UnitApplication).where(
        UnitApplication.district_id == ctx.district_id,
        UnitApplication.name == values["name"],
        UnitApplication.contact_phone == values["contact_phone"],
        UnitApplication.state == ApplicationState.PENDING,
    )
    waiting = (await ctx.db.execute(pending.limit(1))).scalar_one_or_none()
    if waiting is not None:
        return waiting
    own = UnitApplication.contact_phone == values["contact_phone"]
    stmt = select(func.count(), func.count().filter(own)).where(
        UnitApplication.district_id == ctx.district_id,
        UnitApplication.created_at > ctx.now - timedelta(days=1),
    )
    everybody, same = (await ctx.conn.execute(stmt)).one()
    if everybody >= DISTRICT_A_DAY or same >= PHONE_A_DAY:
        raise TooManyApplications
    row = UnitApplication(district_id=ctx.district_id, **values)
    return await add_row(ctx, row, "unit_application")


async def accept_application(ctx: Ctx, application_id: UUID) -> UnitApplication:
    """Take the unit into the register as 申请中; it is activated when its papers are there."""
    row = await access_application(ctx, application_id, lock=True)
    if row.state == ApplicationState.ACCEPTED:
        return row
    _require_pending(row)
    unit = await open_unit(ctx, row.name, row.address, row.offer[:120])
    decided = {"organization_id": unit.id, "decided_by": ctx.actor.person_id}
    change = {"state": ApplicationState.ACCEPTED, **decided}
    return await change_row(ctx, row, change, None, "unit_application")


async def decline_application(ctx: Ctx, application_id: UUID, reason: str) -> UnitApplication:
    """Decline with a reason that the secretariat can tell the applicant."""
    row = await access_application(ctx, application_id, lock=True)
    if not reason:
        raise DecisionNeedsReason
    if row.state == ApplicationState.DECLINED and row.reason == reason:
        return row
    _require_pending(row)
    decided = {"reason": reason, "decided_by": ctx.actor.person_id}
    change = {"state": ApplicationState.DECLINED, **decided}
    return await change_row(ctx, row, change, None, "unit_application")


def _require_pending(row: UnitApplication) -> None:
    if row.state != ApplicationState.PENDING:
        raise ApplicationDecided


async def activate_unit(ctx: Ctx, organization_id: UUID) -> Organization:
    """有效, until the first of its two binding papers runs out; refused while one of them lacks."""
    await _access_for_review(ctx, organization_id)
    days = (await last_days_of(ctx, [organization_id])).get(organization_id, {})
    if lacking := rules.missing(days, ctx.today):
        raise PapersMissing(papers="和".join(PAPER_NAMES[kind] for kind in lacking))
    until = min(days[kind] for kind in BINDING_PAPERS)
    return await step_unit(ctx, organization_id, OrgState.ACTIVE, valid_until=until)


async def suspend_unit(ctx: Ctx, organization_id: UUID, reason: str) -> Organization:
    """暂停: nothing new is published; what families have booked stays until it is cancelled."""
    return await _stop(ctx, organization_id, OrgState.SUSPENDED, reason)


async def end_unit(ctx: Ctx, organization_id: UUID, reason: str) -> Organization:
    """到期 by hand, before its day; by itself it happens in `expire_units`."""
    return await _stop(ctx, organization_id, OrgState.EXPIRED, reason)


async def _stop(ctx: Ctx, organization_id: UUID, to: OrgState, reason: str) -> Organization:
    before = await _access_for_review(ctx, organization_id)
    if not reason:
        raise DecisionNeedsReason
    repeated = before.state == to
    row = await step_unit(ctx, organization_id, to)
    if not repeated:
        detail = {"reason": reason}
        await audit.record(
            ctx, f"organization:{to}", "organization", organization_id, detail=detail
        )
    return row


async def _access_for_review(ctx: Ctx, organization_id: UUID) -> Organization:
    if not ctx.require(OrgP.UNIT_REVIEW).district:
        raise Forbidden
    row = await ctx.db.get(Organization, (ctx.district_id, organization_id))
    if row is None:
        raise NotFound
    return row


async def add_paper(ctx: Ctx, values: dict[str, Any]) -> Paper:
    """Enter a paper of an organization; an agreement or insurance needs its last day."""
    await access_organization(ctx, values["organization_id"], P.PAPER_EDIT)
    _require_date(values["kind"], values["valid_until"])
    return await add_row(ctx, Paper(district_id=ctx.district_id, **values), "paper")


async def change_paper(ctx: Ctx, paper_id: UUID, change: dict[str, Any], seen: int | None) -> Paper:
    paper = await access_paper(ctx, paper_id)
    _require_date(paper.kind, change.get("valid_until", paper.valid_until))
    return await change_row(ctx, paper, change, seen, "paper")


async def attach_scan(ctx: Ctx, paper_id: UUID, cleaned: Cleaned) -> Paper:
    """Keep the scan of a paper; a new one replaces the old, which is deleted."""
    paper = await access_paper(ctx, paper_id)
    old = paper.file_id
    kept = await keep_file(ctx, cleaned)
    row = await change_row(ctx, paper, {"file_id": kept.id}, None, "paper")
    if old is not None:
        await drop_files(ctx, [old])
    return row


async def read_scan(ctx: Ctx, paper_id: UUID) -> Cleaned:
    """The scan of a paper, for whoever keeps the papers of its organization."""
    paper = await access_paper(ctx, paper_id)
    if paper.file_id is None:
        raise NotFound
    return await read_file(ctx, paper.file_id)


def _require_date(kind: str, valid_until: object) -> None:
    if kind in BINDING_PAPERS and valid_until is None:
        raise DateNeeded


async def warn_of_papers(ctx: Ctx) -> int:
    """State for each paper that counts which step (30, 7, 0 days) it has reached; says how many.

    Asked every day; who is told hears of a paper and step once.
    """
    stmt = (
        select(Paper, Organization.name)
        .join(
            Organization,
            (Organization.district_id == Paper.district_id)
            & (Organization.id == Paper.organization_id),
        )
        .where(
            Paper.district_id == ctx.district_id,
            Paper.valid_until <= ctx.today + timedelta(days=max(rules.ALARM_DAYS)),
            Organization.state.in_((OrgState.APPLIED, OrgState.ACTIVE, OrgState.SUSPENDED)),
        )
        .order_by(Paper.id)
    )
    found = (await ctx.db.execute(stmt)).all()
    newest = await last_days_of(ctx, {paper.organization_id for paper, _ in found})
    warned = 0
    for paper, unit in found:
        last = newest[paper.organization_id][PaperKind(paper.kind)]
        step = rules.alarm_step(last, ctx.today)
        if step is None or paper.valid_until != last:
            continue
        word, left = PAPER_NAMES[PaperKind(paper.kind)], (last - ctx.today).days
        await ctx.emit(PaperRunsOut(paper.id, paper.organization_id, unit, word, last, left, step))
        warned += 1
    return warned


async def expire_units(ctx: Ctx) -> list[UUID]:
    """Units whose last day is past become 已到期; they are activated again with new papers."""
    stmt = select(Organization.id).where(
        Organization.district_id == ctx.district_id,
        Organization.kind == OrgKind.RESOURCE_UNIT,
        or_(Organization.state == OrgState.ACTIVE, Organization.state == OrgState.SUSPENDED),
        Organization.valid_until < ctx.today,
    )
    gone = list((await ctx.conn.execute(stmt)).scalars())
    for organization_id in gone:
        await step_unit(ctx, organization_id, OrgState.EXPIRED)
    return gone
