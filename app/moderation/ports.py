"""What an outside checker must be able to do. Implemented outside, where the platform is known."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Suggestion(StrEnum):
    PASS = "pass"  # noqa: S105 - the platform's word
    LATER = "later"  # the verdict comes by itself, under the trace id; or nobody answered
    REVIEW = "review"
    RISKY = "risky"
    UNABLE = "unable"  # the author was not there within two hours, or the quota is used up


@dataclass(frozen=True)
class Asked:
    """One text or picture (`file_id`) to be checked, and who sent it; `openid` in the mini-program.

    `day`: today at school, which is also the platform's day.
    """

    item_id: UUID
    district_id: UUID
    openid: str | None
    body: str
    file_id: UUID | None
    day: date


@dataclass(frozen=True)
class Opinion:
    """What the checker says; `trace_id` is its own name for the check."""

    suggestion: Suggestion
    trace_id: str | None = None
    label: str = ""


class Checker(Protocol):
    """Judges one text or picture; never raises for what the platform says, only for our own bugs."""

    async def check(self, asked: Asked) -> Opinion: ...
