"""Tables of task sheets that are handed in, and of evaluations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.activities.kinds import SheetVerdict
from app.evaluations.kinds import Side, SubmissionState
from app.kit.db import Edited, Model, Tenant, belongs_to, short


class SheetCode(Tenant, Model):
    """The opaque word in the QR code of a printed sheet: which child, which session. Never changes."""

    __tablename__ = "sheet_code"

    session_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(short(64))

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("pupil_id", "person"),
        UniqueConstraint("district_id", "session_id", "pupil_id"),
        UniqueConstraint("district_id", "code"),
    )


class TaskSubmission(Tenant, Model):
    """交来的任务单. Handing in again adds one with the next `number`; the newest counts.

    `answers` keep the words of the questions. `nonce`: the same form sent twice is one.
    """

    __tablename__ = "task_submission"

    task_sheet_id: Mapped[UUID]
    session_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    number: Mapped[int]
    answers: Mapped[list[dict[str, Any]]]
    state: Mapped[SubmissionState] = mapped_column(short(10), default=SubmissionState.SUBMITTED)
    is_late: Mapped[bool]
    nonce: Mapped[str | None] = mapped_column(short(64))
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("task_sheet_id", "task_sheet"),
        belongs_to("session_id", "session"),
        belongs_to("pupil_id", "person"),
        belongs_to("submitted_by", "person"),
        UniqueConstraint("district_id", "session_id", "pupil_id", "number"),
        CheckConstraint(SubmissionState.check("state"), name="state"),
        CheckConstraint("number BETWEEN 1 AND 10", name="number"),
        Index(None, "district_id", "pupil_id"),
    )


class SubmissionPicture(Tenant, Model):
    """One picture of a submission, in its order."""

    __tablename__ = "submission_picture"

    submission_id: Mapped[UUID]
    number: Mapped[int]
    file_id: Mapped[UUID]

    __table_args__ = (
        belongs_to("submission_id", "task_submission", ondelete="CASCADE"),
        belongs_to("file_id", "stored_file", ondelete="CASCADE"),
        UniqueConstraint("district_id", "submission_id", "number"),
        Index(None, "district_id", "file_id"),
        CheckConstraint("number BETWEEN 1 AND 6", name="number"),
    )


class SheetReview(Tenant, Model):
    """One judgement of a teacher. Only ever added; a second one takes the first back."""

    __tablename__ = "sheet_review"

    submission_id: Mapped[UUID]
    verdict: Mapped[SheetVerdict] = mapped_column(short(10))
    comment: Mapped[str] = mapped_column(short(200), default="")
    person_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (
        belongs_to("submission_id", "task_submission", ondelete="CASCADE"),
        belongs_to("person_id", "person"),
        CheckConstraint(SheetVerdict.check("verdict"), name="verdict"),
        Index(None, "district_id", "submission_id"),
    )


class CommentPhrase(Tenant, Model):
    """评语库: a teacher's own sentences, used again with a tap; no child is named in them."""

    __tablename__ = "comment_phrase"

    person_id: Mapped[UUID]
    words: Mapped[str] = mapped_column(short(100))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("person_id", "person"),
        UniqueConstraint("district_id", "person_id", "words"),
    )


class Evaluation(Tenant, Edited, Model):
    """评价: scores from 1 to 5 and a text, one a child, teacher, or (for a unit) class of a session.

    Changed until the session's evaluation closes; nobody sees the other side before. The text is
    shown to others only when its item in moderation is passed.
    """

    __tablename__ = "evaluation"

    session_id: Mapped[UUID]
    side: Mapped[Side] = mapped_column(short(8))
    pupil_id: Mapped[UUID | None]
    class_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    scores: Mapped[dict[str, Any]]
    said: Mapped[str] = mapped_column(short(500), default="")
    text_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("pupil_id", "person"),
        belongs_to("class_id", "school_class"),
        belongs_to("person_id", "person"),
        belongs_to("text_id", "moderation_item"),
        CheckConstraint(Side.check("side"), name="side"),
        Index(
            "uq_evaluation_pupil",
            "district_id",
            "session_id",
            "pupil_id",
            unique=True,
            postgresql_where=text("side = 'pupil'"),
        ),
        Index(
            "uq_evaluation_teacher",
            "district_id",
            "session_id",
            "person_id",
            unique=True,
            postgresql_where=text("side = 'teacher'"),
        ),
        Index(
            "uq_evaluation_unit",
            "district_id",
            "session_id",
            "class_id",
            unique=True,
            postgresql_where=text("side = 'unit'"),
        ),
        Index(None, "district_id", "pupil_id"),
    )


class EvaluationAnswer(Tenant, Model):
    """What the unit says to a session's evaluation, once, in public when its text is passed."""

    __tablename__ = "evaluation_answer"

    session_id: Mapped[UUID]
    said: Mapped[str] = mapped_column(short(500))
    text_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("text_id", "moderation_item"),
        belongs_to("person_id", "person"),
        UniqueConstraint("district_id", "session_id"),
    )


class EvaluationAlert(Tenant, Model):
    """A low score that the secretariat looks into; it names the session and the score, no person."""

    __tablename__ = "evaluation_alert"

    session_id: Mapped[UUID]
    evaluation_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(short(60))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    note: Mapped[str] = mapped_column(short(200), default="")
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("session_id", "session"),
        belongs_to("evaluation_id", "evaluation", ondelete="CASCADE"),
        belongs_to("settled_by", "person"),
        UniqueConstraint("district_id", "evaluation_id"),
    )
