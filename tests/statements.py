"""How many statements does an act send? Each one is a round trip in the minute of a rush."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.client import Client

TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
DRIVERS_OWN = ("typeinfo_tree", "set_config('jit'")  # once a connection: what types there are


@contextmanager
def counted(client: Client) -> Iterator[list[str]]:
    """Every statement the application sends meanwhile, through the library or straight to the driver."""
    sent: list[str] = []
    by_library: set[str] = set()
    listened: list[Any] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)
        by_library.add(statement)

    def note_driver(record: Any) -> None:
        query = record.query.lstrip()
        if record.query in by_library:
            return  # the library's own, when it sends many rows
        if not query.startswith(TRANSACTION) and not any(own in query for own in DRIVERS_OWN):
            sent.append(query)

    def listen(connection: Any, *_: Any) -> None:
        connection.driver_connection.add_query_logger(note_driver)
        listened.append(connection.driver_connection)

    engine = client.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "checkout", listen)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "checkout", listen)
        for connection in listened:
            connection.remove_query_logger(note_driver)
