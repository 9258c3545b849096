"""Families' requests, proofs of deletion, incidents."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("data_request", "deletion_proof", "incident")
NOW = sa.text("now()")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    default = None if nullable else NOW
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=default, nullable=nullable
    )


def _edited() -> list[sa.Column[Any]]:
    version = sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    return [version, _moment("created_at"), _moment("updated_at")]


def _text(name: str, length: int, *, empty: bool = False) -> sa.Column[Any]:
    default = "" if empty else None
    return sa.Column(name, sa.String(length=length), server_default=default, nullable=False)


def _keys(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.create_table(
        "data_request",
        *_keys("data_request"),
        sa.Column("pupil_id", sa.UUID(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        _text("kind", 10),
        _text("state", 10),
        _text("note", 200, empty=True),
        _text("answer", 200, empty=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        _moment("settled_at", nullable=True),
        sa.Column("settled_by", sa.UUID(), nullable=True),
        _text("receipt", 40),
        sa.Column(
            "counts", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        *_edited(),
        sa.CheckConstraint("kind IN ('correct', 'erase')", name=op.f("ck_data_request_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'declined', 'withdrawn')",
            name=op.f("ck_data_request_state"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["district_id", column],
                ["person.district_id", "person.id"],
                name=op.f(f"fk_data_request_district_id_{column}"),
            )
            for column in ("pupil_id", "asked_by", "settled_by")
        ),
    )
    op.create_index(
        "uq_data_request_open_erasure",
        "data_request",
        ["district_id", "pupil_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open' AND kind = 'erase'"),
    )
    op.create_index(
        op.f("ix_data_request_district_id_pupil_id"), "data_request", ["district_id", "pupil_id"]
    )
    op.create_index(op.f("ix_data_request_receipt"), "data_request", ["receipt"])
    op.create_table(
        "deletion_proof",
        *_keys("deletion_proof"),
        _text("data_class", 40),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        _text("digest", 64),
        _moment("at"),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_deletion_proof_district_id")
        ),
    )
    op.create_index(
        op.f("ix_deletion_proof_district_id_at"), "deletion_proof", ["district_id", "at"]
    )
    op.create_table(
        "incident",
        *_keys("incident"),
        sa.Column("happened_on", sa.Date(), nullable=False),
        _text("title", 60),
        _text("what", 2000),
        sa.Column("affected", sa.Integer(), nullable=False),
        _text("measures", 2000, empty=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("families_told_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        *_edited(),
        sa.CheckConstraint("affected >= 0", name=op.f("ck_incident_affected")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_incident_district_id")
        ),
        sa.UniqueConstraint(
            "district_id",
            "happened_on",
            "title",
            name=op.f("uq_incident_district_id_happened_on_title"),
        ),
    )
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
