"""Tables of the district registers."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.registers.kinds import Domain, MarkerState


class Marker(Tenant, Edited, Model):
    """达成标识: what the plan promised for a stage."""

    __tablename__ = "marker"

    stage: Mapped[str] = mapped_column(short(20))
    domain: Mapped[Domain] = mapped_column(short(12))
    title: Mapped[str] = mapped_column(short(60))
    owner: Mapped[str] = mapped_column(short(60), default="")
    state: Mapped[MarkerState] = mapped_column(short(10), default=MarkerState.OPEN)
    evidence: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        UniqueConstraint("district_id", "stage", "title"),
        CheckConstraint(Domain.check("domain"), name="domain"),
        CheckConstraint(MarkerState.check("state"), name="state"),
    )


class Workshop(Tenant, Edited, Model):
    """工作坊 / 名师工作室."""

    __tablename__ = "workshop"

    name: Mapped[str] = mapped_column(short(60))
    host_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("host_id", "organization"),
        UniqueConstraint("district_id", "name"),
    )


class Programme(Tenant, Edited, Model):
    """A named programme of the district, such as 科学家进校园."""

    __tablename__ = "programme"

    name: Mapped[str] = mapped_column(short(60))
    note: Mapped[str] = mapped_column(short(200), default="")

    __table_args__ = (UniqueConstraint("district_id", "name"),)
