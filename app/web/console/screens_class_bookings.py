"""The list of class bookings."""

from app.bookings.kinds import CLASS_STATE_WORDS, ClassBookingState
from app.bookings.models import ClassBooking
from app.bookings.permissions import P
from app.bookings.queries import list_class_bookings
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.web import reading
from app.web.console.listing import Badge, Chosen, Filter, Line, Listing

TONES = {
    ClassBookingState.ACCEPTED: "good",
    ClassBookingState.DRAFTED: "warn",
    ClassBookingState.HEAD_CONFIRMED: "warn",
    ClassBookingState.DECLINED: "bad",
}
STATES: dict[str, str] = {str(state): word for state, word in CLASS_STATE_WORDS.items()}


def state_badge(state: ClassBookingState) -> Badge:
    return Badge(CLASS_STATE_WORDS[state], TONES.get(state, "plain"))


def _limit(row: ClassBooking) -> str:
    """Until when the one who is asked has to answer; nothing once it is settled."""
    limits = {
        ClassBookingState.DRAFTED: ("学校", row.confirm_by),
        ClassBookingState.HEAD_CONFIRMED: ("单位", row.answer_by),
    }
    who, until = limits.get(ClassBookingState(row.state), ("", None))
    return f"{who}：{say_moment(until)}" if until else ""


async def _rows(
    ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int
) -> tuple[list[Line], str | None]:
    state = chosen.one_of("state", ClassBookingState)
    rows, following = await list_class_bookings(ctx, state, cursor, limit)
    sessions = await reading.session_titles(ctx, [row.session_id for row in rows])
    classes = await reading.class_names(ctx, [row.class_id for row in rows])
    lines = []
    for row in rows:
        session = sessions[row.session_id]
        cells = (
            session.title,
            classes.get(row.class_id),
            say_moment(session.starts_at),
            row.adults,
            _limit(row),
            state_badge(ClassBookingState(row.state)),
        )
        lines.append(Line(str(row.id), cells, href=f"/console/class-bookings/{row.id}"))
    return lines, following


CLASS_BOOKINGS = Listing(
    slug="class-bookings",
    title="整班预约",
    group="工作",
    permission=P.CLASS_BOOKING_READ,
    columns=("活动", "班级", "场次时间", "带队成人", "最晚答复", "状态"),
    load=_rows,
    filters=(Filter("state", "状态", STATES),),
    new=("整班预约", P.CLASS_BOOKING_CREATE),
    empty="还没有整班预约。班主任可以为全班约一个“整班”场次，学校确认后由单位接受。",
)
