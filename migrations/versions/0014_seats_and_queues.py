"""School reserves, held offers, draws, class bookings, and limits a pupil."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = "0013"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("class_booking", "booking_setting", "booking_limit")
CATEGORIES = "category IN ('career', 'labour', 'none', 'safety', 'social')"
OLD_STATES = "'confirmed', 'waitlisted', 'cancelled', 'attended', 'absent'"
OLD_ACTIVE = "state IN ('confirmed', 'waitlisted', 'attended')"
OLD_SEATED = "state IN ('confirmed', 'attended')"
ACTIVE = "state IN ('confirmed', 'waitlisted', 'attended', 'offered', 'applied', 'held')"
SEATED = "state IN ('confirmed', 'attended', 'offered', 'held')"


def upgrade() -> None:
    op.create_table('class_booking',
    sa.Column('session_id', sa.UUID(), nullable=False),
    sa.Column('class_id', sa.UUID(), nullable=False),
    sa.Column('teacher_id', sa.UUID(), nullable=True),
    sa.Column('adults', sa.Integer(), nullable=False),
    sa.Column('bus_note', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('confirm_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reminded', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('drafted', 'head_confirmed', 'accepted', 'declined', 'released')", name=op.f('ck_class_booking_state')),
    sa.CheckConstraint('adults BETWEEN 1 AND 100', name=op.f('ck_class_booking_adults')),
    sa.ForeignKeyConstraint(['district_id', 'class_id'], ['school_class.district_id', 'school_class.id'], name=op.f('fk_class_booking_district_id_class_id')),
    sa.ForeignKeyConstraint(['district_id', 'session_id'], ['session.district_id', 'session.id'], name=op.f('fk_class_booking_district_id_session_id')),
    sa.ForeignKeyConstraint(['district_id', 'teacher_id'], ['person.district_id', 'person.id'], name=op.f('fk_class_booking_district_id_teacher_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_class_booking'))
    )
    op.create_index('uq_class_booking_standing', 'class_booking', ['district_id', 'session_id', 'class_id'], unique=True, postgresql_where=sa.text("state IN ('drafted', 'head_confirmed', 'accepted')"))
    op.create_index('ix_class_booking_drafted', 'class_booking', ['district_id', 'confirm_by'], unique=False, postgresql_where=sa.text("state = 'drafted'"))
    op.create_table('booking_setting',
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('gap_minutes', sa.Integer(), server_default=sa.text('30'), nullable=False),
    sa.CheckConstraint('gap_minutes BETWEEN 0 AND 240', name=op.f('ck_booking_setting_gap')),
    sa.ForeignKeyConstraint(['district_id'], ['district.id'], name=op.f('fk_booking_setting_district_id')),
    sa.PrimaryKeyConstraint('district_id', name=op.f('pk_booking_setting'))
    )
    op.create_table('booking_limit',
    sa.Column('category', sa.String(length=10), nullable=True),
    sa.Column('most', sa.Integer(), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.CheckConstraint(CATEGORIES, name=op.f('ck_booking_limit_category')),
    sa.CheckConstraint('most BETWEEN 1 AND 100', name=op.f('ck_booking_limit_most')),
    sa.ForeignKeyConstraint(['district_id'], ['district.id'], name=op.f('fk_booking_limit_district_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_booking_limit')),
    sa.UniqueConstraint('district_id', 'category', name=op.f('uq_booking_limit_district_id_category'), postgresql_nulls_not_distinct=True)
    )
    op.add_column('session', sa.Column('reserve_percent', sa.Integer(), server_default=sa.text('0'), nullable=False))
    op.add_column('session', sa.Column('reserve_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('session', sa.Column('cancel_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('session', sa.Column('draw_seed', sa.String(length=64), nullable=True))
    op.add_column('session', sa.Column('draw_digest', sa.String(length=64), nullable=True))
    op.add_column('session', sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f('ck_session_reserve'), 'session', 'reserve_percent BETWEEN 0 AND 100')
    op.add_column('booking', sa.Column('school_id', sa.UUID(), nullable=True))
    op.add_column('booking', sa.Column('offer_expires_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('booking', sa.Column('lapsed', sa.Integer(), server_default=sa.text('0'), nullable=False))
    op.add_column('booking', sa.Column('draw_no', sa.Integer(), nullable=True))
    op.add_column('booking', sa.Column('class_booking_id', sa.UUID(), nullable=True))
    op.create_foreign_key(op.f('fk_booking_district_id_school_id'), 'booking', 'organization', ['district_id', 'school_id'], ['district_id', 'id'])
    op.create_foreign_key(op.f('fk_booking_district_id_class_booking_id'), 'booking', 'class_booking', ['district_id', 'class_booking_id'], ['district_id', 'id'])
    op.create_index(op.f('ix_booking_district_id_class_booking_id'), 'booking', ['district_id', 'class_booking_id'], unique=False)
    op.create_index('ix_booking_offer', 'booking', ['district_id', 'offer_expires_at'], unique=False, postgresql_where=sa.text("state = 'offered'"))
    _states(f"{OLD_STATES}, 'offered', 'applied', 'held'", ACTIVE, SEATED)
    op.create_check_constraint(op.f('ck_booking_offer_ends'), 'booking', "(state = 'offered') <= (offer_expires_at IS NOT NULL)")
    # Who waits today has a school, too: its reserve is asked when a seat becomes free.
    op.execute("""
UPDATE booking b SET school_id = c.organization_id
FROM enrollment e JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
WHERE e.district_id = b.district_id AND e.pupil_id = b.pupil_id AND e.ends_on IS NULL
  AND b.state = 'waitlisted'
""")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def _states(states: str, active: str, seated: str) -> None:
    op.drop_constraint(op.f('ck_booking_state'), 'booking')
    op.create_check_constraint(op.f('ck_booking_state'), 'booking', f"state IN ({states})")
    op.drop_constraint(op.f('ck_booking_holds_seat'), 'booking')
    op.create_check_constraint(op.f('ck_booking_holds_seat'), 'booking', f"({seated}) <= (seat_id IS NOT NULL)")
    op.drop_index('uq_booking_active', table_name='booking')
    op.create_index('uq_booking_active', 'booking', ['district_id', 'session_id', 'pupil_id'], unique=True, postgresql_where=sa.text(active))
    op.drop_index('uq_booking_seat', table_name='booking')
    op.create_index('uq_booking_seat', 'booking', ['district_id', 'seat_id'], unique=True, postgresql_where=sa.text(seated))


def downgrade() -> None:
    # What the older program does not know ends as cancelled; its seat becomes free.
    op.execute("UPDATE seat SET booking_id = NULL WHERE booking_id IN (SELECT id FROM booking WHERE state IN ('offered', 'held'))")
    op.execute("UPDATE booking SET state = 'cancelled', seat_id = NULL, cancelled_at = now() WHERE state IN ('offered', 'applied', 'held')")
    op.drop_constraint(op.f('ck_booking_offer_ends'), 'booking')
    _states(OLD_STATES, OLD_ACTIVE, OLD_SEATED)
    op.drop_index('ix_booking_offer', table_name='booking')
    op.drop_index(op.f('ix_booking_district_id_class_booking_id'), table_name='booking')
    for column in ('class_booking_id', 'draw_no', 'lapsed', 'offer_expires_at', 'school_id'):
        op.drop_column('booking', column)
    op.drop_constraint(op.f('ck_session_reserve'), 'session')
    for column in ('drawn_at', 'draw_digest', 'draw_seed', 'cancel_until', 'reserve_until', 'reserve_percent'):
        op.drop_column('session', column)
    op.drop_table('booking_limit')
    op.drop_table('booking_setting')
    op.drop_index('ix_class_booking_drafted', table_name='class_booking')
    op.drop_index('uq_class_booking_standing', table_name='class_booking')
    op.drop_table('class_booking')
