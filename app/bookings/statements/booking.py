"""One child's place: looking, taking, applying for a draw, giving back."""

from sqlalchemy import text

from app.audit.statements import LOGGED
from app.bookings.statements.fragments import (
    ACTIVE,
    BOOKED,
    CLASH,
    FORM,
    GUARDIANS,
    LIMIT,
    WAITED_FOR,
)
from app.kit.hot import Hot
from app.kit.idempotency import CLAIMED, IS_NEW
from app.notifications.statements import TELL

# The session with its activity, a child of `{whom}` with its class, what it has booked already.
LOOK = f"""
SELECT s.id AS session_id, s.starts_at, s.ends_at, s.booking_opens_at, s.booking_closes_at,
  s.state AS session_state, s.mode, s.drawn_at, s.reserve_until,
  a.state AS activity_state, a.title, a.min_grade, a.max_grade,
  b.name AS base_name, p.id AS pupil_id, p.name AS pupil_name, c.grade, c.id AS class_id,
  c.organization_id AS school_id, {GUARDIANS} AS guardians,
  mine.id AS booking_id, mine.state AS booking_state, mine.queue_no, mine.version, s.cancel_until,
  mine.consent_asked_at, a.consent_needed,
  CASE WHEN a.consent_needed IS NOT NULL THEN (
    SELECT json_build_object('id', x.id, 'hash', x.hash) FROM consent_text x
    WHERE x.district_id = a.district_id AND x.purpose = a.consent_needed
    ORDER BY x.number DESC LIMIT 1) END AS consent_text,
  (SELECT json_agg(json_build_object('id', f.id, 'label', f.label, 'kind', f.kind,
      'required', f.required, 'options', f.options) ORDER BY f.number)
    FROM activity_field f WHERE f.district_id = a.district_id AND f.activity_id = a.id)
    AS questions,
  {{limits}},
  EXISTS (SELECT 1 FROM seat t WHERE t.district_id = s.district_id AND t.session_id = s.id
     AND t.booking_id IS NULL AND (t.pool_id IS NULL OR t.pool_id = c.organization_id))
     AS has_free_seat
FROM session s
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
JOIN person p ON p.district_id = s.district_id AND {{whom}} AND p.state = 'active'
LEFT JOIN enrollment e ON e.district_id = s.district_id AND e.pupil_id = p.id
  AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = s.district_id AND c.id = e.class_id
LEFT JOIN booking mine ON mine.district_id = s.district_id AND mine.session_id = s.id
  AND mine.pupil_id = p.id AND mine.state IN {ACTIVE}
WHERE s.district_id = :district AND s.id = :session"""  # noqa: S608 - our own fragments
# What placing looks at again is not looked at twice: why it did not place, CLOSE_LOOK tells.
NO_LIMITS = "NULL::text AS clash, NULL::json AS reached"

# Empty columns when session or child does not exist. Two bookings of one child take turns from here
# on. Who will have to wait joins the queue here: its lock is older than the snapshot of the statement
# that places it (see JOIN_QUEUE).
_GATE = f"""
WITH turn AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended(cast(cast(:pupil AS uuid) AS text), 4))),
{CLAIMED.format(after="turn")},
look AS MATERIALIZED ({LOOK.replace("{whom}", "p.id = :pupil")})
SELECT {IS_NEW} AS is_new, look.*, NOT look.has_free_seat AS is_queued,
  CASE WHEN NOT look.has_free_seat OR look.mode = 'lottery' THEN
    pg_advisory_xact_lock_shared(hashtextextended(cast(look.session_id AS text), 1)) END
FROM turn LEFT JOIN look ON true
"""  # noqa: S608 - our own fragments
GATE = Hot(_GATE.format(limits=NO_LIMITS))
CLOSE_LOOK = Hot(_GATE.format(limits=f"{CLASH} AS clash, {LIMIT} AS reached"))

# Takes a seat of the child's school or of the open pool, unless somebody waits who could have it;
# without one the booking joins the queue. A twin request that was faster wins by the unique index.
# The family of a child with a place is told in the same breath.
_ALLOWED = f"""
allowed AS (
  SELECT s.id FROM session s
  JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
  WHERE s.district_id = :district AND s.id = :session AND NOT {BOOKED}
    AND {CLASH} IS NULL AND {LIMIT} IS NULL)"""  # noqa: S608 - our own fragments
BOOK = Hot(
    f"""
WITH {_ALLOWED},
taken AS (
  UPDATE seat SET booking_id = :booking
  WHERE district_id = :district AND EXISTS (SELECT 1 FROM allowed) AND id = (
    SELECT id FROM seat t
    WHERE district_id = :district AND session_id = :session AND booking_id IS NULL
      AND (pool_id IS NULL OR pool_id = :school)
      AND NOT {WAITED_FOR}
    ORDER BY pool_id NULLS LAST
    LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id),
placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id, school_id,
    consent_asked_at)
  SELECT :district, :booking, :session, :pupil, :person,
    CASE WHEN taken.id IS NULL THEN 'waitlisted' ELSE 'confirmed' END, taken.id, :school,
    CASE WHEN cast(:ask AS boolean) THEN now() END
  FROM allowed LEFT JOIN taken ON true
  WHERE :may_wait OR taken.id IS NOT NULL
  ON CONFLICT (district_id, session_id, pupil_id) WHERE state IN {ACTIVE} DO NOTHING
  RETURNING id, state, queue_no),
{LOGGED.format(done="placed")},
{FORM},
{TELL.format(more="'{}'::jsonb", when="FROM (SELECT 1 FROM placed WHERE state = 'confirmed') won")}
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

# No seat was free a moment ago: the child joins the queue, and its family is told at which place.
# If a seat has come free since, nobody is told yet: the queue moves first.
WAIT = Hot(
    f"""
WITH {_ALLOWED},
placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, school_id,
    consent_asked_at)
  SELECT :district, :booking, :session, :pupil, :person, 'waitlisted', :school,
    CASE WHEN cast(:ask AS boolean) THEN now() END
  FROM allowed
  ON CONFLICT (district_id, session_id, pupil_id) WHERE state IN {ACTIVE} DO NOTHING
  RETURNING id, state, queue_no),
stand AS MATERIALIZED (
  SELECT (SELECT count(*) + 1 FROM booking q WHERE q.district_id = :district
      AND q.session_id = :session AND q.state = 'waitlisted') AS position,
    EXISTS (SELECT 1 FROM seat t WHERE t.district_id = :district AND t.session_id = :session
      AND t.booking_id IS NULL AND (t.pool_id IS NULL OR t.pool_id = :school)) AS has_free_seat),
{LOGGED.format(done="placed")},
{FORM},
{
        TELL.format(
            more="jsonb_build_object('position', cast(stand.position AS text))",
            when="FROM placed JOIN stand ON NOT stand.has_free_seat",
        )
    }
SELECT NULL::uuid AS seat_id, placed.id, placed.state, placed.queue_no, stand.position,
  stand.has_free_seat
FROM stand LEFT JOIN placed ON true
"""  # noqa: S608 - our own fragments
)

# A draw has no seats yet and no order: who applies is written down.
APPLY = text(
    f"""
WITH {_ALLOWED},
placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, school_id,
    consent_asked_at)
  SELECT :district, :booking, :session, :pupil, :person, 'applied', :school,
    CASE WHEN cast(:ask AS boolean) THEN now() END
  FROM allowed JOIN session s ON s.district_id = :district AND s.id = allowed.id AND s.drawn_at IS NULL
  ON CONFLICT (district_id, session_id, pupil_id) WHERE state IN {ACTIVE} DO NOTHING
  RETURNING id),
{LOGGED.format(done="placed")},
{FORM}
SELECT id FROM placed
"""  # noqa: S608 - our own fragments
)

# What a message about a booking says, and who hears it.
ABOUT = text(
    f"""
SELECT b.id, b.session_id, b.pupil_id, b.state, b.class_booking_id, b.consent_asked_at,
  p.name AS pupil_name, a.title, l.name AS base_name, s.starts_at,
  s.cancel_until, {GUARDIANS} AS guardians
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

RELEASE_SEATS = text(
    "UPDATE seat SET booking_id = NULL WHERE district_id = :district AND booking_id = ANY(:bookings) "
    "RETURNING session_id"
)
