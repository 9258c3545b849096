"""SQL of the digest and of the yearly pack: every figure straight from raw rows."""

from sqlalchemy import text

DIGEST = text(
    """
SELECT o.id AS organization_id, o.name AS school, a.person_id,
  coalesce(p.name, '系统') AS reader, coalesce(a.purpose, '') AS purpose,
  count(DISTINCT a.pupil_id) AS children, count(*) AS reads
FROM audit_entry a
JOIN LATERAL (SELECT e.class_id FROM enrollment e
  WHERE e.district_id = a.district_id AND e.pupil_id = a.pupil_id
    AND e.starts_on <= (a.at AT TIME ZONE 'Asia/Shanghai')::date
  ORDER BY e.ends_on DESC NULLS FIRST, e.id DESC LIMIT 1) e ON true
JOIN school_class c ON c.district_id = a.district_id AND c.id = e.class_id
JOIN organization o ON o.district_id = a.district_id AND o.id = c.organization_id
LEFT JOIN person p ON p.district_id = a.district_id AND p.id = a.person_id
WHERE a.district_id = :district AND a.action = 'pupil:read' AND a.at >= :begin AND a.at < :end
  AND (:everywhere OR o.id = ANY(:schools))
GROUP BY o.id, o.name, a.person_id, p.name, a.purpose
ORDER BY o.name, reads DESC, a.person_id, purpose
"""
)
CHILDREN_LOOKED_AT = text(
    """
SELECT c.organization_id, count(DISTINCT a.pupil_id) AS children
FROM audit_entry a
JOIN LATERAL (SELECT e.class_id FROM enrollment e
  WHERE e.district_id = a.district_id AND e.pupil_id = a.pupil_id
    AND e.starts_on <= (a.at AT TIME ZONE 'Asia/Shanghai')::date
  ORDER BY e.ends_on DESC NULLS FIRST, e.id DESC LIMIT 1) e ON true
JOIN school_class c ON c.district_id = a.district_id AND c.id = e.class_id
WHERE a.district_id = :district AND a.action = 'pupil:read' AND a.at >= :begin AND a.at < :end
GROUP BY c.organization_id
"""
)
SCHOOLS = text(
    "SELECT o.id FROM organization o WHERE o.district_id = :district "
    "AND o.kind IN ('school', 'kindergarten') AND o.state = 'active' ORDER BY o.id"
)

# A child that had a class on the last day of the span, by school and stage.
CHILDREN = text(
    """
SELECT o.name AS school,
  CASE WHEN c.grade < 0 THEN '幼儿园' WHEN c.grade < 6 THEN '小学' ELSE '初中' END AS stage,
  count(DISTINCT e.pupil_id) AS children
FROM enrollment e
JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
JOIN organization o ON o.district_id = e.district_id AND o.id = c.organization_id
WHERE e.district_id = :district
  AND e.starts_on <= (cast(:end AS timestamptz) AT TIME ZONE 'Asia/Shanghai' - interval '1 second')::date
  AND (e.ends_on IS NULL
    OR e.ends_on >= (cast(:end AS timestamptz) AT TIME ZONE 'Asia/Shanghai' - interval '1 second')::date)
GROUP BY 1, 2 ORDER BY 1, 2
"""
)
CONSENTS = text(
    """
SELECT t.purpose, t.number, t.title, t.hash,
  count(c.id) FILTER (WHERE c.given_at >= :begin AND c.given_at < :end) AS given,
  count(c.id) FILTER (WHERE c.withdrawn_at >= :begin AND c.withdrawn_at < :end) AS withdrawn,
  count(c.id) FILTER (WHERE c.given_at < :end
    AND (c.withdrawn_at IS NULL OR c.withdrawn_at >= :end)) AS open
FROM consent_text t
LEFT JOIN consent c ON c.district_id = t.district_id AND c.text_id = t.id
WHERE t.district_id = :district AND t.published_at < :end
GROUP BY t.purpose, t.number, t.title, t.hash ORDER BY t.purpose, t.number
"""
)
READS = text(
    """
SELECT coalesce((SELECT string_agg(DISTINCT g.role, '、' ORDER BY g.role) FROM role_grant g
    WHERE g.district_id = a.district_id AND g.person_id = a.person_id
      AND g.starts_on <= (a.at AT TIME ZONE 'Asia/Shanghai')::date
      AND (g.ends_on IS NULL OR g.ends_on >= (a.at AT TIME ZONE 'Asia/Shanghai')::date)), '') AS roles,
  coalesce(a.purpose, '') AS purpose,
  count(DISTINCT a.person_id) AS readers, count(DISTINCT a.pupil_id) AS children, count(*) AS reads
FROM audit_entry a
WHERE a.district_id = :district AND a.action = 'pupil:read' AND a.at >= :begin AND a.at < :end
GROUP BY 1, 2 ORDER BY 1, 2
"""
)
MONTHS = text(
    """
SELECT to_char(a.at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
  count(*) FILTER (WHERE a.action = 'pupil:read') AS reads,
  count(*) FILTER (WHERE a.action IN ('export:create', 'data:export')) AS exports,
  count(*) AS entries
FROM audit_entry a WHERE a.district_id = :district AND a.at >= :begin AND a.at < :end
GROUP BY 1 ORDER BY 1
"""
)
EXPORTS = text(
    """
SELECT a.action, a.object_type AS list, coalesce(a.purpose, '') AS purpose, count(*) AS exports,
  coalesce(sum((a.detail->>'rows')::bigint), 0)::bigint AS rows
FROM audit_entry a WHERE a.district_id = :district
  AND a.action IN ('export:create', 'data:export') AND a.at >= :begin AND a.at < :end
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
)
GRANTS = text(
    """
SELECT g.role,
  count(*) FILTER (WHERE g.starts_on >= b.first AND g.starts_on < b.last) AS granted,
  count(*) FILTER (WHERE g.ends_on >= b.first AND g.ends_on < b.last) AS ended,
  count(*) FILTER (WHERE g.starts_on < b.last AND (g.ends_on IS NULL OR g.ends_on >= b.last)) AS open
FROM role_grant g, (SELECT (cast(:begin AS timestamptz) AT TIME ZONE 'Asia/Shanghai')::date AS first,
  (cast(:end AS timestamptz) AT TIME ZONE 'Asia/Shanghai')::date AS last) b
WHERE g.district_id = :district GROUP BY g.role ORDER BY g.role
"""
)
DELETIONS = text(
    """
SELECT p.data_class, p.days, sum(p.rows)::bigint AS rows, count(*) AS runs
FROM deletion_proof p
WHERE p.district_id = :district AND p.at >= :begin AND p.at < :end
GROUP BY 1, 2 ORDER BY 1, 2
"""
)
REQUESTS = text(
    """
SELECT r.kind, count(*) AS asked,
  count(*) FILTER (WHERE r.state = 'done' AND r.settled_at < :end) AS done,
  count(*) FILTER (WHERE r.state = 'declined' AND r.settled_at < :end) AS declined,
  count(*) FILTER (WHERE r.state = 'withdrawn' AND r.settled_at < :end) AS withdrawn,
  count(*) FILTER (WHERE r.created_at < cast(:end AS timestamptz) - interval '15 days'
    AND (r.settled_at IS NULL OR r.settled_at > r.created_at + interval '15 days')) AS late
FROM data_request r
WHERE r.district_id = :district AND r.created_at >= :begin AND r.created_at < :end
GROUP BY 1 ORDER BY 1
"""
)
DETACHED = text(
    """
SELECT a.action, count(*) AS times FROM audit_entry a
WHERE a.district_id = :district AND a.at >= :begin AND a.at < :end
  AND a.action IN ('identity:detach', 'identity:revoke', 'identity:cancel', 'person:erase')
GROUP BY 1 ORDER BY 1
"""
)
INCIDENTS = text(
    """
SELECT i.happened_on::text AS day, i.title, i.affected, i.reported_on::text AS reported,
  i.families_told_on::text AS told, i.closed_on::text AS closed
FROM incident i WHERE i.district_id = :district
  AND i.happened_on >= (cast(:begin AS timestamptz) AT TIME ZONE 'Asia/Shanghai')::date
  AND i.happened_on < (cast(:end AS timestamptz) AT TIME ZONE 'Asia/Shanghai')::date
ORDER BY 1, 2
"""
)
DUE = text(
    """
SELECT r.id, r.pupil_id FROM data_request r
WHERE r.district_id = :district AND r.state = 'open' AND r.kind = 'erase' AND r.due_at <= now()
ORDER BY r.id
"""
)
# Children without a class for a year whose name is still there: moved away, or left school.
LONG_GONE = text(
    """
SELECT e.pupil_id FROM enrollment e
JOIN person p ON p.district_id = e.district_id AND p.id = e.pupil_id AND p.name <> :gone
WHERE e.district_id = :district
GROUP BY e.pupil_id
HAVING bool_and(e.ends_on IS NOT NULL)
  AND max(e.ends_on) < (now() AT TIME ZONE 'Asia/Shanghai')::date - cast(:days AS int)
ORDER BY e.pupil_id LIMIT 200
"""
)
