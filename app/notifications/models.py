"""Tables of notifications and deliveries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, Tenant, belongs_to, short
from app.notifications.kinds import DeliveryState


class Notification(Tenant, Model):
    """One message to one person about one fact; also the line in the in-app inbox.

    `told_at`: no way reached the family, and somebody has told it by telephone or in person.
    """

    __tablename__ = "notification"

    person_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(short(40))
    fact_key: Mapped[str] = mapped_column(short(120))
    fields: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    read_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    told_by: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("told_by", "person"),
        UniqueConstraint("district_id", "person_id", "kind", "fact_key"),
    )


class Delivery(Tenant, Model):
    """One message on its way. Its id is the `client_msg_id` the platform de-duplicates by.

    `channel` is the way it took (`channels.kinds.Way`), `wechat` before one was chosen. With
    `burst` above 1 it speaks for others, which name it in `merged_into`.
    """

    __tablename__ = "delivery"

    notification_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(short(20))
    state: Mapped[DeliveryState] = mapped_column(short(14), default=DeliveryState.PENDING)
    reason: Mapped[str | None] = mapped_column(short(120))
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    first_attempt_at: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    lease_until: Mapped[datetime | None]
    platform_id: Mapped[str | None] = mapped_column(short(40))
    rid: Mapped[str | None] = mapped_column(short(60))
    burst: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    merged_into: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("notification_id", "notification"),
        CheckConstraint(DeliveryState.check("state"), name="state"),
        Index(
            "ix_delivery_due",
            "due_at",
            postgresql_where=text("state IN ('pending', 'leased')"),
        ),
        Index(None, "platform_id"),
        Index(None, "district_id", "notification_id"),
        Index(None, "district_id", "state"),
    )


class NotificationPreference(Model):
    """What a person wants: kinds not sent to the phone, and whether the night is quiet.

    What is muted still stands in the in-app inbox.
    """

    __tablename__ = "notification_preference"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    muted: Mapped[list[str]] = mapped_column(ARRAY(short(40)), server_default=text("'{}'"))
    quiet: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (belongs_to("person_id", "person"),)


class SubscriptionGrant(Tenant, Model):
    """One tap of a person: one message of this kind may be sent, once.

    The phone's own report and the platform's event about one tap are one row (`reported`, `pushed`).
    `used_at` without a delivery: void, because the person took it back or the platform refused.
    """

    __tablename__ = "subscription_grant"

    person_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(short(40))
    account: Mapped[str] = mapped_column(short(20))
    openid: Mapped[str] = mapped_column(short(64))
    reported: Mapped[bool] = mapped_column(server_default=text("false"))
    pushed: Mapped[bool] = mapped_column(server_default=text("false"))
    granted_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    used_at: Mapped[datetime | None]
    delivery_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        Index(
            "ix_subscription_grant_free",
            "district_id",
            "person_id",
            "kind",
            postgresql_where=text("used_at IS NULL"),
        ),
    )


class EarlyReport(Model):
    """The platform's report on a message whose sending we have not recorded yet.

    It comes within milliseconds of the call; the delivery loop matches it in
    its next round. What matches nothing is forgotten after a day.
    """

    __tablename__ = "early_report"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    platform_id: Mapped[str] = mapped_column(short(40), primary_key=True)
    state: Mapped[DeliveryState] = mapped_column(short(14))
    reason: Mapped[str | None] = mapped_column(short(120))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
