"""Menus, tags and templates are declared; a command and a button bring them to the platform."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli import main
from app.jobs.service import Job
from app.kit.db import system_context
from app.kit.sealing import Sealer
from app.kit.settings import Settings
from app.wiring import WIRING
from tests.cast import ACCOUNT, APPID, CAST, HERE, SCHOOL, SECRET_KEY, UNIT, Somebody, key
from tests.client import Client
from tests.privacy.stage import days_pass
from tests.privacy.stage import run as run_privacy
from tests.web.conftest import Browser
from tests.wechat.stage import Platform, Sender
from wechat.handlers.keys import HELP
from wechat.jobs import edge_jobs
from wechat.menu import CONDITIONAL, DEFAULT, MENUS, leaves, plain
from wechat.picture_links import PictureLinks
from wechat.simulator.menus import menu_of
from wechat.simulator.world import Phone
from wechat.templates import chosen

CREATE, ADD = "/cgi-bin/menu/create", "/cgi-bin/menu/addconditional"
PUT_ON, NEW_TAG = "/cgi-bin/tags/members/batchtagging", "/cgi-bin/tags/create"
PUSH, COMPARE, TAG = "channels.push_menu", "channels.compare_declared", "channels.tag_followers"
Run = Callable[..., Coroutine[Any, Any, None]]
TAP = {"type": "click", "name": "好", "key": "A"}


def worker(engine: AsyncEngine, sender: Sender) -> Run:
    """One of the edge's jobs by name, as a worker runs it."""
    links = PictureLinks(Sealer(SECRET_KEY), "http://test")
    found = edge_jobs(sender.gateway, sender.book, links, chosen({}, {}, demo=True))
    jobs: dict[str, Job] = {job.name: job for job in found}

    async def go(name: str, **arguments: str) -> None:
        unit = partial(system_context, engine, WIRING, HERE)
        await jobs[name].run(unit, {"district": str(HERE), **arguments})

    return go


@pytest.fixture
async def run(client: Client, sender: Sender) -> Run:
    return worker(client.engine, sender)


@dataclass
class Hand:
    """Somebody at the platform's console: changes things without us."""

    platform: Platform

    def __call__(self, path: str, **body: Any) -> dict[str, Any]:
        token = self.platform.token_of_another_program(force=False)
        method = "POST" if body else "GET"
        query = {"access_token": token}
        answer = self.platform.http.request(method, path, params=query, json=body or None)
        found: dict[str, Any] = answer.json()
        assert not found.get("errcode"), found
        return found

    def tags(self, who: Somebody | str) -> set[str]:
        world = self.platform.simulator.world
        phone = world.phones[who if isinstance(who, str) else who.openid]
        return {world.tags[number] for number in phone.tags}

    def number(self, name: str) -> int:
        tags = self.platform.simulator.world.tags
        return next(number for number, other in tags.items() if other == name)

    def menu(self, who: Somebody | str) -> str:
        """Whose menu this phone shows."""
        sim = self.platform.simulator
        phone = sim.world.phones[who if isinstance(who, str) else who.openid]
        shown = [plain(button) for button in menu_of(sim, phone)]
        return next((menu.title for menu in MENUS if menu.buttons == shown), "不认识的菜单")


@pytest.fixture
def hand(platform: Platform) -> Hand:
    return Hand(platform)


def test_the_command_says_the_difference_brings_it_there_and_then_has_nothing_to_do(
    settings: Settings,
    platform: Platform,
    hand: Hand,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("WECHAT_API_BASE", settings.wechat_api_base)
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("DEMO", "1")

    def wechat_push(*options: str) -> tuple[int, str]:
        code = main(["wechat-push", *options])
        said = capsys.readouterr()
        return code, (said.out + said.err).strip()

    code, dry = wechat_push("--dry-run")
    assert code == 0
    for line in (
        "要新增：",
        "默认菜单：平台上没有",
        "家长的菜单：平台上没有",
        "标签“学校·叶城小学”",
    ):
        assert line in dry, dry
    assert platform.simulator.world.menu is None
    assert platform.simulator.world.tags == {}
    # Busy twice, and once silent after it had worked: nothing is there twice.
    platform.fault(CREATE, errcode=-1)
    platform.fault(NEW_TAG, http_status=502, after=True)
    code, first = wechat_push("--account", ACCOUNT)
    assert (code, first.splitlines()[1]) == (0, "已推送，改了 11 处。"), first
    assert len(platform.simulator.world.conditional) == len(CONDITIONAL)
    assert sorted(platform.simulator.world.tags.values()) == sorted(
        [
            "身份·家长",
            "身份·学校老师",
            "身份·资源单位",
            "身份·秘书处",
            "学校·叶城小学",
            "学校·南苑中学",
        ]
    )
    calls = [len(platform.calls(path)) for path in (CREATE, ADD, NEW_TAG)]
    assert wechat_push()[1].splitlines()[1:] == ["没有要改的。"]
    assert [len(platform.calls(path)) for path in (CREATE, ADD, NEW_TAG)] == calls
    assert wechat_push("--dry-run")[1].splitlines()[1:] == ["与声明一致，没有差别。"]

    # Somebody works in the platform's console.
    sale = {"type": "click", "name": "优惠", "key": "SALE"}
    hand(CREATE, button=[*DEFAULT.buttons[:2], sale])
    hand(ADD, button=[sale], matchrule={"client_platform_type": "1"})
    hand("/cgi-bin/tags/create", tag={"name": "志愿者"})
    hand("/cgi-bin/tags/update", tag={"id": hand.number("身份·家长"), "name": "妈妈们"})
    hand("/cgi-bin/tags/delete", tag={"id": hand.number("学校·南苑中学")})
    hand("/cgi-bin/template/del_private_template", template_id="demo-arrived")
    code, dry = wechat_push("--dry-run")
    for line in (
        "默认菜单：平台上少了“我的 › 游学护照”、“我的 › 绑定孩子”、“我的 › 使用帮助”；平台上多了“优惠”",
        "标签“身份·家长”：平台上叫“妈妈们”",
        "标签“学校·南苑中学”：平台上没有",
        "标签“志愿者”：不是系统建的，保留不动",
        "个性化菜单（优惠）：没有声明，会删除",
        "模板“孩子已到达”：平台上没有 demo-arrived，请在公众平台重新选用并更新编号",
    ):
        assert line in dry, dry
    _, mended = wechat_push()
    assert "已推送，改了 4 处。" in mended
    assert "推送不了的：" in mended
    assert hand.number("身份·家长")
    assert hand.number("志愿者"), "what others made stays"
    assert len(platform.simulator.world.conditional) == len(CONDITIONAL)

    hand("/cgi-bin/menu/delete")
    platform.fault(CREATE, errcode=45009)
    assert wechat_push() == (1, f"微信平台没有接受：今天的次数用完了（45009），{CREATE}。")
    assert wechat_push("--account", "nobody") == (1, "没有名称是 nobody 的服务号。")
    assert "改了 5 处" in wechat_push()[1], "after the break the rest is done"


async def test_a_drift_is_one_line_until_it_agrees_again_and_the_button_restores_it(
    client: Client, browser: Browser, run: Run, hand: Hand, platform: Platform
) -> None:
    async def lines(*, done: bool = False) -> dict[str, dict[str, Any]]:
        path = f"/operations?done={int(done)}"
        items = (await client.get(CAST.secretary, path)).json()["items"]
        return {item["subject"].removeprefix(f"{ACCOUNT} "): item for item in items}

    await run(PUSH)
    await run(COMPARE)
    assert await lines() == {}
    hand(CREATE, button=[TAP])
    hand("/cgi-bin/tags/delete", tag={"id": hand.number("学校·叶城小学")})
    hand("/cgi-bin/template/del_private_template", template_id="demo-arrived")
    hand("/wxaapi/newtmpl/deltemplate", priTmplId="demo-sub-arrived")
    for _ in range(2):
        await run(COMPARE)
    school = f"tag:school:{SCHOOL}"
    found = await lines()
    assert set(found) == {"menu", school, "template:arrived", "tapped:arrived"}
    assert "订阅模板" in found["tapped:arrived"]["detail"]
    assert {item["times"] for item in found.values()} == {2}, "one line, counted up"
    assert "平台上多了“好”" in found["menu"]["detail"]
    browser.be(CAST.secretary)
    page = (await browser.get("/console/channel-health")).text
    assert "标签“学校·叶城小学”：平台上没有（要新增）" in page
    account = await client.value("SELECT id FROM channel_account WHERE name = :n", n=ACCOUNT)
    queued = "SELECT count(*) FROM pgqueuer WHERE entrypoint = :name"
    before = await client.value(queued, name=PUSH)
    answer = await browser.post(f"/console/channel-health/{account}/restore", {})
    assert answer.status_code == 303, answer.text
    assert await client.value(queued, name=PUSH) == before + 1
    # The platform is full for a minute: the job comes back by itself, and nobody is bothered.
    platform.fault(CREATE, errcode=45011)
    await run(PUSH)
    assert await client.value(queued, name=PUSH) == before + 2
    assert set(await lines()) == set(found)
    await run(PUSH)
    left = {"template:arrived", "tapped:arrived"}
    assert set(await lines()) == left, "only a person can choose a template"
    assert (await lines(done=True))["menu"]["note"] == "已恢复一致，自动处理"
    platform.simulator.world.gone_templates.clear()
    await run(COMPARE)
    assert await lines() == {}
    assert "没有发现和系统里声明不一致的地方" in (await browser.get("/console/channel-health")).text
    browser.be(CAST.auditor)
    refused = await browser.post(f"/console/channel-health/{account}/restore", {})
    assert refused.status_code in (403, 404)


async def test_a_follower_carries_her_roles_and_schools_and_sees_their_menu(
    client: Client, run: Run, hand: Hand, platform: Platform
) -> None:
    """From binding through a second role to another school."""
    await run(PUSH)
    await run(TAG)
    mother = {"身份·家长", "学校·叶城小学"}
    assert hand.tags(CAST.mama) == hand.tags(CAST.twin_dad) == mother
    assert hand.tags(CAST.teacher) == {"身份·学校老师", "学校·叶城小学"}
    assert hand.tags(CAST.xing) == set(), "a child's own phone is not marked"
    shown = [hand.menu(who) for who in (CAST.mama, CAST.teacher, CAST.door, CAST.xing)]
    assert shown == ["家长的菜单", "学校老师的菜单", "资源单位的菜单", "默认菜单"]
    told = len(platform.calls(PUT_ON))
    assert told == 4, "one call a tag"
    await run(TAG)
    assert len(platform.calls(PUT_ON)) == told, "nothing differs, nothing is said"

    stranger = "oStranger0000000000000000001"
    platform.simulator.world.phones[stranger] = Phone(name="新", openid=stranger, following=True)
    code = await client.post(CAST.teacher, "/binding-codes", {"pupil_id": str(CAST.xiaobei.id)})
    await client.write(stranger, f"绑定 {code.json()['code']} 小北")
    person = await client.value("SELECT person_id FROM identity WHERE subject = :s", s=stranger)
    await run(TAG, person=str(person))
    assert hand.tags(stranger) == mother

    grant = {
        "person_id": str(CAST.mama.id),
        "organization_id": str(UNIT),
        "role": "unit_publisher",
        "class_id": None,
    }
    given = await client.post(CAST.admin, "/role-grants", grant)
    assert given.status_code == 201, given.text
    await run(TAG, person=str(CAST.mama.id))
    assert hand.tags(CAST.mama) == {*mother, "身份·资源单位"}
    assert hand.menu(CAST.mama) == "资源单位的菜单", "the newer menu wins"
    await client.post(CAST.admin, f"/role-grants/{given.json()['id']}/end")
    await run(TAG, person=str(CAST.mama.id))
    assert hand.menu(CAST.mama) == "家长的菜单"

    # 小南 goes to the junior school, 小北 leaves altogether.
    move = "UPDATE enrollment SET class_id = :c WHERE pupil_id = :p AND ends_on IS NULL"
    await client.rows(move, c=key("八（1）班"), p=CAST.xiaonan.id)
    leave = "UPDATE enrollment SET ends_on = now() WHERE pupil_id = :p"
    await client.rows(leave, p=CAST.xiaobei.id)
    await run(TAG)
    assert hand.tags(CAST.mama) == {"身份·家长", "学校·南苑中学"}
    assert hand.tags(CAST.beimama) == {"身份·家长"}


async def test_a_district_too_large_for_one_account_is_told_so_and_nothing_is_sent(
    client: Client, run: Run, platform: Platform
) -> None:
    await client.rows(
        "INSERT INTO organization (district_id, id, kind, name, state, address, culture, "
        "course_brand, feature) SELECT :d, gen_random_uuid(), 'school', '第' || n || '小学', "
        "'active', '', '', '', '' FROM generate_series(1, 118) n",
        d=HERE,
    )
    for job in (PUSH, TAG, COMPARE):
        await run(job)
    assert platform.calls(NEW_TAG) == platform.calls(CREATE) == []
    items = (await client.get(CAST.secretary, "/operations")).json()["items"]
    (line,) = [item for item in items if item["subject"] == f"{ACCOUNT} declared"]
    assert line["detail"].startswith("声明了 124 个标签，服务号最多 100 个。")
    assert line["times"] == 3


async def crowd(client: Client, platform: Platform) -> list[str]:
    """Sixty more guardians of 小南; the platform does not know the first."""
    openids = [f"oMany{number:023d}" for number in range(60)]
    for openid in openids[1:]:
        platform.simulator.world.phones[openid] = Phone(name="家长", openid=openid, following=True)
    await client.rows(
        "WITH many AS (SELECT gen_random_uuid() AS id, o FROM unnest(cast(:openids AS text[])) AS o), "
        "p AS (INSERT INTO person (district_id, id, name, state) "
        "  SELECT :d, id, '家长', 'active' FROM many RETURNING id), "
        "i AS (INSERT INTO identity (district_id, id, person_id, kind, issuer, subject) "
        "  SELECT :d, gen_random_uuid(), id, 'service_account', :a, o FROM many) "
        "INSERT INTO guardianship (district_id, id, guardian_id, pupil_id, relation, verified_by, "
        "  starts_on) SELECT :d, gen_random_uuid(), id, :pupil, 'other', 'staff', now() FROM p",
        openids=openids,
        d=HERE,
        a=APPID,
        pupil=CAST.xiaonan.id,
    )
    return openids


async def test_many_are_tagged_at_once_and_a_lost_tag_comes_back_to_everybody(
    client: Client, run: Run, hand: Hand, platform: Platform
) -> None:
    """Fifty a call, and one number that the platform does not know spoils it for nobody else."""
    openids = await crowd(client, platform)
    await run(PUSH)
    await run(TAG)
    mothers = {"身份·家长", "学校·叶城小学"}
    assert all(hand.tags(openid) == mothers for openid in openids[1:])
    refused = await client.rows(
        "SELECT openid, errcode FROM follower_tag WHERE errcode IS NOT NULL"
    )
    assert {tuple(row) for row in refused} == {(openids[0], 40003)}
    before = len(platform.calls(PUT_ON))
    await run(TAG)
    assert len(platform.calls(PUT_ON)) == before, "a refusal for good is not asked again"
    hand("/cgi-bin/tags/delete", tag={"id": hand.number("身份·家长")})
    await run(TAG)
    assert hand.menu(CAST.mama) == "默认菜单"
    await run(PUSH)
    await run(TAG)
    assert hand.menu(CAST.mama) == "家长的菜单"
    assert all(hand.tags(openid) == mothers for openid in openids[1:])


async def test_the_tags_go_with_the_phone_and_with_the_child(
    client: Client, browser: Browser, run: Run, hand: Hand
) -> None:
    """The school takes a phone off, a mother leaves the account, a child is erased."""
    await run(TAG)
    assert "身份·家长" in hand.tags(CAST.beimama), "tags are made where none was pushed yet"
    rows = "SELECT count(*) FROM follower_tag WHERE openid = :o"
    path = f"/console/pupils/{CAST.dui.id}/phones/{CAST.twin_dad.id}/detach"
    detached = await browser.be(CAST.liaison).post(path, {"reason": "手机丢了"})
    assert detached.status_code == 303, detached.text
    body = {"pupil_id": str(CAST.xiaobei.id), "kind": "erase", "confirm_name": "小北"}
    asked = await client.post(CAST.beimama, "/data-requests", body)
    assert asked.status_code == 201, asked.text
    await days_pass(client, "data_request", "due_at", 8)
    await run_privacy(client, "privacy.erase_due")
    await client.say(CAST.mama, Event="unsubscribe", EventKey="")
    assert await client.value(rows, o=CAST.mama.openid) == 0
    await run(TAG)
    for gone in (CAST.twin_dad, CAST.beimama):
        assert hand.tags(gone) == set(), gone.name
        assert await client.value(rows, o=gone.openid) == 0


async def test_every_button_of_every_menu_is_answered(client: Client) -> None:
    """No button may end in the help for unknown keys, except the help itself."""
    help_text = await client.click(CAST.mama, HELP)
    keys = {
        leaf["key"] for menu in MENUS for leaf in leaves(menu.buttons) if leaf["type"] == "click"
    }
    assert len(keys) == 8
    said = {key: await client.click(CAST.mama, key) for key in keys}
    assert {key for key, sentence in said.items() if sentence == help_text} == {HELP}
