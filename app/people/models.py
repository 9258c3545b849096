"""Tables of people and what ties them to children, organizations and phones."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, belongs_to, short
from app.people.kinds import IdentityKind, ImportState, PersonState, Proof, Purpose, Relation


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
    """A role within an organization (or one of its classes), dated."""

    __tablename__ = "role_grant"

    person_id: Mapped[UUID]
    organization_id: Mapped[UUID]
    class_id: Mapped[UUID | None]
    role: Mapped[str] = mapped_column(short(30))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("organization_id", "organization"),
        belongs_to("class_id", "school_class"),
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


class Identity(Tenant, Model):
    """One way to be recognised: an openid of one account, or a login name with a password hash."""

    __tablename__ = "identity"

    person_id: Mapped[UUID]
    kind: Mapped[IdentityKind] = mapped_column(short(20))
    issuer: Mapped[str] = mapped_column(short(40), server_default="")
    subject: Mapped[str] = mapped_column(short(80))
    secret_hash: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("person_id", "person"),
        CheckConstraint(IdentityKind.check("kind"), name="kind"),
        UniqueConstraint("district_id", "kind", "issuer", "subject"),
        Index(None, "district_id", "person_id"),
    )


class BindingCode(Tenant, Model):
    """A one-time code on a letter: whoever holds it and names the child becomes its guardian."""

    __tablename__ = "binding_code"

    pupil_id: Mapped[UUID]
    relation: Mapped[Relation] = mapped_column(short(20))
    code_digest: Mapped[str] = mapped_column(short(64))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("pupil_id", "person"),
        belongs_to("used_by", "person"),
        UniqueConstraint("district_id", "code_digest"),
    )


class FailedTry(Model):
    """Wrong passwords and wrong codes, counted by account so that a school's one address is safe."""

    __tablename__ = "failed_try"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(short(20))
    subject_digest: Mapped[str] = mapped_column(short(64))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index(None, "district_id", "kind", "subject_digest", "at"),)


class LoginSession(Tenant, Model):
    """A login. Only the digest of its random token is stored; ending it is immediate.

    `proof`: how well the person proved itself; `proved_at`: when last, for step-up.
    """

    __tablename__ = "login_session"

    person_id: Mapped[UUID]
    token_digest: Mapped[str] = mapped_column(short(64))
    channel: Mapped[str] = mapped_column(short(20))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    seen_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    proof: Mapped[Proof] = mapped_column(short(10), server_default="password")
    proved_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        CheckConstraint(Proof.check("proof"), name="proof"),
        UniqueConstraint("district_id", "token_digest"),
        Index(None, "token_digest"),
        Index(None, "district_id", "person_id"),
    )


class SecondFactor(Tenant, Model):
    """A person's codes from an app; in force once confirmed. Recovery codes are digests, used once."""

    __tablename__ = "second_factor"

    person_id: Mapped[UUID]
    sealed_secret: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    recovery: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))

    __table_args__ = (
        belongs_to("person_id", "person"),
        UniqueConstraint("district_id", "person_id"),
    )


class Invitation(Tenant, Model):
    """A one-time link with which somebody sets login name and password, without e-mail."""

    __tablename__ = "invitation"

    person_id: Mapped[UUID]
    issued_by: Mapped[UUID | None]
    token_digest: Mapped[str] = mapped_column(short(64))
    resets_factor: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("issued_by", "person"),
        UniqueConstraint("district_id", "token_digest"),
        Index(None, "token_digest"),
        Index(None, "district_id", "person_id"),
    )


class ScanLogin(Tenant, Model):
    """A computer that waits for a phone: one browser, one QR code, one use, three minutes."""

    __tablename__ = "scan_login"

    scene_digest: Mapped[str] = mapped_column(short(64))
    browser_digest: Mapped[str] = mapped_column(short(64))
    code: Mapped[str] = mapped_column(short(4))
    person_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        UniqueConstraint("district_id", "scene_digest"),
        Index(None, "browser_digest"),
    )


class ApiKey(Tenant, Model):
    """A program's key: at most what its issuer may do, narrowed to rights and perhaps one place."""

    __tablename__ = "api_key"

    name: Mapped[str] = mapped_column(short(60))
    key_digest: Mapped[str] = mapped_column(short(64))
    person_id: Mapped[UUID]
    organization_id: Mapped[UUID | None]
    permissions: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("organization_id", "organization"),
        UniqueConstraint("district_id", "key_digest"),
        Index(None, "key_digest"),
    )


class RosterImport(Tenant, Edited, Model):
    """A school's list as it was uploaded, what it would do, and what it did.

    The file stays for a term, so that the report can be given back with a
    column of reasons; `rows` is the plan of the last check.
    """

    __tablename__ = "roster_import"

    organization_id: Mapped[UUID]
    school_year: Mapped[int]
    state: Mapped[ImportState] = mapped_column(short(12), default=ImportState.WAITING)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    problem: Mapped[str | None] = mapped_column(short(60))
    total: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    rows: Mapped[list[dict[str, Any]] | None]
    created_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("organization_id", "organization"),
        belongs_to("created_by", "person"),
        CheckConstraint(ImportState.check("state"), name="state"),
        Index(None, "district_id", "organization_id"),
    )


class RosterChange(Model):
    """One thing an import changed, with what stood there before: the way back."""

    __tablename__ = "roster_change"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(short(12))
    pupil_id: Mapped[UUID]
    opened_id: Mapped[UUID | None]
    closed_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("import_id", "roster_import", ondelete="CASCADE"),
        belongs_to("pupil_id", "person"),
    )


class ConsentText(Tenant, Model):
    """What guardians are asked, for one purpose, word for word. Never changed: a new version follows."""

    __tablename__ = "consent_text"

    purpose: Mapped[Purpose] = mapped_column(short(20))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(short(60))
    body: Mapped[str]
    hash: Mapped[str] = mapped_column(short(64))
    published_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        ForeignKeyConstraint(["district_id"], ["district.id"]),
        CheckConstraint(Purpose.check("purpose"), name="purpose"),
        UniqueConstraint("district_id", "purpose", "number"),
    )


class Consent(Tenant, Model):
    """That a guardian agreed for a child to one version of one text, and perhaps took it back.

    A refusal is simply no row: it never blocks the basic service
    (未成年人网络保护条例 art. 32).
    """

    __tablename__ = "consent"

    text_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    guardian_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(short(20))
    given_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("text_id", "consent_text"),
        belongs_to("pupil_id", "person"),
        belongs_to("guardian_id", "person"),
        Index(
            "uq_consent_open",
            "district_id",
            "text_id",
            "pupil_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(None, "district_id", "pupil_id"),
    )
