"""How do invented rows get the same ids every time, and how do they reach the tables fast?"""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.kit.db import Model

SEED = "nanyuan-2026"
# Ids are shaped like UUID version 7 at this instant plus a counter, one millisecond a row:
# their order is that of creation, and every row made later by the product sorts behind them.
_EPOCH_MILLIS = 1_735_689_600_000
_SPOKEN = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"

Row = dict[str, Any]


def demo_id(district_code: str, table: str, number: int) -> UUID:
    """The id of the n-th row of a table in a district, the same in every installation."""
    mixed = int.from_bytes(hashlib.sha256(f"{district_code}/{table}/{number}".encode()).digest())
    value = (_EPOCH_MILLIS + number) << 80 | 0x7 << 76 | (mixed & 0xFFF) << 64 | 0b10 << 62
    return UUID(int=value | (mixed >> 12) & ((1 << 62) - 1))


def demo_scene(prefix: str, key: str) -> str:
    """The word of a QR code: a prefix and 26 hexadecimal digits."""
    return prefix + hashlib.sha256(f"{SEED}/scene/{prefix}/{key}".encode()).hexdigest()[:26]


def demo_code(number: int) -> str:
    """The check code of the n-th stamp, in the letters of `app.kit.ids.spoken_code`."""
    mixed = int.from_bytes(hashlib.sha256(f"{SEED}/stamp/{number}".encode()).digest())
    letters = []
    for _ in range(16):
        mixed, digit = divmod(mixed, len(_SPOKEN))
        letters.append(_SPOKEN[digit])
    return "".join(letters)


@dataclass
class Draft:
    """The rows of one district while it is being invented.

    Every part draws its luck from a stream of its own, so that a change of one
    part leaves the others as they were.
    """

    code: str
    today: date
    now: datetime
    rows: dict[type[Model], list[Row]] = field(default_factory=lambda: defaultdict(list))
    counter: Counter[str] = field(default_factory=Counter)

    @property
    def district_id(self) -> UUID:
        return demo_id(self.code, "district", 0)

    def luck(self, part: str) -> Random:
        return Random(f"{SEED}/{self.code}/{part}")  # noqa: S311 - invention, not a secret

    def take_id(self, table: str) -> UUID:
        self.counter[table] += 1
        return demo_id(self.code, table, self.counter[table])

    def add(self, model: type[Model], **values: Any) -> UUID:
        """Add a row of the district and give its id."""
        row_id: UUID = self.take_id(model.__tablename__)
        self.rows[model].append({"district_id": self.district_id, "id": row_id, **values})
        return row_id

    def link(self, model: type[Model], **values: Any) -> None:
        """Add a row that has no id of its own."""
        self.rows[model].append({"district_id": self.district_id, **values})


async def copy_rows(conn: AsyncConnection, rows: dict[type[Model], list[Row]]) -> None:
    """Write everything with COPY, tables in the order of their foreign keys."""
    driver = (await conn.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("no connection to copy through")
    by_table = {cast(Table, model.__table__): found for model, found in rows.items()}
    for table in Model.metadata.sorted_tables:
        if by_table.get(table):
            columns, records = _records(table, by_table[table])
            await driver.copy_records_to_table(table.name, records=records, columns=columns)


def _records(table: Table, rows: list[Row]) -> tuple[list[str], list[list[Any]]]:
    """Rows as COPY wants them: one list of columns, the tables' own constants filled in."""
    named = {name for row in rows for name in row}
    constants = {
        column.name: column.default.arg
        for column in table.columns
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    columns = [column.name for column in table.columns if column.name in named | set(constants)]
    documents = {column.name for column in table.columns if isinstance(column.type, JSONB)}
    records = [
        [
            json.dumps(row[name]) if name in documents else row.get(name, constants.get(name))
            for name in columns
        ]
        for row in rows
    ]
    return columns, records
