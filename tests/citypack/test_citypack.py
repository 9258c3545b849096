"""综合素质评价: from stamps to a published list, an objection, and the file for the city."""

import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pypdfium2
from hypothesis import given
from hypothesis import strategies as st

from app.citypack.rules import Counter, amounts_of, columns_of, corrected, differing, say_amount
from app.passports.rules.builtin import BUILT_IN, CITY
from app.passports.rules.crediting import Visited
from tests.cast import CAST, JUNIOR, SCHOOL
from tests.citypack.stage import (
    FIRST,
    HEAD,
    LAST,
    MOTHER,
    OTHER,
    TODAY,
    deadline_passes,
    drafted,
    opened,
    said,
    settled,
    visited,
)
from tests.client import Client
from tests.privacy.stage import messages_to

CHILD = CAST.xing


def refused(answer: Any, code: str) -> bool:
    return answer.status_code in (409, 422) and answer.json()["code"] == f"citypack.{code}"


async def test_a_list_shows_what_was_stamped_in_its_period(client: Client) -> None:
    await settled(client)
    await visited(client, "labour", 90)
    await visited(client, "social", 180, days_ago=90)  # before the period
    path = await opened(client)
    assert await said(client, path) == {
        "社会考察学时": "0",
        "公益劳动学时": "2",
        "职业体验学时": "0",
        "职业院校的职业体验学时": "0",
        "安全实训学时": "0",
        "劳动岗位": "1",
        "爱国主义教育基地": "0",
    }
    (news,) = await messages_to(client, MOTHER)
    assert (news.kind, news.fields["pupil"]) == ("record_published", CHILD.name)
    # What is published stays as published, whatever is stamped afterwards.
    await visited(client, "labour", 90)
    assert (await said(client, path))["公益劳动学时"] == "2"
    record = (await client.get(MOTHER, f"/pupils/{CHILD.id}/city-record")).json()
    assert {one["words"]: one["said"] for one in record["cells"]}["公益劳动学时"] == "4"
    assert record["needed"]["hours:labour:"] == 80
    (listed,) = record["listed"]
    assert listed["may_object"]
    assert refused(await client.post(HEAD, f"{path}/export"), "too_early")


async def results(client: Client) -> list[str]:
    """What the mother was told about her objections."""
    rows = await messages_to(client, MOTHER)
    return [row.fields["result"] for row in rows if row.kind == "objection_settled"]


async def test_an_objection_is_heard_once_and_answered_once(client: Client) -> None:
    await settled(client)
    await visited(client, "labour", 90)
    path = await opened(client)
    body = {"publicity_id": path.rpartition("/")[2], "pupil_id": str(CHILD.id)}
    words = {"reason": "漏记了一次劳动，90 分钟"}
    for who in (OTHER, CHILD, CAST.liaison, CAST.secretary):
        answer = await client.post(who, "/objections", {**body, **words})
        assert answer.status_code in (403, 404), (who, answer.text)
    await client.post(CAST.secretary, "/moderation-words", {"word": "坏话", "effect": "refuse"})
    rude = await client.post(MOTHER, "/objections", {**body, "reason": "坏话"})
    assert rude.json()["code"] == "moderation.refused"
    raised = [await client.post(MOTHER, "/objections", {**body, **words}) for _ in range(2)]
    assert [one.status_code for one in raised] == [201, 201]
    assert raised[0].json() == raised[1].json()
    another = await client.post(MOTHER, "/objections", {**body, "reason": "别的理由"})
    assert refused(another, "objection_waiting")
    decide = f"/objections/{raised[0].json()['id']}/decide"
    yes: dict[str, Any] = {"accept": True, "answer": "补记 10 月 12 日的劳动"}
    assert (await client.post(MOTHER, decide, yes)).status_code == 403
    assert (await client.post(CAST.liaison, decide, yes)).status_code == 404
    assert refused(await client.post(HEAD, decide, yes), "correction_missing")
    unknown = {**yes, "correction": {"column": "hours:none:", "amount": 90}}
    assert refused(await client.post(HEAD, decide, unknown), "unknown_column")
    much = {**yes, "correction": {"column": "hours:labour:", "amount": -91}}
    assert refused(await client.post(HEAD, decide, much), "below_zero")
    yes["correction"] = {"column": "hours:labour:", "amount": 90}
    for _ in range(2):
        assert (await client.post(HEAD, decide, yes)).json()["state"] == "accepted"
    no = {"accept": False, "answer": "记录没有错"}
    assert refused(await client.post(HEAD, decide, no), "objection_decided")
    assert (await said(client, path))["公益劳动学时"] == "4"
    told = await results(client)
    assert told == ["已采纳并更正：补记 10 月 12 日的劳动"]


async def test_the_file_for_the_city_waits_and_then_never_changes(client: Client) -> None:
    await settled(client)
    await visited(client, "labour", 180)
    path = await opened(client)
    body = {"publicity_id": path.rpartition("/")[2], "pupil_id": str(CHILD.id)}
    no = {"accept": False, "answer": "记录没有错"}
    second = await client.post(MOTHER, "/objections", {**body, "reason": "社会考察也少了"})
    await deadline_passes(client)
    assert refused(await client.post(HEAD, f"{path}/export"), "objections_open")
    assert (
        await client.post(HEAD, f"/objections/{second.json()['id']}/decide", no)
    ).status_code == 200
    late = await client.post(MOTHER, "/objections", {**body, "reason": "又想起一次"})
    assert refused(late, "objection_too_late")
    assert (await client.post(CAST.secretary, f"{path}/export")).status_code == 403
    exports = [(await client.post(HEAD, f"{path}/export")).json() for _ in range(2)]
    assert exports[0] == exports[1]
    assert refused(await client.post(HEAD, f"{path}/supplement"), "nothing_changed")
    assert refused(
        await client.post(HEAD, f"{path}/withdraw", {"reason": "重来"}), "cannot_withdraw"
    )
    before = (await file(client, exports[0]["id"])).cell(2, 6).value

    # Afterwards a correction makes a supplement; the file handed over never changes.
    later = {"pupil_id": str(CHILD.id), "column": "hours:career:vocational_school", "amount": 45}
    fix = {**later, "day": str(LAST), "reason": "职校体验漏登"}
    assert (await client.post(CAST.liaison, "/record-corrections", fix)).status_code == 404
    assert (await client.post(HEAD, "/record-corrections", fix)).status_code == 201
    extra = (await client.post(HEAD, f"{path}/supplement")).json()
    assert extra["number"] == 1
    assert [one.value for one in (await file(client, extra["id"]))[2]] == [
        "南苑中学", "", CHILD.name, "八（1）班", "0", "4", "1", "1", "0", "1", "0",
    ]  # fmt: skip
    sheet = await file(client, exports[0]["id"])
    assert sheet.cell(2, 6).value == before == "4"
    assert sheet.cell(2, 7).value == "0"
    shown = await client.get(HEAD, f"{path}/exports")
    assert [one["digest"] for one in shown.json()["items"]] == [
        exports[0]["digest"],
        extra["digest"],
    ]
    reads = "SELECT count(*) FROM audit_entry WHERE person_id = :p AND pupil_id = :c"
    assert await client.value(reads, p=HEAD.id, c=CHILD.id) >= 4


async def file(client: Client, export_id: str) -> Any:
    answer = await client.get(HEAD, f"/city-exports/{export_id}/file.xlsx")
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))["学时"]


async def test_lists_are_refused_or_taken_back_before_they_do_harm(client: Client) -> None:
    await settled(client)
    assert refused(await drafted(client, last=TODAY + timedelta(days=1)), "period_not_over")
    reversed_dates = await drafted(client, first=LAST, last=FIRST)
    assert reversed_dates.status_code == 422
    first, again = [await drafted(client) for _ in range(2)]
    assert first.json()["id"] == again.json()["id"], "the same draft once more is the same draft"
    assert refused(await drafted(client, title="重叠", first=LAST), "periods_overlap")
    younger = await drafted(client, title="小学", min_grade=1, max_grade=2)
    assert younger.status_code == 201, "other grades do not overlap"
    away = await client.post(CAST.liaison, "/publicities", {**first.json()} | {"x": 1})
    assert away.status_code == 422
    path, empty = (f"/publicities/{one.json()['id']}" for one in (first, younger))
    week = {"closes_on": str(TODAY + timedelta(days=7))}
    assert refused(await client.post(HEAD, f"{empty}/open", week), "nobody_listed")
    for days in (1, 60):
        soon = {"closes_on": str(TODAY + timedelta(days=days))}
        assert refused(await client.post(HEAD, f"{path}/open", soon), "deadline_outside")
    assert refused(await client.post(HEAD, f"{path}/export"), "not_published")
    for _ in range(2):
        assert (await client.post(HEAD, f"{path}/open", week)).status_code == 200
    assert len(await messages_to(client, MOTHER)) == 1
    earlier = FIRST - timedelta(days=90)
    other = await drafted(client, title="春季", first=earlier, last=FIRST - timedelta(days=1))
    next_path = f"/publicities/{other.json()['id']}"
    assert refused(await client.post(HEAD, f"{next_path}/open", week), "one_is_open")
    reason = {"reason": "班级有误，重做"}
    for _ in range(2):
        assert (await client.post(HEAD, f"{path}/withdraw", reason)).json()["state"] == "withdrawn"
    assert (await client.post(HEAD, f"{next_path}/open", week)).status_code == 200
    record = (await client.get(MOTHER, f"/pupils/{CHILD.id}/city-record")).json()
    assert [one["title"] for one in record["listed"]] == ["春季"], "what was taken back is gone"
    # The district sees numbers and no child; a school sees its own.
    rows = (await client.get(CAST.secretary, "/publicities/overview")).json()["items"]
    assert [(one["school"], one["title"], one["listed"]) for one in rows] == [
        ("南苑中学", "春季", 1)
    ]
    assert (await client.get(CAST.secretary, f"{next_path}/lines")).status_code == 403
    assert (await client.get(CAST.liaison, "/publicities/overview")).json()["items"] == []
    body = {
        "organization_id": str(JUNIOR),
        "title": "x",
        "starts_on": str(FIRST),
        "ends_on": str(LAST),
    }
    assert (await client.post(CAST.liaison, "/publicities", body)).status_code == 404
    assert (
        await client.post(HEAD, "/publicities", {**body, "organization_id": str(SCHOOL)})
    ).status_code == 404
    lost = {"publicity_id": str(uuid4()), "pupil_id": str(CHILD.id), "reason": "不对"}
    assert (await client.post(MOTHER, "/objections", lost)).status_code == 404


async def test_the_wall_shows_full_names_and_asks_for_proof(client: Client) -> None:
    await settled(client)
    await visited(client, "labour", 90)
    path = await opened(client)
    printed = await client.get(HEAD, f"{path}/list.pdf")
    (page,) = pypdfium2.PdfDocument(printed.content)
    shown = "".join(str(page.get_textpage().get_text_range()).split())
    assert "姓名社会考察公益劳动职业体验安全实训" in shown, "five columns"
    assert f"{CHILD.name}0200劳动岗位1个" in shown or f"{CHILD.name}劳动岗位1个0200" in shown, shown
    await client.rows("UPDATE login_session SET proved_at = now() - interval '1 hour'")
    assert (await client.get(HEAD, f"{path}/list.pdf")).json()["code"] == "people.step_up_needed"


BODY = BUILT_IN[CITY]
COLUMNS = columns_of(BODY)
VISITS = st.lists(
    st.builds(
        Visited,
        st.integers(0, 3),
        st.just(""),
        st.sampled_from(["social", "labour", "career", "safety", "none"]),
        st.integers(0, 600),
        st.just(TODAY),
        st.frozensets(st.sampled_from(["labour_post", "patriotic", "vocational_school"])),
    ),
    max_size=12,
)
COUNTERS = st.lists(
    st.sampled_from(COLUMNS).flatmap(
        lambda one: st.builds(
            Counter,
            st.just(one.measure),
            st.just(one.category),
            st.just(one.mark),
            st.integers(-90, 90),
        )
    ),
    max_size=6,
)


@given(VISITS, COUNTERS)
def test_corrections_add_up_in_any_order_and_are_undone_by_their_opposite(
    visits: list[Visited], counters: list[Counter]
) -> None:
    amounts = amounts_of(BODY, visits, 8, TODAY)
    assert set(amounts) == {one.key for one in COLUMNS}
    assert all(value >= 0 for value in amounts.values())
    there = corrected(COLUMNS, amounts, counters)
    assert there == corrected(COLUMNS, amounts, reversed(counters))
    back = [one._replace(amount=-one.amount) for one in counters]
    assert corrected(COLUMNS, there, back) == amounts
    before = [{"pupil": "a", "amounts": amounts}]
    after = [{"pupil": "a", "amounts": there}]
    assert differing(before, after) == ([] if there == amounts else after)
    career = sum(one.amount for one in counters if one.category == "career")
    assert there["hours:career:"] - amounts["hours:career:"] == career, "a part counts in the whole"


def test_lessons_are_rounded_down_to_a_tenth() -> None:
    assert [say_amount("hours", minutes, 45) for minutes in (0, 44, 45, 89, 90, 112)] == [
        "0", "0.9", "1", "1.9", "2", "2.4",
    ]  # fmt: skip
