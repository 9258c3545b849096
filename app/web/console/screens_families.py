"""The lists of roster imports, binding letters, families that ask, and consent texts."""

from urllib.parse import quote
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.kit import cookies
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.http import PDF, download
from app.people.kinds import Act, ImportState, Purpose, RequestState
from app.people.permissions import P
from app.people.queries import list_imports, list_requests, pupil_briefs
from app.people.service import requests
from app.people.service.letters import print_letters
from app.web import labels
from app.web import reading as shared
from app.web.console import reading
from app.web.console.listing import Badge, Bulk, Cell, Chosen, Filter, Line, Listing, Options
from app.web.rendering import NOTICE

Lines = tuple[list[Line], str | None]
_TONES = {ImportState.APPLIED: "good", ImportState.CHECKED: "warn", ImportState.REFUSED: "bad"}


async def _imports(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_imports(ctx, chosen.uuid("organization_id"), cursor, limit)
    schools = await shared.organization_names(ctx, [row.organization_id for row in rows])
    lines = [
        Line(
            str(row.id),
            (
                say_moment(row.created_at),
                schools.get(row.organization_id),
                row.total or None,
                row.counts.get(Act.ERROR) or None,
                Badge(labels.IMPORT_STATES[row.state], _TONES.get(row.state, "plain")),
            ),
            href=f"/console/imports/{row.id}",
        )
        for row in rows
    ]
    return lines, following


async def _edited_schools(ctx: Ctx) -> Options:
    return await reading.own_schools(ctx, P.PERSON_EDIT)


async def _letters(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await reading.letter_classes(
        ctx, chosen.uuid("organization_id"), cursor, limit
    )
    schools = await shared.organization_names(ctx, [row.organization_id for row in rows])
    progress = await reading.class_progress(ctx, [row.id for row in rows])
    lines = []
    for row in rows:
        found = progress.get(row.id, reading.Progress())
        cells: tuple[Cell, ...] = (
            row.name,
            schools.get(row.organization_id),
            found.pupils,
            found.bound,
            found.unused,
            found.used,
        )
        lines.append(Line(str(row.id), cells, href=f"/console/classes/{row.id}"))
    return lines, following


async def _letter_schools(ctx: Ctx) -> Options:
    return await reading.own_schools(ctx, P.BINDING_CODE_CREATE)


async def letters_answer(request: Request, ctx: Ctx, class_ids: list[UUID]) -> Response:
    """The classes' letters as one PDF; the next page says how many older codes it voided."""
    base_url = request.app.state.settings.base_url
    printed = await print_letters(ctx, class_ids, base_url)
    said = f"已生成 {printed.number} 封绑定信。"
    if printed.voided:
        said += f"上次打印、还没有使用的 {printed.voided} 个绑定码已经作废。"
    response = download(printed.pdf, f"绑定信{ctx.today:%Y%m%d}.pdf", PDF)
    cookies.put_cookie(request, response, NOTICE, quote(said), 120)
    return response


async def _requests(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", RequestState)
    rows, following = await list_requests(ctx, state, cursor, limit)
    briefs = await pupil_briefs(ctx, [row.pupil_id for row in rows])
    lines = []
    for row in rows:
        pupil = briefs[row.pupil_id]
        tone = "warn" if row.state == RequestState.PENDING else "plain"
        cells: tuple[Cell, ...] = (
            pupil.name,
            f"{pupil.organization_name or ''} {pupil.class_name or ''}".strip(),
            row.typed_name,
            say_moment(row.created_at),
            Badge(labels.REQUEST_STATES[row.state], tone),
        )
        lines.append(Line(str(row.id), cells))
    return lines, following


async def _approve(ctx: Ctx, request_id: UUID, _reason: str) -> object:
    return await requests.approve_request(ctx, request_id)


async def _decline(ctx: Ctx, request_id: UUID, reason: str) -> object:
    return await requests.decline_request(ctx, request_id, reason[:60])


async def _consents(ctx: Ctx, _: Chosen, __: str | None, ___: int) -> Lines:
    newest: dict[str, AnyRow] = {}
    for row in await reading.consent_texts(ctx):
        newest.setdefault(row.purpose, row)
    lines = []
    for purpose in Purpose:
        text = newest.get(purpose.value)
        cells: tuple[Cell, ...] = (
            labels.CONSENT_PURPOSES[purpose],
            f"第 {text.number} 版" if text else Badge("还没有发布", "warn"),
            text.title if text else None,
            say_moment(text.published_at) if text else None,
            text.agreed if text else None,
            text.pupils - text.agreed if text else None,
        )
        lines.append(Line(purpose.value, cells, href=f"/console/consents/{purpose.value}"))
    return lines, None


IMPORTS = Listing(
    slug="imports",
    title="名册导入",
    group="学区",
    permission=P.PERSON_EDIT,
    columns=("上传时间", "学校", "学生行数", "有误的行", "状态"),
    load=_imports,
    filters=(Filter("organization_id", "学校", _edited_schools),),
    new=("导入名册", P.PERSON_EDIT),
    empty="还没有导入过名册。点“导入名册”，先下载模板填写。",
    hint="名册先检查、再确认；确认以前不会改动任何学生。导错了可以整次撤销。",
)
LETTERS = Listing(
    slug="letters",
    title="绑定信",
    group="学区",
    permission=P.BINDING_CODE_CREATE,
    columns=("班级", "学校", "学生", "已绑定", "未用的码", "用过的码"),
    load=_letters,
    filters=(Filter("organization_id", "学校", _letter_schools),),
    bulk=(Bulk("print", "打印所选班级的绑定信", P.BINDING_CODE_CREATE, whole=letters_answer),),
    boosted=False,
    empty="没有您可以打印绑定信的班级。学校联系人导入名册后，班级会出现在这里。",
    hint="每个孩子一封信，信上有两个绑定码。再次打印时，上次没用过的绑定码会作废。",
)
REQUESTS = Listing(
    slug="requests",
    title="家长绑定申请",
    group="学区",
    permission=P.GUARDIANSHIP_APPROVE,
    columns=("绑定码属于", "学校班级", "家长填写的姓名", "申请时间", "状态"),
    load=_requests,
    filters=(Filter("state", "状态", labels.REQUEST_STATES),),
    bulk=(
        Bulk("approve", "确认是家长", P.GUARDIANSHIP_APPROVE, _approve, "已确认"),
        Bulk("decline", "拒绝", P.GUARDIANSHIP_APPROVE, _decline, "已拒绝", "danger", "拒绝原因"),
    ),
    empty="没有等待确认的家长。",
    hint="绑定码是对的、孩子姓名没有写对的家长，会请您确认。请先与家长联系核实；确认以前，对方看不到孩子的任何信息。",
)
CONSENTS = Listing(
    slug="consents",
    title="同意书",
    group="学区",
    permission=P.CONSENT_EDIT,
    columns=("用途", "现在的版本", "标题", "发布时间", "已同意的孩子", "没有同意的孩子"),
    load=_consents,
    empty="没有同意书。",
    hint="家长在手机上逐项同意，随时可以撤回。不同意不影响孩子报名和参加活动。",
)
