"""Whose phone does a push come from, and is the push new? Both in one statement: the platform waits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.channels.pushes import PUSHED, PushKey
from app.kit.context import Actor
from app.kit.db import ENTER_DISTRICT
from app.kit.errors import DomainError
from app.kit.hot import Hot
from app.people.actors import ACTOR, OF_IDENTITY, actor_of
from app.people.errors import PupilNeedsConsent
from app.people.kinds import IdentityKind

_CALLER = ACTOR.format(enter="true AS known", source=OF_IDENTITY)
# Nobody is looked up for a push that was here before.
_ADMIT = Hot(
    f"""
WITH {PUSHED}
SELECT pushed.received_at, {ENTER_DISTRICT.format(district=":wall")}, caller.*
FROM (SELECT 1) one LEFT JOIN pushed ON true
LEFT JOIN LATERAL ({_CALLER}) caller ON pushed.received_at IS NOT NULL
"""  # noqa: S608 - our own fragments
)


@dataclass(frozen=True)
class Admitted:
    """A new push, stored; without an actor when nobody is bound, or when one is `refused`."""

    received_at: datetime
    actor: Actor | None
    refused: DomainError | None = None


async def admit_push(
    conn: AsyncConnection, push: PushKey, event: str, raw: bytes, appid: str, openid: str
) -> Admitted | None:
    """Opens the transaction and enters the district; None when the push was here before.

    A pupil's own phone is refused unless a guardian agrees to the newest text about it.
    """
    values = {
        **push.pushed(event, raw),
        "wall": str(push.district_id),
        "kind": IdentityKind.SERVICE_ACCOUNT.value,
        "issuer": appid,
        "subject": openid,
    }
    row = await _ADMIT.opening(conn, values)
    if row is None or row.received_at is None:
        return None
    if row.person_id is None:
        return Admitted(row.received_at, None)
    try:
        actor, _ = actor_of(row)
    except PupilNeedsConsent as refusal:
        return Admitted(row.received_at, None, refusal)
    return Admitted(row.received_at, actor)
