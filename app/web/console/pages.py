"""The console's other pages: home, a pupil's passport, granting a role."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.permissions import P as ActivityP
from app.activities.queries import count_submitted
from app.jobs.permissions import P as JobP
from app.jobs.queries import list_heartbeats
from app.kit.bounds import Name
from app.kit.context import Ctx
from app.moderation.permissions import P as TextP
from app.moderation.queries import count_open
from app.notifications.kinds import DeliveryState
from app.notifications.permissions import P as NoticeP
from app.notifications.queries import count_deliveries
from app.orgs.permissions import P as OrgP
from app.passports.queries import passport_page
from app.people.permissions import P
from app.people.queries import count_requests, list_people, own_name, pupil_briefs
from app.people.roles import ROLES, Scope
from app.people.schemas import RoleGrantIn
from app.people.service.people import grant_role
from app.resources.permissions import P as ResourceP
from app.resources.queries import count_alarms, count_applications
from app.web import labels, reading
from app.web.console.editing import submitted
from app.web.console.forms import Field, checked, read_form, typed
from app.web.console.screens_system import STANDS_STILL
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
TO_LOOK_AT = (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.REFUSED)
GRANTABLE = [(str(role), row.title) for role, row in ROLES.items() if row.scope is not Scope.SELF]


async def home(request: Request, ctx: Staff) -> HTMLResponse:
    """What waits for this role, and what happens today."""
    context: dict[str, Any] = {"name": await own_name(ctx), "cards": await _cards(ctx)}
    if ActivityP.ACTIVITY_READ in ctx.actor.permissions:
        context["sessions"] = await reading.sessions_today(ctx)
    context["may_tick"] = "attendance:record" in ctx.actor.permissions
    return console_page(request, ctx, "home.html", context)


async def _cards(ctx: Ctx) -> list[tuple[str, object, str, str]]:
    """(what, how many, where to, tone) for each thing this role has to look after."""
    cards: list[tuple[str, object, str, str]] = []
    if ctx.reach(ActivityP.ACTIVITY_REVIEW).district:
        number = await count_submitted(ctx)
        cards.append(("待审核的活动", number, "/console/reviews", "warn" if number else "plain"))
    cards += await _resource_cards(ctx)
    if P.GUARDIANSHIP_APPROVE in ctx.actor.permissions:
        number = await count_requests(ctx)
        where = "/console/requests?state=pending"
        cards.append(("等待确认的家长", number, where, "warn" if number else "plain"))
    if TextP.MODERATION_DECIDE in ctx.actor.permissions:
        number = await count_open(ctx)
        cards.append(
            ("等待审核的文字", number, "/console/moderation", "warn" if number else "plain")
        )
    if ctx.reach(NoticeP.DELIVERY_READ).district:
        counts = {row.state: row.count for row in await count_deliveries(ctx)}
        number = sum(counts[state] for state in TO_LOOK_AT)
        where = "/console/deliveries?state=failed"
        cards.append(("没有送到的通知", number, where, "bad" if number else "plain"))
    if JobP.JOB_READ in ctx.actor.permissions:
        beats = await list_heartbeats(ctx)
        worst = max((beat.seconds_ago for beat in beats), default=None)
        said = "没有运行" if worst is None else labels.say_ago(worst)
        good = worst is not None and worst < STANDS_STILL
        cards.append(("后台最近活动", said, "/console/jobs", "plain" if good else "bad"))
    return cards


async def _resource_cards(ctx: Ctx) -> list[tuple[str, object, str, str]]:
    """Applications that wait, and papers that run out; the second only when there are some."""
    cards: list[tuple[str, object, str, str]] = []
    if ctx.reach(OrgP.UNIT_REVIEW).district:
        number = await count_applications(ctx)
        where = "/console/applications?state=pending"
        cards.append(("入驻申请", number, where, "warn" if number else "plain"))
    if ResourceP.PAPER_EDIT in ctx.actor.permissions:
        number = await count_alarms(ctx)
        if number:
            cards.append(("证照到期或快到期", number, "/console/units", "bad"))
    return cards


@router.get("/pupils/{pupil_id}/passport")
async def show_passport(request: Request, ctx: Staff, pupil_id: UUID) -> HTMLResponse:
    """A child's passport as staff may see it; the read is logged."""
    passport = await passport_page(ctx, pupil_id)
    pupil = (await pupil_briefs(ctx, [pupil_id]))[pupil_id]
    context = {"passport": passport, "pupil": pupil, "labels": labels}
    return console_page(request, ctx, "passport.html", context)


@router.get("/roles/new")
async def new_role(request: Request, ctx: Staff, name: Name | None = None) -> Response:
    """First look for the person, then choose role and place; who only hands on has another form."""
    if P.ROLE_EDIT not in ctx.actor.permissions and P.ROLE_DELEGATE in ctx.actor.permissions:
        return send_to(request, "/console/roles/delegate")
    ctx.require(P.ROLE_EDIT)
    ctx.require_proof()
    fields = await _role_fields(ctx, name)
    context = _role_form(fields, dict(request.query_params), name or "")
    return console_page(request, ctx, "grant.html", context)


def _role_form(fields: list[Field], values: dict[str, str], name: str) -> dict[str, Any]:
    return {"fields": fields, "values": values, "errors": {}, "problem": "", "looked_for": name}


async def _role_fields(ctx: Ctx, name: str | None) -> list[Field]:
    if not name:
        return []
    people, _ = await list_people(ctx, None, name, None, 20, "授予角色")
    briefs = await pupil_briefs(ctx, [person.id for person in people])
    options = [
        (str(person.id), f"{person.name} {briefs[person.id].class_name or ''}".strip())
        for person in people
    ]
    return [
        Field("person_id", "人员", "choice", True, options),
        Field("role", "角色", "choice", True, GRANTABLE),
        Field(
            "organization_id",
            "单位",
            "choice",
            True,
            await reading.own_organizations(ctx, P.ROLE_EDIT),
        ),
        Field(
            "class_id",
            "班级",
            "choice",
            options=await reading.visible_classes(ctx, P.ROLE_EDIT),
            hint="只有班主任要选班级，其他角色不选",
        ),
        Field("starts_on", "开始", "day", hint="不填则从今天开始"),
        Field("ends_on", "结束", "day", hint="不填则长期有效"),
    ]


@router.post("/roles")
async def create_role(request: Request, ctx: Staff) -> Response:
    ctx.require(P.ROLE_EDIT)
    form = await read_form(request)
    name = form.one("name")[:60]
    fields = await _role_fields(ctx, name or None)
    remember_form(request, ctx, "grant.html", _role_form(fields, submitted(form, fields), name))
    given = {key: value for key, value in typed(form, fields).items() if value is not None}
    body = checked(request, RoleGrantIn, given, fields)
    await grant_role(ctx, body.model_dump())
    return send_to(request, "/console/roles", "已授予角色，对方下次打开页面即生效。")
