"""How somebody is recognised, let in and kept out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, Tenant, belongs_to, short
from app.people.kinds import (
    IdentityKind,
    Proof,
    Relation,
)


class Identity(Tenant, Model):
    """One way to be recognised: an openid of one account, or a login name with a password hash.

    `unionid`: the same person in all accounts of one open platform. `broken_at`: the platform says
    this openid is none of the account's; it is not written to until its owner comes back.
    """

    __tablename__ = "identity"

    person_id: Mapped[UUID]
    kind: Mapped[IdentityKind] = mapped_column(short(20))
    issuer: Mapped[str] = mapped_column(short(40), server_default="")
    subject: Mapped[str] = mapped_column(short(80))
    secret_hash: Mapped[str | None]
    unionid: Mapped[str | None] = mapped_column(short(64))
    broken_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("person_id", "person"),
        CheckConstraint(IdentityKind.check("kind"), name="kind"),
        UniqueConstraint("district_id", "kind", "issuer", "subject"),
        Index(None, "district_id", "person_id"),
        Index(
            "ix_identity_unionid",
            "district_id",
            "unionid",
            postgresql_where=text("unionid IS NOT NULL"),
        ),
    )


class ChosenChild(Model):
    """The child a guardian of several talks about in the chat; `pupil_id` null: all of them.

    `offered`: the list last shown with numbers, in its order.
    """

    __tablename__ = "chosen_child"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    pupil_id: Mapped[UUID | None]
    offered: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    asked_at: Mapped[datetime | None]

    __table_args__ = (belongs_to("person_id", "person"), belongs_to("pupil_id", "person"))


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
        Index(None, "district_id", "pupil_id"),
    )


class StaffCode(Tenant, Model):
    """A word by which a member of staff is known in WeChat: fifteen minutes, once, one a person."""

    __tablename__ = "staff_code"

    person_id: Mapped[UUID]
    code_digest: Mapped[str] = mapped_column(short(64))
    expires_at: Mapped[datetime]

    __table_args__ = (
        belongs_to("person_id", "person"),
        UniqueConstraint("district_id", "person_id"),
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


class WaitingScene(Model):
    """A poster that a phone nobody knows has scanned: checked in once it is bound, if that is soon."""

    __tablename__ = "waiting_scene"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    phone_digest: Mapped[str] = mapped_column(short(64), primary_key=True)
    scene: Mapped[str] = mapped_column(short(64))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))


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


class CalendarFeed(Tenant, Model):
    """A secret address under which a calendar program reads dates; only its digest is stored.

    Without class and organization it is a family's. It shows what its owner may see
    at the time of reading, and ends when it is revoked.
    """

    __tablename__ = "calendar_feed"

    person_id: Mapped[UUID]
    class_id: Mapped[UUID | None]
    organization_id: Mapped[UUID | None]
    token_digest: Mapped[str] = mapped_column(short(64))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("class_id", "school_class"),
        belongs_to("organization_id", "organization"),
        CheckConstraint("class_id IS NULL OR organization_id IS NULL", name="place"),
        UniqueConstraint("district_id", "token_digest"),
        Index(None, "token_digest"),
        Index(
            "uq_calendar_feed_open",
            "district_id",
            "person_id",
            "class_id",
            "organization_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )
