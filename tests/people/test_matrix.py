"""Route × role × whose: nobody gets what the roles table does not give, absent means forbidden."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import insert

from app.api.contract import openapi_of
from app.kit.clock import school_day
from app.kit.ids import new_id
from app.people.models import RoleGrant
from app.people.roles import ROLES, Role, Scope
from tests.cast import CAST, ELSEWHERE, POTTERY_SCENE, SCHOOL, TERM_START, UNIT, Somebody, key
from tests.client import Client
from tests.people.matrix import ANYBODY, BODIES, LOGGED_IN, QUERIES, RIGHTS
from tests.rounds.stage import announced, sessions

ACTORS: dict[Role, Somebody] = {
    Role.AUDITOR: CAST.auditor,
    Role.BUREAU_VIEWER: CAST.viewer,
    Role.CLASS_TEACHER: CAST.teacher,
    Role.COUNCIL: CAST.council,
    Role.DISTRICT_ADMIN: CAST.admin,
    Role.DOOR_STAFF: CAST.door,
    Role.GUARDIAN: CAST.mama,
    Role.PUPIL: CAST.xing,
    Role.SCHOOL_ADMIN: CAST.liaison,
    Role.SECRETARIAT: CAST.secretary,
    Role.UNIT_PUBLISHER: CAST.publisher,
}
ID_IN_PATH = re.compile(r"\{(\w+)\}")
# Ends the caller's own login; tried in tests/people/test_login.py.
NOT_REPEATABLE = {"DELETE /v1/login-sessions/current"}


def absent(found: re.Match[str]) -> str:
    """What stands for nothing in a path: a new id, or the first of something numbered."""
    return "1" if found[1] == "number" else str(uuid4())


async def ask(client: Client, who: Somebody | None, route: str, path: str) -> httpx.Response:
    method, _ = route.split(" ")
    headers = who.headers if who else {}
    if route == "POST /v1/roster-imports":
        form = {"organization_id": str(uuid4())}
        files = {"file": ("x.csv", b"a,b\n1,2\n")}
        return await client.http.post(path, data=form, files=files, headers=headers)
    if route.endswith("/task-submissions") and method == "POST":
        return await client.http.post(path, data={"answers": "{}"}, headers=headers)
    if method == "PUT" and route.endswith("/file"):
        files = {"file": ("x.pdf", b"%PDF-1.4\n%%EOF")}
        return await client.http.put(path, files=files, headers=headers)
    body = BODIES.get(route, {} if method in ("POST", "PATCH") else None)
    return await client.http.request(
        method, path + QUERIES.get(route, ""), json=body, headers=headers
    )


def test_every_route_has_a_row_and_every_role_an_actor(app: Any) -> None:
    routes = {
        f"{method.upper()} {path}"
        for path, operations in openapi_of(app)["paths"].items()
        for method in operations
    }
    assert routes == set(RIGHTS), "a route without a row, or a row without a route"
    assert set(ACTORS) == set(Role)


async def test_no_role_gets_what_the_table_does_not_give(client: Client) -> None:
    """With ids that do not exist, whoever lacks the right and whoever holds it must differ."""
    for route, right in RIGHTS.items():
        if right in (ANYBODY, LOGGED_IN):
            continue
        path = ID_IN_PATH.sub(absent, route.split(" ")[1])
        nobody = await ask(client, None, route, path)
        assert nobody.status_code == 401, (route, nobody.text)
        admitted = 0
        for role, who in ACTORS.items():
            answer = await ask(client, who, route, path)
            assert answer.status_code < 500, (route, role, answer.text)
            if right in ROLES[role].permissions:
                admitted += answer.status_code != 403
            else:
                assert answer.status_code in (403, 404), (route, role, answer.text)
                assert answer.json()["code"] in ("kit.forbidden", "kit.not_found"), (route, role)
        assert admitted, f"{route}: no role may do it, or its row names the wrong right"


async def things_of_this_district(client: Client) -> dict[str, str]:
    """One real object for every id a path can carry."""
    session_id = await client.add_session()
    booked = await client.book(CAST.mama, CAST.xiaonan, session_id)
    assert booked.status_code == 201
    await client.scan(CAST.mama, POTTERY_SCENE)
    await client.post(
        CAST.liaison, "/venues", {"organization_id": str(SCHOOL), "kind": "lab", "name": "实验室"}
    )
    await client.post(CAST.liaison, "/courses", {"organization_id": str(SCHOOL), "title": "课程"})
    await client.post(CAST.admin, "/terms", BODIES["POST /v1/terms"])
    files = {"file": ("x.csv", b"a,b\n1,2\n")}
    form = {"organization_id": str(SCHOOL)}
    await client.http.post(
        "/v1/roster-imports", data=form, files=files, headers=CAST.liaison.headers
    )
    await client.rows(
        "INSERT INTO marker (district_id, id, stage, domain, title, owner, state, evidence) "
        "VALUES (:d, gen_random_uuid(), '2026', 'courses', '标识', '', 'open', '')",
        d=key("district"),
    )
    tomorrow = str(school_day(datetime.now(UTC)) + timedelta(days=1))
    key_body = {**BODIES["POST /v1/api-keys"], "expires_on": tomorrow}
    assert (await client.post(CAST.admin, "/api-keys", key_body)).status_code == 201
    text = await client.post(CAST.secretary, "/consent-texts", BODIES["POST /v1/consent-texts"])
    agreed = {"text_id": text.json()["id"], "text_hash": text.json()["hash"]}
    await client.post(CAST.mama, "/consents", {**agreed, "pupil_id": str(CAST.xiaonan.id)})
    asked = {"pupil_id": str(CAST.xiaonan.id), "kind": "correct", "note": "学号有误"}
    await client.post(CAST.mama, "/data-requests", asked)
    await client.post(CAST.admin, "/incidents", BODIES["POST /v1/incidents"])
    await things_of_the_registers(client)
    await announced(client, await sessions(client, 1, 1))
    await client.rows(
        "INSERT INTO swap_offer (district_id, id, round_id, pupil_id, given_id, wanted_id, state) "
        "SELECT district_id, gen_random_uuid(), round_id, :p, min(session_id::text)::uuid, "
        "max(session_id::text)::uuid, 'open' FROM round_session GROUP BY 1, 3",
        p=CAST.xiaonan.id,
    )
    await things_of_the_sheets(client, session_id)
    await things_of_the_units(client)
    doors = f"/sessions/{session_id}/door-links"
    assert (await client.post(CAST.door, doors, {"name": "门口"})).status_code == 201
    drafted = await client.post(CAST.secretary, "/rule-sets", {"key": "dream_ladder"})
    assert drafted.status_code == 201, drafted.text
    await client.rows(
        "INSERT INTO class_booking (district_id, id, session_id, class_id, adults, bus_note, "
        "state, confirm_by, reason) SELECT district_id, gen_random_uuid(), :s, id, 1, '', "
        "'drafted', now(), '' FROM school_class WHERE district_id = :d LIMIT 1",
        s=session_id,
        d=key("district"),
    )
    await client.rows(
        "INSERT INTO attendance_correction (district_id, id, session_id, pupil_id, what, at, reason, "
        "state) VALUES (:d, gen_random_uuid(), :s, :p, 'came', now(), '漏扫', 'pending')",
        d=key("district"),
        s=session_id,
        p=CAST.xiaonan.id,
    )
    await things_of_the_city_pack(client)
    await client.say(CAST.mama, Event="annual_renew", ExpiredTime="1799999999")
    await things_of_the_column(client)
    await client.rows(
        "INSERT INTO attendance_leave (district_id, id, booking_id, pupil_id, reason, state) "
        "SELECT district_id, gen_random_uuid(), id, pupil_id, '发烧', 'pending' FROM booking LIMIT 1"
    )
    tables = {
        "correction_id": "attendance_correction", "leave_id": "attendance_leave",
        "account_id": "channel_account", "activity_id": "activity", "api_key_id": "api_key",
        "application_id": "unit_application", "edition_id": "course_edition",
        "invitation_id": "mentor_invitation", "need_id": "school_need", "offer_id": "visit_offer",
        "mentor_id": "mentor", "paper_id": "paper",
        "base_id": "learning_base", "booking_id": "booking", "class_id": "school_class",
        "class_booking_id": "class_booking",
        "consent_id": "consent", "contact_id": "contact", "course_id": "course",
        "day_id": "term_day", "door_link_id": "door_link", "group_id": "org_group",
        "delivery_id": "delivery", "grant_id": "role_grant", "guardianship_id": "guardianship",
        "import_id": "roster_import", "incident_id": "incident",
        "login_session_id": "login_session", "marker_id": "marker",
        "notification_id": "notification", "operation_id": "operation_item", "organization_id": "organization",
        "passport_id": "passport", "promotion_id": "roster_import", "request_id": "data_request", "round_id": "booking_round", "swap_id": "swap_offer",
        "rule_set_id": "rule_set",
        "session_id": "session", "submission_id": "task_submission", "phrase_id": "comment_phrase",
        "alert_id": "evaluation_alert", "item_id": "moderation_item", "word_id": "moderation_word",
        "announcement_id": "announcement", "article_id": "column_article", "host_id": "link_host",
        "export_id": "city_export", "objection_id": "objection", "print_id": "print_order",
        "publicity_id": "publicity",
        "term_id": "term", "venue_id": "venue",
    }  # fmt: skip
    found = {"person_id": str(CAST.xiaonan.id), "pupil_id": str(CAST.xiaonan.id), "number": "1"}
    for name, table in tables.items():
        sql = f"SELECT id FROM {table} WHERE district_id = :d LIMIT 1"
        found[name] = str(await client.value(sql, d=key("district")))
    return found


async def things_of_the_sheets(client: Client, session_id: Any) -> None:
    """A task sheet, what a child handed in, and a sentence of the teacher's."""
    activity = await client.value("SELECT activity_id FROM session WHERE id = :s", s=session_id)
    sheet = {"title": "任务单", "questions": [{"kind": "text", "label": "做了什么"}]}
    path = f"/activities/{activity}/task-sheet"
    assert (await client.call(CAST.publisher, "PUT", path, sheet)).status_code == 200
    said = {"answers": '{"answers": [{"question": 0, "values": ["捏碗"]}]}'}
    path = f"/v1/sessions/{session_id}/pupils/{CAST.xiaonan.id}/task-submissions"
    handed = await client.http.post(path, data=said, headers=CAST.mama.headers)
    assert handed.status_code == 201, handed.text
    await client.post(CAST.teacher, "/comment-phrases", {"words": "写得好"})
    await client.post(CAST.secretary, "/moderation-words", {"word": "矩阵词"})
    low = dict.fromkeys(("content", "guide", "safety", "place", "gain"), 1)
    score = {"pupil_id": str(CAST.xiaonan.id), "scores": low, "said": "太挤了"}
    path = f"/sessions/{session_id}/evaluation"
    assert (await client.call(CAST.mama, "PUT", path, score)).status_code == 200


async def things_of_the_column(client: Client) -> None:
    """An announcement with an attachment, an article with one, and a host to link to."""
    host = await client.post(CAST.secretary, "/link-hosts", {"host": "edu.example.cn"})
    assert host.status_code == 201, host.text
    drafts = {
        "announcements": BODIES["POST /v1/announcements"],
        "column-articles": {**BODIES["POST /v1/column-articles"], "organization_id": str(SCHOOL)},
    }
    for path, body in drafts.items():
        drafted = await client.post(CAST.secretary, f"/{path}", body)
        assert drafted.status_code == 201, drafted.text
        file = {"file": ("x.pdf", b"%PDF-1.4\n%%EOF")}
        where = f"/v1/{path}/{drafted.json()['id']}/file"
        kept = await client.http.put(where, files=file, headers=CAST.secretary.headers)
        assert kept.status_code == 200, kept.text


async def things_of_the_city_pack(client: Client) -> None:
    """A list that went to the city, an objection, and passports on their way to the printer."""
    first = {"organization_id": str(SCHOOL), "title": "秋季", "min_grade": 1, "max_grade": 5}
    days = {"starts_on": "2026-01-01", "ends_on": "2026-02-01"}
    made = await client.post(CAST.liaison, "/publicities", {**first, **days})
    assert made.status_code == 201, made.text
    path = f"/publicities/{made.json()['id']}"
    closes = str(school_day(datetime.now(UTC)) + timedelta(days=8))
    await client.post(CAST.liaison, f"{path}/open", {"closes_on": closes})
    body = {"publicity_id": made.json()["id"], "pupil_id": str(CAST.xiaonan.id), "reason": "有误"}
    raised = await client.post(CAST.mama, "/objections", body)
    assert raised.status_code == 201, raised.text
    no = {"accept": False, "answer": "没有错"}
    await client.post(CAST.liaison, f"/objections/{raised.json()['id']}/decide", no)
    await client.rows(
        "UPDATE publicity SET opened_at = now() - interval '9 days', closes_at = now()"
    )
    assert (await client.post(CAST.liaison, f"{path}/export")).status_code == 200
    ordered = await client.post(CAST.liaison, "/prints", {"place_id": str(SCHOOL)})
    assert ordered.status_code == 202, ordered.text


async def things_of_the_registers(client: Client) -> None:
    """A day off, a group and a contact."""
    await client.post(CAST.admin, "/term-days", BODIES["POST /v1/term-days"])
    await client.post(CAST.admin, "/org-groups", BODIES["POST /v1/org-groups"])
    contact = {"organization_id": str(SCHOOL), "person_id": str(CAST.liaison.id)}
    made = await client.post(CAST.liaison, "/contacts", {**contact, "position": "副校长"})
    assert made.status_code == 201, made.text


async def things_of_the_units(client: Client) -> None:
    """An application, a paper, a mentor and a frozen catalogue; a need, an offer, an invitation."""
    form = {
        "district": "ND",
        "name": "矩阵工坊",
        "kind": "company",
        "offer": "带孩子们看看真正的生产线",
    }
    contact = {"contact_name": "某人", "contact_phone": "021-00000000"}
    asked = await client.http.post("/apply", data={**form, **contact})
    assert asked.status_code == 303, asked.text
    paper = {"organization_id": str(UNIT), "kind": "other"}
    assert (await client.post(CAST.publisher, "/papers", paper)).status_code == 201
    mentor = {"organization_id": str(UNIT), "name": "外请导师"}
    assert (await client.post(CAST.publisher, "/mentors", mentor)).status_code == 201
    frozen = await client.post(CAST.secretary, "/course-editions", {"year": 2026})
    assert frozen.status_code == 201, frozen.text
    await client.rows("UPDATE mentor SET vetting = 'passed'")
    mentor_id = str(await client.value("SELECT id FROM mentor"))
    days = await client.rows("SELECT current_date + 5 AS day, current_date + 9 AS last")
    day, last = str(days[0].day), str(days[0].last)
    need = {**BODIES["POST /v1/school-needs"], "organization_id": str(SCHOOL)}
    need |= {"first_day": day, "last_day": last, "open_until": day}
    posted = await client.post(CAST.liaison, "/school-needs", need)
    assert posted.status_code == 201, posted.text
    times = {"starts_at": f"{day}T01:00:00Z", "ends_at": f"{day}T02:00:00Z"}
    offer = {"mentor_id": mentor_id, **times}
    path = f"/school-needs/{posted.json()['id']}/offers"
    assert (await client.post(CAST.publisher, path, offer)).status_code == 201
    ahead = await client.value("SELECT activity_id FROM session WHERE starts_at > now() LIMIT 1")
    body = {"mentor_id": mentor_id, "activity_id": str(ahead)}
    invited = await client.post(CAST.publisher, "/mentor-invitations", body)
    assert invited.status_code == 201, invited.text


async def test_another_districts_things_and_nothing_are_answered_alike(client: Client) -> None:
    """Somebody with every staff role of another district: our objects do not exist for them."""
    things = await things_of_this_district(client)
    office = key("外学区秘书处")
    staff = [role for role in Role if ROLES[role].scope in (Scope.DISTRICT, Scope.ORGANIZATION)]
    async with client.engine.begin() as conn:
        await conn.execute(
            insert(RoleGrant),
            [
                {
                    "district_id": ELSEWHERE,
                    "id": new_id(),
                    "person_id": CAST.foreign_secretary.id,
                    "organization_id": office,
                    "role": role.value,
                    "starts_on": TERM_START,
                }
                for role in staff
                if role is not Role.SECRETARIAT
            ],
        )
    checked = 0
    for route in RIGHTS:
        path = route.split(" ")[1]
        names = ID_IN_PATH.findall(path)
        if not names or route in NOT_REPEATABLE or "account" in names:
            continue
        real = await ask(
            client, CAST.foreign_secretary, route, ID_IN_PATH.sub(lambda m: things[m[1]], path)
        )
        none = await ask(client, CAST.foreign_secretary, route, ID_IN_PATH.sub(absent, path))
        assert real.status_code == none.status_code, (route, real.text, none.text)
        assert real.text == none.text, route
        assert not real.is_success, route
        checked += 1
    assert checked > 30


async def test_a_family_gets_no_staff_answer_about_another_familys_child(client: Client) -> None:
    things = await things_of_this_district(client)
    for route in RIGHTS:
        path = route.split(" ")[1]
        if not {"pupil_id", "person_id", "booking_id", "passport_id", "notification_id"} & set(
            ID_IN_PATH.findall(path)
        ):
            continue
        real = await ask(client, CAST.beimama, route, ID_IN_PATH.sub(lambda m: things[m[1]], path))
        assert real.status_code in (403, 404), (route, real.text)
        assert CAST.xiaonan.name not in real.text
