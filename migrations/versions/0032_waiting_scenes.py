"""Posters that phones nobody knows have scanned."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0029"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "waiting_scene",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("phone_digest", sa.String(length=64), nullable=False),
        sa.Column("scene", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "phone_digest", name=op.f("pk_waiting_scene")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON waiting_scene TO wuchuang_app")
    op.execute("ALTER TABLE waiting_scene ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE waiting_scene FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON waiting_scene TO wuchuang_app USING (district_id = {MINE})")
    op.execute("CREATE POLICY system ON waiting_scene TO CURRENT_USER USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.drop_table("waiting_scene")
