"""HTTP for activities, their review and their sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from app.activities import queries
from app.activities.kinds import ActivityKind, ActivityState, Category
from app.activities.schemas import (
    ActivityChange,
    ActivityIn,
    ActivityOut,
    ActivityPhaseOut,
    AdjustIn,
    CancelIn,
    CopyIn,
    CopyOut,
    FieldOut,
    FieldsIn,
    FieldsOut,
    PatternIn,
    PlanOut,
    ReturnIn,
    SessionChange,
    SessionIn,
    SessionMove,
    SessionOut,
    SessionSeatsOut,
    SheetIn,
    SheetOut,
)
from app.activities.service import changes, fields, publishing, repeating, sessions, sheets
from app.files.uploads import LARGEST_UPLOAD, Document
from app.kit.bounds import Grade, Name
from app.kit.deps import Authed, OnceDep
from app.kit.http import Cursor, IfMatch, PageSize, download, page_of, tagged, version_of
from app.kit.paging import Page

router = APIRouter(tags=["activities"])


@router.get("/activities")
async def list_activities(
    request: Request,
    ctx: Authed,
    state: ActivityState | None = None,
    grade: Annotated[Grade | None, Query()] = None,
    title: Annotated[
        Name | None, Query(description="要找的词，用空格分开；在活动、单位或基地名称里都要出现")
    ] = None,
    kind: ActivityKind | None = None,
    category: Category | None = None,
    organization_id: UUID | None = None,
    base_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[ActivityOut]:
    narrow = (kind, category, organization_id, base_id)
    found = await queries.list_activities(ctx, state, grade, title, cursor, limit, *narrow)
    return page_of(ActivityOut, request, found)


@router.post("/activities", status_code=201)
async def create_activity(ctx: Authed, body: ActivityIn, once: OnceDep) -> ActivityOut:
    async def use_case() -> ActivityOut:
        return ActivityOut.model_validate(await publishing.draft_activity(ctx, body.model_dump()))

    return await once.run(ctx, body, use_case, 201)


@router.get("/activities/{activity_id}")
async def read_activity(activity_id: UUID, ctx: Authed, response: Response) -> ActivityPhaseOut:
    row = await queries.read_activity(ctx, activity_id)
    tagged(response, row.version)
    phases = await queries.phases_of(ctx, [row])
    shape = ActivityOut.model_validate(row)
    return ActivityPhaseOut(**shape.model_dump(), phase=phases.get(row.id))


@router.patch("/activities/{activity_id}")
async def change_activity(
    activity_id: UUID,
    ctx: Authed,
    body: ActivityChange,
    response: Response,
    if_match: IfMatch = None,
) -> ActivityOut:
    row = await publishing.change_activity(ctx, activity_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return ActivityOut.model_validate(row)


@router.post("/activities/{activity_id}/submit")
async def submit_activity(activity_id: UUID, ctx: Authed) -> ActivityOut:
    return ActivityOut.model_validate(await publishing.submit_activity(ctx, activity_id))


@router.post("/activities/{activity_id}/approve")
async def approve_activity(activity_id: UUID, ctx: Authed) -> ActivityOut:
    return ActivityOut.model_validate(await publishing.approve_activity(ctx, activity_id))


@router.post("/activities/{activity_id}/return")
async def return_activity(activity_id: UUID, ctx: Authed, body: ReturnIn) -> ActivityOut:
    row = await publishing.return_activity(ctx, activity_id, body.reason)
    return ActivityOut.model_validate(row)


@router.post("/activities/{activity_id}/publish")
async def publish_activity(activity_id: UUID, ctx: Authed) -> ActivityOut:
    return ActivityOut.model_validate(await publishing.publish_activity(ctx, activity_id))


@router.post("/activities/{activity_id}/withdraw")
async def withdraw_activity(activity_id: UUID, ctx: Authed) -> ActivityOut:
    return ActivityOut.model_validate(await publishing.withdraw_activity(ctx, activity_id))


@router.post("/activities/{activity_id}/archive")
async def archive_activity(activity_id: UUID, ctx: Authed) -> ActivityOut:
    return ActivityOut.model_validate(await publishing.archive_activity(ctx, activity_id))


@router.post("/activities/{activity_id}/adjust")
async def adjust_activity(
    activity_id: UUID, ctx: Authed, body: AdjustIn, if_match: IfMatch = None
) -> ActivityOut:
    row = await changes.adjust_activity(ctx, activity_id, body.what_to_bring, version_of(if_match))
    return ActivityOut.model_validate(row)


@router.get("/activities/{activity_id}/fields")
async def read_fields(activity_id: UUID, ctx: Authed) -> FieldsOut:
    await queries.read_activity(ctx, activity_id)
    rows = await queries.fields_of(ctx, activity_id)
    return FieldsOut(items=[FieldOut.model_validate(row) for row in rows])


@router.put("/activities/{activity_id}/fields")
async def set_fields(activity_id: UUID, ctx: Authed, body: FieldsIn) -> FieldsOut:
    rows = await fields.set_fields(ctx, activity_id, body.model_dump()["items"])
    return FieldsOut(items=[FieldOut.model_validate(row) for row in rows])


@router.post("/activities/{activity_id}/copy/preview")
async def preview_copy(activity_id: UUID, ctx: Authed, body: CopyIn) -> PlanOut:
    return PlanOut.model_validate(await repeating.plan_copy(ctx, activity_id, body.term_id))


@router.post("/activities/{activity_id}/copy", status_code=201)
async def copy_activity(activity_id: UUID, ctx: Authed, body: CopyIn) -> CopyOut:
    activity, plan = await repeating.copy_activity(ctx, activity_id, body.term_id)
    return CopyOut(activity=ActivityOut.model_validate(activity), plan=PlanOut.model_validate(plan))


@router.post("/activities/{activity_id}/repeat/preview")
async def preview_repeat(activity_id: UUID, ctx: Authed, body: PatternIn) -> PlanOut:
    pattern = repeating.Pattern(**body.model_dump())
    return PlanOut.model_validate(await repeating.plan_pattern(ctx, activity_id, pattern))


@router.post("/activities/{activity_id}/repeat", status_code=201)
async def repeat_sessions(activity_id: UUID, ctx: Authed, body: PatternIn) -> PlanOut:
    pattern = repeating.Pattern(**body.model_dump())
    return PlanOut.model_validate(await repeating.repeat_sessions(ctx, activity_id, pattern))


@router.get("/sessions")
async def list_sessions(
    request: Request,
    ctx: Authed,
    activity_id: UUID | None = None,
    starts_after: Annotated[AwareDatetime | None, Query()] = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[SessionOut]:
    found = await queries.list_sessions(ctx, activity_id, starts_after, cursor, limit)
    return page_of(SessionOut, request, found)


@router.post("/sessions", status_code=201)
async def create_session(ctx: Authed, body: SessionIn, once: OnceDep) -> SessionOut:
    async def use_case() -> SessionOut:
        return SessionOut.model_validate(await sessions.add_session(ctx, body.model_dump()))

    return await once.run(ctx, body, use_case, 201)


@router.get("/sessions/{session_id}")
async def read_session(session_id: UUID, ctx: Authed, response: Response) -> SessionSeatsOut:
    row, left = await queries.read_session(ctx, session_id)
    tagged(response, row.version)
    shape = SessionOut.model_validate(row)
    return SessionSeatsOut(**shape.model_dump(), seats_left=left)


@router.patch("/sessions/{session_id}")
async def change_session(
    session_id: UUID,
    ctx: Authed,
    body: SessionChange,
    response: Response,
    if_match: IfMatch = None,
) -> SessionOut:
    row = await sessions.change_session(ctx, session_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return SessionOut.model_validate(row)


@router.post("/sessions/{session_id}/move")
async def move_session(
    session_id: UUID, ctx: Authed, body: SessionMove, response: Response, if_match: IfMatch = None
) -> SessionOut:
    row = await changes.move_session(ctx, session_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return SessionOut.model_validate(row)


@router.post("/sessions/{session_id}/cancel")
async def cancel_session(session_id: UUID, ctx: Authed, body: CancelIn) -> SessionOut:
    return SessionOut.model_validate(await sessions.cancel_session(ctx, session_id, body.reason))


@router.get("/activities/{activity_id}/task-sheet")
async def read_sheet(activity_id: UUID, ctx: Authed, response: Response) -> SheetOut:
    row = await queries.read_sheet(ctx, activity_id)
    tagged(response, row.version)
    return SheetOut.model_validate(row)


@router.put("/activities/{activity_id}/task-sheet")
async def write_sheet(
    activity_id: UUID, ctx: Authed, body: SheetIn, response: Response, if_match: IfMatch = None
) -> SheetOut:
    """Attach or change the task sheet; its questions are fixed once a session has begun."""
    values = body.model_dump(mode="json")
    row = await sheets.write_sheet(ctx, activity_id, values, version_of(if_match))
    tagged(response, row.version)
    return SheetOut.model_validate(row)


@router.put("/activities/{activity_id}/task-sheet/file", max_body_size=LARGEST_UPLOAD)
async def attach_sheet_file(activity_id: UUID, file: Document, ctx: Authed) -> SheetOut:
    """The unit's own sheet, as PDF or picture; attached to a sheet that is there already."""
    return SheetOut.model_validate(await sheets.attach_file(ctx, activity_id, file))


@router.get("/activities/{activity_id}/task-sheet/file", response_class=Response)
async def read_sheet_file(activity_id: UUID, ctx: Authed) -> Response:
    found = await sheets.read_sheet_file(ctx, activity_id)
    return download(found.content, found.name, found.media)
