"""Statements over many people at once, built once."""

from sqlalchemy import text

from app.channels.service.windows import IS_OPEN

# Whom an audience means today: (person, the organization under which it is counted), each once.
# An empty list narrows nothing. Grades, classes and sessions mean children: guardians of those
# children and teachers of their classes; whoever has no class drops out then.
_PEOPLE = """
kids AS (
  SELECT e.pupil_id, c.id AS class_id, c.organization_id
  FROM enrollment e
  JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
  WHERE e.district_id = :district AND e.ends_on IS NULL
    AND (cast(:schools AS uuid[]) = '{}' OR c.organization_id = ANY(cast(:schools AS uuid[])))
    AND (cast(:grades AS int[]) = '{}' OR c.grade = ANY(cast(:grades AS int[])))
    AND (cast(:classes AS uuid[]) = '{}' OR c.id = ANY(cast(:classes AS uuid[])))
    AND (cast(:sessions AS uuid[]) = '{}' OR EXISTS (
      SELECT FROM booking b WHERE b.district_id = e.district_id AND b.pupil_id = e.pupil_id
        AND b.session_id = ANY(cast(:sessions AS uuid[]))
        AND b.state IN ('confirmed', 'attended')))),
found AS (
  SELECT g.guardian_id AS person_id, k.organization_id
  FROM kids k JOIN guardianship g ON g.district_id = :district AND g.pupil_id = k.pupil_id
    AND g.ends_on IS NULL
  WHERE 'guardian' = ANY(cast(:roles AS text[]))
  UNION
  SELECT r.person_id, r.organization_id FROM role_grant r
  WHERE r.district_id = :district AND r.role = ANY(cast(:roles AS text[]))
    AND r.starts_on <= :today AND (r.ends_on IS NULL OR r.ends_on >= :today)
    AND (cast(:schools AS uuid[]) = '{}' OR r.organization_id = ANY(cast(:schools AS uuid[])))
    AND ((cast(:grades AS int[]) = '{}' AND cast(:classes AS uuid[]) = '{}'
        AND cast(:sessions AS uuid[]) = '{}')
      OR r.class_id IN (SELECT class_id FROM kids))),
people AS (
  SELECT DISTINCT ON (f.person_id) f.person_id, f.organization_id
  FROM found f JOIN person p ON p.district_id = :district AND p.id = f.person_id
    AND p.state = 'active'
  ORDER BY f.person_id, f.organization_id)"""
MEASURE = text(
    f"""
WITH {_PEOPLE}
SELECT count(*) AS people, count(DISTINCT organization_id) AS places,
  encode(sha256(convert_to(coalesce(string_agg(person_id::text, ',' ORDER BY person_id), ''),
    'UTF8')), 'hex') AS digest
FROM people
"""  # noqa: S608 - own constants only
)
FREEZE = text(
    f"""
WITH {_PEOPLE}
INSERT INTO announcement_recipient (district_id, announcement_id, person_id, organization_id)
SELECT :district, :announcement, person_id, organization_id FROM people
"""  # noqa: S608 - own constants only
)
FROZEN = text(
    """
SELECT count(*) AS people,
  encode(sha256(convert_to(coalesce(string_agg(person_id::text, ',' ORDER BY person_id), ''),
    'UTF8')), 'hex') AS digest
FROM announcement_recipient WHERE district_id = :district AND announcement_id = :announcement
"""
)
# Sent is sent: run again, it takes those that are left.
SEND_PART = text(
    """
WITH part AS (
  SELECT person_id FROM announcement_recipient
  WHERE district_id = :district AND announcement_id = :announcement AND sent_at IS NULL
  ORDER BY person_id LIMIT :most)
UPDATE announcement_recipient r SET sent_at = now(), reach = CASE
    WHEN EXISTS (SELECT FROM identity i WHERE i.district_id = :district
      AND i.person_id = r.person_id AND i.kind = 'service_account' AND i.broken_at IS NULL)
      THEN 'wechat'
    WHEN EXISTS (SELECT FROM identity i WHERE i.district_id = :district
      AND i.person_id = r.person_id AND i.kind = 'miniprogram') THEN 'not_following'
    ELSE 'unbound' END
FROM part WHERE r.district_id = :district AND r.announcement_id = :announcement
  AND r.person_id = part.person_id
RETURNING r.person_id
"""
)
LEFT = text(
    "SELECT count(*) FROM announcement_recipient WHERE district_id = :district "
    "AND announcement_id = :announcement AND sent_at IS NULL"
)
_PHONES = """
SELECT DISTINCT ON (r.person_id) i.subject, i.issuer FROM announcement_recipient r
JOIN identity i ON i.district_id = r.district_id AND i.person_id = r.person_id
  AND i.kind = 'service_account' AND i.broken_at IS NULL
WHERE r.district_id = :district AND r.announcement_id = :announcement AND r.reach = 'wechat'
{whom}
ORDER BY r.person_id, i.created_at DESC"""
# For the one mass call, in an order that is the same each time.
OPENIDS = text(_PHONES.format(whom=""))
# Who has not read it and may be written to in the chat now.
UNREAD_CHATS = text(
    f"""
SELECT w.appid, w.openid FROM ({_PHONES.format(whom="AND r.read_at IS NULL")}) phone
JOIN chat_window w ON w.district_id = :district AND w.appid = phone.issuer
  AND w.openid = phone.subject
WHERE {IS_OPEN}
"""  # noqa: S608 - our own fragments
)
BY_PLACE = text(
    """
SELECT r.organization_id, o.name, count(*) AS people, count(r.sent_at) AS sent,
  count(r.read_at) AS read, count(*) FILTER (WHERE r.sent_at IS NOT NULL AND r.read_at IS NULL)
    AS unread,
  count(*) FILTER (WHERE r.reach = 'not_following') AS not_following,
  count(*) FILTER (WHERE r.reach = 'unbound') AS unbound
FROM announcement_recipient r
LEFT JOIN organization o ON o.district_id = r.district_id AND o.id = r.organization_id
WHERE r.district_id = :district AND r.announcement_id = :announcement
  AND (:everywhere OR r.organization_id = ANY(cast(:places AS uuid[])))
GROUP BY r.organization_id, o.name ORDER BY o.name
"""
)
# Who has not read it, each with one of the children through whom it was addressed.
UNREAD = text(
    """
SELECT p.name, r.reach, k.child, k.child_id
FROM announcement_recipient r
JOIN person p ON p.district_id = r.district_id AND p.id = r.person_id
LEFT JOIN LATERAL (
  SELECT concat_ws(' ', c.name, kid.name) AS child, kid.id AS child_id FROM guardianship g
  JOIN person kid ON kid.district_id = g.district_id AND kid.id = g.pupil_id
  JOIN enrollment e ON e.district_id = g.district_id AND e.pupil_id = g.pupil_id
    AND e.ends_on IS NULL
  JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
    AND c.organization_id = r.organization_id
  WHERE g.district_id = :district AND g.guardian_id = r.person_id AND g.ends_on IS NULL
  ORDER BY c.name, kid.name LIMIT 1) k ON true
WHERE r.district_id = :district AND r.announcement_id = :announcement
  AND r.organization_id = :place AND r.sent_at IS NOT NULL AND r.read_at IS NULL
ORDER BY k.child, p.name, p.id
"""
)
# What one person let go alone within a day: small portions must not add up to a large one.
TOLD_ALONE = text(
    """
SELECT coalesce(sum(people), 0) FROM announcement
WHERE district_id = :district AND approved_by IS NULL AND submitted_by = :person
  AND id <> :announcement AND cool_until > now() - interval '24 hours'
  AND state IN ('cooling', 'sending', 'done')
"""
)
