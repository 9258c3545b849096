"""A crowd at one session: all who pressed while those before were served, one statement a step."""

from app.audit.statements import LOGGED_EACH
from app.bookings.statements.booking import LOOK, NO_LIMITS
from app.bookings.statements.fragments import (
    ACTIVE,
    BOOKED,
    CLASH,
    LIMIT,
    SEATS_TOGETHER,
    WAITED_FOR,
)
from app.kit.hot import Hot
from app.notifications.statements import TELL_EACH

# The children take turns with their other bookings, in the order that a class and brothers and sisters
# keep; then the crowd is alone on the queue, so that the positions it tells are exact and no seat comes
# free unseen. A key that was used before is only seen here; the answer is stored at the end.
GATE_CROWD = Hot(
    f"""
WITH turns AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended(cast(u.pupil AS text), 4))
  FROM (SELECT pupil FROM unnest(cast(:pupils AS uuid[])) AS n(pupil) ORDER BY pupil) u),
alone AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended(cast(cast(:session AS uuid) AS text), 1))
  FROM (SELECT count(*) FROM turns) all_of_them),
look AS MATERIALIZED ({LOOK.format(limits=NO_LIMITS, whom="p.id = ANY(cast(:pupils AS uuid[]))")})
SELECT look.*, EXISTS (SELECT 1 FROM idempotency_key k WHERE k.district_id = :district
    AND k.person_id = n.person AND k.route = n.route AND k.key = n.key) AS is_known
FROM alone
CROSS JOIN unnest(cast(:pupils AS uuid[]), cast(:once_people AS uuid[]), cast(:once_routes AS text[]),
  cast(:once_keys AS text[])) WITH ORDINALITY AS n(pupil, person, route, key, place)
LEFT JOIN look ON look.pupil_id = n.pupil
ORDER BY n.place
"""  # noqa: S608 - our own fragments
)

# What BOOK and WAIT do for one child, for each in the order of arrival (their ids are in that order):
# a seat of its school's reserve or of the open pool, else the queue; the form, the line in the log and
# the message of each. Who stands here already, overlaps, has reached a limit or does not want to wait
# is left out.
BOOK_CROWD = Hot(
    f"""
WITH presses AS (
  SELECT * FROM unnest(cast(:bookings AS uuid[]), cast(:pupils AS uuid[]), cast(:schools AS uuid[]),
    cast(:people AS uuid[]), cast(:channels AS text[]), cast(:may_wait AS boolean[]),
    cast(:asks AS boolean[]))
    AS n(id, pupil_id, school_id, person_id, channel, may_wait, ask)),
members AS MATERIALIZED (
  SELECT n.* FROM presses n
  JOIN session s ON s.district_id = :district AND s.id = :session
  JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
  WHERE NOT {BOOKED.replace(":pupil", "n.pupil_id")} AND {
        CLASH.replace(":pupil", "n.pupil_id")
    } IS NULL
    AND {LIMIT.replace(":pupil", "n.pupil_id")} IS NULL),
{SEATS_TOGETHER.format(but=f"AND NOT {WAITED_FOR}", whole="pairs")},
placed AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, booked_by, state, seat_id, school_id,
    consent_asked_at)
  SELECT :district, m.id, :session, m.pupil_id, m.person_id,
    CASE WHEN taken.id IS NULL THEN 'waitlisted' ELSE 'confirmed' END, taken.id, m.school_id,
    CASE WHEN m.ask THEN now() END
  FROM members m LEFT JOIN taken ON taken.booking_id = m.id
  WHERE m.may_wait OR taken.id IS NOT NULL
  ORDER BY m.id
  ON CONFLICT (district_id, session_id, pupil_id) WHERE state IN {ACTIVE} DO NOTHING
  RETURNING id, state, queue_no),
stood AS MATERIALIZED (
  SELECT placed.id, placed.state, CASE WHEN placed.state = 'waitlisted' THEN
    row_number() OVER (PARTITION BY placed.state ORDER BY placed.queue_no) + (
      SELECT count(*) FROM booking q WHERE q.district_id = :district AND q.session_id = :session
        AND q.state = 'waitlisted') END AS position
  FROM placed),
{LOGGED_EACH.format(done="stood", object="stood.id")},
agreed AS (
  INSERT INTO booking_consent (district_id, id, booking_id, guardian_id, said, sentence, text_id,
    words_hash, channel)
  SELECT :district, c.id, n.id, n.person_id, 'yes', cast(:sentence AS int), cast(:text AS uuid),
    cast(:words AS text), n.channel
  FROM unnest(cast(:consents AS uuid[]), cast(:agreed AS uuid[])) AS c(id, booking)
  JOIN stood ON stood.id = c.booking JOIN presses n ON n.id = stood.id),
answered AS (
  INSERT INTO booking_answer (district_id, booking_id, field_id, value)
  SELECT :district, stood.id, f.field, f.value
  FROM unnest(cast(:answered AS uuid[]), cast(:fields AS uuid[]), cast(:values AS text[]))
    AS f(booking, field, value)
  JOIN stood ON stood.id = f.booking),
{
        TELL_EACH.format(
            done="stood",
            on="stood.id = w.about AND stood.state = w.outcome",
            more="CASE WHEN stood.position IS NULL THEN '{}'::jsonb "
            "ELSE jsonb_build_object('position', cast(stood.position AS text)) END",
        )
    }
SELECT n.id, taken.id AS seat_id, stood.state, stood.position
FROM presses n LEFT JOIN taken ON taken.booking_id = n.id LEFT JOIN stood ON stood.id = n.id
ORDER BY n.id
"""  # noqa: S608 - our own fragments
)
