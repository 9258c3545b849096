"""The statements of the city pack that read across many children."""

# A school's children of these grades, in the order of classes and student numbers.
CHILDREN = """
SELECT p.id, p.name, c.grade, c.name AS class_name,
  ARRAY(SELECT w.guardian_id FROM guardianship w WHERE w.district_id = p.district_id
    AND w.pupil_id = p.id AND w.ends_on IS NULL) AS guardians
FROM school_class c
JOIN enrollment e ON e.district_id = c.district_id AND e.class_id = c.id AND e.ends_on IS NULL
JOIN person p ON p.district_id = e.district_id AND p.id = e.pupil_id AND p.state = 'active'
WHERE c.district_id = :district AND c.organization_id = :school
  AND c.grade BETWEEN :least AND :most
ORDER BY c.grade, c.name, e.student_no, p.id
"""
# The lines of a 公示 as they are read: names and student numbers of today beside the frozen numbers.
LINES = """
SELECT l.pupil_id, l.grade, l.class_name, l.amounts, p.name,
  (SELECT e.student_no FROM enrollment e WHERE e.district_id = l.district_id
    AND e.pupil_id = l.pupil_id ORDER BY e.ends_on IS NOT NULL, e.starts_on DESC LIMIT 1) AS student_no
FROM publicity_line l
JOIN person p ON p.district_id = l.district_id AND p.id = l.pupil_id
WHERE l.district_id = :district AND l.publicity_id = :publicity
  AND (cast(:pupil AS uuid) IS NULL OR l.pupil_id = :pupil)
ORDER BY l.grade, l.class_name, student_no, l.pupil_id
"""
COUNTERS = """
SELECT pupil_id, measure, category, mark, amount FROM record_correction
WHERE district_id = :district AND publicity_id = :publicity
  AND (cast(:pupil AS uuid) IS NULL OR pupil_id = :pupil)
"""
# What was corrected about a day before any list: it is part of the list's own numbers.
UNLISTED = """
SELECT pupil_id, measure, category, mark, amount FROM record_correction
WHERE district_id = :district AND organization_id = :school AND publicity_id IS NULL
  AND day BETWEEN :first AND :last
"""
# All schools with children whom the city's rule concerns; no child is read.
OVERVIEW = """
SELECT o.id AS organization_id, o.name AS school, u.id AS publicity_id, u.title, u.state, u.closes_at,
  (SELECT count(*) FROM publicity_line l WHERE l.district_id = u.district_id
    AND l.publicity_id = u.id) AS listed,
  (SELECT count(*) FROM objection b WHERE b.district_id = u.district_id
    AND b.publicity_id = u.id AND b.state = 'open') AS objections_open
FROM organization o
LEFT JOIN LATERAL (SELECT * FROM publicity w WHERE w.district_id = o.district_id
  AND w.organization_id = o.id AND w.state <> 'withdrawn' ORDER BY w.id DESC LIMIT 1) u ON true
WHERE o.district_id = :district AND (:whole OR o.id = ANY(:schools))
  AND EXISTS (SELECT FROM school_class c WHERE c.district_id = o.district_id
    AND c.organization_id = o.id AND c.grade BETWEEN :least AND :most)
ORDER BY o.name
"""
