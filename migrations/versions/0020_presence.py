"""Departures, minutes and risks at the door; stamps that a correction revokes."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = "0019"
branch_labels = None
depends_on = None

WAYS = "way IN ('card', 'guardian', 'pupil', 'roster'{more})"


def _ways(more: str) -> None:
    op.drop_constraint(op.f('ck_scan_way'), 'scan')
    op.create_check_constraint(op.f('ck_scan_way'), 'scan', WAYS.format(more=more))


def upgrade() -> None:
    op.add_column('scan', sa.Column('what', sa.String(length=4), server_default='in', nullable=False))
    op.add_column('scan', sa.Column('evidence', sa.String(length=1), nullable=True))
    op.add_column('scan', sa.Column('risks', sa.dialects.postgresql.JSONB(), nullable=True))
    op.create_check_constraint(op.f('ck_scan_what'), 'scan', "what IN ('in', 'out', 'void')")
    _ways(", 'correction'")
    op.add_column('attendance', sa.Column('left_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('attendance', sa.Column('minutes', sa.Integer(), nullable=True))
    op.add_column('attendance', sa.Column('is_late', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('attendance', sa.Column('left_early', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.execute("GRANT DELETE ON attendance TO wuchuang_app")
    op.alter_column('stamp', 'attendance_id', nullable=True)
    op.add_column('stamp', sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f('uq_stamp_district_id_pupil_id_session_id'), 'stamp')
    op.create_index('uq_stamp_standing', 'stamp', ['district_id', 'pupil_id', 'session_id'], unique=True, postgresql_where=sa.text('revoked_at IS NULL'))


def downgrade() -> None:
    # What the older program does not know: a revoked stamp, and a correction's line.
    op.execute("DELETE FROM stamp WHERE revoked_at IS NOT NULL OR attendance_id IS NULL")
    op.drop_index('uq_stamp_standing', table_name='stamp')
    op.create_unique_constraint(op.f('uq_stamp_district_id_pupil_id_session_id'), 'stamp', ['district_id', 'pupil_id', 'session_id'])
    op.drop_column('stamp', 'revoked_at')
    op.alter_column('stamp', 'attendance_id', nullable=False)
    for column in ('left_early', 'is_late', 'minutes', 'left_at'):
        op.drop_column('attendance', column)
    op.execute("ALTER TABLE scan DISABLE TRIGGER USER")
    op.execute("UPDATE scan SET way = 'roster' WHERE way = 'correction'")
    op.execute("ALTER TABLE scan ENABLE TRIGGER USER")
    _ways("")
    op.drop_constraint(op.f('ck_scan_what'), 'scan')
    for column in ('risks', 'evidence', 'what'):
        op.drop_column('scan', column)
