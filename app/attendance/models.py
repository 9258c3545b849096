"""Tables of the door."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.activities.kinds import EvidenceGrade
from app.attendance.kinds import CorrectionWhat, DecisionState, Way, What
from app.kit.db import Model, Tenant, belongs_to, short


class Scan(Tenant, Model):
    """One try at the door, accepted or refused with a reason. Rows are only ever added.

    After a month the phone it came from is forgotten (`device`, `nonce`); nothing else changes.
    """

    __tablename__ = "scan"

    base_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    pupil_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    way: Mapped[Way] = mapped_column(short(10))
    what: Mapped[What] = mapped_column(short(4), default=What.IN, server_default=What.IN)
    accepted: Mapped[bool]
    evidence: Mapped[EvidenceGrade | None] = mapped_column(short(1))
    risks: Mapped[list[str] | None]
    reason: Mapped[str | None] = mapped_column(short(60))
    device: Mapped[str | None] = mapped_column(short(64))
    nonce: Mapped[str | None] = mapped_column(short(64))
    offered: Mapped[list[str] | None]
    scanned_at: Mapped[datetime]
    # Not the start of the transaction: an upload brings several lines about one child.
    received_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (
        belongs_to("base_id", "learning_base"),
        belongs_to("session_id", "session"),
        belongs_to("pupil_id", "person"),
        belongs_to("person_id", "person"),
        CheckConstraint(Way.check("way"), name="way"),
        CheckConstraint(What.check("what"), name="what"),
        UniqueConstraint("district_id", "device", "nonce"),
        Index(None, "district_id", "session_id"),
        Index(None, "district_id", "person_id", "received_at"),
        Index("ix_scan_risky", "district_id", "id", postgresql_where=text("risks IS NOT NULL")),
    )


class DoorLink(Tenant, Model):
    """A volunteer's way to one session's door: a secret address, a PIN, and one bound device.

    Only digests are kept; the PIN's is keyed with the address, so that nobody finds six digits
    by trying who has but the database. When it works follows from the session's times.
    """

    __tablename__ = "door_link"

    session_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(short(20))
    token_digest: Mapped[str] = mapped_column(short(64))
    pin_digest: Mapped[str] = mapped_column(short(64))
    made_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    device_digest: Mapped[str | None] = mapped_column(short(64))
    bound_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("made_by", "person"),
        UniqueConstraint("district_id", "device_digest"),
        UniqueConstraint("district_id", "token_digest"),
        Index(None, "device_digest"),
        Index(None, "token_digest"),
        Index(None, "district_id", "session_id"),
    )


class Attendance(Tenant, Model):
    """That a pupil was at a session. One row a pupil and session, computed from the ledger.

    `minutes` inside the session's time are counted only when somebody was seen to
    leave; None means: stayed to the end, as far as anybody knows.
    """

    __tablename__ = "attendance"

    session_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    booking_id: Mapped[UUID | None]
    scan_id: Mapped[UUID]
    evidence: Mapped[EvidenceGrade] = mapped_column(short(1))
    arrived_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    is_late: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    left_early: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("pupil_id", "person"),
        belongs_to("booking_id", "booking"),
        belongs_to("scan_id", "scan"),
        UniqueConstraint("district_id", "session_id", "pupil_id"),
        Index(None, "district_id", "pupil_id"),
    )


class HeadCount(Tenant, Model):
    """清点: "counted n" when a session is closed. One that differs stays open until corrected."""

    __tablename__ = "head_count"

    session_id: Mapped[UUID]
    counted: Mapped[int]
    arrived: Mapped[int]
    note: Mapped[str] = mapped_column(short(200), default="")
    counted_by: Mapped[UUID | None]
    counted_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("counted_by", "person"),
        CheckConstraint("counted BETWEEN 0 AND 5000", name="counted"),
        Index(None, "district_id", "session_id"),
    )


class Correction(Tenant, Model):
    """更正: what was wrong and why. After a day it needs a second person; then it is a ledger line."""

    __tablename__ = "attendance_correction"

    session_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    what: Mapped[CorrectionWhat] = mapped_column(short(10))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(short(200))
    state: Mapped[DecisionState] = mapped_column(short(10))
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("pupil_id", "person"),
        belongs_to("asked_by", "person"),
        belongs_to("decided_by", "person"),
        CheckConstraint(CorrectionWhat.check("what"), name="what"),
        CheckConstraint(DecisionState.check("state"), name="state"),
        Index(None, "district_id", "session_id"),
    )


class Leave(Tenant, Model):
    """请假: why a child does not come, or did not come. Afterwards the school decides."""

    __tablename__ = "attendance_leave"

    booking_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(short(200))
    state: Mapped[DecisionState] = mapped_column(short(10))
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("booking_id", "booking"),
        belongs_to("pupil_id", "person"),
        belongs_to("asked_by", "person"),
        belongs_to("decided_by", "person"),
        CheckConstraint(DecisionState.check("state"), name="state"),
        UniqueConstraint("district_id", "booking_id"),
        Index(None, "district_id", "pupil_id"),
    )


class DoorDisplay(Tenant, Model):
    """A screen that shows the rotating code of one session; its secret never leaves the server."""

    __tablename__ = "door_display"

    session_id: Mapped[UUID]
    secret: Mapped[str] = mapped_column(short(64))
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("opened_by", "person"),
        UniqueConstraint("district_id", "session_id"),
    )
