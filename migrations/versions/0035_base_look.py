"""What a base chose of its stamp, and where it is."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0031"
branch_labels = None
depends_on = None

COLUMNS = ("stamp_look", "place")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column(
            "learning_base",
            sa.Column(column, sa.String(length=40), server_default="", nullable=False),
        )


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_column("learning_base", column)
