"""The audit log's one table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
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
    )
