"""People and what they are to each other and to organizations."""

from datetime import date
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.people.kinds import (
    PersonState,
    Relation,
)


class Person(Tenant, Edited, Model):
    """A human being. A pupil is a person with an enrolment, a guardian one with a guardianship."""

    __tablename__ = "person"

    name: Mapped[str] = mapped_column(short(60))
    state: Mapped[PersonState] = mapped_column(short(10), default=PersonState.ACTIVE)

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        CheckConstraint(PersonState.check("state"), name="state"),
        Index(None, "district_id", "name"),
    )


class PersonGram(Model):
    """Two neighbouring characters of a name (or one), written by a trigger: names are found by it."""

    __tablename__ = "person_gram"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    gram: Mapped[str] = mapped_column(short(2), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)


class Enrollment(Tenant, Edited, Model):
    """A pupil's place in a class, dated; one open enrolment a pupil."""

    __tablename__ = "enrollment"

    pupil_id: Mapped[UUID]
    class_id: Mapped[UUID]
    student_no: Mapped[str | None] = mapped_column(short(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    __table_args__ = (
        belongs_to("pupil_id", "person"),
        belongs_to("class_id", "school_class"),
        Index(
            "uq_enrollment_open",
            "district_id",
            "pupil_id",
            unique=True,
            postgresql_where=text("ends_on IS NULL"),
        ),
        Index(
            "uq_enrollment_student_no",
            "district_id",
            "student_no",
            unique=True,
            postgresql_where=text("ends_on IS NULL"),
        ),
        Index(None, "district_id", "pupil_id"),
        Index(None, "district_id", "class_id"),
    )


class Guardianship(Tenant, Edited, Model):
    """A guardian's tie to a pupil: how it was verified and from when to when."""

    __tablename__ = "guardianship"

    guardian_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    relation: Mapped[Relation] = mapped_column(short(20))
    verified_by: Mapped[str] = mapped_column(short(20))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    __table_args__ = (
        belongs_to("guardian_id", "person"),
        belongs_to("pupil_id", "person"),
        CheckConstraint(Relation.check("relation"), name="relation"),
        Index(
            "uq_guardianship_open",
            "district_id",
            "guardian_id",
            "pupil_id",
            unique=True,
            postgresql_where=text("ends_on IS NULL"),
        ),
        Index(None, "district_id", "pupil_id"),
    )


class RoleGrant(Tenant, Edited, Model):
    """A role within an organization (or one of its classes), dated.

    `granted_by` is empty for what the system or an earlier version granted.
    """

    __tablename__ = "role_grant"

    person_id: Mapped[UUID]
    organization_id: Mapped[UUID]
    class_id: Mapped[UUID | None]
    role: Mapped[str] = mapped_column(short(30))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    granted_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("organization_id", "organization"),
        belongs_to("class_id", "school_class"),
        belongs_to("granted_by", "person"),
        Index(None, "district_id", "person_id"),
        Index(
            "uq_role_grant_open",
            "district_id",
            "person_id",
            "organization_id",
            "role",
            text("coalesce(class_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            unique=True,
            postgresql_where=text("ends_on IS NULL"),
        ),
    )


class Contact(Tenant, Edited, Model):
    """联系人 of an organization with a deputy, dated; one open contact an organization.

    Not a role: a role says what somebody may do and many may hold it, a contact
    says whom the district speaks to. Rows are never overwritten, so that a
    hand-over keeps its history.
    """

    __tablename__ = "contact"

    organization_id: Mapped[UUID]
    person_id: Mapped[UUID]
    deputy_id: Mapped[UUID | None]
    position: Mapped[str] = mapped_column(short(60))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        belongs_to("person_id", "person"),
        belongs_to("deputy_id", "person"),
        CheckConstraint("deputy_id <> person_id", name="deputy"),
        Index(
            "uq_contact_open",
            "district_id",
            "organization_id",
            unique=True,
            postgresql_where=text("ends_on IS NULL"),
        ),
        Index(None, "district_id", "organization_id"),
    )


class SavedFilter(Tenant, Model):
    """The conditions of a list under a name that one person gave them; nobody else sees it."""

    __tablename__ = "saved_filter"

    person_id: Mapped[UUID]
    screen: Mapped[str] = mapped_column(short(40))
    name: Mapped[str] = mapped_column(short(60))
    query: Mapped[str] = mapped_column(short(800))

    __table_args__ = (
        belongs_to("person_id", "person"),
        UniqueConstraint("district_id", "person_id", "screen", "name"),
    )
