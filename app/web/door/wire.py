"""What does a door's device send, and what does it hear? One broken entry must not spoil the others."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import (
    AwareDatetime,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from app.attendance.errors import UnknownCode
from app.attendance.kinds import Way, What
from app.attendance.schemas import Direction
from app.attendance.service.door_uploads import Answer, Entry, Status
from app.kit.bounds import Line, Wire
from app.kit.errors import DomainError

MOST_ENTRIES = 300
Mark = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,40}$")]
Digits = Annotated[str, StringConstraints(min_length=1, max_length=20)]
_SCENE = re.compile(r"(?:^|/c/)([A-Za-z0-9_-]{1,64})/?$")
# A device whose clock was reset says 1970: that is told to its owner, not called a broken entry.
_YEARS = range(1970, 2200)
BROKEN = "door.broken_entry"


class Opening(Wire):
    """Link, PIN, and the secret that the device has made and will be known by."""

    link: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    pin: Digits
    secret: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Upload(Wire):
    entries: Annotated[list[Any], Field(max_length=MOST_ENTRIES)]


class EntryIn(Wire):
    """A tap on a child, or a code that was read."""

    device: Mark
    nonce: Mark
    scanned_at: AwareDatetime
    direction: Direction = "in"
    pupil_id: UUID | None = None
    code: Line | None = None
    undone_at: AwareDatetime | None = None

    @field_validator("scanned_at", "undone_at")
    @classmethod
    def _sensible(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.year not in _YEARS:
            raise ValueError("year")
        return value

    @model_validator(mode="after")
    def _one_child(self) -> Self:
        if (self.pupil_id is None) == (not self.code):
            raise ValueError("child_or_code")
        return self


def read_entry(given: Any) -> EntryIn | None:
    """The entry, or None for what no version of the page has sent."""
    try:
        return EntryIn.model_validate(given)
    except ValidationError:
        return None


def scene_of(code: str) -> str | None:
    """The word on a card, whether the whole address was read or typed or the word alone."""
    found = _SCENE.search(code.strip())
    return found[1] if found else None


def entry_of(given: EntryIn, cards: Mapping[str, UUID | DomainError]) -> Entry:
    """With the child its code means; devices at doors have names of their own in the ledger."""
    found: UUID | DomainError = given.pupil_id or cards.get(
        scene_of(given.code or "") or "", UnknownCode()
    )
    return Entry(
        device=f"door.{given.device}",
        nonce=given.nonce,
        scanned_at=given.scanned_at,
        way=Way.CARD if given.code else Way.ROSTER,
        what=What(given.direction),
        pupil_id=None if isinstance(found, DomainError) else found,
        refusal=found if isinstance(found, DomainError) else None,
        undone_at=given.undone_at,
    )


def say_answer(given: EntryIn, answer: Answer) -> dict[str, Any]:
    """No name in it: the device knows whom it meant, and strangers stay strangers."""
    visit, refusal = answer.visit, answer.refusal
    return {
        "nonce": given.nonce,
        "status": answer.status,
        "code": refusal.code if refusal else None,
        "message": refusal.text() if refusal else "",
        "pupil_id": str(visit.pupil_id) if visit else None,
        "arrived_at": visit.arrived_at.isoformat() if visit and visit.arrived_at else None,
        "left_at": visit.left_at.isoformat() if visit and visit.left_at else None,
    }


def say_broken(given: Any) -> dict[str, Any]:
    nonce = given.get("nonce") if isinstance(given, dict) else None
    return {
        "nonce": nonce if isinstance(nonce, str) and len(nonce) <= 64 and nonce.isascii() else None,
        "status": Status.REFUSED,
        "code": BROKEN,
        "message": "这一条记录不完整，没有保存，请重新登记。",
        "pupil_id": None,
        "arrived_at": None,
        "left_at": None,
    }
