"""Tables of the channel accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Edited, Model, Tenant, short


class ChannelAccount(Tenant, Edited, Model):
    """One service account or mini-program of a district; `name` is part of its callback address.

    Secrets are sealed with the installation's key, never stored plain.
    """

    __tablename__ = "channel_account"

    name: Mapped[str] = mapped_column(short(40), unique=True)
    kind: Mapped[str] = mapped_column(short(20))
    appid: Mapped[str] = mapped_column(short(40))
    original_id: Mapped[str] = mapped_column(short(40))
    mode: Mapped[str] = mapped_column(short(12), server_default="safe")
    sealed_secret: Mapped[str]
    sealed_token: Mapped[str]
    sealed_aes_key: Mapped[str]
    sealed_previous_aes_key: Mapped[str | None]

    __table_args__ = (UniqueConstraint("district_id", "appid"),)


class AccessToken(Model):
    """The one token of an appid, shared by all processes.

    `refresh_until` is a lease: who holds it fetches, with no transaction open; the others wait.
    """

    __tablename__ = "access_token"

    appid: Mapped[str] = mapped_column(short(40), primary_key=True)
    sealed_token: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    forced_at: Mapped[datetime | None]
    refresh_until: Mapped[datetime | None]


class InboundPush(Model):
    """A push as it arrived, with the reply we gave: the memory behind de-duplication.

    Raw bodies are kept seven days. `reply` null means: stored, not answered yet.
    """

    __tablename__ = "inbound_push"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    account: Mapped[str] = mapped_column(short(40), primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(short(64), primary_key=True)
    event: Mapped[str] = mapped_column(short(60))
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    reply: Mapped[str | None]
    outcome: Mapped[str | None] = mapped_column(short(60))
    received_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index(None, "received_at"),)
