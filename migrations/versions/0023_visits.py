"""Schools' needs, offers to visit, invitations of mentors, their hours and certificates."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0023'
down_revision = "0022"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
CHANGED = ("school_need", "visit_offer", "mentor_invitation")
KEPT = ("service_correction", "thanks_certificate")
NOW = sa.text("now()")


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.UUID(), nullable=nullable)


def _text(name: str, length: int | None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length) if length else sa.Text(), nullable=False)


def _day(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=False)


def _moment(name: str, default: sa.TextClause | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=False)


def _number(name: str, default: str | None = None) -> sa.Column[Any]:
    text = sa.text(default) if default is not None else None
    return sa.Column(name, sa.Integer(), server_default=text, nullable=False)


def _belongs(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_district_id_{column}")
    return sa.ForeignKeyConstraint(
        ["district_id", column], [f"{other}.district_id", f"{other}.id"], name=name
    )


def _check(table: str, name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"ck_{table}_{name}"))


def _create(table: str, *parts: sa.schema.SchemaItem, edited: bool = True) -> None:
    more = [_number("version", "1"), _moment("created_at", NOW), _moment("updated_at", NOW)]
    op.create_table(
        table,
        _id("district_id"),
        _id("id"),
        *parts,
        *(more if edited else []),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f(f"pk_{table}")),
    )


def _index(name: str, table: str, *columns: str, unique: bool = False, where: str = "") -> None:
    only = sa.text(where) if where else None
    op.create_index(name, table, ["district_id", *columns], unique=unique, postgresql_where=only)


def _needs() -> None:
    table = "school_need"
    _create(
        table,
        _id("organization_id"),
        _text("title", 60),
        _text("topic", 200),
        _number("min_grade"),
        _number("max_grade"),
        _number("headcount"),
        _day("first_day"),
        _day("last_day"),
        sa.Column("weekdays", postgresql.JSONB(), nullable=False),
        _text("place", 200),
        _text("note", None),
        _day("open_until"),
        _text("state", 10),
        _text("reason", 200),
        _id("posted_by", nullable=True),
        sa.Column("class_ids", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        _number("reminded", "0"),
        _check(table, "state", "state IN ('lapsed', 'matched', 'open', 'withdrawn')"),
        _check(table, "grades", "min_grade <= max_grade"),
        _check(table, "days", "open_until <= last_day AND first_day <= last_day"),
        _check(table, "headcount", "headcount BETWEEN 1 AND 5000"),
        _belongs(table, "organization_id", "organization"),
        _belongs(table, "posted_by", "person"),
    )
    _index("ix_school_need_district_id_organization_id", table, "organization_id")
    _index("ix_school_need_open", table, where="state = 'open'")


def _offers() -> None:
    table = "visit_offer"
    states = "'accepted', 'cancelled', 'declined', 'made', 'withdrawn'"
    _create(
        table,
        _id("need_id"),
        _id("organization_id"),
        _id("mentor_id"),
        _moment("starts_at"),
        _moment("ends_at"),
        _text("brings", None),
        _text("state", 10),
        _text("reason", 200),
        _id("offered_by", nullable=True),
        _id("activity_id", nullable=True),
        _id("session_id", nullable=True),
        _check(table, "state", f"state IN ({states})"),
        _check(table, "times", "starts_at < ends_at"),
        _belongs(table, "need_id", "school_need"),
        _belongs(table, "organization_id", "organization"),
        _belongs(table, "mentor_id", "mentor"),
        _belongs(table, "offered_by", "person"),
        _belongs(table, "activity_id", "activity"),
        _belongs(table, "session_id", "session"),
    )
    _index("ix_visit_offer_district_id_organization_id", table, "organization_id")
    standing = "state IN ('made', 'accepted')"
    _index("uq_visit_offer_standing", table, "need_id", "mentor_id", unique=True, where=standing)
    _index("uq_visit_offer_accepted", table, "need_id", unique=True, where="state = 'accepted'")
    _index(
        "uq_visit_offer_session", table, "session_id", unique=True, where="session_id IS NOT NULL"
    )
    _index("ix_visit_offer_activity", table, "activity_id", where="activity_id IS NOT NULL")


def _invitations() -> None:
    table = "mentor_invitation"
    _create(
        table,
        _id("mentor_id"),
        _id("activity_id"),
        _id("organization_id"),
        _text("message", 200),
        _text("state", 10),
        _text("answer", 200),
        _id("asked_by", nullable=True),
        _id("answered_by", nullable=True),
        _check(table, "state", "state IN ('accepted', 'asked', 'declined', 'withdrawn')"),
        _belongs(table, "mentor_id", "mentor"),
        _belongs(table, "activity_id", "activity"),
        _belongs(table, "organization_id", "organization"),
        _belongs(table, "asked_by", "person"),
        _belongs(table, "answered_by", "person"),
    )
    _index("ix_mentor_invitation_district_id_activity_id", table, "activity_id")
    standing, both = "state IN ('asked', 'accepted')", ("mentor_id", "activity_id")
    _index("uq_mentor_invitation_standing", table, *both, unique=True, where=standing)


def _hours() -> None:
    table = "service_correction"
    _create(
        table,
        _id("mentor_id"),
        _number("school_year"),
        _number("minutes"),
        _text("reason", 200),
        _id("person_id", nullable=True),
        _moment("at", NOW),
        _check(table, "minutes", "minutes <> 0"),
        _belongs(table, "mentor_id", "mentor"),
        _belongs(table, "person_id", "person"),
        edited=False,
    )
    _index("ix_service_correction_district_id_mentor_id", table, "mentor_id")
    table = "thanks_certificate"
    once = ("district_id", "mentor_id", "school_year")
    _create(
        table,
        _id("mentor_id"),
        _number("school_year"),
        _text("number", 40),
        _moment("issued_at", NOW),
        _belongs(table, "mentor_id", "mentor"),
        sa.UniqueConstraint(*once, name=op.f(f"uq_{table}_{'_'.join(once)}")),
        sa.UniqueConstraint("district_id", "number", name=op.f(f"uq_{table}_district_id_number")),
        edited=False,
    )


def upgrade() -> None:
    for create in (_needs, _offers, _invitations, _hours):
        create()
    for table in (*CHANGED, *KEPT):
        rights = "SELECT, INSERT, UPDATE" if table in CHANGED else "SELECT, INSERT"
        op.execute(f"GRANT {rights} ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def downgrade() -> None:
    for table in reversed((*CHANGED, *KEPT)):
        op.drop_table(table)
