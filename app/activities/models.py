"""Tables of activities, sessions and seats."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.activities.kinds import (
    ActivityKind,
    ActivityState,
    Category,
    EvidenceGrade,
    FieldKind,
    InvitationState,
    SessionMode,
    SessionState,
)
from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.people.kinds import Purpose


class Activity(Tenant, Edited, Model):
    """活动: what a unit offers; its dates are sessions. `stalls` only for a 嘉年华."""

    __tablename__ = "activity"

    organization_id: Mapped[UUID]
    base_id: Mapped[UUID]
    course_id: Mapped[UUID | None]
    kind: Mapped[ActivityKind] = mapped_column(short(20))
    category: Mapped[Category] = mapped_column(short(10), default=Category.NONE)
    title: Mapped[str] = mapped_column(short(60))
    summary: Mapped[str] = mapped_column(default="")
    what_to_bring: Mapped[str] = mapped_column(short(200), default="")
    min_grade: Mapped[int]
    max_grade: Mapped[int]
    credited_minutes: Mapped[int] = mapped_column(default=0)
    evidence_needed: Mapped[EvidenceGrade] = mapped_column(short(1), default=EvidenceGrade.C)
    state: Mapped[ActivityState] = mapped_column(short(12), default=ActivityState.DRAFT)
    author_id: Mapped[UUID | None]
    mentor_id: Mapped[UUID | None]
    consent_needed: Mapped[Purpose | None] = mapped_column(short(20))
    stalls: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=text("'[]'"))
    copied_from: Mapped[UUID | None]
    copied_term: Mapped[UUID | None]
    # Title, unit and base as they are searched; the database keeps it and `activity_gram`.
    search_text: Mapped[str] = mapped_column(server_default=text("''"))

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        belongs_to("base_id", "learning_base"),
        belongs_to("course_id", "course"),
        belongs_to("author_id", "person"),
        belongs_to("mentor_id", "mentor"),
        belongs_to("copied_from", "activity"),
        belongs_to("copied_term", "term"),
        UniqueConstraint("district_id", "copied_from", "copied_term"),
        CheckConstraint(Purpose.check("consent_needed"), name="consent_needed"),
        CheckConstraint(ActivityKind.check("kind"), name="kind"),
        CheckConstraint(Category.check("category"), name="category"),
        CheckConstraint(ActivityState.check("state"), name="state"),
        CheckConstraint("min_grade <= max_grade", name="grades"),
        Index(None, "district_id", "state"),
        Index(None, "district_id", "organization_id"),
    )


class ActivityGram(Model):
    """Two neighbouring characters of an activity's search text (or one), written by a trigger."""

    __tablename__ = "activity_gram"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    gram: Mapped[str] = mapped_column(short(2), primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)


class Review(Tenant, Model):
    """One step of the review: submitted, returned with a reason, approved."""

    __tablename__ = "review"

    activity_id: Mapped[UUID]
    verdict: Mapped[ActivityState] = mapped_column(short(12))
    reason: Mapped[str] = mapped_column(default="")
    person_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("activity_id", "activity", ondelete="CASCADE"),
        belongs_to("person_id", "person"),
        Index(None, "district_id", "activity_id"),
    )


class ActivityField(Tenant, Model):
    """A question of the activity's own that families answer while booking; `number` from 1."""

    __tablename__ = "activity_field"

    activity_id: Mapped[UUID]
    number: Mapped[int]
    label: Mapped[str] = mapped_column(short(20))
    kind: Mapped[FieldKind] = mapped_column(short(8))
    required: Mapped[bool]
    hint: Mapped[str] = mapped_column(short(60), default="")
    options: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))

    __table_args__ = (
        belongs_to("activity_id", "activity", ondelete="CASCADE"),
        UniqueConstraint("district_id", "activity_id", "number"),
        CheckConstraint(FieldKind.check("kind"), name="kind"),
        CheckConstraint("number BETWEEN 1 AND 8", name="number"),
    )


class Session(Tenant, Edited, Model):
    """场次: one date of an activity. Capacity is its number of seat rows, kept equal by the service.

    `reserve_percent` of the seats belong to schools until `reserve_until`. A
    lottery's `draw_seed` is secret until the draw; `draw_digest` binds it from the start.
    """

    __tablename__ = "session"

    activity_id: Mapped[UUID]
    base_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    booking_opens_at: Mapped[datetime]
    booking_closes_at: Mapped[datetime]
    capacity: Mapped[int]
    state: Mapped[SessionState] = mapped_column(short(12), default=SessionState.PLANNED)
    mode: Mapped[SessionMode] = mapped_column(
        short(12), server_default="first_come", default=SessionMode.FIRST_COME
    )
    reserve_percent: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    reserve_until: Mapped[datetime | None]
    cancel_until: Mapped[datetime | None]
    draw_seed: Mapped[str | None] = mapped_column(short(64))
    draw_digest: Mapped[str | None] = mapped_column(short(64))
    drawn_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("activity_id", "activity"),
        belongs_to("base_id", "learning_base"),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("booking_opens_at < booking_closes_at", name="window"),
        CheckConstraint("capacity BETWEEN 0 AND 5000", name="capacity"),
        CheckConstraint(SessionState.check("state"), name="state"),
        CheckConstraint(SessionMode.check("mode"), name="mode"),
        CheckConstraint("reserve_percent BETWEEN 0 AND 100", name="reserve"),
        Index(None, "district_id", "activity_id"),
        Index(None, "district_id", "base_id", "starts_at"),
        Index(None, "district_id", "starts_at"),
    )


class Seat(Tenant, Model):
    """One place of a session. Free when nobody holds it; taken with SKIP LOCKED.

    `pool_id` names the school a reserve belongs to; null is the open pool.
    """

    __tablename__ = "seat"

    session_id: Mapped[UUID]
    pool_id: Mapped[UUID | None]
    booking_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("session_id", "session", ondelete="CASCADE"),
        belongs_to("pool_id", "organization"),
        UniqueConstraint("district_id", "booking_id"),
        Index(
            "ix_seat_free",
            "district_id",
            "session_id",
            postgresql_where=text("booking_id IS NULL"),
        ),
        Index(None, "district_id", "session_id"),
    )


class TaskSheet(Tenant, Edited, Model):
    """任务单: what children do and hand in; one an activity. Paper first: it is printed for each child.

    `due_days` counts from the day of the session. With `needed` the visit counts for the
    passport's levels only once the sheet is passed. `file_id`: the unit's own sheet.
    """

    __tablename__ = "task_sheet"

    activity_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(short(60))
    instructions: Mapped[str] = mapped_column(short(1000), default="")
    questions: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    due_days: Mapped[int] = mapped_column(default=7)
    needed: Mapped[bool] = mapped_column(default=False)
    file_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("activity_id", "activity"),
        belongs_to("file_id", "stored_file"),
        UniqueConstraint("district_id", "activity_id"),
        CheckConstraint("due_days BETWEEN 0 AND 60", name="due_days"),
    )


class MentorInvitation(Tenant, Edited, Model):
    """导师邀请: an organization asks a vetted mentor to take part in its activity."""

    __tablename__ = "mentor_invitation"

    mentor_id: Mapped[UUID]
    activity_id: Mapped[UUID]
    organization_id: Mapped[UUID]
    message: Mapped[str] = mapped_column(short(200), default="")
    state: Mapped[InvitationState] = mapped_column(short(10), default=InvitationState.ASKED)
    answer: Mapped[str] = mapped_column(short(200), default="")
    asked_by: Mapped[UUID | None]
    answered_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("mentor_id", "mentor"),
        belongs_to("activity_id", "activity"),
        belongs_to("organization_id", "organization"),
        belongs_to("asked_by", "person"),
        belongs_to("answered_by", "person"),
        CheckConstraint(InvitationState.check("state"), name="state"),
        Index(None, "district_id", "activity_id"),
        Index(
            "uq_mentor_invitation_standing",
            "district_id",
            "mentor_id",
            "activity_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'accepted')"),
        ),
    )


class ServiceCorrection(Tenant, Model):
    """更正服务时长: minutes more or less for a mentor in a school year, with the reason; never changed."""

    __tablename__ = "service_correction"

    mentor_id: Mapped[UUID]
    school_year: Mapped[int]
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(short(200))
    person_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("mentor_id", "mentor"),
        belongs_to("person_id", "person"),
        CheckConstraint("minutes <> 0", name="minutes"),
        Index(None, "district_id", "mentor_id"),
    )


class ThanksCertificate(Tenant, Model):
    """感谢证书: its number stays the same however often it is printed; one a mentor and school year."""

    __tablename__ = "thanks_certificate"

    mentor_id: Mapped[UUID]
    school_year: Mapped[int]
    number: Mapped[str] = mapped_column(short(40))
    issued_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("mentor_id", "mentor"),
        UniqueConstraint("district_id", "mentor_id", "school_year"),
        UniqueConstraint("district_id", "number"),
    )
