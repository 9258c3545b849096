"""Articles: the library's picture, drafts, a mass send that everybody's phone shows, free publication."""

import re
import secrets
from typing import Any

from wechat.simulator.callbacks import push
from wechat.simulator.gate import Call, Json
from wechat.simulator.refusals import Refused
from wechat.simulator.world import Direction, Draft, Kind, Message, Phone

MONTH_SECONDS = 30 * 86_400
A_MONTH = 4  # articles a follower gets in a month
LEAST, MOST = 2, 10_000
NAME_BYTES = 64
TITLE, CONTENT_BYTES = 64, 20_000


def add_material(call: Call) -> Json:
    """A picture for good; articles need one as their cover."""
    if not call.uploaded or call.query.get("type") != "image":
        raise Refused(40004)
    media_id = secrets.token_urlsafe(32)
    call.sim.world.materials.append(media_id)
    return {"media_id": media_id, "url": f"http://mmbiz.qpic.cn/{media_id}"}


def add_draft(call: Call) -> Json:
    articles: Any = call.body.get("articles")
    if not isinstance(articles, list) or len(articles) != 1 or not isinstance(articles[0], dict):
        raise Refused(40097)
    given = articles[0]
    title, content = str(given.get("title") or ""), str(given.get("content") or "")
    if not title or len(title) > TITLE:
        raise Refused(45003)
    if not content or len(content.encode()) > CONTENT_BYTES:
        raise Refused(45008)
    if given.get("thumb_media_id") not in call.sim.world.materials:
        raise Refused(40007)
    media_id = secrets.token_urlsafe(32)
    url = str(given.get("content_source_url") or "")
    call.sim.world.drafts[media_id] = Draft(title=title, content=content, url=url)
    return {"media_id": media_id, "item": []}


def send_mass(call: Call) -> Json:
    """To listed followers, each at most four times in a month; the same name again is not sent."""
    sim = call.sim
    openids, name = call.body.get("touser"), call.text("clientmsgid")
    if not isinstance(openids, list) or not LEAST <= len(openids) <= MOST:
        raise Refused(40130)
    if len(name.encode()) > NAME_BYTES:
        raise Refused(45067)
    mpnews = call.body.get("mpnews")
    draft = sim.world.drafts.get(str(mpnews.get("media_id"))) if isinstance(mpnews, dict) else None
    if call.text("msgtype") != "mpnews" or draft is None:
        raise Refused(40007)
    if known := sim.world.masses.get(name):
        return {"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": known}
    msg_id = sim.next_msgid()
    if name:
        sim.world.masses[name] = msg_id
    people = list(dict.fromkeys(str(openid) for openid in openids))
    followers = [p for one in people if (p := sim.world.phones.get(one)) and p.following]
    shown = [phone for phone in followers if _show(call, phone, draft, msg_id)]
    status = (call.fault.job_status if call.fault else "") or "send success"
    finished: dict[str, str | int] = {
        "Event": "MASSSENDJOBFINISH",
        "MsgID": msg_id,
        "Status": status,
        "TotalCount": len(people),
        "FilterCount": len(followers),
        "SentCount": len(shown),
        "ErrorCount": len(people) - len(shown),
    }
    if followers:
        sim.later(push(sim, followers[0], finished, answerable=False, remember=False))
    return {"errcode": 0, "errmsg": "send job submission success", "msg_id": msg_id}


def _show(call: Call, phone: Phone, draft: Draft, msg_id: int) -> bool:
    now = call.sim.clock.now()
    phone.articles_at = [at for at in phone.articles_at if now - at < MONTH_SECONDS]
    if len(phone.articles_at) >= A_MONTH:
        return False
    phone.articles_at.append(now)
    words = re.sub(r"<[^>]+>", " ", draft.content)
    message = Message(
        direction=Direction.RECEIVED,
        kind=Kind.NEWS,
        title=draft.title,
        text=" ".join(words.split())[:60],
        url=draft.url,
        msgid=msg_id,
        via="mass",
    )
    call.sim.show(phone, message)
    return True


def publish(call: Call) -> Json:
    """An address of its own for a draft; nobody is notified, the report comes later."""
    sim = call.sim
    draft = sim.world.drafts.get(call.text("media_id"))
    if draft is None:
        raise Refused(40007)
    publish_id = sim.next_msgid()
    good = not (call.fault and call.fault.job_status)
    url = f"https://mp.weixin.qq.com/s/{secrets.token_urlsafe(16)}" if good else ""
    item = {"idx": 1, "article_url": url}
    finished: dict[str, Any] = {
        "Event": "PUBLISHJOBFINISH",
        "PublishEventInfo": {
            "publish_id": publish_id,
            "publish_status": 0 if good else 2,
            "article_detail": {"count": 1, "item": item},
        },
    }
    if phone := next(iter(sim.world.phones.values()), None):
        sim.later(push(sim, phone, finished, answerable=False, remember=False))
    return {"errcode": 0, "errmsg": "ok", "publish_id": str(publish_id), "msg_data_id": 1}
