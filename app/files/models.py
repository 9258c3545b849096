"""Tables of uploaded files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.files.kinds import Media
from app.kit.db import Model, Tenant, belongs_to, short


class StoredFile(Tenant, Model):
    """A cleaned upload. What it belongs to points here; `name` is for people only, never a path."""

    __tablename__ = "stored_file"

    name: Mapped[str] = mapped_column(short(80))
    media: Mapped[Media] = mapped_column(short(20))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(short(64))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        belongs_to("created_by", "person"),
        CheckConstraint(Media.check("media"), name="media"),
    )


class StoredContent(Model):
    """The bytes, apart, so that lists stay light. In the database: backed up, walled and erased with it."""

    __tablename__ = "stored_content"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "file_id"],
            ["stored_file.district_id", "stored_file.id"],
            ondelete="CASCADE",
        ),
    )
