"""The audit log's one table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, Tenant, short


class AuditEntry(Tenant, Model):
    """One act. Rows are only ever added: a trigger refuses UPDATE and DELETE for every role."""

    __tablename__ = "audit_entry"

    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    person_id: Mapped[UUID | None]
    channel: Mapped[str] = mapped_column(short(20))
    action: Mapped[str] = mapped_column(short(60))
    object_type: Mapped[str] = mapped_column(short(40))
    object_id: Mapped[UUID | None]
    pupil_id: Mapped[UUID | None]
    purpose: Mapped[str | None] = mapped_column(short(120))
    before_digest: Mapped[str | None] = mapped_column(short(64))
    after_digest: Mapped[str | None] = mapped_column(short(64))
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (
        Index(None, "district_id", "object_type", "object_id"),
        Index(None, "district_id", "pupil_id"),
        Index(None, "district_id", "at"),
    )


class AuditSeal(Model):
    """A link of the district's hash chain over its entries, in the order they were sealed.

    Sealing is a job and not part of each act: a chain written inline would make
    every booking of a district wait for the one before it.
    """

    __tablename__ = "audit_seal"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[UUID]
    entry_at: Mapped[datetime]
    hash: Mapped[str] = mapped_column(short(64))
    sealed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (UniqueConstraint("district_id", "entry_id"),)
