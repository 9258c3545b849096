"""Ways to a person: windows, taps, stops, preferences; the operations inbox, quotas, health."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("account_health", "api_quota", "channel_stop", "chat_window", "notification_preference",
          "operation_item", "subscription_grant")
STATES = ("'pending', 'leased', 'sent', 'delivered', 'refused', 'not_following', 'failed', 'unknown'")


def upgrade() -> None:
    op.create_table('account_health',
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('appid', sa.String(length=40), nullable=False),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('refused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('errcode', sa.Integer(), nullable=True),
    sa.Column('path', sa.String(length=80), nullable=True),
    sa.Column('rid', sa.String(length=60), nullable=True),
    sa.Column('token_fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('token_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['district_id'], ['district.id'], name=op.f('fk_account_health_district_id')),
    sa.PrimaryKeyConstraint('district_id', 'appid', name=op.f('pk_account_health'))
    )
    op.create_table('api_quota',
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('appid', sa.String(length=40), nullable=False),
    sa.Column('path', sa.String(length=80), nullable=False),
    sa.Column('daily_limit', sa.Integer(), nullable=False),
    sa.Column('used', sa.Integer(), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['district_id'], ['district.id'], name=op.f('fk_api_quota_district_id')),
    sa.PrimaryKeyConstraint('district_id', 'appid', 'path', name=op.f('pk_api_quota'))
    )
    op.create_table('chat_window',
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('appid', sa.String(length=40), nullable=False),
    sa.Column('openid', sa.String(length=64), nullable=False),
    sa.Column('text_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('text_used', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('tap_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tap_used', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.ForeignKeyConstraint(['district_id'], ['district.id'], name=op.f('fk_chat_window_district_id')),
    sa.PrimaryKeyConstraint('district_id', 'appid', 'openid', name=op.f('pk_chat_window'))
    )
    op.create_table('channel_stop',
    sa.Column('way', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=40), server_default='', nullable=False),
    sa.Column('errcode', sa.Integer(), nullable=False),
    sa.Column('rid', sa.String(length=60), nullable=True),
    sa.Column('stopped_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by', sa.UUID(), nullable=True),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'lifted_by'], ['person.district_id', 'person.id'], name=op.f('fk_channel_stop_district_id_lifted_by')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_channel_stop'))
    )
    op.create_index('uq_channel_stop_standing', 'channel_stop', ['district_id', 'way', 'kind'], unique=True, postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_table('notification_preference',
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('person_id', sa.UUID(), nullable=False),
    sa.Column('muted', postgresql.ARRAY(sa.String(length=40)), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('quiet', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'person_id'], ['person.district_id', 'person.id'], name=op.f('fk_notification_preference_district_id_person_id')),
    sa.PrimaryKeyConstraint('district_id', 'person_id', name=op.f('pk_notification_preference'))
    )
    op.create_table('operation_item',
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('subject', sa.String(length=80), server_default='', nullable=False),
    sa.Column('detail', sa.String(length=300), server_default='', nullable=False),
    sa.Column('times', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.UUID(), nullable=True),
    sa.Column('note', sa.String(length=200), server_default='', nullable=False),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.CheckConstraint("kind IN ('account_restricted', 'account_verify', 'address_refused', 'declared_drift', 'miniprogram_review', 'not_reached', 'openids_strange', 'quota_low', 'quota_used', 'secret_refused', 'template_banned', 'template_field', 'token_refused', 'way_forbidden')", name=op.f('ck_operation_item_kind')),
    sa.ForeignKeyConstraint(['district_id', 'done_by'], ['person.district_id', 'person.id'], name=op.f('fk_operation_item_district_id_done_by')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_operation_item'))
    )
    op.create_index('uq_operation_item_open', 'operation_item', ['district_id', 'kind', 'subject'], unique=True, postgresql_where=sa.text('done_at IS NULL'))
    op.create_table('subscription_grant',
    sa.Column('person_id', sa.UUID(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('account', sa.String(length=20), nullable=False),
    sa.Column('openid', sa.String(length=64), nullable=False),
    sa.Column('reported', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('pushed', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('granted_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivery_id', sa.UUID(), nullable=True),
    sa.Column('district_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'person_id'], ['person.district_id', 'person.id'], name=op.f('fk_subscription_grant_district_id_person_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_subscription_grant'))
    )
    op.create_index('ix_subscription_grant_free', 'subscription_grant', ['district_id', 'person_id', 'kind'], unique=False, postgresql_where=sa.text('used_at IS NULL'))
    op.add_column('delivery', sa.Column('rid', sa.String(length=60), nullable=True))
    op.add_column('delivery', sa.Column('burst', sa.Integer(), server_default=sa.text('1'), nullable=False))
    op.add_column('delivery', sa.Column('merged_into', sa.UUID(), nullable=True))
    op.drop_constraint('ck_delivery_state', 'delivery')
    op.create_check_constraint(op.f('ck_delivery_state'), 'delivery', f"state IN ({STATES}, 'merged', 'muted')")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.execute("UPDATE delivery SET state = 'sent' WHERE state IN ('merged', 'muted')")
    op.drop_constraint('ck_delivery_state', 'delivery')
    op.create_check_constraint(op.f('ck_delivery_state'), 'delivery', f"state IN ({STATES})")
    op.drop_column('delivery', 'merged_into')
    op.drop_column('delivery', 'burst')
    op.drop_column('delivery', 'rid')
    op.drop_index('ix_subscription_grant_free', table_name='subscription_grant', postgresql_where=sa.text('used_at IS NULL'))
    op.drop_table('subscription_grant')
    op.drop_index('uq_operation_item_open', table_name='operation_item', postgresql_where=sa.text('done_at IS NULL'))
    op.drop_table('operation_item')
    op.drop_table('notification_preference')
    op.drop_index('uq_channel_stop_standing', table_name='channel_stop', postgresql_where=sa.text('lifted_at IS NULL'))
    op.drop_table('channel_stop')
    op.drop_table('chat_window')
    op.drop_table('api_quota')
    op.drop_table('account_health')
