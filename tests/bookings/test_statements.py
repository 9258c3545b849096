"""How many statements does the hot path send? Each one is a round trip in the minute of a rush."""

from tests.cast import CAST
from tests.client import Client
from tests.statements import counted

MOST = 4


async def test_a_booking_takes_at_most_four_statements(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    body = {"session_id": str(session_id), "pupil_id": str(CAST.xiaonan.id)}
    with counted(client) as sent:
        booked = await client.post(CAST.mama, "/bookings", body, Idempotency_Key="one")
    assert booked.json()["state"] == "confirmed"
    assert len(sent) <= MOST, "\n".join(sent)
    assert await client.value("SELECT count(*) FROM audit_entry WHERE action = 'booking:create'")
    told = "SELECT count(*) FROM notification WHERE kind = 'booking_confirmed'"
    assert await client.value(told) == 2, "mother and grandmother"
    with counted(client) as sent:
        again = await client.post(CAST.mama, "/bookings", body, Idempotency_Key="one")
    assert again.json() == booked.json()
    assert len(sent) <= 3, "\n".join(sent)


async def test_joining_the_queue_takes_at_most_four_statements(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    body = {"session_id": str(session_id), "pupil_id": str(CAST.xiaobei.id)}
    with counted(client) as sent:
        waiting = await client.post(CAST.beimama, "/bookings", body, Idempotency_Key="one")
    assert (waiting.json()["state"], waiting.json()["position"]) == ("waitlisted", 1)
    assert len(sent) <= MOST, "\n".join(sent)


async def test_giving_back_takes_at_most_seven_statements(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    held = (await client.book(CAST.mama, CAST.xiaonan, session_id)).json()
    with counted(client) as sent:
        gone = await client.post(CAST.mama, f"/bookings/{held['id']}/cancel", {})
    assert gone.json()["state"] == "cancelled"
    assert len(sent) <= 7, "\n".join(sent)
