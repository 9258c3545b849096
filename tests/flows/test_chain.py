"""The main job from publishing to the stamp, through HTTP and callbacks."""

from datetime import UTC, datetime, timedelta

from tests.cast import CAST, POTTERY, POTTERY_SCENE, UNIT
from tests.client import Client


async def test_a_dream_course_from_publishing_to_the_stamp(
    client: Client, every_postgres: str
) -> None:
    course = await client.post(
        CAST.publisher, "/courses", {"organization_id": str(UNIT), "title": "泥土的一生"}
    )
    assert course.status_code == 201, course.text
    activity = await client.post(
        CAST.publisher,
        "/activities",
        {
            "organization_id": str(UNIT),
            "base_id": str(POTTERY),
            "course_id": course.json()["id"],
            "kind": "dream_course",
            "category": "social",
            "title": "捏一只小碗",
            "min_grade": 1,
            "max_grade": 5,
            "credited_minutes": 90,
        },
    )
    assert activity.status_code == 201, activity.text
    path = f"/activities/{activity.json()['id']}"
    starts = datetime.now(UTC) + timedelta(minutes=5)
    session = await client.post(
        CAST.publisher,
        "/sessions",
        {
            "activity_id": activity.json()["id"],
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=2)).isoformat(),
            "capacity": 2,
        },
    )
    assert session.status_code == 201, session.text
    for who, verb, state in (
        (CAST.publisher, "submit", "submitted"),
        (CAST.secretary, "approve", "approved"),
        (CAST.publisher, "publish", "published"),
    ):
        step = await client.post(who, f"{path}/{verb}")
        assert step.json()["state"] == state, step.text
    booked = await client.book(CAST.mama, CAST.xiaonan, session.json()["id"])
    assert booked.status_code == 201, booked.text
    assert booked.json()["state"] == "confirmed"
    reply = await client.scan(CAST.mama, POTTERY_SCENE)
    assert "小南签到成功" in reply
    assert "1 枚印章" in reply
    page = (await client.get(CAST.mama, f"/pupils/{CAST.xiaonan.id}/passport")).json()
    assert [stamp["title"] for stamp in page["stamps"]] == ["捏一只小碗"]
    kinds = await client.rows(
        "SELECT kind, count(*) FROM notification WHERE person_id = :p GROUP BY kind",
        p=CAST.mama.id,
    )
    assert dict(kinds) == {"booking_confirmed": 1, "stamp_awarded": 1}
