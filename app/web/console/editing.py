"""What is an editable record in the console? One description, from which its page, its form for a
new one and its form for a change are made."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from starlette.responses import Response

from app.kit.bounds import Change
from app.kit.clock import SCHOOL_TIME
from app.kit.context import Ctx, Reach
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

Answer = Callable[..., Awaitable[Response]]


@dataclass(frozen=True)
class Editor:
    """`create_fields` and `change_fields` give the form for this actor; services decide what is allowed."""

    slug: str
    title: str
    noun: str
    edit_permission: str
    name_of: Callable[[Any], str]
    read: Callable[[Ctx, UUID], Awaitable[Any]]
    change: Callable[[Ctx, UUID, dict[str, Any], int | None], Awaitable[Any]]
    change_schema: type[Change]
    change_fields: Sequence[Field]
    facts: Callable[[Ctx, Any], Awaitable[Sequence[tuple[str, object]]]]
    owner_of: Callable[[Any], UUID | None] = lambda _: None
    create: Callable[[Ctx, dict[str, Any]], Awaitable[Any]] | None = None
    create_schema: type[BaseModel] | None = None
    create_fields: Callable[[Ctx], Awaitable[Sequence[Field]]] | None = None
    create_permission: str = ""
    own_page: bool = True
    links: Callable[[Ctx, Any], Sequence[tuple[str, str]]] | None = None  # (label, address)

    @property
    def path(self) -> str:
        return f"/console/{self.slug}"

    def may_change(self, ctx: Ctx, row: Any) -> bool:
        reach: Reach = ctx.reach(self.edit_permission)
        return reach.district or reach.covers(self.owner_of(row))


def add_editor(router: APIRouter, editor: Editor) -> None:
    """Give a record its addresses: new, create, page, edit, change."""
    if editor.create is not None:
        router.add_api_route(f"/{editor.slug}/new", _blank(editor), methods=["GET"])
        router.add_api_route(f"/{editor.slug}", _create(editor), methods=["POST"])
    if editor.own_page:
        router.add_api_route(f"/{editor.slug}/{{row_id}}", _show(editor), methods=["GET"])
    router.add_api_route(f"/{editor.slug}/{{row_id}}/edit", _edit(editor), methods=["GET"])
    router.add_api_route(f"/{editor.slug}/{{row_id}}", _change(editor), methods=["POST"])


def _form(
    editor: Editor, fields: Sequence[Field], values: dict[str, Any], row: Any = None
) -> dict[str, Any]:
    return {
        "editor": editor,
        "fields": fields,
        "values": values,
        "errors": {},
        "problem": "",
        "row": row,
        "heading": f"修改{editor.noun}" if row is not None else f"新增{editor.noun}",
        "action": f"{editor.path}/{row.id}" if row is not None else editor.path,
        "cancel": f"{editor.path}/{row.id}" if row is not None else editor.path,
        "version": row.version if row is not None else None,
    }


def submitted(form: Form, fields: Sequence[Field]) -> dict[str, Any]:
    """What was typed, to be shown again."""
    return {
        field.name: form.many(field.name) if field.kind == "many" else form.one(field.name)
        for field in fields
    }


def _blank(editor: Editor) -> Answer:
    async def blank(request: Request, ctx: Staff) -> HTMLResponse:
        ctx.require(editor.create_permission)
        fields = await _create_fields(editor, ctx)
        context = _form(editor, fields, dict(request.query_params))
        return console_page(request, ctx, "form.html", context)

    return blank


async def _create_fields(editor: Editor, ctx: Ctx) -> Sequence[Field]:
    return await editor.create_fields(ctx) if editor.create_fields else ()


def _create(editor: Editor) -> Answer:
    async def create(request: Request, ctx: Staff) -> Response:
        ctx.require(editor.create_permission)
        form = await read_form(request)
        fields = await _create_fields(editor, ctx)
        remember_form(request, ctx, "form.html", _form(editor, fields, submitted(form, fields)))
        if editor.create is None or editor.create_schema is None:
            raise TypeError(editor.slug)
        given = {name: v for name, v in typed(form, fields).items() if v is not None}
        body = checked(request, editor.create_schema, given, fields)
        row = await editor.create(ctx, body.model_dump())
        return send_to(request, f"{editor.path}/{row.id}", f"已新增{editor.noun}。")

    return create


def _show(editor: Editor) -> Answer:
    async def show(request: Request, ctx: Staff, row_id: UUID) -> HTMLResponse:
        row = await editor.read(ctx, row_id)
        context = {
            "editor": editor,
            "name": editor.name_of(row),
            "row": row,
            "facts": await editor.facts(ctx, row),
            "may_change": editor.may_change(ctx, row),
            "links": editor.links(ctx, row) if editor.links else (),
        }
        return console_page(request, ctx, "record.html", context)

    return show


def _edit(editor: Editor) -> Answer:
    async def edit(request: Request, ctx: Staff, row_id: UUID) -> HTMLResponse:
        ctx.require(editor.edit_permission)
        row = await editor.read(ctx, row_id)
        values = {field.name: _as_input(getattr(row, field.name)) for field in editor.change_fields}
        context = _form(editor, editor.change_fields, values, row)
        return console_page(request, ctx, "form.html", context)

    return edit


def _as_input(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    if hasattr(value, "astimezone"):
        return str(value.astimezone(SCHOOL_TIME).strftime("%Y-%m-%dT%H:%M"))
    return str(value)


def _change(editor: Editor) -> Answer:
    async def change(request: Request, ctx: Staff, row_id: UUID) -> Response:
        ctx.require(editor.edit_permission)
        row = await editor.read(ctx, row_id)
        form = await read_form(request)
        fields = editor.change_fields
        remember_form(
            request, ctx, "form.html", _form(editor, fields, submitted(form, fields), row)
        )
        # Only what the person changed: a field that is not theirs to change stays out of it.
        given = {
            name: value
            for name, value in typed(form, fields).items()
            if _as_input(getattr(row, name)) != form.one(name)
            and (value is not None or name in editor.change_schema.may_be_null)
        }
        body = checked(request, editor.change_schema, given, fields)
        await editor.change(ctx, row_id, body.changes(), form.version())
        return send_to(request, f"{editor.path}/{row_id}", "已保存。")

    return change
