"""Uploaded files, and the scans of a unit's papers."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = "0018"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("stored_file", "stored_content")


def upgrade() -> None:
    op.create_table('stored_file',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('media', sa.String(length=20), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('created_by', sa.UUID(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.CheckConstraint("media IN ('application/pdf', 'image/jpeg')", name=op.f('ck_stored_file_media')),
    sa.ForeignKeyConstraint(['district_id', 'created_by'], ['person.district_id', 'person.id'], name=op.f('fk_stored_file_district_id_created_by')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_stored_file'))
    )
    op.create_table('stored_content',
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('file_id', sa.UUID(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'file_id'], ['stored_file.district_id', 'stored_file.id'], name=op.f('fk_stored_content_district_id_file_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('district_id', 'file_id', name=op.f('pk_stored_content'))
    )
    op.add_column('paper', sa.Column('file_id', sa.UUID(), nullable=True))
    op.create_foreign_key(op.f('fk_paper_district_id_file_id'), 'paper', 'stored_file', ['district_id', 'file_id'], ['district_id', 'id'])
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.drop_constraint(op.f('fk_paper_district_id_file_id'), 'paper', type_='foreignkey')
    op.drop_column('paper', 'file_id')
    for table in reversed(TABLES):
        op.drop_table(table)
