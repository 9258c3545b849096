"""Which phone a scan came from is forgotten after thirty days; the line itself stays as it is."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# The only change the ledger knows: device and number go, nothing else, and not before their time.
REFUSE = """
CREATE FUNCTION refuse_scan_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.device IS NULL AND NEW.nonce IS NULL
    AND OLD.received_at < now() - interval '30 days'
    AND to_jsonb(NEW) - 'device' - 'nonce' = to_jsonb(OLD) - 'device' - 'nonce'
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = '55000';
END $$
"""


def _guard(function: str) -> None:
    op.execute("DROP TRIGGER scan_append_only ON scan")
    op.execute(
        "CREATE TRIGGER scan_append_only BEFORE UPDATE OR DELETE ON scan "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def upgrade() -> None:
    op.execute(REFUSE)
    _guard("refuse_scan_change")
    op.execute("GRANT UPDATE (device, nonce) ON scan TO wuchuang_app")


def downgrade() -> None:
    op.execute("REVOKE UPDATE (device, nonce) ON scan FROM wuchuang_app")
    _guard("refuse_change")
    op.execute("DROP FUNCTION refuse_scan_change")
