"""What has happened to texts."""

from dataclasses import dataclass
from uuid import UUID

from app.kit.events import Fact
from app.moderation.kinds import Subject


@dataclass(frozen=True)
class TextTurnedDown(Fact):
    """A person or the checker said no: nobody else will see the text."""

    item_id: UUID
    subject: Subject
    author_id: UUID | None
    reason: str
