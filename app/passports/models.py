"""Tables of the passport."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.activities.kinds import Category, EvidenceGrade
from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.passports.kinds import LevelState, PassportState, PrintState, RuleState


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
    """A visit that counts. Never deleted: a correction revokes it. One that stands a pupil and session.

    The door writes neither signature nor levels: a job fills `salt` to `signature`, and `counted_at`
    once the levels know the stamp; a revocation empties it again.
    """

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
    counted_at: Mapped[datetime | None]
    salt: Mapped[str | None] = mapped_column(short(32))
    holder: Mapped[str | None] = mapped_column(short(64))
    kid: Mapped[str | None] = mapped_column(short(16))
    signature: Mapped[str | None] = mapped_column(short(88))

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
        # /verify knows the code only.
        Index(None, "code"),
        Index(
            "ix_stamp_uncounted",
            "district_id",
            "pupil_id",
            postgresql_where=text("counted_at IS NULL"),
        ),
        Index("ix_stamp_unsigned", "district_id", "id", postgresql_where=text("kid IS NULL")),
        Index("ix_stamp_revoked", "code", postgresql_where=text("revoked_at IS NOT NULL")),
    )


class SheetCredit(Model):
    """通过的任务单: what the levels know of a child's sheet for a session. Taken back, it stays."""

    __tablename__ = "sheet_credit"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    pupil_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    standing: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (belongs_to("pupil_id", "person"), belongs_to("session_id", "session"))


class RuleSet(Tenant, Edited, Model):
    """规则的一个版本: a draft until it is in force from a day on, then never edited again."""

    __tablename__ = "rule_set"

    key: Mapped[str] = mapped_column(short(40))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(short(60))
    state: Mapped[RuleState] = mapped_column(short(10), default=RuleState.DRAFT)
    from_on: Mapped[date | None]
    body: Mapped[dict[str, Any]]
    preview: Mapped[dict[str, Any] | None]

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        UniqueConstraint("district_id", "key", "number"),
        CheckConstraint(RuleState.check("state"), name="state"),
        CheckConstraint("(state = 'in_force') = (from_on IS NOT NULL)", name="from_on"),
    )


class LevelReached(Tenant, Model):
    """达到的等级, with the reason in words. Never deleted: what no longer holds is marked."""

    __tablename__ = "level_reached"

    pupil_id: Mapped[UUID]
    rule_set_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(short(40))
    level: Mapped[str] = mapped_column(short(40))
    name: Mapped[str] = mapped_column(short(60))
    explanation: Mapped[str] = mapped_column(short(400))
    state: Mapped[LevelState] = mapped_column(short(10), default=LevelState.STANDING)
    reached_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("pupil_id", "person"),
        belongs_to("rule_set_id", "rule_set"),
        UniqueConstraint("district_id", "pupil_id", "key", "level"),
        CheckConstraint(LevelState.check("state"), name="state"),
    )


class Certificate(Tenant, Model):
    """等级证书: the code by which anybody checks a printed level. Made at the first print, then kept."""

    __tablename__ = "certificate"

    level_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(short(32))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("level_id", "level_reached"),
        belongs_to("pupil_id", "person"),
        UniqueConstraint("district_id", "level_id"),
        UniqueConstraint("district_id", "code"),
        # /verify knows the code only.
        Index(None, "code"),
    )


class PrintOrder(Tenant, Model):
    """打印任务: the passports of a class (or a part of it) as one file, drawn in the background.

    Named children stand in the file, so it is kept for days only; `pupils` says whose it holds.
    """

    __tablename__ = "print_order"

    class_id: Mapped[UUID]
    part: Mapped[int]
    state: Mapped[PrintState] = mapped_column(short(10), default=PrintState.WAITING)
    ordered_by: Mapped[UUID | None]
    pupils: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    handwritten: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    left_out: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    size: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    drawn_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("class_id", "school_class"),
        belongs_to("ordered_by", "person"),
        CheckConstraint(PrintState.check("state"), name="state"),
        CheckConstraint("(state = 'drawn') = (drawn_at IS NOT NULL)", name="drawn"),
        # Ordered again while it waits, it is the same order.
        Index(
            "uq_print_order_waiting",
            "district_id",
            "class_id",
            "part",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
    )


class StampKey(Model):
    """A pair of keys of the installation; the private part is sealed, the public part is published.

    Retired: signs no more, its signatures count. Withdrawn: they do not, the stamps are signed anew.
    """

    __tablename__ = "stamp_key"

    kid: Mapped[str] = mapped_column(short(16), primary_key=True)
    public: Mapped[str] = mapped_column(short(64))
    sealed_private: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    retired_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_stamp_key_signing",
            text("(retired_at IS NULL)"),
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )
