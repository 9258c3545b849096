"""The negative control: the product with its locks taken out, which must oversell.

Nobody imports this but the web processes of one test. Seats are chosen by looking, without
FOR UPDATE SKIP LOCKED, and taken by id; a crowd is not alone on its session's queue. Crowds are
small and many: of fifty, one or two take all the places, and hardly ever meet.
"""

from fastapi import FastAPI

from app.bookings import statements
from app.kit import crowds
from app.kit.hot import Hot
from app.main import create_app

LOCKED = "FOR UPDATE SKIP LOCKED"
ALONE = "pg_advisory_xact_lock(hashtextextended(cast(cast(:session AS uuid) AS text), 1))"


def _without(statement: Hot, lock: str) -> Hot:
    assert lock in statement.text, "the control must remove what the product has"
    return Hot(statement.text.replace(lock, "1" if lock == ALONE else ""))


def create_naive_app() -> FastAPI:
    statements.BOOK = _without(statements.BOOK, LOCKED)
    statements.BOOK_CROWD = _without(statements.BOOK_CROWD, LOCKED)
    statements.GATE_CROWD = _without(statements.GATE_CROWD, ALONE)
    crowds.LARGEST, crowds.AT_ONCE, crowds.HELD_UP = 2, 8, -1.0
    return create_app()
