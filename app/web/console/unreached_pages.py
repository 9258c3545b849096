"""未送达名单: families an important message did not reach, to ring up, copy, print or keep as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.audit import service as audit
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.kit.http import XLSX, download
from app.kit.sheets import write_table
from app.notifications.permissions import P
from app.notifications.service.unreached import (
    Unreached,
    list_unreached,
    mark_told,
    name_them,
)
from app.people.permissions import P as PeopleP
from app.web import reading
from app.web.console.forms import read_form
from app.web.console.lists import ask_purpose
from app.web.console.rows import purpose_of
from app.web.console.staff import Staff, console_page
from app.web.rendering import own_path, send_to

router = APIRouter(include_in_schema=False)
PATH = "/console/unreached"
COLUMNS = ("学校", "班级", "孩子", "什么通知", "为什么没有收到", "从什么时候", "告知情况")


@dataclass(frozen=True)
class Group:
    """One class with the families of its list."""

    title: str
    class_id: UUID
    rows: list[Unreached]


@router.get("/unreached")
async def show(
    request: Request, ctx: Staff, school: UUID | None = None, told: bool = False, names: str = ""
) -> HTMLResponse:
    """Masked names; the full ones (`names=1`) for whoever may read them and says why."""
    purpose = purpose_of(request)
    wanted = names == "1" and PeopleP.PERSON_READ in ctx.actor.permissions
    if wanted and not purpose:
        return ask_purpose(request, ctx)
    rows = await list_unreached(ctx, school)
    shown = [row for row in rows if (row.told_at is not None) is told]
    groups = _groups(await name_them(ctx, shown, purpose if wanted else None))
    context = {
        "groups": groups,
        "number": len(shown),
        "others": len(rows) - len(shown),
        "told": told,
        "named": wanted,
        "purpose": purpose if wanted else "",
        "may_name": PeopleP.PERSON_READ in ctx.actor.permissions,
        "may_file_named": PeopleP.EXPORT_NAMED in ctx.actor.permissions,
        "may_settle": P.UNREACHED_SETTLE in ctx.actor.permissions,
        "schools": await _schools(ctx),
        "school": school,
        "words": _as_text(groups),
    }
    return console_page(request, ctx, "unreached.html", context)


async def _schools(ctx: Ctx) -> Sequence[tuple[str, str]]:
    """To choose from, where there is a choice; a class teacher has none."""
    reach = ctx.reach(P.UNREACHED_READ)
    if not reach.district and not reach.organizations:
        return ()
    found = await reading.own_schools(ctx, P.UNREACHED_READ)
    return found if len(found) > 1 else ()


def _groups(rows: Sequence[Unreached]) -> list[Group]:
    found: dict[UUID, Group] = {}
    for row in rows:
        group = found.setdefault(
            row.class_id, Group(f"{row.school} {row.class_name}", row.class_id, [])
        )
        group.rows.append(row)
    return list(found.values())


def _as_text(groups: Sequence[Group]) -> str:
    """For the clipboard: a heading a class, a line a family."""
    parts = []
    for group in groups:
        lines = [f"{row.pupil_name}：{row.words}（{row.why}）" for row in group.rows]
        parts.append("\n".join([f"【{group.title}】", *lines]))
    return "\n\n".join(parts)


@router.post("/unreached/told")
async def tell(request: Request, ctx: Staff) -> Response:
    """One family (`id`), or all of a class as they stood on the page (`shown`)."""
    form = await read_form(request)
    try:
        ids = [UUID(one) for one in form.many("id") or form.many("shown")]
    except ValueError as exc:
        raise NotFound from exc
    number = await mark_told(ctx, ids)
    said = f"已记下：电话告知 {number} 家。" if number else "这些家庭之前已经告知过了。"
    return send_to(request, own_path(form.one("back"), PATH), said)


@router.get("/unreached.xlsx")
async def export(
    request: Request, ctx: Staff, school: UUID | None = None, named: str = ""
) -> Response:
    """The open ones as a file: names masked, or whole with a purpose and a fresh proof."""
    purpose = purpose_of(request)
    whole = named == "1"
    if whole:
        if PeopleP.EXPORT_NAMED not in ctx.actor.permissions:
            raise Forbidden
        if not purpose:
            return ask_purpose(request, ctx)
        ctx.require_proof()
    rows = [row for row in await list_unreached(ctx, school) if row.told_at is None]
    detail: dict[str, Any] = {"rows": len(rows), "named": whole}
    await audit.record(
        ctx, "export:create", "unreached", None, detail=detail, purpose=purpose if whole else None
    )
    lines = [
        (
            row.school,
            row.class_name,
            row.pupil_name,
            row.words,
            row.why,
            say_moment(row.since),
            "",
        )
        for row in await name_them(ctx, rows, purpose if whole else None)
    ]
    return download(
        write_table(COLUMNS, lines, "未送达名单"), f"未送达名单{ctx.today:%Y%m%d}.xlsx", XLSX
    )
