"""Evaluations of both sides, the unit's answer, low scores; texts that are judged before anybody reads them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = "0026"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
JSONB = sa.dialects.postgresql.JSONB
TABLES = {
    "moderation_item": "SELECT, INSERT, UPDATE",
    "moderation_word": "SELECT, INSERT, UPDATE, DELETE",
    "evaluation": "SELECT, INSERT, UPDATE",
    "evaluation_answer": "SELECT, INSERT",
    "evaluation_alert": "SELECT, INSERT, UPDATE",
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


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _later(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _person(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.UUID(), nullable=True)


def upgrade() -> None:
    op.create_table(
        "moderation_item",
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        _person("author_id"),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.String(length=1000), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=True),
        _later("check_until"),
        _moment("created_at"),
        _later("settled_at"),
        _person("settled_by"),
        *_keys("moderation_item"),
        sa.CheckConstraint("subject IN ('evaluation', 'evaluation_answer')", name=op.f("ck_moderation_item_subject")),
        sa.CheckConstraint("state IN ('passed', 'person', 'refused', 'waiting')", name=op.f("ck_moderation_item_state")),
        sa.CheckConstraint("(body IS NULL) = (settled_at IS NOT NULL)", name=op.f("ck_moderation_item_body")),
        _of_district("moderation_item", "author_id", "person"),
        _of_district("moderation_item", "settled_by", "person"),
    )
    op.create_index(op.f("ix_moderation_item_district_id_subject_subject_id"), "moderation_item", ["district_id", "subject", "subject_id"])
    op.create_index("ix_moderation_item_open", "moderation_item", ["district_id", "id"], postgresql_where=sa.text("settled_at IS NULL"))
    op.create_table(
        "moderation_word",
        sa.Column("word", sa.String(length=20), nullable=False),
        sa.Column("effect", sa.String(length=6), nullable=False),
        _person("created_by"),
        _moment("created_at"),
        *_keys("moderation_word"),
        sa.CheckConstraint("effect IN ('look', 'refuse')", name=op.f("ck_moderation_word_effect")),
        _of_district("moderation_word", "created_by", "person"),
        sa.UniqueConstraint("district_id", "word", name=op.f("uq_moderation_word_district_id_word")),
    )
    op.create_table(
        "evaluation",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        _person("pupil_id"),
        sa.Column("class_id", sa.UUID(), nullable=True),
        _person("person_id"),
        sa.Column("scores", JSONB(), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("text_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        *_keys("evaluation"),
        sa.CheckConstraint("side IN ('pupil', 'teacher', 'unit')", name=op.f("ck_evaluation_side")),
        _of_district("evaluation", "session_id", "session"),
        _of_district("evaluation", "pupil_id", "person"),
        _of_district("evaluation", "class_id", "school_class"),
        _of_district("evaluation", "person_id", "person"),
        _of_district("evaluation", "text_id", "moderation_item"),
    )
    for side, column in (("pupil", "pupil_id"), ("teacher", "person_id"), ("unit", "class_id")):
        op.create_index(
            f"uq_evaluation_{side}",
            "evaluation",
            ["district_id", "session_id", column],
            unique=True,
            postgresql_where=sa.text(f"side = '{side}'"),
        )
    op.create_index(op.f("ix_evaluation_district_id_pupil_id"), "evaluation", ["district_id", "pupil_id"])
    op.create_table(
        "evaluation_answer",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("text_id", sa.UUID(), nullable=True),
        _person("person_id"),
        _moment("at"),
        *_keys("evaluation_answer"),
        _of_district("evaluation_answer", "session_id", "session"),
        _of_district("evaluation_answer", "text_id", "moderation_item"),
        _of_district("evaluation_answer", "person_id", "person"),
        sa.UniqueConstraint("district_id", "session_id", name=op.f("uq_evaluation_answer_district_id_session_id")),
    )
    op.create_table(
        "evaluation_alert",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("evaluation_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        _moment("at"),
        sa.Column("note", sa.String(length=200), nullable=False),
        _later("settled_at"),
        _person("settled_by"),
        *_keys("evaluation_alert"),
        _of_district("evaluation_alert", "session_id", "session"),
        _of_district("evaluation_alert", "evaluation_id", "evaluation", ondelete="CASCADE"),
        _of_district("evaluation_alert", "settled_by", "person"),
        sa.UniqueConstraint("district_id", "evaluation_id", name=op.f("uq_evaluation_alert_district_id_evaluation_id")),
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
