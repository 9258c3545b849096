"""The statements of the door, built once."""

from sqlalchemy import text

# Every booked session of these children from yesterday to two months ahead.
VISITS = text(
    """
SELECT k.id AS booking_id, k.pupil_id, p.name AS pupil_name, s.id AS session_id, s.base_id,
  b.name AS base_name, a.organization_id, a.title, a.category,
  a.credited_minutes AS minutes, a.evidence_needed, s.starts_at, s.ends_at,
  k.state = 'attended' AS attended,
  photo.id IS NULL OR EXISTS (SELECT 1 FROM consent g WHERE g.district_id = k.district_id
    AND g.pupil_id = k.pupil_id AND g.text_id = photo.id AND g.withdrawn_at IS NULL)
    AS photo_agreed
FROM booking k
JOIN person p ON p.district_id = k.district_id AND p.id = k.pupil_id
JOIN session s ON s.district_id = k.district_id AND s.id = k.session_id
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
LEFT JOIN LATERAL (SELECT t.id FROM consent_text t WHERE t.district_id = k.district_id
  AND t.purpose = 'photo' ORDER BY t.number DESC LIMIT 1) photo ON true
WHERE k.district_id = :district AND k.pupil_id = ANY(:pupils)
  AND k.state IN ('confirmed', 'attended') AND s.state = 'planned'
  AND s.ends_at > now() - interval '1 day' AND s.starts_at < now() + interval '60 days'
ORDER BY s.starts_at, k.id
LIMIT 200
"""
)

# The ledger line and the attendance in one statement; a repeat adds a line and no attendance.
RECORD = text(
    """
WITH line AS (
  INSERT INTO scan (district_id, id, base_id, session_id, pupil_id, person_id, way, accepted,
    reason, device, nonce, scanned_at)
  VALUES (:district, :scan, :base, :session, :pupil, :person, :way, true, NULL, :device, :nonce,
    coalesce(:scanned_at, now()))
  ON CONFLICT (district_id, device, nonce) DO NOTHING
  RETURNING id, received_at),
came AS (
  INSERT INTO attendance (district_id, id, session_id, pupil_id, booking_id, scan_id, evidence,
    arrived_at)
  SELECT :district, :attendance, :session, :pupil, :booking, line.id, :evidence, line.received_at
  FROM line
  ON CONFLICT (district_id, session_id, pupil_id) DO NOTHING
  RETURNING id, arrived_at)
SELECT came.id, coalesce(came.arrived_at, was.arrived_at) AS arrived_at
FROM (SELECT 1) one LEFT JOIN came ON true
LEFT JOIN attendance was ON was.district_id = :district AND was.session_id = :session
  AND was.pupil_id = :pupil
"""
)

REFUSE = text(
    """
INSERT INTO scan (district_id, id, base_id, session_id, pupil_id, person_id, way, accepted,
  reason, device, nonce, offered, scanned_at)
VALUES (:district, :scan, :base, :session, :pupil, :person, :way, false, :reason, :device,
  :nonce, cast(:offered AS jsonb), now())
ON CONFLICT (district_id, device, nonce) DO NOTHING
"""
)

# The choice this person was asked for within the last five minutes and has not answered since.
WAITING_CHOICE = text(
    """
SELECT base_id, reason, offered FROM scan
WHERE district_id = :district AND person_id = :person AND received_at > now() - interval '5 minutes'
ORDER BY received_at DESC, id DESC LIMIT 1
"""
)

ARRIVED_AT = text(
    "SELECT arrived_at FROM attendance WHERE district_id = :district AND session_id = :session "
    "AND pupil_id = :pupil"
)
