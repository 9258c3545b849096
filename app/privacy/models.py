"""Tables of rights and duties."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.privacy.kinds import DataRequestKind, DataRequestState


class DataRequest(Tenant, Edited, Model):
    """What a guardian asked for about a child, and what became of it.

    `receipt` is the opaque word on the family's receipt: whoever holds it may
    read, without a login, that and when the data was erased.
    """

    __tablename__ = "data_request"

    pupil_id: Mapped[UUID]
    asked_by: Mapped[UUID]
    kind: Mapped[DataRequestKind] = mapped_column(short(10))
    state: Mapped[DataRequestState] = mapped_column(short(10), default=DataRequestState.OPEN)
    note: Mapped[str] = mapped_column(short(200), server_default="")
    answer: Mapped[str] = mapped_column(short(200), server_default="")
    due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    receipt: Mapped[str] = mapped_column(short(40))
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (
        belongs_to("pupil_id", "person"),
        belongs_to("asked_by", "person"),
        belongs_to("settled_by", "person"),
        CheckConstraint(DataRequestKind.check("kind"), name="kind"),
        CheckConstraint(DataRequestState.check("state"), name="state"),
        Index(
            "uq_data_request_open_erasure",
            "district_id",
            "pupil_id",
            unique=True,
            postgresql_where=text("state = 'open' AND kind = 'erase'"),
        ),
        Index(None, "district_id", "pupil_id"),
        Index(None, "receipt"),
    )


class DeletionProof(Tenant, Model):
    """That so many rows of one class went on that day. `digest` is over the keys of the rows."""

    __tablename__ = "deletion_proof"

    data_class: Mapped[str] = mapped_column(short(40))
    days: Mapped[int]
    rows: Mapped[int]
    digest: Mapped[str] = mapped_column(short(64))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        Index(None, "district_id", "at"),
    )


class Incident(Tenant, Edited, Model):
    """A breach or loss of personal data, as the yearly audit asks for it. Names nobody."""

    __tablename__ = "incident"

    happened_on: Mapped[date]
    title: Mapped[str] = mapped_column(short(60))
    what: Mapped[str] = mapped_column(short(2000))
    affected: Mapped[int]
    measures: Mapped[str] = mapped_column(short(2000), server_default="")
    reported_on: Mapped[date | None]
    families_told_on: Mapped[date | None]
    closed_on: Mapped[date | None]

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        UniqueConstraint("district_id", "happened_on", "title"),
        CheckConstraint("affected >= 0", name="affected"),
    )
