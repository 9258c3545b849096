"""Calls that set the account up: repeated where that is safe, and refused in words otherwise."""

import asyncio
import random
from typing import Any

from app.channels.accounts import Account
from app.channels.kinds import ItemKind
from app.channels.rules import said
from wechat.gateway import Answer, Gateway, NoAnswer
from wechat.policy import BUSY_SECONDS, POLICY, Rule

PAUSES = (1.0, 2.0, 4.0)


class Unfit(Exception):
    """What we declare does not fit the platform; nothing was sent."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class SetupRefused(Exception):
    """The platform said no; its code decides who is told, and whether to come back later."""

    def __init__(self, path: str, answer: Answer) -> None:
        super().__init__(answer.errcode)
        self.path, self.errcode = path, answer.errcode
        self.rule = POLICY.get(answer.errcode, Rule())

    @property
    def item(self) -> ItemKind:
        return self.rule.item or ItemKind.DECLARED_DRIFT

    def text(self) -> str:
        return f"{said(f'platform_{self.errcode}')}，{self.path}"


async def ask(
    gateway: Gateway,
    account: Account,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    safe: bool = True,
    fine: frozenset[int] = frozenset(),
) -> Answer:
    """Read, or with a body change; a busy platform is asked four times.

    Silence is only followed by the same call again where twice is as good as once (`safe`).
    A code in `fine` is an answer and no refusal.
    """
    for pause in (*PAUSES, None):
        try:
            call = gateway.get(account, path) if body is None else gateway.post(account, path, body)
            answer = await call
        except NoAnswer:
            if pause is None or not safe:
                raise
        else:
            if answer.errcode == 0 or answer.errcode in fine:
                return answer
            busy = POLICY.get(answer.errcode, Rule()).wait == BUSY_SECONDS
            if pause is None or not busy:
                raise SetupRefused(path, answer)
        await asyncio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
    raise AssertionError  # the last try returns or raises
