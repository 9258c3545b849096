"""Who was told by telephone what no way had reached; openids that are broken, and the unionid behind one."""

import sqlalchemy as sa
from alembic import op

revision = "0034_reach"
down_revision = "0037"
branch_labels = None
depends_on = None

ITEMS_BEFORE = (
    "'account_restricted', 'account_verify', 'address_refused', 'declared_drift', "
    "'miniprogram_review', 'not_reached', 'openids_strange', 'quota_low', 'quota_used', "
    "'secret_refused', 'template_banned', 'template_field', 'token_refused', 'way_forbidden'"
)
ITEMS = (
    "'account_restricted', 'account_verify', 'address_refused', 'declared_drift', "
    "'identity_changed', 'miniprogram_review', 'not_reached', 'openids_strange', 'page_refused', "
    "'quota_low', 'quota_used', 'secret_refused', 'template_banned', 'template_field', "
    "'token_refused', 'way_forbidden'"
)


def upgrade() -> None:
    op.add_column("notification", sa.Column("told_at", sa.DateTime(timezone=True)))
    op.add_column("notification", sa.Column("told_by", sa.UUID()))
    op.create_foreign_key(
        op.f("fk_notification_district_id_told_by"), "notification", "person",
        ["district_id", "told_by"], ["district_id", "id"],
    )  # fmt: skip
    op.add_column("identity", sa.Column("unionid", sa.String(64)))
    op.add_column("identity", sa.Column("broken_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_identity_unionid", "identity", ["district_id", "unionid"],
        postgresql_where=sa.text("unionid IS NOT NULL"),
    )  # fmt: skip
    _items(ITEMS)


def _items(words: str) -> None:
    name = op.f("ck_operation_item_kind")
    op.drop_constraint(name, "operation_item", type_="check")
    op.create_check_constraint(name, "operation_item", f"kind IN ({words})")


def downgrade() -> None:
    op.execute("DELETE FROM operation_item WHERE kind IN ('identity_changed', 'page_refused')")
    _items(ITEMS_BEFORE)
    op.drop_index("ix_identity_unionid", table_name="identity")
    op.drop_column("identity", "broken_at")
    op.drop_column("identity", "unionid")
    op.drop_constraint(op.f("fk_notification_district_id_told_by"), "notification", type_="foreignkey")
    op.drop_column("notification", "told_by")
    op.drop_column("notification", "told_at")
