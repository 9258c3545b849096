"""The worker's own table; queue tables belong to PgQueuer."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, short


class Heartbeat(Model):
    """When a background loop last went round; older than a minute means: the worker stands still."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(short(60), primary_key=True)
    beat_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
