"""Who is told that a text will not be shown? Its author, once."""

from app.kit.context import Ctx
from app.moderation.events import TextTurnedDown
from app.moderation.kinds import SUBJECT_WORDS
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify


async def tell_author_of_text(ctx: Ctx, fact: TextTurnedDown) -> None:
    fields = {"what": SUBJECT_WORDS[fact.subject], "reason": fact.reason}
    people = [fact.author_id] if fact.author_id is not None else []
    await notify(ctx, Kind.TEXT_REFUSED, people, f"text:{fact.item_id}", fields)
