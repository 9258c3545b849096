"""Tables of the passport."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.activities.kinds import Category, EvidenceGrade
from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.passports.kinds import PassportState


class Passport(Tenant, Edited, Model):
    """A child's numbered passport; `scene` is the opaque word in the card's QR code."""

    __tablename__ = "passport"

    pupil_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(short(20))
    scene: Mapped[str] = mapped_column(short(64))
    state: Mapped[PassportState] = mapped_column(short(10), default=PassportState.ACTIVE)

    __table_args__ = (
        belongs_to("pupil_id", "person"),
        UniqueConstraint("district_id", "number"),
        UniqueConstraint("district_id", "scene"),
        Index(None, "scene"),
        CheckConstraint(PassportState.check("state"), name="state"),
        Index(
            "uq_passport_active",
            "district_id",
            "pupil_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
    )


class Stamp(Tenant, Model):
    """A visit that counts. Never deleted: a correction revokes it. One that stands a pupil and session."""

    __tablename__ = "stamp"

    pupil_id: Mapped[UUID]
    session_id: Mapped[UUID]
    attendance_id: Mapped[UUID | None]
    base_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(short(60))
    base_name: Mapped[str] = mapped_column(short(60))
    category: Mapped[Category] = mapped_column(short(10))
    minutes: Mapped[int]
    evidence: Mapped[EvidenceGrade] = mapped_column(short(1))
    code: Mapped[str] = mapped_column(short(32))
    awarded_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("pupil_id", "person"),
        belongs_to("session_id", "session"),
        belongs_to("attendance_id", "attendance"),
        belongs_to("base_id", "learning_base"),
        Index(
            "uq_stamp_standing",
            "district_id",
            "pupil_id",
            "session_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        UniqueConstraint("district_id", "code"),
    )
