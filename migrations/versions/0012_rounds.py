"""Course-selection rounds, and how a session gives its places."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = (
    "booking_round", "allocation_run", "allocation_result", "round_session", "swap_offer", "wish",
)
MODES = "mode IN ('class', 'first_come', 'lottery', 'nomination', 'wishes')"


def upgrade() -> None:
    op.create_table('booking_round',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('most_wishes', sa.Integer(), server_default=sa.text('5'), nullable=False),
    sa.Column('reserve_percent', sa.Integer(), server_default=sa.text('80'), nullable=False),
    sa.Column('gap_minutes', sa.Integer(), server_default=sa.text('30'), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('top_up_of', sa.UUID(), nullable=True),
    sa.Column('seed', sa.String(length=64), nullable=False),
    sa.Column('seed_digest', sa.String(length=64), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('draft', 'announced', 'allocating', 'published', 'cancelled')", name=op.f('ck_booking_round_state')),
    sa.CheckConstraint('gap_minutes BETWEEN 0 AND 240', name=op.f('ck_booking_round_gap')),
    sa.CheckConstraint('most_wishes BETWEEN 1 AND 5', name=op.f('ck_booking_round_wishes')),
    sa.CheckConstraint('opens_at < closes_at', name=op.f('ck_booking_round_window')),
    sa.CheckConstraint('reserve_percent BETWEEN 0 AND 100', name=op.f('ck_booking_round_reserve')),
    sa.ForeignKeyConstraint(['district_id', 'top_up_of'], ['booking_round.district_id', 'booking_round.id'], name=op.f('fk_booking_round_district_id_top_up_of')),
    sa.ForeignKeyConstraint(['district_id'], ['district.id'], name=op.f('fk_booking_round_district_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_booking_round')),
    sa.UniqueConstraint('district_id', 'name', name=op.f('uq_booking_round_district_id_name'))
    )
    op.create_table('allocation_run',
    sa.Column('round_id', sa.UUID(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('input_digest', sa.String(length=64), nullable=False),
    sa.Column('result_digest', sa.String(length=64), nullable=False),
    sa.Column('figures', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('offers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_by', sa.UUID(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.CheckConstraint("kind IN ('final', 'rehearsal')", name=op.f('ck_allocation_run_kind')),
    sa.ForeignKeyConstraint(['district_id', 'made_by'], ['person.district_id', 'person.id'], name=op.f('fk_allocation_run_district_id_made_by')),
    sa.ForeignKeyConstraint(['district_id', 'round_id'], ['booking_round.district_id', 'booking_round.id'], name=op.f('fk_allocation_run_district_id_round_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_allocation_run'))
    )
    op.create_index('uq_allocation_run_final', 'allocation_run', ['district_id', 'round_id'], unique=True, postgresql_where=sa.text("kind = 'final'"))
    op.create_table('allocation_result',
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('run_id', sa.UUID(), nullable=False),
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('school_id', sa.UUID(), nullable=False),
    sa.Column('unlucky', sa.Integer(), nullable=False),
    sa.Column('wishes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('session_id', sa.UUID(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('verdicts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'pupil_id'], ['person.district_id', 'person.id'], name=op.f('fk_allocation_result_district_id_pupil_id')),
    sa.ForeignKeyConstraint(['district_id', 'run_id'], ['allocation_run.district_id', 'allocation_run.id'], name=op.f('fk_allocation_result_district_id_run_id')),
    sa.ForeignKeyConstraint(['district_id', 'school_id'], ['organization.district_id', 'organization.id'], name=op.f('fk_allocation_result_district_id_school_id')),
    sa.ForeignKeyConstraint(['district_id', 'session_id'], ['session.district_id', 'session.id'], name=op.f('fk_allocation_result_district_id_session_id')),
    sa.PrimaryKeyConstraint('district_id', 'run_id', 'pupil_id', name=op.f('pk_allocation_result'))
    )
    op.create_index(op.f('ix_allocation_result_district_id_pupil_id'), 'allocation_result', ['district_id', 'pupil_id'], unique=False)
    op.create_table('round_session',
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('round_id', sa.UUID(), nullable=False),
    sa.Column('session_id', sa.UUID(), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'round_id'], ['booking_round.district_id', 'booking_round.id'], name=op.f('fk_round_session_district_id_round_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['district_id', 'session_id'], ['session.district_id', 'session.id'], name=op.f('fk_round_session_district_id_session_id')),
    sa.PrimaryKeyConstraint('district_id', 'round_id', 'session_id', name=op.f('pk_round_session'))
    )
    op.create_index(op.f('ix_round_session_district_id_session_id'), 'round_session', ['district_id', 'session_id'], unique=False)
    op.create_table('swap_offer',
    sa.Column('round_id', sa.UUID(), nullable=False),
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('given_id', sa.UUID(), nullable=False),
    sa.Column('wanted_id', sa.UUID(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.CheckConstraint("state IN ('open', 'done', 'withdrawn')", name=op.f('ck_swap_offer_state')),
    sa.CheckConstraint('given_id <> wanted_id', name=op.f('ck_swap_offer_two')),
    sa.ForeignKeyConstraint(['district_id', 'given_id'], ['session.district_id', 'session.id'], name=op.f('fk_swap_offer_district_id_given_id')),
    sa.ForeignKeyConstraint(['district_id', 'pupil_id'], ['person.district_id', 'person.id'], name=op.f('fk_swap_offer_district_id_pupil_id')),
    sa.ForeignKeyConstraint(['district_id', 'round_id'], ['booking_round.district_id', 'booking_round.id'], name=op.f('fk_swap_offer_district_id_round_id')),
    sa.ForeignKeyConstraint(['district_id', 'wanted_id'], ['session.district_id', 'session.id'], name=op.f('fk_swap_offer_district_id_wanted_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_swap_offer'))
    )
    op.create_index(op.f('ix_swap_offer_district_id_given_id_wanted_id'), 'swap_offer', ['district_id', 'given_id', 'wanted_id'], unique=False)
    op.create_index('uq_swap_offer_open', 'swap_offer', ['district_id', 'round_id', 'pupil_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('wish',
    sa.Column('round_id', sa.UUID(), nullable=False),
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('session_id', sa.UUID(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.UUID(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.CheckConstraint('number BETWEEN 1 AND 5', name=op.f('ck_wish_number')),
    sa.ForeignKeyConstraint(['district_id', 'made_by'], ['person.district_id', 'person.id'], name=op.f('fk_wish_district_id_made_by')),
    sa.ForeignKeyConstraint(['district_id', 'pupil_id'], ['person.district_id', 'person.id'], name=op.f('fk_wish_district_id_pupil_id')),
    sa.ForeignKeyConstraint(['district_id', 'round_id'], ['booking_round.district_id', 'booking_round.id'], name=op.f('fk_wish_district_id_round_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['district_id', 'session_id'], ['session.district_id', 'session.id'], name=op.f('fk_wish_district_id_session_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_wish')),
    sa.UniqueConstraint('district_id', 'round_id', 'pupil_id', 'number', name=op.f('uq_wish_district_id_round_id_pupil_id_number')),
    sa.UniqueConstraint('district_id', 'round_id', 'pupil_id', 'session_id', name=op.f('uq_wish_district_id_round_id_pupil_id_session_id'))
    )
    op.add_column('session', sa.Column('mode', sa.String(length=12), server_default='first_come', nullable=False))
    op.create_check_constraint(op.f("ck_session_mode"), "session", MODES)
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def downgrade() -> None:
    op.drop_column('session', 'mode')
    op.drop_table('wish')
    op.drop_index('uq_swap_offer_open', table_name='swap_offer', postgresql_where=sa.text("state = 'open'"))
    op.drop_index(op.f('ix_swap_offer_district_id_given_id_wanted_id'), table_name='swap_offer')
    op.drop_table('swap_offer')
    op.drop_index(op.f('ix_round_session_district_id_session_id'), table_name='round_session')
    op.drop_table('round_session')
    op.drop_index(op.f('ix_allocation_result_district_id_pupil_id'), table_name='allocation_result')
    op.drop_table('allocation_result')
    op.drop_index('uq_allocation_run_final', table_name='allocation_run', postgresql_where=sa.text("kind = 'final'"))
    op.drop_table('allocation_run')
    op.drop_table('booking_round')
