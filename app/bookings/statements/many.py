"""Several children at once: what a round gave out, a class, brothers and sisters."""

from sqlalchemy import text

from app.bookings.statements.fragments import (
    ACTIVE,
    ASKED,
    CLASH,
    FORM,
    SEATS_TOGETHER,
    WAITED_FOR,
)

# Many at once, one seat each: what a round gave out. Fewer rows than asked means a seat was missing.
PLACE_MANY = text(
    f"""
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
INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id,
  consent_asked_at)
SELECT :district, booking_id, session_id, pupil_id, :person, 'confirmed', seat_id,
  {ASKED.format(session="pairs.session_id")} FROM pairs
RETURNING id, consent_asked_at
"""  # noqa: S608 - our own fragment
)

# A seat changes hands without ever being free.
TAKE_OVER = text(
    f"""
WITH placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id,
    consent_asked_at)
  VALUES (:district, :booking, :session, :pupil, :person, 'confirmed', :seat,
    {ASKED.format(session=":session")}) RETURNING id)
UPDATE seat SET booking_id = (SELECT id FROM placed)
WHERE district_id = :district AND id = :seat
"""  # noqa: S608 - our own fragment
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
WHERE s.district_id = :district AND s.id = :session AND {CLASH.replace(":pupil", "n.pupil")} IS NOT NULL
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
    f"""
UPDATE booking SET state = 'confirmed', version = version + 1, updated_at = now(),
  consent_asked_at = {ASKED.format(session="booking.session_id")}
WHERE district_id = :district AND class_booking_id = :class_booking AND state = 'held'
RETURNING id, consent_asked_at
"""  # noqa: S608 - our own fragment
)

# Brothers and sisters: a seat for each or, when `:may_wait`, the queue for all as one group.
# Their own locks and checks come before; a newcomer never takes what a waiter could have now.
BOOK_TOGETHER = text(
    f"""
WITH members AS (
  SELECT * FROM unnest(cast(:bookings AS uuid[]), cast(:pupils AS uuid[]),
    cast(:schools AS uuid[])) AS n(id, pupil_id, school_id)),
{SEATS_TOGETHER.format(but=f"AND NOT {WAITED_FOR}", whole="members")},
placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id, school_id,
    group_id)
  SELECT :district, m.id, :session, m.pupil_id, cast(:person AS uuid),
    CASE WHEN taken.id IS NULL THEN 'waitlisted' ELSE 'confirmed' END, taken.id, m.school_id, :group
  FROM members m LEFT JOIN taken ON taken.booking_id = m.id
  WHERE cast(:may_wait AS boolean) OR taken.id IS NOT NULL
  ORDER BY m.pupil_id
  RETURNING id, pupil_id, state),
{FORM}
SELECT id, pupil_id, state FROM placed ORDER BY pupil_id
"""  # noqa: S608 - our own fragments
)
