"""An announcement: written, approved by somebody else, cooled, sent, read; and all the ways around it."""

import asyncio
from typing import Any

from tests.announcements.stage import (
    BODY,
    EVERY_FAMILY,
    SECOND,
    WRITER,
    approved,
    cooled,
    refused,
    sent,
    submitted,
    watch,
    written,
)
from tests.cast import CAST, CLASS_3, JUNIOR, SCHOOL
from tests.client import Client


async def test_the_count_follows_the_audience(client: Client) -> None:
    """Combined conditions narrow; every person counts once, however many children."""
    session = await client.add_session(title="看云")
    assert (await client.book(CAST.mama, CAST.xiaonan, session)).status_code == 201

    async def count(**audience: Any) -> int:
        body = {"roles": ["guardian"], **audience}
        answer = await client.post(WRITER, "/announcements/count", body)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["people"])

    assert await count() == 4  # 小南妈妈, 小南外婆, 小北妈妈, 双胞胎爸爸
    assert await count(schools=[str(SCHOOL)]) == 4
    assert await count(schools=[str(JUNIOR)]) == 0
    assert await count(grades=[3]) == await count(classes=[str(CLASS_3)]) == 3
    assert await count(grades=[1], classes=[str(CLASS_3)]) == 0
    assert await count(sessions=[str(session)]) == 2
    assert await count(roles=["guardian", "class_teacher"], sessions=[str(session)]) == 3
    assert await count(roles=["school_admin", "unit_publisher"]) == 3
    assert await count(roles=["school_admin"], grades=[3]) == 0
    nobody = {"title": "x", "body": "x", "audience": {"roles": ["guardian"], "grades": [9]}}
    path = (await client.post(WRITER, "/announcements", nobody)).json()["id"]
    answer = await client.post(WRITER, f"/announcements/{path}/submit")
    await refused(answer, "announcement.nobody_addressed")


async def test_it_reaches_everybody_once_and_says_who_read(client: Client) -> None:
    path = await approved(client)
    row = (await client.get(WRITER, path)).json()
    assert (row["state"], row["people"]) == ("cooling", 4)
    await watch(client)
    assert (await client.get(CAST.mama, "/received-announcements")).json()["items"] == []
    await asyncio.gather(sent(client, path), sent(client, path))
    (line,) = (await client.get(CAST.mama, "/received-announcements")).json()["items"]
    assert (line["title"], line["read_at"]) == ("周五提前放学", None)
    assert (await client.get(CAST.teacher, "/received-announcements")).json()["items"] == []
    mine = f"/received-announcements/{line['id']}"
    letter = (await client.get(CAST.mama, mine)).json()
    assert letter["body"] == BODY.strip()
    assert (await client.get(CAST.mama, mine)).json()["read_at"] == letter["read_at"]
    for other in (CAST.teacher, CAST.foreign_mama):
        await refused(await client.get(other, mine), "kit.not_found")
    (place,) = (await client.get(WRITER, f"{path}/receipts")).json()["items"]
    assert [place[name] for name in ("sent", "read", "unread", "unbound")] == [4, 1, 3, 0]
    # No template message: announcements never go that way.
    assert await client.value("SELECT count(*) FROM delivery") == 0
    # The school sees its own people by name, after saying so in the log; others see nobody.
    names = await client.get(CAST.liaison, f"{path}/receipts/{SCHOOL}")
    shown = {one["name"]: one["child"] for one in names.json()["items"]}
    assert shown == {
        "小南外婆": "三（2）班 小南",
        "小北妈妈": "三（2）班 小北",
        "双胞胎爸爸": "一（1）班 双双",
    }
    logged = "SELECT count(*) FROM audit_entry WHERE action = :a"
    assert await client.value(logged, a="announcement:unread_list") == 1
    assert await client.value(logged, a="pupil:read") == 3
    await refused(await client.get(CAST.liaison, f"{path}/receipts/{JUNIOR}"), "kit.not_found")


async def test_nudging_twice_a_day_and_only_the_unread(client: Client) -> None:
    path = await approved(client)
    await refused(await client.post(WRITER, f"{path}/nudges", {}), "announcement.not_sent_yet")
    await sent(client, path)
    await client.rows("UPDATE announcement SET state = 'done', article_state = 'no_account'")
    await client.get(CAST.mama, f"/received-{path[1:]}")
    first = await client.post(WRITER, f"{path}/nudges", {}, Idempotency_Key="n1")
    again = await client.post(WRITER, f"{path}/nudges", {}, Idempotency_Key="n1")
    assert first.json() == again.json()
    assert (first.json()["number"], first.json()["people"]) == (1, 3)
    both = await asyncio.gather(*(client.post(WRITER, f"{path}/nudges", {}) for _ in range(2)))
    assert sorted(one.status_code for one in both) == [201, 429]
    read = (await client.get(CAST.mama, "/received-announcements")).json()["items"]
    unread = (await client.get(CAST.beimama, "/received-announcements")).json()["items"]
    assert read[0]["nudged_at"] is None
    assert unread[0]["nudged_at"] is not None


async def test_the_second_person_is_somebody_else_whatever_the_role(client: Client) -> None:
    """Writer, submitter, role swapped in between, an old digest, an edit after the yes: no way around."""
    path = await submitted(client)
    digest = (await client.get(SECOND, f"{path}/preview")).json()["digest"]
    yes = {"digest": digest}
    await refused(await client.post(WRITER, f"{path}/approve", yes), "announcement.own")
    await client.rows("UPDATE role_grant SET role = 'council' WHERE person_id = :p", p=WRITER.id)
    await refused(await client.post(WRITER, f"{path}/approve", yes), "announcement.own")
    await client.rows(
        "UPDATE role_grant SET role = 'secretariat' WHERE person_id = :p", p=WRITER.id
    )
    for who in (CAST.admin, CAST.liaison, CAST.mama):
        await refused(await client.post(who, f"{path}/approve", yes), "kit.forbidden")
    stale = {"digest": "0" * 64}
    await refused(
        await client.post(SECOND, f"{path}/approve", stale), "announcement.edited_meanwhile"
    )
    # A second secretary who corrects a word is a writer from then on.
    body = {"title": "周五提前放学", "body": BODY + "\n谢谢！", "urgent": True}
    body["audience"] = EVERY_FAMILY
    edited = await client.call(CAST.second_secretary, "PUT", path, body)
    assert edited.json()["state"] == "draft"
    await client.post(WRITER, f"{path}/submit")
    await refused(
        await client.post(SECOND, f"{path}/approve", yes), "announcement.edited_meanwhile"
    )
    yes = {"digest": (await client.get(SECOND, f"{path}/preview")).json()["digest"]}
    await refused(
        await client.post(CAST.second_secretary, f"{path}/approve", yes), "announcement.own"
    )
    # Somebody joins after the approver looked: the exact recipients are part of what is approved.
    await client.rows(
        "INSERT INTO guardianship (district_id, id, guardian_id, pupil_id, relation, verified_by, "
        "starts_on) SELECT district_id, gen_random_uuid(), :g, :p, 'other', 'staff', '2026-09-01' "
        "FROM person WHERE id = :g", g=CAST.auditor.id, p=CAST.xiaobei.id,
    )  # fmt: skip
    await refused(
        await client.post(SECOND, f"{path}/approve", yes), "announcement.edited_meanwhile"
    )
    yes = {"digest": (await client.get(SECOND, f"{path}/preview")).json()["digest"]}
    first = await client.post(SECOND, f"{path}/approve", yes)
    again = await client.post(SECOND, f"{path}/approve", yes)
    assert first.json() == again.json()
    assert first.json()["people"] == 5
    # An edit after the yes voids it; what was frozen is gone, and nothing is sent.
    voided = await client.call(WRITER, "PUT", path, {**body, "title": "周四提前放学"})
    assert (voided.json()["state"], voided.json()["people"]) == ("draft", None)
    assert await client.value("SELECT count(*) FROM announcement_recipient") == 0
    await watch(client)
    assert (await client.get(CAST.mama, "/received-announcements")).json()["items"] == []
    # What was changed behind the back of everybody is noticed before the first message.
    tampered = await approved(client)
    await client.rows("UPDATE announcement SET body = '点这里领钱' WHERE state = 'cooling'")
    await sent(client, tampered)
    row = (await client.get(WRITER, tampered)).json()
    assert row["state"] == "stopped"
    assert "不一致" in row["reason"]


async def test_one_person_alone_reaches_two_hundred_a_day_at_most(client: Client) -> None:
    path = await written(client)
    assert not (await client.get(WRITER, f"{path}/preview")).json()["needs_second"]
    assert (await client.post(WRITER, f"{path}/submit")).json()["state"] == "cooling"
    await client.rows("UPDATE announcement SET people = 198")
    other = await written(client)
    assert (await client.post(WRITER, f"{other}/submit")).json()["state"] == "submitted"
    # A weak login: letting one go needs the person itself, just now.
    third = await written(client, audience={"roles": ["school_admin"]})
    await client.rows(
        "UPDATE login_session SET proved_at = now() - interval '1 hour' WHERE person_id = :p",
        p=WRITER.id,
    )
    await client.rows("UPDATE announcement SET people = 4 WHERE people = 198")
    answer = await client.post(WRITER, f"{third}/submit")
    assert answer.status_code == 403, answer.text
    await client.rows(
        "UPDATE login_session SET proved_at = now() - interval '1 hour' WHERE person_id = :p",
        p=SECOND.id,
    )
    digest = (await client.get(SECOND, f"{other}/preview")).json()["digest"]
    answer = await client.post(SECOND, f"{other}/approve", {"digest": digest})
    assert answer.status_code == 403, answer.text


async def test_the_stop_button(client: Client) -> None:
    """In the cool-down nobody gets anything; in the middle nobody else does."""
    path = await approved(client)
    stopped = await client.post(SECOND, f"{path}/stop")
    assert stopped.json()["state"] == "stopped"
    assert (await client.post(WRITER, f"{path}/stop")).json()["state"] == "stopped"
    await cooled(client, path)
    await watch(client)
    assert await client.value("SELECT count(sent_at) FROM announcement_recipient") == 0
    running = await approved(client)
    await client.rows(
        "UPDATE announcement SET state = 'sending', started_at = now() WHERE state = 'cooling'"
    )
    await client.post(WRITER, f"{running}/stop")
    await sent(client, running)
    assert await client.value("SELECT count(sent_at) FROM announcement_recipient") == 0
    assert (
        await client.value("SELECT article_state FROM announcement WHERE state = 'stopped' LIMIT 1")
        == "none"
    )
    done = await approved(client)
    await sent(client, done)
    await client.rows("UPDATE announcement SET state = 'done' WHERE state = 'sending'")
    await refused(await client.post(WRITER, f"{done}/stop"), "announcement.cannot_stop")
    body = {"title": "x", "body": "x", "audience": EVERY_FAMILY}
    await refused(await client.call(WRITER, "PUT", done, body), "announcement.not_writable")


LOOK_ALIKES = (
    "见 http://mp.weixin.qq.com/s/abc",
    "见 https://evil.com/mp.weixin.qq.com",
    "见 https://mp.weixin.qq.com@evil.com/",
    "见 https://mp.weixin.qq.com.evil.com/",
    "见 https://mp.weixin.qq.com./s",
    "见 https://mp.weixin.qq.com:8443/",
    "见 https://mp.weixin.qq.com。evil.com",
    "见 https://mp.wеixin.qq.com/s",
    "见 https://xn--mp-wixin-qq-abc.com/",
    "见 ｈｔｔｐｓ：／／evil．com/领奖",
    "见 https://mp.weixin.qq.com\\@evil.com",
    "见 https://203.0.113.5/a",
    "见 evil.com/领奖",
    "见 javascript:alert(1)",
    "见 weixin://dl/business",
)


async def test_links_that_only_look_right_are_refused(client: Client) -> None:
    for said in LOOK_ALIKES:
        body = {"title": "通知", "body": said, "audience": EVERY_FAMILY}
        answer = await client.post(WRITER, "/announcements", body)
        assert answer.json().get("code") == "announcement.link_refused", said
    fine = "详情：https://mp.weixin.qq.com/s/abc。谢谢！联系 office@nanyuan.edu.cn"
    assert await written(client, body=fine)
    # What the list allows goes; taken off the list between submission and approval, it does not.
    kept = await client.post(WRITER, "/link-hosts", {"host": "WWW.Nanyuan-Edu.cn "})
    assert kept.json()["host"] == "www.nanyuan-edu.cn"
    path = await submitted(client, body="见 https://www.nanyuan-edu.cn/a")
    digest = (await client.get(SECOND, f"{path}/preview")).json()["digest"]
    await client.call(WRITER, "DELETE", f"/link-hosts/{kept.json()['id']}")
    answer = await client.post(SECOND, f"{path}/approve", {"digest": digest})
    await refused(answer, "announcement.link_refused")
    for host in ("evil .com", "xn--a.com", "a", "中国.cn", "a.com.", "a.com/b"):
        await refused(
            await client.post(WRITER, "/link-hosts", {"host": host}), "announcement.bad_host"
        )
