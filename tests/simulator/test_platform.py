"""Codes, menu, logins, faults, the browser and a restart."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.simulator.stage import (
    APPID,
    MINI_APPID,
    MINI_SECRET,
    MOM,
    SECRET,
    STRANGER,
    Receiver,
    Stage,
    client_for,
    config_for,
    served,
)
from wechat.simulator.app import create_simulator

SEND = "/cgi-bin/message/template/send"


def mini_login(stage: Stage, code: str) -> Any:
    query = {"appid": MINI_APPID, "secret": MINI_SECRET, "js_code": code}
    return stage.http.get("/sns/jscode2session", params=query).json()


def test_a_login_code_works_once_and_for_five_minutes(stage: Stage) -> None:
    code = stage.sim(f"phones/{MOM}/login-code")["code"]
    assert mini_login(stage, code)["openid"] == "mXiaoNanMom"
    assert mini_login(stage, code)["errcode"] == 40163
    assert mini_login(stage, "invented")["errcode"] == 40029
    late = stage.sim(f"phones/{MOM}/login-code")["code"]
    stage.advance(301)
    assert mini_login(stage, late)["errcode"] == 40029


def test_web_oauth_brings_the_phones_person_back_with_a_code(stage: Stage) -> None:
    query = {
        "appid": APPID,
        "redirect_uri": "http://127.0.0.1:8000/wechat/login?next=%2Fmy",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s1",
        "sim_phone": MOM,
    }
    target = stage.http.get("/connect/oauth2/authorize", params=query).headers["location"]
    back = httpx.URL(target)
    assert (back.path, back.params["next"], back.params["state"]) == ("/wechat/login", "/my", "s1")
    exchange = {"appid": APPID, "secret": SECRET, "code": back.params["code"]}
    answer = stage.http.get("/sns/oauth2/access_token", params=exchange).json()
    assert (answer["openid"], answer["scope"]) == (MOM, "snsapi_base")
    again = stage.http.get("/sns/oauth2/access_token", params=exchange).json()
    assert again["errcode"] == 40163
    foreign = {**query, "redirect_uri": "http://evil.example/"}
    assert stage.http.get("/connect/oauth2/authorize", params=foreign).status_code == 400


def test_a_fault_answers_in_place_of_the_platform_as_often_as_told(stage: Stage) -> None:
    stage.sim("faults", path=SEND, errcode=45009, times=2)
    assert [stage.send_template().get("errcode") for _ in range(3)] == [45009, 45009, 0]
    stage.sim("faults", path=SEND, http_status=502)
    token = stage.stable_token()["access_token"]
    assert stage.http.post(SEND, params={"access_token": token}, json={}).status_code == 502


def test_a_fault_after_the_effect_loses_only_the_answer(stage: Stage) -> None:
    stage.sim("faults", path=SEND, errcode=-1, after=True)
    assert stage.send_template(client_msg_id="outbox-9")["errcode"] == -1
    assert stage.send_template(client_msg_id="outbox-9")["errcode"] == 0
    assert len(stage.messages(kind="template")) == 1


def test_a_call_can_hang_or_be_slow(stage: Stage) -> None:
    token = stage.stable_token()["access_token"]
    path = f"/cgi-bin/getcallbackip?access_token={token}"
    stage.sim("faults", path="/cgi-bin/getcallbackip", hang=True, times=1)
    with pytest.raises(httpx.ReadTimeout):
        stage.http.get(path, timeout=0.1)
    stage.sim("faults", path="/cgi-bin/getcallbackip", delay_seconds=0.15)
    began = time.monotonic()
    assert "ip_list" in stage.http.get(path).json()
    assert time.monotonic() - began >= 0.15


def test_a_failed_delivery_is_reported_and_not_shown(stage: Stage) -> None:
    stage.sim("faults", path=SEND, job_status="failed:user block")
    assert stage.send_template()["errcode"] == 0
    stage.sim("settle")
    (report,) = stage.receiver.events("TEMPLATESENDJOBFINISH")
    assert report.text("Status") == "failed:user block"
    assert stage.messages(kind="template") == []


def test_the_call_log_names_people_and_results_but_never_tokens(stage: Stage) -> None:
    stage.send_template("oNobody")
    last = stage.look("requests")[-1]
    assert (last["path"], last["openid"], last["errcode"]) == (SEND, "oNobody", 40003)
    assert stage.access_token not in stage.http.get("/sim/api/requests").text
    stage.http.delete("/sim/api/requests")
    assert stage.look("requests") == []


def test_codes_are_limited_drawn_and_permanent_ones_made_once(stage: Stage) -> None:
    first, again = (stage.create_code("base_pottery") for _ in range(2))
    assert first == again
    image = stage.http.get("/cgi-bin/showqrcode", params={"ticket": first["ticket"]})
    assert image.content.startswith(b"\x89PNG")
    temporary = {"action_name": "QR_STR_SCENE"}
    assert stage.create_code("a", **temporary)["expire_seconds"] == 60
    assert stage.create_code("a", **temporary, expire_seconds=2_592_001)["errcode"] == 40097
    assert stage.create_code("长" * 65)["errcode"] == 40097
    assert stage.create_code("a", action_name="QR_OTHER")["errcode"] == 40097
    number = {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_001}}}
    assert stage.create_code("", **number)["errcode"] == 40097
    labels = {code["scene"]: code["label"] for code in stage.look("qrcodes")}
    assert labels == {"base_pottery": "陶艺工坊", "a": ""}


def test_a_misshapen_menu_gets_its_own_number(stage: Stage) -> None:
    six = [{"type": "click", "name": "好", "key": "A"}] * 6
    misshapen: dict[int, list[object]] = {
        40016: [],
        40017: [{"type": "dance", "name": "好"}],
        40018: [{"type": "click", "name": "六个汉字太长", "key": "A"}],
        40019: [{"type": "click", "name": "好"}],
        40023: [{"name": "好", "sub_button": six}],
        40055: [{"type": "view", "name": "好", "url": "javascript:1"}],
    }
    for errcode, buttons in misshapen.items():
        assert stage.call("/cgi-bin/menu/create", {"button": buttons})["errcode"] == errcode


def test_the_menu_can_be_read_back_and_deleted(stage: Stage) -> None:
    leaf = {"type": "click", "name": "我的预约", "key": "MY"}
    menu = {"button": [{"name": "更多", "sub_button": [leaf]}]}
    stage.call("/cgi-bin/menu/create", menu)
    shown = stage.call("/cgi-bin/get_current_selfmenu_info")
    assert shown["selfmenu_info"]["button"][0]["sub_button"]["list"] == [leaf]
    read = stage.call("/cgi-bin/menu/get")["menu"]["button"]
    assert read[0]["sub_button"][0]["key"] == "MY"
    stage.call("/cgi-bin/menu/delete")
    assert stage.call("/cgi-bin/menu/get")["errcode"] == 46003


def test_conditional_menus_and_tags_are_taken_and_refused_as_the_platform_does(
    stage: Stage,
) -> None:
    """The newest menu that fits is shown; a tag that is deleted takes its menu away."""

    def code(path: str, **body: object) -> int:
        return int(stage.call(path, body).get("errcode", 0))

    def leaf(name: str) -> list[dict[str, str]]:
        return [{"type": "click", "name": name, "key": name}]

    def shown() -> list[str]:
        tried = stage.call("/cgi-bin/menu/trymatch", {"user_id": MOM})["button"]
        assert tried == stage.look(f"phones/{MOM}/menu")
        return [button["name"] for button in tried]

    add, remove = "/cgi-bin/menu/addconditional", "/cgi-bin/menu/delconditional"
    assert code(add, button=leaf("早"), matchrule={"tag_id": "3"}) == 65303
    assert code("/cgi-bin/menu/create", button=leaf("大家")) == 0
    assert code(add, button=leaf("早"), matchrule={}) == 65304
    assert code(add, button=leaf("早"), matchrule={"sex": "2"}) == 65320
    assert code(add, button=leaf("早"), matchrule={"tag_id": "3"}) == 45159
    visits = [{"type": "view", "name": "好", "url": f"https://{n}.cn/"} for n in range(4)]
    four = [{"name": "多", "sub_button": visits}]
    assert code(add, button=four, matchrule={"client_platform_type": "1"}) == 65316

    tag = stage.call("/cgi-bin/tags/create", {"tag": {"name": "家长"}})["tag"]["id"]
    assert tag == 3, "the first numbers are the platform's"
    assert code("/cgi-bin/tags/create", tag={"name": "家长"}) == 45157
    assert code("/cgi-bin/tags/create", tag={"name": "长" * 31}) == 45158
    assert code("/cgi-bin/tags/update", tag={"id": 2, "name": "星"}) == 45058
    put_on = "/cgi-bin/tags/members/batchtagging"
    assert code(put_on, openid_list=[MOM] * 51, tagid=tag) == 40032
    assert code(put_on, openid_list=[MOM, "oNobody"], tagid=tag) == 40003
    assert code(put_on, openid_list=[STRANGER], tagid=tag) == 40003, "who does not follow"
    first = stage.call(add, {"button": leaf("一"), "matchrule": {"tag_id": str(tag)}})["menuid"]
    assert shown() == ["大家"]
    assert code(put_on, openid_list=[MOM], tagid=tag) == 0
    assert stage.call("/cgi-bin/user/tag/get", {"tagid": tag})["data"]["openid"] == [MOM]
    assert stage.call("/cgi-bin/tags/getidlist", {"openid": MOM})["tagid_list"] == [tag]
    assert shown() == ["一"]
    second = stage.call(add, {"button": leaf("二"), "matchrule": {"tag_id": tag}})["menuid"]
    assert shown() == ["二"], "the newest wins"
    listed = stage.call("/cgi-bin/menu/get")["conditionalmenu"]
    assert [str(one["menuid"]) for one in listed] == [second, first]
    assert code(remove, menuid=second) == 0
    assert code(remove, menuid=second) == 65301
    assert shown() == ["一"]
    assert "身份" not in stage.http.get(f"/sim/phones/{MOM}").text
    assert "标签：家长" in stage.http.get(f"/sim/phones/{MOM}").text

    for number in range(99):
        assert code("/cgi-bin/tags/create", tag={"name": f"第{number}个"}) == 0
    assert code("/cgi-bin/tags/create", tag={"name": "一百零一"}) == 45056
    for number in range(4, 23):
        assert code(put_on, openid_list=[MOM], tagid=number) == 0
    assert code(put_on, openid_list=[MOM], tagid=23) == 45059
    assert code("/cgi-bin/tags/members/batchuntagging", openid_list=[MOM], tagid=4) == 0
    assert code(put_on, openid_list=[MOM], tagid=23) == 0
    assert code("/cgi-bin/tags/delete", tag={"id": tag}) == 0
    assert shown() == ["大家"]
    stage.sim(f"phones/{MOM}/unfollow")
    assert stage.call("/cgi-bin/tags/getidlist", {"openid": MOM})["tagid_list"] == []
    assert stage.call("/cgi-bin/template/get_all_private_template")["template_list"] == []


def test_unknown_paths_methods_and_bodies_are_refused_as_the_platform_does(stage: Stage) -> None:
    assert stage.call("/cgi-bin/no/such/api")["errcode"] == 40066
    assert stage.call(SEND)["errcode"] == 43002
    assert stage.call(SEND, ["not an object"])["errcode"] == 47001
    assert stage.call("/cgi-bin/user/get")["data"]["openid"] == [MOM]
    assert stage.call("/cgi-bin/ticket/getticket", type="jsapi")["errmsg"] == "ok"


def test_the_browser_pages_work_without_scripts(stage: Stage) -> None:
    assert "小南妈妈" in stage.http.get("/").text
    stage.receiver.answers = ['<b>好</b><a href="http://127.0.0.1:8000/my">我的</a>']
    sent = stage.http.post(f"/sim/phones/{MOM}/text", data={"text": "<script>"})
    assert sent.status_code == 303
    page = stage.http.get(f"/sim/phones/{MOM}")
    assert "&lt;script&gt;" in page.text
    assert "&lt;b&gt;好&lt;/b&gt;<a href=" in page.text
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert "关注服务号" in stage.http.get(f"/sim/phones/{STRANGER}").text
    assert stage.http.get(f"/sim/phones/{MOM}/open?url=javascript:1").status_code == 400
    assert stage.http.get("/", headers={"Host": "rebound.example"}).status_code == 400


def test_a_restart_keeps_followers_messages_codes_and_tokens(
    receiver: Receiver, tmp_path: Path
) -> None:
    config = config_for(receiver.url).model_copy(update={"state_path": tmp_path / "state.json"})
    with served(create_simulator(config)) as url, client_for(url) as http:
        before = Stage(http, receiver)
        before.sim(f"phones/{STRANGER}/follow")
        before.create_code("base_pottery")
        token = before.access_token
        before.advance(1_000)
    with served(create_simulator(config)) as url, client_for(url) as http:
        after = Stage(http, receiver, token)
        assert after.works(token) == 0
        state = after.look("state")
        assert (state["followers"], state["qrcodes"], state["clock_offset"]) == (2, 1, 1_000)
        assert after.messages(STRANGER)
