"""SQL of the allocation's input: built once, read in a handful of round trips."""

from sqlalchemy import text

# Who wished, with school and memory: rounds in a row that gave nothing, within a year,
# and absences without excuse within half a year. Where nobody came the unit was missing, not the child.
WANTERS = text(
    """
WITH mine AS (
  SELECT DISTINCT w.pupil_id FROM wish w WHERE w.district_id = :district AND w.round_id = :round),
past AS (
  SELECT r.pupil_id, r.session_id IS NOT NULL AS got, b.published_at
  FROM allocation_result r
  JOIN allocation_run n ON n.district_id = r.district_id AND n.id = r.run_id AND n.kind = 'final'
  JOIN booking_round b ON b.district_id = n.district_id AND b.id = n.round_id
  JOIN mine m ON m.pupil_id = r.pupil_id
  WHERE r.district_id = :district AND b.published_at > now() - interval '1 year'),
lucky AS (SELECT pupil_id, max(published_at) AS last FROM past WHERE got GROUP BY pupil_id)
SELECT m.pupil_id, p.name AS pupil_name, c.organization_id AS school_id, c.grade,
  (SELECT count(*) FROM past x LEFT JOIN lucky l ON l.pupil_id = x.pupil_id
    WHERE x.pupil_id = m.pupil_id AND NOT x.got
      AND (l.last IS NULL OR x.published_at > l.last)) AS unlucky,
  (SELECT count(*) FROM booking b JOIN session s ON s.district_id = b.district_id
      AND s.id = b.session_id AND s.ends_at > now() - interval '180 days'
    WHERE b.district_id = :district AND b.pupil_id = m.pupil_id AND b.state = 'absent'
      AND EXISTS (SELECT 1 FROM booking c WHERE c.district_id = s.district_id
        AND c.session_id = s.id AND c.state = 'attended')) AS missed
FROM mine m
JOIN person p ON p.district_id = :district AND p.id = m.pupil_id AND p.state = 'active'
JOIN enrollment e ON e.district_id = :district AND e.pupil_id = m.pupil_id AND e.ends_on IS NULL
JOIN school_class c ON c.district_id = :district AND c.id = e.class_id
ORDER BY m.pupil_id
"""
)
WISHES = text(
    "SELECT pupil_id, session_id, number FROM wish WHERE district_id = :district "
    "AND round_id = :round ORDER BY pupil_id, number"
)
# The round's sessions with their free seats now.
SESSIONS = text(
    """
SELECT s.id, a.title, s.starts_at, s.ends_at, a.min_grade, a.max_grade, b.name AS base_name,
  s.state = 'planned' AND a.state = 'published' AND s.starts_at > now() AS open,
  s.capacity, (SELECT count(*) FROM seat t WHERE t.district_id = s.district_id
    AND t.session_id = s.id AND t.booking_id IS NULL) AS free,
  (SELECT count(*) FROM wish w WHERE w.district_id = s.district_id AND w.round_id = r.round_id
    AND w.session_id = s.id) AS wished,
  (SELECT count(*) FROM wish w WHERE w.district_id = s.district_id AND w.round_id = r.round_id
    AND w.session_id = s.id AND w.number = 1) AS first
FROM round_session r
JOIN session s ON s.district_id = r.district_id AND s.id = r.session_id
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
WHERE r.district_id = :district AND r.round_id = :round
ORDER BY s.starts_at, s.id
"""
)
# Children of each school in the grades of a session: the base of its reserves.
ENROLLED = text(
    """
SELECT c.grade, c.organization_id AS school_id, count(*) AS children
FROM enrollment e JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
WHERE e.district_id = :district AND e.ends_on IS NULL
GROUP BY c.grade, c.organization_id
"""
)
# What the wishing children have already booked: (pupil, from, to).
BUSY = text(
    """
SELECT b.pupil_id, b.session_id, s.starts_at, s.ends_at
FROM booking b JOIN session s ON s.district_id = b.district_id AND s.id = b.session_id
WHERE b.district_id = :district AND b.state IN ('confirmed', 'attended', 'offered', 'held')
  AND s.state = 'planned' AND s.ends_at > now()
  AND b.pupil_id = ANY(:pupils)
"""
)
# The other half of a swap: somebody who holds what is wanted and wants what is given.
COUNTERPART = text(
    """
SELECT o.id, o.pupil_id FROM swap_offer o
WHERE o.district_id = :district AND o.round_id = :round AND o.state = 'open'
  AND o.given_id = :wanted AND o.wanted_id = :given AND o.pupil_id <> :pupil
ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
)
ROUND_FIGURES = text(
    """
SELECT count(DISTINCT w.pupil_id) AS pupils, count(*) AS wishes,
  (SELECT count(*) FROM round_session r WHERE r.district_id = :district AND r.round_id = :round) AS sessions
FROM wish w WHERE w.district_id = :district AND w.round_id = :round
"""
)
# Two saves of one child's wishes, or two swaps of one round, take turns.
ONE_PUPIL = text("SELECT pg_advisory_xact_lock(hashtextextended(:pupil || :round, 2))")
ONE_ROUND = text("SELECT pg_advisory_xact_lock(hashtextextended(:round, 3))")
NAME = text("SELECT name FROM person WHERE district_id = :district AND id = :pupil")
CANDIDATES = text(
    """
SELECT s.id, a.title, s.starts_at, s.capacity, o.name AS unit
FROM session s
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id AND a.state = 'published'
JOIN organization o ON o.district_id = a.district_id AND o.id = a.organization_id
JOIN booking_round r ON r.district_id = s.district_id AND r.id = :round
WHERE s.district_id = :district AND s.state = 'planned' AND s.starts_at > r.closes_at
  AND (s.mode = 'first_come' OR (s.mode = 'wishes' AND r.top_up_of IS NOT NULL))
  AND (r.top_up_of IS NOT NULL OR NOT EXISTS (SELECT FROM booking b
    WHERE b.district_id = s.district_id AND b.session_id = s.id
      AND b.state NOT IN ('cancelled', 'absent')))
  AND NOT EXISTS (SELECT FROM round_session x
    WHERE x.district_id = s.district_id AND x.round_id = :round AND x.session_id = s.id)
ORDER BY s.starts_at, s.id LIMIT 300
"""
)
