"""Who is telling the platform about tags now: workers take turns at an account."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0034_reach"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channel_account", sa.Column("tag_turn", sa.UUID()))
    op.add_column("channel_account", sa.Column("tag_turn_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("channel_account", "tag_turn_until")
    op.drop_column("channel_account", "tag_turn")
