"""Rounds that overlap, and wishes at the last moment: refused with a reason, and nothing is lost."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.rounds.access import is_open
from app.rounds.kinds import RoundState
from tests.cast import CAST
from tests.client import Client
from tests.rounds.stage import announced, close, published, sessions, window, wish


async def _mine(client: Client, round_id: str) -> list[str]:
    path = f"/rounds/{round_id}/wishes?pupil_id={CAST.xiaonan.id}"
    return list((await client.get(CAST.mama, path)).json()["session_ids"])


async def test_two_rounds_whose_windows_overlap_do_not_share_a_session(client: Client) -> None:
    """Each session is given out once: by the round that had it first."""
    one, other = await sessions(client, 1, 1)
    first = await announced(client, [one])
    body = window(name="第二轮")
    second = (await client.post(CAST.secretary, "/rounds", body)).json()["id"]
    path = f"/rounds/{second}/sessions"
    both = {"session_ids": [str(other), str(one)]}
    refused = await client.post(CAST.secretary, path, both)
    assert (refused.status_code, refused.json()["code"]) == (422, "round.session_not_fit")
    assert "已经在另一轮选课里" in refused.json()["detail"]
    inside = "SELECT count(*) FROM round_session WHERE session_id = :s"
    assert await client.value(inside, s=other) == 0, "not half of them"
    assert await client.value(inside, s=one) == 1
    mode = "SELECT mode FROM session WHERE id = :s"
    assert await client.value(mode, s=other) == "first_come"
    await client.post(CAST.secretary, f"/rounds/{first}/cancel")
    assert (await client.post(CAST.secretary, path, both)).status_code == 200


async def test_in_two_rounds_at_once_a_child_is_not_in_two_places(client: Client) -> None:
    """Wishes may overlap between rounds; the round decided second leaves them out and says why."""
    one = await client.add_session(title="甲", starts_in=timedelta(days=3))
    other = await client.add_session(title="乙", starts_in=timedelta(days=3, minutes=20))
    first, second = await announced(client, [one]), await announced(client, [other], name="另一轮")
    for round_id, session_id in ((first, one), (second, other)):
        assert (
            await wish(client, CAST.mama, round_id, CAST.xiaonan, session_id)
        ).status_code == 200
    await published(client, first)
    await published(client, second)
    (result,) = (await client.get(CAST.mama, f"/rounds/{second}/results")).json()["items"]
    assert result["session_id"] is None
    assert "和孩子已有的预约时间冲突" in result["reasons"][0]
    late = await client.rows("SELECT session_id FROM booking WHERE state = 'confirmed'")
    assert [row.session_id for row in late] == [one]


async def test_a_wish_after_the_window_changes_nothing(client: Client) -> None:
    one, other = await sessions(client, 1, 1)
    round_id = await announced(client, [one, other])
    await wish(client, CAST.mama, round_id, CAST.xiaonan, one)
    await close(client, round_id)
    for wishes in ((other,), ()):
        late = await wish(client, CAST.mama, round_id, CAST.xiaonan, *wishes)
        assert (late.status_code, late.json()["code"]) == (409, "round.wishes_closed")
        assert "至" in late.json()["detail"], "the window is named"
    assert await _mine(client, round_id) == [str(one)]


@pytest.mark.parametrize(
    ("grades", "wishes", "code"),
    [
        ((8, 9), 1, "round.wish_grade"),
        ((1, 5), 2, "round.wish_twice"),
        ((-3, -1), 2, "round.wish_twice"),
    ],
)
async def test_what_was_saved_before_survives_each_refusal(
    client: Client, grades: tuple[int, int], wishes: int, code: str
) -> None:
    (good,) = await sessions(client, 1)
    (bad,) = await sessions(client, 1, grades=grades)
    round_id = await announced(client, [good, bad])
    await wish(client, CAST.mama, round_id, CAST.xiaonan, good)
    refused = await wish(client, CAST.mama, round_id, CAST.xiaonan, *([bad] * wishes))
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert await _mine(client, round_id) == [str(good)]


def _round(opens: datetime, closes: datetime, state: RoundState = RoundState.ANNOUNCED) -> Any:
    return SimpleNamespace(state=state, opens_at=opens, closes_at=closes)


def test_wishes_close_at_the_very_moment_that_was_announced() -> None:
    opens = datetime(2027, 2, 28, 16, tzinfo=UTC)  # 24:00 in Shanghai
    closes, tick = opens + timedelta(days=1), timedelta(microseconds=1)
    row = _round(opens, closes)
    assert is_open(row, opens)
    assert is_open(row, closes - tick)
    assert not is_open(row, opens - tick)
    assert not is_open(row, closes)
    assert not is_open(_round(opens, closes, RoundState.DRAFT), opens)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"opens_at": "2027-03-01T08:00:00"}, "http.invalid"),
        ({"closes_at": "2027-03-01T24:01:00+08:00"}, "http.invalid"),
        (
            {"opens_at": "2099-03-01T16:00:00Z", "closes_at": "2099-03-02T00:00:00+08:00"},
            "round.times",
        ),
    ],
)
async def test_a_window_needs_a_zone_and_a_length(
    client: Client, change: dict[str, Any], code: str
) -> None:
    """The last pair is one moment, written in two zones."""
    refused = await client.post(CAST.secretary, "/rounds", window(**change))
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert await client.value("SELECT count(*) FROM booking_round") == 0
