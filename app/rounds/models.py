"""Tables of course-selection rounds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.rounds.kinds import RoundState, RunKind, SwapState


class BookingRound(Tenant, Edited, Model):
    """One 选课轮次: its window, its rules, and the seed that was bound before anybody wished.

    `seed` stays secret until the result; `seed_digest` is shown from the
    announcement on, so that the seed cannot be chosen afterwards.
    """

    __tablename__ = "booking_round"

    name: Mapped[str] = mapped_column(short(60))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    most_wishes: Mapped[int] = mapped_column(server_default=text("5"))
    reserve_percent: Mapped[int] = mapped_column(server_default=text("80"))
    gap_minutes: Mapped[int] = mapped_column(server_default=text("30"))
    state: Mapped[RoundState] = mapped_column(short(12), default=RoundState.DRAFT)
    top_up_of: Mapped[UUID | None]
    seed: Mapped[str] = mapped_column(short(64))
    seed_digest: Mapped[str] = mapped_column(short(64))
    published_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        belongs_to("top_up_of", "booking_round"),
        UniqueConstraint("district_id", "name"),
        CheckConstraint(RoundState.check("state"), name="state"),
        CheckConstraint("opens_at < closes_at", name="window"),
        CheckConstraint("most_wishes BETWEEN 1 AND 5", name="wishes"),
        CheckConstraint("reserve_percent BETWEEN 0 AND 100", name="reserve"),
        CheckConstraint("gap_minutes BETWEEN 0 AND 240", name="gap"),
    )


class RoundSession(Model):
    """A session that is given out in a round. One round at a time."""

    __tablename__ = "round_session"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        belongs_to("round_id", "booking_round", ondelete="CASCADE"),
        belongs_to("session_id", "session"),
        Index(None, "district_id", "session_id"),
    )


class Wish(Tenant, Model):
    """A pupil's wish: 1 is the dearest."""

    __tablename__ = "wish"

    round_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    session_id: Mapped[UUID]
    number: Mapped[int]
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("round_id", "booking_round", ondelete="CASCADE"),
        belongs_to("pupil_id", "person"),
        belongs_to("session_id", "session"),
        belongs_to("made_by", "person"),
        UniqueConstraint("district_id", "round_id", "pupil_id", "number"),
        UniqueConstraint("district_id", "round_id", "pupil_id", "session_id"),
        CheckConstraint("number BETWEEN 1 AND 5", name="number"),
    )


class AllocationRun(Tenant, Model):
    """One run of the allocation. The digests make two runs comparable without their content."""

    __tablename__ = "allocation_run"

    round_id: Mapped[UUID]
    kind: Mapped[RunKind] = mapped_column(short(10))
    input_digest: Mapped[str] = mapped_column(short(64))
    result_digest: Mapped[str] = mapped_column(short(64))
    figures: Mapped[dict[str, Any]]
    offers: Mapped[dict[str, Any]]
    made_by: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("round_id", "booking_round"),
        belongs_to("made_by", "person"),
        CheckConstraint(RunKind.check("kind"), name="kind"),
        Index(
            "uq_allocation_run_final",
            "district_id",
            "round_id",
            unique=True,
            postgresql_where=text("kind = 'final'"),
        ),
    )


class AllocationResult(Model):
    """What a pupil of the final run got, by its published code, with the reason for each wish.

    `wishes` are those that took part, as session ids; `verdicts` explain every
    wish. `unlucky` is how many rounds in a row had given the pupil nothing, `missed` how often it
    had stayed away without excuse.
    """

    __tablename__ = "allocation_result"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    pupil_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(short(16))
    school_id: Mapped[UUID]
    unlucky: Mapped[int]
    missed: Mapped[int] = mapped_column(server_default=text("0"))
    wishes: Mapped[list[str]]
    session_id: Mapped[UUID | None]
    number: Mapped[int | None]
    verdicts: Mapped[list[dict[str, Any]]]

    __table_args__ = (
        belongs_to("run_id", "allocation_run"),
        belongs_to("pupil_id", "person"),
        belongs_to("school_id", "organization"),
        belongs_to("session_id", "session"),
        Index(None, "district_id", "pupil_id"),
    )


class SwapOffer(Tenant, Model):
    """A family would give what its child got in a round for another session of it."""

    __tablename__ = "swap_offer"

    round_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    given_id: Mapped[UUID]
    wanted_id: Mapped[UUID]
    state: Mapped[SwapState] = mapped_column(short(10), default=SwapState.OPEN)
    made_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("round_id", "booking_round"),
        belongs_to("pupil_id", "person"),
        belongs_to("given_id", "session"),
        belongs_to("wanted_id", "session"),
        CheckConstraint(SwapState.check("state"), name="state"),
        CheckConstraint("given_id <> wanted_id", name="two"),
        Index(
            "uq_swap_offer_open",
            "district_id",
            "round_id",
            "pupil_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "district_id", "given_id", "wanted_id"),
    )
