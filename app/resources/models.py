"""Tables of what the district has to offer."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.resources.kinds import VenueKind


class LearningBase(Tenant, Edited, Model):
    """基地: where children go. `scene` is the opaque word in its poster's QR code."""

    __tablename__ = "learning_base"

    organization_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(short(60))
    theme: Mapped[str] = mapped_column(short(60), default="")
    address: Mapped[str] = mapped_column(short(200), default="")
    scene: Mapped[str] = mapped_column(short(64))
    qr_url: Mapped[str | None] = mapped_column(short(300))

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        UniqueConstraint("district_id", "name"),
        UniqueConstraint("district_id", "scene"),
        Index(None, "scene"),
    )


class Venue(Tenant, Edited, Model):
    """场馆 / 实验室 of a member organization."""

    __tablename__ = "venue"

    organization_id: Mapped[UUID]
    kind: Mapped[VenueKind] = mapped_column(short(20))
    name: Mapped[str] = mapped_column(short(60))
    capacity: Mapped[int] = mapped_column(default=40)

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        UniqueConstraint("district_id", "organization_id", "name"),
        CheckConstraint(VenueKind.check("kind"), name="kind"),
    )


class Course(Tenant, Edited, Model):
    """课程（梦想课程）: what is taught, independent of any date."""

    __tablename__ = "course"

    organization_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(short(60))
    summary: Mapped[str] = mapped_column(default="")
    min_grade: Mapped[int] = mapped_column(default=-3)
    max_grade: Mapped[int] = mapped_column(default=9)

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        UniqueConstraint("district_id", "organization_id", "title"),
        CheckConstraint("min_grade <= max_grade", name="grades"),
    )
