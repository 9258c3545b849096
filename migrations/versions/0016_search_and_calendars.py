"""Search by pairs of characters, indexes for long lists, addresses of calendars."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.district', true), '')::uuid"
TABLES = ("activity_gram", "person_gram", "calendar_feed")
UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
FUNCTIONS = (
    # As `app.kit.search.words_of`: full-width is half-width, capitals are small.
    f"""
CREATE FUNCTION search_text(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT translate(normalize(said, NFKC), '{UPPER}', '{LOWER}') $$
""",
    # As `app.kit.search.grams_of`, for one and for two characters.
    """
CREATE FUNCTION search_grams(said text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT DISTINCT gram FROM generate_series(1, length(said)) n, generate_series(1, 2) size,
    LATERAL (SELECT substr(said, n, size) AS gram) g
  WHERE length(gram) = size AND gram !~ '\\s' $$
""",
    """
CREATE FUNCTION activity_search_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.search_text := search_text(concat_ws(' ', NEW.title,
    (SELECT name FROM organization WHERE district_id = NEW.district_id AND id = NEW.organization_id),
    (SELECT name FROM learning_base WHERE district_id = NEW.district_id AND id = NEW.base_id)));
  RETURN NEW;
END $$
""",
    """
CREATE FUNCTION activity_grams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM activity_gram WHERE district_id = OLD.district_id AND activity_id = OLD.id
      AND gram IN (SELECT search_grams(OLD.search_text));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO activity_gram (district_id, gram, activity_id)
    SELECT NEW.district_id, gram, NEW.id FROM search_grams(NEW.search_text) gram;
  END IF;
  RETURN NULL;
END $$
""",
    """
CREATE FUNCTION person_grams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM person_gram WHERE district_id = OLD.district_id AND person_id = OLD.id
      AND gram IN (SELECT search_grams(search_text(OLD.name)));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO person_gram (district_id, gram, person_id)
    SELECT NEW.district_id, gram, NEW.id FROM search_grams(search_text(NEW.name)) gram;
  END IF;
  RETURN NULL;
END $$
""",
    # A unit or a base has another name: its activities are found under the new one.
    """
CREATE FUNCTION renamed_for_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE activity SET search_text = '' WHERE district_id = NEW.district_id
    AND NEW.id IN (organization_id, base_id);
  RETURN NULL;
END $$
""",
)
CHANGED = "FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION"
TRIGGERS = (
    "activity_search_text BEFORE INSERT OR UPDATE OF title, organization_id, base_id, search_text "
    "ON activity FOR EACH ROW EXECUTE FUNCTION activity_search_text()",
    "activity_grams_new AFTER INSERT OR DELETE ON activity "
    "FOR EACH ROW EXECUTE FUNCTION activity_grams()",
    "activity_grams_changed AFTER UPDATE ON activity FOR EACH ROW "
    "WHEN (OLD.search_text IS DISTINCT FROM NEW.search_text) EXECUTE FUNCTION activity_grams()",
    "person_grams_new AFTER INSERT OR DELETE ON person "
    "FOR EACH ROW EXECUTE FUNCTION person_grams()",
    f"person_grams_changed AFTER UPDATE ON person {CHANGED} person_grams()",
    f"organization_renamed AFTER UPDATE ON organization {CHANGED} renamed_for_search()",
    f"learning_base_renamed AFTER UPDATE ON learning_base {CHANGED} renamed_for_search()",
)


def upgrade() -> None:
    op.add_column(
        "activity",
        sa.Column("search_text", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    for table, place in (("activity_gram", "activity_id"), ("person_gram", "person_id")):
        op.create_table(
            table,
            sa.Column("district_id", sa.UUID(), nullable=False),
            sa.Column("gram", sa.String(length=2), nullable=False),
            sa.Column(place, sa.UUID(), nullable=False),
            sa.PrimaryKeyConstraint("district_id", "gram", place, name=op.f(f"pk_{table}")),
        )
    _calendar_feed()
    op.create_index(
        op.f("ix_booking_district_id_session_id"), "booking", ["district_id", "session_id"]
    )
    op.create_index(
        op.f("ix_enrollment_district_id_pupil_id"), "enrollment", ["district_id", "pupil_id"]
    )
    for function in FUNCTIONS:
        op.execute(function)
    for trigger in TRIGGERS:
        op.execute(f"CREATE TRIGGER {trigger}")
    op.execute("UPDATE activity SET search_text = ''")
    op.execute(
        "INSERT INTO person_gram (district_id, gram, person_id) "
        "SELECT p.district_id, gram, p.id FROM person p, search_grams(search_text(p.name)) gram"
    )
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wuchuang_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO wuchuang_app USING (district_id = {MINE})")
        op.execute(f"CREATE POLICY system ON {table} TO CURRENT_USER USING (true)")


def _calendar_feed() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("district_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("class_id", sa.UUID(), nullable=True),
        sa.Column("organization_id", sa.UUID(), nullable=True),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "class_id IS NULL OR organization_id IS NULL", name=op.f("ck_calendar_feed_place")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["district_id", column],
                [f"{table}.district_id", f"{table}.id"],
                name=op.f(f"fk_calendar_feed_district_id_{column}"),
            )
            for column, table in (
                ("person_id", "person"),
                ("class_id", "school_class"),
                ("organization_id", "organization"),
            )
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint(
            "district_id", "token_digest", name=op.f("uq_calendar_feed_district_id_token_digest")
        ),
    )
    op.create_index(op.f("ix_calendar_feed_token_digest"), "calendar_feed", ["token_digest"])
    op.create_index(
        "uq_calendar_feed_open",
        "calendar_feed",
        ["district_id", "person_id", "class_id", "organization_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    for trigger in TRIGGERS:
        name, _, rest = trigger.partition(" ")
        table = rest.split(" ON ", 1)[1].split()[0]
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for name in ("renamed_for_search", "person_grams", "activity_grams", "activity_search_text"):
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("DROP FUNCTION search_grams(text)")
    op.execute("DROP FUNCTION search_text(text)")
    op.drop_index(op.f("ix_enrollment_district_id_pupil_id"), table_name="enrollment")
    op.drop_index(op.f("ix_booking_district_id_session_id"), table_name="booking")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("activity", "search_text")
