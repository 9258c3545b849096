"""What does a newcomer, the simulator or a story need to know about the demo district?"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.demo.build_rounds import OPEN_NAME, PAST_NAME
from app.demo.cast import (
    CHILDREN,
    DISTRICT,
    FAMILY_PHONES,
    GUARDIANS,
    JUNIOR_LOGIN,
    LOGINS,
    OFFICE,
    OTHER_DISTRICT,
    OTHER_LOGIN,
    PHONES,
    POTTERY,
    WECHAT,
    YECHENG,
    Login,
    family_openid,
)
from app.demo.extras import PRIMARY
from app.demo.units import POTTERY_COURSE, POTTERY_FULL, POTTERY_WALK_IN, RETURNED, SUBMITTED
from app.kit.db import transaction
from app.people.roles import ROLES

_CHILDREN = text(
    """
SELECT p.name, o.name AS school, c.name AS class_name, p.id, e.class_id,
  c.organization_id AS school_id, w.id AS passport_id, w.scene
FROM person p
JOIN district d ON d.id = p.district_id AND d.code = :district
JOIN enrollment e ON e.district_id = p.district_id AND e.pupil_id = p.id AND e.ends_on IS NULL
JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
JOIN organization o ON o.district_id = c.district_id AND o.id = c.organization_id
JOIN passport w ON w.district_id = p.district_id AND w.pupil_id = p.id AND w.state = 'active'
WHERE p.name = ANY(:names)
"""
)
_PEOPLE = text(
    "SELECT p.name, min(p.id::text) AS id FROM person p "
    "JOIN district d ON d.id = p.district_id AND d.code = :district "
    "WHERE p.name = ANY(:names) GROUP BY p.name"
)
_BASES = text(
    "SELECT b.name, b.scene, b.id, b.organization_id FROM learning_base b "
    "JOIN district d ON d.id = b.district_id AND d.code = :district ORDER BY b.id"
)
_PLACES = text(
    "SELECT d.id AS district, (SELECT o.id FROM organization o WHERE o.district_id = d.id "
    "AND o.name = :office) AS office, (SELECT o.id FROM organization o WHERE o.district_id = d.id "
    "AND o.name = :school) AS school_yecheng, (SELECT c.id FROM course c "
    "WHERE c.district_id = d.id AND c.title = :course LIMIT 1) AS course_pottery, "
    "(SELECT o.id FROM district o WHERE o.code = :other) AS other_district "
    "FROM district d WHERE d.code = :district"
)
# The families whose phones a story may use, with one child each that may choose courses.
_FAMILIES = text(
    """
SELECT DISTINCT ON (i.subject) i.subject AS mp_openid, g.name, w.pupil_id::text AS pupil_id,
  p.name AS pupil
FROM identity i
JOIN district d ON d.id = i.district_id AND d.code = :district
JOIN person g ON g.district_id = i.district_id AND g.id = i.person_id
JOIN guardianship w ON w.district_id = i.district_id AND w.guardian_id = g.id
  AND w.ends_on IS NULL
JOIN person p ON p.district_id = w.district_id AND p.id = w.pupil_id
JOIN enrollment e ON e.district_id = p.district_id AND e.pupil_id = p.id AND e.ends_on IS NULL
JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
WHERE i.subject = ANY(:subjects) AND c.grade BETWEEN :least AND :most
ORDER BY i.subject, w.id
"""
)
_CHOICES = text(
    """
SELECT (SELECT id FROM booking_round WHERE district_id = d.id AND name = :now) AS round_open,
  (SELECT id FROM booking_round WHERE district_id = d.id AND name = :past) AS round_past,
  (SELECT id FROM class_booking WHERE district_id = d.id AND state = 'head_confirmed'
    ORDER BY id LIMIT 1) AS class_booking,
  (SELECT id FROM session WHERE district_id = d.id AND reserve_percent > 0 ORDER BY id LIMIT 1)
    AS session_reserved,
  (SELECT id FROM session WHERE district_id = d.id AND mode = 'lottery' ORDER BY id LIMIT 1)
    AS session_draw
FROM district d WHERE d.code = :district
"""
)
_ACTIVITIES = text(
    "SELECT a.title, a.id FROM activity a JOIN district d ON d.id = a.district_id "
    "AND d.code = :district WHERE a.title = ANY(:titles)"
)
# The nearest date of an activity that has not ended; `room` tells whether a seat is free.
_SESSIONS = text(
    """
SELECT DISTINCT ON (a.title, room) a.title, s.id,
  EXISTS (SELECT 1 FROM seat t WHERE t.district_id = s.district_id AND t.session_id = s.id
    AND t.booking_id IS NULL) AS room
FROM session s
JOIN district d ON d.id = s.district_id AND d.code = :district
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
WHERE a.title = ANY(:titles) AND s.state = 'planned' AND s.booking_opens_at <= now()
  AND s.booking_closes_at > now()
ORDER BY a.title, room, s.starts_at
"""
)


async def describe_demo(engine: AsyncEngine, base_url: str, simulator_url: str) -> dict[str, Any]:
    """The content of demo.json. Secrets are printed: they open invented data only."""
    async with transaction(engine) as conn:
        children = {
            child.key: row
            for row in await _rows(conn, _CHILDREN, names=[child.name for child in CHILDREN])
            for child in CHILDREN
            if (child.name, child.school, child.class_name)
            == (row["name"], row["school"], row["class_name"])
        }
        bases = {row["name"]: row for row in await _rows(conn, _BASES)}
        ids = await _ids(conn, children, bases)
        subjects = [family_openid(number) for number in range(1, FAMILY_PHONES + 1)]
        grades = {"least": PRIMARY[0], "most": PRIMARY[1]}
        families = await _rows(conn, _FAMILIES, subjects=subjects, **grades)
    return {
        "base_url": base_url,
        "simulator_url": simulator_url,
        "district": DISTRICT,
        "logins": {login.role.value: _login(login) for login in LOGINS},
        "junior_login": _login(JUNIOR_LOGIN),
        "other_district_login": {"district": OTHER_DISTRICT, **_login(OTHER_LOGIN)},
        "wechat": {
            **WECHAT,
            "callback_url": f"{base_url.rstrip('/')}/wechat/callback/{WECHAT['account']}",
        },
        "phones": _phones(),
        "families": families,
        "scenes": {
            **{row["scene"]: f"基地：{name}" for name, row in bases.items()},
            **{row["scene"]: f"护照卡：{row['name']}" for row in children.values()},
        },
        "ids": ids,
    }


async def _rows(conn: AsyncConnection, stmt: TextClause, **params: Any) -> Sequence[dict[str, Any]]:
    found = await conn.execute(stmt, {"district": DISTRICT, **params})
    return [dict(row) for row in found.mappings()]


def _login(login: Login) -> dict[str, str]:
    return {
        "username": login.username,
        "password": login.password,
        "name": login.name,
        "title": ROLES[login.role].title,
    }


def _phones() -> list[dict[str, Any]]:
    return [
        {
            "name": phone.name,
            "role": phone.role,
            "openid": phone.openid,
            "mp_openid": phone.mp_openid,
            "note": phone.note,
            "following": phone.following,
        }
        for phone in PHONES
    ]


async def _ids(
    conn: AsyncConnection,
    children: Mapping[str, Mapping[str, Any]],
    bases: Mapping[str, Mapping[str, Any]],
) -> dict[str, str]:
    """Ids by what they are; a session that the calendar has passed is left out."""
    places = await _rows(
        conn, _PLACES, office=OFFICE, school=YECHENG, course=POTTERY_COURSE, other=OTHER_DISTRICT
    )
    found: dict[str, Any] = {**places[0]}
    found["base_pottery"] = bases[POTTERY]["id"]
    found["unit_pottery"] = bases[POTTERY]["organization_id"]
    for key, row in children.items():
        found[f"pupil_{key}"], found[f"class_{key}"] = row["id"], row["class_id"]
        found[f"passport_{key}"] = row["passport_id"]
    found |= await _people_ids(conn)
    found |= await _activity_ids(conn)
    choices = await _rows(conn, _CHOICES, now=OPEN_NAME, past=PAST_NAME)
    found |= {key: value for key, value in choices[0].items() if value is not None}
    return {key: str(value) for key, value in found.items()}


async def _people_ids(conn: AsyncConnection) -> dict[str, Any]:
    keys = {login.name: f"staff_{login.role.value}" for login in LOGINS}
    slugs = {phone.name: phone.slug.replace("-", "_") for phone in PHONES}
    keys |= {guardian.name: f"guardian_{slugs[guardian.name]}" for guardian in GUARDIANS}
    rows = await _rows(conn, _PEOPLE, names=list(keys))
    return {keys[row["name"]]: row["id"] for row in rows}


async def _activity_ids(conn: AsyncConnection) -> dict[str, Any]:
    titles = {
        POTTERY_COURSE: "activity_pottery",
        POTTERY_FULL: "activity_full",
        POTTERY_WALK_IN: "activity_walk_in",
        SUBMITTED[0]: "activity_submitted",
        next(iter(RETURNED)): "activity_returned",
    }
    sessions = {
        (POTTERY_COURSE, True): "session_bookable",
        (POTTERY_FULL, False): "session_full",
        (POTTERY_WALK_IN, True): "session_today",
    }
    activities = await _rows(conn, _ACTIVITIES, titles=list(titles))
    dates = await _rows(conn, _SESSIONS, titles=list(titles))
    return {titles[row["title"]]: row["id"] for row in activities} | {
        sessions[row["title"], row["room"]]: row["id"]
        for row in dates
        if (row["title"], row["room"]) in sessions
    }
