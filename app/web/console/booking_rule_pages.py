"""The rules of all bookings, for the secretariat: limits a pupil, and the way between two places."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field as Bound
from starlette.responses import Response

from app.activities.kinds import Category
from app.bookings.permissions import P
from app.bookings.queries import booking_rules
from app.bookings.service import set_booking_rules
from app.kit.bounds import Wire
from app.kit.context import Ctx
from app.web import labels
from app.web.console.editing import submitted
from app.web.console.forms import Field, checked, read_form, typed
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
PATH = "/console/booking-rules"
Most = Annotated[int, Bound(ge=1, le=100)]
_ALL = "all"
FIELDS = (
    Field(
        "gap_minutes",
        "两个活动之间的路上时间（分钟）",
        "number",
        required=True,
        hint="孩子报的两个活动隔得比这更近，就算时间冲突；0 表示只看时间不重叠",
    ),
    Field(_ALL, "每学期一共最多报几次", "number", hint="不填就不限；取消的不算，缺席的也不再占"),
    *(
        Field(category, f"其中“{word}”最多几次", "number", hint="不填就不限")
        for category, word in labels.CATEGORIES.items()
    ),
)


class RulesForm(Wire):
    """The rules with one field a category; empty is no limit."""

    gap_minutes: Annotated[int, Bound(ge=0, le=240)]
    all: Most | None = None
    none: Most | None = None
    social: Most | None = None
    labour: Most | None = None
    career: Most | None = None
    safety: Most | None = None

    def limits(self) -> dict[Category | None, int]:
        """Category, or None for all together → most bookings."""
        given = self.model_dump(exclude={"gap_minutes"}, exclude_none=True)
        return {None if name == _ALL else Category(name): most for name, most in given.items()}


def _sheet(values: dict[str, Any]) -> dict[str, Any]:
    intro = "对全学区所有活动都有效，从保存时起算；已经报好的预约不受影响。"
    return sheet("预约规则", [("活动", "/console/activities")], PATH, FIELDS, values, intro=intro)


@router.get("/booking-rules")
async def show_rules(request: Request, ctx: Staff) -> HTMLResponse:
    ctx.require(P.BOOKING_RULE_EDIT)
    return console_page(request, ctx, "sheet.html", _sheet(await _values(ctx)))


async def _values(ctx: Ctx) -> dict[str, Any]:
    gap, limits = await booking_rules(ctx)
    return {"gap_minutes": gap, **{str(one.category or _ALL): one.most for one in limits}}


@router.post("/booking-rules")
async def change_rules(request: Request, ctx: Staff) -> Response:
    ctx.require(P.BOOKING_RULE_EDIT)
    form = await read_form(request)
    remember_form(request, ctx, "sheet.html", _sheet(submitted(form, FIELDS)))
    given = {name: value for name, value in typed(form, FIELDS).items() if value is not None}
    body = checked(request, RulesForm, given, FIELDS)
    await set_booking_rules(ctx, body.gap_minutes, body.limits())
    return send_to(request, PATH, "已保存预约规则。")
