"""Tables of announcements and of the column."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.announcements.kinds import (
    AnnouncementState,
    ArticleState,
    ColumnState,
    ReachState,
    Rubric,
)
from app.kit.db import Edited, Model, Tenant, belongs_to, short


class Announcement(Tenant, Edited, Model):
    """公告. `digest` is what was approved: words, attachments, audience and every recipient.

    `writers`: everybody who wrote in it; none of them may approve it. `cool_until`: from then on
    it is sent. The mass article is one call of the platform: `msg_id` and its report.
    """

    __tablename__ = "announcement"

    title: Mapped[str] = mapped_column(short(60))
    body: Mapped[str]
    urgent: Mapped[bool] = mapped_column(default=False)
    audience: Mapped[dict[str, Any]]
    send_at: Mapped[datetime | None]
    state: Mapped[AnnouncementState] = mapped_column(short(10), default=AnnouncementState.DRAFT)
    writers: Mapped[list[str]]
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(short(64))
    people: Mapped[int | None]
    cool_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(short(200), default="", server_default="")
    article_state: Mapped[ArticleState] = mapped_column(
        short(10), default=ArticleState.NONE, server_default="none"
    )
    media_id: Mapped[str | None] = mapped_column(short(128))
    msg_id: Mapped[str | None] = mapped_column(short(40))
    article_counts: Mapped[dict[str, Any] | None]
    article_reason: Mapped[str] = mapped_column(short(120), default="", server_default="")

    __table_args__ = (
        belongs_to("submitted_by", "person"),
        belongs_to("approved_by", "person"),
        CheckConstraint(AnnouncementState.check("state"), name="state"),
        CheckConstraint(ArticleState.check("article_state"), name="article_state"),
        CheckConstraint(
            "state NOT IN ('cooling', 'sending', 'done') OR (digest IS NOT NULL AND people > 0 "
            "AND cool_until IS NOT NULL)",
            name="approved",
        ),
        Index(None, "district_id", "msg_id"),
        Index(
            "ix_announcement_going",
            "district_id",
            "cool_until",
            postgresql_where=text("state IN ('cooling', 'sending')"),
        ),
    )


class AnnouncementFile(Tenant, Model):
    """附件, in order."""

    __tablename__ = "announcement_file"

    announcement_id: Mapped[UUID]
    number: Mapped[int]
    file_id: Mapped[UUID]

    __table_args__ = (
        belongs_to("announcement_id", "announcement", ondelete="CASCADE"),
        belongs_to("file_id", "stored_file", ondelete="CASCADE"),
        UniqueConstraint("district_id", "announcement_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 6", name="number"),
    )


class Recipient(Model):
    """One person of an approved announcement; once sent, also the line in its in-app inbox.

    `organization_id`: the school or unit under which the person is counted.
    """

    __tablename__ = "announcement_recipient"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    announcement_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID | None]
    reach: Mapped[ReachState | None] = mapped_column(short(14))
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    nudged_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("announcement_id", "announcement", ondelete="CASCADE"),
        belongs_to("person_id", "person"),
        belongs_to("organization_id", "organization"),
        CheckConstraint(ReachState.check("reach"), name="reach"),
        Index(None, "district_id", "person_id", "sent_at"),
    )


class Nudge(Tenant, Model):
    """催读: at most two a school day; the unique rule settles who was first."""

    __tablename__ = "announcement_nudge"

    announcement_id: Mapped[UUID]
    day: Mapped[date]
    number: Mapped[int]
    people: Mapped[int]
    person_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("announcement_id", "announcement", ondelete="CASCADE"),
        belongs_to("person_id", "person"),
        UniqueConstraint("district_id", "announcement_id", "day", "number"),
        CheckConstraint("number BETWEEN 1 AND 2", name="number"),
    )


class LinkHost(Tenant, Model):
    """A host to which announcements and articles of the district may link, exactly as written."""

    __tablename__ = "link_host"

    host: Mapped[str] = mapped_column(short(120))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("created_by", "person"),
        UniqueConstraint("district_id", "host"),
    )


class ColumnArticle(Tenant, Edited, Model):
    """An article of 学区化建设. `text_id`: the judgement of its words, before anybody else reads them."""

    __tablename__ = "column_article"

    number: Mapped[int]
    rubric: Mapped[Rubric] = mapped_column(short(10))
    title: Mapped[str] = mapped_column(short(60))
    content: Mapped[str]
    organization_id: Mapped[UUID]
    published_on: Mapped[date | None]
    state: Mapped[ColumnState] = mapped_column(short(10), default=ColumnState.DRAFT)
    writers: Mapped[list[str]]
    text_id: Mapped[UUID | None]
    reviewed_by: Mapped[UUID | None]
    reviewed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(short(200), default="", server_default="")
    article_state: Mapped[ArticleState] = mapped_column(
        short(10), default=ArticleState.NONE, server_default="none"
    )
    media_id: Mapped[str | None] = mapped_column(short(128))
    publish_id: Mapped[str | None] = mapped_column(short(40))
    article_url: Mapped[str] = mapped_column(short(400), default="", server_default="")
    article_reason: Mapped[str] = mapped_column(short(120), default="", server_default="")

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        belongs_to("text_id", "moderation_item"),
        belongs_to("reviewed_by", "person"),
        UniqueConstraint("district_id", "number"),
        CheckConstraint(ColumnState.check("state"), name="state"),
        CheckConstraint(Rubric.check("rubric"), name="rubric"),
        CheckConstraint(ArticleState.check("article_state"), name="article_state"),
        CheckConstraint("state <> 'published' OR published_on IS NOT NULL", name="published"),
        Index(None, "district_id", "state", "published_on"),
        Index(None, "district_id", "publish_id"),
    )


class ColumnFile(Tenant, Model):
    """A picture or attachment of an article; `item_id` is the judgement of a picture."""

    __tablename__ = "column_file"

    article_id: Mapped[UUID]
    number: Mapped[int]
    file_id: Mapped[UUID]
    item_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("article_id", "column_article", ondelete="CASCADE"),
        belongs_to("file_id", "stored_file", ondelete="CASCADE"),
        belongs_to("item_id", "moderation_item"),
        UniqueConstraint("district_id", "article_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 6", name="number"),
    )
