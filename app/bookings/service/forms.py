"""What a family fills in with a booking: its yes to the visit, and answers to the activity's questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.bookings import rules
from app.bookings.errors import ConsentNeeded, ConsentOutdated
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.ids import new_id


@dataclass(frozen=True)
class Given:
    """`consent`: the digest of the words the guardian said yes to; `answers` by question."""

    consent: str | None = None
    answers: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Filled:
    """A checked form of one booking; `ask`: nobody who may has said yes yet."""

    ask: bool
    words: str | None
    text_id: UUID | None
    answers: Sequence[tuple[UUID, str]]


def fill(ctx: Ctx, gate: AnyRow, pupil_id: UUID, given: Given) -> Filled:
    """Check what came with a booking.

    A guardian says yes to the newest words itself (`booking.consent_needed`,
    `booking.consent_outdated`); for everybody else the guardians are asked. A family
    answers what is required; who books for others may leave it open.
    """
    own = pupil_id in ctx.actor.pupil_ids
    answers = rules.check_answers(gate.questions or [], given.answers, family=own)
    if gate.consent_needed is None:
        return Filled(False, None, None, answers)
    if not own or pupil_id == ctx.actor.person_id:
        return Filled(True, None, None, answers)
    text = gate.consent_text or {"id": None, "hash": None}
    words = rules.words_hash(len(rules.SENTENCES) - 1, text["hash"])
    if not given.consent:
        raise ConsentNeeded
    if given.consent != words:
        raise ConsentOutdated
    return Filled(False, words, UUID(text["id"]) if text["id"] else None, answers)


def form_values(filled: Sequence[tuple[UUID, Filled]]) -> dict[str, Any]:
    """The parameters of `statements.FORM` for these bookings of one session."""
    agreed = [booking_id for booking_id, form in filled if form.words]
    answers = [(booking_id, *one) for booking_id, form in filled for one in form.answers]
    _, first = filled[0]
    # The words are the same for everybody who said yes to them.
    said = next((form for _, form in filled if form.words), first)
    return {
        "ask": first.ask,
        "consents": [new_id() for _ in agreed],
        "agreed": agreed,
        "sentence": len(rules.SENTENCES) - 1,
        "text": said.text_id,
        "words": said.words,
        "answered": [booking_id for booking_id, _, _ in answers],
        "fields": [field_id for _, field_id, _ in answers],
        "values": [value for _, _, value in answers],
    }
