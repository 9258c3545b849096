"""Tables of notifications and deliveries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, Tenant, belongs_to, short
from app.notifications.kinds import DeliveryState


class Notification(Tenant, Model):
    """One message to one person about one fact; also the line in the in-app inbox."""

    __tablename__ = "notification"

    person_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(short(40))
    fact_key: Mapped[str] = mapped_column(short(120))
    fields: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    read_at: Mapped[datetime | None]

    __table_args__ = (
        belongs_to("person_id", "person"),
        UniqueConstraint("district_id", "person_id", "kind", "fact_key"),
    )


class Delivery(Tenant, Model):
    """One attempt over one channel. Its id is the `client_msg_id` the platform de-duplicates by."""

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
