"""Tables of the district and its members."""

from datetime import date
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.kit.ids import new_id
from app.orgs.kinds import DayKind, OrgKind, OrgState


class Region(Model):
    """市 or 区; the only thing above districts."""

    __tablename__ = "region"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("region.id"))
    level: Mapped[str] = mapped_column(short(10))
    name: Mapped[str] = mapped_column(short(60))


class District(Model):
    """学区 / 集团: the tenant. Not a local education authority."""

    __tablename__ = "district"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    region_id: Mapped[UUID | None] = mapped_column(ForeignKey("region.id"))
    code: Mapped[str] = mapped_column(short(20), unique=True)
    name: Mapped[str] = mapped_column(short(60))


class Organization(Tenant, Edited, Model):
    """A school, kindergarten, resource unit, community body or office of the district."""

    __tablename__ = "organization"

    kind: Mapped[OrgKind] = mapped_column(short(20))
    name: Mapped[str] = mapped_column(short(60))
    state: Mapped[OrgState] = mapped_column(short(20), default=OrgState.ACTIVE)
    address: Mapped[str] = mapped_column(short(200), default="")
    culture: Mapped[str] = mapped_column(short(60), default="")
    course_brand: Mapped[str] = mapped_column(short(60), default="")
    feature: Mapped[str] = mapped_column(short(120), default="")
    valid_until: Mapped[date | None]

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        UniqueConstraint("district_id", "name"),
        CheckConstraint(OrgKind.check("kind"), name="kind"),
        CheckConstraint(OrgState.check("state"), name="state"),
    )


class OrgGroup(Tenant, Edited, Model):
    """中学组, 小学组 …; names and leads are data, a school may sit in two."""

    __tablename__ = "org_group"

    name: Mapped[str] = mapped_column(short(60))
    lead_id: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("district_id", "name"),
        belongs_to("lead_id", "organization"),
    )


class OrgGroupMember(Model):
    __tablename__ = "org_group_member"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        belongs_to("group_id", "org_group", ondelete="CASCADE"),
        belongs_to("organization_id", "organization"),
    )


class SchoolClass(Tenant, Edited, Model):
    """A class of one school year. Grades: kindergarten -3 (小班) … -1 (大班), school 1 … 9."""

    __tablename__ = "school_class"

    organization_id: Mapped[UUID]
    school_year: Mapped[int]
    grade: Mapped[int]
    name: Mapped[str] = mapped_column(short(60))

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        UniqueConstraint("district_id", "organization_id", "school_year", "name"),
        CheckConstraint("grade BETWEEN -3 AND 9", name="grade"),
    )


class Term(Tenant, Edited, Model):
    """学期. `school_year` 2026 means 2026-09 to 2027-08."""

    __tablename__ = "term"

    school_year: Mapped[int]
    name: Mapped[str] = mapped_column(short(60))
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    __table_args__ = (
        UniqueConstraint("district_id", "name"),
        CheckConstraint("starts_on < ends_on", name="order"),
    )


class TermDay(Tenant, Model):
    """A day that is not as its weekday says: 放假 or 补课. One entry a date."""

    __tablename__ = "term_day"

    day: Mapped[date]
    kind: Mapped[DayKind] = mapped_column(short(10))
    name: Mapped[str] = mapped_column(short(60))

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        UniqueConstraint("district_id", "day"),
        CheckConstraint(DayKind.check("kind"), name="kind"),
    )


class Headcount(Model):
    """How many children and teachers an organization reports for a school year.

    `local_pupils` (沪籍) may be unknown; it is never shown outside the organization and the district.
    """

    __tablename__ = "headcount"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_year: Mapped[int] = mapped_column(primary_key=True)
    pupils: Mapped[int]
    teachers: Mapped[int]
    local_pupils: Mapped[int | None]

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        Index(None, "district_id", "school_year"),
        CheckConstraint("local_pupils <= pupils", name="local_pupils"),
    )
