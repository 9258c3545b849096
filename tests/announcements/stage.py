"""What the tests of announcements share: writing one, letting it go, time that passes, the jobs."""

from functools import partial
from typing import Any

from app.kit.db import system_context
from app.wiring import JOBS, WIRING
from tests.cast import CAST, HERE
from tests.client import Client

WRITER, SECOND = CAST.secretary, CAST.council
EVERY_FAMILY = {"roles": ["guardian"]}
BODY = "各位家长：\n周五下午提前放学，请 15:30 到校门口接孩子。\n详情见 https://mp.weixin.qq.com/s/abc 。"


def unit(client: Client) -> Any:
    return partial(system_context, client.engine, WIRING, HERE)


async def written(client: Client, **more: Any) -> str:
    """The address of a new draft to all families."""
    body = {"title": "周五提前放学", "body": BODY, "audience": EVERY_FAMILY, **more}
    answer = await client.post(WRITER, "/announcements", body)
    assert answer.status_code == 201, answer.text
    return f"/announcements/{answer.json()['id']}"


async def submitted(client: Client, **more: Any) -> str:
    """Urgent, so that it needs a second person in a cast of ten."""
    path = await written(client, **{"urgent": True, **more})
    answer = await client.post(WRITER, f"{path}/submit")
    assert answer.json()["state"] == "submitted", answer.text
    return path


async def approved(client: Client, **more: Any) -> str:
    path = await submitted(client, **more)
    digest = (await client.get(SECOND, f"{path}/preview")).json()["digest"]
    answer = await client.post(SECOND, f"{path}/approve", {"digest": digest})
    assert answer.json()["state"] == "cooling", answer.text
    return path


async def cooled(client: Client, path: str) -> None:
    """The cool-down passes; the clock stays the database's."""
    sql = "UPDATE announcement SET cool_until = now() - interval '1 second' WHERE id = :id"
    await client.rows(sql, id=path.rpartition("/")[2])


async def sent(client: Client, path: str) -> None:
    await cooled(client, path)
    await watch(client)


async def watch(client: Client) -> None:
    """The job of every minute, as the worker runs it."""
    (job,) = (job for job in JOBS if job.name == "announcements.watch")
    await job.run(unit(client), {})


async def refused(answer: Any, code: str) -> None:
    assert answer.json().get("code") == code, answer.text
    assert answer.status_code < 500
