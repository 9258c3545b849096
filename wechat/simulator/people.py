"""Who follows the account, and whose phone is it that logs in?"""

import base64
import secrets

from wechat.simulator.gate import Call, Json
from wechat.simulator.refusals import Refused
from wechat.simulator.simulator import Simulator
from wechat.simulator.tokens import authenticate
from wechat.simulator.world import LoginCode, Phone

CODE_SECONDS = 300
PAGE = 10_000  # openids in one answer of user/get
MINIPROGRAM = "miniprogram"
WEB_SCOPES = {"snsapi_base", "snsapi_userinfo"}


def mint_code(sim: Simulator, phone: Phone, scope: str) -> str:
    """A code for one login within five minutes."""
    code = secrets.token_urlsafe(24)
    now = sim.clock.now()
    codes = sim.world.login_codes
    for old in [key for key, value in codes.items() if now - value.expires_at > CODE_SECONDS]:
        del codes[old]
    codes[code] = LoginCode(
        code=code, openid=phone.openid, scope=scope, expires_at=now + CODE_SECONDS
    )
    return code


def exchange_miniprogram_code(call: Call) -> Json:
    """code2session: once per code, with the mini-program's own id and secret."""
    appid = call.query.get("appid", "")
    if appid == call.sim.account.appid:
        raise Refused(40013)
    authenticate(call.sim, appid, call.query.get("secret", ""))
    phone, _ = _redeem(call, call.query.get("js_code", ""), {MINIPROGRAM})
    phone.visited_at = call.sim.clock.now()
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    return {"session_key": session_key, "openid": phone.mp_openid, **_unionid(phone)}


def exchange_web_code(call: Call) -> Json:
    """Web OAuth: once per code; the unionid only with snsapi_userinfo."""
    appid = call.query.get("appid", "")
    if appid != call.sim.account.appid:
        raise Refused(40013)
    authenticate(call.sim, appid, call.query.get("secret", ""))
    phone, scope = _redeem(call, call.query.get("code", ""), WEB_SCOPES)
    return {
        "access_token": secrets.token_urlsafe(64),
        "expires_in": 7_200,
        "refresh_token": secrets.token_urlsafe(64),
        "openid": phone.openid,
        "scope": scope,
        **(_unionid(phone) if scope == "snsapi_userinfo" else {}),
    }


def user_info(call: Call) -> Json:
    """What the platform still tells about a person: since 2021 no name and no picture."""
    phone = call.phone(call.query.get("openid", ""))
    if not phone.following:
        return {"subscribe": 0, "openid": phone.openid, **_unionid(phone)}
    numeric = phone.qr_scene.isdigit()
    return {
        "subscribe": 1,
        "openid": phone.openid,
        "nickname": "",
        "sex": 0,
        "language": "zh_CN",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": phone.subscribe_time,
        **_unionid(phone),
        "remark": "",
        "groupid": 0,
        "tagid_list": sorted(phone.tags),
        "subscribe_scene": phone.subscribe_scene,
        "qr_scene": int(phone.qr_scene) if numeric else 0,
        "qr_scene_str": "" if numeric else phone.qr_scene,
    }


def list_followers(call: Call) -> Json:
    """Openids in order of following, a page at a time."""
    following = [p for p in call.sim.world.phones.values() if p.following]
    openids = [p.openid for p in sorted(following, key=lambda p: p.subscribe_time)]
    start = call.query.get("next_openid", "")
    if start and start not in openids:
        raise Refused(40003)
    page = openids[openids.index(start) + 1 if start else 0 :][:PAGE]
    answer: Json = {"total": len(openids), "count": len(page)}
    if page:
        answer["data"] = {"openid": page}
    return {**answer, "next_openid": page[-1] if page else ""}


def _redeem(call: Call, code: str, scopes: set[str]) -> tuple[Phone, str]:
    """41008 missing, 40029 unknown or expired, 40163 used."""
    if not code:
        raise Refused(41008)
    known = call.sim.world.login_codes.get(code)
    if known is None or known.scope not in scopes:
        raise Refused(40029)
    if known.used:
        raise Refused(40163)
    if call.sim.clock.now() >= known.expires_at:
        raise Refused(40029)
    known.used = True
    return call.phone(known.openid), known.scope


def _unionid(phone: Phone) -> dict[str, str]:
    return {"unionid": phone.unionid} if phone.unionid else {}
