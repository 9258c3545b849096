"""Row-level security: the second wall between districts.

Requests and jobs run as the role `wuchuang_app` with `app.district` set for
their transaction only. That role sees and writes one district and can never
change history. Work across districts (finding out who a login is, claiming
deliveries, migrations, backups) runs as the role that owns the tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROLE = "wuchuang_app"
MINE = "nullif(current_setting('app.district', true), '')::uuid"
APPEND_ONLY = ("audit_entry", "audit_seal", "scan")
SYSTEM_ONLY = ("access_token", "alembic_version")

MAKE_ROLE = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN
    CREATE ROLE {ROLE} NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
TENANT_TABLES = """
SELECT c.table_name FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND c.column_name = 'district_id' AND t.table_type = 'BASE TABLE'
ORDER BY c.table_name
"""


def tenant_tables() -> list[str]:
    return list(op.get_bind().execute(sa.text(TENANT_TABLES)).scalars())


def wall(table: str, column: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} TO {ROLE} USING ({column} = {MINE})")
    op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def upgrade() -> None:
    op.execute(MAKE_ROLE)
    op.execute(f"GRANT {ROLE} TO CURRENT_USER")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    for table in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM {ROLE}")
    for table in SYSTEM_ONLY:
        op.execute(f"REVOKE ALL ON {table} FROM {ROLE}")
    for table in tenant_tables():
        wall(table, "district_id")
    wall("district", "id")


def downgrade() -> None:
    for table in [*tenant_tables(), "district"]:
        op.execute(f"DROP POLICY tenant ON {table}")
        op.execute(f"DROP POLICY system ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    # The role belongs to the whole server: other databases may use it, so it stays.
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE}")
    op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {ROLE}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {ROLE}")
