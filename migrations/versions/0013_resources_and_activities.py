"""Applications and papers of units, mentors, course editions, copies of activities."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("unit_application", "paper", "mentor", "course_edition")
STATES = ("draft", "submitted", "returned", "approved", "published", "withdrawn")
COURSE_FIELDS = (("culture", 60), ("feature", 120), ("theme", 60), ("place", 60), ("leader", 60))


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_id", column],
        [f"{target}.district_id", f"{target}.id"],
        name=op.f(f"fk_{table}_district_id_{column}"),
    )


def tenant() -> list[sa.Column[Any]]:
    return [
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
    ]


def edited() -> list[sa.Column[Any]]:
    now = sa.text("now()")
    return [
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
            for name in ("created_at", "updated_at")
        ),
    ]


def upgrade() -> None:
    create_application()
    create_paper()
    create_mentor()
    create_edition()
    extend_tables()
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def create_application() -> None:
    op.create_table(
        "unit_application",
        *tenant(),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=60), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("organization_id", sa.UUID(), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        *edited(),
        sa.CheckConstraint(
            "kind IN ('association', 'company', 'institute', 'other', 'public_venue', 'school')",
            name=op.f("ck_unit_application_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('accepted', 'declined', 'pending')", name=op.f("ck_unit_application_state")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_unit_application_district_id")
        ),
        reference("unit_application", "organization_id", "organization"),
        reference("unit_application", "decided_by", "person"),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_unit_application")),
    )
    op.create_index(
        op.f("ix_unit_application_district_id_created_at"),
        "unit_application",
        ["district_id", "created_at"],
    )


def create_paper() -> None:
    op.create_table(
        "paper",
        *tenant(),
        sa.Column("organization_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        *edited(),
        sa.CheckConstraint(
            "kind IN ('agreement', 'insurance', 'other', 'safety_contact')",
            name=op.f("ck_paper_kind"),
        ),
        reference("paper", "organization_id", "organization"),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_paper")),
    )
    op.create_index(
        op.f("ix_paper_district_id_organization_id"), "paper", ["district_id", "organization_id"]
    )


def create_mentor() -> None:
    op.create_table(
        "mentor",
        *tenant(),
        sa.Column("organization_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("skills", sa.String(length=200), nullable=False),
        sa.Column("weekdays", postgresql.JSONB(), nullable=False),
        sa.Column("availability", sa.String(length=200), nullable=False),
        sa.Column("vetting", sa.String(length=10), nullable=False),
        sa.Column("vetting_note", sa.String(length=200), nullable=False),
        sa.Column("vetted_on", sa.Date(), nullable=True),
        sa.Column("vetted_by", sa.UUID(), nullable=True),
        *edited(),
        sa.CheckConstraint(
            "vetting IN ('passed', 'pending', 'refused')", name=op.f("ck_mentor_vetting")
        ),
        reference("mentor", "organization_id", "organization"),
        reference("mentor", "person_id", "person"),
        reference("mentor", "vetted_by", "person"),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_mentor")),
    )
    op.create_index(
        op.f("ix_mentor_district_id_organization_id"), "mentor", ["district_id", "organization_id"]
    )


def create_edition() -> None:
    op.create_table(
        "course_edition",
        *tenant(),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("entries", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("frozen_by", sa.UUID(), nullable=True),
        sa.Column(
            "frozen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_course_edition_district_id")
        ),
        reference("course_edition", "frozen_by", "person"),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_course_edition")),
        sa.UniqueConstraint(
            "district_id", "year", name=op.f("uq_course_edition_district_id_year")
        ),
    )


def extend_tables() -> None:
    for name, length in COURSE_FIELDS:
        op.add_column(
            "course", sa.Column(name, sa.String(length=length), server_default="", nullable=False)
        )
    for name in ("mentor_id", "copied_from", "copied_term"):
        op.add_column("activity", sa.Column(name, sa.UUID(), nullable=True))
    op.add_column("activity", sa.Column("consent_needed", sa.String(length=20), nullable=True))
    op.add_column(
        "activity",
        sa.Column("stalls", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    for column, target in (
        ("mentor_id", "mentor"),
        ("copied_from", "activity"),
        ("copied_term", "term"),
    ):
        op.create_foreign_key(
            op.f(f"fk_activity_district_id_{column}"),
            "activity",
            target,
            ["district_id", column],
            ["district_id", "id"],
        )
    op.create_unique_constraint(
        op.f("uq_activity_district_id_copied_from_copied_term"),
        "activity",
        ["district_id", "copied_from", "copied_term"],
    )
    op.create_check_constraint(
        op.f("ck_activity_consent_needed"),
        "activity",
        "consent_needed IN ('health_note', 'photo', 'pupil_wechat')",
    )
    states((*STATES, "archived"))


def states(names: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_activity_state"), "activity", type_="check")
    words = ", ".join(f"'{name}'" for name in names)
    op.create_check_constraint(op.f("ck_activity_state"), "activity", f"state IN ({words})")


def downgrade() -> None:
    # An archived activity is one that was taken off the list.
    op.execute("UPDATE activity SET state = 'withdrawn' WHERE state = 'archived'")
    states(STATES)
    for name in ("copied_term", "copied_from", "stalls", "consent_needed", "mentor_id"):
        op.drop_column("activity", name)
    for name, _ in COURSE_FIELDS:
        op.drop_column("course", name)
    for table in reversed(TABLES):
        op.drop_table(table)
