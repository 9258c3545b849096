"""Arrival, departure and minutes: computed from the ledger, whatever the order of upload."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.attendance.rules import Line, presence
from tests.cast import CAST, POTTERY_SCENE, Somebody
from tests.client import Client
from tests.statements import counted

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
END = START + timedelta(hours=2)


def line(what: str, minute: int, received: int | None = None, evidence: str = "A") -> Line:
    at = START + timedelta(minutes=minute)
    seen = at if received is None else START + timedelta(minutes=received)
    return Line(uuid4(), what, evidence, at, seen)


def test_minutes_are_counted_inside_the_sessions_time_only() -> None:
    found = presence([line("in", -20), line("out", 60)], START, END)
    assert found is not None
    assert (found.minutes, found.left_early, found.is_late) == (60, True, False)
    late = presence([line("in", 30)], START, END)
    assert late is not None
    assert (late.minutes, late.is_late, late.left_at) == (None, True, None)
    back = presence([line("in", 0), line("out", 20), line("in", 50), line("out", 125)], START, END)
    assert back is not None
    assert (back.minutes, back.left_early) == (20 + 70, False)


def test_a_void_takes_back_what_was_received_before_it_and_nothing_after() -> None:
    came, void = line("in", 0), line("void", 40)
    assert presence([came, void], START, END) is None
    again = presence([came, void, line("in", 0, received=50)], START, END)
    assert again is not None
    assert again.arrived_at == START


@given(
    st.lists(
        st.tuples(st.sampled_from(["in", "out"]), st.integers(-30, 150), st.sampled_from("ABC")),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_upload_and_repeats_do_not_matter(
    events: list[tuple[str, int, str]], chance: Any
) -> None:
    lines = [line(what, minute, received=200, evidence=grade) for what, minute, grade in events]
    found = presence(lines, START, END)
    shuffled = lines.copy()
    chance.shuffle(shuffled)
    assert presence(shuffled, START, END) == found
    if found is None:
        assert not any(one.what == "in" for one in lines)
        return
    assert found.arrived_at == min(one.at for one in lines if one.what == "in")
    assert found.evidence == min(str(one.evidence) for one in lines if one.what == "in")
    if found.minutes is not None:
        assert 0 <= found.minutes <= 120
    if found.left_at is not None:
        assert found.left_at >= found.arrived_at


async def scan(client: Client, who: Somebody, scene: str, **more: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.post(who, "/scans", {"scene": scene, **more})).json()
    return found


async def started(client: Client, ago: int = 30, hours: int = 2) -> UUID:
    """A session that began so many minutes ago, with 小南 booked."""
    session = await client.add_session(starts_in=timedelta(minutes=5), lasts=timedelta(hours=hours))
    await client.book(CAST.mama, CAST.xiaonan, session)
    await client.rows(
        "UPDATE session SET starts_at = now() - make_interval(mins => :ago), "
        "ends_at = now() + make_interval(mins => :left)",
        ago=ago,
        left=hours * 60 - ago,
    )
    return session


async def test_a_child_comes_goes_and_comes_back(client: Client) -> None:
    await started(client, ago=5)
    card = CAST.xiaonan.card_scene
    too_soon = await scan(client, CAST.door, card, direction="out")
    assert too_soon["code"] == "attendance.not_inside"
    assert (await scan(client, CAST.door, card))["accepted"]
    left = await scan(client, CAST.door, card, direction="out")
    assert "签退成功" in left["message"]
    again = await scan(client, CAST.door, card, direction="out")
    assert again["code"] == "attendance.already_left"
    news = (await client.get(CAST.mama, "/notifications")).json()["items"]
    assert [one["headline"] for one in news][:2] == ["孩子已离开", "护照新印章"]
    back = await scan(client, CAST.door, card)
    assert (back["accepted"], back["again"]) == (True, False)
    row = (await client.rows("SELECT left_at, left_early FROM attendance"))[0]
    assert (row.left_at, row.left_early) == (None, False)
    assert await client.value("SELECT count(*) FROM stamp") == 1
    reasons = await client.rows("SELECT reason FROM scan WHERE NOT accepted ORDER BY received_at")
    assert len(reasons) == 2, "both refused tries are in the ledger"


async def test_an_offline_queue_in_any_order_gives_the_times_of_the_device(client: Client) -> None:
    await started(client, ago=60)
    card, now = CAST.xiaonan.card_scene, datetime.now(UTC)
    came, went = now - timedelta(minutes=55), now - timedelta(minutes=5)
    lines = [
        {"direction": "in", "scanned_at": came.isoformat(), "nonce": "n1"},
        {"direction": "in", "scanned_at": (came + timedelta(minutes=1)).isoformat(), "nonce": "n2"},
        {"direction": "out", "scanned_at": went.isoformat(), "nonce": "n3"},
    ]
    for one in [lines[1], lines[2], lines[0], *lines]:
        await scan(client, CAST.door, card, device="door-1", **one)
    row = (await client.rows("SELECT arrived_at, left_at, minutes FROM attendance"))[0]
    assert (row.arrived_at, row.left_at, row.minutes) == (came, went, 50)
    assert await client.value("SELECT count(*) FROM scan") == 3


async def test_a_device_whose_clock_is_off_is_refused_and_kept(client: Client) -> None:
    await started(client)
    for hours in (24, -72):
        when = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        seen = await scan(client, CAST.door, CAST.xiaonan.card_scene, scanned_at=when)
        assert seen["code"] == "attendance.clock_off"
    assert await client.value("SELECT count(*) FROM scan WHERE NOT accepted") == 2
    mothers = await scan(
        client, CAST.mama, POTTERY_SCENE, scanned_at=datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    )
    assert mothers["accepted"], "a family's clock is not asked"


async def test_a_scan_takes_at_most_four_statements(client: Client) -> None:
    await started(client)
    with counted(client) as sent:
        assert (await scan(client, CAST.door, CAST.xiaonan.card_scene))["accepted"]
    assert len(sent) <= 4, "\n".join(sent)
    assert await client.value("SELECT count(*) FROM stamp") == 1
    assert await client.value("SELECT state FROM booking") == "attended"
    told = "SELECT count(*) FROM notification WHERE kind = 'stamp_awarded'"
    assert await client.value(told) == 2, "mother and grandmother"
    assert (
        await client.value("SELECT fields->>'total' FROM notification WHERE kind = 'stamp_awarded'")
        == "1"
    )
    read = "SELECT count(*) FROM audit_entry WHERE action = 'pupil:read' AND purpose = '现场扫护照签到'"
    assert await client.value(read) == 1
    with counted(client) as sent:
        assert (await scan(client, CAST.door, CAST.xiaonan.card_scene))["again"]
    assert len(sent) <= 4, "\n".join(sent)


async def test_a_familys_scan_of_the_poster_takes_no_more(client: Client) -> None:
    await started(client)
    with counted(client) as sent:
        assert (await scan(client, CAST.mama, POTTERY_SCENE))["accepted"]
    assert len(sent) <= 4, "\n".join(sent)
