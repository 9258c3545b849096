"""May the account write to this person now, and what do they see?"""

from typing import Any

from wechat.simulator import fields
from wechat.simulator.callbacks import push
from wechat.simulator.config import TemplateConfig
from wechat.simulator.gate import Call, Json
from wechat.simulator.refusals import Refused
from wechat.simulator.world import Accepted, Direction, Kind, Message, Phone, Row, Window

DEDUPE_SECONDS = 600  # how long a client_msg_id is remembered, per person
TAP_WINDOW_SECONDS, TAP_MESSAGES = 60, 3
TEXT_WINDOW_SECONDS, TEXT_MESSAGES = 48 * 3600, 5
TEXT_BYTES = 2_048
ONE_TIME = 2  # as the platform numbers subscription templates; 3 would be long-term


def send_template(call: Call) -> Json:
    """A template message: to a follower, with a known template and lawful fields.

    The same client_msg_id within ten minutes gets the same msgid and shows nothing new.
    The delivery notice (TEMPLATESENDJOBFINISH) follows after the answer.
    """
    sim, phone = call.sim, call.phone(call.text("touser"))
    if not phone.following:
        raise Refused(43004)
    template_id, client_id = call.text("template_id"), call.text("client_msg_id")
    if not template_id or (sim.config.templates and template_id not in sim.config.templates):
        raise Refused(40037)
    if template_id in sim.world.gone_templates:
        raise Refused(40037)
    if template_id in sim.world.banned_templates:
        raise Refused(43116)
    rows = template_rows(call, template_id)
    now = sim.clock.now()
    phone.accepted = {k: v for k, v in phone.accepted.items() if now - v.at < DEDUPE_SECONDS}
    if client_id and (known := phone.accepted.get(client_id)):
        return {"errcode": 0, "errmsg": "ok", "msgid": known.msgid}
    msgid, status = sim.next_msgid(), (call.fault.job_status if call.fault else "") or "success"
    if client_id:
        phone.accepted[client_id] = Accepted(msgid=msgid, at=now)
    if status == "success":
        sim.show(phone, card_of(call, template_id, rows, msgid, "template"))
    finished: dict[str, str | int] = {
        "Event": "TEMPLATESENDJOBFINISH",
        "MsgID": msgid,
        "Status": status,
    }
    sim.later(push(sim, phone, finished, answerable=False, remember=False))
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


def list_templates(call: Call) -> Json:
    """The account's own templates, as its console has them; not those a tap is needed for."""
    gone = call.sim.world.gone_templates
    shown = [
        {
            "template_id": key,
            "title": template.title,
            "primary_industry": "",
            "deputy_industry": "",
            "content": _content(template),
            "example": "",
        }
        for key, template in call.sim.config.templates.items()
        if key not in gone and not template.one_time
    ]
    return {"template_list": shown}


def list_tapped_templates(call: Call) -> Json:
    """The account's subscription templates, which a tap allows once."""
    gone = call.sim.world.gone_templates
    shown = [
        {
            "priTmplId": key,
            "title": template.title,
            "content": _content(template),
            "example": "",
            "type": ONE_TIME,
        }
        for key, template in call.sim.config.templates.items()
        if key not in gone and template.one_time
    ]
    return {"errcode": 0, "errmsg": "ok", "data": shown}


def _content(template: TemplateConfig) -> str:
    return "\n".join(f"{label}:{{{{{name}.DATA}}}}" for name, label in template.fields.items())


def drop_template(call: Call) -> Json:
    """Removed in the console: from now on it is unknown."""
    return _drop(call, "template_id")


def drop_tapped_template(call: Call) -> Json:
    """The same for one that a tap allows."""
    return _drop(call, "priTmplId")


def _drop(call: Call, name: str) -> Json:
    wanted = call.text(name)
    if wanted not in call.sim.config.templates or wanted in call.sim.world.gone_templates:
        raise Refused(40037)
    call.sim.world.gone_templates.add(wanted)
    return {"errcode": 0, "errmsg": "ok"}


def card_of(call: Call, template_id: str, rows: list[Row], msgid: int, via: str) -> Message:
    """The card as the phone shows it."""
    card = call.sim.config.templates.get(template_id)
    return Message(
        direction=Direction.RECEIVED,
        kind=Kind.TEMPLATE,
        title=card.title if card else "服务通知",
        text="\n".join(f"{row.label}：{row.value}" for row in rows),
        data=rows,
        url=call.text("url") or call.text("page"),
        miniprogram_path=_miniprogram_path(call),
        template_id=template_id,
        msgid=msgid,
        via=via,
    )


def send_custom(call: Call) -> Json:
    """A customer message: 3 within a minute of a tap, 5 within 48 hours of a text."""
    sim, phone = call.sim, call.phone(call.text("touser"))
    message = _custom_message(call)
    _use_window(phone, sim.clock.now())
    sim.show(phone, message)
    return {"errcode": 0, "errmsg": "ok"}


def open_after_tap(phone: Phone, now: int) -> None:
    """A menu click, a follow or a scan lets the account write three times for a minute."""
    phone.after_tap = Window(opened_at=now)


def open_after_text(phone: Phone, now: int) -> None:
    """A text of the person lets the account write five times for two days."""
    phone.after_text = Window(opened_at=now)


def _use_window(phone: Phone, now: int) -> None:
    open_windows = [
        (window, allowed)
        for window, seconds, allowed in (
            (phone.after_tap, TAP_WINDOW_SECONDS, TAP_MESSAGES),
            (phone.after_text, TEXT_WINDOW_SECONDS, TEXT_MESSAGES),
        )
        if window.opened_at and now - window.opened_at < seconds
    ]
    if not phone.following or not open_windows:
        raise Refused(45015)
    for window, allowed in open_windows:
        if window.used < allowed:
            window.used += 1
            return
    raise Refused(45047)


def _custom_message(call: Call) -> Message:
    kind = call.text("msgtype")
    content = call.body.get(kind)
    if not isinstance(content, dict):
        raise Refused(40008)
    message = Message(direction=Direction.RECEIVED, kind=Kind.TEXT, via="customer")
    if kind == "text":
        message.text = _text(content, "content")
        if not message.text or len(message.text.encode()) > TEXT_BYTES:
            raise Refused(45002)
    elif kind == "news":
        article: Any = next(iter(content.get("articles") or []), None)
        message.kind, message.title = Kind.NEWS, _text(article, "title")
        message.text, message.url = _text(article, "description"), _text(article, "url")
    elif kind == "msgmenu":
        choices = [_text(item, "content") for item in content.get("list") or []]
        lines = (_text(content, "head_content"), *choices, _text(content, "tail_content"))
        message.text = "\n".join(line for line in lines if line)
    elif kind == "miniprogrampage":
        message.kind, message.title = Kind.NEWS, _text(content, "title")
        message.miniprogram_path = _text(content, "pagepath")
    elif kind == "image":
        message.text = "[图片]"
    else:
        raise Refused(40008)
    return message


def _text(source: Any, key: str) -> str:
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, str) else ""


def template_rows(call: Call, template_id: str) -> list[Row]:
    """The fields in the template's order; 47003 names the first one that is wrong."""
    given = call.body.get("data")
    if not isinstance(given, dict) or not given:
        raise Refused(47003, "argument invalid! data is empty")
    card = call.sim.config.templates.get(template_id)
    labels = card.fields if card else {}
    for key in labels:
        if key not in given:
            raise Refused(47003, f"argument invalid! data.{key}.value is empty")
    rows = []
    for key, entry in given.items():
        value = entry.get("value") if isinstance(entry, dict) else None
        if not fields.valid(key, value):
            raise Refused(47003, f"argument invalid! data.{key}.value invalid")
        kind = fields.kind_of(key)
        if kind not in fields.NO_LONGER_SHOWN:
            label = labels.get(key) or fields.LABELS[kind]
            rows.append(Row(key=key, label=label, value=str(value)))
    order = list(labels)
    return sorted(rows, key=lambda row: order.index(row.key) if row.key in order else len(order))


def _miniprogram_path(call: Call) -> str:
    target = call.body.get("miniprogram")
    if not isinstance(target, dict) or not target.get("appid"):
        return ""
    if target["appid"] != call.sim.account.miniprogram_appid:
        raise Refused(40013)
    return _text(target, "pagepath")
