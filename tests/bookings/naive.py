"""The negative control: the product with its lock taken out, which must oversell.

Nobody imports this but the web processes of one test. The seat is chosen by
looking, without FOR UPDATE SKIP LOCKED, and taken by id.
"""

from fastapi import FastAPI

from app.bookings import statements
from app.kit.hot import Hot
from app.main import create_app

LOCKED = "FOR UPDATE SKIP LOCKED"


def create_naive_app() -> FastAPI:
    sql = statements.BOOK.text
    assert LOCKED in sql, "the control must remove what the product has"
    statements.BOOK = Hot(sql.replace(LOCKED, ""))
    return create_app()
