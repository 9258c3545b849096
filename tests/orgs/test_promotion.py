"""升级与毕业: what is previewed is what happens, once, in one transaction, and can be taken back."""

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from app.kit.ids import new_id
from app.orgs.models import SchoolClass
from app.people.models import Enrollment, Person
from app.people.rules import next_grade, promoted_name
from tests.cast import CAST, HERE, JUNIOR, SCHOOL, TERM_START, Somebody
from tests.client import Client

LAST_YEAR = 2025


@pytest.mark.parametrize(
    ("grade", "has_junior", "following"),
    [
        (-3, False, -2),
        (-1, False, None),
        (1, False, 2),
        (5, False, None),
        (5, True, 6),
        (9, True, None),
    ],
)
def test_who_moves_and_who_leaves(grade: int, has_junior: bool, following: int | None) -> None:
    assert next_grade(grade, has_junior=has_junior) == following


@pytest.mark.parametrize(
    ("name", "grade", "following"),
    [
        ("三（2）班", 4, "四（2）班"),
        ("3年级2班", 4, "4年级2班"),
        ("小（1）班", -2, "中（1）班"),
        ("五（10）班", 6, "六（10）班"),
        ("启航班", 4, "启航班"),
    ],
)
def test_a_class_keeps_the_pattern_of_its_name(name: str, grade: int, following: str) -> None:
    assert promoted_name(name, grade) == following


async def fill(
    client: Client, classes: dict[str, tuple[int, int]], school: UUID = SCHOOL
) -> dict[str, list[UUID]]:
    """Classes of last year by name: (grade, number of pupils)."""
    found: dict[str, list[UUID]] = {}
    rooms, people, places = [], [], []
    for name, (grade, size) in classes.items():
        room = new_id()
        rooms.append(
            {
                "id": room,
                "organization_id": school,
                "school_year": LAST_YEAR,
                "grade": grade,
                "name": name,
            }
        )
        found[name] = [new_id() for _ in range(size)]
        people += [{"id": one, "name": f"{name}学生"} for one in found[name]]
        places += [
            {
                "id": new_id(),
                "pupil_id": one,
                "class_id": room,
                "student_no": one.hex,
                "starts_on": TERM_START,
            }
            for one in found[name]
        ]
    async with client.engine.begin() as conn:
        for model, rows in ((SchoolClass, rooms), (Person, people), (Enrollment, places)):
            await conn.execute(insert(model), [{"district_id": HERE, **row} for row in rows])
    return found


async def promote(client: Client, pupils: int, who: Somebody = CAST.liaison, **more: Any) -> Any:
    body = {"organization_id": str(SCHOOL), "school_year": LAST_YEAR, "pupils": pupils, **more}
    return await client.post(who, "/promotions", body)


async def places(client: Client, pupils: list[UUID]) -> set[str]:
    rows = await client.rows(
        "SELECT c.name || c.school_year AS place FROM enrollment e JOIN school_class c "
        "ON c.id = e.class_id WHERE e.pupil_id = ANY(:p) AND e.ends_on IS NULL",
        p=pupils,
    )
    return {row.place for row in rows}


PRIMARY = {"一（1）班": (1, 3), "二（1）班": (2, 2), "五（1）班": (5, 4), "启航班": (3, 1)}


async def test_every_class_moves_up_and_the_oldest_leave(client: Client) -> None:
    pupils = await fill(client, PRIMARY)
    query = f"/promotions/preview?organization_id={SCHOOL}&school_year={LAST_YEAR}"
    preview = (await client.get(CAST.liaison, query)).json()
    assert (preview["moving"], preview["leaving"], preview["applied_id"]) == (6, 4, None)
    told = {one["name"]: one["next_name"] for one in preview["classes"]}
    assert told == {
        "一（1）班": "二（1）班",
        "二（1）班": "三（1）班",
        "启航班": "启航班",
        "五（1）班": None,
    }
    before = await client.value("SELECT count(*) FROM enrollment WHERE ends_on IS NULL")
    done = await promote(client, 10)
    assert done.status_code == 201, done.text
    assert done.json()["counts"] == {"move": 6, "leave": 4}
    assert await places(client, pupils["一（1）班"]) == {"二（1）班2026"}
    assert await places(client, pupils["启航班"]) == {"启航班2026"}
    assert await places(client, pupils["五（1）班"]) == set()
    after = await client.value("SELECT count(*) FROM enrollment WHERE ends_on IS NULL")
    assert after == before - 4, "nobody else was touched"
    number = await client.value(
        "SELECT student_no FROM enrollment WHERE pupil_id = :p AND ends_on IS NULL",
        p=pupils["一（1）班"][0],
    )
    assert number == pupils["一（1）班"][0].hex
    acts = await client.rows(
        "SELECT action, count(*) AS n FROM audit_entry WHERE action LIKE 'promotion:%' GROUP BY 1"
    )
    assert {row.action: row.n for row in acts} == {
        "promotion:move": 6, "promotion:leave": 4, "promotion:apply": 1,
    }  # fmt: skip


async def test_the_second_identical_request_has_the_same_answer(client: Client) -> None:
    await fill(client, PRIMARY)
    answers = await asyncio.gather(*(promote(client, 10) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}, [a.text for a in answers]
    assert len({answer.text for answer in answers}) == 1
    listed = (await client.get(CAST.liaison, "/promotions")).json()["items"]
    assert len(listed) == 1
    assert (await client.get(CAST.liaison, "/roster-imports")).json()["items"] == []


async def test_a_nine_year_school_keeps_its_fifth_grade(client: Client) -> None:
    pupils = await fill(client, {"五（1）班": (5, 2), "六（1）班": (6, 2), "九（1）班": (9, 2)})
    assert (await promote(client, 6)).json()["counts"] == {"move": 4, "leave": 2}
    assert await places(client, pupils["五（1）班"]) == {"六（1）班2026"}
    assert await places(client, pupils["六（1）班"]) == {"七（1）班2026"}


async def test_what_changed_since_the_preview_stops_everything(client: Client) -> None:
    pupils = await fill(client, PRIMARY)
    await client.rows(
        "UPDATE enrollment SET ends_on = '2026-01-01' WHERE pupil_id = :p", p=pupils["二（1）班"][0]
    )
    refused = await promote(client, 10)
    assert (refused.status_code, refused.json()["code"]) == (409, "people.promotion_changed")
    assert "确认时是 10 人，现在是 9 人" in refused.json()["detail"]
    assert await places(client, pupils["一（1）班"]) == {"一（1）班2025"}
    assert (
        await client.value(
            "SELECT count(*) FROM school_class WHERE school_year = 2026 AND name = '二（1）班'"
        )
        == 0
    )


async def test_not_before_july_not_without_pupils_not_for_others(client: Client) -> None:
    early = await promote(client, 4, school_year=2026)
    assert (early.status_code, early.json()["code"]) == (409, "people.promotion_too_early")
    empty = await promote(client, 0)
    assert empty.json()["code"] == "people.nothing_to_promote"
    other = await promote(client, 0, organization_id=str(JUNIOR))
    assert other.status_code == 404
    assert (await promote(client, 0, CAST.secretary)).status_code == 403


async def test_a_class_of_the_same_name_in_another_grade_is_named(client: Client) -> None:
    await fill(client, PRIMARY)
    await client.post(
        CAST.liaison,
        "/classes",
        {"organization_id": str(SCHOOL), "school_year": 2026, "grade": 1, "name": "启航班"},
    )
    refused = await promote(client, 10)
    assert (refused.status_code, refused.json()["code"]) == (409, "people.class_taken")
    assert "启航班" in refused.json()["detail"]


async def test_taken_back_everybody_sits_where_they_sat(client: Client) -> None:
    pupils = await fill(client, PRIMARY)
    done = (await promote(client, 10)).json()
    path = f"/promotions/{done['id']}/undo"
    assert (await client.post(CAST.liaison, path)).json()["state"] == "undone"
    assert (await client.post(CAST.liaison, path)).json()["state"] == "undone"
    for name in PRIMARY:
        assert await places(client, pupils[name]) == {f"{name}2025"}
    again = await promote(client, 10)
    assert again.status_code == 201
    assert again.json()["id"] != done["id"]
    assert (await client.get(CAST.liaison, f"/roster-imports/{done['id']}")).status_code == 404


async def test_not_taken_back_once_a_child_moved_again(client: Client) -> None:
    pupils = await fill(client, PRIMARY)
    done = (await promote(client, 10)).json()
    child = pupils["五（1）班"][0]
    async with client.engine.begin() as conn:
        room = await client.value(
            "SELECT id FROM school_class WHERE district_id = :d AND school_year = 2026 LIMIT 1",
            d=HERE,
        )
        row = {"district_id": HERE, "id": new_id(), "pupil_id": child, "class_id": room}
        await conn.execute(insert(Enrollment), [{**row, "starts_on": TERM_START}])
    refused = await client.post(CAST.liaison, f"/promotions/{done['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "people.cannot_undo")
    assert await places(client, pupils["一（1）班"]) == {"二（1）班2026"}


async def test_seven_thousand_pupils_in_seconds(client: Client) -> None:
    await fill(
        client, {f"{'一二三四五'[n % 5]}（{n // 5 + 1}）班": (n % 5 + 1, 70) for n in range(100)}
    )
    begin = time.monotonic()
    done = await promote(client, 7000)
    took = time.monotonic() - begin
    assert done.json()["counts"] == {"move": 5600, "leave": 1400}
    assert took < 15, f"{took:.1f} s"
