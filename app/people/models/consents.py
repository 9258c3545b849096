"""What guardians agreed to, and what they ask for."""

from datetime import datetime
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
    Purpose,
    RequestState,
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


class GuardianRequest(Tenant, Edited, Model):
    """A family with a right code and a name that did not fit asks the class teacher to look.

    Until it is decided it gives nothing; then the openid and the typed name are forgotten.
    """

    __tablename__ = "guardian_request"

    code_id: Mapped[UUID]
    pupil_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    issuer: Mapped[str | None] = mapped_column(short(40))
    openid: Mapped[str | None] = mapped_column(short(80))
    typed_name: Mapped[str | None] = mapped_column(short(60))
    state: Mapped[RequestState] = mapped_column(short(10), default=RequestState.PENDING)
    decided_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("code_id", "binding_code"),
        belongs_to("pupil_id", "person"),
        belongs_to("person_id", "person"),
        belongs_to("decided_by", "person"),
        CheckConstraint(RequestState.check("state"), name="state"),
        Index(
            "uq_guardian_request_open",
            "district_id",
            "code_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index(None, "district_id", "pupil_id"),
    )
