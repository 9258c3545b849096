"""What the tests of the city pack share: hours of a child of 南苑中学, a list, and time that passes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from app.kit.clock import school_day
from app.kit.ids import new_id, spoken_code
from app.people.models import Guardianship, RoleGrant
from tests.cast import CAST, HERE, JUNIOR, POTTERY, TERM_START
from tests.client import Client

HEAD, MOTHER, OTHER = CAST.second_secretary, CAST.granny, CAST.beimama
TODAY = school_day(datetime.now(UTC))
FIRST, LAST = TODAY - timedelta(days=60), TODAY - timedelta(days=1)
STAMP = text(
    "INSERT INTO stamp (district_id, id, pupil_id, session_id, base_id, title, base_name, category, "
    "minutes, evidence, code, awarded_at) SELECT :d, :id, :pupil, :session, :base, '捏一只小碗', "
    "name, :category, :minutes, 'A', :code, :at FROM learning_base WHERE id = :base"
)


async def settled(client: Client) -> None:
    """南苑中学 gets a head, 小星 a guardian, and the base is a labour post."""
    async with client.engine.begin() as conn:
        await conn.execute(
            insert(RoleGrant).values(
                district_id=HERE,
                id=new_id(),
                person_id=HEAD.id,
                organization_id=JUNIOR,
                role="school_admin",
                starts_on=TERM_START,
            )
        )
        await conn.execute(
            insert(Guardianship).values(
                district_id=HERE,
                id=new_id(),
                guardian_id=MOTHER.id,
                pupil_id=CAST.xing.id,
                relation="mother",
                verified_by="staff",
                starts_on=TERM_START,
            )
        )
        await conn.execute(
            text("UPDATE learning_base SET marks = '[\"labour_post\"]' WHERE id = :b"),
            {"b": POTTERY},
        )


async def visited(client: Client, category: str, minutes: int, days_ago: int = 10) -> None:
    session, at = await client.add_session(), datetime.now(UTC) - timedelta(days=days_ago)
    async with client.engine.begin() as conn:
        await conn.execute(
            STAMP,
            {
                "d": HERE,
                "id": new_id(),
                "pupil": CAST.xing.id,
                "session": session,
                "base": POTTERY,
                "category": category,
                "minutes": minutes,
                "code": spoken_code(16),
                "at": at,
            },
        )


async def drafted(client: Client, first: date = FIRST, last: date = LAST, **more: Any) -> Any:
    body = {"organization_id": str(JUNIOR), "title": "秋季学期", "starts_on": str(first)}
    return await client.post(HEAD, "/publicities", {**body, "ends_on": str(last), **more})


async def opened(client: Client) -> str:
    path = f"/publicities/{(await drafted(client)).json()['id']}"
    closes = {"closes_on": str(TODAY + timedelta(days=8))}
    answer = await client.post(HEAD, f"{path}/open", closes)
    assert answer.status_code == 200, answer.text
    return path


async def deadline_passes(client: Client) -> None:
    await client.rows(
        "UPDATE publicity SET opened_at = opened_at - interval '20 days', "
        "closes_at = closes_at - interval '20 days' WHERE state = 'open'"
    )


async def said(client: Client, path: str) -> dict[str, str]:
    """The numbers of 小星 in a list, as people read them."""
    (line,) = (await client.get(HEAD, f"{path}/lines")).json()["items"]
    return {cell["words"]: cell["said"] for cell in line["cells"]}
