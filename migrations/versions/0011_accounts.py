"""Staff accounts: second factors, invitations, log-in by scanning, keys of programs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("second_factor", "invitation", "scan_login", "api_key")
NOW = sa.text("now()")


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.UUID(), nullable=nullable)


def _time(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column[object]:
    default = NOW if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def _digest(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=64), nullable=False)


def _belongs(owner: str, column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_id", column],
        [f"{table}.district_id", f"{table}.id"],
        name=op.f(f"fk_{owner}_district_id_{column}"),
    )


def _keys(table: str, *unique: str) -> tuple[sa.Constraint, ...]:
    columns = ("district_id", *unique)
    return (
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}")),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def upgrade() -> None:
    op.add_column("login_session", _time("seen_at", now=True))
    op.add_column(
        "login_session",
        sa.Column("proof", sa.String(length=10), server_default="password", nullable=False),
    )
    op.add_column("login_session", _time("proved_at", nullable=True))
    op.create_check_constraint(
        op.f("ck_login_session_proof"), "login_session", "proof IN ('password', 'totp', 'wechat')"
    )
    op.create_table(
        "second_factor",
        _id("district_id"),
        _id("id"),
        _id("person_id"),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        _time("confirmed_at", nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "recovery", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        _belongs("second_factor", "person_id", "person"),
        *_keys("second_factor", "person_id"),
    )
    op.create_table(
        "invitation",
        _id("district_id"),
        _id("id"),
        _id("person_id"),
        _id("issued_by", nullable=True),
        _digest("token_digest"),
        sa.Column("resets_factor", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _time("created_at", now=True),
        _time("expires_at"),
        _time("used_at", nullable=True),
        _belongs("invitation", "person_id", "person"),
        _belongs("invitation", "issued_by", "person"),
        *_keys("invitation", "token_digest"),
    )
    _index("invitation", "token_digest")
    _index("invitation", "district_id", "person_id")
    _create_scan_login()
    _create_api_key()
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def _create_scan_login() -> None:
    op.create_table(
        "scan_login",
        _id("district_id"),
        _id("id"),
        _digest("scene_digest"),
        _digest("browser_digest"),
        sa.Column("code", sa.String(length=4), nullable=False),
        _id("person_id", nullable=True),
        _time("expires_at"),
        _time("used_at", nullable=True),
        _belongs("scan_login", "person_id", "person"),
        *_keys("scan_login", "scene_digest"),
    )
    _index("scan_login", "browser_digest")


def _create_api_key() -> None:
    op.create_table(
        "api_key",
        _id("district_id"),
        _id("id"),
        sa.Column("name", sa.String(length=60), nullable=False),
        _digest("key_digest"),
        _id("person_id"),
        _id("organization_id", nullable=True),
        sa.Column("permissions", postgresql.JSONB(), nullable=False),
        _time("created_at", now=True),
        _time("expires_at"),
        _time("last_used_at", nullable=True),
        _time("revoked_at", nullable=True),
        _belongs("api_key", "person_id", "person"),
        _belongs("api_key", "organization_id", "organization"),
        *_keys("api_key", "key_digest"),
    )
    _index("api_key", "key_digest")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_login_session_proof"), "login_session")
    for column in ("proved_at", "proof", "seen_at"):
        op.drop_column("login_session", column)
