"""Families that ask the class teacher to confirm them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLE = "guardian_request"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code_id", sa.UUID(), nullable=False),
        sa.Column("pupil_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("issuer", sa.String(length=40), nullable=True),
        sa.Column("openid", sa.String(length=80), nullable=True),
        sa.Column("typed_name", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        sa.CheckConstraint(
            "state IN ('approved', 'declined', 'pending', 'withdrawn')",
            name=op.f("ck_guardian_request_state"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["district_id", column],
                [f"{table}.district_id", f"{table}.id"],
                name=op.f(f"fk_guardian_request_district_id_{column}"),
            )
            for column, table in (
                ("code_id", "binding_code"),
                ("pupil_id", "person"),
                ("person_id", "person"),
                ("decided_by", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_guardian_request")),
    )
    op.create_index(
        "uq_guardian_request_open",
        TABLE,
        ["district_id", "code_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("ix_guardian_request_district_id_pupil_id"), TABLE, ["district_id", "pupil_id"]
    )
    op.create_index(
        op.f("ix_binding_code_district_id_pupil_id"), "binding_code", ["district_id", "pupil_id"]
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLE} TO wuchuang_app")
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {TABLE} TO wuchuang_app USING (district_id = {MINE})")
    op.execute(f"CREATE POLICY system ON {TABLE} TO CURRENT_USER USING (true)")


def downgrade() -> None:
    op.drop_index(op.f("ix_binding_code_district_id_pupil_id"), table_name="binding_code")
    op.drop_table(TABLE)
