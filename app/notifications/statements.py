"""Fragments for statements that tell people in the same breath."""

# In a WITH: one message a person and fact, and its delivery. `{when}` brings a row when there is
# something to tell, `{more}` the fields that only the statement itself knows.
# The values come from `notifications.service.notify.told`.
TELL = """
told AS (
  INSERT INTO notification (district_id, id, person_id, kind, fact_key, fields)
  SELECT :district, n.id, n.person, :told_kind, :told_key, cast(:told_fields AS jsonb) || {more}
  {when}, unnest(cast(:told_ids AS uuid[]), cast(:told_people AS uuid[])) AS n(id, person)
  ON CONFLICT (district_id, person_id, kind, fact_key) DO NOTHING
  RETURNING id),
sending AS (
  INSERT INTO delivery (district_id, id, notification_id, channel, state)
  SELECT :district, d.delivery, told.id, :told_channel, 'pending'
  FROM unnest(cast(:told_ids AS uuid[]), cast(:told_deliveries AS uuid[]))
    AS d(notification, delivery)
  JOIN told ON told.id = d.notification)"""
