"""What backup and drill ask the database, built once."""

TABLES = """
SELECT c.relname AS name, c.relforcerowsecurity AS forced,
  array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
GROUP BY c.oid ORDER BY c.relname
"""
# Who must be there before whom; a row may refer to another one of its own table.
REFERENCES = """
SELECT DISTINCT conrelid::regclass::text AS child, confrelid::regclass::text AS parent
FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid
"""
SEQUENCES = """
SELECT sequencename AS name, last_value FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL ORDER BY 1
"""
HEADS = """
SELECT DISTINCT ON (district_id) district_id, seq AS sealed, hash AS head
FROM audit_seal ORDER BY district_id, seq DESC
"""
REVISION = "SELECT version_num FROM alembic_version"
TOTALS = """
SELECT (SELECT count(DISTINCT pupil_id) FROM enrollment) AS 学生,
  (SELECT count(*) FROM school_class) AS 班级,
  (SELECT count(DISTINCT person_id) FROM role_grant) AS 教师和工作人员,
  (SELECT count(*) FROM guardianship) AS 监护关系,
  (SELECT count(*) FROM learning_base) AS 基地,
  (SELECT count(*) FROM course) AS 课程,
  (SELECT count(*) FROM activity) AS 活动,
  (SELECT count(*) FROM session) AS 场次,
  (SELECT count(*) FROM booking) AS 预约,
  (SELECT count(*) FROM attendance) AS 签到,
  (SELECT count(*) FROM stamp) AS 印章,
  (SELECT count(*) FROM notification) AS 通知
"""
