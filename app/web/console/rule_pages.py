"""A rule set's own page: what it says in words, its numbers, its effect, and the day it begins."""

import copy
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from starlette.responses import Response

from app.kit.context import Ctx
from app.passports import queries
from app.passports.kinds import RuleState
from app.passports.models import RuleSet
from app.passports.permissions import P
from app.passports.rules.ladder import in_order, say_need
from app.passports.schemas import ApplyIn, RuleBody
from app.passports.service import rule_sets
from app.resources.kinds import MARK_NAMES
from app.web import labels, reading
from app.web.console.forms import Field, Form, FormInvalid, checked, read_form, typed
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
PATH = "/console/rule-sets"
_LIMITS = (
    Field("least_minutes", "至少多少分钟才算一次", "number", required=True),
    Field("visit_cap", "一次活动最多计多少分钟", "number", hint="不填就不限"),
    Field("base_cap", "同一基地同一类别最多计多少分钟", "number", hint="不填就不限"),
)
_FROM = Field("from_on", "从哪一天起生效", "day", required=True)
Place = tuple[int, int]


def _need_fields(body: RuleBody) -> list[tuple[Place, Field]]:
    """One number a need, named by its level: `银章 · 不同基地`."""
    return [
        (
            (level_at, need_at),
            Field(
                f"need-{level_at}-{need_at}",
                f"{level.name} · {say_need(need)}",
                "number",
                required=True,
            ),
        )
        for level_at, level in enumerate(body.levels)
        for need_at, need in enumerate(level.needs)
    ]


@router.get("/rule-sets/{rule_set_id}")
async def show_rules(request: Request, ctx: Staff, rule_set_id: UUID) -> HTMLResponse:
    row = await queries.read_rule_set(ctx, rule_set_id)
    return console_page(request, ctx, "rules.html", await _context(ctx, row))


async def _context(ctx: Ctx, row: RuleSet, form: Form | None = None) -> dict[str, Any]:
    body = RuleBody.model_validate(row.body)
    needs = _need_fields(body)
    values: dict[str, Any] = {
        field.name: body.levels[at].needs[which].at_least for (at, which), field in needs
    }
    values |= {field.name: getattr(body, field.name) or "" for field in _LIMITS}
    values["least_minutes"] = body.least_minutes
    fields = [*_LIMITS, *(field for _, field in needs)]
    if form is not None:
        values |= {field.name: form.one(field.name) for field in (*fields, _FROM)}
    schools = [UUID(one[0]) for one in (row.preview or {}).get("schools", [])]
    return {
        "row": row,
        "body": body,
        "levels": [
            (level.name, [(say_need(need), need.at_least) for need in level.needs])
            for level in in_order(body.levels)
        ],
        "facts": _facts(body),
        "fields": fields,
        "from_field": _FROM,
        "values": values | {"from_on": values.get("from_on") or str(ctx.today)},
        "errors": {},
        "problem": "",
        "is_draft": row.state == RuleState.DRAFT,
        "may_edit": ctx.reach(P.RULE_SET_EDIT).district,
        "schools": {
            str(key): name for key, name in (await reading.organization_names(ctx, schools)).items()
        },
        "labels": labels,
    }


def _facts(body: RuleBody) -> list[tuple[str, str]]:
    """The rules besides the levels, in the words of the secretariat."""
    facts = [
        ("对象", labels.say_grades(body.min_grade, body.max_grade)),
        ("一学时", f"{body.minutes_per_hour} 分钟"),
        ("最短", f"{body.least_minutes} 分钟" if body.least_minutes else "不限"),
        ("一次最多计", f"{body.visit_cap} 分钟" if body.visit_cap else "不限"),
    ]
    if body.base_cap:
        span = "每学年" if body.period == "school_year" else "一共"
        facts.append(("同一基地", f"同一类别{span}最多计 {body.base_cap} 分钟"))
    facts += [
        (f"{labels.CATEGORIES[cap.category]}最多计", f"{cap.minutes} 分钟")
        for cap in body.category_caps
    ]
    if body.since_min_grade:
        facts.append(("从何时算", "升入最低年级那年的 9 月 1 日"))
    if body.starts_on or body.ends_on:
        facts.append(("日期", f"{body.starts_on or '一直'} 至 {body.ends_on or '一直'}"))
    if body.base_mark:
        facts.append(("哪些基地", f"只算{MARK_NAMES[body.base_mark]}"))
    if body.sheet_needed:
        facts.append(("任务单", "交了任务单才算"))
    return facts


@router.post("/rule-sets/{rule_set_id}/draft")
async def draft(request: Request, ctx: Staff, rule_set_id: UUID) -> Response:
    """Begin the next version as a copy of what is in force."""
    current = await queries.read_rule_set(ctx, rule_set_id)
    remember_form(request, ctx, "rules.html", await _context(ctx, current))
    row = await rule_sets.draft_rules(ctx, current.key, None)
    return send_to(request, f"{PATH}/{row.id}", f"已建第 {row.number} 版草稿，改好数字后先看影响。")


@router.post("/rule-sets/{rule_set_id}/numbers")
async def change_numbers(request: Request, ctx: Staff, rule_set_id: UUID) -> Response:
    """Save the numbers; the shape of the rules is changed over the API."""
    form = await read_form(request)
    row = await queries.read_rule_set(ctx, rule_set_id)
    remember_form(request, ctx, "rules.html", await _context(ctx, row, form))
    await rule_sets.change_rules(ctx, rule_set_id, _renumbered(row.body, form), form.version())
    return send_to(request, f"{PATH}/{rule_set_id}", "已保存，请再看一次影响。")


def _renumbered(stored: dict[str, Any], form: Form) -> RuleBody:
    """The same rules with the numbers of the form; refused with the names of what is wrong."""
    body = copy.deepcopy(stored)
    needs = _need_fields(RuleBody.model_validate(stored))
    body |= {field.name: form.one(field.name) or None for field in _LIMITS}
    for (at, which), field in needs:
        body["levels"][at]["needs"][which]["at_least"] = form.one(field.name)
    try:
        return RuleBody.model_validate(body)
    except ValidationError as exc:
        names = {field.name: field.label for field in _LIMITS}
        names |= {
            f"levels.{at}.needs.{which}.at_least": field.label for (at, which), field in needs
        }
        wrong = [names.get(".".join(str(part) for part in one["loc"]), "") for one in exc.errors()]
        raise FormInvalid(fields="、".join(filter(None, wrong)) or "数字") from exc


@router.post("/rule-sets/{rule_set_id}/preview")
async def preview(request: Request, ctx: Staff, rule_set_id: UUID) -> Response:
    await rule_sets.order_preview(ctx, rule_set_id)
    said = "正在计算影响，通常一分钟内完成，请稍后刷新。没有改动任何孩子的等级。"
    return send_to(request, f"{PATH}/{rule_set_id}", said)


@router.post("/rule-sets/{rule_set_id}/apply")
async def apply(request: Request, ctx: Staff, rule_set_id: UUID) -> Response:
    form = await read_form(request)
    row = await queries.read_rule_set(ctx, rule_set_id)
    remember_form(request, ctx, "rules.html", await _context(ctx, row, form))
    body = checked(request, ApplyIn, typed(form, [_FROM]), [_FROM])
    row = await rule_sets.apply_rules(ctx, rule_set_id, body.from_on)
    return send_to(
        request, f"{PATH}/{rule_set_id}", f"已定下：{row.from_on} 起生效，到时自动重算。"
    )
