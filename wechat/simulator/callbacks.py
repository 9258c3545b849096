"""How does something a person did reach the account, and what comes back?"""

import asyncio
from dataclasses import dataclass, field

import httpx

from wechat.simulator.config import PUSH_TRIES
from wechat.simulator.envelope import Elements, ReplyInvalid, compose, open_reply, seal
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import Message, Phone, Push

OUT_OF_SERVICE = "该服务号暂时无法提供服务，请稍后再试"


@dataclass
class Delivery:
    """What became of one push."""

    attempts: int = 0
    answered: bool = False
    replies: list[Message] = field(default_factory=list)
    problem: str = ""


async def push(
    sim: Simulator, phone: Phone, elements: Elements, *, answerable: bool, remember: bool = True
) -> Delivery:
    """Send one event or message, three times at most, and show the answer on the phone.

    Every try carries the same inner XML under a fresh nonce. Only when a person waits for
    an answer (`answerable`) does the client show that the account is out of service.
    """
    head: Elements = {
        "ToUserName": sim.account.original_id,
        "FromUserName": phone.openid,
        "CreateTime": sim.clock.now(),
        "MsgType": "event",
    }
    letter = Push(openid=phone.openid, xml=compose({**head, **elements}), answerable=answerable)
    if remember:
        phone.last_push = letter
    return await _deliver(sim, phone, letter, PUSH_TRIES)


async def push_again(sim: Simulator, phone: Phone, *, same_nonce: bool) -> Delivery | None:
    """Repeat the phone's last push once: byte for byte, or the same event newly sealed."""
    if phone.last_push is None:
        return None
    if same_nonce:
        delivery = Delivery()
        await _attempt(sim, phone, phone.last_push, delivery)
        return _shown(sim, phone, phone.last_push, delivery)
    return await _deliver(sim, phone, phone.last_push, tries=1)


async def _deliver(sim: Simulator, phone: Phone, letter: Push, tries: int) -> Delivery:
    delivery = Delivery()
    while not delivery.answered and delivery.attempts < tries:
        sealed = seal(sim.account, sim.world.mode, phone.openid, letter.xml, sim.clock.wall())
        letter.query, letter.body = sealed.query, sealed.body
        await _attempt(sim, phone, letter, delivery)
    return _shown(sim, phone, letter, delivery)


def _shown(sim: Simulator, phone: Phone, letter: Push, delivery: Delivery) -> Delivery:
    if not delivery.answered and letter.answerable:
        delivery.replies = [sim.notice(phone, OUT_OF_SERVICE)]
    elif letter.answerable and phone.following:
        for reply in delivery.replies:
            sim.show(phone, reply)
    else:
        delivery.replies = []
    return delivery


async def _attempt(sim: Simulator, phone: Phone, letter: Push, delivery: Delivery) -> None:
    """One try: an answer other than a timely 200 with a lawful body is none."""
    delivery.attempts += 1
    try:
        async with asyncio.timeout(sim.config.reply_timeout_seconds):
            answer = await sim.client.post(
                sim.account.callback_url,
                params=letter.query,
                content=letter.body.encode(),
                headers={"Content-Type": "text/xml"},
            )
        if answer.status_code != httpx.codes.OK:
            delivery.problem = f"回调返回 HTTP {answer.status_code}"
            return
        reply = open_reply(sim.account, sim.world.mode, phone.openid, answer.text)
    except (TimeoutError, httpx.TimeoutException):
        delivery.problem = "回调超时"
    except httpx.HTTPError as error:
        delivery.problem = f"回调无法连接（{type(error).__name__}）"
    except ReplyInvalid as error:
        delivery.problem = str(error)
    else:
        delivery.answered, delivery.problem = True, ""
        delivery.replies = [] if reply is None else [reply]
