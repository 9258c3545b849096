"""Tables of the channel accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.channels.kinds import ItemKind
from app.kit.db import Edited, Model, Tenant, belongs_to, short


class ChannelAccount(Tenant, Edited, Model):
    """One service account or mini-program of a district; `name` is part of its callback address.

    Secrets are sealed with the installation's key, never stored plain. `tag_turn` is a lease: the
    worker whose number stands there tells the platform about tags, with no transaction open.
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
    tag_turn: Mapped[UUID | None]
    tag_turn_until: Mapped[datetime | None]

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


class ChatWindow(Model):
    """When did a phone last write or tap, and how many customer messages has it had since?

    Five within 48 hours of a message, three within a minute of a tap. Gone with the openid.
    """

    __tablename__ = "chat_window"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    appid: Mapped[str] = mapped_column(short(40), primary_key=True)
    openid: Mapped[str] = mapped_column(short(64), primary_key=True)
    text_at: Mapped[datetime | None]
    text_used: Mapped[int] = mapped_column(server_default=text("0"))
    tap_at: Mapped[datetime | None]
    tap_used: Mapped[int] = mapped_column(server_default=text("0"))


class ChannelTag(Model):
    """A declared tag and the platform's number for it; `key` is ours and permanent."""

    __tablename__ = "channel_tag"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    appid: Mapped[str] = mapped_column(short(40), primary_key=True)
    key: Mapped[str] = mapped_column(short(60), primary_key=True)
    name: Mapped[str] = mapped_column(short(30))
    tag_id: Mapped[int]


class FollowerTag(Model):
    """Which tag a follower should carry, and under which number the platform was told so.

    `tag_id` null: not told yet. Not wanted any more: kept until the platform has taken it off.
    `errcode`: refused for good; not asked again until somebody restores what is declared.
    """

    __tablename__ = "follower_tag"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    appid: Mapped[str] = mapped_column(short(40), primary_key=True)
    openid: Mapped[str] = mapped_column(short(64), primary_key=True)
    key: Mapped[str] = mapped_column(short(60), primary_key=True)
    wanted: Mapped[bool] = mapped_column(server_default=text("true"))
    tag_id: Mapped[int | None]
    errcode: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        Index(
            "ix_follower_tag_waiting",
            "district_id",
            "appid",
            postgresql_where=text("NOT wanted OR tag_id IS NULL"),
        ),
    )


class ChannelStop(Tenant, Model):
    """A way that is not used now: for one kind of message (a banned template), or for all of them.

    Ends at `until` (a used-up quota: Chinese midnight) or when somebody lifts it.
    """

    __tablename__ = "channel_stop"

    way: Mapped[str] = mapped_column(short(12))
    kind: Mapped[str] = mapped_column(short(40), server_default="")
    errcode: Mapped[int]
    rid: Mapped[str | None] = mapped_column(short(60))
    stopped_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    until: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("lifted_by", "person"),
        Index(
            "uq_channel_stop_standing",
            "district_id",
            "way",
            "kind",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )


class OperationItem(Tenant, Model):
    """One thing that needs a person: what, about which subject, how often, and who has done it."""

    __tablename__ = "operation_item"

    kind: Mapped[ItemKind] = mapped_column(short(24))
    subject: Mapped[str] = mapped_column(short(80), server_default="")
    detail: Mapped[str] = mapped_column(short(300), server_default="")
    times: Mapped[int] = mapped_column(server_default=text("1"))
    first_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    last_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(short(200), server_default="")

    __table_args__ = (
        belongs_to("done_by", "person"),
        CheckConstraint(ItemKind.check("kind"), name="kind"),
        Index(
            "uq_operation_item_open",
            "district_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("done_at IS NULL"),
        ),
    )


class ApiQuota(Model):
    """What the platform said was left of an API's calls today."""

    __tablename__ = "api_quota"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    appid: Mapped[str] = mapped_column(short(40), primary_key=True)
    path: Mapped[str] = mapped_column(short(80), primary_key=True)
    daily_limit: Mapped[int]
    used: Mapped[int]
    read_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class CallTurn(Model):
    """Who makes a call now of an API that has few left today, or nobody knows how many. A lease."""

    __tablename__ = "call_turn"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    appid: Mapped[str] = mapped_column(short(40), primary_key=True)
    path: Mapped[str] = mapped_column(short(80), primary_key=True)
    holder: Mapped[UUID] = mapped_column(primary_key=True)
    until: Mapped[datetime]


class AccountHealth(Model):
    """The last call of an account and its last refusal, kept by the worker."""

    __tablename__ = "account_health"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    appid: Mapped[str] = mapped_column(short(40), primary_key=True)
    called_at: Mapped[datetime]
    refused_at: Mapped[datetime | None]
    errcode: Mapped[int | None]
    path: Mapped[str | None] = mapped_column(short(80))
    rid: Mapped[str | None] = mapped_column(short(60))
    token_fetched_at: Mapped[datetime | None]
    token_expires_at: Mapped[datetime | None]
