"""Fragments for statements that tell people in the same breath, and who was told in vain."""

from sqlalchemy import text

# The end of both: once a person and fact, and a delivery for each that is new.
_DELIVERED = """\
  ON CONFLICT (district_id, person_id, kind, fact_key) DO NOTHING
  RETURNING id),
sending AS (
  INSERT INTO delivery (district_id, id, notification_id, channel, state)
  SELECT :district, d.delivery, told.id, :told_channel, 'pending'
  FROM unnest(cast(:told_ids AS uuid[]), cast(:told_deliveries AS uuid[]))
    AS d(notification, delivery)
  JOIN told ON told.id = d.notification)"""

# In a WITH: one message a person and fact, and its delivery. `{when}` brings a row when there is
# something to tell, `{more}` the fields that only the statement itself knows.
# The values come from `notifications.service.notify.told`.
TELL = (
    """
told AS (
  INSERT INTO notification (district_id, id, person_id, kind, fact_key, fields)
  SELECT :district, n.id, n.person, :told_kind, :told_key, cast(:told_fields AS jsonb) || {more}
  {when}, unnest(cast(:told_ids AS uuid[]), cast(:told_people AS uuid[])) AS n(id, person)
"""
    + _DELIVERED
)

# The same for several facts, each with its own words and people: those that `{on}` finds in `{done}`.
# The values come from `notifications.service.notify.told_each`; `w` says what a message is `about`
# and for which `outcome` it is meant.
TELL_EACH = (
    """
told AS (
  INSERT INTO notification (district_id, id, person_id, kind, fact_key, fields)
  SELECT :district, w.id, w.person, w.kind, w.key, cast(w.fields AS jsonb) || {more}
  FROM unnest(cast(:told_about AS uuid[]), cast(:told_outcomes AS text[]),
    cast(:told_kinds AS text[]), cast(:told_keys AS text[]), cast(:told_fields AS text[]),
    cast(:told_ids AS uuid[]), cast(:told_people AS uuid[]))
    AS w(about, outcome, kind, key, fields, id, person)
  JOIN {done} ON {on}
"""  # noqa: S608 - our own fragment
    + _DELIVERED
)

# A platform_time of ours as a moment; a day without a clock lasts until its end.
_MOMENT = """CASE WHEN l.until ~ '^\\d{4}年\\d{1,2}月\\d{1,2}日( \\d{1,2}:\\d{2})?$' THEN
    (to_timestamp(l.until, 'YYYY"年"MM"月"DD"日" HH24:MI')::timestamp
      + CASE WHEN l.until ~ ':' THEN interval '0' ELSE interval '1 day' END)
    AT TIME ZONE 'Asia/Shanghai' END"""
# What matters and reached nobody of a child's family: one row a child and fact, its own
# classes and schools only. A message counts as heard when anybody of the family got it on the
# phone, read it in the inbox, or may still get it. `kin` are all lines of the family about it.
UNREACHED = text(
    rf"""
WITH matter AS (
  SELECT * FROM unnest(cast(:kinds AS text[]), cast(:days AS int[]), cast(:untils AS text[]))
    AS m(kind, days, until)),
lost AS (
  SELECT n.id, n.person_id, n.kind, n.fact_key, n.fields, n.created_at, n.told_at, n.told_by,
    coalesce(lead.state, d.state) AS state, coalesce(lead.reason, d.reason) AS reason,
    n.fields ->> nullif(m.until, '') AS until
  FROM delivery d
  JOIN notification n ON n.district_id = d.district_id AND n.id = d.notification_id
  JOIN matter m ON m.kind = n.kind AND n.created_at > now() - make_interval(days => m.days)
  LEFT JOIN delivery lead ON lead.district_id = d.district_id AND lead.id = d.merged_into
  WHERE d.district_id = :district AND n.read_at IS NULL
    AND d.state IN ('failed', 'not_following', 'refused', 'unknown', 'merged')),
found AS (
  SELECT DISTINCT ON (p.id, l.kind, l.fact_key) l.*, p.id AS pupil_id, p.name AS pupil_name,
    c.id AS class_id, c.name AS class_name, c.grade, c.organization_id, o.name AS school,
    ARRAY(SELECT g.guardian_id FROM guardianship g WHERE g.district_id = :district
      AND g.pupil_id = p.id AND g.ends_on IS NULL) || p.id AS family
  FROM lost l
  JOIN person p ON p.district_id = :district AND p.name = l.fields ->> 'pupil'
    AND p.state = 'active' AND (p.id = l.person_id OR EXISTS (
      SELECT FROM guardianship g WHERE g.district_id = :district AND g.guardian_id = l.person_id
        AND g.pupil_id = p.id AND g.ends_on IS NULL))
  JOIN enrollment e ON e.district_id = :district AND e.pupil_id = p.id AND e.ends_on IS NULL
  JOIN school_class c ON c.district_id = :district AND c.id = e.class_id
  JOIN organization o ON o.district_id = :district AND o.id = c.organization_id
  WHERE l.state IN ('failed', 'not_following', 'refused', 'unknown')
    AND (:everywhere OR c.organization_id = ANY(cast(:schools AS uuid[]))
      OR c.id = ANY(cast(:classes AS uuid[])))
    AND (cast(:school AS uuid) IS NULL OR c.organization_id = :school)
    AND coalesce({_MOMENT} > now(), true)
  ORDER BY p.id, l.kind, l.fact_key, l.state = 'unknown' DESC, l.created_at, l.id)
SELECT f.*, t.name AS told_name, kin.ids AS kin
FROM found f
LEFT JOIN person t ON t.district_id = :district AND t.id = f.told_by
CROSS JOIN LATERAL (
  SELECT array_agg(k.id) AS ids, bool_or(k.read_at IS NOT NULL
    OR coalesce(s.state IN ('pending', 'leased', 'sent', 'delivered'), false)) AS heard
  FROM notification k
  LEFT JOIN delivery kd ON kd.district_id = k.district_id AND kd.notification_id = k.id
  LEFT JOIN delivery s ON s.district_id = kd.district_id
    AND s.id = coalesce(kd.merged_into, kd.id)
  WHERE k.district_id = :district AND k.person_id = ANY(f.family) AND k.kind = f.kind
    AND k.fact_key = f.fact_key AND k.fields ->> 'pupil' = f.pupil_name) AS kin
WHERE NOT kin.heard
ORDER BY f.school, f.grade, f.class_name, f.class_id, f.pupil_id, f.created_at, f.id
LIMIT :most
"""  # noqa: S608 - own constants only
)
# Told is told: the first who said so stays.
TOLD = text(
    """
UPDATE notification SET told_at = now(), told_by = :person
WHERE district_id = :district AND id = ANY(cast(:ids AS uuid[])) AND told_at IS NULL
"""
)
