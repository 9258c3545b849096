"""Print orders, certificates of levels, and the city pack: lists, objections, corrections, exports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
EDITED = ("publicity", "objection")
# Never changed; of a correction only the words, when the child is erased.
KEPT = ("publicity_line", "record_correction", "city_export")
DROPPED = ("print_order", "certificate")
TABLES = (*EDITED, *KEPT, *DROPPED)


def upgrade() -> None:
    op.create_table('publicity',
    sa.Column('organization_id', sa.UUID(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('min_grade', sa.Integer(), nullable=False),
    sa.Column('max_grade', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('rules', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=200), server_default='', nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('draft', 'exported', 'open', 'withdrawn')", name=op.f('ck_publicity_state')),
    sa.CheckConstraint("state NOT IN ('open', 'exported') OR (rules IS NOT NULL AND digest IS NOT NULL AND opened_at < closes_at)", name=op.f('ck_publicity_opened')),
    sa.CheckConstraint('starts_on <= ends_on AND min_grade <= max_grade', name=op.f('ck_publicity_spans')),
    sa.ForeignKeyConstraint(['district_id', 'organization_id'], ['organization.district_id', 'organization.id'], name=op.f('fk_publicity_district_id_organization_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_publicity'))
    )
    op.create_index('uq_publicity_open', 'publicity', ['district_id', 'organization_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('certificate',
    sa.Column('level_id', sa.UUID(), nullable=False),
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'level_id'], ['level_reached.district_id', 'level_reached.id'], name=op.f('fk_certificate_district_id_level_id')),
    sa.ForeignKeyConstraint(['district_id', 'pupil_id'], ['person.district_id', 'person.id'], name=op.f('fk_certificate_district_id_pupil_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_certificate')),
    sa.UniqueConstraint('district_id', 'code', name=op.f('uq_certificate_district_id_code')),
    sa.UniqueConstraint('district_id', 'level_id', name=op.f('uq_certificate_district_id_level_id'))
    )
    op.create_index(op.f('ix_certificate_code'), 'certificate', ['code'], unique=False)
    op.create_table('city_export',
    sa.Column('publicity_id', sa.UUID(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('lines', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('person_id', sa.UUID(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'person_id'], ['person.district_id', 'person.id'], name=op.f('fk_city_export_district_id_person_id')),
    sa.ForeignKeyConstraint(['district_id', 'publicity_id'], ['publicity.district_id', 'publicity.id'], name=op.f('fk_city_export_district_id_publicity_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_city_export')),
    sa.UniqueConstraint('district_id', 'publicity_id', 'number', name=op.f('uq_city_export_district_id_publicity_id_number'))
    )
    op.create_table('objection',
    sa.Column('publicity_id', sa.UUID(), nullable=False),
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('raised_by', sa.UUID(), nullable=False),
    sa.Column('by_school', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('answer', sa.String(length=200), server_default='', nullable=False),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f('ck_objection_decided')),
    sa.CheckConstraint("state IN ('accepted', 'open', 'refused')", name=op.f('ck_objection_state')),
    sa.ForeignKeyConstraint(['district_id', 'decided_by'], ['person.district_id', 'person.id'], name=op.f('fk_objection_district_id_decided_by')),
    sa.ForeignKeyConstraint(['district_id', 'publicity_id'], ['publicity.district_id', 'publicity.id'], name=op.f('fk_objection_district_id_publicity_id')),
    sa.ForeignKeyConstraint(['district_id', 'pupil_id'], ['person.district_id', 'person.id'], name=op.f('fk_objection_district_id_pupil_id')),
    sa.ForeignKeyConstraint(['district_id', 'raised_by'], ['person.district_id', 'person.id'], name=op.f('fk_objection_district_id_raised_by')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_objection'))
    )
    op.create_index('uq_objection_open', 'objection', ['district_id', 'publicity_id', 'pupil_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('print_order',
    sa.Column('class_id', sa.UUID(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('ordered_by', sa.UUID(), nullable=True),
    sa.Column('pupils', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('handwritten', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('left_out', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('size', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.CheckConstraint("(state = 'drawn') = (drawn_at IS NOT NULL)", name=op.f('ck_print_order_drawn')),
    sa.CheckConstraint("state IN ('drawn', 'waiting')", name=op.f('ck_print_order_state')),
    sa.ForeignKeyConstraint(['district_id', 'class_id'], ['school_class.district_id', 'school_class.id'], name=op.f('fk_print_order_district_id_class_id')),
    sa.ForeignKeyConstraint(['district_id', 'ordered_by'], ['person.district_id', 'person.id'], name=op.f('fk_print_order_district_id_ordered_by')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_print_order'))
    )
    op.create_index('uq_print_order_waiting', 'print_order', ['district_id', 'class_id', 'part'], unique=True, postgresql_where=sa.text("state = 'waiting'"))
    op.create_table('publicity_line',
    sa.Column('publicity_id', sa.UUID(), nullable=False),
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('grade', sa.Integer(), nullable=False),
    sa.Column('class_name', sa.String(length=60), nullable=False),
    sa.Column('amounts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'publicity_id'], ['publicity.district_id', 'publicity.id'], name=op.f('fk_publicity_line_district_id_publicity_id')),
    sa.ForeignKeyConstraint(['district_id', 'pupil_id'], ['person.district_id', 'person.id'], name=op.f('fk_publicity_line_district_id_pupil_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_publicity_line')),
    sa.UniqueConstraint('district_id', 'publicity_id', 'pupil_id', name=op.f('uq_publicity_line_district_id_publicity_id_pupil_id'))
    )
    op.create_index(op.f('ix_publicity_line_district_id_pupil_id'), 'publicity_line', ['district_id', 'pupil_id'], unique=False)
    op.create_table('record_correction',
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('organization_id', sa.UUID(), nullable=False),
    sa.Column('publicity_id', sa.UUID(), nullable=True),
    sa.Column('objection_id', sa.UUID(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('measure', sa.String(length=10), nullable=False),
    sa.Column('category', sa.String(length=10), nullable=True),
    sa.Column('mark', sa.String(length=20), nullable=True),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('person_id', sa.UUID(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.CheckConstraint("measure IN ('bases', 'hours')", name=op.f('ck_record_correction_measure')),
    sa.CheckConstraint('amount <> 0', name=op.f('ck_record_correction_amount')),
    sa.ForeignKeyConstraint(['district_id', 'objection_id'], ['objection.district_id', 'objection.id'], name=op.f('fk_record_correction_district_id_objection_id')),
    sa.ForeignKeyConstraint(['district_id', 'organization_id'], ['organization.district_id', 'organization.id'], name=op.f('fk_record_correction_district_id_organization_id')),
    sa.ForeignKeyConstraint(['district_id', 'person_id'], ['person.district_id', 'person.id'], name=op.f('fk_record_correction_district_id_person_id')),
    sa.ForeignKeyConstraint(['district_id', 'publicity_id'], ['publicity.district_id', 'publicity.id'], name=op.f('fk_record_correction_district_id_publicity_id')),
    sa.ForeignKeyConstraint(['district_id', 'pupil_id'], ['person.district_id', 'person.id'], name=op.f('fk_record_correction_district_id_pupil_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_record_correction')),
    sa.UniqueConstraint('district_id', 'objection_id', name=op.f('uq_record_correction_district_id_objection_id'))
    )
    op.create_index(op.f('ix_record_correction_district_id_publicity_id'), 'record_correction', ['district_id', 'publicity_id'], unique=False)
    op.create_index(op.f('ix_record_correction_district_id_pupil_id'), 'record_correction', ['district_id', 'pupil_id'], unique=False)
    for table in EDITED:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO wuchuang_app")
    for table in KEPT:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO wuchuang_app")
    op.execute("GRANT UPDATE (reason) ON record_correction TO wuchuang_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON print_order TO wuchuang_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON certificate TO wuchuang_app")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.drop_index(op.f('ix_record_correction_district_id_pupil_id'), table_name='record_correction')
    op.drop_index(op.f('ix_record_correction_district_id_publicity_id'), table_name='record_correction')
    op.drop_table('record_correction')
    op.drop_index(op.f('ix_publicity_line_district_id_pupil_id'), table_name='publicity_line')
    op.drop_table('publicity_line')
    op.drop_index('uq_print_order_waiting', table_name='print_order', postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table('print_order')
    op.drop_index('uq_objection_open', table_name='objection', postgresql_where=sa.text("state = 'open'"))
    op.drop_table('objection')
    op.drop_table('city_export')
    op.drop_index(op.f('ix_certificate_code'), table_name='certificate')
    op.drop_table('certificate')
    op.drop_index('uq_publicity_open', table_name='publicity', postgresql_where=sa.text("state = 'open'"))
    op.drop_table('publicity')
