"""The statements of the door, built once."""

from sqlalchemy import text

from app.audit.statements import LOGGED
from app.bookings.statements.fragments import ATTENDED, NOT_ATTENDED
from app.kit.hot import Hot

# Every booked session of a child from two days ago (an offline queue may come late) to two months
# ahead, with all that the door says and does about it. `{pupil}` says whose, `{when}` which.
VISITS_OF = """
SELECT k.id AS booking_id, k.pupil_id, p.name AS pupil_name, s.id AS session_id, s.base_id,
  b.name AS base_name, a.organization_id, a.title, a.category,
  a.credited_minutes AS minutes, a.evidence_needed, s.starts_at, s.ends_at,
  c.id AS class_id, c.organization_id AS school_id, came.arrived_at, came.left_at,
  ARRAY(SELECT w.guardian_id FROM guardianship w WHERE w.district_id = p.district_id
    AND w.pupil_id = p.id AND w.ends_on IS NULL) AS guardians,
  photo.id IS NULL OR EXISTS (SELECT 1 FROM consent g WHERE g.district_id = k.district_id
    AND g.pupil_id = k.pupil_id AND g.text_id = photo.id AND g.withdrawn_at IS NULL)
    AS photo_agreed
FROM booking k
JOIN person p ON p.district_id = k.district_id AND p.id = k.pupil_id
JOIN session s ON s.district_id = k.district_id AND s.id = k.session_id
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
LEFT JOIN enrollment e ON e.district_id = p.district_id AND e.pupil_id = p.id AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
LEFT JOIN attendance came ON came.district_id = s.district_id AND came.session_id = s.id
  AND came.pupil_id = p.id
LEFT JOIN LATERAL (SELECT t.id FROM consent_text t WHERE t.district_id = k.district_id
  AND t.purpose = 'photo' ORDER BY t.number DESC LIMIT 1) photo ON true
WHERE k.district_id = :district AND {pupil}
  AND k.state IN ('confirmed', 'attended', 'absent') AND s.state IN ('planned', 'closed')
  AND {when}
ORDER BY s.starts_at, k.id
LIMIT 200
"""
NEAR = "s.ends_at > now() - interval '2 days' AND s.starts_at < now() + interval '60 days'"
VISITS = Hot(VISITS_OF.format(pupil="k.pupil_id = ANY(:pupils)", when=NEAR))
# Together with the base whose poster was scanned; its row stands alone when nothing is booked.
VISITS_AT = Hot(
    f"""
SELECT h.id AS here_id, v.* FROM learning_base h
LEFT JOIN ({VISITS_OF.format(pupil="k.pupil_id = ANY(:pupils)", when=NEAR)}) v ON true
WHERE h.district_id = :district AND h.scene = :scene
ORDER BY v.starts_at, v.booking_id
"""  # noqa: S608 - our own fragment
)
# One child at one session, however long ago.
VISIT = Hot(VISITS_OF.format(pupil="k.pupil_id = :pupil", when="s.id = :session"))

# Lines of one child at one session come one after the other, so that none is received before a line
# that was already there when it was computed.
_TURN = """pg_advisory_xact_lock(hashtextextended(concat(
  cast(cast(:session AS uuid) AS text), cast(cast(:pupil AS uuid) AS text)), 5))"""
# A line of the ledger; a repeated upload (same device, same number) adds none.
_LINE = f"""
turn AS MATERIALIZED (SELECT {_TURN}),
line AS (
  INSERT INTO scan (district_id, id, base_id, session_id, pupil_id, person_id, way, what, accepted,
    evidence, risks, device, nonce, scanned_at)
  SELECT :district, :scan, :base, :session, :pupil, :person, :way, :what, true,
    :evidence, cast(:risks AS jsonb), :device, :nonce, :at FROM turn
  ON CONFLICT (district_id, device, nonce) DO NOTHING
  RETURNING id)"""  # noqa: S608 - our own fragment

# First arrival: ledger line, attendance, booking and log line in one statement. A repeat adds a
# line and no attendance.
ARRIVE = Hot(
    f"""
WITH {_LINE},
came AS (
  INSERT INTO attendance (district_id, id, session_id, pupil_id, booking_id, scan_id, evidence,
    arrived_at, is_late)
  SELECT :district, :attendance, :session, :pupil, :booking, line.id, :evidence, :at, :is_late
  FROM line
  ON CONFLICT (district_id, session_id, pupil_id) DO NOTHING
  RETURNING id, arrived_at),
attended AS ({ATTENDED.format(when="EXISTS (SELECT 1 FROM came)")}),
{LOGGED.format(done="(SELECT 1) one WHERE cast(:is_read AS boolean)")}
SELECT came.id, coalesce(came.arrived_at, was.arrived_at) AS arrived_at, was.left_at,
  EXISTS (SELECT 1 FROM line) AS is_new
FROM (SELECT 1) one LEFT JOIN came ON true
LEFT JOIN attendance was ON was.district_id = :district AND was.session_id = :session
  AND was.pupil_id = :pupil
"""  # noqa: S608 - our own fragments
)
# Any other line; what it means for the attendance is computed from the whole ledger.
ADD_LINE = Hot(
    f"""
WITH {_LINE}, {LOGGED.format(done="(SELECT 1) one WHERE cast(:is_read AS boolean)")}
SELECT id FROM line
"""  # noqa: S608 - our own fragments
)
REFUSE = text(
    """
INSERT INTO scan (district_id, id, base_id, session_id, pupil_id, person_id, way, what, accepted,
  reason, device, nonce, offered, scanned_at)
VALUES (:district, :scan, :base, :session, :pupil, :person, :way, :what, false, :reason, :device,
  :nonce, cast(:offered AS jsonb), :at)
ON CONFLICT (district_id, device, nonce) DO NOTHING
"""
)

# The choice this person was asked for within the last five minutes and has not answered since.
WAITING_CHOICE = text(
    """
SELECT base_id, reason, offered, received_at FROM scan
WHERE district_id = :district AND person_id = :person AND received_at > now() - interval '5 minutes'
ORDER BY received_at DESC, id DESC LIMIT 1
"""
)

STANDING = Hot(
    "SELECT arrived_at, left_at FROM attendance WHERE district_id = :district "
    "AND session_id = :session AND pupil_id = :pupil"
)
# The lines that an attendance is computed from, of one child or of all at a session.
LEDGER = Hot(
    """
SELECT n.pupil_id, n.id, n.what, n.evidence, n.scanned_at AS at, n.received_at
FROM scan n
WHERE n.district_id = :district AND n.session_id = :session AND n.accepted
  AND (cast(:pupil AS uuid) IS NULL OR n.pupil_id = :pupil)
ORDER BY n.pupil_id, n.received_at, n.id
"""
)
LOCK_CHILD = Hot(f"SELECT {_TURN}")
# Several children: in one order, so that two who upload or tick do not wait for each other.
LOCK_CHILDREN = Hot(
    "SELECT pg_advisory_xact_lock(hashtextextended(concat(cast(cast(:session AS uuid) AS text), "
    "cast(p AS text)), 5)) FROM (SELECT p FROM unnest(cast(:pupils AS uuid[])) p ORDER BY p) one"
)
# As computed from the ledger; the booking follows, whichever way the child became one that came.
KEEP = Hot(
    f"""
WITH kept AS (
INSERT INTO attendance (district_id, id, session_id, pupil_id, booking_id, scan_id, evidence,
  arrived_at, left_at, minutes, is_late, left_early)
VALUES (:district, :attendance, :session, :pupil, :booking, :scan, :evidence, :arrived_at,
  :left_at, :minutes, :is_late, :left_early)
ON CONFLICT (district_id, session_id, pupil_id) DO UPDATE SET scan_id = excluded.scan_id,
  evidence = excluded.evidence, arrived_at = excluded.arrived_at, left_at = excluded.left_at,
  minutes = excluded.minutes, is_late = excluded.is_late, left_early = excluded.left_early
RETURNING id, (xmax = 0) AS is_new),
attended AS ({ATTENDED.format(when="EXISTS (SELECT 1 FROM kept)")})
SELECT id, is_new FROM kept
"""  # noqa: S608 - our own fragment
)
DISPLAY_OF = Hot(
    "SELECT id, secret FROM door_display WHERE district_id = :district AND session_id = :session"
)
DISPLAY = Hot(
    """
SELECT d.session_id, d.secret, s.base_id FROM door_display d
JOIN session s ON s.district_id = d.district_id AND s.id = d.session_id
WHERE d.district_id = :district AND d.id = :display
"""
)
# Where the base is whose poster (`scene`) or rotating code (`display`) was read.
PLACE = Hot(
    """
SELECT b.place FROM learning_base b
WHERE b.district_id = :district AND (b.scene = :scene OR b.id = (
  SELECT s.base_id FROM door_display d
  JOIN session s ON s.district_id = d.district_id AND s.id = d.session_id
  WHERE d.district_id = :district AND d.id = :display))
"""
)
# Whoever else scanned for themselves: on this device today, and within these two seconds.
NEAR_SCANS = Hot(
    """
SELECT count(DISTINCT person_id) FILTER (WHERE device = :device) + 1 AS people,
  count(*) FILTER (WHERE received_at > now() - interval '2 seconds') + 1 AS moment
FROM scan WHERE district_id = :district AND session_id = :session AND accepted
  AND way IN ('guardian', 'pupil') AND person_id <> :person
"""
)
COUNT = text(
    """
SELECT b.expected, b.excused, b.absent, a.arrived, a.inside, a.late, a.left_early,
  n.counted, n.open
FROM (SELECT count(*) FILTER (WHERE state IN ('confirmed', 'attended', 'absent')) AS expected,
    count(*) FILTER (WHERE state = 'excused') AS excused,
    count(*) FILTER (WHERE state = 'absent') AS absent
  FROM booking WHERE district_id = :district AND session_id = :session) b
CROSS JOIN (SELECT count(*) AS arrived, count(*) FILTER (WHERE left_at IS NULL) AS inside,
    count(*) FILTER (WHERE is_late) AS late, count(*) FILTER (WHERE left_early) AS left_early
  FROM attendance WHERE district_id = :district AND session_id = :session) a
LEFT JOIN LATERAL (SELECT h.counted, h.settled_at IS NULL AS open FROM head_count h
  WHERE h.district_id = :district AND h.session_id = :session
  ORDER BY h.counted_at DESC, h.id DESC LIMIT 1) n ON true
"""
)
# What happens today, for whom the reach covers: a unit everybody, a school and a class its own.
TODAY = text(
    """
SELECT s.id, a.title, b.name AS base_name, s.starts_at, count(k.id) AS expected,
  count(came.pupil_id) AS arrived, a.organization_id = ANY(:organizations) AS own
FROM session s
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
LEFT JOIN booking k ON k.district_id = s.district_id AND k.session_id = s.id
  AND k.state IN ('confirmed', 'attended', 'absent')
LEFT JOIN attendance came ON came.district_id = k.district_id AND came.session_id = k.session_id
  AND came.pupil_id = k.pupil_id
LEFT JOIN enrollment e ON e.district_id = k.district_id AND e.pupil_id = k.pupil_id
  AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
WHERE s.district_id = :district AND s.state IN ('planned', 'closed')
  AND s.starts_at >= :start AND s.starts_at < cast(:start AS timestamptz) + interval '1 day'
  AND (a.organization_id = ANY(:organizations) OR c.organization_id = ANY(:organizations)
    OR c.id = ANY(:classes))
GROUP BY s.id, a.title, a.organization_id, b.name, s.starts_at
ORDER BY s.starts_at, s.id LIMIT :limit
"""
)
CLASS_OF = Hot(
    """
SELECT c.id AS class_id, c.organization_id AS school_id FROM enrollment e
JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
WHERE e.district_id = :district AND e.pupil_id = :pupil AND e.ends_on IS NULL
"""
)
STARTS = Hot("SELECT starts_at FROM session WHERE district_id = :district AND id = :session")
ATTENDANCE_ID = Hot(
    "SELECT id FROM attendance WHERE district_id = :district AND session_id = :session "
    "AND pupil_id = :pupil"
)
# The child was not there after all: its booking is again one of somebody who has not come.
FORGET = Hot(
    f"""
WITH gone AS (
  DELETE FROM attendance WHERE district_id = :district AND session_id = :session
    AND pupil_id = :pupil RETURNING id)
{NOT_ATTENDED.format(when="EXISTS (SELECT 1 FROM gone)")}
"""  # noqa: S608 - our own fragment
)
