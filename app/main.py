"""The web process: composition of REST, pages, health and the WeChat edge."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI

from app.api import contract
from app.api.v1 import v1
from app.channels.tokens import TokenStore
from app.kit import health, logging, problems, routing
from app.kit.crowds import Crowds
from app.kit.db import make_engine
from app.kit.sealing import Sealer
from app.kit.settings import Settings
from app.people.service.recognition import actor_by_token, actors_by_tokens
from app.web import site
from app.wiring import WIRING
from wechat import inbound, jssdk, login, oauth, picture_links
from wechat.accounts import AccountBook
from wechat.gateway import Gateway
from wechat.templates import kinds_tapped, previews

LARGEST_JSON = 256 * 1024


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; connections are opened when it starts, not here."""
    settings = settings or Settings()
    logging.configure(settings.log_level)
    app = FastAPI(
        title="吾创吾品",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.debug or settings.demo else None,
        max_body_size=LARGEST_JSON,
    )
    app.state.settings = settings
    app.state.sealer = Sealer(settings.secret_key.get_secret_value())
    app.state.wiring = WIRING
    app.state.actor_by_token = partial(actor_by_token, strict=not settings.demo)
    app.state.actors_by_tokens = partial(actors_by_tokens, strict=not settings.demo)
    app.state.crowds = Crowds()
    app.openapi = lambda: contract.openapi_of(app)  # type: ignore[method-assign]
    problems.install(app)
    health.install(app)
    inbound.install(app)
    app.include_router(v1)
    app.include_router(login.router)
    app.include_router(oauth.router)
    app.include_router(jssdk.router)
    app.include_router(picture_links.router)
    site.install(app)
    routing.install(app)
    app.add_middleware(logging.RequestLog)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: Any = app.state
    engine = make_engine(state.settings, "wuchuang-web")
    book = AccountBook(engine, state.sealer)
    store = TokenStore(engine, state.sealer)
    async with Gateway(state.settings.wechat_api_base, store) as gateway:
        state.engine = engine
        tickets = jssdk.Tickets(gateway, store)
        tapped = kinds_tapped(state.settings.wechat_subscribe_ids, demo=state.settings.demo)
        state.wechat = inbound.Edge(
            engine, book, gateway, WIRING, tickets, tapped, state.settings.base_url
        )
        state.message_previews = previews()
        state.phone_script = jssdk.script_of(state.settings.wechat_api_base)
        state.templates_tapped = {kind: template for template, kind in tapped.items()}
        # What is here now stays: looking through it for garbage took a tenth of a rush.
        # Once a process: what is garbage by the next start would never be collected.
        if not gc.get_freeze_count():
            gc.collect()
            gc.freeze()
        yield
    await engine.dispose()
