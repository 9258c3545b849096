"""reports of backups and drills"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upkeep_report",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('backup', 'drill')", name=op.f("ck_upkeep_report_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upkeep_report")),
    )
    op.create_index(
        op.f("ix_upkeep_report_kind_started_at"), "upkeep_report", ["kind", "started_at"]
    )
    # Requests read it; only the installation itself, as owner, writes it.
    op.execute("GRANT SELECT ON upkeep_report TO wuchuang_app")


def downgrade() -> None:
    op.drop_table("upkeep_report")
