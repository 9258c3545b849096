"""The statements of the hot path, built once.

Booking is a cheap look first ("already full" costs one index read), then one
statement that takes a seat row with SKIP LOCKED. No counter, so none can drift.
"""

from sqlalchemy import text

from app.audit.statements import LOGGED
from app.kit.hot import Hot

ACTIVE = "('confirmed', 'waitlisted', 'attended', 'offered', 'applied', 'held')"
AHEAD = "('confirmed', 'waitlisted', 'offered', 'applied', 'held')"

# Another booking of the child that it cannot keep together with session `s`, by title.
_CLASH = f"""
(SELECT oa.title FROM booking o
 JOIN session os ON os.district_id = o.district_id AND os.id = o.session_id AND os.state = 'planned'
 JOIN activity oa ON oa.district_id = os.district_id AND oa.id = os.activity_id
 CROSS JOIN (SELECT make_interval(mins => coalesce((SELECT gap_minutes FROM booking_setting
   WHERE district_id = :district), 30)) AS gap) way
 WHERE o.district_id = :district AND o.pupil_id = :pupil AND o.session_id <> s.id
   AND o.state IN {AHEAD}
   AND os.starts_at < s.ends_at + way.gap AND s.starts_at < os.ends_at + way.gap
 ORDER BY os.starts_at LIMIT 1)"""  # noqa: S608 - our own states
# The first limit of the term of session `s` that the child has reached: {category, most}.
_LIMIT = f"""
(SELECT json_build_object('category', l.category, 'most', l.most) FROM booking_limit l
 JOIN term t ON t.district_id = l.district_id
   AND (s.starts_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN t.starts_on AND t.ends_on
 WHERE l.district_id = :district AND (l.category IS NULL OR l.category = a.category)
   AND l.most <= (SELECT count(*) FROM booking o
     JOIN session os ON os.district_id = o.district_id AND os.id = o.session_id
       AND (os.starts_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN t.starts_on AND t.ends_on
     JOIN activity oa ON oa.district_id = os.district_id AND oa.id = os.activity_id
     WHERE o.district_id = :district AND o.pupil_id = :pupil AND o.session_id <> s.id
       AND o.state IN {ACTIVE} AND (l.category IS NULL OR oa.category = l.category))
 ORDER BY l.category NULLS LAST LIMIT 1)"""  # noqa: S608 - our own states
_GUARDIANS = """
ARRAY(SELECT w.guardian_id FROM guardianship w WHERE w.district_id = p.district_id
  AND w.pupil_id = p.id AND w.ends_on IS NULL)"""

# One row, or none: the session with its activity, the child's class, what is already booked.
# Two bookings of one child take turns from here on. Who will have to wait joins the queue here:
# its lock is older than the snapshot of the statement that places it (see JOIN_QUEUE).
GATE = Hot(
    f"""
WITH look AS MATERIALIZED (
SELECT s.id AS session_id, s.starts_at, s.ends_at, s.booking_opens_at, s.booking_closes_at,
  s.state AS session_state, s.mode, s.drawn_at, s.reserve_until,
  a.state AS activity_state, a.title, a.min_grade, a.max_grade,
  b.name AS base_name, p.name AS pupil_name, c.grade, c.id AS class_id,
  c.organization_id AS school_id, {_GUARDIANS} AS guardians,
  mine.id AS booking_id, mine.state AS booking_state, mine.queue_no, mine.version,
  {_CLASH} AS clash, {_LIMIT} AS reached,
  EXISTS (SELECT 1 FROM seat t WHERE t.district_id = s.district_id AND t.session_id = s.id
     AND t.booking_id IS NULL AND (t.pool_id IS NULL OR t.pool_id = c.organization_id))
     AS has_free_seat
FROM session s
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
JOIN person p ON p.district_id = s.district_id AND p.id = :pupil AND p.state = 'active'
LEFT JOIN enrollment e ON e.district_id = s.district_id AND e.pupil_id = p.id
  AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = s.district_id AND c.id = e.class_id
LEFT JOIN booking mine ON mine.district_id = s.district_id AND mine.session_id = s.id
  AND mine.pupil_id = p.id AND mine.state IN {ACTIVE}
WHERE s.district_id = :district AND s.id = :session)
SELECT pg_advisory_xact_lock(hashtextextended(cast(cast(:pupil AS uuid) AS text), 4)),
  look.*, NOT look.has_free_seat AS is_queued,
  CASE WHEN NOT look.has_free_seat OR look.mode = 'lottery' THEN
    pg_advisory_xact_lock_shared(hashtextextended(cast(look.session_id AS text), 1)) END
FROM look
"""  # noqa: S608 - our own fragments
)

# A fragment for the statement of the door: the child came. `{when}` says whether.
ATTENDED = """
UPDATE booking SET state = 'attended', version = version + 1, updated_at = now()
WHERE district_id = :district AND id = :booking AND state IN ('confirmed', 'absent') AND {when}"""
# … and the opposite, after a correction.
NOT_ATTENDED = """
UPDATE booking SET version = version + 1, updated_at = now(),
  state = CASE WHEN (SELECT s.ends_at FROM session s WHERE s.district_id = booking.district_id
    AND s.id = booking.session_id) < now() THEN 'absent' ELSE 'confirmed' END
WHERE district_id = :district AND id = :booking AND state = 'attended' AND {when}"""

# Takes a seat of the child's school or of the open pool, unless somebody waits who could have it;
# without one the booking joins the queue. A twin request that was faster wins by the unique index,
# and what the same child booked a moment ago is looked at again.
BOOK = Hot(
    f"""
WITH allowed AS (
  SELECT s.id FROM session s
  JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
  WHERE s.district_id = :district AND s.id = :session AND {_CLASH} IS NULL AND {_LIMIT} IS NULL),
taken AS (
  UPDATE seat SET booking_id = :booking
  WHERE district_id = :district AND EXISTS (SELECT 1 FROM allowed) AND id = (
    SELECT id FROM seat t
    WHERE district_id = :district AND session_id = :session AND booking_id IS NULL
      AND (pool_id IS NULL OR pool_id = :school)
      AND NOT EXISTS (SELECT 1 FROM booking q WHERE q.district_id = :district
        AND q.session_id = :session AND q.state = 'waitlisted'
        AND (t.pool_id IS NULL OR q.school_id = t.pool_id))
    ORDER BY pool_id NULLS LAST
    LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id),
placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id, school_id)
  SELECT :district, :booking, :session, :pupil, :person,
    CASE WHEN taken.id IS NULL THEN 'waitlisted' ELSE 'confirmed' END, taken.id, :school
  FROM allowed LEFT JOIN taken ON true
  WHERE :may_wait OR taken.id IS NOT NULL
  ON CONFLICT (district_id, session_id, pupil_id) WHERE state IN {ACTIVE} DO NOTHING
  RETURNING id, state, queue_no),
{LOGGED.format(done="placed")}
SELECT (SELECT id FROM taken) AS seat_id, placed.id, placed.state, placed.queue_no,
  CASE WHEN placed.state = 'waitlisted' THEN (SELECT count(*) + 1 FROM booking q
    WHERE q.district_id = :district AND q.session_id = :session
      AND q.state = 'waitlisted') END AS position,
  placed.state = 'waitlisted' AND EXISTS (SELECT 1 FROM seat t WHERE t.district_id = :district
    AND t.session_id = :session AND t.booking_id IS NULL
    AND (t.pool_id IS NULL OR t.pool_id = :school)) AS has_free_seat
FROM (SELECT 1) one LEFT JOIN placed ON true
"""  # noqa: S608 - our own fragments
)

# A draw has no seats yet and no order: who applies is written down.
APPLY = text(
    f"""
WITH allowed AS (
  SELECT s.id FROM session s
  JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
  WHERE s.district_id = :district AND s.id = :session AND s.drawn_at IS NULL
    AND {_CLASH} IS NULL AND {_LIMIT} IS NULL),
placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, school_id)
  SELECT :district, :booking, :session, :pupil, :person, 'applied', :school FROM allowed
  ON CONFLICT (district_id, session_id, pupil_id) WHERE state IN {ACTIVE} DO NOTHING
  RETURNING id),
{LOGGED.format(done="placed")}
SELECT id FROM placed
"""  # noqa: S608 - our own fragments
)

# What a message about a booking says, and who hears it.
ABOUT = text(
    f"""
SELECT b.id, b.pupil_id, b.state, p.name AS pupil_name, a.title, l.name AS base_name, s.starts_at,
  s.cancel_until, {_GUARDIANS} AS guardians
FROM booking b
JOIN person p ON p.district_id = b.district_id AND p.id = b.pupil_id
JOIN session s ON s.district_id = b.district_id AND s.id = b.session_id
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN learning_base l ON l.district_id = s.district_id AND l.id = s.base_id
WHERE b.district_id = :district AND b.id = ANY(:bookings)
"""  # noqa: S608 - our own fragment
)

# Ends a booking, frees its seat, logs it, and is alone on the queue from here on.
CANCEL = text(
    f"""
WITH ended AS (
  UPDATE booking SET state = 'cancelled', seat_id = NULL, cancelled_at = now(),
    offer_expires_at = NULL, version = version + 1, updated_at = now()
  WHERE district_id = :district AND id = :booking RETURNING session_id),
freed AS (
  UPDATE seat SET booking_id = NULL WHERE district_id = :district AND booking_id = :booking
  RETURNING id),
{LOGGED.format(done="ended")}
SELECT (SELECT count(*) FROM freed),
  pg_advisory_xact_lock(hashtextextended(cast(ended.session_id AS text), 1)) FROM ended
"""  # noqa: S608 - our own fragment
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

# First come first served by arrival, among those who may have a free seat: the open pool is
# everybody's, a reserve its school's. Locks the waiter so that two freed seats go to two families.
# Long before the start the seat is only held for the family's answer, until `:expires`.
PROMOTE = text(
    """
WITH waiter AS (
  SELECT q.id, q.pupil_id, q.school_id FROM booking q
  WHERE q.district_id = :district AND q.session_id = :session AND q.state = 'waitlisted'
    AND EXISTS (SELECT 1 FROM seat t WHERE t.district_id = :district AND t.session_id = :session
      AND t.booking_id IS NULL AND (t.pool_id IS NULL OR t.pool_id = q.school_id))
  ORDER BY q.queue_no LIMIT 1 FOR UPDATE SKIP LOCKED),
taken AS (
  UPDATE seat SET booking_id = (SELECT id FROM waiter)
  WHERE EXISTS (SELECT 1 FROM waiter) AND district_id = :district AND id = (
    SELECT id FROM seat
    WHERE district_id = :district AND session_id = :session AND booking_id IS NULL
      AND (pool_id IS NULL OR pool_id = (SELECT school_id FROM waiter))
    ORDER BY pool_id NULLS LAST LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id),
term_of AS (
  SELECT cast(:hold AS boolean) AND starts_at > now() + interval '24 hours' AS held
  FROM session WHERE district_id = :district AND id = :session)
UPDATE booking SET state = CASE WHEN term_of.held THEN 'offered' ELSE 'confirmed' END,
  offer_expires_at = CASE WHEN term_of.held THEN cast(:expires AS timestamptz) END,
  seat_id = taken.id, version = version + 1, updated_at = now()
FROM waiter, taken, term_of
WHERE booking.district_id = :district AND booking.id = waiter.id
RETURNING booking.id, booking.pupil_id, booking.state, booking.offer_expires_at
"""
)

# Who joins the queue (shared) and who frees a seat (alone) must not miss each other: each would
# work on a snapshot without the other's row, and a free seat would stand beside a waiting child.
JOIN_QUEUE = text(
    "SELECT pg_advisory_xact_lock_shared(hashtextextended(cast(:session AS text), 1))"
)
MOVE_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(cast(:session AS text), 1))")

# Where a booking stands; `reserved` names the schools whose reserve keeps free seats from it.
POSITION = text(
    """
SELECT b.state, b.offer_expires_at, s.reserve_until, (SELECT count(*) FROM booking q
    WHERE q.district_id = :district AND q.session_id = :session AND q.state = 'waitlisted'
    AND q.queue_no <= b.queue_no) AS position,
  EXISTS (SELECT 1 FROM seat t WHERE t.district_id = :district AND t.session_id = :session
    AND t.booking_id IS NULL AND (t.pool_id IS NULL OR t.pool_id = b.school_id)) AS has_free_seat,
  ARRAY(SELECT DISTINCT o.name FROM seat t
    JOIN organization o ON o.district_id = t.district_id AND o.id = t.pool_id
    WHERE t.district_id = :district AND t.session_id = :session AND t.booking_id IS NULL
      AND t.pool_id IS DISTINCT FROM b.school_id ORDER BY o.name) AS reserved
FROM booking b JOIN session s ON s.district_id = b.district_id AND s.id = b.session_id
WHERE b.district_id = :district AND b.id = :booking
"""
)

SESSIONS_WITH_ROOM = text(
    """
SELECT DISTINCT q.session_id FROM booking q
JOIN session s ON s.district_id = q.district_id AND s.id = q.session_id
WHERE q.district_id = :district AND q.state = 'waitlisted' AND s.state = 'planned'
  AND s.starts_at > now()
  AND EXISTS (SELECT 1 FROM seat t WHERE t.district_id = q.district_id
    AND t.session_id = q.session_id AND t.booking_id IS NULL
    AND (t.pool_id IS NULL OR t.pool_id = q.school_id))
"""
)
# Offers nobody answered in time; the first two kinds of families: who waits again, who is out.
LAPSED = text(
    """
SELECT id, session_id, lapsed FROM booking
WHERE district_id = :district AND state = 'offered' AND offer_expires_at <= now()
ORDER BY session_id, queue_no LIMIT 500 FOR UPDATE SKIP LOCKED
"""
)
# Back to the end of the queue, once.
REQUEUE = text(
    """
WITH freed AS (
  UPDATE seat SET booking_id = NULL WHERE district_id = :district AND booking_id = :booking
  RETURNING id)
UPDATE booking SET state = 'waitlisted', seat_id = NULL, offer_expires_at = NULL,
  lapsed = lapsed + 1, queue_no = DEFAULT, version = version + 1, updated_at = now()
WHERE district_id = :district AND id = :booking
"""
)
# A draw's applicants in the order drawn: each gets the next number of the queue.
QUEUE_DRAWN = text(
    """
UPDATE booking SET state = 'waitlisted', draw_no = :number, queue_no = DEFAULT,
  version = version + 1, updated_at = now()
WHERE district_id = :district AND id = :booking AND state = 'applied'
"""
)

# A class: each of its pupils takes turns with that child's other bookings.
LOCK_PUPILS = text(
    """
SELECT pg_advisory_xact_lock(hashtextextended(cast(u.pupil AS text), 4))
FROM (SELECT pupil FROM unnest(cast(:pupils AS uuid[])) AS n(pupil) ORDER BY pupil) u
"""
)
BUSY_PUPILS = text(
    f"""
SELECT count(*) FROM session s
CROSS JOIN unnest(cast(:pupils AS uuid[])) AS n(pupil)
WHERE s.district_id = :district AND s.id = :session AND {_CLASH.replace(":pupil", "n.pupil")} IS NOT NULL
"""  # noqa: S608 - our own fragment
)
# A seat for each pupil, of the school's reserve first. Fewer rows than asked: seats were missing.
HOLD_CLASS = text(
    f"""
WITH free AS (
  SELECT id, pool_id FROM seat WHERE district_id = :district AND session_id = :session
    AND booking_id IS NULL AND (pool_id IS NULL OR pool_id = :school)
  ORDER BY pool_id NULLS LAST, id LIMIT cardinality(cast(:pupils AS uuid[]))
  FOR UPDATE SKIP LOCKED),
numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM free),
pairs AS (
  SELECT w.pupil, w.booking, numbered.id AS seat FROM numbered
  JOIN unnest(cast(:pupils AS uuid[]), cast(:bookings AS uuid[]))
    WITH ORDINALITY AS w(pupil, booking, n) ON w.n = numbered.n),
taken AS (
  UPDATE seat SET booking_id = pairs.booking FROM pairs
  WHERE seat.district_id = :district AND seat.id = pairs.seat RETURNING seat.id)
INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id, school_id,
  class_booking_id)
SELECT :district, booking, :session, pupil, :person, 'held', seat, :school, :class_booking FROM pairs
ON CONFLICT (district_id, session_id, pupil_id) WHERE state IN {ACTIVE} DO NOTHING
RETURNING id
"""  # noqa: S608 - our own states
)
CONFIRM_CLASS = text(
    """
UPDATE booking SET state = 'confirmed', version = version + 1, updated_at = now()
WHERE district_id = :district AND class_booking_id = :class_booking AND state = 'held'
RETURNING id
"""
)
