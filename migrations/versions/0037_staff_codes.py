"""How a member of staff becomes known in WeChat."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLE = "staff_code"
MINE = "nullif(current_setting('app.district', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_staff_code_district_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_staff_code")),
        sa.UniqueConstraint(
            "district_id", "person_id", name=op.f("uq_staff_code_district_id_person_id")
        ),
        sa.UniqueConstraint(
            "district_id", "code_digest", name=op.f("uq_staff_code_district_id_code_digest")
        ),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLE} TO wuchuang_app")
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {TABLE} TO wuchuang_app USING (district_id = {MINE})")
    op.execute(f"CREATE POLICY system ON {TABLE} TO CURRENT_USER USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.drop_table(TABLE)
