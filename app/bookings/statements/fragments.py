"""Pieces that several statements of bookings share."""

ACTIVE = "('confirmed', 'waitlisted', 'attended', 'offered', 'applied', 'held')"

AHEAD = "('confirmed', 'waitlisted', 'offered', 'applied', 'held')"

# The child stands here already: a twin request was faster. It must not take a seat that somebody else
# would miss until it is given back.
BOOKED = f"""
EXISTS (SELECT 1 FROM booking o WHERE o.district_id = :district AND o.session_id = :session
  AND o.pupil_id = :pupil AND o.state IN {ACTIVE})"""  # noqa: S608 - our own states

# Another booking of the child that it cannot keep together with session `s`, by title.
CLASH = f"""
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
LIMIT = f"""
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

GUARDIANS = """
ARRAY(SELECT w.guardian_id FROM guardianship w WHERE w.district_id = p.district_id
  AND w.pupil_id = p.id AND w.ends_on IS NULL)"""
# When a guardian's yes has to be asked for: now, if the activity of this session wants one.
ASKED = """
(SELECT CASE WHEN na.consent_needed IS NOT NULL THEN now() END FROM session ns
 JOIN activity na ON na.district_id = ns.district_id AND na.id = ns.activity_id
 WHERE ns.district_id = :district AND ns.id = {session})"""
# What the family says in the same act: yes to the words it was shown, and answers to the
# activity's own questions. Both for each row of `placed` that is named.
FORM = """
agreed AS (
  INSERT INTO booking_consent (district_id, id, booking_id, guardian_id, said, sentence, text_id,
    words_hash, channel)
  SELECT :district, n.id, placed.id, cast(:person AS uuid), 'yes', cast(:sentence AS int),
    cast(:text AS uuid), cast(:words AS text), :audit_channel
  FROM placed JOIN unnest(cast(:consents AS uuid[]), cast(:agreed AS uuid[])) AS n(id, booking)
    ON n.booking = placed.id),
answered AS (
  INSERT INTO booking_answer (district_id, booking_id, field_id, value)
  SELECT :district, placed.id, n.field, n.value
  FROM placed JOIN unnest(cast(:answered AS uuid[]), cast(:fields AS uuid[]),
    cast(:values AS text[])) AS n(booking, field, value) ON n.booking = placed.id)"""
# Seats are free together for all who wait as one group with `q`: of their schools' reserves and
# of the open pool.
FITS = """
(SELECT coalesce(sum(greatest(m.members - (SELECT count(*) FROM seat f
    WHERE f.district_id = :district AND f.session_id = :session AND f.booking_id IS NULL
      AND f.pool_id = m.school_id), 0)), 0)
  FROM (SELECT g.school_id, count(*) AS members FROM booking g WHERE g.district_id = :district
    AND g.group_id = q.group_id AND g.state = 'waitlisted' GROUP BY g.school_id) m)
 <= (SELECT count(*) FROM seat f WHERE f.district_id = :district AND f.session_id = :session
   AND f.booking_id IS NULL AND f.pool_id IS NULL)"""
# Somebody waits who could have seat `t` now.
WAITED_FOR = f"""
EXISTS (SELECT 1 FROM booking q WHERE q.district_id = :district
  AND q.session_id = :session AND q.state = 'waitlisted'
  AND (t.pool_id IS NULL OR q.school_id = t.pool_id)
  AND (q.group_id IS NULL OR {FITS}))"""  # noqa: S608 - our own fragment
# A seat for each of `members` (id, school_id), all or none: of its school's reserve first, then
# of the open pool. Locks just as many seats as are needed. `{but}` leaves seats `t` out.
SEATS_TOGETHER = """
wanted AS (
  SELECT id, school_id, row_number() OVER (PARTITION BY school_id ORDER BY id) AS n FROM members),
schools AS (SELECT school_id, count(*) AS members FROM members GROUP BY school_id),
reserved AS (
  SELECT r.id, r.pool_id, row_number() OVER (PARTITION BY r.pool_id ORDER BY r.id) AS n
  FROM schools CROSS JOIN LATERAL (
    SELECT t.id, t.pool_id FROM seat t WHERE t.district_id = :district AND t.session_id = :session
      AND t.booking_id IS NULL AND t.pool_id = schools.school_id {but}
    LIMIT schools.members FOR UPDATE SKIP LOCKED) r),
opened AS (
  SELECT t.id FROM seat t WHERE t.district_id = :district AND t.session_id = :session
    AND t.booking_id IS NULL AND t.pool_id IS NULL {but}
  LIMIT (SELECT count(*) FROM members) - (SELECT count(*) FROM reserved)
  FOR UPDATE SKIP LOCKED),
left_over AS (
  SELECT w.id, row_number() OVER (ORDER BY w.id) AS n FROM wanted w
  WHERE NOT EXISTS (SELECT 1 FROM reserved r WHERE r.pool_id = w.school_id AND r.n = w.n)),
pairs AS (
  SELECT w.id AS booking_id, r.id AS seat_id FROM wanted w
  JOIN reserved r ON r.pool_id = w.school_id AND r.n = w.n
  UNION ALL
  SELECT l.id, o.id FROM left_over l
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM opened) o ON o.n = l.n),
taken AS (
  UPDATE seat SET booking_id = pairs.booking_id FROM pairs
  WHERE seat.district_id = :district AND seat.id = pairs.seat_id
    AND (SELECT count(*) FROM pairs) = (SELECT count(*) FROM {whole})
  RETURNING seat.id, seat.booking_id)"""
# For the statement of the door: the child came. `{when}` says whether.
ATTENDED = """
UPDATE booking SET state = 'attended', version = version + 1, updated_at = now()
WHERE district_id = :district AND id = :booking AND state IN ('confirmed', 'absent') AND {when}"""
# … and the opposite, after a correction.
NOT_ATTENDED = """
UPDATE booking SET version = version + 1, updated_at = now(),
  state = CASE WHEN (SELECT s.ends_at FROM session s WHERE s.district_id = booking.district_id
    AND s.id = booking.session_id) < now() THEN 'absent' ELSE 'confirmed' END
WHERE district_id = :district AND id = :booking AND state = 'attended' AND {when}"""
