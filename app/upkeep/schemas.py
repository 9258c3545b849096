"""What a backup says about itself, and what the check-up finds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from app.kit.bounds import Shape
from app.upkeep.kinds import Condition, ReportKind


class TableLine(BaseModel):
    """One table as it was copied; `sha256` is over PostgreSQL's binary copy of all its rows."""

    name: str
    columns: list[str]
    rows: int
    bytes: int
    sha256: str


class SequenceLine(BaseModel):
    name: str
    last_value: int


class AuditHead(BaseModel):
    district_id: UUID
    sealed: int
    head: str


class Manifest(BaseModel):
    """The last entry of a backup. `totals` are twelve named sums that people can compare."""

    format: int
    revision: str
    postgres: int
    started_at: datetime
    tables: list[TableLine]
    sequences: list[SequenceLine]
    totals: dict[str, int]
    audit: list[AuditHead]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


class FindingOut(Shape):
    """One line of the check-up; `remedy` is empty when nothing has to be done."""

    name: str
    condition: Condition
    sentence: str
    remedy: str = ""


Finding = FindingOut


class ReportOut(Shape):
    id: UUID
    kind: ReportKind
    started_at: datetime
    finished_at: datetime
    ok: bool
    sentence: str
    detail: dict[str, Any]
