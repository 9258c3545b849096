"""Days off, contacts, saved filters, who granted a role, and the yearly move."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("term_day", "contact", "saved_filter")


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_id", column],
        [f"{target}.district_id", f"{target}.id"],
        name=op.f(f"fk_{table}_district_id_{column}"),
    )


def upgrade() -> None:
    create_term_day()
    create_contact()
    create_saved_filter()
    extend_tables()
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def create_term_day() -> None:
    op.create_table(
        "term_day",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.CheckConstraint("kind IN ('holiday', 'makeup')", name=op.f("ck_term_day_kind")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_term_day_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_term_day")),
        sa.UniqueConstraint("district_id", "day", name=op.f("uq_term_day_district_id_day")),
    )


def create_contact() -> None:
    op.create_table(
        "contact",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("organization_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("deputy_id", sa.UUID(), nullable=True),
        sa.Column("position", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        sa.CheckConstraint("deputy_id <> person_id", name=op.f("ck_contact_deputy")),
        reference("contact", "organization_id", "organization"),
        reference("contact", "person_id", "person"),
        reference("contact", "deputy_id", "person"),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_contact")),
    )
    op.create_index(
        "uq_contact_open",
        "contact",
        ["district_id", "organization_id"],
        unique=True,
        postgresql_where=sa.text("ends_on IS NULL"),
    )
    op.create_index(
        op.f("ix_contact_district_id_organization_id"), "contact", ["district_id", "organization_id"]
    )


def create_saved_filter() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("screen", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=800), nullable=False),
        reference("saved_filter", "person_id", "person"),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint(
            "district_id",
            "person_id",
            "screen",
            "name",
            name=op.f("uq_saved_filter_district_id_person_id_screen_name"),
        ),
    )


def extend_tables() -> None:
    op.add_column("role_grant", sa.Column("granted_by", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_role_grant_district_id_granted_by"),
        "role_grant",
        "person",
        ["district_id", "granted_by"],
        ["district_id", "id"],
    )
    op.add_column("headcount", sa.Column("local_pupils", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_headcount_local_pupils"), "headcount", "local_pupils <= pupils"
    )
    op.add_column(
        "roster_import",
        sa.Column("kind", sa.String(length=10), server_default="roster", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_roster_import_kind"), "roster_import", "kind IN ('promotion', 'roster')"
    )
    op.create_index(
        "uq_roster_import_promotion",
        "roster_import",
        ["district_id", "organization_id", "school_year"],
        unique=True,
        postgresql_where=sa.text("kind = 'promotion' AND state = 'applied'"),
    )


def downgrade() -> None:
    op.drop_index("uq_roster_import_promotion", table_name="roster_import")
    # A yearly move of this version would look like a roster of the earlier one.
    op.execute("DELETE FROM roster_import WHERE kind = 'promotion'")
    op.drop_column("roster_import", "kind")
    op.drop_column("headcount", "local_pupils")
    op.drop_column("role_grant", "granted_by")
    op.drop_table("saved_filter")
    op.drop_table("contact")
    op.drop_table("term_day")
