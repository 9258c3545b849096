"""The callback address: verify, de-duplicate, dispatch, answer.

The signature is checked before the database is touched. Then the push, its
effect and its reply are one transaction: a repeated push, in whatever process
it arrives, waits for the first and gets the same reply.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.routing import Match, Route
from starlette.types import Scope

from app.channels import pushes
from app.channels.accounts import Account
from app.kit.context import Actor, Ctx
from app.kit.db import OUTAGES, Connection, Engine, transaction
from app.kit.errors import DomainError
from app.kit.events import Wiring
from app.kit.metrics import CALLBACKS
from app.notifications.kinds import Kind
from app.people.errors import WrongBindingCode, WrongStaffCode
from app.people.service.binding import TRIES_ALLOWED
from app.people.service.calling import Admitted, admit_push
from app.people.service.tries import check_tries, note_failure
from wechat import replies
from wechat.accounts import AccountBook
from wechat.crypto import CryptoRefused
from wechat.envelope import Signed, is_json, open_push, seal_reply, verify_address
from wechat.events import MalformedPush, Push
from wechat.gateway import Gateway
from wechat.handlers import ANONYMOUS, ANSWERABLE, HANDLERS
from wechat.handlers.texts import BINDING_WORDS
from wechat.jssdk import Tickets
from wechat.turn import Turn

log = structlog.get_logger()
MESSAGES = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link", "file"})
TAPS = frozenset({"event.click", "event.subscribe", "event.scan", "event.scancode_waitmsg"})
LARGEST_BODY = 64 * 1024
BUDGET_SECONDS = 3.5  # the platform hangs up after 5; answered within 4 whatever happens
FRESH_SECONDS = 600.0
ACKNOWLEDGED = "success"


class Stale(Exception):
    """Signed more than ten minutes ago, or in the future: perhaps recorded and replayed."""


@dataclass(frozen=True)
class Edge:
    """What the callback needs of the process it runs in."""

    engine: Engine
    book: AccountBook
    gateway: Gateway
    wiring: Wiring
    tickets: Tickets
    tapped: Mapping[str, Kind] = field(default_factory=dict)  # subscription template → kind
    base_url: str = ""  # where our own pages are


async def verify(request: Request) -> Response:
    """Address verification: exactly the echostr, or 403."""
    account = await request.app.state.wechat.book.by_name(request.path_params["name"])
    signed = Signed.of(request.query_params)
    if account is None or not verify_address(account, signed):
        return _forbidden()
    return PlainTextResponse(signed.echostr)


async def receive(request: Request) -> Response:
    """One push. Forged, stale or malformed: 403 and no row. Too large: 413."""
    edge: Edge = request.app.state.wechat
    body = await _read(request)
    if body is None:
        CALLBACKS.labels("too_large").inc()
        return Response("too large", 413, media_type="text/plain")
    name = request.path_params["name"]
    deadline = asyncio.get_running_loop().time() + BUDGET_SECONDS
    try:
        account = edge.book.kept(name)
        if account is None:
            async with asyncio.timeout_at(deadline):
                account = await edge.book.by_name(name)
        if account is None:
            return _forbidden()
        signed = Signed.of(request.query_params)
        push = open_push(account, signed, body)
    except (CryptoRefused, MalformedPush):
        CALLBACKS.labels("refused").inc()
        return _forbidden()
    except (TimeoutError, *OUTAGES):
        return _try_later()
    return await _answer(edge, account, signed, push, body, deadline)


async def _read(request: Request) -> bytes | None:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


async def _answer(
    edge: Edge, account: Account, signed: Signed, push: Push, body: bytes, deadline: float
) -> Response:
    try:
        async with asyncio.timeout_at(deadline):
            reply = await _dispatch(edge, account, signed, push, body)
    except Stale:
        CALLBACKS.labels("stale").inc()
        return _forbidden()
    except (TimeoutError, *OUTAGES) as exc:
        # Nothing was stored: never a success, always an honest sentence where one can be shown.
        log.error("callback_failed", error=type(exc).__name__, push=push.name)
        CALLBACKS.labels("unavailable").inc()
        if push.name not in ANSWERABLE:
            return _try_later()
        reply = replies.text_reply(push.openid, push.receiver, replies.BUSY, as_json=push.is_json)
    media = "application/json" if is_json(reply) else "text/xml"
    return Response(seal_reply(account, reply) or ACKNOWLEDGED, media_type=media)


def _forbidden() -> Response:
    """A new one each time: middleware adds headers to the very list that a response holds."""
    return Response("forbidden", 403, media_type="text/plain")


def _try_later() -> Response:
    return Response("try later", 503, {"Retry-After": "3"}, media_type="text/plain")


async def _dispatch(edge: Edge, account: Account, signed: Signed, push: Push, body: bytes) -> str:
    """The reply, committed with its effect; a stale push is refused and leaves nothing.

    A refusal undoes everything, and is then stored as the answer in a transaction of its own: that is
    cheaper than a savepoint for every push. Whoever repeats the push in between gets an answer alike.
    """
    key = pushes.PushKey(account.district_id, account.name, push.dedupe_key())
    refusal = None
    while True:
        try:
            async with transaction(edge.engine) as conn:
                caller = await admit_push(conn, key, push.name, body, account.appid, push.openid)
                if caller is None:
                    CALLBACKS.labels("repeated").inc()
                    return await pushes.recall(conn, key)
                if signed.age_seconds(caller.received_at.timestamp()) > FRESH_SECONDS:
                    raise Stale
                turn = _turn(edge, account, push, conn, caller)
                content, outcome = await (_refuse(turn, refusal) if refusal else _act(turn, caller))
                shown = content if push.name in ANSWERABLE else replies.NOTHING
                reply = replies.text_reply(push.openid, push.receiver, shown, as_json=push.is_json)
                await pushes.answered(conn, key, reply, outcome, _acted(account, push))
                CALLBACKS.labels("answered").inc()
                return reply
        except DomainError as raised:
            if refusal is not None:
                raise
            refusal = raised


def _acted(account: Account, push: Push) -> pushes.Acted:
    """What opens a window for customer messages: a message, or a tap, a follow, a scan."""
    if push.name in MESSAGES:
        return pushes.Acted(account.appid, push.openid, "text")
    return pushes.Acted(account.appid, push.openid, "tap" if push.name in TAPS else "")


def _turn(edge: Edge, account: Account, push: Push, conn: Connection, caller: Admitted) -> Turn:
    actor = caller.actor or Actor(account.district_id, None, "wechat")
    ctx = Ctx(conn, actor, caller.received_at, edge.wiring)
    return Turn(ctx, account, push, edge.tapped, edge.base_url)


async def _act(turn: Turn, caller: Admitted) -> tuple[str, str]:
    """Run the use case, where there is one."""
    push = turn.push
    if push.name not in HANDLERS or not (push.openid or push.name in ANONYMOUS):
        return replies.NOTHING, "stored"
    if caller.refused and push.name in ANSWERABLE:  # leaving the account is nobody's to refuse
        raise caller.refused
    if push.text("Content").strip().startswith(BINDING_WORDS):
        await check_tries(*_guess(turn), TRIES_ALLOWED)
    content = await HANDLERS[push.name](turn)
    await turn.ctx.flush()
    return content, "done"


async def _refuse(turn: Turn, refusal: DomainError) -> tuple[str, str]:
    """The sentence; a wrong guess is counted."""
    if isinstance(refusal, (WrongBindingCode, WrongStaffCode)):
        await note_failure(*_guess(turn))
    return refusal.text(), refusal.code


def _guess(turn: Turn) -> tuple[Connection, UUID, str, str]:
    return turn.ctx.conn, turn.account.district_id, "binding", turn.push.openid


class CallbackRoute(Route):
    """A plain route: reading parameters from declarations cost a sixth of an answer (measured)."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The log names the route's pattern."""
        match, found = super().matches(scope)
        return match, {**found, "route": self}


def install(app: FastAPI) -> None:
    """Before all other routes."""
    address = "/wechat/callback/{name}"
    app.router.routes[:0] = [
        CallbackRoute(address, receive, methods=["POST"]),
        CallbackRoute(address, verify, methods=["GET"]),
    ]
