"""Content safety: what does the platform say to a text, and later to a picture?"""

import asyncio
import secrets

from wechat.simulator.callbacks import push
from wechat.simulator.envelope import Elements
from wechat.simulator.gate import Call, Json
from wechat.simulator.refusals import Refused
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import Phone, Verdict

VISIT_SECONDS = 2 * 3600  # the author must have been in the mini-program within two hours
LONGEST = 2_500
FINE = Verdict(suggest="pass", label=100)
PICTURE_SECONDS = 0.2  # real ones take up to half an hour


def check_text(call: Call) -> Json:
    """A scripted verdict whose word occurs in the text, or pass."""
    _visitor(call)
    content = call.text("content")
    if not content or len(content) > LONGEST:
        raise Refused(40097)
    script = call.sim.world.verdicts
    verdict = next((one for one in script if one.contains and one.contains in content), FINE)
    result = {"suggest": verdict.suggest, "label": verdict.label}
    trace = secrets.token_hex(16)
    return {"errcode": 0, "errmsg": "ok", "result": result, "detail": [], "trace_id": trace}


def check_media(call: Call) -> Json:
    """Fetches nothing; the first scripted verdict without a word, or pass, comes as a push."""
    phone = _visitor(call)
    if not call.text("media_url").startswith(("http://", "https://")):
        raise Refused(40097)
    verdict = next((one for one in call.sim.world.verdicts if not one.contains), FINE)
    trace = secrets.token_hex(16)
    call.sim.later(_tell(call.sim, phone, verdict, trace))
    return {"errcode": 0, "errmsg": "ok", "trace_id": trace}


async def _tell(sim: Simulator, phone: Phone, verdict: Verdict, trace: str) -> None:
    await asyncio.sleep(PICTURE_SECONDS)
    event: Elements = {
        "Event": "wxa_media_check",
        "appid": sim.account.miniprogram_appid,
        "trace_id": trace,
        "version": 2,
        "errcode": 0,
        "errmsg": "ok",
        "result": {"suggest": verdict.suggest, "label": verdict.label},
    }
    await push(sim, phone, event, answerable=False, remember=False)


def _visitor(call: Call) -> Phone:
    if call.body.get("version") != 2 or call.body.get("scene") not in (1, 2, 3, 4):
        raise Refused(40129)
    openid, now = call.text("openid"), call.sim.clock.now()
    phone = next((one for one in call.sim.world.phones.values() if one.mp_openid == openid), None)
    if phone is None:
        raise Refused(40003)
    if now - phone.visited_at >= VISIT_SECONDS:
        raise Refused(61010)
    return phone
