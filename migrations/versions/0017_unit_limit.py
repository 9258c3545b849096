"""Until when a unit answers a class booking."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('class_booking', sa.Column('answer_by', sa.DateTime(timezone=True), nullable=True))
    # Units that were asked under the older program get their week from today.
    op.execute("""
UPDATE class_booking b
SET answer_by = least(now() + interval '7 days', s.starts_at), reminded = 0
FROM session s
WHERE s.district_id = b.district_id AND s.id = b.session_id AND b.state = 'head_confirmed'
""")
    op.create_check_constraint(
        op.f('ck_class_booking_answered'),
        'class_booking',
        "(state = 'head_confirmed') <= (answer_by IS NOT NULL)",
    )
    op.create_index(
        'ix_class_booking_asked',
        'class_booking',
        ['district_id', 'answer_by'],
        unique=False,
        postgresql_where=sa.text("state = 'head_confirmed'"),
    )


def downgrade() -> None:
    op.drop_index('ix_class_booking_asked', table_name='class_booking')
    op.drop_constraint(op.f('ck_class_booking_answered'), 'class_booking')
    op.drop_column('class_booking', 'answer_by')
