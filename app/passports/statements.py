"""The statements of the scan, built once: with the finding of the actor a scan is four."""

from app.attendance.statements import NEAR, VISITS_OF
from app.kit.hot import Hot
from app.notifications.statements import TELL

# The card, whose it is, and all that the child has booked; one row with nulls when it has nothing.
CARD = Hot(
    f"""
SELECT card.pupil_id AS card_pupil_id, card.state AS card_state, owner.name AS card_name, v.*
FROM passport card
JOIN person owner ON owner.district_id = card.district_id AND owner.id = card.pupil_id
LEFT JOIN LATERAL ({VISITS_OF.format(pupil="k.pupil_id = card.pupil_id", when=NEAR)}) v ON true
WHERE card.district_id = :district AND card.scene = :scene
"""  # noqa: S608 - our own fragment
)
# One stamp a child and session; the message counts it in.
AWARD = Hot(
    f"""
WITH done AS (
  INSERT INTO stamp (district_id, id, pupil_id, session_id, attendance_id, base_id, title, base_name,
    category, minutes, evidence, code, awarded_at)
  VALUES (:district, :id, :pupil, :session, :attendance, :base, :title, :base_name, :category,
    :minutes, :evidence, :code, :awarded_at)
  ON CONFLICT (district_id, pupil_id, session_id) WHERE revoked_at IS NULL DO NOTHING
  RETURNING id),
total AS (
  SELECT jsonb_build_object('total', (count(*) + 1)::text) AS more FROM stamp
  WHERE district_id = :district AND pupil_id = :pupil AND revoked_at IS NULL),
{TELL.format(when="FROM done, total", more="total.more")}
SELECT id FROM done
"""  # noqa: S608 - our own fragments
)
