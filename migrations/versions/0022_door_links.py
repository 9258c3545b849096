"""A volunteer's way to one session's door; ledger lines know their own moment inside a transaction."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = "0021"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "door_link",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("pin_digest", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("device_digest", sa.String(length=64), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "made_by"],
            ["person.district_id", "person.id"],
            name=op.f("fk_door_link_district_id_made_by"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "session_id"],
            ["session.district_id", "session.id"],
            name=op.f("fk_door_link_district_id_session_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_door_link")),
        sa.UniqueConstraint("district_id", "device_digest", name=op.f("uq_door_link_district_id_device_digest")),
        sa.UniqueConstraint("district_id", "token_digest", name=op.f("uq_door_link_district_id_token_digest")),
    )
    op.create_index(op.f("ix_door_link_device_digest"), "door_link", ["device_digest"])
    op.create_index(op.f("ix_door_link_token_digest"), "door_link", ["token_digest"])
    op.create_index(op.f("ix_door_link_district_id_session_id"), "door_link", ["district_id", "session_id"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON door_link TO wuchuang_app")
    op.execute("ALTER TABLE door_link ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE door_link FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON door_link TO wuchuang_app USING (district_id = {MINE})")
    op.execute("CREATE POLICY system ON door_link TO CURRENT_USER USING (true)")
    # One upload brings a line, the line that takes it back and the next one in one transaction.
    op.alter_column("scan", "received_at", server_default=sa.text("clock_timestamp()"))


def downgrade() -> None:
    op.alter_column("scan", "received_at", server_default=sa.text("now()"))
    op.drop_table("door_link")
