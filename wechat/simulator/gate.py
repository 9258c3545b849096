"""How is an API call received: fault, quota, token, answer, log?"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from wechat.simulator.faults import Fault
from wechat.simulator.refusals import Refused, error_body
from wechat.simulator.simulator import LoggedCall, Simulator
from wechat.simulator.tokens import verify
from wechat.simulator.world import Phone

SHANGHAI_OFFSET_SECONDS = 8 * 3600  # quotas start anew at Chinese midnight
HANG_POLL_SECONDS = 0.1

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What an endpoint sees: the query, the JSON body and the fault it must play, if any."""

    sim: Simulator
    query: Mapping[str, str]
    body: Json = field(default_factory=dict)
    fault: Fault | None = None
    uploaded: bool = False

    def text(self, key: str) -> str:
        """A body field as text; anything else counts as not given."""
        value = self.body.get(key)
        return value if isinstance(value, str) else ""

    def phone(self, openid: str) -> Phone:
        """The person behind an openid of this account, or 40003."""
        if phone := self.sim.world.phones.get(openid):
            return phone
        raise Refused(40003)


@dataclass(frozen=True)
class Endpoint:
    """One API of the platform; `daily` is the quota of a new account."""

    method: str
    path: str
    answer: Callable[[Call], Json]
    daily: int
    needs_token: bool = True
    takes_file: bool = False
    miniprogram: bool = False  # wants the mini-program's token


async def receive(sim: Simulator, endpoint: Endpoint, request: Request) -> Response:
    """Answer one call: a scripted fault first, then the platform's own rules.

    A fault with `after` lets the call take effect and then spoils the answer.
    """
    raw = await request.body()
    fault = sim.faults.take(endpoint.path)
    if fault and not fault.after and (spoiled := await _spoil(sim, fault, request)):
        _log(sim, request, raw, fault.errcode or -1, fault=True)
        return spoiled
    try:
        answer = _answer(sim, endpoint, request, raw, fault)
    except Refused as refused:
        answer = error_body(refused.errcode, refused.errmsg)
    if fault and fault.after and (spoiled := await _spoil(sim, fault, request)):
        _log(sim, request, raw, int(answer.get("errcode", 0)), fault=True)
        return spoiled
    _log(sim, request, raw, int(answer.get("errcode", 0)), fault=fault is not None)
    return reply(endpoint.path, answer)


def reply(path: str, answer: Mapping[str, object]) -> Response:
    """The platform labels its JSON oddly, and the sns calls as plain text."""
    media_type = "text/plain" if path.startswith("/sns/") else "application/json; encoding=utf-8"
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type=media_type)


def daily_limit(sim: Simulator, endpoint: Endpoint) -> int:
    """The new account's quota, or what the control panel has set."""
    return sim.world.daily_limits.get(endpoint.path, endpoint.daily)


def count_use(sim: Simulator, endpoint: Endpoint) -> None:
    """45009 once today's quota is gone."""
    today = str((sim.clock.now() + SHANGHAI_OFFSET_SECONDS) // 86_400)
    if sim.world.usage_day != today:
        sim.world.usage_day, sim.world.used_today = today, {}
    used = sim.world.used_today.get(endpoint.path, 0)
    if used >= daily_limit(sim, endpoint):
        raise Refused(45009)
    sim.world.used_today[endpoint.path] = used + 1


def _answer(
    sim: Simulator, endpoint: Endpoint, request: Request, raw: bytes, fault: Fault | None
) -> Json:
    if request.method != endpoint.method:
        raise Refused(43001 if endpoint.method == "GET" else 43002)
    if endpoint.needs_token:
        token = request.query_params.get("access_token", "")
        verify(sim, token, miniprogram=endpoint.miniprogram)
    count_use(sim, endpoint)
    if endpoint.takes_file:
        return endpoint.answer(Call(sim, request.query_params, {}, fault, b"filename=" in raw))
    body = _parse(raw) if endpoint.method == "POST" else {}
    if body is None:
        raise Refused(47001)
    return endpoint.answer(Call(sim, request.query_params, body, fault))


def _parse(raw: bytes) -> Json | None:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


async def _spoil(sim: Simulator, fault: Fault, request: Request) -> Response | None:
    """Wait, hang, or answer in place of the platform; None lets the call go on."""
    await asyncio.sleep(fault.delay_seconds)
    if fault.hang:
        generation = sim.faults.generation
        while sim.faults.generation == generation and not await request.is_disconnected():  # noqa: ASYNC110 - a virtual clock has no event
            await asyncio.sleep(HANG_POLL_SECONDS)
        return PlainTextResponse("hung", status_code=504)
    if fault.http_status is not None:
        return PlainTextResponse("injected fault", status_code=fault.http_status)
    if fault.errcode is not None:
        return reply(request.url.path, error_body(fault.errcode, fault.errmsg))
    return None


def _log(sim: Simulator, request: Request, raw: bytes, errcode: int, *, fault: bool) -> None:
    body = _parse(raw) or {}
    touser = body.get("touser")
    openid = (touser if isinstance(touser, str) else "") or request.query_params.get("openid") or ""
    call = LoggedCall(
        method=request.method,
        path=request.url.path,
        openid=str(openid),
        errcode=errcode,
        at=sim.clock.now(),
        fault=fault,
    )
    sim.log(call)
