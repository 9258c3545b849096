"""Consent: for one purpose, to words that were seen, taken back with one tap, never a gate."""

from typing import Any

import pytest

from tests.cast import CAST, Somebody
from tests.client import Client

TEXT = {
    "purpose": "photo",
    "title": "活动拍照同意书",
    "body": "活动中可能拍摄孩子的照片，仅用于学区展示。",
}


async def publish(client: Client, **change: str) -> Any:
    answer = await client.post(CAST.secretary, "/consent-texts", {**TEXT, **change})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def give(client: Client, who: Somebody, text: Any, pupil: Somebody) -> Any:
    body = {"text_id": text["id"], "text_hash": text["hash"], "pupil_id": str(pupil.id)}
    return await client.post(who, "/consents", body)


async def scanned(client: Client, pupil: Somebody) -> str:
    answer = await client.post(CAST.door, "/scans", {"scene": pupil.card_scene})
    return str(answer.json()["message"])


async def test_a_guardian_agrees_once_and_either_guardian_takes_it_back(client: Client) -> None:
    text = await publish(client)
    first = await give(client, CAST.mama, text, CAST.xiaonan)
    again = await give(client, CAST.granny, text, CAST.xiaonan)
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    path = f"/consents/{first.json()['id']}/withdraw"
    for _ in range(2):
        taken = await client.post(CAST.granny, path)
        assert taken.json()["withdrawn_at"]
    lines = (await client.get(CAST.mama, f"/pupils/{CAST.xiaonan.id}/consents")).json()["items"]
    assert [(line["number"], line["hash"], bool(line["withdrawn_at"])) for line in lines] == [
        (1, text["hash"], True)
    ]


async def test_nobody_but_a_guardian_agrees_and_only_for_an_own_child(client: Client) -> None:
    text = await publish(client)
    for who in (CAST.beimama, CAST.teacher, CAST.liaison, CAST.xiaonan, CAST.secretary):
        refused = await give(client, who, text, CAST.xiaonan)
        assert refused.status_code in (403, 404), who
    given = await give(client, CAST.mama, text, CAST.xiaonan)
    refused = await client.post(CAST.beimama, f"/consents/{given.json()['id']}/withdraw")
    assert refused.status_code == 404


async def test_consent_to_words_that_changed_is_none(client: Client) -> None:
    old = await publish(client)
    assert (await publish(client))["id"] == old["id"], "the same words are the same version"
    new = await publish(client, body="活动中可能拍摄孩子的照片和视频，用于学区和媒体展示。")
    assert new["number"] == 2
    for text in (old, {**new, "hash": old["hash"]}):
        refused = await give(client, CAST.mama, text, CAST.xiaonan)
        assert refused.json()["code"] == "people.outdated_text"


@pytest.mark.parametrize("agrees", [True, False])
async def test_the_door_sees_who_may_not_be_photographed(client: Client, agrees: bool) -> None:
    """And a refusal never blocks the visit, the stamp or the message."""
    session_id = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    text = await publish(client)
    if agrees:
        await give(client, CAST.mama, text, CAST.xiaonan)
    said = await scanned(client, CAST.xiaonan)
    assert "签到成功" in said
    assert ("不要拍摄" in said) is not agrees
    assert await client.value("SELECT count(*) FROM stamp") == 1
    newest = (await client.get(CAST.mama, "/notifications")).json()["items"][0]
    assert newest["headline"] == "护照新印章"


async def test_taking_it_back_shows_at_the_next_scan(client: Client) -> None:
    session_id = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    given = await give(client, CAST.mama, await publish(client), CAST.xiaonan)
    assert "不要拍摄" not in await scanned(client, CAST.xiaonan)
    await client.post(CAST.mama, f"/consents/{given.json()['id']}/withdraw")
    assert "不要拍摄" in await scanned(client, CAST.xiaonan)


async def test_giving_and_taking_back_are_in_the_log(client: Client) -> None:
    given = await give(client, CAST.mama, await publish(client), CAST.xiaonan)
    await client.post(CAST.mama, f"/consents/{given.json()['id']}/withdraw")
    rows = await client.rows(
        "SELECT action FROM audit_entry WHERE pupil_id = :p ORDER BY id", p=CAST.xiaonan.id
    )
    assert [row.action for row in rows] == ["consent:give", "consent:withdraw"]
