"""筑梦导师: asked to take part, their hours of a school year, and the certificate."""

from typing import Any

from app.activities.rules import say_hours, school_year_of
from tests.cast import CAST, SCHOOL, UNIT
from tests.client import Client
from tests.resources.test_visits import _mentor
from tests.web.conftest import Browser, assets, browser

__all__ = ["assets", "browser"]  # fixtures


async def _asked(client: Client, mentor: str) -> Any:
    """An activity of the pottery with a date ahead asks this mentor."""
    session_id = await client.add_session()
    sql = "SELECT activity_id FROM session WHERE id = :s"
    activity = str(await client.value(sql, s=session_id))
    body = {"mentor_id": mentor, "activity_id": activity, "message": "请带标本"}
    return await client.post(CAST.publisher, "/mentor-invitations", body)


async def _over(client: Client) -> None:
    """All sessions took place, 90 minutes each, this school year."""
    await client.rows(
        "UPDATE session SET state = 'closed', ends_at = starts_at + interval '90 minutes'"
    )


async def test_a_mentor_answers_and_the_hours_count(browser: Browser, client: Client) -> None:
    """A teacher is a mentor and answers with the own account; a person from outside by the unit."""
    mentor = await _mentor(
        client, CAST.liaison, SCHOOL, "叶老师", person_id=str(CAST.teacher.id), skills="昆虫"
    )
    asked = await _asked(client, mentor)
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    told = (await client.get(CAST.teacher, "/notifications")).json()["items"]
    assert [row["headline"] for row in told] == ["邀请您担任导师"]
    path = f"/mentor-invitations/{asked.json()['id']}"
    visit = f"/m/sessions/{await client.value('SELECT max(id::text) FROM session')}"
    assert "叶老师" not in (await browser.be(CAST.mama).get(visit)).text, "has not said yes"
    assert (await client.post(CAST.door, f"{path}/accept", {})).status_code == 404
    assert (await client.post(CAST.publisher, f"{path}/accept", {})).status_code == 403
    mute = await client.post(CAST.teacher, f"{path}/decline", {})
    assert mute.json()["code"] == "resources.reason_needed"
    browser.be(CAST.teacher)
    assert "请带标本" in (await browser.get("/console/mentor-invitations")).text
    rows = {"ids": asked.json()["id"]}
    assert (await browser.post("/console/mentor-invitations/accept", rows)).status_code == 303
    page = (await browser.be(CAST.mama).get(visit)).text
    assert "<dt>导师</dt><dd>叶老师" in page, "families see who leads, and the field"
    assert "（昆虫）" in page
    await client.rows("UPDATE mentor SET vetting = 'pending'")
    assert "叶老师" not in (await browser.get(visit)).text, "only as long as it is vetted"
    await client.rows("UPDATE mentor SET vetting = 'passed'")
    browser.be(CAST.teacher)
    late = await client.post(CAST.publisher, f"{path}/withdraw")
    assert late.json()["code"] == "activity.invitation_not_open"
    news = (await client.get(CAST.publisher, "/notifications")).json()["items"]
    assert dict(news[0]["lines"])["答复"] == "答应参加"
    year = school_year_of((await client.rows("SELECT current_date AS day"))[0].day)
    page = f"/console/mentors/{mentor}/service?year={year}"
    assert "还没有结束的场次" in (await browser.get(page)).text
    await _over(client)
    assert "1 小时 30 分钟" in (await browser.get(page)).text


async def test_only_vetted_mentors_and_coming_dates_and_a_no_counts_nothing(
    client: Client,
) -> None:
    raw = await client.post(
        CAST.publisher, "/mentors", {"organization_id": str(UNIT), "name": "新人"}
    )
    early = await _asked(client, raw.json()["id"])
    assert early.json()["code"] == "resources.mentor_not_ready"
    mentor = await _mentor(client, CAST.publisher, UNIT, "外请师傅")
    asked = (await _asked(client, mentor)).json()
    path = f"/mentor-invitations/{asked['id']}"
    declined = await client.post(CAST.publisher, f"{path}/decline", {"answer": "出差"})
    assert (declined.json()["state"], declined.json()["answer"]) == ("declined", "出差")
    await _over(client)
    body = {"mentor_id": mentor, "activity_id": asked["activity_id"]}
    past = await client.post(CAST.publisher, "/mentor-invitations", body)
    assert past.json()["code"] == "activity.nothing_ahead"
    year = school_year_of((await client.rows("SELECT current_date AS day"))[0].day)
    found = (await client.get(CAST.publisher, f"/mentors/{mentor}/service?year={year}")).json()
    assert (found["visits"], found["minutes"]) == ([], 0)
    none = await client.get(CAST.publisher, f"/mentors/{mentor}/thanks?year={year}")
    assert none.json()["code"] == "activity.no_service"


async def test_hours_are_corrected_with_a_reason_and_printed_with_one_number(
    browser: Browser, client: Client
) -> None:
    mentors = [await _mentor(client, CAST.publisher, UNIT, f"师傅{n}") for n in (1, 2)]
    year = school_year_of((await client.rows("SELECT current_date AS day"))[0].day)
    browser.be(CAST.publisher)
    page = f"/console/mentors/{mentors[0]}/service?year={year}"
    wrong = await browser.post(page, {"minutes": "0", "reason": "漏记"})
    assert "不能是 0" in wrong.text
    below = await browser.post(page, {"minutes": "-30", "reason": "多记"})
    assert (below.status_code, "少于 0" in below.text) == (422, True)
    for minutes, reason in (("120", "三月那次漏记"), ("-30", "提前结束")):
        fixed = await browser.post(page, {"minutes": minutes, "reason": reason})
        assert fixed.status_code == 303, fixed.text
    shown = (await browser.get(page)).text
    assert "1 小时 30 分钟" in shown
    assert "三月那次漏记" in shown
    assert "打印感谢证书" in shown
    body = {"school_year": year, "minutes": 60, "reason": "漏记"}
    await client.post(CAST.publisher, f"/mentors/{mentors[1]}/service-corrections", body)
    numbers = []
    for mentor in (mentors[0], mentors[1], mentors[0]):
        pdf = await client.get(CAST.publisher, f"/mentors/{mentor}/thanks?year={year}")
        assert pdf.content.startswith(b"%PDF")
        numbers.append(pdf.headers["content-disposition"].split('"')[1])
    assert numbers == [f"ND-DS-{year}-{n}.pdf" for n in ("0001", "0002", "0001")]
    foreign = await client.get(CAST.liaison, f"/mentors/{mentors[0]}/thanks?year={year}")
    assert foreign.status_code == 404
    for table in ("service_correction", "thanks_certificate"):
        for verb in ("UPDATE", "DELETE"):
            sql = "SELECT has_table_privilege('wuchuang_app', :t, :v)"
            assert await client.value(sql, t=table, v=verb) is False


def test_hours_read_like_words() -> None:
    assert [say_hours(n) for n in (0, 45, 60, 200)] == [
        "0 分钟",
        "45 分钟",
        "1 小时",
        "3 小时 20 分钟",
    ]
