"""The statements of the scan, built once: with the finding of the actor a scan is four."""

from app.attendance.statements import NEAR, VISITS_OF
from app.kit.hot import Hot
from app.notifications.statements import TELL

# The card, whose it is, and all that the child has booked; one row with nulls when it has nothing.
CARD = Hot(
    f"""
SELECT card.pupil_id AS card_pupil_id, card.state AS card_state, owner.name AS card_name, v.*
FROM passport card
JOIN person owner ON owner.district_id = card.district_id AND owner.id = card.pupil_id
LEFT JOIN LATERAL ({VISITS_OF.format(pupil="k.pupil_id = card.pupil_id", when=NEAR)}) v ON true
WHERE card.district_id = :district AND card.scene = :scene
"""  # noqa: S608 - our own fragment
)
# One stamp a child and session; the message counts it in.
AWARD = Hot(
    f"""
WITH done AS (
  INSERT INTO stamp (district_id, id, pupil_id, session_id, attendance_id, base_id, title, base_name,
    category, minutes, evidence, code, awarded_at)
  VALUES (:district, :id, :pupil, :session, :attendance, :base, :title, :base_name, :category,
    :minutes, :evidence, :code, :awarded_at)
  ON CONFLICT (district_id, pupil_id, session_id) WHERE revoked_at IS NULL DO NOTHING
  RETURNING id),
total AS (
  SELECT jsonb_build_object('total', (count(*) + 1)::text) AS more FROM stamp
  WHERE district_id = :district AND pupil_id = :pupil AND revoked_at IS NULL),
{TELL.format(when="FROM done, total", more="total.more")}
SELECT id FROM done
"""  # noqa: S608 - our own fragments
)

# A visit's task sheet: passed, or asked for by the activity and not passed yet.
_SHEET = """coalesce(credit.standing, false) AS has_sheet,
  coalesce(sheet.needed, false) AND NOT coalesce(credit.standing, false) AS lacks_sheet"""
_SHEET_JOINS = """
LEFT JOIN session visit ON visit.district_id = s.district_id AND visit.id = s.session_id
LEFT JOIN task_sheet sheet ON sheet.district_id = s.district_id
  AND sheet.activity_id = visit.activity_id
LEFT JOIN sheet_credit credit ON credit.district_id = s.district_id
  AND credit.pupil_id = s.pupil_id AND credit.session_id = s.session_id
"""
# What the levels see of a stamp. Whoever was seen to leave early has the minutes of the door.
VISITED = f"""
SELECT s.pupil_id, s.base_id, b.theme, b.marks::text AS marks, s.category,
  least(s.minutes, coalesce(came.minutes, s.minutes)) AS minutes,
  (s.awarded_at AT TIME ZONE 'Asia/Shanghai')::date AS day, {_SHEET}
FROM stamp s
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
LEFT JOIN attendance came ON came.district_id = s.district_id AND came.id = s.attendance_id
{_SHEET_JOINS}
WHERE s.district_id = :district AND s.pupil_id = ANY(:pupils) AND s.revoked_at IS NULL
"""  # noqa: S608 - our own fragments
VISITS = Hot(VISITED)
# Children by the thousand, in the order of their ids, with what the levels and messages ask.
_CHILDREN = """
SELECT p.id, p.name, c.grade, c.organization_id AS school_id,
  ARRAY(SELECT w.guardian_id FROM guardianship w WHERE w.district_id = p.district_id
    AND w.pupil_id = p.id AND w.ends_on IS NULL) AS guardians
FROM person p
LEFT JOIN enrollment e ON e.district_id = p.district_id AND e.pupil_id = p.id AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
"""
CHILDREN = Hot(
    f"{_CHILDREN} WHERE p.district_id = :district AND p.id = ANY(:pupils) AND p.state = 'active'"
)
CHILDREN_AFTER = Hot(
    f"""{_CHILDREN}
WHERE p.district_id = :district AND p.state = 'active' AND p.id > :after
  AND EXISTS (SELECT FROM stamp s WHERE s.district_id = p.district_id AND s.pupil_id = p.id
    AND s.revoked_at IS NULL)
ORDER BY p.id LIMIT :size
"""
)
# Take what the levels do not know yet; `fresh` when one of it is news and no old record.
UNCOUNTED = Hot(
    """
WITH batch AS (
  SELECT DISTINCT pupil_id FROM stamp
  WHERE district_id = :district AND counted_at IS NULL LIMIT :size),
taken AS (
  UPDATE stamp s SET counted_at = now() FROM batch
  WHERE s.district_id = :district AND s.pupil_id = batch.pupil_id AND s.counted_at IS NULL
  RETURNING s.pupil_id, s.awarded_at)
SELECT pupil_id, max(awarded_at) > now() - interval '2 days' OR EXISTS (
    SELECT FROM sheet_credit c WHERE c.district_id = :district AND c.pupil_id = taken.pupil_id
    AND c.standing AND c.changed_at > now() - interval '2 days') AS fresh
FROM taken GROUP BY pupil_id
"""
)
# Reached levels: new ones, and those that stand again. Gives what a family has not been told.
REACH = Hot(
    """
INSERT INTO level_reached (district_id, id, pupil_id, rule_set_id, key, level, name, explanation, state)
SELECT :district, n.id, n.pupil, n.rules, n.key, n.level, n.name, n.words, 'standing'
FROM unnest(cast(:ids AS uuid[]), cast(:pupils AS uuid[]), cast(:rules AS uuid[]),
  cast(:keys AS text[]), cast(:levels AS text[]), cast(:names AS text[]), cast(:words AS text[]))
  AS n(id, pupil, rules, key, level, name, words)
ON CONFLICT (district_id, pupil_id, key, level) DO UPDATE
  SET state = 'standing', rule_set_id = excluded.rule_set_id, name = excluded.name,
    explanation = excluded.explanation, changed_at = now()
  WHERE level_reached.state <> 'standing'
RETURNING id, pupil_id, name, key, (xmax = 0) AS first
"""
)
# What no longer follows from the visits is marked, never deleted.
NO_LONGER = Hot(
    """
UPDATE level_reached l SET state = :state, changed_at = now()
FROM unnest(cast(:measured AS uuid[]), cast(:measured_keys AS text[])) AS m(pupil, key)
WHERE l.district_id = :district AND l.pupil_id = m.pupil AND l.key = m.key
  AND l.state = 'standing' AND NOT EXISTS (
    SELECT FROM unnest(cast(:pupils AS uuid[]), cast(:keys AS text[]), cast(:levels AS text[]))
      AS n(pupil, key, level)
    WHERE n.pupil = l.pupil_id AND n.key = l.key AND n.level = l.level)
"""
)
STANDING = Hot(
    """
SELECT pupil_id, level FROM level_reached
WHERE district_id = :district AND key = :key AND pupil_id = ANY(:pupils) AND state = 'standing'
"""
)
# The newest version of each set that is in force on a day.
IN_FORCE = Hot(
    """
SELECT DISTINCT ON (key) id, key, number, title, body::text AS body FROM rule_set
WHERE district_id = :district AND state = 'in_force' AND from_on <= :day
ORDER BY key, number DESC
"""
)
# A family's passport: cover, class and levels in one row.
COVER = Hot(
    """
SELECT p.name, card.id AS passport_id, card.number, card.created_at, c.grade,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(l.key, l.level, l.name, l.state,
      to_char(l.reached_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'))), '[]')::text
    FROM level_reached l WHERE l.district_id = p.district_id AND l.pupil_id = p.id) AS levels
FROM person p
LEFT JOIN passport card ON card.district_id = p.district_id AND card.pupil_id = p.id
  AND card.state = 'active'
LEFT JOIN enrollment e ON e.district_id = p.district_id AND e.pupil_id = p.id AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
WHERE p.district_id = :district AND p.id = :pupil
"""
)
_WALL = f"""
SELECT s.id, s.pupil_id, s.base_id, s.base_name, s.title, s.category, s.evidence, s.awarded_at,
  s.code, s.kid, b.theme, b.stamp_look, b.marks::text AS marks, least(s.minutes, coalesce(came.minutes, s.minutes)) AS minutes,
  (s.awarded_at AT TIME ZONE 'Asia/Shanghai')::date AS day, {_SHEET}
FROM stamp s
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
LEFT JOIN attendance came ON came.district_id = s.district_id AND came.id = s.attendance_id
{_SHEET_JOINS}
WHERE s.district_id = :district AND {{whose}} AND s.revoked_at IS NULL
ORDER BY s.awarded_at DESC, s.id DESC
"""  # noqa: S608 - our own fragments
WALL = Hot(_WALL.format(whose="s.pupil_id = :pupil"))
WALLS = Hot(_WALL.format(whose="s.pupil_id = ANY(:pupils)"))
# The same for printing: many children of a class, with school and class, by student number.
BOOKLETS = Hot(
    """
SELECT p.id AS pupil_id, p.name, card.number, card.scene, c.grade, c.name AS class_name,
  o.name AS school, d.name AS district,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(l.key, l.level, l.name, l.state,
      to_char(l.reached_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'))), '[]')::text
    FROM level_reached l WHERE l.district_id = p.district_id AND l.pupil_id = p.id) AS levels
FROM person p
JOIN district d ON d.id = p.district_id
JOIN passport card ON card.district_id = p.district_id AND card.pupil_id = p.id
  AND card.state = 'active'
LEFT JOIN enrollment e ON e.district_id = p.district_id AND e.pupil_id = p.id AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
LEFT JOIN organization o ON o.district_id = c.district_id AND o.id = c.organization_id
WHERE p.district_id = :district AND p.id = ANY(:pupils)
ORDER BY e.student_no, p.id
"""
)
# Whom a class's print shows: a stretch of its children by student number; `has` a passport or not.
CLASS_CHILDREN = Hot(
    """
SELECT e.pupil_id, EXISTS (SELECT FROM passport card WHERE card.district_id = e.district_id
    AND card.pupil_id = e.pupil_id AND card.state = 'active') AS has
FROM enrollment e JOIN person p ON p.district_id = e.district_id AND p.id = e.pupil_id
WHERE e.district_id = :district AND e.class_id = :class AND e.ends_on IS NULL AND p.state = 'active'
ORDER BY e.student_no, p.id LIMIT :size OFFSET :after
"""
)
# Classes of a school (or one class) with the number of children that have a passport.
PRINTABLE = Hot(
    """
SELECT c.id, count(e.id) AS children, count(card.id) AS passports
FROM school_class c
LEFT JOIN enrollment e ON e.district_id = c.district_id AND e.class_id = c.id AND e.ends_on IS NULL
LEFT JOIN person p ON p.district_id = e.district_id AND p.id = e.pupil_id AND p.state = 'active'
LEFT JOIN passport card ON card.district_id = p.district_id AND card.pupil_id = p.id
  AND card.state = 'active'
WHERE c.district_id = :district AND (c.id = :place OR c.organization_id = :place)
GROUP BY c.id, c.grade, c.name ORDER BY c.grade, c.name
"""
)
ORDER = Hot(
    """
INSERT INTO print_order (district_id, id, class_id, part, state, ordered_by)
SELECT :district, n.id, n.class, n.part, 'waiting', :person
FROM unnest(cast(:ids AS uuid[]), cast(:classes AS uuid[]), cast(:parts AS int[])) AS n(id, class, part)
ON CONFLICT (district_id, class_id, part) WHERE state = 'waiting' DO NOTHING
RETURNING id
"""
)
ONE_STAMP = Hot(
    """
SELECT s.id, s.pupil_id, s.session_id, s.base_id, s.base_name, s.title, s.category, s.evidence,
  s.awarded_at, s.code, s.holder, s.kid, s.signature, s.minutes, b.theme, b.stamp_look, d.name AS district,
  came.arrived_at, came.left_at, came.minutes AS seen_minutes
FROM stamp s
JOIN district d ON d.id = s.district_id
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
LEFT JOIN attendance came ON came.district_id = s.district_id AND came.id = s.attendance_id
WHERE s.district_id = :district AND s.id = :stamp AND s.revoked_at IS NULL
"""
)
# Across districts: the code alone finds the stamp. No name is read.
OF_CODE = """
SELECT s.code, s.title, s.base_name, s.category, s.minutes, s.evidence, s.awarded_at, s.revoked_at,
  s.holder, s.kid, s.signature, d.name AS district, k.public, k.withdrawn_at
FROM stamp s JOIN district d ON d.id = s.district_id LEFT JOIN stamp_key k ON k.kid = s.kid
WHERE s.code = :code ORDER BY s.revoked_at IS NULL DESC, s.id LIMIT 1
"""
OF_CERTIFICATE = """
SELECT l.name, l.explanation, l.state, l.reached_at, d.name AS district, r.title AS rules,
  right(card.number, 4) AS tail
FROM certificate c
JOIN level_reached l ON l.district_id = c.district_id AND l.id = c.level_id
JOIN rule_set r ON r.district_id = l.district_id AND r.id = l.rule_set_id
JOIN district d ON d.id = c.district_id
LEFT JOIN passport card ON card.district_id = c.district_id AND card.pupil_id = c.pupil_id
  AND card.state = 'active'
WHERE c.code = :code LIMIT 1
"""
PUBLISHED_KEYS = """
SELECT kid, public, created_at, retired_at, withdrawn_at FROM stamp_key ORDER BY created_at, kid
"""
REVOKED_CODES = "SELECT code FROM stamp WHERE revoked_at IS NOT NULL ORDER BY code"
UNSIGNED = """
SELECT s.district_id, s.id, s.pupil_id, s.code, s.title, s.base_name, s.category, s.minutes,
  s.evidence, s.awarded_at, s.salt, s.holder, d.name AS district
FROM stamp s JOIN district d ON d.id = s.district_id
WHERE s.kid IS NULL AND s.revoked_at IS NULL ORDER BY s.district_id, s.id LIMIT :size
FOR UPDATE OF s SKIP LOCKED
"""
SIGN = """
UPDATE stamp s SET salt = n.salt, holder = n.holder, kid = n.kid, signature = n.signature
FROM unnest(cast(:districts AS uuid[]), cast(:ids AS uuid[]), cast(:salts AS text[]),
  cast(:holders AS text[]), cast(:kids AS text[]), cast(:signatures AS text[]))
  AS n(district, id, salt, holder, kid, signature)
WHERE s.district_id = n.district AND s.id = n.id
"""
SIGNING_KEY = "SELECT kid, public, sealed_private FROM stamp_key WHERE retired_at IS NULL"
KEY_ADDED = """
INSERT INTO stamp_key (kid, public, sealed_private) VALUES (:kid, :public, :sealed)
ON CONFLICT DO NOTHING
"""
KEY_RETIRED = "UPDATE stamp_key SET retired_at = now() WHERE retired_at IS NULL"
KEY_WITHDRAWN = """
UPDATE stamp_key SET withdrawn_at = coalesce(withdrawn_at, now()), retired_at = coalesce(retired_at, now())
WHERE kid = :kid RETURNING kid
"""
UNSIGN = "UPDATE stamp SET kid = NULL, signature = NULL WHERE kid = :kid"
