"""How does a request get its unit of work?

`scope="function"` commits before the answer starts; with FastAPI's default the
200 would leave first and a failing commit would go unnoticed. A test pins it.
Who stands behind a token is answered by `app.people.actors`, put into the
application by its composition root, because the kernel knows no people.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request, Response

from app.kit import cookies
from app.kit.context import Ctx
from app.kit.db import transaction
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


@asynccontextmanager
async def _unit_of_work(request: Request, plans: str) -> AsyncIterator[Ctx]:
    token = token_of(request)
    if not token or len(token) > LONGEST_TOKEN:
        raise Unauthenticated
    state = request.app.state
    async with transaction(state.engine) as conn:
        found = await state.actor_by_token(conn, token, plans=plans)
        if found is None:
            raise Unauthenticated
        actor, now = found
        ctx = Ctx(conn, actor, now, state.wiring, request.state.request_id)
        yield ctx
        await ctx.flush()


async def _open(request: Request) -> AsyncIterator[Ctx]:
    async with _unit_of_work(request, PLAN_AS_USUAL) as ctx:
        yield ctx


async def _open_hot(request: Request) -> AsyncIterator[Ctx]:
    async with _unit_of_work(request, PLAN_ONCE) as ctx:
        yield ctx


Authed = Annotated[Ctx, Depends(_open, scope="function")]
# For the routes of a rush: booking, scanning, the passport's page.
AuthedHot = Annotated[Ctx, Depends(_open_hot, scope="function")]


async def _once(request: Request, response: Response, key: KeyHeader = None) -> Once:
    """A coroutine, because FastAPI would call a class in another thread."""
    return Once(request, response, key)


OnceDep = Annotated[Once, Depends(_once)]
