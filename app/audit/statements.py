"""The statements of the hash chain, built once."""

from sqlalchemy import text

from app.audit.kinds import FIELDS

_ENTRY = ", ".join(f"e.{name}" for name in FIELDS)

# For hot statements: one act logged for each row of what stands before it in the same WITH.
# Its values come from `audit.service.bound`.
LOGGED = """
logged AS (
  INSERT INTO audit_entry (district_id, id, at, person_id, channel, action, object_type,
    object_id, pupil_id, purpose, detail)
  SELECT :district, :audit_id, :audit_at, :audit_person_id, :audit_channel, :audit_action,
    :audit_object_type, :audit_object_id, :audit_pupil_id, :audit_purpose,
    cast(:audit_detail AS jsonb)
  FROM {done})"""

# The same for several acts of one kind by several people: those whose object is in `{done}`. The
# values come from `audit.service.bound_each`.
LOGGED_EACH = """
logged AS (
  INSERT INTO audit_entry (district_id, id, at, person_id, channel, action, object_type,
    object_id, pupil_id, purpose, detail)
  SELECT :district, e.id, :audit_at, e.person, e.channel, :audit_action, :audit_object_type,
    e.object, e.pupil, e.purpose, cast(e.detail AS jsonb)
  FROM unnest(cast(:audit_ids AS uuid[]), cast(:audit_people AS uuid[]),
    cast(:audit_channels AS text[]), cast(:audit_objects AS uuid[]), cast(:audit_pupils AS uuid[]),
    cast(:audit_purposes AS text[]), cast(:audit_details AS text[]))
    AS e(id, person, channel, object, pupil, purpose, detail)
  JOIN {done} ON {object} = e.object)"""

SEALING_ALONE = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('seal:' || cast(cast(:district AS uuid) AS text), 2))"
)
HEAD = text(
    "SELECT seq, hash, entry_id, entry_at FROM audit_seal WHERE district_id = :district "
    "ORDER BY seq DESC LIMIT 1"
)
# An hour back covers every transaction that could still have been open at the last sealing.
UNSEALED = text(
    f"""
SELECT {_ENTRY} FROM audit_entry e
LEFT JOIN audit_seal s ON s.district_id = e.district_id AND s.entry_id = e.id
WHERE e.district_id = :district AND s.seq IS NULL AND e.at < now() - interval '10 seconds'
  AND (cast(:since AS timestamptz) IS NULL
    OR e.at > cast(:since AS timestamptz) - interval '1 hour')
ORDER BY e.at, e.id LIMIT 50000
"""  # noqa: S608 - names of our own columns
)
CHAIN = text(
    f"""
SELECT s.seq, s.entry_id, s.hash, {_ENTRY} FROM audit_seal s
LEFT JOIN audit_entry e ON e.district_id = s.district_id AND e.id = s.entry_id
WHERE s.district_id = :district ORDER BY s.seq
"""  # noqa: S608 - names of our own columns
)
# Older than the sealer could have overlooked: slipped in behind its back.
SLIPPED_IN = text(
    """
SELECT e.id FROM audit_entry e
LEFT JOIN audit_seal s ON s.district_id = e.district_id AND s.entry_id = e.id
WHERE e.district_id = :district AND s.seq IS NULL AND e.at < (
  SELECT max(entry_at) - interval '1 hour' FROM audit_seal WHERE district_id = :district)
ORDER BY e.at LIMIT 1
"""
)
