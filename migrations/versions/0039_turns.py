"""Workers take turns: at telling an account's tags, and at calls of which few are left today."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0034_reach"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"


def upgrade() -> None:
    op.add_column("channel_account", sa.Column("tag_turn", sa.UUID()))
    op.add_column("channel_account", sa.Column("tag_turn_until", sa.DateTime(timezone=True)))
    op.create_table(
        "call_turn",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("appid", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("holder", sa.UUID(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_call_turn_district_id")),
        sa.PrimaryKeyConstraint("district_id", "appid", "path", "holder", name=op.f("pk_call_turn")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON call_turn TO wuchuang_app")
    op.execute("ALTER TABLE call_turn ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE call_turn FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON call_turn TO wuchuang_app USING (district_id = {MINE})")
    op.execute("CREATE POLICY system ON call_turn TO CURRENT_USER USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.drop_table("call_turn")
    op.drop_column("channel_account", "tag_turn_until")
    op.drop_column("channel_account", "tag_turn")
