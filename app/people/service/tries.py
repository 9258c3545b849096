"""How often may somebody guess? Counted in the database by account, never by address.

A try is counted before the guess is looked at and given back when it was right. So many
guesses at once do not slip past the count, and without the database nobody gets in.
"""

from uuid import UUID

from sqlalchemy import delete, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.ids import digest, new_id
from app.people.errors import TooManyTries
from app.people.models import FailedTry

TRIES_ALLOWED = 10
TRIES_MINUTES = 15
ACCOUNT = "account"

_COUNT_TRIES = text(
    "SELECT count(*) FROM failed_try WHERE district_id = :d AND kind = :k "
    "AND subject_digest = :s AND at > now() - make_interval(mins => :minutes)"
)
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")


async def count_tries(conn: AsyncConnection, district_id: UUID, kind: str, subject: str) -> int:
    """Wrong tries of the last 15 minutes."""
    params = {"d": district_id, "k": kind, "s": digest(subject), "minutes": TRIES_MINUTES}
    return int((await conn.execute(_COUNT_TRIES, params)).scalar_one())


async def check_tries(
    conn: AsyncConnection, district_id: UUID, kind: str, subject: str, allowed: int = TRIES_ALLOWED
) -> None:
    """Refuse (`people.too_many_tries`) an account that failed too often; never a whole address."""
    if await count_tries(conn, district_id, kind, subject) >= allowed:
        raise TooManyTries


async def note_failure(conn: AsyncConnection, district_id: UUID, kind: str, subject: str) -> UUID:
    """Count a wrong try; the caller sees to it that this commits although the try is refused."""
    try_id = new_id()
    await conn.execute(
        insert(FailedTry).values(
            district_id=district_id, id=try_id, kind=kind, subject_digest=digest(subject)
        )
    )
    return try_id


async def take_try(conn: AsyncConnection, district_id: UUID, person_id: UUID) -> UUID:
    """Use up one of this person's ten guesses in 15 minutes: passwords and codes together."""
    return await take_guess(conn, district_id, ACCOUNT, str(person_id))


async def take_guess(
    conn: AsyncConnection, district_id: UUID, kind: str, subject: str, allowed: int = TRIES_ALLOWED
) -> UUID:
    """Use up one guess of this subject, one after the other; refused when too many were wrong."""
    await conn.execute(_ALONE, {"subject": f"try:{subject}"})
    await check_tries(conn, district_id, kind, subject, allowed)
    return await note_failure(conn, district_id, kind, subject)


async def give_back(conn: AsyncConnection, district_id: UUID, try_id: UUID) -> None:
    """The guess was right, so it was none."""
    await conn.execute(
        delete(FailedTry).where(FailedTry.district_id == district_id, FailedTry.id == try_id)
    )
