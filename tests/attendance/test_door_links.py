"""A volunteer's link: PIN, one device, one session, and uploads in any order any number of times."""

import asyncio
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import insert, select

from app.activities.models import Seat
from app.bookings.models import Booking
from app.kit.ids import new_id
from app.people.models import Enrollment, Person
from tests.cast import CAST, CLASS_3, HERE, TERM_START, WEATHER, Somebody
from tests.client import Client

Entry = dict[str, Any]


async def made(client: Client, session_id: UUID, who: Somebody = CAST.door) -> dict[str, Any]:
    answer = await client.post(who, f"/sessions/{session_id}/door-links", {"name": "东门"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def opened(
    client: Client, link: dict[str, Any], pin: str | None = None, secret: str = ""
) -> httpx.Response:
    """A phone with this secret, or a new one, opens the link."""
    body = {"link": link["url"].rpartition("/")[2], "pin": pin or link["pin"]}
    body["secret"] = secret or token_hex(32)
    return await client.http.post("/door/api/open", json=body)


async def ask(client: Client, secret: str, path: str, json: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {secret}"}
    method = "GET" if json is None else "POST"
    return await client.http.request(method, f"/door/api/{path}", json=json, headers=headers)


async def device(client: Client, session_id: UUID) -> str:
    """A phone that has opened a fresh link."""
    secret = token_hex(32)
    answer = await opened(client, await made(client, session_id), secret=secret)
    assert answer.status_code == 200, answer.text
    return secret


def entry(pupil: UUID | None = None, **more: Any) -> Entry:
    at = datetime.now(UTC).isoformat()
    given = {"device": "d-phone-one", "nonce": str(uuid4()), "scanned_at": at, "direction": "in"}
    return {**given, **({"pupil_id": str(pupil)} if pupil else {}), **more}


async def send(client: Client, secret: str, *entries: Any) -> list[dict[str, Any]]:
    answer = await ask(client, secret, "scans", {"entries": list(entries)})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["answers"]
    return found


async def booked(client: Client) -> UUID:
    session_id = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    await client.book(CAST.beimama, CAST.xiaobei, session_id)
    return session_id


def other(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**6:06d}"


async def test_the_first_phone_with_the_pin_is_bound_and_no_other(client: Client) -> None:
    session_id = await booked(client)
    link = await made(client, session_id)
    phones = [token_hex(32), token_hex(32)]
    tries = [opened(client, link, secret=phone) for phone in phones]
    answers = dict(zip(phones, await asyncio.gather(*tries), strict=True))
    old, refused = sorted(phones, key=lambda phone: answers[phone].status_code)
    assert answers[refused].json()["code"] == "attendance.door_taken"
    assert (await opened(client, link, secret=old)).status_code == 200, "its answer got lost"
    assert (await ask(client, old, "roster")).status_code == 200
    assert (await ask(client, refused, "roster")).status_code == 401
    released = await client.post(CAST.publisher, f"/door-links/{link['id']}/release")
    assert released.json()["bound_at"] is None
    assert (await ask(client, old, "roster")).json()["code"] == "attendance.door_released"
    assert (await opened(client, link)).status_code == 200, "the same address and PIN go on"
    acts = await client.rows(
        "SELECT action, channel, person_id, detail FROM audit_entry "
        "WHERE object_type = 'door_link' ORDER BY at, id"
    )
    assert [row.action.split(":")[1] for row in acts] == ["create", "bind", "release", "bind"]
    assert (acts[1].channel, acts[1].person_id) == ("door", None)
    assert acts[1].detail == {"door_link": link["id"]}


async def test_five_wrong_pins_close_the_link_but_not_the_bound_phone(client: Client) -> None:
    session_id = await booked(client)
    link = await made(client, session_id)
    tries = [await opened(client, link, other(link["pin"])) for _ in range(6)]
    codes = [answer.json()["code"].rpartition("_")[2] for answer in tries]
    assert codes == ["pin"] * 4 + ["locked"] * 2
    assert "还可以试 4 次" in tries[0].json()["detail"]
    assert (await opened(client, link)).status_code == 429, "the right one comes too late"
    secret = await device(client, session_id)
    assert (await ask(client, secret, "roster")).status_code == 200
    await client.rows("UPDATE failed_try SET at = at - interval '16 minutes'")
    assert (await opened(client, link)).status_code == 200


async def test_a_link_works_around_its_session_only(client: Client) -> None:
    session_id = await booked(client)
    link, secret = await made(client, session_id), await device(client, session_id)
    await client.move_session(session_id, timedelta(days=2))
    assert (await opened(client, link)).json()["code"] == "attendance.door_not_yet"
    await client.move_session(session_id, timedelta(days=-2, hours=-5))
    for answer in (await opened(client, link), await ask(client, secret, "roster")):
        assert answer.json()["code"] == "attendance.door_over"
    in_time = (datetime.now(UTC) - timedelta(hours=4)).isoformat()
    late = await send(client, secret, entry(CAST.xiaonan.id, scanned_at=in_time))
    assert late[0]["status"] == "accepted", "what was scanned in time still comes in"
    await client.post(CAST.door, f"/door-links/{link['id']}/revoke")
    assert (await opened(client, link)).json()["code"] == "attendance.door_revoked"
    unknown = {"url": "/door/nothing", "pin": "123456"}
    assert (await opened(client, unknown)).json()["code"] == "attendance.door_unknown"


async def test_only_the_unit_of_the_session_makes_and_sees_links(client: Client) -> None:
    session_id = await booked(client)
    link = await made(client, session_id)
    path = f"/sessions/{session_id}/door-links"
    for who in (CAST.other_publisher, CAST.teacher, CAST.foreign_secretary):
        assert (await client.post(who, path, {"name": "x"})).status_code in (403, 404)
        assert (await client.get(who, path)).status_code in (403, 404)
        assert (await client.post(who, f"/door-links/{link['id']}/revoke")).status_code in (
            403,
            404,
        )
    listed = (await client.get(CAST.door, path)).json()["items"]
    assert [one["name"] for one in listed] == ["东门"]
    assert "pin" not in listed[0]
    assert "url" not in listed[0]


async def test_the_list_is_masked_signed_and_logged(client: Client) -> None:
    session_id = await booked(client)
    await client.book(CAST.twin_dad, CAST.shuang, session_id)
    secret = await device(client, session_id)
    said = (await ask(client, secret, "roster")).json()
    signed = hmac.new(secret.encode(), said["roster"].encode(), hashlib.sha256).hexdigest()
    assert said["signature"] == signed
    children = {child["class_name"]: child for child in json.loads(said["roster"])["children"]}
    assert children["一（1）班"]["name"] == "双*"
    # Two that would look alike in one class: then the door needs the names.
    assert children["三（2）班"]["name"] in {"小南", "小北"}
    assert CAST.xiaonan.card_scene not in said["roster"]
    reads = await client.rows(
        "SELECT channel FROM audit_entry WHERE action = 'pupil:read' AND channel = 'door'"
    )
    assert len(reads) == 3


async def test_a_door_reaches_its_own_session_and_nothing_else(client: Client) -> None:
    session_id = await booked(client)
    elsewhere = await client.add_session(base=WEATHER)
    await client.book(CAST.twin_dad, CAST.shuang, elsewhere)
    secret = await device(client, session_id)
    taps = [entry(pupil.id) for pupil in (CAST.shuang, CAST.foreign_pupil)]
    taps.append(entry(code=CAST.shuang.card_scene))
    for answer in await send(client, secret, *taps):
        assert answer["code"] == "attendance.not_booked"
        assert "双双" not in answer["message"]
    card = entry(code=f"https://example.org/c/{CAST.xiaonan.card_scene}")
    assert (await send(client, secret, card))[0]["pupil_id"] == str(CAST.xiaonan.id)
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await client.http.get("/v1/people", headers=headers)).status_code == 401
    assert await client.value("SELECT count(*) FROM attendance") == 1
    assert await client.value("SELECT count(*) FROM scan") == 4


async def test_one_broken_entry_spoils_no_other(client: Client) -> None:
    session_id = await booked(client)
    secret = await device(client, session_id)
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    entries = [
        "nonsense",
        entry(CAST.xiaonan.id, nonce="short"),
        entry(CAST.xiaonan.id, scanned_at="0001-01-01T00:00:00+08:00"),
        entry(CAST.xiaonan.id, scanned_at=ahead),
        entry(code="p-nobody"),
        entry(CAST.xiaobei.id, direction="out"),
        entry(CAST.xiaonan.id),
    ]
    answers = await send(client, secret, *entries)
    assert [one["status"] for one in answers] == ["refused"] * 5 + ["waiting", "accepted"]
    codes = [one["code"] for one in answers]
    assert codes[:3] == ["door.broken_entry"] * 3
    assert codes[3:] == [
        "attendance.clock_off",
        "attendance.unknown_code",
        "attendance.no_entry_yet",
        None,
    ]
    arrived = await send(client, secret, entry(CAST.xiaobei.id, scanned_at=_minutes_ago(5)))
    assert arrived[0]["left_at"] is not None, "the departure that came first counts now"
    twice = entry(code="p-nobody")
    forged = {**twice, "code": CAST.xiaonan.card_scene}
    answers = await send(client, secret, twice, forged)
    assert [one["status"] for one in answers] == ["refused"] * 2, "a number is used once"
    again = await send(client, secret, *entries)
    assert [one["status"] for one in again] == ["refused"] * 5 + ["again"] * 2


def _minutes_ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


async def test_a_slip_is_taken_back_within_two_minutes(client: Client) -> None:
    session_id = await booked(client)
    secret = await device(client, session_id)
    slip = entry(CAST.xiaonan.id, scanned_at=_minutes_ago(4))
    await send(client, secret, slip)
    undone = {**slip, "undone_at": _minutes_ago(3)}
    for answer in (
        *await send(client, secret, undone, undone),
        *await send(client, secret, undone),
    ):
        assert answer["status"] == "undone"
    assert await client.value("SELECT count(*) FROM scan WHERE what = 'void'") == 1
    assert await client.value("SELECT count(*) FROM attendance") == 0
    assert await client.value("SELECT count(*) FROM stamp WHERE revoked_at IS NULL") == 0
    assert (await send(client, secret, slip))[0]["status"] == "again", "and stays taken back"
    # Never uploaded before it was taken back: nobody is told of a child who did not come.
    offline = entry(CAST.xiaobei.id, scanned_at=_minutes_ago(2), undone_at=_minutes_ago(1))
    real = entry(CAST.xiaobei.id)
    answers = await send(client, secret, real, offline)
    assert [one["status"] for one in answers] == ["accepted", "undone"]
    assert await client.value("SELECT count(*) FROM attendance") == 1
    late = entry(CAST.xiaonan.id, scanned_at=_minutes_ago(9), undone_at=_minutes_ago(5))
    assert (await send(client, secret, late))[0]["code"] == "attendance.undo_too_late"
    assert await client.value("SELECT count(*) FROM attendance") == 2, "its arrival stands"


async def test_taking_back_a_departure_keeps_the_arrival(client: Client) -> None:
    session_id = await booked(client)
    secret = await device(client, session_id)
    body = {"scene": CAST.xiaonan.card_scene}
    assert (await client.post(CAST.door, "/scans", body)).json()["accepted"] is True
    slip = entry(CAST.xiaonan.id, direction="out")
    assert (await send(client, secret, slip))[0]["left_at"] is not None
    undone = await send(client, secret, {**slip, "undone_at": slip["scanned_at"]})
    assert (undone[0]["status"], undone[0]["left_at"]) == ("undone", None)
    assert undone[0]["arrived_at"] is not None


async def _crowd(client: Client, session_id: UUID, number: int) -> list[UUID]:
    pupils = [new_id() for _ in range(number)]
    async with client.engine.begin() as conn:
        await conn.execute(
            insert(Person),
            [{"district_id": HERE, "id": p, "name": f"孩子{n}"} for n, p in enumerate(pupils)],
        )
        places = {"class_id": CLASS_3, "starts_on": TERM_START}
        await conn.execute(
            insert(Enrollment),
            [{"district_id": HERE, "id": new_id(), "pupil_id": p, **places} for p in pupils],
        )
        seats = (await conn.execute(select(Seat.id).where(Seat.session_id == session_id))).scalars()
        held = {"district_id": HERE, "session_id": session_id, "state": "confirmed"}
        await conn.execute(
            insert(Booking),
            [
                {**held, "id": new_id(), "pupil_id": p, "seat_id": seat}
                for p, seat in zip(pupils, seats, strict=True)
            ],
        )
    return pupils


async def test_three_hundred_scans_uploaded_five_times_from_two_phones(client: Client) -> None:
    """Two phones registered the same 150 children without a network, and upload at the same time."""
    session_id = await client.add_session(seats=150, starts_in=timedelta(minutes=-20))
    pupils = await _crowd(client, session_id, 150)
    secrets = [await device(client, session_id) for _ in range(2)]
    dice = random.Random(22)
    queues = [
        [
            entry(pupil, device=f"d-phone-{phone}", scanned_at=_minutes_ago(dice.randrange(1, 19)))
            for pupil in pupils
        ]
        for phone in range(2)
    ]

    async def upload(phone: int) -> None:
        for _ in range(5):
            dice.shuffle(queues[phone])
            answers = await send(client, secrets[phone], *queues[phone])
            assert {one["status"] for one in answers} <= {"accepted", "again"}

    await asyncio.gather(upload(0), upload(1))
    assert await client.value("SELECT count(*) FROM scan WHERE accepted") == 300
    assert await client.value("SELECT count(*) FROM attendance") == 150
    assert await client.value("SELECT count(*) FROM stamp") == 150
    earliest = (
        "SELECT count(*) FROM attendance a WHERE arrived_at = (SELECT min(n.scanned_at) "
        "FROM scan n WHERE n.pupil_id = a.pupil_id)"
    )
    assert await client.value(earliest) == 150, "whatever came first, the first arrival counts"
