"""The waiting list: its locks, its order, its offers."""

from sqlalchemy import text

from app.bookings.statements.fragments import FITS, SEATS_TOGETHER

# First come first served by arrival, among those who may have a free seat: the open pool is
# everybody's, a reserve its school's. Brothers and sisters who wait as one group have their turn
# when seats are free together for all of them, else the turn passes to the next: a seat that stands
# empty helps nobody, and the group keeps its number. Locks the waiters so that two freed seats go to
# two families. Long before the start a seat is only held for the family's answer, until `:expires`.
PROMOTE = text(
    f"""
WITH waiter AS (
  SELECT q.id, q.group_id FROM booking q
  WHERE q.district_id = :district AND q.session_id = :session AND q.state = 'waitlisted'
    AND CASE WHEN q.group_id IS NULL THEN EXISTS (
      SELECT 1 FROM seat t WHERE t.district_id = :district AND t.session_id = :session
        AND t.booking_id IS NULL AND (t.pool_id IS NULL OR t.pool_id = q.school_id))
      ELSE {FITS} END
  ORDER BY q.queue_no LIMIT 1 FOR UPDATE SKIP LOCKED),
entitled AS (
  SELECT id FROM waiter
  UNION
  SELECT g.id FROM booking g JOIN waiter ON g.group_id = waiter.group_id
  WHERE g.district_id = :district AND g.state = 'waitlisted'),
members AS (
  SELECT q.id, q.school_id FROM booking q
  WHERE q.district_id = :district AND q.id IN (SELECT id FROM entitled) AND q.state = 'waitlisted'
  FOR UPDATE SKIP LOCKED),
{SEATS_TOGETHER.format(but="", whole="entitled")},
term_of AS (
  SELECT cast(:hold AS boolean) AND starts_at > now() + interval '24 hours' AS held
  FROM session WHERE district_id = :district AND id = :session)
UPDATE booking SET state = CASE WHEN term_of.held THEN 'offered' ELSE 'confirmed' END,
  offer_expires_at = CASE WHEN term_of.held THEN cast(:expires AS timestamptz) END,
  consent_asked_at = CASE WHEN consent_asked_at IS NOT NULL THEN now() END,
  consent_reminded = false, seat_id = taken.id, version = version + 1, updated_at = now()
FROM taken, term_of
WHERE booking.district_id = :district AND booking.id = taken.booking_id
RETURNING booking.id, booking.pupil_id, booking.state, booking.offer_expires_at
"""  # noqa: S608 - our own fragments
)

# Who joins the queue (shared) and who frees a seat (alone) must not miss each other: each would
# work on a snapshot without the other's row, and a free seat would stand beside a waiting child.
JOIN_QUEUE = text(
    "SELECT pg_advisory_xact_lock_shared(hashtextextended(cast(:session AS text), 1))"
)

MOVE_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(cast(:session AS text), 1))")

# Where bookings of one session stand; `reserved` names the schools whose reserve keeps free seats
# from them.
POSITION = text(
    """
SELECT b.id, b.state, b.offer_expires_at, s.reserve_until, (SELECT count(*) FROM booking q
    WHERE q.district_id = :district AND q.session_id = :session AND q.state = 'waitlisted'
    AND q.queue_no <= b.queue_no) AS position,
  EXISTS (SELECT 1 FROM seat t WHERE t.district_id = :district AND t.session_id = :session
    AND t.booking_id IS NULL AND (t.pool_id IS NULL OR t.pool_id = b.school_id)) AS has_free_seat,
  ARRAY(SELECT DISTINCT o.name FROM seat t
    JOIN organization o ON o.district_id = t.district_id AND o.id = t.pool_id
    WHERE t.district_id = :district AND t.session_id = :session AND t.booking_id IS NULL
      AND t.pool_id IS DISTINCT FROM b.school_id ORDER BY o.name) AS reserved
FROM booking b JOIN session s ON s.district_id = b.district_id AND s.id = b.session_id
WHERE b.district_id = :district AND b.id = ANY(cast(:bookings AS uuid[]))
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
