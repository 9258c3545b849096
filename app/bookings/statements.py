"""The statements of the hot path, built once.

Booking is a cheap look first ("already full" costs one index read), then one
statement that takes a seat row with SKIP LOCKED. No counter, so none can drift.
"""

from sqlalchemy import text

# One row, or none: the session with its activity, the child's class, what is already booked.
GATE = text(
    """
SELECT s.id AS session_id, s.starts_at, s.ends_at, s.booking_opens_at, s.booking_closes_at,
  s.state AS session_state, s.mode, a.state AS activity_state, a.title, a.min_grade, a.max_grade,
  b.name AS base_name, p.name AS pupil_name, c.grade, c.id AS class_id,
  c.organization_id AS school_id,
  mine.id AS booking_id, mine.state AS booking_state, mine.queue_no, mine.version,
  EXISTS (SELECT 1 FROM seat t WHERE t.district_id = s.district_id AND t.session_id = s.id
     AND t.booking_id IS NULL) AS has_free_seat
FROM session s
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
JOIN person p ON p.district_id = s.district_id AND p.id = :pupil AND p.state = 'active'
LEFT JOIN enrollment e ON e.district_id = s.district_id AND e.pupil_id = p.id
  AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = s.district_id AND c.id = e.class_id
LEFT JOIN booking mine ON mine.district_id = s.district_id AND mine.session_id = s.id
  AND mine.pupil_id = p.id AND mine.state IN ('confirmed', 'waitlisted', 'attended')
WHERE s.district_id = :district AND s.id = :session
"""
)

# Takes a seat of the child's school or of the open pool, unless somebody is already waiting;
# without one the booking joins the queue. A twin request that was faster wins by the unique index.
BOOK = text(
    """
WITH taken AS (
  UPDATE seat SET booking_id = :booking
  WHERE district_id = :district AND id = (
    SELECT id FROM seat
    WHERE district_id = :district AND session_id = :session AND booking_id IS NULL
      AND (pool_id IS NULL OR pool_id = :school)
      AND NOT EXISTS (SELECT 1 FROM booking q WHERE q.district_id = :district
        AND q.session_id = :session AND q.state = 'waitlisted')
    ORDER BY pool_id NULLS LAST
    LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id),
placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id)
  SELECT :district, :booking, :session, :pupil, :person,
    CASE WHEN taken.id IS NULL THEN 'waitlisted' ELSE 'confirmed' END, taken.id
  FROM (SELECT 1) one LEFT JOIN taken ON true
  WHERE :may_wait OR taken.id IS NOT NULL
  ON CONFLICT (district_id, session_id, pupil_id)
    WHERE state IN ('confirmed', 'waitlisted', 'attended') DO NOTHING
  RETURNING id, state, queue_no)
SELECT (SELECT id FROM taken) AS seat_id, placed.id, placed.state, placed.queue_no
FROM (SELECT 1) one LEFT JOIN placed ON true
"""
)

# Many at once, one seat each: what a round gave out. Fewer rows than asked means a seat was missing.
PLACE_MANY = text(
    """
WITH locked AS (
  SELECT id, session_id FROM seat
  WHERE district_id = :district AND session_id = ANY(:sessions) AND booking_id IS NULL
  FOR UPDATE),
numbered AS (
  SELECT id, session_id, row_number() OVER (PARTITION BY session_id ORDER BY id) AS n FROM locked),
wanted AS (
  SELECT w.*, row_number() OVER (PARTITION BY w.session_id ORDER BY w.booking_id) AS n
  FROM unnest(cast(:sessions AS uuid[]), cast(:pupils AS uuid[]), cast(:bookings AS uuid[]))
    AS w(session_id, pupil_id, booking_id)),
pairs AS (
  SELECT w.session_id, w.pupil_id, w.booking_id, t.id AS seat_id
  FROM wanted w JOIN numbered t ON t.session_id = w.session_id AND t.n = w.n),
taken AS (
  UPDATE seat SET booking_id = pairs.booking_id FROM pairs
  WHERE seat.district_id = :district AND seat.id = pairs.seat_id RETURNING seat.id)
INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id)
SELECT :district, booking_id, session_id, pupil_id, :person, 'confirmed', seat_id FROM pairs
RETURNING id
"""
)

# A seat changes hands without ever being free.
TAKE_OVER = text(
    """
WITH placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id)
  VALUES (:district, :booking, :session, :pupil, :person, 'confirmed', :seat) RETURNING id)
UPDATE seat SET booking_id = (SELECT id FROM placed)
WHERE district_id = :district AND id = :seat
"""
)

RELEASE_SEAT = text(
    "UPDATE seat SET booking_id = NULL WHERE district_id = :district AND booking_id = :booking "
    "RETURNING session_id"
)

# First come first served by arrival; locks the waiter so that two freed seats go to two families.
PROMOTE = text(
    """
WITH waiter AS (
  SELECT id, pupil_id FROM booking
  WHERE district_id = :district AND session_id = :session AND state = 'waitlisted'
  ORDER BY queue_no LIMIT 1 FOR UPDATE SKIP LOCKED),
taken AS (
  UPDATE seat SET booking_id = (SELECT id FROM waiter)
  WHERE EXISTS (SELECT 1 FROM waiter) AND district_id = :district AND id = (
    SELECT id FROM seat
    WHERE district_id = :district AND session_id = :session AND booking_id IS NULL
    ORDER BY pool_id NULLS LAST LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id)
UPDATE booking SET state = 'confirmed', seat_id = taken.id, version = version + 1,
  updated_at = now()
FROM waiter, taken
WHERE booking.district_id = :district AND booking.id = waiter.id
RETURNING booking.id, booking.pupil_id
"""
)

# Who joins the queue (shared) and who frees a seat (alone) must not miss each other: each would
# work on a snapshot without the other's row, and a free seat would stand beside a waiting child.
JOIN_QUEUE = text(
    "SELECT pg_advisory_xact_lock_shared(hashtextextended(cast(:session AS text), 1))"
)
MOVE_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(cast(:session AS text), 1))")

POSITION = text(
    """
SELECT state, (SELECT count(*) FROM booking q WHERE q.district_id = :district
    AND q.session_id = :session AND q.state = 'waitlisted'
    AND q.queue_no <= b.queue_no) AS position,
  EXISTS (SELECT 1 FROM seat t WHERE t.district_id = :district AND t.session_id = :session
    AND t.booking_id IS NULL) AS has_free_seat
FROM booking b WHERE b.district_id = :district AND b.id = :booking
"""
)

SESSIONS_WITH_ROOM = text(
    """
SELECT DISTINCT q.session_id FROM booking q
JOIN session s ON s.district_id = q.district_id AND s.id = q.session_id
WHERE q.district_id = :district AND q.state = 'waitlisted' AND s.state = 'planned'
  AND s.starts_at > now()
  AND EXISTS (SELECT 1 FROM seat t WHERE t.district_id = q.district_id
    AND t.session_id = q.session_id AND t.booking_id IS NULL)
"""
)
