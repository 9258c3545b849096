"""What a family fills in on a session's page: who comes, a yes to the visit, the unit's questions."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from app.bookings import rush
from app.bookings.queries import booking_form, words_of
from app.bookings.rules import YES_NO_WORDS, say_together
from app.bookings.service import Given, book_siblings
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.deps import Caller
from app.kit.errors import DomainError, Kind
from app.web.console.forms import Form

MOST_CHILDREN = 4


class ChildMissing(DomainError):
    kind, code, sentence = Kind.INVALID, "web.child_missing", "请先选择给哪个孩子预约。"


class TooManyChildren(DomainError):
    kind, code, sentence = Kind.INVALID, "web.too_many_children", "一次最多给 4 个孩子预约。"


async def form_of(ctx: Ctx, session_id: UUID) -> dict[str, Any]:
    """The questions and the words of the page; `filled` holds what was sent, when it is shown again."""
    words, fields = await booking_form(ctx, session_id)
    return {
        "words": words,
        "questions": fields,
        "yes_no": list(YES_NO_WORDS.items()),
        "filled": {},
        "ticked": (),
        "agreed": False,
        "full": False,
    }


def refill(context: dict[str, Any], form: Form) -> None:
    """Show the page with what the family had written, if the booking is refused."""
    context["ticked"] = form.many("pupil_id")
    context["agreed"] = bool(form.one("consent"))
    context["filled"] = {name: value for name, value in form.items if name.startswith("f-")}


def ticked(form: Form) -> list[UUID]:
    """The chosen children, each once."""
    try:
        pupils = list(dict.fromkeys(UUID(value) for value in form.many("pupil_id")))
    except ValueError as exc:
        raise ChildMissing from exc
    if not pupils:
        raise ChildMissing
    if len(pupils) > MOST_CHILDREN:
        raise TooManyChildren
    return pupils


def given_for(form: Form, pupil_id: UUID) -> Given:
    """What was filled in for one child; fields are named after question and child."""
    before, after = "f-", f"-{pupil_id}"
    answers = {}
    for name, value in form.items:
        if name.startswith(before) and name.endswith(after) and value.strip():
            with suppress(ValueError):
                answers[UUID(name.removeprefix(before).removesuffix(after))] = value.strip()
    return Given(form.one("consent") or None, answers)


async def book(caller: Caller, session_id: UUID, pupils: Sequence[UUID], form: Form) -> str:
    """Book one child, or several as one, and say in a sentence what came of it."""
    wait = form.one("wait") == "1"
    given = {pupil_id: given_for(form, pupil_id) for pupil_id in pupils}
    if len(pupils) == 1:
        wish = rush.Wish(session_id, pupils[0], wait, given[pupils[0]])
        booked = await rush.book(rush.Pressed(caller, wish))
        if booked.consent_until is not None:
            return "名额已留好，还要家长在家长的手机上同意。"
        return booked.message
    async with caller.unit_of_work() as ctx:
        together = await book_siblings(ctx, session_id, given, join_waitlist=wait)
    first = together[0]
    return say_together(first.state, len(together), first.position, again=first.again)


async def words_for(ctx: Ctx, rows: Sequence[AnyRow]) -> dict[UUID, Any]:
    """The words that a guardian has to answer, by booking, for those that wait for it."""
    shown = {}
    for purpose in {row.consent_needed for row in rows if row.consent_asked_at}:
        shown[purpose] = await words_of(ctx, purpose)
    return {row.id: shown[row.consent_needed] for row in rows if row.consent_asked_at}
