"""Rule sets, levels, signed stamps, and what a base is recognised as."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = "0023"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("rule_set", "level_reached")
STAMP = (("counted_at", sa.DateTime(timezone=True)), ("salt", sa.String(length=32)), ("holder", sa.String(length=64)),
         ("kid", sa.String(length=16)), ("signature", sa.String(length=88)))


def upgrade() -> None:
    op.create_table('rule_set',
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('body', sa.dialects.postgresql.JSONB(), nullable=False),
    sa.Column('preview', sa.dialects.postgresql.JSONB(), nullable=True),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('draft', 'in_force')", name=op.f('ck_rule_set_state')),
    sa.CheckConstraint("(state = 'in_force') = (from_on IS NOT NULL)", name=op.f('ck_rule_set_from_on')),
    sa.ForeignKeyConstraint(['district_id'], ['district.id'], name=op.f('fk_rule_set_district_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_rule_set')),
    sa.UniqueConstraint('district_id', 'key', 'number', name=op.f('uq_rule_set_district_id_key_number'))
    )
    op.create_table('level_reached',
    sa.Column('pupil_id', sa.UUID(), nullable=False),
    sa.Column('rule_set_id', sa.UUID(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('level', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('explanation', sa.String(length=400), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reached_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.CheckConstraint("state IN ('corrected', 'old_rules', 'standing')", name=op.f('ck_level_reached_state')),
    sa.ForeignKeyConstraint(['district_id', 'pupil_id'], ['person.district_id', 'person.id'], name=op.f('fk_level_reached_district_id_pupil_id')),
    sa.ForeignKeyConstraint(['district_id', 'rule_set_id'], ['rule_set.district_id', 'rule_set.id'], name=op.f('fk_level_reached_district_id_rule_set_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_level_reached')),
    sa.UniqueConstraint('district_id', 'pupil_id', 'key', 'level', name=op.f('uq_level_reached_district_id_pupil_id_key_level'))
    )
    # What was reached is never deleted by the program.
    op.execute("GRANT SELECT, INSERT, UPDATE ON level_reached TO wuchuang_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON rule_set TO wuchuang_app")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
    # Of the installation, not of a district; families' requests read it to sign their badges.
    op.create_table('stamp_key',
    sa.Column('kid', sa.String(length=16), nullable=False),
    sa.Column('public', sa.String(length=64), nullable=False),
    sa.Column('sealed_private', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_stamp_key'))
    )
    op.create_index('uq_stamp_key_signing', 'stamp_key', [sa.text('(retired_at IS NULL)')], unique=True, postgresql_where=sa.text('retired_at IS NULL'))
    op.execute("GRANT SELECT ON stamp_key TO wuchuang_app")
    for name, kind in STAMP:
        op.add_column('stamp', sa.Column(name, kind, nullable=True))
    op.create_index(op.f('ix_stamp_code'), 'stamp', ['code'])
    op.create_index('ix_stamp_uncounted', 'stamp', ['district_id', 'pupil_id'], postgresql_where=sa.text('counted_at IS NULL'))
    op.create_index('ix_stamp_unsigned', 'stamp', ['district_id', 'id'], postgresql_where=sa.text('kid IS NULL'))
    op.create_index('ix_stamp_revoked', 'stamp', ['code'], postgresql_where=sa.text('revoked_at IS NOT NULL'))
    op.add_column('learning_base', sa.Column('marks', sa.dialects.postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False))


def downgrade() -> None:
    op.drop_column('learning_base', 'marks')
    for index in ('ix_stamp_revoked', 'ix_stamp_unsigned', 'ix_stamp_uncounted', 'ix_stamp_code'):
        op.drop_index(index, table_name='stamp')
    for name, _ in reversed(STAMP):
        op.drop_column('stamp', name)
    op.drop_table('stamp_key')
    for table in reversed(TABLES):
        op.drop_table(table)
