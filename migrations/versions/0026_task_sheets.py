"""Task sheets: the unit's, what children hand in, the teacher's judgement, and what the passport knows of it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = "0025"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
JSONB = sa.dialects.postgresql.JSONB
# Table → what the application's role may do: judgements are only ever added (and erased with the child).
TABLES = {
    "task_sheet": "SELECT, INSERT, UPDATE, DELETE",
    "sheet_code": "SELECT, INSERT, DELETE",
    "task_submission": "SELECT, INSERT, UPDATE, DELETE",
    "submission_picture": "SELECT, INSERT, DELETE",
    "sheet_review": "SELECT, INSERT, DELETE",
    "comment_phrase": "SELECT, INSERT, DELETE",
    "sheet_credit": "SELECT, INSERT, UPDATE",
}


def _of_district(table: str, column: str, target: str, **more: Any) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_id", column],
        [f"{target}.district_id", f"{target}.id"],
        name=op.f(f"fk_{table}_district_id_{column}"),
        **more,
    )


def _keys(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f(f"pk_{table}")),
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("district_id", *columns, name=op.f(f"uq_{table}_{'_'.join(('district_id', *columns))}"))


def _moment(name: str, default: str = "now()") -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text(default), nullable=False)


def upgrade() -> None:
    op.create_table(
        "task_sheet",
        sa.Column("activity_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("instructions", sa.String(length=1000), nullable=False),
        sa.Column("questions", JSONB(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Boolean(), nullable=False),
        sa.Column("file_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        *_keys("task_sheet"),
        sa.CheckConstraint("due_days BETWEEN 0 AND 60", name=op.f("ck_task_sheet_due_days")),
        _of_district("task_sheet", "activity_id", "activity"),
        _of_district("task_sheet", "file_id", "stored_file"),
        _unique("task_sheet", "activity_id"),
    )
    op.create_table(
        "sheet_code",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("pupil_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        *_keys("sheet_code"),
        _of_district("sheet_code", "session_id", "session"),
        _of_district("sheet_code", "pupil_id", "person"),
        _unique("sheet_code", "session_id", "pupil_id"),
        _unique("sheet_code", "code"),
    )
    op.create_table(
        "task_submission",
        sa.Column("task_sheet_id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("pupil_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", JSONB(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("submitted_by", sa.UUID(), nullable=True),
        _moment("submitted_at"),
        *_keys("task_submission"),
        sa.CheckConstraint("state IN ('excellent', 'passed', 'returned', 'submitted')", name=op.f("ck_task_submission_state")),
        sa.CheckConstraint("number BETWEEN 1 AND 10", name=op.f("ck_task_submission_number")),
        _of_district("task_submission", "task_sheet_id", "task_sheet"),
        _of_district("task_submission", "session_id", "session"),
        _of_district("task_submission", "pupil_id", "person"),
        _of_district("task_submission", "submitted_by", "person"),
        _unique("task_submission", "session_id", "pupil_id", "number"),
    )
    op.create_index(op.f("ix_task_submission_district_id_pupil_id"), "task_submission", ["district_id", "pupil_id"])
    op.create_table(
        "submission_picture",
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.UUID(), nullable=False),
        *_keys("submission_picture"),
        sa.CheckConstraint("number BETWEEN 1 AND 6", name=op.f("ck_submission_picture_number")),
        _of_district("submission_picture", "submission_id", "task_submission", ondelete="CASCADE"),
        _of_district("submission_picture", "file_id", "stored_file", ondelete="CASCADE"),
        _unique("submission_picture", "submission_id", "number"),
    )
    op.create_index(op.f("ix_submission_picture_district_id_file_id"), "submission_picture", ["district_id", "file_id"])
    op.create_table(
        "sheet_review",
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("comment", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        _moment("at", "clock_timestamp()"),
        *_keys("sheet_review"),
        sa.CheckConstraint("verdict IN ('excellent', 'passed', 'returned')", name=op.f("ck_sheet_review_verdict")),
        _of_district("sheet_review", "submission_id", "task_submission", ondelete="CASCADE"),
        _of_district("sheet_review", "person_id", "person"),
    )
    op.create_index(op.f("ix_sheet_review_district_id_submission_id"), "sheet_review", ["district_id", "submission_id"])
    op.create_table(
        "comment_phrase",
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("words", sa.String(length=100), nullable=False),
        _moment("created_at"),
        *_keys("comment_phrase"),
        _of_district("comment_phrase", "person_id", "person"),
        _unique("comment_phrase", "person_id", "words"),
    )
    op.create_table(
        "sheet_credit",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("pupil_id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        _moment("changed_at"),
        sa.PrimaryKeyConstraint("district_id", "pupil_id", "session_id", name=op.f("pk_sheet_credit")),
        _of_district("sheet_credit", "pupil_id", "person"),
        _of_district("sheet_credit", "session_id", "session"),
    )
    for table, rights in TABLES.items():
        op.execute(f"GRANT {rights} ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
