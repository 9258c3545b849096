"""The fields of a date: when and how many, and, folded away with good defaults, how places are given."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Request

from app.activities.errors import (
    CancelLimitWrong,
    CapacityBelowBooked,
    ReserveTooLarge,
    ReserveWithoutEnd,
    TimesOutOfOrder,
)
from app.activities.schemas import DaysBefore, SessionIn
from app.activities.service.reserves import shares_of
from app.kit.context import Ctx
from app.kit.errors import DomainError
from app.web import labels, reading
from app.web.console.forms import Field, Form, checked, typed

WHEN_FIELDS = (
    Field("starts_at", "开始", "moment", required=True),
    Field("ends_at", "结束", "moment", required=True),
    Field("capacity", "名额", "number", required=True),
)
WINDOW_FIELDS = (
    Field("booking_opens_at", "预约开放", "moment", hint="不填则立即开放"),
    Field("booking_closes_at", "预约截止", "moment", hint="不填则到活动开始为止"),
)
_RESERVED = (("0", "不预留"), ("50", "一半名额"), ("80", "八成名额"), ("100", "全部名额"))
MORE_FIELDS = (
    Field(
        "mode",
        "名额怎么给",
        "choice",
        True,
        [(mode, word) for mode, word in labels.SESSION_MODES.items() if mode != "wishes"],
        "一般用“先到先得”。想让家长填志愿：仍选“先到先得”，发布后请秘书处放进选课轮次。建好后不能改",
    ),
    Field(
        "reserve_percent",
        "先留给各校",
        "choice",
        True,
        _RESERVED,
        "按各校在校人数分，每校至少 1 个；到期没用完的向所有人放开",
    ),
    Field(
        "reserve_days",
        "预留到开始前几天",
        "number",
        hint="不填为 3，也就是开始前三天的同一时间放开；不预留的不用管",
    ),
    Field(
        "cancel_days",
        "开始前几天截止取消",
        "number",
        hint="不填则开始前都可以取消；要提前备料的可以填 1 或 2",
    ),
)
MORE_DEFAULTS = {"mode": "first_come", "reserve_percent": "0"}
# Which field a refusal of the service belongs to.
_PLACES: dict[type[DomainError], str] = {
    CancelLimitWrong: "cancel_days",
    CapacityBelowBooked: "capacity",
    ReserveTooLarge: "reserve_percent",
    ReserveWithoutEnd: "reserve_days",
    TimesOutOfOrder: "ends_at",
}


class SessionForm(SessionIn):
    """A date as a person writes it down: limits as days before the start."""

    reserve_days: DaysBefore = 3
    cancel_days: DaysBefore | None = None

    def values(self, activity_id: UUID, weeks: int = 0) -> dict[str, Any]:
        """As the service takes it, this many weeks later; the opening of the booking stays."""
        by = timedelta(weeks=weeks)
        given = self.model_dump(exclude={"reserve_days", "cancel_days"})
        for name in ("starts_at", "ends_at", "booking_closes_at"):
            given[name] = given[name] + by if given[name] else None
        reserved, limited = timedelta(days=self.reserve_days), timedelta(days=self.cancel_days or 0)
        given["reserve_until"] = given["starts_at"] - reserved if self.reserve_percent else None
        given["cancel_until"] = given["starts_at"] - limited if self.cancel_days else None
        return {**given, "activity_id": activity_id}


def read_session(
    request: Request, form: Form, fields: Sequence[Field], activity_id: UUID
) -> SessionForm:
    """What was written, or a refusal with a sentence at each wrong field."""
    given = {name: value for name, value in typed(form, fields).items() if value is not None}
    return checked(request, SessionForm, {**given, "activity_id": activity_id}, fields)


def was_touched(form: Form) -> bool:
    """Whether something of a date was filled in, even if only among the folded fields."""
    written = any(form.one(field.name) for field in WHEN_FIELDS)
    more = any(
        form.one(field.name) not in ("", MORE_DEFAULTS.get(field.name, "")) for field in MORE_FIELDS
    )
    return written or more


@contextmanager
def at_fields(
    request: Request, places: Mapping[type[DomainError], str] = _PLACES
) -> Iterator[None]:
    """A refusal of the service comes back as the sentence of the field it is about."""
    try:
        yield
    except DomainError as refusal:
        if name := places.get(type(refusal)):
            request.state.form_errors = {name: refusal.text()}
        raise


async def named_shares(
    ctx: Ctx, grades: tuple[int, int], seats: int, percent: int
) -> list[tuple[str, int]]:
    """What each school would get of a reserve, the largest first; nothing without one."""
    if not percent:
        return []
    shares = await shares_of(ctx, grades, seats, percent)
    names = await reading.organization_names(ctx, list(shares))
    found = [(names.get(school, ""), number) for school, number in shares.items()]
    return sorted(found, key=lambda share: (-share[1], share[0]))
