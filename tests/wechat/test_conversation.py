"""At the door, on the phone: each situation has its own Chinese sentence."""

from datetime import timedelta
from typing import Any

from app.kit.clock import say_moment
from tests.cast import (
    CAST,
    HERE,
    OFFICE,
    POTTERY_SCENE,
    WEATHER,
    WEATHER_SCENE,
    Somebody,
)
from tests.client import Client, opened, push_xml
from wechat import replies

STRANGER = "oStranger0000000000000000001"
UNBOUND = "您还没有绑定孩子。请回复“绑定 绑定码 孩子姓名”，绑定码在学校发的绑定信上。"
UNKNOWN = "无法识别这个二维码，请确认扫的是基地或护照上的码。"


async def expected(client: Client, who: Somebody, *pupils: Somebody, **how: Any) -> Any:
    """A session at the pottery for which these children hold places."""
    session = await client.add_session(**how)
    for pupil in pupils:
        booked = await client.book(who, pupil, session)
        assert booked.json()["state"] == "confirmed", booked.text
    return session


async def arrivals(client: Client) -> list[str]:
    rows = await client.rows(
        "SELECT p.name FROM attendance a JOIN person p ON p.district_id = a.district_id "
        "AND p.id = a.pupil_id ORDER BY p.name"
    )
    return [row.name for row in rows]


async def starts_at(client: Client, session: Any) -> str:
    return say_moment(await client.value("SELECT starts_at FROM session WHERE id = :s", s=session))


async def test_a_scan_at_the_right_place_and_time_checks_in(
    client: Client, every_postgres: str
) -> None:
    await expected(client, CAST.mama, CAST.xiaonan)
    reply = await client.scan(CAST.mama, POTTERY_SCENE)
    lines = reply.split("\n")
    assert lines[:2] == ["小南签到成功！", "捏一只小碗（陶艺工坊）"]
    assert lines[3] == "游学护照已有 1 枚印章。"
    assert await arrivals(client) == ["小南"]


async def test_a_second_scan_is_no_error_and_no_second_stamp(client: Client) -> None:
    await expected(client, CAST.mama, CAST.xiaonan)
    await client.scan(CAST.mama, POTTERY_SCENE)
    for again in (CAST.mama, CAST.granny):
        reply = await client.scan(again, POTTERY_SCENE)
        assert reply.startswith("小南已经签到过了：捏一只小碗（陶艺工坊），")
        assert reply.endswith("不用重复扫码。")
    assert await arrivals(client) == ["小南"]
    assert await client.value("SELECT count(*) FROM stamp") == 1


async def test_an_unknown_scene(client: Client) -> None:
    await expected(client, CAST.mama, CAST.xiaonan)
    for scene in ("b" + "9" * 26, "x", "", "last_trade_no_1", "码" * 9, "a" * 65):
        assert await client.scan(CAST.mama, scene) == UNKNOWN, scene
    assert await arrivals(client) == []
    assert "签到成功" in await client.scan(CAST.mama, POTTERY_SCENE)


async def test_a_phone_nobody_is_bound_to(client: Client) -> None:
    assert await client.scan(STRANGER, POTTERY_SCENE) == replies.BIND_THEN_CHECK_IN
    assert await client.scan(STRANGER, CAST.xiaonan.card_scene) == UNBOUND
    assert await client.click(STRANGER, "MY_PASSPORT") == UNBOUND
    assert await client.write(STRANGER, "1") == UNBOUND
    assert await client.write(STRANGER, "你好") == replies.WELCOME
    assert await client.click(STRANGER, "HELP") == replies.HELP


async def test_two_children_on_one_phone_are_asked_about(client: Client) -> None:
    await expected(client, CAST.twin_dad, CAST.shuang, CAST.dui)
    asked = await client.scan(CAST.twin_dad, POTTERY_SCENE)
    assert asked.startswith("您绑定了多个孩子，请回复序号选择：1 ")
    assert await arrivals(client) == []
    second = asked.split("2 ")[1].strip()
    assert (await client.write(CAST.twin_dad, "2")).startswith(f"{second}签到成功！")
    assert await arrivals(client) == [second]
    other = ({"双双", "对对"} - {second}).pop()
    assert (await client.scan(CAST.twin_dad, POTTERY_SCENE)).startswith(f"{other}签到成功！")
    assert "已经签到过了" in await client.scan(CAST.twin_dad, POTTERY_SCENE)


async def test_a_number_without_a_fresh_question_checks_nobody_in(client: Client) -> None:
    sentence = "没有等待选择的签到，请先扫码。"
    await expected(client, CAST.twin_dad, CAST.shuang, CAST.dui)
    assert await client.write(CAST.twin_dad, "1") == sentence
    await client.scan(CAST.twin_dad, POTTERY_SCENE)
    assert await client.write(CAST.twin_dad, "3") == sentence
    # The ledger is append-only: time can pass in it only with its guard set aside.
    await client.rows("ALTER TABLE scan DISABLE TRIGGER USER")
    await client.rows("UPDATE scan SET received_at = received_at - interval '6 minutes'")
    await client.rows("ALTER TABLE scan ENABLE TRIGGER USER")
    assert await client.write(CAST.twin_dad, "1") == sentence
    assert await arrivals(client) == []


async def test_the_wrong_day(client: Client) -> None:
    session = await expected(client, CAST.mama, CAST.xiaonan, starts_in=timedelta(days=2))
    when = await starts_at(client, session)
    assert await client.scan(CAST.mama, POTTERY_SCENE) == f"小南预约的是{when}，不是今天。"


async def test_the_wrong_base(client: Client) -> None:
    await expected(client, CAST.mama, CAST.xiaonan, base=WEATHER)
    reply = await client.scan(CAST.mama, POTTERY_SCENE)
    assert reply == "小南现在预约的是“气象站”的活动，不是这里，请到那里签到。"
    assert (await client.scan(CAST.mama, WEATHER_SCENE)).startswith("小南签到成功！")


async def today_at(client: Client, session: Any, offset: timedelta, lasts: timedelta) -> bool:
    """Move a session relative to now; says whether that is still today at school."""
    await client.rows(
        "UPDATE session SET starts_at = now() + :offset, "
        "ends_at = now() + :offset + :lasts, "
        "booking_closes_at = now() + :offset WHERE id = :s",
        offset=offset,
        lasts=lasts,
        s=session,
    )
    same_day: bool = await client.value(
        "SELECT (starts_at AT TIME ZONE 'Asia/Shanghai')::date = "
        "(now() AT TIME ZONE 'Asia/Shanghai')::date FROM session WHERE id = :s",
        s=session,
    )
    return same_day


async def test_too_early(client: Client) -> None:
    session = await expected(client, CAST.mama, CAST.xiaonan)
    today = await today_at(client, session, timedelta(minutes=31), timedelta(hours=1))
    opens = say_moment(
        await client.value(
            "SELECT starts_at - interval '30 minutes' FROM session WHERE id = :s", s=session
        )
    )
    reply = await client.scan(CAST.mama, POTTERY_SCENE)
    if today:
        assert reply == f"还没到签到时间，{opens}开始签到。"
    else:  # run shortly before the school's midnight
        assert "不是今天" in reply
    await today_at(client, session, timedelta(minutes=29), timedelta(hours=1))
    assert "签到成功" in await client.scan(CAST.mama, POTTERY_SCENE)


async def test_too_late(client: Client) -> None:
    session = await expected(client, CAST.mama, CAST.xiaonan)
    today = await today_at(client, session, timedelta(minutes=-2), timedelta(minutes=1))
    ended = say_moment(await client.value("SELECT ends_at FROM session WHERE id = :s", s=session))
    reply = await client.scan(CAST.mama, POTTERY_SCENE)
    if today:
        assert reply == f"活动已在{ended}结束，不能再签到，请联系现场老师补登。"
    else:  # run shortly after the school's midnight
        assert "不是今天" in reply
    await today_at(client, session, timedelta(minutes=-2), timedelta(minutes=3))
    assert "签到成功" in await client.scan(CAST.mama, POTTERY_SCENE)


async def test_not_booked_waitlisted_or_cancelled(client: Client) -> None:
    sentence = "小南没有预约这里的活动，请先在“活动”里预约，或请现场老师帮忙。"
    session = await client.add_session(seats=1, starts_in=timedelta(minutes=20))
    assert await client.scan(CAST.mama, POTTERY_SCENE) == sentence
    await client.book(CAST.beimama, CAST.xiaobei, session)
    waiting = await client.book(CAST.mama, CAST.xiaonan, session)
    assert waiting.json()["state"] == "waitlisted"
    assert await client.scan(CAST.mama, POTTERY_SCENE) == sentence
    await client.post(CAST.mama, f"/bookings/{waiting.json()['id']}/cancel")
    assert await client.scan(CAST.mama, POTTERY_SCENE) == sentence
    assert (await client.scan(CAST.beimama, POTTERY_SCENE)).startswith("小北签到成功！")


async def test_the_door_scans_a_card_and_a_lost_card_is_refused(client: Client) -> None:
    await expected(client, CAST.mama, CAST.xiaonan)
    card = CAST.xiaonan.card_scene
    passport = await client.value("SELECT id FROM passport WHERE scene = :s", s=card)
    revoked = await client.post(CAST.liaison, f"/passports/{passport}/revoke")
    assert revoked.status_code == 200, revoked.text
    assert await client.scan(CAST.door, card) == "这本护照已挂失，请使用新的护照。"
    assert await arrivals(client) == []
    again = await client.post(CAST.liaison, "/passports", {"pupil_id": str(CAST.xiaonan.id)})
    fresh = await client.get(CAST.liaison, f"/passports/{again.json()['id']}/card")
    assert (await client.scan(CAST.door, fresh.json()["scene"])).startswith("小南签到成功！")


async def test_the_door_of_another_unit_checks_nobody_in(client: Client) -> None:
    await expected(client, CAST.mama, CAST.xiaonan, base=WEATHER)
    reply = await client.scan(CAST.door, CAST.xiaonan.card_scene)
    assert reply == "小南现在预约的是“气象站”的活动，不是这里，请到那里签到。"
    assert await arrivals(client) == []
    assert await client.scan(CAST.door, "p" + "0" * 26) == UNKNOWN
    assert await client.scan(CAST.door, POTTERY_SCENE) == "您的身份不能进行这项操作。"
    assert await client.scan(CAST.mama, CAST.xiaonan.card_scene) == "您的身份不能进行这项操作。"


async def test_the_menus_scanner_reads_our_address_and_no_stranger_s(client: Client) -> None:
    await expected(client, CAST.mama, CAST.xiaonan)

    async def scan_menu(result: str) -> str:
        body = push_xml(CAST.mama, Event="scancode_waitmsg", EventKey="CHECK_IN")
        info = f"<ScanCodeInfo><ScanResult><![CDATA[{result}]]></ScanResult></ScanCodeInfo></xml>"
        return opened(await client.push(body.replace("</xml>", info)))

    for strange in (
        "https://evil.cn/x?c=1",
        f"https://evil.cn/{POTTERY_SCENE}",
        "http://[",
        "小南",
    ):
        assert await scan_menu(strange) == UNKNOWN, strange
    assert await scan_menu("") == replies.NOT_A_CODE
    assert await arrivals(client) == []
    assert "小南签到成功" in await scan_menu(f"https://wc.example.cn/c/{POTTERY_SCENE}")
    assert "已经签到过了" in await scan_menu(POTTERY_SCENE)


async def test_following_through_a_poster_checks_a_known_guardian_in(client: Client) -> None:
    await expected(client, CAST.mama, CAST.xiaonan)
    key = f"qrscene_{POTTERY_SCENE}"
    follow = {"Event": "subscribe", "Ticket": "t"}
    assert await client.say(STRANGER, **follow, EventKey=key) == replies.BIND_THEN_CHECK_IN
    assert await client.say(CAST.mama, Event="subscribe", EventKey="") == replies.WELCOME_BACK
    paid = await client.say(CAST.mama, **follow, EventKey=f"last_trade_no_{POTTERY_SCENE}")
    assert paid == replies.WELCOME_BACK
    assert "小南签到成功" in await client.say(CAST.mama, **follow, EventKey=key)


async def test_every_menu_entry_answers(client: Client) -> None:
    assert await client.click(CAST.mama, "ACTIVITIES") == replies.NO_ACTIVITIES
    assert await client.click(CAST.mama, "MY_BOOKINGS") == replies.NO_BOOKINGS
    await expected(client, CAST.mama, CAST.xiaonan, seats=1)
    assert "捏一只小碗\n  " in await client.click(CAST.mama, "ACTIVITIES")
    assert "已满，可候补" in await client.write(CAST.mama, "活动")
    bookings = await client.click(CAST.mama, "MY_BOOKINGS")
    assert "小南：捏一只小碗" in bookings
    assert bookings == await client.write(CAST.mama, "预约")
    assert await client.click(CAST.mama, "MY_CHILDREN") == "小南：叶城小学 三（2）班"
    assert "还没有印章" in await client.click(CAST.mama, "MY_PASSPORT")
    await client.scan(CAST.mama, POTTERY_SCENE)
    passport = await client.write(CAST.mama, "护照")
    assert passport.startswith("小南的游学护照 ND-000001\n印章 1 枚，累计 90 分钟")
    await client.rows("DELETE FROM passport WHERE scene = :s", s=CAST.dui.card_scene)
    twins = await client.click(CAST.twin_dad, "MY_PASSPORT")
    assert "对对还没有游学护照，请联系学校发放。" in twins
    assert "双双的游学护照" in twins
    for word in ("OLD_KEY", "HELP"):
        assert await client.click(CAST.mama, word) == replies.HELP
    assert await client.write(CAST.mama, "在吗") == replies.HELP
    assert await client.click(CAST.teacher, "MY_CHILDREN") == "您名下还没有孩子，请联系班主任。"


async def test_a_father_of_two_chooses_whom_he_is_told_about(client: Client) -> None:
    """By number, remembered; the newer of two questions counts, and 0 means both again."""
    await expected(client, CAST.twin_dad, CAST.shuang, CAST.dui)
    assert (await client.click(CAST.twin_dad, "MY_PASSPORT")).count("的游学护照") == 2
    assert await client.write(CAST.twin_dad, "2") == "没有等待选择的签到，请先扫码。"
    listed = await client.write(CAST.twin_dad, "孩子")
    first, second = (listed.split(f"{n} ")[1].split("：")[0] for n in (1, 2))
    assert {first, second} == {"双双", "对对"}
    assert listed.endswith("回复序号，只看这个孩子的护照和预约；回复 0 一起看。")
    assert (await client.write(CAST.twin_dad, "9")).startswith("没有这个序号的孩子。")
    assert (await client.write(CAST.twin_dad, "２")).startswith(
        f"好的，接下来看{second}的护照和预约"
    )
    passport, bookings = [
        await client.click(CAST.twin_dad, key) for key in ("MY_PASSPORT", "MY_BOOKINGS")
    ]
    assert (first in passport, first in bookings) == (False, False)
    assert (second in passport, second in bookings) == (True, True)
    assert f"2 {second}：叶城小学 一（1）班（正在看）" in await client.write(CAST.twin_dad, "孩子")
    # At the door another question is asked after that list: the number answers the door.
    asked = await client.scan(CAST.twin_dad, POTTERY_SCENE)
    third = asked.split("1 ")[1].split(" ")[0].rstrip("；，。2")
    assert (await client.write(CAST.twin_dad, "1")).startswith(f"{third}签到成功！")
    await client.scan(CAST.twin_dad, POTTERY_SCENE)
    await client.write(CAST.twin_dad, "孩子")
    assert "所有孩子" in await client.write(CAST.twin_dad, "0"), "the list was shown after the scan"
    assert (await client.click(CAST.twin_dad, "MY_PASSPORT")).count("的游学护照") == 2
    # A list that is too old waits for nothing, and a child that is no more his is not his choice.
    await client.write(CAST.twin_dad, "孩子")
    await client.write(CAST.twin_dad, "1")
    await client.rows("UPDATE chosen_child SET asked_at = asked_at - interval '11 minutes'")
    assert await client.write(CAST.twin_dad, "2") == "没有等待选择的签到，请先扫码。"
    await client.rows(
        "UPDATE guardianship SET ends_on = now() WHERE pupil_id = "
        "(SELECT pupil_id FROM chosen_child WHERE person_id = :p)",
        p=CAST.twin_dad.id,
    )
    assert second in await client.click(CAST.twin_dad, "MY_PASSPORT")


async def test_staff_are_answered_what_their_day_needs(client: Client) -> None:
    """A teacher her own children, a unit the door of each session, the secretariat what waits."""
    assert await client.write(CAST.teacher, "今天") == replies.NOTHING_TODAY
    session = await expected(client, CAST.mama, CAST.xiaonan)
    await client.book(CAST.twin_dad, CAST.shuang, session)
    await client.rows(
        "UPDATE session SET starts_at = greatest(now() - interval '20 minutes', date_trunc('day', "
        "now() AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai') WHERE id = :s",
        s=session,
    )
    await client.scan(CAST.mama, POTTERY_SCENE)
    teacher = await client.click(CAST.teacher, "TODAY")
    assert "· 捏一只小碗（陶艺工坊）" in teacher
    assert "应到 1 人，已到 1 人" in teacher
    assert "/door" not in teacher
    unit = await client.click(CAST.door, "TODAY")
    assert "应到 2 人，已到 1 人" in unit
    assert unit.endswith(f"/console/sessions/{session}/door")
    for who in (CAST.mama, CAST.teacher):
        assert await client.click(who, "WAITING") == "您的身份不能进行这项操作。"
    await client.rows(
        "INSERT INTO role_grant (district_id, id, person_id, organization_id, role, starts_on) "
        "VALUES (:d, gen_random_uuid(), :p, :o, 'secretariat', '2026-09-01')",
        d=HERE,
        p=CAST.granny.id,
        o=OFFICE,
    )
    assert await client.write(CAST.granny, "待办") == replies.NOTHING_WAITING
    await client.rows("UPDATE activity SET state = 'submitted' WHERE title = '捏一只小碗'")
    await client.rows(
        "INSERT INTO operation_item (district_id, id, kind, subject) "
        "VALUES (:d, gen_random_uuid(), 'quota_low', 'x')",
        d=HERE,
    )
    said = await client.click(CAST.granny, "WAITING")
    assert "· 1 个活动等待审核" in said
    assert "· 1 件平台的事：今天的调用次数快用完了" in said


async def test_leaving_forgets_the_openid_and_keeps_passport_and_sums(
    client: Client, every_postgres: str
) -> None:
    await expected(client, CAST.mama, CAST.xiaonan)
    await client.scan(CAST.mama, POTTERY_SCENE)
    before = await client.get(CAST.granny, f"/pupils/{CAST.xiaonan.id}/passport")
    assert await client.say(CAST.mama, Event="unsubscribe", EventKey="") == ""
    held = "SELECT count(*) FROM identity WHERE subject = :s AND kind = 'service_account'"
    assert await client.value(held, s=CAST.mama.openid) == 0
    assert await client.scan(CAST.mama, POTTERY_SCENE) == replies.BIND_THEN_CHECK_IN
    assert await client.say(CAST.mama, Event="unsubscribe", EventKey="") == ""
    after = await client.get(CAST.granny, f"/pupils/{CAST.xiaonan.id}/passport")
    assert after.json() == before.json()
    assert [stamp["title"] for stamp in after.json()["stamps"]] == ["捏一只小碗"]
    logged = (
        "SELECT count(*) FROM audit_entry WHERE action = 'identity:detach' AND district_id = :d"
    )
    assert await client.value(logged, d=HERE) == 1
