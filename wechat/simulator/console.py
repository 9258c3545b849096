"""What codes with a scene can the account have?"""

import secrets

from wechat.simulator.gate import Call, Json
from wechat.simulator.refusals import Refused
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import QrCode

LONGEST_TEMPORARY_SECONDS = 2_592_000  # 30 days
DEFAULT_TEMPORARY_SECONDS = 60
PERMANENT_CODES = 100_000
TEMPORARY = {"QR_SCENE", "QR_STR_SCENE"}
PERMANENT = {"QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}


def create_qrcode(call: Call) -> Json:
    """A temporary code lives at most 30 days; a permanent one is made once per scene."""
    sim, action = call.sim, call.text("action_name")
    if action not in TEMPORARY | PERMANENT:
        raise Refused(40097, "invalid args: action_name")
    numeric = action in {"QR_SCENE", "QR_LIMIT_SCENE"}
    scene = _scene(call, numeric=numeric, permanent=action in PERMANENT)
    if action in TEMPORARY:
        seconds = call.body.get("expire_seconds", DEFAULT_TEMPORARY_SECONDS)
        if type(seconds) is not int or not 1 <= seconds <= LONGEST_TEMPORARY_SECONDS:
            raise Refused(40097, "invalid args: expire_seconds")
        code = new_qrcode(sim, scene, numeric=numeric, seconds=seconds)
        return {"ticket": code.ticket, "expire_seconds": seconds, "url": code.url}
    permanent = [c for c in sim.world.qrcodes.values() if c.expires_at is None]
    known = next((c for c in permanent if (c.scene, c.numeric) == (scene, numeric)), None)
    if known is None and len(permanent) >= PERMANENT_CODES:
        raise Refused(45029)
    code = known or new_qrcode(sim, scene, numeric=numeric)
    return {"ticket": code.ticket, "url": code.url}


def new_qrcode(sim: Simulator, scene: str, *, numeric: bool, seconds: int | None = None) -> QrCode:
    """Record a code under a ticket and an address of the platform's shape."""
    now, random = sim.clock.now(), secrets.token_urlsafe(66)
    code = QrCode(
        ticket=f"gQ{random}",
        url=f"http://weixin.qq.com/q/02{random[:20]}",
        scene=scene,
        numeric=numeric,
        created_at=now,
        expires_at=None if seconds is None else now + seconds,
    )
    sim.world.qrcodes[code.ticket] = code
    return code


def _scene(call: Call, *, numeric: bool, permanent: bool) -> str:
    info = call.body.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise Refused(40097, "invalid args: action_info")
    if numeric:
        number = scene.get("scene_id")
        largest = 100_000 if permanent else 2**32 - 1
        if type(number) is not int or not 1 <= number <= largest:
            raise Refused(40097, "invalid args: scene_id")
        return str(number)
    text = scene.get("scene_str")
    if not isinstance(text, str) or not 1 <= len(text) <= 64:
        raise Refused(40097, "invalid args: scene_str")
    return text
