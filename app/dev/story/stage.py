"""What does a chapter stand on? The running system with its people, and how a broken promise ends."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from app.dev.refusals import RefusalError

# Long, because a busy machine is no broken promise; who expects one may be shorter about it.
PATIENCE_SECONDS = float(os.environ.get("STORY_PATIENCE", "90"))
LOOK_EVERY_SECONDS = 0.2
SCHOOL_TIME = ZoneInfo("Asia/Shanghai")


@dataclass
class Stage:
    """The running system and its people, as demo.json describes them."""

    demo: dict[str, Any]
    api: httpx.Client
    phones: httpx.Client
    logins: dict[str, str] = field(default_factory=dict)

    def phone(self, name: str) -> dict[str, Any]:
        return next(phone for phone in self.demo["phones"] if phone["name"] == name)

    def scene(self, label: str) -> str:
        found = (scene for scene, text in self.demo["scenes"].items() if text == label)
        return str(next(found))

    def call(self, token: str, method: str, path: str, body: Any = None, **more: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", **more}
        answer = self.api.request(method, f"/v1{path}", json=body, headers=headers)
        if not answer.is_success:
            raise RefusalError(
                f"{method} {path} 没有成功：{answer.status_code} {answer.text[:300]}"
            )
        return answer.json()

    def file(self, token: str, path: str) -> bytes:
        """A file to keep, whole."""
        answer = self.api.get(f"/v1{path}", headers={"Authorization": f"Bearer {token}"})
        if not answer.is_success:
            raise RefusalError(f"{path} 没有成功：{answer.status_code} {answer.text[:300]}")
        return answer.content

    def log_in(self, role: str) -> str:
        """A staff login, once a telling: every password check costs a fifth of a second."""
        if role in self.logins:
            return self.logins[role]
        login = self.demo["logins"].get(role) or self.demo[role]
        body = {"district": self.demo["district"]} | {
            key: login[key] for key in ("username", "password")
        }
        answer = self.api.post("/v1/login-sessions", json=body)
        if answer.status_code != httpx.codes.CREATED:
            raise RefusalError(f"{login['name']} 登录不了：{answer.text[:200]}")
        self.logins[role] = str(answer.json()["token"])
        return self.logins[role]

    def log_in_by_phone(self, name: str) -> str:
        return self.log_in_by_openid(self.phone(name)["openid"], name)

    def log_in_by_openid(self, openid: str, name: str) -> str:
        code = self.act(openid, "login-code")["code"]
        account = f"{self.demo['wechat']['account']}-mp"
        answer = self.api.post(f"/wechat/login/{account}", json={"code": code})
        if answer.status_code != httpx.codes.CREATED:
            raise RefusalError(f"{name} 的小程序登录不了：{answer.text[:200]}")
        return str(answer.json()["token"])

    def page(self, token: str, path: str, child: str = "") -> str:
        """A page as the browser of whoever is logged in shows it, for this child of theirs."""
        headers = {"Cookie": f"login={token}; child={child}"}
        answer = self.api.get(path, headers=headers)
        if not answer.is_success:
            raise RefusalError(f"页面 {path} 打不开：{answer.status_code}")
        return answer.text

    def send(self, token: str, path: str, form: dict[str, Any]) -> str:
        """A form of the console; gives the address of the page that follows."""
        headers = {"Cookie": f"login={token}", "Sec-Fetch-Site": "same-origin"}
        answer = self.api.post(path, data=form, headers=headers)
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise RefusalError(f"{path} 没有成功：{answer.status_code} {answer.text[:300]}")
        return str(answer.headers["location"])

    def act(self, openid: str, verb: str, **body: Any) -> Any:
        answer = self.phones.post(f"/sim/api/phones/{openid}/{verb}", json=body)
        if not answer.is_success:
            raise RefusalError(f"模拟器不接受 {verb}：{answer.text[:200]}")
        return answer.json()

    def messages(self, openid: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.phones.get(f"/sim/api/phones/{openid}/messages").json()
        return found

    def new_cards(self, name: str, after: int) -> list[dict[str, Any]]:
        """Notifications on a phone of the cast after this one: cards, or in the chat just used."""
        return [
            message if message["kind"] == "template" else _as_card(message)
            for message in self.messages(self.phone(name)["openid"])
            if message["id"] > after
            and (message["kind"] == "template" or message["via"] == "customer")
        ]

    def last_card(self, name: str) -> int:
        shown = self.messages(self.phone(name)["openid"])
        return max((message["id"] for message in shown), default=0)


def clock(moment: datetime) -> str:
    """As a form's field for a moment wants it."""
    return moment.astimezone(SCHOOL_TIME).strftime("%Y-%m-%dT%H:%M")


def say(who: str, what: str) -> None:
    print(f"  {who}：{what}")


def check(holds: object, promise: str) -> None:
    """A promise of the product; broken, it ends the story."""
    if not holds:
        raise RefusalError(f"故事中断，这一步不成立：{promise}")


def wait_for(look: Callable[[], Any], promise: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(LOOK_EVERY_SECONDS)
    raise RefusalError(f"故事中断，等了 {PATIENCE_SECONDS:.0f} 秒也没有：{promise}")


def _as_card(message: dict[str, Any]) -> dict[str, Any]:
    """A customer message: its heading, and a line for each field."""
    heading, *lines = message["text"].splitlines()
    pairs = [line.partition("：") for line in lines]
    data = [{"label": label, "value": value} for label, _, value in pairs]
    return {**message, "title": heading.strip("【】"), "data": data}
