"""Announcements with their recipients and receipts, the column, pictures among what is judged."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0032"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
JSONB = sa.dialects.postgresql.JSONB
CHANGED = "SELECT, INSERT, UPDATE, DELETE"
# Table → what the application's role may do.
TABLES = {
    "announcement": CHANGED,
    "announcement_file": "SELECT, INSERT, DELETE",
    "announcement_recipient": CHANGED,
    "announcement_nudge": "SELECT, INSERT, DELETE",
    "link_host": CHANGED,
    "column_article": CHANGED,
    "column_file": CHANGED,
}
ARTICLE_STATES = "'failed', 'finished', 'none', 'no_account', 'sent', 'waiting'"
SUBJECTS_BEFORE = "'evaluation', 'evaluation_answer'"
SUBJECTS = "'column', 'column_picture', 'evaluation', 'evaluation_answer'"


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
    name = "_".join(("uq", table, "district_id", *columns))
    return sa.UniqueConstraint("district_id", *columns, name=op.f(name))


def _moment(name: str, *, now: bool = False) -> sa.Column[Any]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not now)


def _text(name: str, length: int, *, default: str | None = None, nullable: bool = False) -> sa.Column[Any]:
    filled = sa.text(f"'{default}'") if default is not None else None
    return sa.Column(name, sa.String(length=length), server_default=filled, nullable=nullable)


def _edited() -> tuple[sa.Column[Any], ...]:
    version = sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    return version, _moment("created_at", now=True), _moment("updated_at", now=True)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.UUID(), nullable=nullable)


def upgrade() -> None:
    _announcements()
    _column()
    op.alter_column("moderation_item", "body", type_=sa.String(length=8000))
    op.add_column("moderation_item", _id("file_id", nullable=True))
    op.create_foreign_key(
        op.f("fk_moderation_item_district_id_file_id"), "moderation_item", "stored_file",
        ["district_id", "file_id"], ["district_id", "id"], ondelete="SET NULL (file_id)",
    )  # fmt: skip
    op.create_index(
        op.f("ix_moderation_item_district_id_trace_id"), "moderation_item", ["district_id", "trace_id"]
    )
    _subjects(SUBJECTS)
    for table, rights in TABLES.items():
        op.execute(f"GRANT {rights} ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")


def _announcements() -> None:
    op.create_table(
        "announcement",
        _text("title", 60),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("audience", JSONB(), nullable=False),
        _moment("send_at"),
        _text("state", 10),
        sa.Column("writers", JSONB(), nullable=False),
        _id("submitted_by", nullable=True),
        _moment("submitted_at"),
        _id("approved_by", nullable=True),
        _moment("approved_at"),
        _text("digest", 64, nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        _moment("cool_until"),
        _moment("started_at"),
        _moment("ended_at"),
        _text("reason", 200, default=""),
        _text("article_state", 10, default="none"),
        _text("media_id", 128, nullable=True),
        _text("msg_id", 40, nullable=True),
        sa.Column("article_counts", JSONB(), nullable=True),
        _text("article_reason", 120, default=""),
        *_edited(),
        *_keys("announcement"),
        _check("announcement", "state", "state IN ('cooling', 'done', 'draft', 'returned', 'sending', 'stopped', 'submitted')"),
        _check("announcement", "article_state", f"article_state IN ({ARTICLE_STATES})"),
        _check("announcement", "approved", "state NOT IN ('cooling', 'sending', 'done') OR (digest IS NOT NULL AND people > 0 AND cool_until IS NOT NULL)"),
        _of_district("announcement", "submitted_by", "person"),
        _of_district("announcement", "approved_by", "person"),
    )  # fmt: skip
    op.create_index(op.f("ix_announcement_district_id_msg_id"), "announcement", ["district_id", "msg_id"])
    op.create_index(
        "ix_announcement_going", "announcement", ["district_id", "cool_until"],
        postgresql_where=sa.text("state IN ('cooling', 'sending')"),
    )  # fmt: skip
    op.create_table(
        "announcement_file",
        _id("announcement_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        _id("file_id"),
        *_keys("announcement_file"),
        _check("announcement_file", "number", "number BETWEEN 1 AND 6"),
        _of_district("announcement_file", "announcement_id", "announcement", ondelete="CASCADE"),
        _of_district("announcement_file", "file_id", "stored_file", ondelete="CASCADE"),
        _unique("announcement_file", "announcement_id", "number"),
    )
    op.create_table(
        "announcement_recipient",
        _id("district_id"),
        _id("announcement_id"),
        _id("person_id"),
        _id("organization_id", nullable=True),
        _text("reach", 14, nullable=True),
        _moment("sent_at"),
        _moment("read_at"),
        _moment("nudged_at"),
        sa.PrimaryKeyConstraint("district_id", "announcement_id", "person_id", name=op.f("pk_announcement_recipient")),
        _check("announcement_recipient", "reach", "reach IN ('not_following', 'unbound', 'wechat')"),
        _of_district("announcement_recipient", "announcement_id", "announcement", ondelete="CASCADE"),
        _of_district("announcement_recipient", "person_id", "person"),
        _of_district("announcement_recipient", "organization_id", "organization"),
    )  # fmt: skip
    op.create_index(
        op.f("ix_announcement_recipient_district_id_person_id_sent_at"), "announcement_recipient",
        ["district_id", "person_id", "sent_at"],
    )  # fmt: skip
    op.create_table(
        "announcement_nudge",
        _id("announcement_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        _id("person_id", nullable=True),
        _moment("created_at", now=True),
        *_keys("announcement_nudge"),
        _check("announcement_nudge", "number", "number BETWEEN 1 AND 2"),
        _of_district("announcement_nudge", "announcement_id", "announcement", ondelete="CASCADE"),
        _of_district("announcement_nudge", "person_id", "person"),
        _unique("announcement_nudge", "announcement_id", "day", "number"),
    )
    op.create_table(
        "link_host",
        _text("host", 120),
        _id("created_by", nullable=True),
        _moment("created_at", now=True),
        *_keys("link_host"),
        _of_district("link_host", "created_by", "person"),
        _unique("link_host", "host"),
    )


def _column() -> None:
    op.create_table(
        "column_article",
        sa.Column("number", sa.Integer(), nullable=False),
        _text("rubric", 10),
        _text("title", 60),
        sa.Column("content", sa.Text(), nullable=False),
        _id("organization_id"),
        sa.Column("published_on", sa.Date(), nullable=True),
        _text("state", 10),
        sa.Column("writers", JSONB(), nullable=False),
        _id("text_id", nullable=True),
        _id("reviewed_by", nullable=True),
        _moment("reviewed_at"),
        _text("reason", 200, default=""),
        _text("article_state", 10, default="none"),
        _text("media_id", 128, nullable=True),
        _text("publish_id", 40, nullable=True),
        _text("article_url", 400, default=""),
        _text("article_reason", 120, default=""),
        *_edited(),
        *_keys("column_article"),
        _check("column_article", "state", "state IN ('draft', 'published', 'returned', 'submitted', 'withdrawn')"),
        _check("column_article", "rubric", "rubric IN ('courses', 'news', 'pupils', 'rules', 'teachers')"),
        _check("column_article", "article_state", f"article_state IN ({ARTICLE_STATES})"),
        _check("column_article", "published", "state <> 'published' OR published_on IS NOT NULL"),
        _of_district("column_article", "organization_id", "organization"),
        _of_district("column_article", "text_id", "moderation_item"),
        _of_district("column_article", "reviewed_by", "person"),
        _unique("column_article", "number"),
    )  # fmt: skip
    op.create_index(
        op.f("ix_column_article_district_id_state_published_on"), "column_article",
        ["district_id", "state", "published_on"],
    )  # fmt: skip
    op.create_index(op.f("ix_column_article_district_id_publish_id"), "column_article", ["district_id", "publish_id"])
    op.create_table(
        "column_file",
        _id("article_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        _id("file_id"),
        _id("item_id", nullable=True),
        *_keys("column_file"),
        _check("column_file", "number", "number BETWEEN 1 AND 6"),
        _of_district("column_file", "article_id", "column_article", ondelete="CASCADE"),
        _of_district("column_file", "file_id", "stored_file", ondelete="CASCADE"),
        _of_district("column_file", "item_id", "moderation_item"),
        _unique("column_file", "article_id", "number"),
    )


def _subjects(words: str) -> None:
    name = op.f("ck_moderation_item_subject")
    op.drop_constraint(name, "moderation_item", type_="check")
    op.create_check_constraint(name, "moderation_item", f"subject IN ({words})")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DELETE FROM moderation_item WHERE subject LIKE 'column%'")
    _subjects(SUBJECTS_BEFORE)
    op.drop_index(op.f("ix_moderation_item_district_id_trace_id"), table_name="moderation_item")
    op.drop_constraint(op.f("fk_moderation_item_district_id_file_id"), "moderation_item", type_="foreignkey")
    op.drop_column("moderation_item", "file_id")
    op.alter_column("moderation_item", "body", type_=sa.String(length=1000))
