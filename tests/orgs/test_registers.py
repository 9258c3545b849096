"""Groups and head-counts: what the secretariat keeps, what a school reports about itself."""

from typing import Any

from tests.cast import CAST, HERE, JUNIOR, OFFICE, SCHOOL, UNIT
from tests.client import Client


async def group(client: Client, **body: Any) -> Any:
    given = {"name": "小学组", "member_ids": [str(SCHOOL), str(JUNIOR)], **body}
    answer = await client.post(CAST.secretary, "/org-groups", given)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_school_sits_in_two_groups_and_the_lead_is_a_member(client: Client) -> None:
    first = await group(client, lead_id=str(SCHOOL))
    second = await group(client, name="综合组", member_ids=[str(JUNIOR), str(UNIT)])
    assert all(str(JUNIOR) in one["member_ids"] for one in (first, second))
    path = f"/org-groups/{first['id']}"
    stranger = await client.patch(CAST.secretary, path, {"lead_id": str(UNIT)})
    assert (stranger.status_code, stranger.json()["code"]) == (422, "orgs.lead_not_member")
    gone = await client.patch(CAST.secretary, path, {"member_ids": [str(JUNIOR)]})
    assert gone.json()["code"] == "orgs.lead_not_member", "the lead cannot be left behind"
    changed = await client.patch(
        CAST.secretary, path, {"member_ids": [str(JUNIOR)], "lead_id": None}
    )
    assert changed.json()["member_ids"] == [str(JUNIOR)]
    assert changed.json()["version"] > first["version"]
    listed = (await client.get(CAST.mama, "/org-groups")).json()["items"]
    assert [one["name"] for one in listed] == ["小学组", "综合组"]


async def test_two_editors_of_a_group_do_not_overwrite_each_other(client: Client) -> None:
    made = await group(client)
    path = f"/org-groups/{made['id']}"
    first = await client.patch(CAST.secretary, path, {"member_ids": [str(SCHOOL)]}, If_Match='"1"')
    assert first.status_code == 200
    second = await client.patch(
        CAST.second_secretary, path, {"member_ids": [str(UNIT)]}, If_Match='"1"'
    )
    assert (second.status_code, second.json()["code"]) == (409, "kit.stale")
    assert (await client.get(CAST.secretary, path)).json()["member_ids"] == [str(SCHOOL)]


async def test_a_member_of_another_district_is_refused_and_nothing_is_written(
    client: Client,
) -> None:
    made = await group(client)
    foreign = await client.value(
        "SELECT id FROM organization WHERE district_id <> :d LIMIT 1", d=HERE
    )
    answer = await client.patch(
        CAST.secretary,
        f"/org-groups/{made['id']}",
        {"name": "新名", "member_ids": [str(foreign)]},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "kit.broken_reference")
    kept = (await client.get(CAST.secretary, f"/org-groups/{made['id']}")).json()
    assert (kept["name"], len(kept["member_ids"])) == ("小学组", 2)
    twice = await client.post(CAST.secretary, "/org-groups", {"name": "小学组"})
    assert twice.json()["code"] == "kit.duplicate"


def numbers(**more: Any) -> dict[str, Any]:
    return {
        "organization_id": str(SCHOOL),
        "school_year": 2026,
        "pupils": 600,
        "teachers": 40,
        **more,
    }


async def test_a_school_reports_its_own_numbers_and_corrects_them(client: Client) -> None:
    first = await client.call(CAST.liaison, "PUT", "/headcounts", numbers(local_pupils=230))
    assert first.status_code == 200, first.text
    await client.call(CAST.liaison, "PUT", "/headcounts", numbers(local_pupils=230))
    assert await audited(client) == 1, "the same again is no change"
    await client.call(CAST.secretary, "PUT", "/headcounts", numbers(pupils=610))
    assert await audited(client) == 2
    rows = (await client.get(CAST.secretary, "/headcounts?school_year=2026")).json()["items"]
    assert [(row["pupils"], row["local_pupils"]) for row in rows] == [(610, None)]


async def audited(client: Client) -> int:
    sql = "SELECT count(*) FROM audit_entry WHERE action = 'headcount:report'"
    return int(await client.value(sql))


async def test_nobody_reports_for_another_school_or_more_than_all(client: Client) -> None:
    body = numbers(organization_id=str(JUNIOR))
    other = await client.call(CAST.liaison, "PUT", "/headcounts", body)
    assert (other.status_code, other.json()["code"]) == (404, "kit.not_found")
    assert (await client.call(CAST.teacher, "PUT", "/headcounts", numbers())).status_code == 403
    wrong = await client.call(CAST.liaison, "PUT", "/headcounts", numbers(local_pupils=601))
    assert wrong.status_code == 422
    assert (await client.get(CAST.secretary, "/headcounts?school_year=2026")).json()["items"] == []


async def test_families_and_other_schools_do_not_see_where_children_come_from(
    client: Client,
) -> None:
    await client.call(CAST.liaison, "PUT", "/headcounts", numbers(local_pupils=230))
    seen = {}
    for who in (CAST.liaison, CAST.secretary, CAST.mama, CAST.publisher, CAST.viewer):
        rows = (await client.get(who, "/headcounts?school_year=2026")).json()["items"]
        assert rows[0]["pupils"] == 600
        seen[who.name] = rows[0]["local_pupils"]
    assert seen[CAST.liaison.name] == seen[CAST.secretary.name] == 230
    assert seen[CAST.mama.name] is seen[CAST.publisher.name] is seen[CAST.viewer.name] is None


async def test_the_office_may_be_reported_for_by_the_district_only(client: Client) -> None:
    body = numbers(organization_id=str(OFFICE), pupils=0, teachers=3)
    assert (await client.call(CAST.admin, "PUT", "/headcounts", body)).status_code == 200
