"""The yearly 未成年人个人信息合规审计 pack: figures from raw rows, as files people can file.

A zip with the figures (JSON, to be recomputed and compared), the same as a
workbook, and a report as PDF. It names schools, roles and purposes; no person.
"""

import asyncio
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import TextClause

from app.audit.queries import verify_chain
from app.kit.clock import platform_time, school_day
from app.kit.context import Ctx
from app.kit.printing import render_pdf
from app.kit.sheets import write_book
from app.orgs.models import District
from app.people.roles import ROLES
from app.privacy import statements
from app.privacy.errors import PackTampered, PackUnreadable, YearNotBegun
from app.privacy.inventory import INVENTORY
from app.privacy.rules import FIRST_YEAR, differences, year_span
from app.privacy.service.retention import CLASSES

TEMPLATE = Path(__file__).parents[1] / "print" / "pack.typ"
FIGURES, BOOK, REPORT = "figures.json", "明细.xlsx", "报告.pdf"
LARGEST = 20 * 1024 * 1024  # of the figures inside a pack

# Chapter → its statement and the Chinese heads of its columns, in the order of reading.
CHAPTERS: dict[str, tuple[TextClause, tuple[str, ...]]] = {
    "未成年人数量": (statements.CHILDREN, ("学校", "学段", "人数")),
    "同意": (
        statements.CONSENTS,
        ("目的", "版本", "名称", "原文指纹", "本年同意", "本年撤回", "年末有效"),
    ),
    "查看学生资料": (statements.READS, ("角色", "目的", "人数", "涉及学生", "次数")),
    "逐月": (statements.MONTHS, ("月份", "查看次数", "导出次数", "日志条数")),
    "导出": (statements.EXPORTS, ("动作", "名单", "目的", "次数", "行数")),
    "权限": (statements.GRANTS, ("角色", "本年授予", "本年收回", "年末有效")),
    "到期删除": (statements.DELETIONS, ("数据种类", "保存天数", "删除行数", "次数")),
    "家长申请": (statements.REQUESTS, ("种类", "收到", "完成", "未采纳", "撤回", "超期")),
    "解除绑定和抹除": (statements.DETACHED, ("动作", "次数")),
    "事件": (
        statements.INCIDENTS,
        ("日期", "事件", "涉及人数", "上报日期", "告知家长日期", "结案日期"),
    ),
}
_WORDS = {
    **{str(role): row.title for role, row in ROLES.items()},
    **{kept.name: kept.title for kept in CLASSES},
    "health_note": "健康提示",
    "photo": "活动照片",
    "pupil_wechat": "孩子自己的微信",
    "correct": "更正资料",
    "erase": "删除资料",
    "data:export": "家长取走自己孩子的资料",
    "export:create": "工作人员导出名单",
    "identity:cancel": "用户注销微信，已删除标识",
    "identity:detach": "取消关注或撤回同意，已解除绑定",
    "identity:revoke": "用户在微信撤回授权",
    "person:erase": "抹除学生资料",
}


def check_year(ctx: Ctx, year: int) -> None:
    """A year that has begun, and not before there were such systems."""
    if not FIRST_YEAR <= year <= ctx.today.year:
        raise YearNotBegun


async def figures(ctx: Ctx, year: int, until: datetime | None = None) -> dict[str, Any]:
    """All chapters of a calendar year; `until` recomputes a pack as of its own moment."""
    check_year(ctx, year)
    begin, end = year_span(year, until or ctx.now)
    params = {"district": ctx.district_id, "begin": begin, "end": end}
    found: dict[str, Any] = {}
    for name, (statement, _) in CHAPTERS.items():
        rows = await ctx.conn.execute(statement, params)
        found[name] = [list(row) for row in rows]
    return found


async def make_pack(ctx: Ctx, year: int) -> bytes:
    """The zip for one year of this district. Nothing is stored; the caller logs who took it."""
    chapters = await figures(ctx, year)
    district = await ctx.db.get_one(District, ctx.district_id)
    verdict = await verify_chain(ctx.conn, ctx.district_id)
    head = {
        "format": 1,
        "district": district.name,
        "code": district.code,
        "year": year,
        "made_at": ctx.now.isoformat(),
        "audit_sealed": verdict.sealed,
        "audit_head": verdict.head,
        "audit_whole": verdict.wrong is None,
    }
    document = {**head, "chapters": chapters}
    report = {**head, "made": platform_time(ctx.now), "chapters": _for_print(chapters)}
    report["inventory"] = [list(row) for row in INVENTORY]
    pdf = await asyncio.to_thread(render_pdf, TEMPLATE, "pack", report)
    return _zipped(document, _book(chapters), pdf, ctx.now)


def _zipped(document: dict[str, Any], book: bytes, pdf: bytes, now: datetime) -> bytes:
    day = school_day(now)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            (FIGURES, json.dumps(document, ensure_ascii=False, indent=1).encode()),
            (BOOK, book),
            (REPORT, pdf),
        ):
            stamp = (day.year, day.month, day.day, 0, 0, 0)
            archive.writestr(zipfile.ZipInfo(name, stamp), content)
    return target.getvalue()


def _for_print(chapters: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"title": name, "head": list(head), "rows": [_said(row) for row in chapters[name]]}
        for name, (_, head) in CHAPTERS.items()
    ]


def _said(row: list[Any]) -> list[str]:
    """Codes as words; a reader may hold several roles."""
    return [
        "、".join(_WORDS.get(part, part) for part in str(cell).split("、"))
        if cell is not None
        else ""
        for cell in row
    ]


def _book(chapters: dict[str, Any]) -> bytes:
    inventory = ("信息种类", "谁的", "目的", "依据", "保存期限", "谁能看到")
    sheets = [("处理的个人信息", inventory, [tuple(row) for row in INVENTORY])]
    for chapter in _for_print(chapters):
        rows = [tuple(row) for row in chapter["rows"]]
        sheets.append((chapter["title"], tuple(chapter["head"]), rows))
    return write_book(sheets)


def open_pack(content: bytes) -> dict[str, Any]:
    """The figures inside a pack, or `privacy.pack_unreadable`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(FIGURES).file_size > LARGEST:
                raise PackUnreadable
            document = json.loads(archive.read(FIGURES))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as exc:
        raise PackUnreadable from exc
    if not isinstance(document, dict) or document.get("format") != 1:
        raise PackUnreadable
    return cast("dict[str, Any]", document)


async def compare_pack(ctx: Ctx, document: dict[str, Any]) -> int:
    """Recompute every chapter from raw rows as of the pack's own moment.

    Refuses (`privacy.pack_differs`) naming the chapters that differ; says how
    many chapters were compared.
    """
    try:
        year, made_at = int(document["year"]), datetime.fromisoformat(document["made_at"])
        kept = dict(document["chapters"])
    except (KeyError, TypeError, ValueError) as exc:
        raise PackUnreadable from exc
    fresh = await figures(ctx, year, made_at)
    if wrong := differences(kept, fresh):
        raise PackTampered(where="、".join(wrong))
    return len(fresh)
