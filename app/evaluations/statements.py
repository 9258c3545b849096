"""The statements of task sheets, built once."""

from sqlalchemy import text

from app.attendance.statements import VISITS_OF
from app.kit.hot import Hot

# One at a time for a child and session: the same form sent twice waits for the first.
ALONE = text(
    "SELECT pg_advisory_xact_lock(hashtextextended("
    "cast(cast(:session AS uuid) AS text) || cast(cast(:pupil AS uuid) AS text), 6))"
)
VISIT = Hot(VISITS_OF.format(pupil="k.pupil_id = :pupil", when="s.id = :session"))
# The newest submission of each child at a session.
_NEWEST = """
LEFT JOIN LATERAL (
  SELECT t.id, t.number, t.state, t.is_late, t.submitted_at,
    (SELECT count(*) FROM submission_picture i WHERE i.district_id = t.district_id
      AND i.submission_id = t.id) AS pictures,
    (SELECT r.comment FROM sheet_review r WHERE r.district_id = t.district_id
      AND r.submission_id = t.id ORDER BY r.at DESC, r.id DESC LIMIT 1) AS comment
  FROM task_submission t
  WHERE t.district_id = k.district_id AND t.session_id = k.session_id AND t.pupil_id = k.pupil_id
  ORDER BY t.number DESC LIMIT 1) newest ON true
"""
# The children of a session: all of them for the unit that runs it (names masked), else own classes
# and own schools.
GRID = text(
    f"""
SELECT k.pupil_id, CASE WHEN :masked THEN left(p.name, 1) || '*' ELSE p.name END AS name,
  c.name AS class_name, came.id IS NOT NULL AS came, newest.id AS submission_id, newest.number,
  newest.state, newest.is_late, newest.submitted_at, coalesce(newest.pictures, 0) AS pictures
FROM booking k
JOIN person p ON p.district_id = k.district_id AND p.id = k.pupil_id
LEFT JOIN enrollment e ON e.district_id = p.district_id AND e.pupil_id = p.id AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
LEFT JOIN attendance came ON came.district_id = k.district_id AND came.session_id = k.session_id
  AND came.pupil_id = k.pupil_id
{_NEWEST}
WHERE k.district_id = :district AND k.session_id = :session AND k.state IN ('confirmed', 'attended')
  AND p.state = 'active' AND (cast(:class AS uuid) IS NULL OR c.id = :class)
  AND (:all OR c.id = ANY(:classes) OR c.organization_id = ANY(:schools))
ORDER BY c.grade, c.name, e.student_no, p.name, p.id
LIMIT 1000
"""  # noqa: S608 - our own fragment
)
# What a child may hand in: every visit of the last months that has a sheet.
OWN = text(
    f"""
SELECT k.session_id, k.pupil_id, a.title AS activity_title, t.title, t.due_days, t.needed,
  s.starts_at, newest.id AS submission_id, newest.state, coalesce(newest.comment, '') AS comment
FROM booking k
JOIN session s ON s.district_id = k.district_id AND s.id = k.session_id
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN task_sheet t ON t.district_id = a.district_id AND t.activity_id = a.id
{_NEWEST}
WHERE k.district_id = :district AND k.pupil_id = :pupil AND k.state IN ('confirmed', 'attended')
  AND s.state IN ('planned', 'closed') AND s.starts_at > now() - interval '400 days'
  AND s.starts_at < now()
ORDER BY s.starts_at DESC, k.id
LIMIT 200
"""  # noqa: S608 - our own fragment
)
CODES = text(
    """
INSERT INTO sheet_code (district_id, id, session_id, pupil_id, code)
SELECT :district, n.id, :session, n.pupil, n.code
FROM unnest(cast(:ids AS uuid[]), cast(:pupils AS uuid[]), cast(:codes AS text[])) AS n(id, pupil, code)
ON CONFLICT (district_id, session_id, pupil_id) DO NOTHING
"""
)
CODES_OF = text(
    "SELECT pupil_id, code FROM sheet_code WHERE district_id = :district AND session_id = :session "
    "AND pupil_id = ANY(:pupils)"
)
# Sheets due by the end of tomorrow that nobody has handed in, with who is told.
DUE = text(
    """
SELECT k.session_id, k.pupil_id, p.name, a.title, t.due_days, s.starts_at,
  ARRAY(SELECT w.guardian_id FROM guardianship w WHERE w.district_id = p.district_id
    AND w.pupil_id = p.id AND w.ends_on IS NULL) AS guardians
FROM task_sheet t
JOIN activity a ON a.district_id = t.district_id AND a.id = t.activity_id
JOIN session s ON s.district_id = a.district_id AND s.activity_id = a.id
JOIN booking k ON k.district_id = s.district_id AND k.session_id = s.id
JOIN attendance came ON came.district_id = s.district_id AND came.session_id = s.id
  AND came.pupil_id = k.pupil_id
JOIN person p ON p.district_id = k.district_id AND p.id = k.pupil_id AND p.state = 'active'
WHERE t.district_id = :district AND s.state IN ('planned', 'closed')
  AND s.starts_at < now() AND s.starts_at > now() - interval '70 days'
  AND k.state IN ('confirmed', 'attended')
  AND (s.starts_at AT TIME ZONE 'Asia/Shanghai')::date + t.due_days
    BETWEEN cast(:today AS date) AND cast(:today AS date) + 1
  AND NOT EXISTS (SELECT FROM task_submission u WHERE u.district_id = k.district_id
    AND u.session_id = k.session_id AND u.pupil_id = k.pupil_id)
"""
)
# Sessions with sheets that were handed in to this teacher, school or unit: how many, and how many wait.
SESSIONS = text(
    """
SELECT s.id, a.title, s.starts_at, count(*) AS handed_in,
  count(*) FILTER (WHERE t.state = 'submitted') AS waiting
FROM task_submission t
JOIN session s ON s.district_id = t.district_id AND s.id = t.session_id
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
LEFT JOIN enrollment e ON e.district_id = t.district_id AND e.pupil_id = t.pupil_id
  AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
WHERE t.district_id = :district
  AND (c.id = ANY(:classes) OR c.organization_id = ANY(:schools) OR a.organization_id = ANY(:schools))
  AND NOT EXISTS (SELECT FROM task_submission n WHERE n.district_id = t.district_id
    AND n.session_id = t.session_id AND n.pupil_id = t.pupil_id AND n.number > t.number)
GROUP BY s.id, a.title, s.starts_at
ORDER BY s.starts_at DESC, s.id
LIMIT 200
"""
)
# Visits over since yesterday's question that the family has said nothing about, with who is asked.
UNRATED = text(
    """
SELECT came.session_id, came.pupil_id, p.name, a.title, s.ends_at,
  ARRAY(SELECT w.guardian_id FROM guardianship w WHERE w.district_id = p.district_id
    AND w.pupil_id = p.id AND w.ends_on IS NULL) AS guardians
FROM session s
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN attendance came ON came.district_id = s.district_id AND came.session_id = s.id
JOIN person p ON p.district_id = came.district_id AND p.id = came.pupil_id AND p.state = 'active'
WHERE s.district_id = :district AND s.state IN ('planned', 'closed')
  AND s.ends_at <= now() AND s.ends_at > now() - interval '2 days'
  AND NOT EXISTS (SELECT FROM evaluation v WHERE v.district_id = came.district_id
    AND v.session_id = came.session_id AND v.side = 'pupil' AND v.pupil_id = came.pupil_id)
ORDER BY came.session_id, came.pupil_id
"""
)
# Whether a session's evaluation is closed: 14 days after the end; or earlier once every child that
# came, the unit about every class, and the teacher of every class that booked as one have spoken.
CLOSED = """
(s.ends_at + interval '14 days' <= now() OR (s.ends_at <= now()
  AND EXISTS (SELECT FROM attendance w WHERE w.district_id = s.district_id AND w.session_id = s.id)
  AND NOT EXISTS (SELECT FROM attendance w
    LEFT JOIN enrollment n ON n.district_id = w.district_id AND n.pupil_id = w.pupil_id
      AND n.ends_on IS NULL
    WHERE w.district_id = s.district_id AND w.session_id = s.id
      AND (NOT EXISTS (SELECT FROM evaluation v WHERE v.district_id = w.district_id
          AND v.session_id = w.session_id AND v.side = 'pupil' AND v.pupil_id = w.pupil_id)
        OR (n.class_id IS NOT NULL AND NOT EXISTS (SELECT FROM evaluation v
          WHERE v.district_id = w.district_id AND v.session_id = w.session_id
            AND v.side = 'unit' AND v.class_id = n.class_id))))
  AND NOT EXISTS (SELECT FROM class_booking g WHERE g.district_id = s.district_id
    AND g.session_id = s.id AND g.state = 'accepted' AND NOT EXISTS (
      SELECT FROM evaluation v WHERE v.district_id = g.district_id AND v.session_id = g.session_id
        AND v.side = 'teacher' AND v.class_id = g.class_id))))"""
STANDING = text(
    f"""
SELECT s.id, s.starts_at, s.ends_at, a.id AS activity_id, a.title, a.organization_id,
  o.name AS unit, {CLOSED} AS closed
FROM session s
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN organization o ON o.district_id = a.district_id AND o.id = a.organization_id
WHERE s.district_id = :district AND s.id = :session
"""  # noqa: S608 - our own fragment
)
ONE_SESSION = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(cast(cast(:session AS uuid) AS text), 7))"
)
# The classes whose children came to a session.
CLASSES = text(
    """
SELECT c.id, c.name, c.organization_id, count(*) AS came
FROM attendance w
JOIN enrollment e ON e.district_id = w.district_id AND e.pupil_id = w.pupil_id AND e.ends_on IS NULL
JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
WHERE w.district_id = :district AND w.session_id = :session
GROUP BY c.id, c.name, c.organization_id, c.grade ORDER BY c.grade, c.name, c.id
"""
)
# What was said of a session, with its text only when moderation has passed it.
SAID = text(
    """
SELECT v.side, v.class_id, o.name || c.name AS class_name, v.scores,
  CASE WHEN m.state = 'passed' THEN v.said ELSE '' END AS said
FROM evaluation v
LEFT JOIN moderation_item m ON m.district_id = v.district_id AND m.id = v.text_id
LEFT JOIN school_class c ON c.district_id = v.district_id AND c.id = v.class_id
LEFT JOIN organization o ON o.district_id = c.district_id AND o.id = c.organization_id
WHERE v.district_id = :district AND v.session_id = :session ORDER BY v.id
"""
)
# Visitors' scores of an activity from closed sessions, and what the unit answered in public.
OF_ACTIVITY = text(
    f"""
SELECT v.scores FROM evaluation v
JOIN session s ON s.district_id = v.district_id AND s.id = v.session_id
WHERE v.district_id = :district AND s.activity_id = :activity AND v.side IN ('pupil', 'teacher')
  AND {CLOSED}
LIMIT 5000
"""  # noqa: S608 - our own fragment
)
ANSWERS_OF = text(
    """
SELECT w.said FROM evaluation_answer w
JOIN session s ON s.district_id = w.district_id AND s.id = w.session_id
JOIN moderation_item m ON m.district_id = w.district_id AND m.id = w.text_id AND m.state = 'passed'
WHERE w.district_id = :district AND s.activity_id = :activity ORDER BY w.id DESC LIMIT 5
"""
)
# Sessions that may be or were evaluated, near enough to the actor: how many answered, how it stands.
EVALUATED = text(
    f"""
SELECT s.id, a.title, s.starts_at, o.name AS unit, {CLOSED} AS closed,
  (SELECT count(*) FROM evaluation v WHERE v.district_id = s.district_id AND v.session_id = s.id
    AND v.side <> 'unit') AS answers
FROM session s
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN organization o ON o.district_id = a.district_id AND o.id = a.organization_id
WHERE s.district_id = :district AND s.starts_at <= now()
  AND s.starts_at > now() - interval '400 days' AND s.state IN ('planned', 'closed')
  AND (:everywhere OR a.organization_id = ANY(:schools) OR EXISTS (
    SELECT FROM attendance w
    JOIN enrollment e ON e.district_id = w.district_id AND e.pupil_id = w.pupil_id
      AND e.ends_on IS NULL
    JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
    WHERE w.district_id = s.district_id AND w.session_id = s.id
      AND (c.id = ANY(:classes) OR c.organization_id = ANY(:schools))))
ORDER BY s.starts_at DESC, s.id LIMIT 200
"""  # noqa: S608 - our own fragment
)
