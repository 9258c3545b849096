"""An activity's own questions, a guardian's yes to a booking, brothers and sisters in one queue place."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0018'
down_revision = "0017"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("activity_field", "booking_consent", "booking_answer")
OLD_PURPOSES = "'health_note', 'photo', 'pupil_wechat'"
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "activity_field",
        sa.Column("activity_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("hint", sa.String(length=60), nullable=False),
        sa.Column("options", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('choice', 'number', 'text', 'yes_no')", name=op.f("ck_activity_field_kind")
        ),
        sa.CheckConstraint("number BETWEEN 1 AND 8", name=op.f("ck_activity_field_number")),
        _belongs("activity_field", "activity_id", "activity", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_activity_field")),
        sa.UniqueConstraint(
            "district_id",
            "activity_id",
            "number",
            name=op.f("uq_activity_field_district_id_activity_id_number"),
        ),
    )
    op.create_table(
        "booking_consent",
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("guardian_id", sa.UUID(), nullable=False),
        sa.Column("said", sa.String(length=3), nullable=False),
        sa.Column("sentence", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.UUID(), nullable=True),
        sa.Column("words_hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("said IN ('no', 'yes')", name=op.f("ck_booking_consent_said")),
        _belongs("booking_consent", "booking_id", "booking"),
        _belongs("booking_consent", "guardian_id", "person"),
        _belongs("booking_consent", "text_id", "consent_text"),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_booking_consent")),
    )
    op.create_index(
        op.f("ix_booking_consent_district_id_booking_id"),
        "booking_consent",
        ["district_id", "booking_id"],
    )
    op.create_table(
        "booking_answer",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("field_id", sa.UUID(), nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        _belongs("booking_answer", "booking_id", "booking"),
        _belongs("booking_answer", "field_id", "activity_field"),
        sa.PrimaryKeyConstraint(
            "district_id", "booking_id", "field_id", name=op.f("pk_booking_answer")
        ),
    )
    op.add_column("booking", sa.Column("group_id", sa.UUID(), nullable=True))
    op.add_column(
        "booking", sa.Column("consent_asked_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "booking",
        sa.Column("consent_reminded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_booking_group",
        "booking",
        ["district_id", "group_id"],
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_index(
        "ix_booking_consent",
        "booking",
        ["district_id", "session_id"],
        postgresql_where=sa.text("consent_asked_at IS NOT NULL"),
    )
    _purposes(f"{OLD_PURPOSES}, 'visit'")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def _belongs(
    table: str, column: str, other: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_id", column],
        [f"{other}.district_id", f"{other}.id"],
        name=op.f(f"fk_{table}_district_id_{column}"),
        ondelete=ondelete,
    )


def _purposes(purposes: str) -> None:
    for table, column in (("consent_text", "purpose"), ("activity", "consent_needed")):
        name = op.f(f"ck_{table}_{column}")
        op.drop_constraint(name, table)
        op.create_check_constraint(name, table, f"{column} IN ({purposes})")


def downgrade() -> None:
    # The older program knows no yes to a visit: who needs one then books without it.
    op.execute("UPDATE activity SET consent_needed = NULL WHERE consent_needed = 'visit'")
    op.drop_table("booking_answer")
    op.drop_table("booking_consent")
    op.execute(
        "DELETE FROM consent WHERE text_id IN (SELECT id FROM consent_text WHERE purpose = 'visit')"
    )
    op.execute("DELETE FROM consent_text WHERE purpose = 'visit'")
    _purposes(OLD_PURPOSES)
    op.drop_index("ix_booking_consent", table_name="booking")
    op.drop_index("ix_booking_group", table_name="booking")
    for column in ("consent_reminded", "consent_asked_at", "group_id"):
        op.drop_column("booking", column)
    op.drop_table("activity_field")
