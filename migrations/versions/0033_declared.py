"""Tags of followers with the platform's numbers, and the child a guardian has chosen in the chat."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0036"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("channel_tag", "follower_tag", "chosen_child")


def upgrade() -> None:
    op.create_table(
        "channel_tag",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("appid", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_channel_tag_district_id")),
        sa.PrimaryKeyConstraint("district_id", "appid", "key", name=op.f("pk_channel_tag")),
    )
    op.create_table(
        "follower_tag",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("appid", sa.String(length=40), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("wanted", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=True),
        sa.Column("errcode", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_follower_tag_district_id")),
        sa.PrimaryKeyConstraint("district_id", "appid", "openid", "key", name=op.f("pk_follower_tag")),
    )
    op.create_index(
        "ix_follower_tag_waiting", "follower_tag", ["district_id", "appid"],
        postgresql_where=sa.text("NOT wanted OR tag_id IS NULL"),
    )  # fmt: skip
    op.create_table(
        "chosen_child",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("pupil_id", sa.UUID(), nullable=True),
        sa.Column("offered", sa.ARRAY(sa.UUID()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"], ["person.district_id", "person.id"],
            name=op.f("fk_chosen_child_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "pupil_id"], ["person.district_id", "person.id"],
            name=op.f("fk_chosen_child_district_id_pupil_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "person_id", name=op.f("pk_chosen_child")),
    )  # fmt: skip
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
