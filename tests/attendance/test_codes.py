"""The rotating code: better evidence than a poster, and what a screenshot or a forger gets."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.attendance.rules import CODE_SECONDS, code_of, is_fresh, is_genuine, read_code, window_of
from tests.attendance.test_presence import scan, started
from tests.cast import CAST
from tests.client import Client

SECRET = "ab" * 32


@given(st.uuids(), st.integers(0, 2**32 - 1), st.integers(0, 51))
def test_no_changed_letter_is_believed(display: UUID, window: int, place: int) -> None:
    word = code_of(display, SECRET, window)
    assert word.isalnum()
    assert len(word) <= 64, "fits a scene"
    shown = read_code(word)
    assert shown is not None
    assert (shown.display_id, shown.window) == (display, window)
    assert is_genuine(shown, SECRET)
    assert not is_genuine(shown, "cd" * 32)
    other = "a" if word[place + 1] != "a" else "b"
    changed = read_code(word[: place + 1] + other + word[place + 2 :])
    assert changed is None or changed == shown or not is_genuine(changed, SECRET)


def test_a_code_lives_for_its_window_and_the_next() -> None:
    now = datetime(2026, 11, 22, 8, 0, 5, tzinfo=UTC)
    shown = read_code(code_of(uuid4(), SECRET, window_of(now)))
    assert shown is not None
    ages = [is_fresh(shown, now + timedelta(seconds=CODE_SECONDS * n)) for n in (-1, 0, 1, 2)]
    assert ages == [False, True, True, False]


async def shown(client: Client, session: UUID) -> str:
    path = f"/sessions/{session}/code"
    word: str = (await client.post(CAST.door, path)).json()["word"]
    return word


async def test_a_family_that_scans_the_screen_gets_grade_b(client: Client) -> None:
    session = await started(client)
    word = await shown(client, session)
    seen = await scan(client, CAST.mama, word)
    assert seen["accepted"], seen
    assert await client.value("SELECT evidence FROM stamp") == "B"
    again = await asyncio.gather(*(scan(client, CAST.mama, word) for _ in range(20)))
    assert {one["arrived_at"] for one in again} == {seen["arrived_at"]}
    assert await client.value("SELECT count(*) FROM stamp") == 1


async def test_forged_stale_and_foreign_codes_are_refused_and_kept(client: Client) -> None:
    session = await started(client)
    word = await shown(client, session)
    display = await client.value("SELECT id FROM door_display")
    secret = await client.value("SELECT secret FROM door_display")
    stale = code_of(display, secret, window_of(datetime.now(UTC)) - 3)
    assert (await scan(client, CAST.mama, stale))["code"] == "attendance.code_expired"
    ahead = code_of(display, secret, window_of(datetime.now(UTC)) + 30)
    assert (await scan(client, CAST.mama, ahead))["code"] == "attendance.code_expired"
    forged = code_of(display, SECRET, window_of(datetime.now(UTC)))
    assert (await scan(client, CAST.mama, forged))["code"] == "attendance.code_forged"
    assert (await scan(client, CAST.mama, word[:-1]))["code"] == "attendance.code_forged"
    assert (await scan(client, CAST.beimama, word))["code"] == "attendance.not_booked"
    assert (await scan(client, CAST.foreign_mama, word))["code"] == "attendance.code_forged"
    assert await client.value("SELECT count(*) FROM scan WHERE NOT accepted") == 6
    assert await client.value("SELECT count(*) FROM attendance") == 0


async def test_many_phones_of_one_device_are_marked_not_blocked(client: Client) -> None:
    session = await started(client)
    for mother, child in ((CAST.beimama, CAST.xiaobei), (CAST.twin_dad, CAST.shuang)):
        await client.rows("UPDATE session SET starts_at = now() + interval '5 minutes'")
        assert (await client.book(mother, child, session)).status_code == 201
    word = await shown(client, session)
    for who, child in (
        (CAST.mama, CAST.xiaonan),
        (CAST.beimama, CAST.xiaobei),
        (CAST.twin_dad, CAST.shuang),
    ):
        seen = await scan(client, who, word, device="one-phone", pupil_id=str(child.id))
        assert seen["accepted"], seen
    fourth = await scan(client, CAST.granny, word, device="one-phone")
    assert fourth["again"], "the fourth person on one phone, within seconds, and still served"
    risks = await client.rows("SELECT risks FROM scan ORDER BY received_at")
    assert not risks[0].risks
    assert "shared_device" in risks[3].risks
    assert await client.value("SELECT count(*) FROM attendance") == 3


async def test_a_phone_says_how_far_it_is_and_never_where(client: Client) -> None:
    session = await started(client)
    word = await shown(client, session)
    said = ({"distance": "near"}, {"distance": "far"}, {"distance": "away"}, dict[str, str]())
    for distance in said:
        seen = await scan(client, CAST.mama, word, **distance)
        assert seen["accepted"], "a signal for people to look at, never a refusal"
    wrong = await client.post(CAST.mama, "/scans", {"scene": word, "distance": "31.37,121.25"})
    assert wrong.status_code == 422
    risks = await client.rows("SELECT risks FROM scan ORDER BY received_at")
    assert [row.risks for row in risks] == [None, ["far"], ["away"], None]
