"""How does a request get its unit of work?

`scope="function"` commits before the answer starts; with FastAPI's default the
200 would leave first and a failing commit would go unnoticed. A test pins it.
Who stands behind a token is answered by `app.people.actors`, put into the
application by its composition root, because the kernel knows no people.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response

from app.kit import cookies
from app.kit.context import Actor, Ctx
from app.kit.db import Connection, transaction
from app.kit.errors import Unauthenticated
from app.kit.idempotency import KeyHeader, Once

LONGEST_TOKEN = 200


def token_of(request: Request) -> str | None:
    """The bearer token, or the browser's cookie."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token
    return cookies.read_cookie(request, cookies.LOGIN)


# The plan of a hot statement is made once a connection. Left to itself the database makes a new one
# for almost every call of these, which costs more than running it (measured; docs/architecture.md).
PLAN_ONCE, PLAN_AS_USUAL = "force_generic_plan", "auto"


@dataclass(frozen=True)
class Caller:
    """Who asks, before anybody has looked whether the token is good."""

    request: Request
    token: str

    @asynccontextmanager
    async def unit_of_work(self, plans: str = PLAN_ONCE) -> AsyncIterator[Ctx]:
        """One transaction for the actor behind the token; refused when there is none."""
        state = self.request.app.state
        async with transaction(state.engine) as conn:
            found = await state.actor_by_token(conn, self.token, plans=plans)
            if found is None:
                raise Unauthenticated
            actor, now = found
            ctx = self.ctx_of(conn, actor, now)
            yield ctx
            await ctx.flush()

    def ctx_of(self, conn: Connection, actor: Actor, now: datetime) -> Ctx:
        return Ctx(conn, actor, now, self.request.app.state.wiring, self.request.state.request_id)


async def _caller(request: Request) -> Caller:
    token = token_of(request)
    if not token or len(token) > LONGEST_TOKEN:
        raise Unauthenticated
    return Caller(request, token)


async def _open(request: Request) -> AsyncIterator[Ctx]:
    caller = await _caller(request)
    async with caller.unit_of_work(PLAN_AS_USUAL) as ctx:
        yield ctx


async def _open_hot(request: Request) -> AsyncIterator[Ctx]:
    caller = await _caller(request)
    async with caller.unit_of_work() as ctx:
        yield ctx


Authed = Annotated[Ctx, Depends(_open, scope="function")]
# For the routes of a rush: scanning, the passport's page.
AuthedHot = Annotated[Ctx, Depends(_open_hot, scope="function")]
# For booking, which opens its unit of work itself, for several requests at once (`app.bookings.rush`).
CallerDep = Annotated[Caller, Depends(_caller)]


async def _once(request: Request, response: Response, key: KeyHeader = None) -> Once:
    """A coroutine, because FastAPI would call a class in another thread."""
    return Once(request, response, key)


OnceDep = Annotated[Once, Depends(_once)]
