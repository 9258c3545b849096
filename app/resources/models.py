"""Tables of what the district has to offer."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.resources.kinds import (
    ApplicantKind,
    ApplicationState,
    NeedState,
    OfferState,
    PaperKind,
    VenueKind,
    Vetting,
)


class LearningBase(Tenant, Edited, Model):
    """基地: where children go. `scene` is the opaque word in its poster's QR code.

    `stamp_look` is what it chose of its stamp (`app.kit.art.Look`), empty for the generated one.
    """

    __tablename__ = "learning_base"

    organization_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(short(60))
    theme: Mapped[str] = mapped_column(short(60), default="")
    address: Mapped[str] = mapped_column(short(200), default="")
    scene: Mapped[str] = mapped_column(short(64))
    qr_url: Mapped[str | None] = mapped_column(short(300))
    marks: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    stamp_look: Mapped[str] = mapped_column(short(40), default="", server_default="")
    # Where the base is, for phones that say how far away they are. Never where a child is.
    place: Mapped[str] = mapped_column(short(40), default="", server_default="")

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
    """课程（梦想课程）: what is taught, independent of any date; culture, title, feature are its brand."""

    __tablename__ = "course"

    organization_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(short(60))
    summary: Mapped[str] = mapped_column(default="")
    min_grade: Mapped[int] = mapped_column(default=-3)
    max_grade: Mapped[int] = mapped_column(default=9)
    culture: Mapped[str] = mapped_column(short(60), default="", server_default="")
    feature: Mapped[str] = mapped_column(short(120), default="", server_default="")
    theme: Mapped[str] = mapped_column(short(60), default="", server_default="")
    place: Mapped[str] = mapped_column(short(60), default="", server_default="")
    leader: Mapped[str] = mapped_column(short(60), default="", server_default="")

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        UniqueConstraint("district_id", "organization_id", "title"),
        CheckConstraint("min_grade <= max_grade", name="grades"),
    )


class UnitApplication(Tenant, Edited, Model):
    """入驻申请: somebody outside would like to become a resource unit."""

    __tablename__ = "unit_application"

    name: Mapped[str] = mapped_column(short(60))
    kind: Mapped[ApplicantKind] = mapped_column(short(20))
    address: Mapped[str] = mapped_column(short(200), default="")
    contact_name: Mapped[str] = mapped_column(short(60))
    contact_phone: Mapped[str] = mapped_column(short(40))
    offer: Mapped[str]
    state: Mapped[ApplicationState] = mapped_column(short(10), default=ApplicationState.PENDING)
    reason: Mapped[str] = mapped_column(short(200), default="")
    organization_id: Mapped[UUID | None]
    decided_by: Mapped[UUID | None]

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        belongs_to("organization_id", "organization"),
        belongs_to("decided_by", "person"),
        CheckConstraint(ApplicantKind.check("kind"), name="kind"),
        CheckConstraint(ApplicationState.check("state"), name="state"),
        Index(None, "district_id", "created_at"),
    )


class Paper(Tenant, Edited, Model):
    """证照: an agreement, an insurance …; the newest date of a kind is the one that counts."""

    __tablename__ = "paper"

    organization_id: Mapped[UUID]
    kind: Mapped[PaperKind] = mapped_column(short(20))
    number: Mapped[str] = mapped_column(short(60), default="")
    valid_until: Mapped[date | None]
    note: Mapped[str] = mapped_column(short(200), default="")
    file_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        belongs_to("file_id", "stored_file"),
        CheckConstraint(PaperKind.check("kind"), name="kind"),
        Index(None, "district_id", "organization_id"),
    )


class Mentor(Tenant, Edited, Model):
    """筑梦导师: a colleague, or somebody from outside known by name only. Weekdays: `1` … `7`."""

    __tablename__ = "mentor"

    organization_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(short(60))
    skills: Mapped[str] = mapped_column(short(200), default="")
    weekdays: Mapped[list[str]] = mapped_column(default=list)
    availability: Mapped[str] = mapped_column(short(200), default="")
    vetting: Mapped[Vetting] = mapped_column(short(10), default=Vetting.PENDING)
    vetting_note: Mapped[str] = mapped_column(short(200), default="")
    vetted_on: Mapped[date | None]
    vetted_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        belongs_to("person_id", "person"),
        belongs_to("vetted_by", "person"),
        CheckConstraint(Vetting.check("vetting"), name="vetting"),
        Index(None, "district_id", "organization_id"),
    )


class CourseEdition(Tenant, Model):
    """梦想课程汇编 of a year: the courses as they were on the day it was frozen; never changed."""

    __tablename__ = "course_edition"

    year: Mapped[int]
    title: Mapped[str] = mapped_column(short(60))
    entries: Mapped[list[dict[str, Any]]]
    digest: Mapped[str] = mapped_column(short(64))
    frozen_by: Mapped[UUID | None]
    frozen_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        belongs_to("frozen_by", "person"),
        UniqueConstraint("district_id", "year"),
    )


class SchoolNeed(Tenant, Edited, Model):
    """学校需求: whom a school would like to have come, for which grades, when and where in the school.

    Nothing about a child stands here. `class_ids` are the classes invited once an offer is accepted.
    """

    __tablename__ = "school_need"

    organization_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(short(60))
    topic: Mapped[str] = mapped_column(short(200))
    min_grade: Mapped[int]
    max_grade: Mapped[int]
    headcount: Mapped[int]
    first_day: Mapped[date]
    last_day: Mapped[date]
    weekdays: Mapped[list[str]] = mapped_column(default=list)
    place: Mapped[str] = mapped_column(short(200), default="")
    note: Mapped[str] = mapped_column(default="")
    open_until: Mapped[date]
    state: Mapped[NeedState] = mapped_column(short(10), default=NeedState.OPEN)
    reason: Mapped[str] = mapped_column(short(200), default="")
    posted_by: Mapped[UUID | None]
    class_ids: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    reminded: Mapped[int] = mapped_column(server_default=text("0"), default=0)

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        belongs_to("posted_by", "person"),
        CheckConstraint(NeedState.check("state"), name="state"),
        CheckConstraint("min_grade <= max_grade", name="grades"),
        CheckConstraint("open_until <= last_day AND first_day <= last_day", name="days"),
        CheckConstraint("headcount BETWEEN 1 AND 5000", name="headcount"),
        Index(None, "district_id", "organization_id"),
        Index("ix_school_need_open", "district_id", postgresql_where=text("state = 'open'")),
    )


class VisitOffer(Tenant, Edited, Model):
    """进校园报名: a mentor would come at that time; once accepted it has an activity and a session."""

    __tablename__ = "visit_offer"

    need_id: Mapped[UUID]
    organization_id: Mapped[UUID]
    mentor_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    brings: Mapped[str] = mapped_column(default="")
    state: Mapped[OfferState] = mapped_column(short(10), default=OfferState.MADE)
    reason: Mapped[str] = mapped_column(short(200), default="")
    offered_by: Mapped[UUID | None]
    activity_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("need_id", "school_need"),
        belongs_to("organization_id", "organization"),
        belongs_to("mentor_id", "mentor"),
        belongs_to("offered_by", "person"),
        belongs_to("activity_id", "activity"),
        belongs_to("session_id", "session"),
        CheckConstraint(OfferState.check("state"), name="state"),
        CheckConstraint("starts_at < ends_at", name="times"),
        Index(None, "district_id", "organization_id"),
        Index(
            "uq_visit_offer_standing",
            "district_id",
            "need_id",
            "mentor_id",
            unique=True,
            postgresql_where=text("state IN ('made', 'accepted')"),
        ),
        Index(
            "uq_visit_offer_accepted",
            "district_id",
            "need_id",
            unique=True,
            postgresql_where=text("state = 'accepted'"),
        ),
        Index(
            "uq_visit_offer_session",
            "district_id",
            "session_id",
            unique=True,
            postgresql_where=text("session_id IS NOT NULL"),
        ),
        Index(
            "ix_visit_offer_activity",
            "district_id",
            "activity_id",
            postgresql_where=text("activity_id IS NOT NULL"),
        ),
    )
