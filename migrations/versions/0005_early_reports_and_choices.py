"""Reports that overtake our own record, and the children a question at the door offered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "early_report",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("platform_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("district_id", "platform_id", name=op.f("pk_early_report")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON early_report TO wuchuang_app")
    op.execute("ALTER TABLE early_report ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE early_report FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON early_report TO wuchuang_app USING (district_id = {MINE})")
    op.execute("CREATE POLICY system ON early_report TO CURRENT_USER USING (true)")
    op.add_column("scan", sa.Column("offered", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("scan", "offered")
    op.drop_table("early_report")
