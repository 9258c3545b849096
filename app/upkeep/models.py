"""The upkeep's own table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, short
from app.kit.ids import new_id
from app.upkeep.kinds import ReportKind


class UpkeepReport(Model):
    """How a backup or a drill went. It is about the whole installation and names no person."""

    __tablename__ = "upkeep_report"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ReportKind] = mapped_column(short(10))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ok: Mapped[bool]
    sentence: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (
        CheckConstraint(ReportKind.check("kind"), name="kind"),
        Index(None, "kind", "started_at"),
    )
