"""Head counts, corrections, leave, and screens with rotating codes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = "0020"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("head_count", "attendance_correction", "attendance_leave", "door_display")
STATES = "'confirmed', 'waitlisted', 'cancelled', 'attended', 'absent', 'offered', 'applied', 'held'"


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return _to(table, column, 'person')


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(['district_id', column], [f'{other}.district_id', f'{other}.id'], name=op.f(f'fk_{table}_district_id_{column}'))


def _key(table: str) -> tuple[sa.Column[Any], sa.Column[Any], sa.PrimaryKeyConstraint]:
    return (
        sa.Column('district_id', sa.UUID(), nullable=False),
        sa.Column('id', sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint('district_id', 'id', name=op.f(f'pk_{table}')),
    )


def upgrade() -> None:
    op.create_table('head_count',
    sa.Column('session_id', sa.UUID(), nullable=False),
    sa.Column('counted', sa.Integer(), nullable=False),
    sa.Column('arrived', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('counted_by', sa.UUID(), nullable=True),
    sa.Column('counted_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('counted BETWEEN 0 AND 5000', name=op.f('ck_head_count_counted')),
    _to('head_count', 'session_id', 'session'),
    _person('head_count', 'counted_by'),
    *_key('head_count'),
    )
    op.create_index(op.f('ix_head_count_district_id_session_id'), 'head_count', ['district_id', 'session_id'])
    op.create_table('attendance_correction',
    sa.Column('session_id', sa.UUID(), nullable=False),
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('what', sa.String(length=10), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('asked_by', sa.UUID(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("what IN ('came', 'not_came', 'left')", name=op.f('ck_attendance_correction_what')),
    sa.CheckConstraint("state IN ('pending', 'applied', 'declined')", name=op.f('ck_attendance_correction_state')),
    _to('attendance_correction', 'session_id', 'session'),
    _person('attendance_correction', 'pupil_id'),
    _person('attendance_correction', 'asked_by'),
    _person('attendance_correction', 'decided_by'),
    *_key('attendance_correction'),
    )
    op.create_index(op.f('ix_attendance_correction_district_id_session_id'), 'attendance_correction', ['district_id', 'session_id'])
    op.create_table('attendance_leave',
    sa.Column('booking_id', sa.UUID(), nullable=False),
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('asked_by', sa.UUID(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('pending', 'applied', 'declined')", name=op.f('ck_attendance_leave_state')),
    _to('attendance_leave', 'booking_id', 'booking'),
    _person('attendance_leave', 'pupil_id'),
    _person('attendance_leave', 'asked_by'),
    _person('attendance_leave', 'decided_by'),
    *_key('attendance_leave'),
    sa.UniqueConstraint('district_id', 'booking_id', name=op.f('uq_attendance_leave_district_id_booking_id')),
    )
    op.create_index(op.f('ix_attendance_leave_district_id_pupil_id'), 'attendance_leave', ['district_id', 'pupil_id'])
    op.create_table('door_display',
    sa.Column('session_id', sa.UUID(), nullable=False),
    sa.Column('secret', sa.String(length=64), nullable=False),
    sa.Column('opened_by', sa.UUID(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    _to('door_display', 'session_id', 'session'),
    _person('door_display', 'opened_by'),
    *_key('door_display'),
    sa.UniqueConstraint('district_id', 'session_id', name=op.f('uq_door_display_district_id_session_id')),
    )
    op.create_index('ix_scan_risky', 'scan', ['district_id', 'id'], postgresql_where=sa.text('risks IS NOT NULL'))
    _states(f"{STATES}, 'excused'")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def _states(states: str) -> None:
    op.drop_constraint(op.f('ck_booking_state'), 'booking')
    op.create_check_constraint(op.f('ck_booking_state'), 'booking', f"state IN ({states})")


def downgrade() -> None:
    op.execute("UPDATE booking SET state = 'absent' WHERE state = 'excused'")
    _states(STATES)
    op.drop_index('ix_scan_risky', table_name='scan')
    for table in reversed(TABLES):
        op.drop_table(table)
