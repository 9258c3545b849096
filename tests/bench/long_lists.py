"""A district with so many activities, sessions, pupils and bookings, for `bench_lists`.

Time passes: a larger district has a longer history (three years), and in proportion
more ahead of it (two dates in twenty-five, over twenty days). That is enough for the smaller
one to fill a page of the phones' list too, in its middle, of half of the words or of a week.
What one class, school or unit has stays the same: 30 pupils, 20 activities.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.cast import CLASS_3, HERE, UNIT

# {d} the district, {n} the number of rows, {id} the id of row n, {unit} a unit of the cast.
FILL = """
INSERT INTO organization (district_id, id, kind, name, state, address, culture, course_brand, feature)
SELECT {d}, md5('unit' || n)::uuid, 'resource_unit', '单位' || n, 'active', '', '', '', ''
FROM generate_series(0, 49) n;

INSERT INTO learning_base (district_id, id, organization_id, name, scene, address, theme)
SELECT {d}, md5('base' || n)::uuid, md5('unit' || n)::uuid, '基地' || n, 'scene' || n, '', ''
FROM generate_series(0, 49) n;

INSERT INTO school_class (district_id, id, organization_id, school_year, grade, name)
SELECT {d}, md5('class' || n)::uuid, md5('unit' || n % 14)::uuid, 2026, 1 + n % 9, '班' || n
FROM generate_series(0, 139) n;

INSERT INTO activity (district_id, id, organization_id, base_id, kind, category, title, summary,
  what_to_bring, min_grade, max_grade, credited_minutes, evidence_needed, state)
SELECT {d}, {id}, CASE n % ({n} / 20) WHEN 0 THEN {unit} ELSE md5('unit' || n % 50)::uuid END,
  md5('base' || n % 50)::uuid, 'dream_course', 'social',
  CASE n WHEN 500 THEN '一号窑' ELSE '' END || word[1 + n % 10] || word[1 + n / 10 % 10] || '体验' || n, '', '', 1 + n % 3, 9, 90, 'C',
  CASE n % 20 WHEN 0 THEN 'submitted' ELSE 'published' END
FROM generate_series(1, {n}) n, (SELECT ARRAY['陶艺', '气象', '消防', '种植', '编程', '剪纸', '航模',
  '书法', '天文', '急救'] AS word) words;

INSERT INTO session (district_id, id, activity_id, base_id, starts_at, ends_at, booking_opens_at,
  booking_closes_at, capacity, state)
SELECT {d}, {id}, {id}, md5('base' || n % 50)::uuid, at, at + interval '2 hours',
  at - interval '90 days', at, 20, 'planned'
FROM generate_series(1, {n}) n, LATERAL (SELECT now() + make_interval(hours => 1) +
  n * CASE WHEN n % 50 BETWEEN 1 AND 4 THEN interval '20 days' ELSE interval '-1095 days' END / {n} AS at) t;

INSERT INTO seat (district_id, id, session_id)
SELECT {d}, gen_random_uuid(), id FROM session, generate_series(1, 20) WHERE starts_at > now();

INSERT INTO person (district_id, id, name, state)
SELECT {d}, {id}, CASE n WHEN 500 THEN '司徒小雨' ELSE substr('赵钱孙李周吴郑王冯陈', 1 + n % 10, 1) ||
  substr('一二三四五六七八九十', 1 + n / 10 % 10, 1) ||
  substr('甲乙丙丁戊己庚辛壬癸', 1 + n / 100 % 10, 1) END, 'active'
FROM generate_series(1, {n}) n;

INSERT INTO enrollment (district_id, id, pupil_id, class_id, starts_on)
SELECT {d}, gen_random_uuid(), {id},
  CASE WHEN n <= 30 THEN {class} ELSE md5('class' || n % 140)::uuid END, '2026-09-01'
FROM generate_series(1, {n}) n;

INSERT INTO booking (district_id, id, session_id, pupil_id, state)
SELECT {d}, {id}, {id},
  (lpad(to_hex(1 + n * 7 % {n}), 8, '0') || '-0000-7000-8000-000000000000')::uuid, 'cancelled'
FROM generate_series(1, {n}) n;

ANALYZE"""
LATER = """
SELECT starts_at, id FROM session WHERE starts_at > now() ORDER BY starts_at, id
OFFSET (SELECT count(*) / 2 FROM session WHERE starts_at > now()) LIMIT 1
"""


async def fill(url: str, rows: int) -> Row[datetime, UUID]:
    """Put so many rows of each kind beside the cast; gives a date in the middle of those ahead."""
    words = {
        "d": f"cast('{HERE}' AS uuid)",
        "n": str(rows),
        "id": "(lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid",
        "unit": f"cast('{UNIT}' AS uuid)",
        "class": f"cast('{CLASS_3}' AS uuid)",
    }
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        for statement in FILL.format(**words).split(";\n"):
            await conn.exec_driver_sql(statement)
        later = (await conn.execute(text(LATER))).one()
    await engine.dispose()
    return later
