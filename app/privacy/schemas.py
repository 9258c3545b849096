"""Wire shapes of rights and duties."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.bounds import Change, Count, Line, LongText, Name, Shape, Wire
from app.privacy.kinds import DataRequestKind, DataRequestState

Text = Annotated[LongText, StringConstraints(max_length=2000)]


class SectionOut(Shape):
    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]


class DataRequestIn(Wire):
    pupil_id: UUID
    kind: DataRequestKind
    note: Line = Field("", description="更正：哪一项有误、应该是什么")
    confirm_name: Line = Field("", description="删除：再输入一遍孩子的姓名")


class SettlementIn(Wire):
    done: bool = Field(description="已更正；false 表示未采纳")
    answer: Line = Field(description="给家长的答复", min_length=1)


class DataRequestOut(Shape):
    id: UUID
    pupil_id: UUID
    kind: DataRequestKind
    state: DataRequestState
    note: str
    answer: str
    due_at: datetime
    settled_at: datetime | None
    receipt: str
    counts: dict[str, Any]
    created_at: datetime


class DeletionProofOut(Shape):
    id: UUID
    data_class: str
    days: int
    rows: int
    digest: str
    at: datetime


class IncidentIn(Wire):
    happened_on: date
    title: Name
    what: Text
    affected: Count
    measures: Text = ""
    reported_on: date | None = None
    families_told_on: date | None = None
    closed_on: date | None = None


class IncidentChange(Change):
    may_be_null: ClassVar[frozenset[str]] = frozenset(
        {"reported_on", "families_told_on", "closed_on"}
    )

    what: Text | None = None
    affected: Count | None = None
    measures: Text | None = None
    reported_on: date | None = None
    families_told_on: date | None = None
    closed_on: date | None = None


class IncidentOut(Shape):
    id: UUID
    happened_on: date
    title: str
    what: str
    affected: int
    measures: str
    reported_on: date | None
    families_told_on: date | None
    closed_on: date | None
    version: int


class DigestLine(Shape):
    """Who looked at how many children of one school in a week, and what for."""

    organization_id: UUID
    school: str
    person_id: UUID | None
    reader: str
    purpose: str
    children: int
    reads: int
