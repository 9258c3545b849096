"""Who gets an access token, and when does it stop working?

Two independent kinds: the classic call replaces the previous token on every use, the
stable one hands out the same token until its last five minutes.
"""

import secrets

from wechat.simulator.refusals import Refused
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import Token

LIFE_SECONDS = 7_200
OVERLAP_SECONDS = 300  # old and new token both work for five minutes
FORCED_PER_DAY = 20
FORCED_GAP_SECONDS = 30
DAY_SECONDS = 86_400


def authenticate(sim: Simulator, appid: str, secret: str) -> None:
    """41002/41004 when missing, 40013 for a foreign appid, 40125 for a wrong secret."""
    if not appid:
        raise Refused(41002)
    if not secret:
        raise Refused(41004)
    secrets_by_appid = {sim.account.appid: sim.account.secret}
    if sim.account.miniprogram_appid:
        secrets_by_appid[sim.account.miniprogram_appid] = sim.account.miniprogram_secret
    if appid not in secrets_by_appid:
        raise Refused(40013)
    if secrets_by_appid[appid] != secret:
        raise Refused(40125)


def issue_classic(sim: Simulator, appid: str) -> dict[str, object]:
    """A new token each time; every earlier one of this kind dies within five minutes."""
    now = sim.clock.now()
    for token in _of(sim, appid, stable=False):
        if token.replaced_at is None:
            token.replaced_at = now + OVERLAP_SECONDS
    return _issued(_fresh(sim, appid, stable=False), now)


def issue_stable(sim: Simulator, appid: str, *, force: bool) -> dict[str, object]:
    """The same token until its last five minutes; a forced one kills the old at once."""
    now = sim.clock.now()
    held = [t for t in _of(sim, appid, stable=True) if t.replaced_at is None]
    if force:
        _note_forced_refresh(sim, appid)
        for token in held:
            token.replaced_at = now
    elif held and held[-1].expires_at - now > OVERLAP_SECONDS:
        return _issued(held[-1], now)
    return _issued(_fresh(sim, appid, stable=True), now)


def verify(sim: Simulator, value: str, *, miniprogram: bool = False) -> None:
    """41001 missing, 40001 unknown or replaced, 42001 expired, 48001 of the other account."""
    if not value:
        raise Refused(41001)
    now = sim.clock.now()
    token = next((t for t in sim.world.tokens if t.value == value), None)
    if token is None or (token.replaced_at is not None and now >= token.replaced_at):
        raise Refused(40001)
    if now >= token.expires_at:
        raise Refused(42001)
    wanted = sim.account.miniprogram_appid if miniprogram else sim.account.appid
    if token.appid != wanted:
        raise Refused(48001)


def jsapi_ticket(sim: Simulator) -> dict[str, object]:
    """One ticket for two hours; asking again returns the same one."""
    now = sim.clock.now()
    held = sim.world.jsapi_ticket
    if held is None or now >= held.expires_at:
        held = Token(
            value=secrets.token_urlsafe(64),
            appid=sim.account.appid,
            stable=True,
            expires_at=now + LIFE_SECONDS,
        )
        sim.world.jsapi_ticket = held
    ticket = {"ticket": held.value, "expires_in": held.expires_at - now}
    return {"errcode": 0, "errmsg": "ok", **ticket}


def _note_forced_refresh(sim: Simulator, appid: str) -> None:
    now = sim.clock.now()
    earlier = [at for at in sim.world.forced_refreshes.get(appid, []) if now - at < DAY_SECONDS]
    if len(earlier) >= FORCED_PER_DAY:
        raise Refused(45009)
    if earlier and now - earlier[-1] < FORCED_GAP_SECONDS:
        raise Refused(45011)
    sim.world.forced_refreshes[appid] = [*earlier, now]


def _of(sim: Simulator, appid: str, *, stable: bool) -> list[Token]:
    return [t for t in sim.world.tokens if t.appid == appid and t.stable is stable]


def _fresh(sim: Simulator, appid: str, *, stable: bool) -> Token:
    now = sim.clock.now()
    # Tokens long dead are forgotten (then 40001, no longer 42001), so the list stays short.
    sim.world.tokens = [t for t in sim.world.tokens if now - t.expires_at < DAY_SECONDS]
    token = Token(
        value=f"{len(sim.world.tokens) + 60}_{secrets.token_urlsafe(102)}",
        appid=appid,
        stable=stable,
        expires_at=now + LIFE_SECONDS,
    )
    sim.world.tokens.append(token)
    return token


def _issued(token: Token, now: int) -> dict[str, object]:
    return {"access_token": token.value, "expires_in": token.expires_at - now}
