"""Which families are told about a task sheet or asked for an evaluation, and who hears of a low score?"""

from app.activities.events import SheetReviewed
from app.activities.kinds import SheetVerdict
from app.evaluations.events import ChildAsked, EvaluationsAsked, ScoredLow, SheetsDue
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify, notify_each

WORDS = {SheetVerdict.PASSED: "通过", SheetVerdict.EXCELLENT: "优秀"}


async def tell_sheet(ctx: Ctx, fact: SheetReviewed) -> None:
    """Every judgement once: a second one may take the first back."""
    fields = {"pupil": fact.pupil_name, "title": fact.title, "comment": fact.comment or "无"}
    key, people = f"sheet:{fact.review_id}", list(fact.guardians)
    if fact.verdict is SheetVerdict.RETURNED:
        await notify(ctx, Kind.SHEET_RETURNED, people, key, fields)
        return
    await notify(ctx, Kind.SHEET_PASSED, people, key, {**fields, "result": WORDS[fact.verdict]})


async def tell_due(ctx: Ctx, fact: SheetsDue) -> None:
    await _ask_once(ctx, Kind.SHEET_DUE, fact.sheets)


async def tell_asked(ctx: Ctx, fact: EvaluationsAsked) -> None:
    await _ask_once(ctx, Kind.EVALUATION_ASKED, fact.visits)


async def _ask_once(ctx: Ctx, kind: Kind, asked: tuple[ChildAsked, ...]) -> None:
    """Once a child and session, however often it is looked at."""
    messages = [
        (
            guardian,
            f"{kind}:{one.session_id}:{one.pupil_id}",
            {"pupil": one.pupil_name, "title": one.title, "until": one.until},
        )
        for one in asked
        for guardian in one.guardians
    ]
    await notify_each(ctx, kind, messages)


async def tell_low(ctx: Ctx, fact: ScoredLow) -> None:
    """The secretariat, once an evaluation."""
    fields = {
        "title": fact.title,
        "unit": fact.unit,
        "time": platform_time(fact.starts_at),
        "reason": fact.reason,
    }
    await notify(ctx, Kind.EVALUATION_LOW, list(fact.told), f"low:{fact.alert_id}", fields)
