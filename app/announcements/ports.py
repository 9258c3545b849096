"""What the platform's press must be able to do. Implemented outside, by `wechat.press`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Letter:
    """An article ready to go: plain paragraphs, and where 阅读原文 leads (a path of ours)."""

    district_id: UUID
    title: str
    body: str
    path: str


class Ending(StrEnum):
    """Taken, refused for good, perhaps later, not today any more, or there is no account."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"
    TOMORROW = "tomorrow"
    NO_ACCOUNT = "no_account"


WAITS = frozenset({Ending.LATER, Ending.TOMORROW})


@dataclass(frozen=True)
class Said:
    """What the platform answered: its own number for what it took, or why not."""

    ending: Ending
    number: str = ""
    reason: str = ""


class Press(Protocol):
    """Never raises for what the platform says, only for our own bugs."""

    async def draft(self, letter: Letter) -> Said:
        """Put the article among the drafts; its number is the draft's."""
        ...

    async def send(
        self, district_id: UUID, media_id: str, openids: list[str], client_id: str
    ) -> Said:
        """The one mass call; the same `client_id` again sends nothing twice."""
        ...

    async def publish(self, district_id: UUID, media_id: str) -> Said:
        """Publish a draft under an address of its own; nobody is notified."""
        ...

    async def remind(self, district_id: UUID, openid: str, words: str) -> Ending:
        """A customer message, where its window is open."""
        ...
