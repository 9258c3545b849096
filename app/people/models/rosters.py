"""A school's list, and what it changed."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Index,
    LargeBinary,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.people.kinds import (
    ImportKind,
    ImportState,
)


class RosterImport(Tenant, Edited, Model):
    """A school's list as it was uploaded, what it would do, and what it did.

    The file stays for a term, so that the report can be given back with a
    column of reasons; `rows` is the plan of the last check. 升级与毕业 is kept
    here as well, without a file and with the year that ends: the way back is the same.
    """

    __tablename__ = "roster_import"

    organization_id: Mapped[UUID]
    kind: Mapped[ImportKind] = mapped_column(
        short(10), default=ImportKind.ROSTER, server_default=ImportKind.ROSTER.value
    )
    school_year: Mapped[int]
    state: Mapped[ImportState] = mapped_column(short(12), default=ImportState.WAITING)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    problem: Mapped[str | None] = mapped_column(short(60))
    total: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    rows: Mapped[list[dict[str, Any]] | None]
    created_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        belongs_to("created_by", "person"),
        CheckConstraint(ImportState.check("state"), name="state"),
        CheckConstraint(ImportKind.check("kind"), name="kind"),
        Index(None, "district_id", "organization_id"),
        Index(
            "uq_roster_import_promotion",
            "district_id",
            "organization_id",
            "school_year",
            unique=True,
            postgresql_where=text("kind = 'promotion' AND state = 'applied'"),
        ),
    )


class RosterChange(Model):
    """One thing an import changed, with what stood there before: the way back."""

    __tablename__ = "roster_change"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(short(12))
    pupil_id: Mapped[UUID]
    opened_id: Mapped[UUID | None]
    closed_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("import_id", "roster_import", ondelete="CASCADE"),
        belongs_to("pupil_id", "person"),
    )
