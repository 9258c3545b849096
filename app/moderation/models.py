"""Tables of moderation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, Tenant, belongs_to, short
from app.moderation.kinds import Subject, TextState, WordEffect


class ModerationItem(Tenant, Model):
    """One text, or one picture (`file_id`), as it was sent. Only what is passed is shown.

    `body` is there while somebody has to read it, then only `digest` says what was judged.
    `check_until`: so long may an outside checker be asked, two hours after the author was
    last seen in the mini-program.
    """

    __tablename__ = "moderation_item"

    subject: Mapped[Subject] = mapped_column(short(20))
    subject_id: Mapped[UUID]
    author_id: Mapped[UUID | None]
    digest: Mapped[str] = mapped_column(short(64))
    body: Mapped[str | None] = mapped_column(short(8000))
    file_id: Mapped[UUID | None]
    state: Mapped[TextState] = mapped_column(short(10))
    reason: Mapped[str] = mapped_column(short(60), default="")
    trace_id: Mapped[str | None] = mapped_column(short(64))
    check_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("author_id", "person"),
        belongs_to("settled_by", "person"),
        belongs_to("file_id", "stored_file", ondelete="SET NULL (file_id)"),
        CheckConstraint(Subject.check("subject"), name="subject"),
        CheckConstraint(TextState.check("state"), name="state"),
        CheckConstraint("(body IS NULL) = (settled_at IS NOT NULL)", name="body"),
        Index(None, "district_id", "subject", "subject_id"),
        Index(None, "district_id", "trace_id"),
        Index(
            "ix_moderation_item_open",
            "district_id",
            "id",
            postgresql_where=text("settled_at IS NULL"),
        ),
    )


class ModerationWord(Tenant, Model):
    """A word of the district's own list, as it is compared: without spaces and signs, in small letters."""

    __tablename__ = "moderation_word"

    word: Mapped[str] = mapped_column(short(20))
    effect: Mapped[WordEffect] = mapped_column(short(6))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("created_by", "person"),
        UniqueConstraint("district_id", "word"),
        CheckConstraint(WordEffect.check("effect"), name="effect"),
    )
