"""Wire shapes of moderation."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.kit.bounds import Name, Shape, Wire
from app.moderation.kinds import Subject, TextState, WordEffect


class DecisionIn(Wire):
    passes: bool


class ItemOut(Shape):
    """A text that waits, or what became of it; who wrote it is not shown."""

    id: UUID
    subject: Subject
    body: str | None
    state: TextState
    reason: str
    trace_id: str | None
    created_at: datetime
    settled_at: datetime | None


class WordIn(Wire):
    word: Annotated[Name, Field(max_length=20)]
    effect: WordEffect = WordEffect.LOOK


class WordOut(Shape):
    id: UUID
    word: str
    effect: WordEffect
