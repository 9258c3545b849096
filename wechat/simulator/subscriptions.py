"""May the account send this person one message by subscription, and what has the person tapped?"""

from wechat.simulator.callbacks import push
from wechat.simulator.envelope import Elements
from wechat.simulator.gate import Call, Json
from wechat.simulator.messages import card_of, template_rows
from wechat.simulator.refusals import Refused
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import Phone

ANSWERS = ("accept", "reject", "ban")


def send_by_subscription(call: Call) -> Json:
    """One grant is one message; without one 43101. The sent event follows.

    The service account's and the mini-program's call look alike here; a mini-program's openid
    finds the phone, too.
    """
    sim, template_id = call.sim, call.text("template_id")
    phone = _phone(call)
    if template_id not in sim.config.templates:
        raise Refused(40037)
    if template_id in sim.world.banned_templates:
        raise Refused(43107)
    rows = template_rows(call, template_id)
    if phone.grants.get(template_id, 0) < 1:
        raise Refused(43101)
    phone.grants[template_id] -= 1
    msgid = sim.next_msgid()
    sim.show(phone, card_of(call, template_id, rows, msgid, "subscribe"))
    entry: Elements = {
        "TemplateId": template_id,
        "MsgID": msgid,
        "ErrorCode": 0,
        "ErrorStatus": "success",
    }
    sim.later(_tell(sim, phone, "subscribe_msg_sent_event", "SubscribeMsgSentEvent", entry))
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


async def answer_popup(sim: Simulator, phone: Phone, template_id: str, answer: str) -> None:
    """The person tapped: an accept is one grant. The account is told by an event."""
    if answer == "accept":
        phone.grants[template_id] = phone.grants.get(template_id, 0) + 1
    entry: Elements = {"TemplateId": template_id, "SubscribeStatusString": answer, "PopupScene": 1}
    await _tell(sim, phone, "subscribe_msg_popup_event", "SubscribeMsgPopupEvent", entry)


async def switch_off(sim: Simulator, phone: Phone, template_id: str) -> None:
    """The person refuses this template in WeChat's settings: nothing tapped before counts."""
    phone.grants.pop(template_id, None)
    entry: Elements = {"TemplateId": template_id, "SubscribeStatusString": "reject"}
    await _tell(sim, phone, "subscribe_msg_change_event", "SubscribeMsgChangeEvent", entry)


def _phone(call: Call) -> Phone:
    openid = call.text("touser")
    for phone in call.sim.world.phones.values():
        if openid and openid in (phone.openid, phone.mp_openid):
            return phone
    raise Refused(40003)


async def _tell(sim: Simulator, phone: Phone, event: str, element: str, entry: Elements) -> None:
    elements: Elements = {"Event": event, element: {"List": entry}}
    await push(sim, phone, elements, answerable=False, remember=False)
