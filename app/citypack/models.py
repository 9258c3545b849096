"""Tables of the city pack."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.activities.kinds import Category
from app.citypack.kinds import Measure, ObjectionState, PublicityState
from app.kit.db import Edited, Model, Tenant, belongs_to, short


class Publicity(Tenant, Edited, Model):
    """公示: what a school shows for a period, with the rules as they were when it opened."""

    __tablename__ = "publicity"

    organization_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(short(60))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    min_grade: Mapped[int]
    max_grade: Mapped[int]
    state: Mapped[PublicityState] = mapped_column(short(10), default=PublicityState.DRAFT)
    rules: Mapped[dict[str, Any] | None]
    digest: Mapped[str | None] = mapped_column(short(64))
    opened_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(short(200), default="", server_default="")

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        CheckConstraint(PublicityState.check("state"), name="state"),
        CheckConstraint("starts_on <= ends_on AND min_grade <= max_grade", name="spans"),
        CheckConstraint(
            "state NOT IN ('open', 'exported') OR (rules IS NOT NULL AND digest IS NOT NULL "
            "AND opened_at < closes_at)",
            name="opened",
        ),
        Index(
            "uq_publicity_open",
            "district_id",
            "organization_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )


class PublicityLine(Tenant, Model):
    """A child's numbers as published, column → minutes or bases. Never changed; names stay in `person`."""

    __tablename__ = "publicity_line"

    publicity_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    grade: Mapped[int]
    class_name: Mapped[str] = mapped_column(short(60))
    amounts: Mapped[dict[str, Any]]

    __table_args__ = (
        belongs_to("publicity_id", "publicity"),
        belongs_to("pupil_id", "person"),
        UniqueConstraint("district_id", "publicity_id", "pupil_id"),
        Index(None, "district_id", "pupil_id"),
    )


class Objection(Tenant, Edited, Model):
    """异议 of a family or of the school itself, answered once."""

    __tablename__ = "objection"

    publicity_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    raised_by: Mapped[UUID]
    by_school: Mapped[bool]
    reason: Mapped[str] = mapped_column(short(200))
    state: Mapped[ObjectionState] = mapped_column(short(10), default=ObjectionState.OPEN)
    answer: Mapped[str] = mapped_column(short(200), default="", server_default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("publicity_id", "publicity"),
        belongs_to("pupil_id", "person"),
        belongs_to("raised_by", "person"),
        belongs_to("decided_by", "person"),
        CheckConstraint(ObjectionState.check("state"), name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_objection_open",
            "district_id",
            "publicity_id",
            "pupil_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )


class RecordCorrection(Tenant, Model):
    """更正: a counter-entry with its reason, plus or minus. Never changed and never deleted."""

    __tablename__ = "record_correction"

    pupil_id: Mapped[UUID]
    organization_id: Mapped[UUID]
    publicity_id: Mapped[UUID | None]
    objection_id: Mapped[UUID | None]
    day: Mapped[date]
    measure: Mapped[Measure] = mapped_column(short(10))
    category: Mapped[Category | None] = mapped_column(short(10))
    mark: Mapped[str | None] = mapped_column(short(20))
    amount: Mapped[int]
    reason: Mapped[str] = mapped_column(short(200))
    person_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("pupil_id", "person"),
        belongs_to("organization_id", "organization"),
        belongs_to("publicity_id", "publicity"),
        belongs_to("objection_id", "objection"),
        belongs_to("person_id", "person"),
        CheckConstraint(Measure.check("measure"), name="measure"),
        CheckConstraint("amount <> 0", name="amount"),
        UniqueConstraint("district_id", "objection_id"),
        Index(None, "district_id", "pupil_id"),
        Index(None, "district_id", "publicity_id"),
    )


class CityExport(Tenant, Model):
    """导出: number 0 is the whole list, later ones are supplements. Numbers by child's id, no names."""

    __tablename__ = "city_export"

    publicity_id: Mapped[UUID]
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(short(64))
    lines: Mapped[list[dict[str, Any]]]
    person_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("publicity_id", "publicity"),
        belongs_to("person_id", "person"),
        UniqueConstraint("district_id", "publicity_id", "number"),
    )
