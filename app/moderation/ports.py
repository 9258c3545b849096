"""What an outside checker must be able to do. Implemented outside, where the platform is known."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Suggestion(StrEnum):
    PASS = "pass"  # noqa: S105 - the platform's word
    REVIEW = "review"
    RISKY = "risky"
    UNABLE = "unable"  # the author was not there within two hours, or the quota is used up


@dataclass(frozen=True)
class Asked:
    """One text to be checked, and who wrote it."""

    item_id: UUID
    district_id: UUID
    author_id: UUID | None
    body: str


@dataclass(frozen=True)
class Opinion:
    """What the checker says; `trace_id` is its own name for the check."""

    suggestion: Suggestion
    trace_id: str | None = None
    label: str = ""


class Checker(Protocol):
    """Judges one text; never raises for what the platform says, only for our own bugs."""

    async def check(self, asked: Asked) -> Opinion: ...
